//! Keys that end, keys that are proven, keys of repositories, and certificates: by the real `ssh` and `ssh-keygen`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use forge_app::Origin;
use forge_core::{AccountState, Actor};
use forge_tests::{Client, Forge, Person};

use super::ssh;

const KEYS: &str = "/settings/ssh-keys";

/// Runs `ssh-keygen`, with something to read.
#[expect(clippy::disallowed_methods, reason = "these tests are about the real client")]
fn keygen(arguments: &[&str], input: &str) -> String {
    use std::io::Write as _;
    let mut child = Command::new("ssh-keygen")
        .env_clear()
        .env("PATH", env!("PATH"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Makes a key without a passphrase, and says where it is.
pub(crate) fn new_key(dir: &Path, name: &str, kind: &[&str]) -> PathBuf {
    let file = dir.join(name);
    let path = file.display().to_string();
    keygen(&[&["-q", "-N", "", "-C", name, "-f", &path], kind].concat(), "");
    file
}

/// The public half of a key.
pub(crate) fn public(key: &Path) -> String {
    std::fs::read_to_string(key.with_extension("pub")).unwrap()
}

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

/// The text of the page's command, between its quotes.
fn text_to_sign(page: &str) -> String {
    let (_, rest) = page.split_once("echo &#39;").expect("the page says what to sign");
    rest.split_once("&#39;").unwrap().0.to_owned()
}

/// Makes a certificate for a key, by the authority's.
pub(crate) fn certify(authority: &Path, id: &str, key: &Path, options: &[&str]) {
    let (signer, file) = (authority.display().to_string(), key.with_extension("pub").display().to_string());
    keygen(&[&["-q", "-s", &signer, "-I", id], options, &[&file]].concat(), "");
}

/// The same person with another key.
pub(crate) fn with_key(person: &Person, key: &Path) -> Person {
    let mut other = person.clone();
    key.clone_into(&mut other.key);
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_proven_by_a_signature_that_names_its_owner() {
    let forge = Forge::with(|config| config.ssh.verified_keys_only = true).await;
    let alice = forge.user("alice").await;
    assert_eq!(ssh(&forge, &alice, &[], None).status, 255, "not proven yet");
    let client = signed_in(&forge, "alice").await;
    let page = client.get(KEYS).await;
    let (id, text) = (page.hidden_field("id").unwrap(), text_to_sign(&page.text()));
    assert!(text.contains("alice"), "{text}");
    let key = alice.key.display().to_string();
    let other = new_key(alice.home(), "other", &["-t", "ed25519"]).display().to_string();
    let sign =
        |key: &str, namespace: &str, text: &str| keygen(&["-Y", "sign", "-n", namespace, "-f", key], text);
    let bob = text.replace("alice", "bob");
    for (wrong, why) in [
        (sign(&key, "git", &text), "another text"),
        (sign(&key, "forge", &bob), "another text"),
        (sign(&other, "forge", &text), "another key"),
        ("nonsense".to_owned(), "no signature"),
    ] {
        let fields = [("action", "verify"), ("id", id.as_str()), ("signature", wrong.as_str())];
        let answer = client.submit(KEYS, KEYS, &fields).await;
        assert_eq!(answer.status, 422, "{why}");
        assert!(answer.text().contains(why), "{why}: {}", answer.text());
    }
    assert_eq!(ssh(&forge, &alice, &[], None).status, 255);
    let right = sign(&key, "forge", &format!("{text}\n"));
    let fields = [("action", "verify"), ("id", id.as_str()), ("signature", right.as_str())];
    assert_eq!(client.submit(KEYS, KEYS, &fields).await.status, 303);
    assert_eq!(ssh(&forge, &alice, &[], None).status, 0, "proven");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_key_opens_its_repository_and_no_other_and_outlives_who_added_it() {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    let olive = forge.user("olive").await;
    for name in ["beds", "wards"] {
        forge.repo(&olive, name).await;
        let work = olive.work_tree();
        work.commit("README.md", "# Beds\n");
        work.git(&["push", "--quiet", &forge.https(&olive, &format!("olive/{name}")), "main"]).unwrap();
    }
    let client = signed_in(&forge, "olive").await;
    let keys = "/olive/beds/settings/keys";
    let reading = new_key(olive.home(), "reading", &["-t", "ed25519"]);
    let writing = new_key(olive.home(), "writing", &["-t", "ecdsa", "-b", "384"]);
    for (key, writes) in [(&reading, "false"), (&writing, "true")] {
        let line = public(key);
        let fields = [
            ("action", "add"),
            ("name", "nightly"),
            ("key", line.as_str()),
            ("writes", writes),
            ("lifetime", "30"),
        ];
        let answer = client.submit(keys, keys, &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let twice = client.submit("/olive/wards/settings/keys", "/olive/wards/settings/keys", &fields).await;
        assert_eq!(twice.status, 422, "a key opens one repository");
        let mine = [("action", "add"), ("name", "mine"), ("key", line.as_str())];
        assert_eq!(client.submit(KEYS, KEYS, &mine).await.status, 422, "and belongs to no person as well");
    }
    let (reading, writing) = (with_key(&olive, &reading), with_key(&olive, &writing));
    let (beds, wards, nowhere) =
        (forge.ssh("olive/beds"), forge.ssh("olive/wards"), forge.ssh("olive/wares"));
    assert!(reading.git(&["ls-remote", &beds]).ok);
    let (other, none) = (writing.git(&["ls-remote", &wards]), writing.git(&["ls-remote", &nowhere]));
    assert!(!other.ok);
    assert_eq!(other.stderr.replace("wards", "wares"), none.stderr, "as not there");
    let push = |person: &Person| {
        let work = person.clone_of(&beds, &[]).unwrap();
        work.commit("more", person.key.display().to_string());
        work.try_git(&["push", "--quiet", "origin", "HEAD:main"]).ok
    };
    assert!(!push(&reading), "a reading key does not push");
    assert!(push(&writing));
    let greeting = ssh(&forge, &reading, &[], None).stdout;
    assert!(greeting.starts_with("Hi deploy key nightly!"), "{greeting}");

    let site = forge.app().authorize_site(&Actor::System { reason: "console" }).unwrap();
    let name = "olive".parse().unwrap();
    forge.app().set_account_state(&site, &Origin::console(), &name, AccountState::Disabled).await.unwrap();
    assert!(reading.git(&["ls-remote", &beds]).ok, "the key stays when the person has left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_lets_in_whom_it_names_while_it_counts() {
    let dir = tempfile::tempdir().unwrap();
    let authority = new_key(dir.path(), "authority", &["-t", "ed25519"]);
    let line = public(&authority);
    let forge = Forge::with(|config| {
        config.ssh.user_certificate_authorities = vec![line];
        config.ssh.revoked_certificate_serials = vec![13];
        config.ssh.revoked_certificate_ids = vec!["lost".to_owned()];
    })
    .await;
    let alice = forge.user("alice").await;
    forge.user("bob").await;
    let stranger = new_key(dir.path(), "stranger", &["-t", "ed25519"]);
    // Makes a certificate for a fresh key and says what ssh hears with it.
    let mut number = 0;
    let mut with = |authority: &Path, id: &str, options: &[&str]| {
        number += 1;
        let key = new_key(dir.path(), &format!("key-{number}"), &["-t", "ed25519"]);
        certify(authority, id, &key, options);
        ssh(&forge, &with_key(&alice, &key), &[], None)
    };
    for name in ["alice", "bob"] {
        let answer = with(&authority, "laptop", &["-n", name, "-V", "-5m:+1h"]);
        assert_eq!(answer.stdout.split('!').next(), Some(format!("Hi {name}").as_str()), "{}", answer.stderr);
    }
    let from_here = ["-n", "alice", "-O", "source-address=127.0.0.0/8"];
    assert_eq!(with(&authority, "laptop", &from_here).status, 0);
    let refused: [(&Path, &str, &[&str]); 9] = [
        (&stranger, "laptop", &["-n", "alice"]),
        (&authority, "laptop", &["-n", "nobody-here"]),
        (&authority, "laptop", &[]),
        (&authority, "laptop", &["-n", "alice,bob"]),
        (&authority, "laptop", &["-n", "alice", "-V", "-2h:-1h"]),
        (&authority, "laptop", &["-n", "alice", "-O", "source-address=192.0.2.0/24"]),
        (&authority, "laptop", &["-n", "alice", "-O", "force-command=id"]),
        (&authority, "laptop", &["-n", "alice", "-z", "13"]),
        (&authority, "lost", &["-n", "alice"]),
    ];
    for (authority, id, options) in refused {
        let answer = with(authority, id, options);
        assert_eq!((answer.status, answer.stdout.as_str()), (255, ""), "{options:?}");
    }
    // A key of an account still lets in beside certificates, and one of nobody does not.
    assert_eq!(ssh(&forge, &alice, &[], None).status, 0);
    assert_eq!(ssh(&forge, &with_key(&alice, &stranger), &[], None).status, 255);
}

/// Proves the person's own key on the page.
async fn prove(client: &Client, key: &Path) {
    let page = client.get(KEYS).await;
    let (id, text) = (page.hidden_field("id").unwrap(), text_to_sign(&page.text()));
    let signature = keygen(&["-Y", "sign", "-n", "forge", "-f", &key.display().to_string()], &text);
    let fields = [("action", "verify"), ("id", id.as_str()), ("signature", signature.as_str())];
    assert_eq!(client.submit(KEYS, KEYS, &fields).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_verified_when_its_signer_has_the_address_it_names() {
    let forge = Forge::new().await;
    // Everybody's git names test@example.nhs.uk, which is the address of this one.
    let (test, alice) = (forge.user("test").await, forge.user("alice").await);
    forge.repo(&test, "beds").await;
    let client = signed_in(&forge, "test").await;
    let work = test.work_tree();
    let sign = |key: &Path| {
        let key = format!("user.signingkey={}", key.display());
        let arguments =
            ["-c", "gpg.format=ssh", "-c", &key, "commit", "-q", "-S", "--allow-empty", "-m", "Signed"];
        work.git(&arguments).unwrap();
        work.head()
    };
    let plain = work.commit("README.md", "# Beds\n");
    let (own, other) = (sign(&test.key), sign(&alice.key));
    let raw = work.git(&["cat-file", "commit", &own]).unwrap().replace("\n\nSigned", "\n\nChanged");
    work.write("../changed", raw);
    let changed = work.git(&["hash-object", "-t", "commit", "-w", "../changed"]).unwrap().trim().to_owned();
    work.git(&["branch", "changed", &changed]).unwrap();
    work.git(&["push", "--quiet", &forge.https(&test, "test/beds"), "--all"]).unwrap();
    let tag = async |commit: &str| {
        let page = client.get(&format!("/test/beds/commit/{commit}")).await.text();
        let tags = ["Verified", "Unknown key", "Unverified", "Not checked"];
        tags.into_iter().find(|tag| page.contains(&format!(">{tag}</strong>")))
    };
    assert_eq!(tag(&plain).await, None);
    assert_eq!(tag(&own).await, Some("Unknown key"), "nobody has shown whose key it is");
    prove(&client, &test.key).await;
    prove(&signed_in(&forge, "alice").await, &alice.key).await;
    assert_eq!(tag(&own).await, Some("Verified"));
    assert_eq!(tag(&other).await, Some("Unverified"), "signed by alice, who has another address");
    assert_eq!(tag(&changed).await, Some("Unverified"), "changed after it was signed");
}

/// Settings with which git signs by a key.
fn signing(key: &Path) -> [String; 2] {
    ["gpg.format=ssh".to_owned(), format!("user.signingkey={}", key.display())]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_demands_signatures_takes_nothing_else() {
    let forge = Forge::new().await;
    // Everybody's git names test@example.nhs.uk, which is the address of this one.
    let test = forge.user("test").await;
    forge.repo(&test, "beds").await;
    let client = signed_in(&forge, "test").await;
    prove(&client, &test.key).await;
    let work = test.work_tree();
    let remote = forge.https(&test, "test/beds");
    let settings = signing(&test.key);
    let signed = |rest: &[&str]| {
        let mut arguments = Vec::new();
        for setting in &settings {
            arguments.extend(["-c", setting.as_str()]);
        }
        arguments.extend(rest);
        work.git(&arguments).unwrap();
    };
    work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    let rules = "/test/beds/settings/rules";
    for (kind, pattern) in [("branch", "main"), ("branch", "release/*"), ("tag", "v*")] {
        let fields = [("kind", kind), ("pattern", pattern), ("push", "developers"), ("signed", "true")];
        let made = client.submit(rules, rules, &fields).await;
        assert_eq!(made.status, 303, "{}", made.text());
    }
    let refused = |refspec: &str| {
        let output = work.try_git(&["push", &remote, refspec]);
        assert!(!output.ok && output.stderr.contains("takes only what is signed"), "{refspec}: {output:?}");
    };
    work.git(&["push", "--quiet", &remote, "main:release/1"]).unwrap();
    work.commit("README.md", "# Unsigned\n");
    refused("main");
    refused("main:release/1");
    signed(&["commit", "-q", "-S", "--allow-empty", "-m", "On top of what is not signed"]);
    refused("main");
    work.git(&["reset", "-q", "--hard", "HEAD~2"]).unwrap();
    for number in 0..3 {
        signed(&["commit", "-q", "-S", "--allow-empty", "-m", &format!("Signed {number}")]);
    }
    work.git(&["push", "--quiet", &remote, "main", "main:release/1"]).unwrap();

    work.git(&["tag", "v1"]).unwrap();
    refused("v1");
    work.git(&["tag", "-a", "-m", "Second", "v2"]).unwrap();
    refused("v2");
    signed(&["tag", "-s", "-m", "Third", "v3"]);
    work.git(&["push", "--quiet", &remote, "v3"]).unwrap();
    let why = client.get("/test/beds/why").await.text();
    assert!(why.contains("Every new commit must be signed."), "{why}");
}
