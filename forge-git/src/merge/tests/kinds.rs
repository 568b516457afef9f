//! Each kind of conflict, what is said of it, and how a person gets out of it.

use std::collections::BTreeMap;

use forge_core::code::{ConflictKind, HunkChoice, Identity, Resolution};
use time::OffsetDateTime;

use super::commits::store;
use super::*;
use crate::browse::testing::path;

/// A base and two sides, each made by a closure in the work tree.
fn sides(base: impl Fn(&Repo), ours: impl Fn(&Repo), theirs: impl Fn(&Repo)) -> (Repo, ObjectId, ObjectId) {
    let repo = Repo::new(ObjectFormat::Sha1);
    base(&repo);
    let root = repo.commit_all("Base");
    ours(&repo);
    let our_head = repo.commit_all("Ours");
    repo.git(&["checkout", "-q", "-f", "-b", "theirs", &root.to_string()]);
    repo.git(&["clean", "-qfdx"]);
    theirs(&repo);
    let their_head = repo.commit_all("Theirs");
    (repo, our_head, their_head)
}

fn conflicts(repo: &Repo, ours: &ObjectId, theirs: &ObjectId) -> Vec<Conflict> {
    repo.browser().merge(ours, theirs, &MergeLimits::default(), &Cancel::new()).unwrap().conflicts
}

/// Decides about one path and lists the files of what came out.
fn decided(
    repo: &Repo,
    heads: (&ObjectId, &ObjectId),
    at: &str,
    resolution: Resolution,
) -> Result<String, MergeError> {
    let at_time = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
    let ada = Identity { name: "Ada".into(), email: "a@example.org".into(), at: at_time };
    let text = CommitText { author: &ada, committer: &ada, message: "Resolve" };
    let resolutions = BTreeMap::from([(path(at), resolution)]);
    let (limits, cancel) = (MergeLimits::default(), Cancel::new());
    let built = repo.browser().resolve_merge(heads.0, heads.1, &resolutions, &text, &limits, &cancel)?;
    store(repo, &built.objects);
    repo.git(&["update-ref", "refs/heads/resolved", &built.id.to_string()]);
    repo.git(&["fsck", "--strict"]);
    let parents = repo.git(&["log", "-1", "--format=%P", "resolved"]);
    assert_eq!(parents, format!("{} {}", heads.0, heads.1));
    Ok(repo.git(&["ls-tree", "-r", "--format=%(objectmode) %(path)", "resolved"]))
}

fn shown(repo: &Repo, file: &str) -> String {
    String::from_utf8(repo.git_bytes(&["show", &format!("resolved:{file}")])).unwrap()
}

#[test]
fn lines_are_chosen_hunk_by_hunk() {
    let text = |second: &str, ninth: &str| {
        format!("1\r\n{second}\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n{ninth}").into_bytes()
    };
    let (repo, ours, theirs) = sides(
        |repo| repo.executable("f", &text("2", "9")),
        |repo| repo.executable("f", &text("two", "nine")),
        |repo| repo.executable("f", &text("zwei", "neun")),
    );
    let found = conflicts(&repo, &ours, &theirs);
    assert_eq!((found.len(), found[0].kind, found[0].hunks().count()), (1, ConflictKind::Content, 2));
    let hunk = found[0].hunks().nth(1).unwrap();
    assert_eq!((hunk.ours_start, &hunk.base[..], &hunk.theirs[..]), (9, &b"9"[..], &b"neun"[..]));
    let heads = (&ours, &theirs);
    let choices = vec![HunkChoice::OursThenTheirs, HunkChoice::Theirs];
    assert_eq!(decided(&repo, heads, "f", Resolution::Hunks(choices)).unwrap(), "100755 f");
    assert_eq!(shown(&repo, "f"), "1\r\ntwo\r\nzwei\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\nneun");
    decided(&repo, heads, "f", Resolution::Bytes(b"mine".to_vec())).unwrap();
    assert_eq!(shown(&repo, "f"), "mine");
    decided(&repo, heads, "f", Resolution::Ours).unwrap();
    assert_eq!(shown(&repo, "f").as_bytes(), text("two", "nine"));
    assert_eq!(decided(&repo, heads, "f", Resolution::Remove).unwrap(), "");
    assert!(matches!(decided(&repo, heads, "f", Resolution::Hunks(Vec::new())), Err(MergeError::Refused(_))));
    assert!(matches!(decided(&repo, heads, "g", Resolution::Ours), Err(MergeError::Refused(_))));
}

#[test]
fn every_conflict_needs_a_decision() {
    let (repo, ours, theirs) = sides(
        |repo| {
            repo.write("a", b"1\n");
            repo.write("b", b"1\n");
        },
        |repo| {
            repo.write("a", b"2\n");
            repo.write("b", b"2\n");
        },
        |repo| {
            repo.write("a", b"3\n");
            repo.write("b", b"3\n");
        },
    );
    let Err(MergeError::Conflicts { conflicts, .. }) =
        decided(&repo, (&ours, &theirs), "a", Resolution::Ours)
    else {
        panic!("b is open")
    };
    assert_eq!(conflicts.iter().map(|conflict| conflict.path.to_text()).collect::<Vec<_>>(), ["b"]);
    let few = MergeLimits { conflicts: 1, ..MergeLimits::default() };
    let merged = repo.browser().merge(&ours, &theirs, &few, &Cancel::new()).unwrap();
    assert_eq!((merged.conflicts.len(), merged.more_conflicts), (1, 1));
    let tiny = MergeLimits { files: 1, ..MergeLimits::default() };
    let error = repo.browser().merge(&ours, &theirs, &tiny, &Cancel::new());
    assert!(matches!(error, Err(MergeError::Engine(Error::TooLarge { .. }))));
    let stopped = Cancel::new();
    stopped.cancel();
    let error = repo.browser().merge(&ours, &theirs, &MergeLimits::default(), &stopped);
    assert!(matches!(error, Err(MergeError::Engine(Error::Cancelled))));
}

#[test]
fn a_file_changed_here_and_deleted_there() {
    let (repo, ours, theirs) = sides(
        |repo| repo.write("dir/f", b"1\n"),
        |repo| repo.write("dir/f", b"2\n"),
        |repo| drop(repo.git(&["rm", "-q", "dir/f"])),
    );
    let found = conflicts(&repo, &ours, &theirs);
    assert_eq!((found[0].kind, found[0].theirs.is_none()), (ConflictKind::ModifyDelete, true));
    assert_eq!(decided(&repo, (&ours, &theirs), "dir/f", Resolution::Ours).unwrap(), "100644 dir/f");
    assert_eq!(decided(&repo, (&ours, &theirs), "dir/f", Resolution::Theirs).unwrap(), "");
}

#[test]
fn a_file_moved_to_two_places() {
    let lines = b"1\n2\n3\n4\n5\n6\n7\n8\n";
    let (repo, ours, theirs) = sides(
        |repo| repo.write("f", lines),
        |repo| drop(repo.git(&["mv", "f", "ours"])),
        |repo| {
            repo.git(&["mv", "f", "theirs"]);
            repo.write("theirs", b"1\n2\n3\n4\n5\n6\n7\neight\n");
        },
    );
    let found = conflicts(&repo, &ours, &theirs);
    assert_eq!((found.len(), found[0].kind), (1, ConflictKind::RenameRename));
    assert_eq!(found[0].base.as_ref().unwrap().path, path("f"));
    assert_eq!(decided(&repo, (&ours, &theirs), "ours", Resolution::Ours).unwrap(), "100644 ours");
    // What the other side changed comes along.
    assert_eq!(shown(&repo, "ours"), "1\n2\n3\n4\n5\n6\n7\neight\n");
    assert_eq!(decided(&repo, (&ours, &theirs), "ours", Resolution::Theirs).unwrap(), "100644 theirs");
}

#[test]
fn a_file_where_a_directory_is() {
    let (repo, ours, theirs) = sides(
        |repo| repo.write("x", b"x"),
        |repo| repo.write("d", b"file\n"),
        |repo| repo.write("d/in", b"in\n"),
    );
    let found = conflicts(&repo, &ours, &theirs);
    assert_eq!((found.len(), found[0].kind, found[0].ours.is_some()), (1, ConflictKind::FileDirectory, true));
    let heads = (&ours, &theirs);
    assert!(matches!(decided(&repo, heads, "d", Resolution::Ours), Err(MergeError::Refused(_))));
    assert_eq!(decided(&repo, heads, "d", Resolution::Theirs).unwrap(), "100644 d/in\n100644 x");
    let moved = decided(&repo, heads, "d", Resolution::MoveTo(path("d.txt"))).unwrap();
    assert_eq!(moved, "100644 d.txt\n100644 d/in\n100644 x");
    let taken = decided(&repo, heads, "d", Resolution::MoveTo(path("x")));
    assert!(matches!(taken, Err(MergeError::Refused(_))));
    assert!(decided(&repo, heads, "d", Resolution::MoveTo(path(".git/x"))).is_err());
}

#[test]
fn what_is_no_text_is_taken_from_one_side() {
    let (repo, ours, theirs) = sides(
        |repo| {
            repo.write("bin", b"\0a");
            repo.symlink("link", "a");
            repo.write("both", b"1\n");
        },
        |repo| {
            repo.write("bin", b"\0b");
            std::fs::remove_file(repo.root().join("link")).unwrap();
            repo.symlink("link", "b");
            repo.write("new", b"ours\n");
        },
        |repo| {
            repo.write("bin", b"\0c");
            std::fs::remove_file(repo.root().join("link")).unwrap();
            repo.symlink("link", "c");
            repo.write("new", b"theirs\n");
        },
    );
    let found = conflicts(&repo, &ours, &theirs);
    let kinds: Vec<_> = found.iter().map(|conflict| (conflict.path.to_text(), conflict.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("bin".into(), ConflictKind::Binary),
            ("link".into(), ConflictKind::Symlink),
            ("new".into(), ConflictKind::AddAdd)
        ]
    );
    assert!(found[0].pieces.is_empty());
    assert_eq!(found[2].hunks().count(), 1);
    let over = MergeLimits { conflict_bytes: 3, ..MergeLimits::default() };
    let short = repo.browser().merge(&ours, &theirs, &over, &Cancel::new()).unwrap();
    assert!(short.conflicts[2].pieces.is_empty());
}
