use std::path::PathBuf;

use forge_core::{ObjectFormat, ObjectId};

use super::{ReceivePackArguments, receive_pack};
use crate::pktline::{write_data, write_flush};
use crate::plain::Environment;
use crate::receive::testing::Repo;

const ZERO: &str = "0000000000000000000000000000000000000000";

/// A bare target and a work tree that pushes to it.
struct Pair {
    source: Repo,
    target: Repo,
}

impl Pair {
    fn new() -> Self {
        let pair = Self { source: Repo::with_history(ObjectFormat::Sha1, 6), target: Repo::sha1() };
        pair.target.git(&["config", "core.bare", "true"]);
        pair
    }

    fn git_dir(&self) -> PathBuf {
        self.target.path().join(".git")
    }

    /// Sends commands and a pack, and gives back what the server says.
    fn push(&self, capabilities: &str, commands: &[(&str, &str, &str)], pack: &[u8]) -> String {
        let mut input = Vec::new();
        for (at, (old, new, name)) in commands.iter().enumerate() {
            let suffix = if at == 0 { format!("\0report-status {capabilities}") } else { String::new() };
            write_data(&mut input, format!("{old} {new} {name}{suffix}").as_bytes()).unwrap();
        }
        write_flush(&mut input).unwrap();
        input.extend_from_slice(pack);
        let arguments = ["--stateless-rpc".to_owned(), self.git_dir().to_str().unwrap().to_owned()];
        let arguments = ReceivePackArguments::parse(&arguments).unwrap();
        let mut out = Vec::new();
        receive_pack(&arguments, &Environment::default(), 1_700_000_000, &mut &input[..], &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn pack(&self) -> Vec<u8> {
        self.source.pack("HEAD\n", &["--delta-base-offset"])
    }

    fn id(&self, revision: &str) -> String {
        self.source.id(revision).to_string()
    }

    fn target_ref(&self, name: &str) -> Option<ObjectId> {
        let output = self.target.run(&["rev-parse", "-q", "--verify", name], b"");
        String::from_utf8(output.stdout).unwrap().trim().parse().ok()
    }
}

#[test]
fn creates_moves_and_deletes_refs() {
    let pair = Pair::new();
    let (tip, older) = (pair.id("HEAD"), pair.id("HEAD~2"));
    let said =
        pair.push("", &[(ZERO, &older, "refs/heads/main"), (ZERO, &older, "refs/tags/a/b")], &pair.pack());
    assert!(
        said.contains("unpack ok")
            && said.contains("ok refs/heads/main")
            && said.contains("ok refs/tags/a/b"),
        "{said}"
    );
    let said = pair.push("", &[(&older, &tip, "refs/heads/main")], &pair.pack());
    assert!(said.contains("ok refs/heads/main"), "{said}");
    pair.target.git(&["pack-refs", "--all"]);
    let said = pair.push("", &[(&older, ZERO, "refs/tags/a/b")], b"");
    assert!(said.contains("ok refs/tags/a/b"), "{said}");
    assert_eq!(pair.target_ref("refs/heads/main").map(|id| id.to_string()), Some(tip));
    assert_eq!(pair.target_ref("refs/tags/a/b"), None);
    pair.target.git(&["fsck", "--full", "--strict"]);
}

#[test]
fn an_old_claim_that_is_wrong_changes_nothing() {
    let pair = Pair::new();
    let (tip, older) = (pair.id("HEAD"), pair.id("HEAD~2"));
    pair.push("", &[(ZERO, &tip, "refs/heads/main")], &pair.pack());
    for (old, new) in [(older.as_str(), older.as_str()), (ZERO, &older)] {
        let said =
            pair.push("", &[(old, new, "refs/heads/main"), (ZERO, new, "refs/heads/other")], &pair.pack());
        assert!(said.contains("ng refs/heads/main failed to update ref"), "{said}");
        assert!(said.contains("ok refs/heads/other"), "{said}");
        pair.push("", &[(new, ZERO, "refs/heads/other")], b"");
        let said = pair.push(
            "atomic",
            &[(old, new, "refs/heads/main"), (ZERO, new, "refs/heads/other")],
            &pair.pack(),
        );
        assert!(said.contains("ng refs/heads/main") && said.contains("ng refs/heads/other"), "{said}");
        assert_eq!(pair.target_ref("refs/heads/other"), None);
        assert_eq!(pair.target_ref("refs/heads/main").map(|id| id.to_string()), Some(tip.clone()));
    }
}

#[test]
fn names_that_exclude_each_other_are_refused() {
    let pair = Pair::new();
    let tip = pair.id("HEAD");
    pair.push("", &[(ZERO, &tip, "refs/heads/topic")], &pair.pack());
    pair.target.git(&["pack-refs", "--all"]);
    let commands = [
        (ZERO, tip.as_str(), "refs/heads/topic/sub"),
        (ZERO, &tip, "refs/heads/x/y"),
        (ZERO, &tip, "refs/heads/x"),
    ];
    let said = pair.push("", &commands, &pair.pack());
    assert!(said.contains("ng refs/heads/topic/sub another ref"), "{said}");
    assert!(said.contains("ok refs/heads/x/y") && said.contains("ng refs/heads/x another ref"), "{said}");
    // The way is free once the other one is deleted.
    let commands = [(tip.as_str(), ZERO, "refs/heads/topic"), (ZERO, &tip, "refs/heads/topic/sub")];
    let said = pair.push("", &commands, &pair.pack());
    assert!(said.contains("ok refs/heads/topic") && said.contains("refs/heads/topic/sub"), "{said}");
    pair.target.git(&["fsck", "--full"]);
}

#[test]
fn names_that_only_git_makes_can_be_deleted() {
    let pair = Pair::new();
    let tip = pair.id("HEAD");
    let long = format!("refs/heads/{}end", format!("{}/", "part".repeat(25)).repeat(4));
    let said = pair.push("", &[(ZERO, &tip, &long), (ZERO, &tip, "refs/lonely")], &pair.pack());
    assert!(said.contains("ok refs/heads/part") && said.contains("ng refs/lonely funny refname"), "{said}");
    pair.target.git(&["update-ref", "refs/lonely", &tip]);
    let gone = [(tip.as_str(), ZERO, "refs/lonely"), (&tip, ZERO, &long), (&tip, ZERO, &long)];
    let said = pair.push("", &gone, b"");
    assert!(said.contains("ok refs/lonely") && said.contains("multiple updates"), "{said}");
    assert_eq!(pair.target_ref("refs/lonely"), None);
}

#[test]
fn reserved_hidden_and_checked_out_refs_stay() {
    let pair = Pair::new();
    let tip = pair.id("HEAD");
    pair.target.git(&["config", "core.bare", "false"]);
    pair.target.git(&["config", "receive.hideRefs", "refs/pull"]);
    let names = [
        "refs/heads/main",
        "refs/pull/1/head",
        "refs/replace/x/y",
        "HEAD",
        "refs/heads/../x",
        "refs/heads/ok",
    ];
    let commands: Vec<_> = names.iter().map(|name| (ZERO, tip.as_str(), *name)).collect();
    let said = pair.push("", &commands, &pair.pack());
    assert!(said.contains("ng refs/heads/main branch is currently checked out"), "{said}");
    assert!(said.contains("ng refs/pull/1/head deny updating a hidden ref"), "{said}");
    assert!(said.contains("ng refs/replace/x/y reserved refname"), "{said}");
    assert!(
        said.contains("ng HEAD funny refname") && said.contains("ng refs/heads/../x funny refname"),
        "{said}"
    );
    assert!(said.contains("ok refs/heads/ok"), "{said}");
}

#[test]
fn a_refused_push_leaves_nothing() {
    let pair = Pair::new();
    let tip = pair.id("HEAD");
    let mut broken = pair.pack();
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    let said = pair.push("", &[(ZERO, &tip, "refs/heads/main")], &broken);
    assert!(
        said.contains("unpack ")
            && !said.contains("unpack ok")
            && said.contains("ng refs/heads/main unpacker error"),
        "{said}"
    );
    let incomplete = pair.source.pack("HEAD\n^HEAD~1\n", &[]);
    let said = pair.push("", &[(ZERO, &tip, "refs/heads/main")], &incomplete);
    assert!(said.contains("ng refs/heads/main missing necessary objects"), "{said}");
    let blob = pair.id("HEAD:growing.txt");
    let said = pair.push("", &[(ZERO, &blob, "refs/heads/main")], &pair.pack());
    assert!(said.contains("ng refs/heads/main a branch can only name a commit"), "{said}");
    assert_eq!(std::fs::read_dir(pair.git_dir().join("objects/pack")).unwrap().count(), 0);
    assert!(pair.target.run(&["cat-file", "-e", &tip], b"").status.code() != Some(0));
}
