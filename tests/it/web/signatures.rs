//! Signed commits and tags on pages and at the push door, by the real `gpg` and `ssh-keygen`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use forge_tests::{Client, Forge, WorkTree};

const KEYS: &str = "/settings/gpg-keys";
/// The address that everybody's git names in the tests.
const TEST: &str = "Test <test@example.nhs.uk>";

/// Somebody's `gpg`, in a folder of its own.
struct Gpg {
    home: tempfile::TempDir,
}

impl Gpg {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    #[expect(clippy::disallowed_methods, reason = "these tests are about the real client")]
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", env!("PATH")).env("LC_ALL", "C").env("GNUPGHOME", self.home.path());
        command
    }

    /// Runs `gpg` with something to read.
    fn run(&self, arguments: &[&str], input: &str) -> String {
        use std::io::Write as _;
        let quiet = ["--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""];
        let mut child = self
            .command("gpg")
            .args(quiet)
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

    /// Makes a key, some of it at another time; its fingerprint.
    fn key(&self, options: &[&str], kind: &str, usage: &str) -> String {
        self.run(&[options, &["--quick-gen-key", TEST, kind, usage, "never"]].concat(), "");
        let listed = self.run(&["--list-keys", "--with-colons"], "");
        let mut prints = listed.lines().filter(|line| line.starts_with("fpr:"));
        prints.next_back().unwrap().split(':').nth(9).unwrap().to_owned()
    }

    fn export(&self, key: &str) -> String {
        self.run(&["--armor", "--export", key], "")
    }

    /// The text of the page's command, signed.
    fn proof(&self, key: &str, page: &str) -> String {
        let (_, rest) = page.split_once("echo &#39;").expect("the page says what to sign");
        let text = rest.split_once("&#39;").unwrap().0;
        self.run(&["--armor", "--local-user", key, "--detach-sign"], &format!("{text}\n"))
    }

    /// A program for git that signs with this `gpg`.
    fn program(&self, options: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let file = self.home.path().join(format!("sign{}", options.len()));
        let home = self.home.path().display();
        std::fs::write(&file, format!("#!/bin/sh\nexec gpg --homedir {home} --batch {options} \"$@\"\n"))
            .unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o700)).unwrap();
        file
    }

    /// Runs git with settings by which it signs.
    fn sign(&self, work: &WorkTree, key: &str, options: &str, rest: &[&str]) {
        let program = format!("gpg.program={}", self.program(options).display());
        let key = format!("user.signingkey={key}!");
        work.git(&[&["-c", "gpg.format=openpgp", "-c", &program, "-c", &key], rest].concat()).unwrap();
    }

    fn commit(&self, work: &WorkTree, key: &str, options: &str) -> String {
        self.sign(work, key, options, &["commit", "-q", "-S", "--allow-empty", "-m", "Signed"]);
        work.head()
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = self.command("gpgconf").args(["--kill", "all"]).status();
    }
}

async fn add(client: &Client, key: &str, signature: &str) -> (u16, String) {
    let fields = [("action", "add"), ("key", key), ("signature", signature)];
    let answer = client.submit(KEYS, KEYS, &fields).await;
    (answer.status.as_u16(), answer.text())
}

/// What a page says of a signature.
fn badge(page: &str) -> Option<&'static str> {
    let known = ["Verified", "Unknown key", "Unverified", "Not checked"];
    known.into_iter().find(|label| page.contains(&format!(">{label}</strong>")))
}

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gpg_key_is_added_with_a_proof_and_belongs_to_one_person() {
    let forge = Forge::new().await;
    forge.user("test").await;
    forge.user("bob").await;
    let (client, bob) = (signed_in(&forge, "test").await, signed_in(&forge, "bob").await);
    let gpg = Gpg::new();
    let own = gpg.key(&[], "ed25519", "sign");
    let other = gpg.key(&[], "rsa2048", "sign,cert");
    let page = client.get(KEYS).await.text();
    let (export, proof) = (gpg.export(&own), gpg.proof(&own, &page));
    let secret = gpg.run(&["--armor", "--export-secret-keys", &own], "");
    let long = "x".repeat(33 * 1024);
    let both = format!("{export}{}", gpg.export(&other));
    for (key, signature, why) in [
        (secret.as_str(), proof.as_str(), "private key"),
        (&long, &proof, "longer than 32 KiB"),
        ("nonsense", &proof, "no public key"),
        (&both, &proof, "more than one key"),
        (&export, "", "whole signature"),
        (&export, &gpg.proof(&other, &page), "another key"),
        (&export, &gpg.proof(&own, &page.replace(": test", ": bob")), "another text"),
        (
            &gpg.run(&["--armor", "--export", &gpg.key(&[], "rsa1024", "sign")], ""),
            &proof,
            "No part of this key signs",
        ),
    ] {
        let (status, text) = add(&client, key, signature).await;
        assert_eq!(status, 422, "{why}");
        assert!(text.contains(why), "{why}");
    }
    assert_eq!(add(&client, &export, &proof).await.0, 303);
    let page = client.get(KEYS).await.text();
    assert!(page.contains("test@example.nhs.uk") && page.contains("1 part signs"), "{page}");
    let (status, text) = add(&bob, &export, &gpg.proof(&own, &bob.get(KEYS).await.text())).await;
    assert_eq!(status, 422);
    assert!(text.contains("Somebody has this key already"), "{text}");
    let id = client.get(KEYS).await.hidden_field("id").unwrap();
    let remove = [("action", "remove"), ("id", id.as_str())];
    assert_eq!(bob.submit(KEYS, KEYS, &remove).await.status, 404, "not theirs");
    assert_eq!(client.submit(KEYS, KEYS, &remove).await.status, 303);
    assert!(client.get(KEYS).await.text().contains("You have no GPG keys yet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_and_tags_signed_with_gpg_are_shown_as_what_they_are() {
    let forge = Forge::new().await;
    let (test, _) = (forge.user("test").await, forge.user("bob").await);
    forge.repo(&test, "beds").await;
    let (client, bob) = (signed_in(&forge, "test").await, signed_in(&forge, "bob").await);
    let (gpg, other) = (Gpg::new(), Gpg::new());
    // A key that only certifies, with a part that signs: as people are told to have.
    let primary = gpg.key(&[], "rsa3072", "cert");
    gpg.run(&["--quick-add-key", &primary, "ed25519", "sign", "1y"], "");
    let part = gpg.run(&["--list-keys", "--with-colons"], "");
    let part = part.lines().rfind(|line| line.starts_with("fpr:")).unwrap();
    let part = part.split(':').nth(9).unwrap().to_owned();
    let bobs = other.key(&[], "nistp384", "sign,cert");
    for (client, gpg, key, signer) in [(&client, &gpg, &primary, &part), (&bob, &other, &bobs, &bobs)] {
        let page = client.get(KEYS).await.text();
        assert_eq!(add(client, &gpg.export(key), &gpg.proof(signer, &page)).await.0, 303);
    }
    let work = test.work_tree();
    let plain = work.commit("README.md", "# Beds\n");
    let own = gpg.commit(&work, &part, "");
    let weak = gpg.commit(&work, &part, "--digest-algo SHA1");
    let theirs = other.commit(&work, &bobs, "");
    let unknown = other.commit(&work, &other.key(&[], "ed25519", "sign"), "");
    let raw = work.git(&["cat-file", "commit", &own]).unwrap().replace("\n\nSigned", "\n\nChanged");
    work.write("../changed", raw);
    let changed = work.git(&["hash-object", "-t", "commit", "-w", "../changed"]).unwrap().trim().to_owned();
    work.git(&["branch", "changed", &changed]).unwrap();
    gpg.sign(&work, &part, "", &["tag", "-s", "-m", "First", "v1"]);
    work.git(&["push", "--quiet", &forge.https(&test, "test/beds"), "--all"]).unwrap();
    work.git(&["push", "--quiet", &forge.https(&test, "test/beds"), "--tags"]).unwrap();
    for (commit, expected, why) in [
        (&plain, None, "no signature"),
        (&own, Some("Verified"), "by its own key"),
        (&weak, Some("Unverified"), "hashed with SHA-1"),
        (&theirs, Some("Unverified"), "bob has another address"),
        (&unknown, Some("Unknown key"), "nobody's key"),
        (&changed, Some("Unverified"), "changed after it was signed"),
    ] {
        let page = client.get(&format!("/test/beds/commit/{commit}")).await.text();
        assert_eq!(badge(&page), expected, "{why}");
    }
    let list = client.get("/test/beds/commits/main").await.text();
    for label in ["Verified", "Unverified", "Unknown key"] {
        assert!(list.contains(&format!(">{label}</strong>")), "{label} in the history");
    }
    assert_eq!(badge(&client.get("/test/beds/tags").await.text()), Some("Verified"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_or_was_revoked_no_longer_counts() {
    let forge = Forge::new().await;
    let test = forge.user("test").await;
    forge.repo(&test, "beds").await;
    let client = signed_in(&forge, "test").await;
    let gpg = Gpg::new();
    let key = gpg.key(&["--faked-system-time", "20260101T000000"], "ed25519", "sign,cert");
    let page = client.get(KEYS).await.text();
    assert_eq!(add(&client, &gpg.export(&key), &gpg.proof(&key, &page)).await.0, 303);
    let work = test.work_tree();
    work.commit("README.md", "# Beds\n");
    let (early, late) =
        (gpg.commit(&work, &key, "--faked-system-time 20260115T000000"), gpg.commit(&work, &key, ""));
    work.git(&["push", "--quiet", &forge.https(&test, "test/beds"), "main"]).unwrap();
    let both = async || {
        let mut found = Vec::new();
        for commit in [&early, &late] {
            found.push(badge(&client.get(&format!("/test/beds/commit/{commit}")).await.text()));
        }
        found
    };
    assert_eq!(both().await, [Some("Verified"), Some("Verified")]);
    // Its owner says that it ended in February, and hands it in again: no proof is asked for.
    gpg.run(&["--faked-system-time", "20260201T000000", "--quick-set-expire", &key, "20260210T000000"], "");
    assert_eq!(add(&client, &gpg.export(&key), "").await.0, 303);
    assert_eq!(both().await, [Some("Verified"), Some("Unverified")], "signed after it had ended");
    assert!(client.get(KEYS).await.text().contains(">Ended</strong>"));
    let revocation = gpg.home.path().join(format!("openpgp-revocs.d/{key}.rev"));
    let revocation = std::fs::read_to_string(revocation).unwrap().replace(":-----BEGIN", "-----BEGIN");
    gpg.run(&["--import"], &revocation);
    assert_eq!(add(&client, &gpg.export(&key), "").await.0, 303);
    assert_eq!(both().await, [Some("Unknown key"), Some("Unknown key")], "nothing that it ever signed");
    assert!(client.get(KEYS).await.text().contains(">Revoked</strong>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_demands_signatures_takes_those_of_gpg() {
    let forge = Forge::new().await;
    let test = forge.user("test").await;
    forge.repo(&test, "beds").await;
    let client = signed_in(&forge, "test").await;
    let gpg = Gpg::new();
    let key = gpg.key(&[], "ed25519", "sign,cert");
    let page = client.get(KEYS).await.text();
    assert_eq!(add(&client, &gpg.export(&key), &gpg.proof(&key, &page)).await.0, 303);
    let (work, remote) = (test.work_tree(), forge.https(&test, "test/beds"));
    work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    let rules = "/test/beds/settings/rules";
    for (kind, pattern) in [("branch", "main"), ("tag", "v*")] {
        let fields = [("kind", kind), ("pattern", pattern), ("push", "developers"), ("signed", "true")];
        assert_eq!(client.submit(rules, rules, &fields).await.status, 303);
    }
    gpg.commit(&work, &key, "");
    gpg.sign(&work, &key, "", &["tag", "-s", "-m", "First", "v1"]);
    work.git(&["push", "--quiet", &remote, "main", "v1"]).unwrap();
    let stranger = Gpg::new();
    let unknown = stranger.key(&[], "ed25519", "sign,cert");
    stranger.commit(&work, &unknown, "");
    let output = work.try_git(&["push", &remote, "main"]);
    assert!(!output.ok && output.stderr.contains("takes only what is signed"), "{output:?}");
}
