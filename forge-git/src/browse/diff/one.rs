//! One file of a difference by itself, and more lines around what is shown of it.

use std::ops::RangeInclusive;

use forge_core::code::{DiffLine, EntryKind, FileDiff, LineKind};
use forge_core::{FilePath, ObjectId};
use gix_object::Kind;
use imara_diff::Algorithm;

use super::lines::{self, Shape};
use super::{DiffOptions, FileChange, Shown, Side};
use crate::browse::{Browser, Budget};
use crate::{Cancel, Error, Result, hash};

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

    /// Lines of the new side of a changed file, with the numbers of both sides, as they stand around and between its hunks.
    ///
    /// At most as many as one file may show, and cut as the options say. Removed lines between them come along.
    pub fn lines_around(
        &self,
        old: &ObjectId,
        new: &ObjectId,
        wanted: RangeInclusive<u32>,
        options: &DiffOptions,
    ) -> Result<Vec<DiffLine>> {
        let read = |id: &ObjectId| {
            let id = hash::to_gix(id);
            match self.header(&id)? {
                Some((Kind::Blob, _)) => self.read(&id, Kind::Blob, options.limits.file_bytes),
                _ => Err(Error::NotFound(format!("the blob {id}"))),
            }
        };
        let (old, new) = (read(old)?, read(new)?);
        if lines::is_binary(&old) || lines::is_binary(&new) {
            return Err(Error::invalid("the file is not text"));
        }
        let compared = lines::compare(&old, &new, options.white_space, Algorithm::Histogram);
        let shape = Shape { marks: false, ..options.shape() };
        let limit = usize::try_from(options.limits.file_lines).unwrap_or(usize::MAX);
        let mut at = 0;
        let inside = compared.whole(shape).lines.into_iter().filter(|line| {
            if line.kind != LineKind::Removed {
                at = line.new_number.unwrap_or(at);
            }
            // A removed line belongs to the line before it.
            wanted.contains(&at)
        });
        Ok(inside.take(limit).collect())
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
    fn more_lines_have_both_numbers() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let old = repo.commit("f", numbered(30).as_bytes(), "Old");
        let text = numbered(30).replace("line 3\n", "").replace("line 20\n", "line 20\nnew\n");
        let new = repo.commit("f", text.as_bytes(), "New");
        let (old, new) = (repo.id(&format!("{old}:f")), repo.id(&format!("{new}:f")));
        let browser = repo.browser();
        let options = DiffOptions::default();
        let around = |wanted| browser.lines_around(&old, &new, wanted, &options).unwrap();
        let numbers: Vec<_> = around(8..=10).iter().map(|line| (line.old_number, line.new_number)).collect();
        assert_eq!(numbers, [(Some(9), Some(8)), (Some(10), Some(9)), (Some(11), Some(10))]);
        assert_eq!(around(2..=2).len(), 2);
        assert_eq!(around(100..=200).len(), 0);
        let few = DiffOptions {
            limits: super::super::DiffLimits { file_lines: 2, ..options.limits },
            ..options.clone()
        };
        assert_eq!(browser.lines_around(&old, &new, 1..=30, &few).unwrap().len(), 2);
        assert!(browser.lines_around(&ObjectFormat::Sha1.null(), &new, 1..=2, &options).is_err());
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
