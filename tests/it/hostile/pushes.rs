//! Pushes that no git makes by itself, sent as bytes: each is refused by name, leaves nothing behind, and the next is served.

use base64::Engine as _;
use forge_tests::{Answer, Forge, Person, WorkTree, git_fed};
use http::Method;

struct Town {
    forge: Forge,
    alice: Person,
    work: WorkTree,
    head: String,
}

async fn town() -> Town {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    let head = work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "main"]).unwrap();
    Town { forge, alice, work, head }
}

impl Town {
    async fn post(
        &self,
        token: &str,
        address: &str,
        kind: &str,
        more: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("alice:{token}"));
        let (basic, kind) = (format!("Basic {basic}"), format!("application/x-{kind}-request"));
        let mut headers = vec![("authorization", basic.as_str()), ("content-type", kind.as_str())];
        headers.extend_from_slice(more);
        self.forge.client().send(Method::POST, &format!("/alice/beds.git/{address}"), &headers, body).await
    }

    async fn push(&self, commands: &[String], pack: &[u8]) -> String {
        let body = push(commands, pack);
        self.post(&self.alice.token, "git-receive-pack", "git-receive-pack", &[], body).await.text()
    }

    fn refs(&self) -> String {
        self.work.git(&["ls-remote", &self.forge.https(&self.alice, "alice/beds")]).unwrap()
    }

    /// Whether somebody who may read gets an object by its name.
    fn serves(&self, id: &str) -> bool {
        let fresh = self.alice.work_tree();
        fresh.try_git(&["fetch", "--quiet", &self.forge.https(&self.alice, "alice/beds"), id]).ok
    }

    /// A pack of everything that a new commit needs, and the commit.
    fn pack(&self, name: &str) -> (String, Vec<u8>) {
        let commit = self.work.commit(name, format!("{name}\n"));
        self.work.git(&["reset", "--quiet", "--hard", &self.head]).unwrap();
        let stem = self.work.path().join(format!(".git/{name}"));
        let revisions = format!("{commit}\n^{}\n", self.head);
        let stem = stem.display().to_string();
        let made = git_fed(self.work.path(), &["pack-objects", "--revs", "-q", &stem], revisions.as_bytes());
        let bytes = std::fs::read(format!("{stem}-{}.pack", made.success().unwrap().trim())).unwrap();
        (commit, bytes)
    }
}

/// Commands and a pack, as a client sends them.
fn push(commands: &[String], pack: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (at, command) in commands.iter().enumerate() {
        let line = if at == 0 { format!("{command}\0report-status") } else { command.clone() };
        body.extend(format!("{:04x}{line}", line.len() + 4).into_bytes());
    }
    body.extend_from_slice(b"0000");
    body.extend_from_slice(pack);
    body
}

fn create(id: &str, name: &str) -> String {
    format!("{} {id} {name}", "0".repeat(40))
}

/// A45 and A46: what is asked for decides, not what else the address or an earlier request says.
#[tokio::test(flavor = "multi_thread")]
async fn the_operation_decides_journey() {
    let town = town().await;
    let reading = town.forge.token("alice", "repository:read").await;
    let (commit, pack) = town.pack("read-only");
    let body = push(&[create(&commit, "refs/heads/x")], &pack);
    let before = town.refs();
    for address in ["git-receive-pack", "git-receive-pack?service=git-upload-pack"] {
        let answer = town.post(&reading, address, "git-receive-pack", &[], body.clone()).await;
        assert_eq!(answer.status, 403, "{address}: {}", answer.text());
    }
    for address in ["git-upload-pack", "git-upload-pack?service=git-receive-pack"] {
        let answer = town.post(&town.alice.token, address, "git-upload-pack", &[], body.clone()).await;
        assert!(!answer.text().contains("unpack ok"), "{address}: {}", answer.text());
        let answer = town.post(&town.alice.token, address, "git-receive-pack", &[], body.clone()).await;
        assert_eq!(answer.status, 400, "{address}: {}", answer.text());
    }
    assert_eq!(town.refs(), before);
}

/// A49: a header that names no version of the protocol names the first one.
#[tokio::test(flavor = "multi_thread")]
async fn odd_protocol_versions_are_the_first_journey() {
    let town = town().await;
    let long = "a".repeat(10_000);
    for version in ["version=9", "version=-1", "version=2x", long.as_str(), ":::", "version=2;id"] {
        let body = format!("0032want {}\n00000009done\n", town.head).into_bytes();
        let more = [("git-protocol", version)];
        let answer = town.post(&town.alice.token, "git-upload-pack", "git-upload-pack", &more, body).await;
        assert_eq!(answer.status, 200, "{version}: {}", answer.text());
        assert!(answer.body.starts_with(b"0008NAK\nPACK"), "{version}");
    }
}

/// A54 and A63: trees that are no trees, and settings that are programs, are refused by the name of the problem.
#[tokio::test(flavor = "multi_thread")]
async fn objects_that_hurt_are_refused_journey() {
    let town = town().await;
    let blob = git_fed(town.work.path(), &["hash-object", "-w", "--stdin"], b"x\n").success().unwrap();
    let raw: Vec<u8> = (0..20).map(|at| u8::from_str_radix(&blob[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let entry = |mode: &str, name: &str| [format!("{mode} {name}\0").as_bytes(), raw.as_slice()].concat();
    let modules = b"[submodule \"x\"]\n\tpath = x\n\turl = -oProxyCommand=x\n";
    let climbing = b"[submodule \"../../x\"]\n\tpath = x\n\turl = https://example.nhs.uk/x\n";
    let special = |bytes: &[u8]| {
        let id = git_fed(town.work.path(), &["hash-object", "-w", "--stdin"], bytes).success().unwrap();
        let id: Vec<u8> =
            (0..20).map(|at| u8::from_str_radix(&id[at * 2..at * 2 + 2], 16).unwrap()).collect();
        [b"100644 .gitmodules\0".as_slice(), &id].concat()
    };
    for (what, tree, words) in [
        ("..", entry("100644", ".."), "hasDotdot"),
        (".git", entry("100644", ".git"), "hasDotgit"),
        (".GiT", entry("100644", ".GiT"), "hasDotgit"),
        ("git~1", entry("100644", "git~1"), "hasDotgit"),
        ("a/b", entry("100644", "a/b"), "fullPathname"),
        ("twice", [entry("100644", "a"), entry("100644", "a")].concat(), "duplicateEntries"),
        ("unsorted", [entry("100644", "b"), entry("100644", "a")].concat(), "treeNotSorted"),
        ("an option as url", special(modules), "gitmodulesUrl"),
        ("a name that climbs", special(climbing), "gitmodulesName"),
    ] {
        let written = ["hash-object", "-t", "tree", "-w", "--stdin", "--literally"];
        let tree = git_fed(town.work.path(), &written, &tree).success().unwrap();
        let commit = town.work.git(&["commit-tree", "-m", what, tree.trim()]).unwrap();
        let remote = town.forge.https(&town.alice, "alice/beds");
        let pushed = town.work.try_git(&["push", &remote, &format!("{}:refs/heads/x", commit.trim())]);
        assert!(!pushed.ok && pushed.stderr.contains(words), "{what}: {pushed:?}");
        assert!(!town.serves(commit.trim()), "{what}");
    }
    assert!(!town.refs().contains("refs/heads/x"));
}

/// A55: a pack that is cut, changed or followed by something.
#[tokio::test(flavor = "multi_thread")]
async fn broken_packs_leave_nothing_journey() {
    let town = town().await;
    let (commit, pack) = town.pack("broken");
    let command = [create(&commit, "refs/heads/broken")];
    let mut flipped = pack.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut inside = pack.clone();
    let middle = inside.len() / 2;
    inside[middle] ^= 0x10;
    let followed = [pack.as_slice(), b"and more"].concat();
    for (what, bytes) in [
        ("cut in the middle", pack[..pack.len() / 2].to_vec()),
        ("without its last byte", pack[..pack.len() - 1].to_vec()),
        ("without anything", Vec::new()),
        ("with its checksum changed", flipped),
        ("changed inside", inside),
        ("followed by bytes", followed),
    ] {
        let said = town.push(&command, &bytes).await;
        assert!(!said.contains("ok refs/heads/broken"), "{what}: {said}");
        assert!(!town.refs().contains("broken"), "{what}");
        assert!(!town.serves(&commit), "{what}");
    }
    let said = town.push(&command, &pack).await;
    assert!(said.contains("unpack ok") && said.contains("ok refs/heads/broken"), "{said}");
    assert!(town.serves(&commit));
}

/// A56: names that are no refs, beside one that is.
#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_no_refs_are_refused_journey() {
    let town = town().await;
    let (commit, pack) = town.pack("named");
    let long = format!("refs/heads/{}", "n".repeat(5_000));
    let bad = [
        "refs/heads/../x",
        "HEAD",
        "refs/heads/a..b",
        "refs/heads/a\nb",
        "refs/heads/",
        "refs/heads/.a",
        "refs/heads/a.lock",
        "refs/heads/a b",
        "refs/heads/a\x7fb",
        "config",
        "../config",
        "refs/heads/-x\u{202e}",
        &long,
    ];
    let mut commands = vec![create(&commit, "refs/heads/good")];
    commands.extend(bad.iter().map(|name| create(&commit, name)));
    let said = town.push(&commands, &pack).await;
    assert!(said.contains("ok refs/heads/good"), "{said}");
    let refs = town.refs();
    let names: Vec<&str> = refs.lines().filter_map(|line| line.split('\t').nth(1)).collect();
    let allowed = ["HEAD", "refs/heads/main", "refs/heads/good", "refs/heads/-x\u{202e}"];
    assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
}

/// A62 and A65: many branches at once; options that nobody offered.
#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_branches_and_odd_options_journey() {
    let town = town().await;
    let commands: Vec<String> =
        (0..5_000).map(|at| create(&town.head, &format!("refs/heads/b{at}"))).collect();
    let empty = git_fed(
        town.work.path(),
        &["pack-objects", "-q", &format!("{}/.git/none", town.work.path().display())],
        b"",
    );
    let name = format!("{}/.git/none-{}.pack", town.work.path().display(), empty.success().unwrap().trim());
    let pack = std::fs::read(name).unwrap();
    let said = town.push(&commands, &pack).await;
    assert_eq!(said.matches("ok refs/heads/b").count(), 5_000, "{}", &said[..said.len().min(500)]);
    assert_eq!(town.refs().lines().count(), 5_002);
    let line = format!("{}\0report-status push-options", create(&town.head, "refs/heads/with-options"));
    for option in ["a;b", "visibility=public\nadmin=1", "\u{7}", "--exec=id"] {
        let mut body =
            format!("{:04x}{line}0000{:04x}{option}0000", line.len() + 4, option.len() + 4).into_bytes();
        body.extend_from_slice(&pack);
        let answer = town.post(&town.alice.token, "git-receive-pack", "git-receive-pack", &[], body).await;
        assert!(!answer.status.is_server_error(), "{option:?}: {}", answer.text());
    }
    let client = town.forge.client();
    assert_eq!(client.get("/alice/beds").await.status, 303, "still private");
}
