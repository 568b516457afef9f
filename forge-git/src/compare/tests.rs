//! Beside the real git, and by hand where git has no word for it.

use forge_core::code::{CommitRelation, FileContent, LineKind};
use forge_core::{ObjectFormat, ObjectId};

use super::*;
use crate::Cancel;
use crate::browse::DiffOptions;
use crate::browse::testing::{Repo, path};
use crate::merge::MergeLimits;
use crate::merge::testing::{Dice, History, change, start};

fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("line {number}\n")).collect()
}

fn text(lines: &[String]) -> Vec<u8> {
    lines.concat().into_bytes()
}

#[test]
fn stable_names_are_those_of_git() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let repo = Repo::new(format);
        let mut history = History::new(format.byte_len() * 2);
        let mut marks = Vec::new();
        for case in 0..25 {
            let mut dice = Dice::new(8800 + case);
            let base = start(&mut dice);
            let root = history.commit(&base, &[], "Base");
            marks.push((root, history.commit(&change(&mut dice, &base), &[root], "Next")));
        }
        let ids = history.import(&repo);
        for (old, new) in marks {
            let (old, new) = (ids[old - 1], ids[new - 1]);
            let diff = repo.git_bytes(&["diff", "--full-index", &old.to_string(), &new.to_string()]);
            let git = repo.git_at(0, &["patch-id", "--stable"], &diff);
            let git = git.split(' ').next().unwrap_or_default().to_owned();
            let browser = repo.browser();
            let found = browser.stable_patch_id(&old, &new, &Cancel::new()).unwrap();
            // Git has no name for nothing.
            if git.is_empty() {
                assert_eq!(
                    browser.node(&crate::hash::to_gix(&old)).unwrap().tree,
                    browser.node(&crate::hash::to_gix(&new)).unwrap().tree
                );
            } else {
                assert_eq!(found.to_string(), git, "{old} {new}\n{}", String::from_utf8_lossy(&diff));
            }
            assert_eq!(browser.commit_patch_id(&new, &Cancel::new()).unwrap(), found);
        }
    }
}

#[test]
fn exact_names_see_white_space_and_not_line_numbers() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let lines = numbered(40);
    let base = repo.commit("f.py", &text(&lines), "Base");
    let with = |at: usize, new: &str, lines: &[String]| {
        let mut lines = lines.to_vec();
        lines[at] = new.to_owned();
        lines
    };
    let head = repo.commit("f.py", &text(&with(20, "    return\n", &lines)), "Change");
    repo.git(&["checkout", "-q", "--detach", &base.to_string()]);
    let indented = repo.commit("f.py", &text(&with(20, "  return\n", &lines)), "Change");
    repo.git(&["checkout", "-q", "--detach", &base.to_string()]);
    // The target grew at the top, far from the change.
    let mut longer = vec!["new\n".to_owned()];
    longer.extend(lines.clone());
    let target = repo.commit("f.py", &text(&longer), "Target");
    let rebased = repo.commit("f.py", &text(&with(21, "    return\n", &longer)), "Change");
    let browser = repo.browser();
    let exact = |base: &ObjectId, head: &ObjectId| browser.patch_id(base, head, &Cancel::new()).unwrap();
    let stable =
        |base: &ObjectId, head: &ObjectId| browser.stable_patch_id(base, head, &Cancel::new()).unwrap();
    assert_eq!(exact(&base, &head), exact(&target, &rebased));
    assert_ne!(exact(&base, &head), exact(&base, &indented));
    assert_eq!(stable(&base, &head), stable(&base, &indented));
    assert_eq!(exact(&base, &head).format(), ObjectFormat::Sha256);
    // Binary content counts by what it is.
    repo.git(&["checkout", "-q", "--detach", &base.to_string()]);
    let one = repo.commit("data", b"\0one", "Data");
    let two = repo.commit("data", b"\0two", "Data");
    assert_ne!(exact(&base, &one), exact(&base, &two));
    // So does what may be run, a name and a missing end of line.
    repo.git(&["checkout", "-q", "-f", "--detach", &base.to_string()]);
    repo.executable("x", b"1\n");
    let runs = repo.commit_all("Runs");
    repo.git(&["checkout", "-q", "-f", "--detach", &base.to_string()]);
    let rests = repo.commit("x", b"1\n", "Rests");
    repo.git(&["checkout", "-q", "-f", "--detach", &base.to_string()]);
    let open = repo.commit("x", b"1", "Open");
    let all = [exact(&base, &runs), exact(&base, &rests), exact(&base, &open)];
    assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
}

#[test]
fn the_same_patch_in_another_place_is_not_the_same_change() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let block = "begin\n1\n2\n3\ncheck\n4\n5\n6\nend\n";
    let twice = |first: &str, second: &str| {
        [block.replace("check", first), "between\n".repeat(8), block.replace("check", second)].concat()
    };
    let base = repo.commit("f", twice("check", "check").as_bytes(), "Base");
    let approved = repo.commit("f", twice("return", "check").as_bytes(), "Change");
    repo.git(&["checkout", "-q", "--detach", &base.to_string()]);
    let other = repo.commit("f", twice("check", "return").as_bytes(), "Change");
    repo.git(&["checkout", "-q", "--detach", &base.to_string()]);
    let target = repo.commit("g", b"target\n", "Target");
    let rebased = repo.commit("f", twice("return", "check").as_bytes(), "Change");
    let (browser, limits, cancel) = (repo.browser(), MergeLimits::default(), Cancel::new());
    let name = |base: &ObjectId, head: &ObjectId| browser.patch_id(base, head, &cancel).unwrap();
    assert_eq!(name(&base, &approved), name(&base, &other));
    let moved = |new: (&ObjectId, &ObjectId)| {
        browser.is_only_moved((&base, &approved), new, &limits, &cancel).unwrap()
    };
    assert!(moved((&target, &rebased)) && moved((&base, &approved)));
    assert!(!moved((&base, &other)) && !moved((&target, &approved)));
}

#[test]
fn commits_are_paired_over_a_rebase() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let base = repo.commit("f", &text(&numbered(60)), "Base");
    let edit = |at: usize, new: &str, message: &str| {
        let content = std::fs::read_to_string(repo.root().join("f")).unwrap();
        let mut lines: Vec<String> = content.split_inclusive('\n').map(str::to_owned).collect();
        lines[at] = new.to_owned();
        repo.commit("f", &text(&lines), message)
    };
    let kept = edit(5, "kept\n", "Kept");
    let changed = edit(15, "first try\n", "Changed");
    let dropped = edit(25, "dropped\n", "Dropped");
    repo.write("big", &text(&numbered(20)));
    let renamed = repo.commit_all("Old words");
    let old_head = repo.head();
    repo.git(&["checkout", "-q", "--detach", &base.to_string()]);
    let target = edit(50, "target\n", "Target");
    let kept_new = edit(5, "kept\n", "Kept");
    let changed_new = edit(15, "second try\n", "Changed");
    let mut lines = numbered(20);
    lines[3] = "another\n".to_owned();
    repo.write("big", &text(&lines));
    let renamed_new = repo.commit_all("New words");
    let added = edit(35, "added\n", "Added");
    let new_head = repo.head();
    let limits = RangeDiffLimits::default();
    let pairs =
        repo.browser().range_diff((&base, &old_head), (&target, &new_head), &limits, &Cancel::new()).unwrap();
    let shown: Vec<_> = pairs.iter().map(|pair| (pair.relation.sign(), pair.old, pair.new)).collect();
    assert_eq!(
        shown,
        [
            ('=', Some(kept), Some(kept_new)),
            ('!', Some(changed), Some(changed_new)),
            ('<', Some(dropped), None),
            ('!', Some(renamed), Some(renamed_new)),
            ('>', None, Some(added)),
        ]
    );
    // Another message alone is a change too.
    repo.git(&["commit", "-q", "--amend", "-m", "Added, with reasons"]);
    let again = repo
        .browser()
        .range_diff((&target, &new_head), (&target, &repo.head()), &limits, &Cancel::new())
        .unwrap();
    assert_eq!(again.iter().filter(|pair| pair.relation == CommitRelation::Same).count(), 3);
    assert_eq!(again[3].relation, CommitRelation::Changed);
    let few = RangeDiffLimits { commits: 3, ..limits };
    assert!(
        repo.browser().range_diff((&base, &old_head), (&target, &new_head), &few, &Cancel::new()).is_err()
    );
    // What both have is no work: the limit is about the rest.
    let more = edit(45, "more\n", "More");
    let grown = repo.browser().range_diff((&base, &new_head), (&base, &more), &few, &Cancel::new()).unwrap();
    let signs: String = grown.iter().map(|pair| pair.relation.sign()).collect();
    assert_eq!((signs.as_str(), grown.len()), ("====!>", 6), "{grown:?}");
}

#[test]
fn lines_are_followed_through_random_edits() {
    let mut dice = Dice::new(4);
    for _ in 0..200 {
        // Every line is another, so where it went is plain to see.
        let old = numbered(usize::try_from(dice.roll(30)).unwrap());
        let mut new: Vec<String> = old.iter().filter(|_| dice.roll(6) > 0).cloned().collect();
        for number in 0..dice.roll(4) {
            let at = usize::try_from(dice.roll(u64::try_from(new.len() + 1).unwrap())).unwrap();
            new.insert(at, format!("new {number}\n"));
        }
        let map = LineMap::new(&text(&old), &text(&new));
        for (at, line) in old.iter().enumerate() {
            let place = new.iter().position(|other| other == line);
            let number = |at: usize| u32::try_from(at + 1).unwrap();
            assert_eq!(map.map_line(number(at)), place.map(number), "{old:?} {new:?}");
        }
        assert_eq!(map.map_line(u32::try_from(old.len()).unwrap() + 1), None);
        assert_eq!(map.map_line(0), None);
    }
}

#[test]
fn ranges_are_followed_only_whole() {
    let map = |new: &str| LineMap::new(b"1\n2\n3\n4\n5\n", new.as_bytes());
    assert_eq!(map("0\n1\n2\n3\n4\n5\n").map_range(2..=4), Some(3..=5));
    assert_eq!(map("1\n2\nx\n3\n4\n5\n").map_range(2..=4), None);
    assert_eq!(map("1\n2\n4\n5\n").map_range(2..=4), None);
    assert_eq!(map("1\n2\nthree\n4\n5\n").map_range(2..=4), None);
    assert_eq!(map("1\n2\n4\n5\n").map_range(4..=5), Some(3..=4));
    #[expect(clippy::reversed_empty_ranges, reason = "a caller may have it the wrong way round")]
    let wrong = map("1\n2\n3\n4\n5\n").map_range(4..=2);
    assert_eq!(wrong, None);
}

#[test]
fn files_and_lines_of_commits_are_found_again() {
    let repo = Repo::new(ObjectFormat::Sha1);
    repo.write("gone", b"gone\n");
    repo.write("data", b"\0");
    let old = repo.commit("dir/f", &text(&numbered(20)), "Old");
    repo.git(&["mv", "dir", "moved"]);
    repo.git(&["rm", "-q", "gone"]);
    let mut lines = numbered(20);
    lines.insert(0, "first\n".into());
    let new = repo.commit("moved/f", &text(&lines), "New");
    let browser = repo.browser();
    let found = |at: &str| browser.path_in(&old, &path(at), &new, &Cancel::new()).unwrap();
    assert_eq!(found("dir/f"), Some(path("moved/f")));
    assert_eq!(found("data"), Some(path("data")));
    assert_eq!((found("gone"), found("never")), (None, None));
    let (a, b) = (repo.id(&format!("{old}:dir/f")), repo.id(&format!("{new}:moved/f")));
    assert_eq!(browser.map_line(&a, &b, 5).unwrap(), Some(6));
    assert_eq!(browser.map_range(&a, &b, 5..=7).unwrap(), Some(6..=8));
    assert_eq!(browser.map_line(&repo.id(&format!("{old}:data")), &b, 1).unwrap(), None);
    assert!(browser.map_line(&ObjectFormat::Sha1.null(), &b, 1).is_err());
}

#[test]
fn what_the_target_brought_is_told_apart() {
    let repo = Repo::new(ObjectFormat::Sha1);
    repo.write("other", b"1\n");
    let old_base = repo.commit("f", &text(&numbered(60)), "Base");
    let set = |name: &str, changes: &[(usize, &str)]| {
        let mut lines = numbered(60);
        for (at, new) in changes {
            lines[*at] = (*new).to_owned();
        }
        repo.write(name, &text(&lines));
    };
    set("f", &[(10, "author\n")]);
    let old_head = repo.commit_all("Version 1");
    repo.git(&["checkout", "-q", "--detach", &old_base.to_string()]);
    repo.write("other", b"2\n");
    set("f", &[(30, "target\n")]);
    let new_base = repo.commit_all("Target");
    set("f", &[(10, "author again\n"), (30, "target\n")]);
    let new_head = repo.commit_all("Version 2");
    let browser = repo.browser();
    let compared = browser
        .compare_versions(
            (&old_base, &old_head),
            (&new_base, &new_head),
            &DiffOptions::default(),
            &Cancel::new(),
        )
        .unwrap();
    let names: Vec<_> = compared.diff.files.iter().map(|file| file.path().unwrap().to_text()).collect();
    assert_eq!(names, ["f", "other"]);
    let FileContent::Text(hunks) = &compared.diff.files[0].content else { panic!("text") };
    let added = |at: usize| {
        let line = hunks[at].lines.iter().find(|line| line.kind == LineKind::Added).unwrap();
        String::from_utf8(line.content.clone()).unwrap()
    };
    assert_eq!((added(0).as_str(), added(1).as_str()), ("author again", "target"));
    assert_eq!(compared.from_target, [vec![false, true], vec![true]]);
    assert_eq!(compared.files_from_target, [false, true]);
    // On the same base nothing can come from it.
    let same = browser
        .compare_versions(
            (&old_base, &old_head),
            (&old_base, &new_head),
            &DiffOptions::default(),
            &Cancel::new(),
        )
        .unwrap();
    assert!(same.from_target.concat().iter().all(|mark| !mark));
}
