//! One file of a difference by itself.

use forge_core::code::{EntryKind, FileDiff, FileLines, FileSide};
use forge_core::{FilePath, ObjectId};

use super::{DiffOptions, FileChange, Shown, Side};
use crate::browse::{Browser, Budget};
use crate::{Cancel, Result, hash};

impl Browser {
    /// The difference of one file between two commits, or between emptiness and a commit, without looking at any other file.
    ///
    /// `from` is where it was in the old commit, if it was moved; else it is looked for at the same path on both sides.
    /// Nothing if it is the same on both sides, or on neither.
    pub fn diff_of_file(
        &self,
        old: Option<&ObjectId>,
        new: &ObjectId,
        from: Option<&FilePath>,
        path: &FilePath,
        options: &DiffOptions,
        cancel: &Cancel,
    ) -> Result<Option<FileDiff>> {
        let side = |commit: &ObjectId, path: &FilePath| -> Result<Option<Side>> {
            let tree = self.node(&hash::to_gix(commit))?.tree;
            let found =
                self.entry_at(&tree, path)?.and_then(|(mode, id)| Some((EntryKind::of_mode(mode)?, id)));
            let file = found.filter(|(kind, _)| *kind != EntryKind::Directory);
            Ok(file.map(|(kind, id)| Side { path: path.clone(), kind, id }))
        };
        let before = from.unwrap_or(path);
        let tree = self.node(&hash::to_gix(new))?.tree;
        let old = old.map(|old| side(old, before)).transpose()?.flatten();
        let new = side(new, path)?;
        if old == new {
            return Ok(None);
        }
        let similarity = match (&old, &new) {
            (Some(old), Some(new)) if old.path != new.path => Some(self.likeness(old, new)?),
            _ => None,
        };
        let budget = Budget { objects: u64::MAX, time: options.limits.time };
        let mut meter = budget.start(cancel);
        let change = FileChange { old, new, similarity };
        let mut generated = self.generated(Some(tree), std::iter::once(path), &mut meter)?;
        self.diff_file(change, options, &mut generated, &mut Shown::default(), &mut meter).map(Some)
    }

    /// The lines of a file that a list of changes names. No tree is read: its two sides say what is compared.
    pub fn lines_of(&self, file: &FileDiff, options: &DiffOptions, cancel: &Cancel) -> Result<FileLines> {
        let side = |side: &Option<FileSide>| {
            side.as_ref().map(|side| Side {
                path: side.path.clone(),
                kind: side.kind,
                id: hash::to_gix(&side.id),
            })
        };
        let change = FileChange { old: side(&file.old), new: side(&file.new), similarity: None };
        let budget = Budget { objects: u64::MAX, time: options.limits.time };
        self.content(&change, options, &mut Shown::default(), &mut budget.start(cancel))
    }
}

#[cfg(test)]
mod tests {
    use forge_core::ObjectFormat;
    use forge_core::code::{FileContent, FileStatus, WhiteSpace};

    use super::*;
    use crate::browse::testing::{Repo, path};

    fn numbered(count: usize) -> String {
        (1..=count).fold(String::new(), |text, number| format!("{text}line {number}\n"))
    }

    #[test]
    fn one_file_by_its_path_and_where_it_was() {
        let repo = Repo::new(ObjectFormat::Sha1);
        repo.write("same", b"x\n");
        let old = repo.commit("a", numbered(20).as_bytes(), "Old");
        repo.git(&["mv", "a", "b"]);
        repo.write("b", numbered(20).replace("line 7\n", "line seven\n").as_bytes());
        let new = repo.commit_all("New");
        let (browser, options, cancel) = (repo.browser(), DiffOptions::default(), Cancel::new());
        let diff = |from: Option<&str>, at: &str| {
            let from = from.map(path);
            browser.diff_of_file(Some(&old), &new, from.as_ref(), &path(at), &options, &cancel).unwrap()
        };
        let moved = diff(Some("a"), "b").unwrap();
        let whole = browser.diff_between(&old, &new, &options, &cancel).unwrap();
        assert_eq!(moved, whole.files[0]);
        assert!(matches!(moved.status, FileStatus::Renamed { similarity: 80..=99 }));
        assert_eq!(diff(None, "b").unwrap().status, FileStatus::Added);
        assert_eq!(diff(None, "a").unwrap().status, FileStatus::Deleted);
        assert_eq!((diff(None, "same"), diff(None, "never")), (None, None));
        let root = browser.diff_of_file(None, &old, None, &path("same"), &options, &cancel).unwrap();
        assert_eq!(root.unwrap().added, 1);
    }

    #[test]
    fn the_lines_of_a_listed_file_are_those_of_the_whole_difference() {
        let repo = Repo::new(ObjectFormat::Sha1);
        repo.write("moved from", numbered(40).as_bytes());
        repo.write("gone", b"1\n2\n");
        repo.write("picture", b"\0\x01");
        let old = repo.commit("run", b"echo\n", "Old");
        repo.git(&["mv", "moved from", "moved to"]);
        repo.git(&["rm", "-q", "gone"]);
        repo.git(&["update-index", "--chmod=+x", "run"]);
        repo.write("moved to", numbered(40).replace("line 7\n", "line seven\n").as_bytes());
        repo.write("picture", b"\0\x02");
        repo.git(&["add", "moved to", "picture"]);
        repo.git(&["commit", "-qm", "New"]);
        let (new, browser, cancel) = (repo.head(), repo.browser(), Cancel::new());
        let options = DiffOptions::default();
        let list = DiffOptions { contents: false, ..options.clone() };
        let whole = browser.diff_between(&old, &new, &options, &cancel).unwrap();
        let listed = browser.diff_from(Some(&old), &new, &list, &cancel).unwrap();
        assert_eq!(whole.files.len(), 4);
        for (whole, listed) in whole.files.iter().zip(&listed.files) {
            let lines = browser.lines_of(listed, &options, &cancel).unwrap();
            assert_eq!(
                (&lines.content, lines.added, lines.removed),
                (&whole.content, whole.added, whole.removed)
            );
        }
        let lines = browser.lines_of(&listed.files[1], &options, &cancel).unwrap();
        assert_eq!(lines.length, 40);
        let root = browser.diff_from(None, &old, &list, &cancel).unwrap();
        assert_eq!(root.files.len(), 4);
    }

    #[test]
    fn white_space_counts_as_git_counts_it() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let old = repo.commit("f", b"a b\n  c\nd\ne f\nsame\n", "Old");
        let new = repo.commit("f", b"a   b\nc\nd  \ne  g\nsa me", "New");
        let browser = repo.browser();
        for (white_space, option) in [
            (WhiteSpace::Exact, "--patience"),
            (WhiteSpace::IgnoreAmount, "-b"),
            (WhiteSpace::IgnoreAll, "-w"),
        ] {
            let options = DiffOptions { white_space, ..DiffOptions::default() };
            let diff = browser.diff_between(&old, &new, &options, &Cancel::new()).unwrap();
            let git = repo.git(&["diff", option, "--numstat", &old.to_string(), &new.to_string()]);
            assert_eq!(format!("{}\t{}\tf", diff.added, diff.removed), git, "{option}");
        }
        let blank = repo.commit("f", b"ab\nc\nd\neg\nsame\n", "Only white space");
        let options = DiffOptions { white_space: WhiteSpace::IgnoreAll, ..DiffOptions::default() };
        let diff = browser.diff_between(&new, &blank, &options, &Cancel::new()).unwrap();
        assert_eq!(diff.files[0].content, FileContent::Text(Vec::new()));
    }
}
