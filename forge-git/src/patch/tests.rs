//! Patches beside the real git.

use forge_core::ObjectFormat;

use super::*;
use crate::browse::testing::Repo;
use crate::merge::testing::{Dice, History, change, start};

/// The options with which git prints what is written here.
const DIFF: &[&str] = &["diff", "--binary", "--full-index", "-M"];

fn written(repo: &Repo, old: Option<&ObjectId>, new: &ObjectId) -> Vec<u8> {
    let mut out = Vec::new();
    repo.browser().write_diff(old, new, &PatchLimits::default(), &mut out, &Cancel::new()).unwrap();
    out
}

/// Pairs of random commits.
fn pairs(repo: &Repo, cases: u64, seed: u64) -> Vec<(ObjectId, ObjectId)> {
    let mut history = History::new(repo.browser().format().byte_len() * 2);
    let mut marks = Vec::new();
    for case in 0..cases {
        let mut dice = Dice::new(seed + case);
        let base = start(&mut dice);
        let root = history.commit(&base, &[], "Base");
        let next = change(&mut dice, &base);
        marks.push((root, history.commit(&change(&mut dice, &next), &[root], "Next")));
    }
    let ids = history.import(repo);
    marks.into_iter().map(|(a, b)| (ids[a - 1], ids[b - 1])).collect()
}

#[test]
fn differences_apply_and_read_as_those_of_git() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let repo = Repo::new(format);
        let (mut same, mut all) = (0, 0);
        for (old, new) in pairs(&repo, 25, 300) {
            let text = written(&repo, Some(&old), &new);
            // Git packs binary files more tightly at times; everything else is the same text.
            let git = repo.git_bytes(&[DIFF, &[&old.to_string(), &new.to_string()]].concat());
            all += 1;
            same += usize::from(text == git || text.windows(16).any(|part| part == b"GIT binary patch"));
            repo.git(&["read-tree", &old.to_string()]);
            repo.git_at(0, &["apply", "--cached", "--allow-empty", "--whitespace=nowarn"], &text);
            let tree = repo.git(&["write-tree"]);
            let whole = repo.git(&["rev-parse", &format!("{new}^{{tree}}")]);
            assert_eq!(tree, whole, "{old} {new}");
            // And back again, as far as git takes back its own.
            let back = |text: &[u8]| {
                repo.git(&["read-tree", &new.to_string()]);
                repo.git_at(0, &["apply", "--cached", "--allow-empty", "-R", "--whitespace=nowarn"], text);
                repo.git(&["write-tree"])
            };
            assert_eq!(back(&text), back(&git));
        }
        assert_eq!(same, all);
    }
}

#[test]
fn odd_names_and_contents() {
    let repo = Repo::new(ObjectFormat::Sha1);
    repo.write("a b.txt", b"fn one() {\n1\n2\n3\n4\n5\n}\n");
    repo.write("tab\tquote\".txt", b"x");
    repo.write_bytes_name(b"gr\xfc\xdfe", b"1\n");
    repo.write("empty", b"");
    repo.write("crlf", b"1\r\n2\r\n");
    let old = repo.commit_all("Old");
    repo.write("a b.txt", b"fn one() {\n1\n2\n3\n4\nfive\n}\n");
    repo.write("tab\tquote\".txt", b"y\n");
    repo.write_bytes_name(b"gr\xfc\xdfe", b"2\n");
    repo.write("empty", b"no more\n");
    repo.write("crlf", b"1\n2\r\n");
    repo.write("new empty", b"");
    let new = repo.commit_all("New");
    let git = repo
        .git_bytes(&[&["-c", "core.quotePath=true"], DIFF, &[&old.to_string(), &new.to_string()]].concat());
    let text = written(&repo, Some(&old), &new);
    assert_eq!(String::from_utf8_lossy(&text), String::from_utf8_lossy(&git));
    let root = written(&repo, None, &old);
    assert!(root.starts_with(b"diff --git a/a b.txt b/a b.txt\nnew file mode 100644\n"));
    let small = PatchLimits { bytes: 100, ..PatchLimits::default() };
    let error = repo.browser().write_diff(Some(&old), &new, &small, &mut Vec::new(), &Cancel::new());
    assert!(error.unwrap_err().to_string().contains("limit of 100"));
}

#[test]
fn a_mailbox_makes_the_same_commits() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let base = repo.commit("f", b"1\n2\n3\n", "Base");
    repo.git(&["config", "user.name", "x"]);
    repo.commit("f", b"1\ntwo\n3\n", "Change a line\n\nBecause it was wrong.\n\n- really\n");
    repo.git(&["commit", "-q", "--allow-empty", "--author=Zoë \"Z\" Müller <zoe@example.org>", "-m", "x"]);
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.write("g", b"\0binary\n");
    repo.git(&["add", "-A"]);
    let long =
        "Ärgerliche Übergänge zwischen sehr vielen Abteilungen, die niemand für möglich gehalten hätte";
    repo.git(&["commit", "-q", "--author=Zoë Müller <zoe@example.org>", "-m", long]);
    repo.git(&["mv", "f", "moved"]);
    repo.git(&["commit", "-q", "--author=A. B. (C) <a@example.org>", "-m", "Move = it"]);
    let head = repo.head();
    let mut mailbox = Vec::new();
    let (limits, cancel) = (PatchLimits::default(), Cancel::new());
    repo.browser().write_mailbox(&base, &head, &limits, &mut mailbox, &cancel).unwrap();
    let commits = |range: &str| repo.git(&["log", "--format=%T|%an|%ae|%ad|%B", range]);
    let before = commits(&format!("{base}..{head}"));
    repo.git(&["checkout", "-q", "--detach", &base.to_string()]);
    repo.git_at(0, &["am", "-q"], &mailbox);
    assert_eq!(commits(&format!("{base}..HEAD")), before);
    let few = PatchLimits { commits: 2, ..limits };
    assert!(repo.browser().write_mailbox(&base, &head, &few, &mut Vec::new(), &cancel).is_err());
}
