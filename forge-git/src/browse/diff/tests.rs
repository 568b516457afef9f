use std::collections::BTreeMap;

use forge_core::ObjectFormat;
use forge_core::code::{Hunk, LineKind};

use super::*;
use crate::browse::testing::{Repo, path};

fn numbered(lines: std::ops::Range<u32>) -> String {
    let lines: Vec<_> = lines.map(|n| format!("line number {n} of this file\n")).collect();
    lines.concat()
}

/// Status, old path, new path and line counts of each file, as `git diff --raw --numstat` says them.
fn from_git(repo: &Repo, old: &str, new: &str) -> BTreeMap<String, String> {
    let args = ["diff", "-z", "-M", "--histogram", "--no-ext-diff"];
    let fields = |what: &str| {
        let bytes = repo.git_bytes(&[&args[..], &[what, old, new]].concat());
        String::from_utf8_lossy(&bytes).split('\0').map(str::to_owned).collect::<Vec<_>>()
    };
    let mut files = BTreeMap::new();
    let mut words = fields("--raw").into_iter();
    while let Some(head) = words.next().filter(|head| !head.is_empty()) {
        let status = head.rsplit(' ').next().unwrap().to_owned();
        let first = words.next().unwrap();
        let target = if status.starts_with('R') { words.next().unwrap() } else { first.clone() };
        files.insert(target, format!("{status} {first}"));
    }
    let mut words = fields("--numstat").into_iter();
    while let Some(head) = words.next().filter(|head| !head.is_empty()) {
        let mut parts = head.split('\t');
        let counts = format!("{} {}", parts.next().unwrap(), parts.next().unwrap());
        let direct = parts.next().unwrap().to_owned();
        let target = if direct.is_empty() { words.nth(1).unwrap() } else { direct };
        files.entry(target).and_modify(|status| *status = format!("{status} {counts}"));
    }
    files
}

fn ours(diff: &Diff) -> BTreeMap<String, String> {
    let describe = |file: &FileDiff| {
        let status = match file.status {
            FileStatus::Added => "A".to_owned(),
            FileStatus::Deleted => "D".to_owned(),
            FileStatus::Modified | FileStatus::ModeChanged => "M".to_owned(),
            FileStatus::TypeChanged => "T".to_owned(),
            FileStatus::Renamed { similarity } => format!("R{similarity:03}"),
        };
        let old = file.old.as_ref().or(file.new.as_ref()).unwrap().path.to_text();
        let counts = match file.content {
            FileContent::Binary { .. } => "- -".to_owned(),
            // Git counts the one line that names the commit.
            FileContent::Submodule => {
                format!("{} {}", u8::from(file.new.is_some()), u8::from(file.old.is_some()))
            }
            _ => format!("{} {}", file.added, file.removed),
        };
        (file.path().unwrap().to_text(), format!("{status} {old} {counts}"))
    };
    diff.files.iter().map(describe).collect()
}

fn between(repo: &Repo, old: &str, new: &str) -> Diff {
    let (old, new) = (repo.id(old), repo.id(new));
    repo.browser().diff_between(&old, &new, &DiffOptions::default(), &Cancel::new()).unwrap()
}

/// A repository with every kind of change between `main~1` and `main`.
fn everything() -> Repo {
    let repo = Repo::new(ObjectFormat::Sha1);
    for (name, content) in [
        ("same.txt", numbered(0..5)),
        ("changed.txt", numbered(0..60)),
        ("gone.txt", "unlike anything\n".into()),
        ("dir/moved.txt", numbered(100..130)),
        ("dir/moved and changed.txt", numbered(200..230)),
        ("crlf.txt", "a\r\nb\r\nc\r\n".into()),
        ("no end.txt", "a\nb".into()),
        ("run.sh", "#!/bin/sh\n".into()),
        ("becomes link", "text\n".into()),
        ("becomes directory", "text two\n".into()),
        ("{{ x }}/#%?.R", "1\n".into()),
        ("empty-before", String::new()),
    ] {
        repo.write(name, content.as_bytes());
    }
    repo.write("binary", b"\0\x01\x02");
    let sub = repo.commit_all("Before");
    let module = |commit: &ObjectId| format!("160000,{commit},module");
    repo.git(&["update-index", "--add", "--cacheinfo", &module(&sub)]);
    repo.git(&["commit", "-q", "-m", "Submodule"]);
    let next = repo.head();
    repo.git(&["update-index", "--cacheinfo", &module(&next)]);
    repo.write(
        "changed.txt",
        numbered(0..60).replace("number 3 ", "x ").replace("number 50 ", "y ").as_bytes(),
    );
    repo.git(&["mv", "dir/moved.txt", "elsewhere.txt"]);
    repo.git(&["mv", "dir/moved and changed.txt", "dir/new name.txt"]);
    repo.write("dir/new name.txt", numbered(200..235).as_bytes());
    repo.write("crlf.txt", b"a\r\nb\nc\r\n");
    repo.write("no end.txt", b"a\nb\n");
    repo.executable("run.sh", b"#!/bin/sh\n");
    for name in ["gone.txt", "becomes link", "becomes directory"] {
        std::fs::remove_file(repo.root().join(name)).unwrap();
    }
    repo.symlink("becomes link", "same.txt");
    repo.write("becomes directory/inside", b"new here, and long enough\n");
    repo.write("{{ x }}/#%?.R", b"2\n");
    repo.write("binary", b"\0\x01\x03");
    repo.write("empty-after", b"");
    repo.write("empty-before", b"filled\n");
    repo.git(&["add", "-A", "."]);
    repo.git(&["commit", "-q", "-m", "After"]);
    repo
}

#[test]
fn agrees_with_git_on_every_kind_of_change() {
    let repo = everything();
    // The work tree has no submodule, so `add -A` took it out: both directions show it.
    for (old, new) in [("main~1", "main"), ("main", "main~1"), ("main~2", "main~1"), ("main~2", "main")] {
        assert_eq!(ours(&between(&repo, old, new)), from_git(&repo, old, new), "{old} {new}");
    }
    let diff = between(&repo, "main~1", "main");
    assert!(diff.left_out.is_nothing());
    let file = |at: &str| diff.files.iter().find(|file| file.path() == Some(&path(at))).unwrap();
    assert_eq!(file("run.sh").status, FileStatus::ModeChanged);
    assert_eq!(file("elsewhere.txt").content, FileContent::Same);
    let FileContent::Text(hunks) = &file("no end.txt").content else { panic!("text") };
    assert_eq!(hunks[0].lines[1].ending, forge_core::code::LineEnding::None);
}

/// Rebuilds the new text from the old one and the hunks.
fn apply(old: &[u8], hunks: &[Hunk]) -> Vec<u8> {
    let lines: Vec<&[u8]> = old.split_inclusive(|byte| *byte == b'\n').collect();
    let (mut at, mut new) = (0, Vec::new());
    let ending = |ending| match ending {
        forge_core::code::LineEnding::Lf => &b"\n"[..],
        forge_core::code::LineEnding::CrLf => b"\r\n",
        forge_core::code::LineEnding::None => b"",
    };
    for hunk in hunks {
        let start = usize::try_from(hunk.old_start).unwrap() - usize::from(hunk.old_lines > 0);
        lines[at..start].iter().for_each(|line| new.extend_from_slice(line));
        at = start + usize::try_from(hunk.old_lines).unwrap();
        for line in hunk.lines.iter().filter(|line| line.kind != LineKind::Removed) {
            new.extend_from_slice(&line.content);
            new.extend_from_slice(ending(line.ending));
        }
    }
    lines[at..].iter().for_each(|line| new.extend_from_slice(line));
    new
}

#[test]
fn hunks_lead_from_the_old_text_to_the_new_one() {
    let repo = everything();
    let mut texts = 0;
    for file in between(&repo, "main~1", "main").files {
        let FileContent::Text(hunks) = &file.content else { continue };
        let content = |side: &Option<FileSide>| {
            side.as_ref()
                .map_or(Vec::new(), |side| repo.git_bytes(&["cat-file", "blob", &side.id.to_string()]))
        };
        assert_eq!(apply(&content(&file.old), hunks), content(&file.new), "{:?}", file.path());
        texts += 1;
    }
    assert!(texts > 5);
}

#[test]
fn the_best_match_is_taken_and_not_the_first() {
    let repo = Repo::new(ObjectFormat::Sha256);
    repo.write("a.txt", numbered(0..40).as_bytes());
    repo.write("b.txt", (numbered(0..30) + "x\n").as_bytes());
    repo.commit_all("Before");
    repo.git(&["rm", "-q", "a.txt", "b.txt"]);
    repo.write("c.txt", (numbered(0..30) + "y\n").as_bytes());
    repo.commit_all("After");
    let diff = between(&repo, "main~1", "main");
    assert_eq!(ours(&diff), from_git(&repo, "main~1", "main"));
    let renamed = diff.files.iter().find(|file| matches!(file.status, FileStatus::Renamed { .. })).unwrap();
    assert_eq!(renamed.old.as_ref().unwrap().path, path("b.txt"));
}

#[test]
fn roots_merges_and_comparisons() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let root = repo.commit("a", b"1\n", "Root");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.commit("b", b"1\n", "Side");
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("c", b"1\n", "Main");
    let (base, side) = (repo.head(), repo.id("side"));
    repo.git(&["merge", "-q", "-m", "Merge", "side"]);
    let (browser, options, cancel) = (repo.browser(), DiffOptions::default(), Cancel::new());
    let names =
        |diff: &Diff| diff.files.iter().map(|file| file.path().unwrap().to_text()).collect::<Vec<_>>();
    let first = browser.diff(&root, &options, &cancel).unwrap();
    assert_eq!((names(&first), first.added, first.old), (vec!["a".to_owned()], 1, None));
    assert_eq!(names(&browser.diff(&repo.head(), &options, &cancel).unwrap()), ["b"]);
    assert_eq!(names(&browser.diff_with_parent(&repo.head(), 1, &options, &cancel).unwrap()), ["c"]);
    assert!(matches!(browser.diff_with_parent(&repo.head(), 2, &options, &cancel), Err(Error::NotFound(_))));
    let compared = browser.compare(&base, &side, Budget::PAGE, &options, &cancel).unwrap();
    assert_eq!((compared.merge_base, names(&compared.diff)), (Some(root), vec!["b".to_owned()]));
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    let alone = repo.commit_all("Alone");
    let unrelated = browser.compare(&base, &alone, Budget::PAGE, &options, &cancel).unwrap();
    assert_eq!((unrelated.merge_base, unrelated.diff.files.len()), (None, 3));
}

#[test]
fn every_limit_says_what_it_left_out() {
    let repo = Repo::new(ObjectFormat::Sha1);
    repo.commit_all("Nothing");
    for n in 0..9 {
        repo.write(&format!("f{n}"), numbered(0..10 + n).as_bytes());
    }
    let head = repo.commit_all("Nine files");
    let ask = |limits: DiffLimits| {
        let options = DiffOptions { limits, ..DiffOptions::default() };
        repo.browser().diff(&head, &options, &Cancel::new()).unwrap()
    };
    let all = DiffLimits::default();
    let few = ask(DiffLimits { files: 4, ..all });
    assert_eq!((few.files.len(), few.left_out.files), (4, 5));
    let why = |diff: &Diff| {
        diff.files.iter().find_map(|file| match file.content {
            FileContent::TooLarge(why) => Some(why),
            _ => None,
        })
    };
    for (limits, expected) in [
        (DiffLimits { lines: 25, ..all }, TooLarge::AllLines(25)),
        (DiffLimits { bytes: 500, ..all }, TooLarge::AllBytes(500)),
        (DiffLimits { file_bytes: 300, ..all }, TooLarge::FileBytes(300)),
        (DiffLimits { file_lines: 12, ..all }, TooLarge::FileLines(12)),
    ] {
        let diff = ask(limits);
        assert_eq!((why(&diff), diff.files.len()), (Some(expected), 9));
        assert!(diff.left_out.contents > 0 && diff.left_out.contents < 9, "{expected:?}");
    }
    let late = ask(DiffLimits { time: Duration::ZERO, ..all });
    assert!(late.left_out.more_files);
    repo.git(&["mv", "f1", "g1"]);
    repo.git(&["mv", "f2", "g2"]);
    repo.write("g1", numbered(0..12).as_bytes());
    let head = repo.commit_all("Moved");
    let options = DiffOptions { limits: DiffLimits { rename_pairs: 0, ..all }, ..DiffOptions::default() };
    let diff = repo.browser().diff(&head, &options, &Cancel::new()).unwrap();
    assert!(diff.left_out.renames && diff.files.len() == 3);
    let only = DiffOptions { only: Some(path("g1")), contents: false, ..DiffOptions::default() };
    let diff = repo.browser().diff(&head, &only, &Cancel::new()).unwrap();
    assert!(diff.files.len() == 1 && matches!(diff.files[0].status, FileStatus::Renamed { .. }));
}
