//! What has changed in a file, as pages show it.

use crate::SafeHtml;
use crate::view::{Link, RenderedPicture, ThreadBox};

/// The change to one file.
#[derive(Debug, Clone, Default)]
pub struct DiffFile {
    /// Where it is on each page, such as `file-5f0c1b2a3d4e`.
    pub anchor: String,
    /// What it is called now, or was called when it was deleted.
    pub path: String,
    /// What it was called before, if it was renamed or copied.
    pub old_path: Option<String>,
    /// An adjective: `added`, `changed`, `deleted`, `renamed`, `copied`.
    pub status: String,
    /// Lines added and lines removed, where they have been counted.
    pub counted: Option<(u64, u64)>,
    /// The whole file, if it is still there.
    pub view_url: Option<String>,
    /// The page that shows this file alone.
    pub file_url: String,
    /// The same with every line of the file, where some are not shown.
    pub whole_url: Option<String>,
    /// The change as readers of the file see it, for kinds of files that have more than lines.
    pub rendered_url: Option<String>,
    /// Why no lines are shown, or what the lines do not tell: binary, too large, only the mode has changed.
    pub note: Option<String>,
    /// Whether the lines are shown at once.
    pub is_open: bool,
    /// What is shown of the change.
    pub body: DiffBody,
    /// The lines behind the last part, for those who want them.
    pub below: Vec<Link>,
    /// Where the file as a whole is commented on.
    pub comment_url: Option<String>,
    /// How it is marked as looked at, for those who review.
    pub viewed: Option<ViewedForm>,
    /// Threads about the file as a whole, or about lines that are not shown.
    pub threads: Vec<ThreadBox>,
    /// The file before it.
    pub previous: Option<String>,
    /// The file behind it.
    pub next: Option<String>,
}

/// Says that somebody has looked at a file.
#[derive(Debug, Clone, Default)]
pub struct ViewedForm {
    /// Where it is sent.
    pub action: String,
    /// The path in hexadecimal digits: paths are bytes.
    pub path_hex: String,
    /// What names the change, in hexadecimal digits.
    pub fingerprint: String,
    /// Whether they have.
    pub is_viewed: bool,
    /// The page to come back to.
    pub back: String,
}

/// What is shown of a change: another way of looking at files is another variant, with its own part of the template.
#[derive(Debug, Clone, Default)]
pub enum DiffBody {
    /// Nothing; a note says why.
    #[default]
    Nothing,
    /// The changed parts, line by line.
    Lines(Vec<DiffHunk>),
    /// Nothing yet: it is on the page of the file, and comes from there when it is unfolded.
    Later,
    /// The picture as it was and as it is.
    Pictures(Box<RenderedPicture>),
}

impl DiffBody {
    /// Whether there is nothing to show.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

impl DiffFile {
    /// The changed parts, where lines are shown.
    pub fn hunks(&self) -> &[DiffHunk] {
        match &self.body {
            DiffBody::Lines(hunks) => hunks,
            DiffBody::Nothing | DiffBody::Later | DiffBody::Pictures(_) => &[],
        }
    }

    /// The same in runs: what came from the target branch between two versions stands folded among the rest.
    pub fn parts(&self) -> Vec<DiffPart<'_>> {
        let runs = self.hunks().chunk_by(|one, next| one.is_brought == next.is_brought);
        let mut parts: Vec<DiffPart<'_>> =
            runs.enumerate().map(|(at, hunks)| DiffPart { hunks, number: at + 1, is_last: false }).collect();
        if let Some(last) = parts.last_mut() {
            last.is_last = true;
        }
        parts
    }

    /// The same, to put something beside lines.
    pub fn hunks_mut(&mut self) -> &mut [DiffHunk] {
        match &mut self.body {
            DiffBody::Lines(hunks) => hunks,
            DiffBody::Nothing | DiffBody::Later | DiffBody::Pictures(_) => &mut [],
        }
    }

    /// Whether the reader has looked at it.
    pub fn is_viewed(&self) -> bool {
        self.viewed.as_ref().is_some_and(|viewed| viewed.is_viewed)
    }

    /// How many threads stand here.
    pub fn thread_count(&self) -> usize {
        let lines = self.hunks().iter().flat_map(|hunk| &hunk.lines);
        self.threads.len() + lines.map(|line| line.threads.len()).sum::<usize>()
    }

    /// The colour of the tag that names the status.
    pub fn status_colour(&self) -> &'static str {
        match self.status.as_str() {
            "added" => "green",
            "deleted" => "red",
            "renamed" | "copied" => "purple",
            _ => "blue",
        }
    }
}

/// A difference as a part of a page.
#[derive(Debug, Clone, Default)]
pub struct ChangedFiles {
    /// How many files, as in `3 files changed`.
    pub summary: String,
    /// Lines added and lines removed, once all are counted.
    pub counted: Option<(u64, u64)>,
    /// What is not listed; empty if everything is.
    pub left_out: String,
    /// The change as text for `git apply`.
    pub diff_url: String,
    /// The commits as text for `git am`.
    pub patch_url: Option<String>,
    /// Other ways of looking.
    pub views: Vec<Link>,
    /// The files in their folders.
    pub tree: Vec<TreeStep>,
    /// What is looked for in names of files.
    pub filter: String,
    /// Where that is chosen.
    pub filter_url: String,
    /// What was chosen beside it.
    pub filter_fields: Vec<(String, String)>,
    /// How many files are listed, whatever the filter.
    pub listed: usize,
    /// How many of them the reader has looked at, for those who review.
    pub viewed: Option<usize>,
    /// Whether each file is shown side by side.
    pub is_split: bool,
    /// The changes, file by file.
    pub files: Vec<DiffFile>,
}

/// One step on the way through the tree of changed files.
#[derive(Debug, Clone)]
pub enum TreeStep {
    /// Into a folder.
    Enter {
        /// Its name.
        name: String,
        /// The files in it and below.
        files: usize,
        /// How many of them the reader has looked at.
        viewed: usize,
        /// The threads in them.
        threads: usize,
    },
    /// Along a file.
    File {
        /// Its name.
        name: String,
        /// Its whole path.
        path: String,
        /// Where it is on the page.
        url: String,
        /// What happened to it.
        status: String,
        /// The colour of that.
        colour: &'static str,
        /// Whether the reader has looked at it.
        is_viewed: bool,
        /// The threads in it.
        threads: usize,
    },
    /// Out of a folder.
    Leave,
}

/// A run of lines that belong together.
#[derive(Debug, Clone, Default)]
pub struct DiffHunk {
    /// Where it is, such as `Lines 10 to 24`, with the function it is in where known.
    pub heading: String,
    /// Its lines.
    pub lines: Vec<DiffLine>,
    /// The lines above it, for those who want them.
    pub more: Vec<Link>,
    /// Whether it came from the target branch, between two versions.
    pub is_brought: bool,
}

/// Runs of lines that stand together on the page.
#[derive(Debug, Clone, Copy)]
pub struct DiffPart<'a> {
    /// What is in it.
    pub hunks: &'a [DiffHunk],
    /// Which part of the file it is, counted from one.
    number: usize,
    /// Whether nothing comes behind it.
    pub is_last: bool,
}

impl DiffPart<'_> {
    /// Whether it came from the target branch, between two versions.
    pub fn is_brought(&self) -> bool {
        self.hunks.iter().any(|hunk| hunk.is_brought)
    }

    /// Whether something was said of it.
    pub fn has_threads(&self) -> bool {
        self.hunks.iter().flat_map(|hunk| &hunk.lines).any(|line| !line.threads.is_empty())
    }

    /// What is folded away.
    pub fn label(&self) -> String {
        match self.hunks {
            [one] => format!("{}: came from the target branch", one.heading),
            many => format!("{} places that came from the target branch", many.len()),
        }
    }

    /// What tells it from other parts of the file, behind its name.
    pub fn place(&self) -> String {
        if self.number == 1 && self.is_last { String::new() } else { format!(", part {}", self.number) }
    }
}

impl DiffHunk {
    /// The lines in two columns: what was removed beside what was added in its place.
    pub fn pairs(&self) -> Vec<(Option<&DiffLine>, Option<&DiffLine>)> {
        let mut pairs = Vec::with_capacity(self.lines.len());
        let (mut removed, mut added) = (Vec::new(), Vec::new());
        let settle = |pairs: &mut Vec<_>, removed: &mut Vec<_>, added: &mut Vec<_>| {
            let (mut left, mut right) = (removed.drain(..), added.drain(..));
            loop {
                match (left.next(), right.next()) {
                    (None, None) => break,
                    pair => pairs.push(pair),
                }
            }
        };
        for line in &self.lines {
            match line.kind {
                DiffLineKind::Removed => removed.push(line),
                DiffLineKind::Added => added.push(line),
                DiffLineKind::Context => {
                    settle(&mut pairs, &mut removed, &mut added);
                    pairs.push((Some(line), Some(line)));
                }
            }
        }
        settle(&mut pairs, &mut removed, &mut added);
        pairs
    }
}

/// One line of a change.
#[derive(Debug, Clone)]
pub struct DiffLine {
    /// What happened to it.
    pub kind: DiffLineKind,
    /// Its number before.
    pub old: Option<u32>,
    /// Its number after.
    pub new: Option<u32>,
    /// The line, marked up.
    pub html: SafeHtml,
    /// What is to be said at its end; mostly nothing.
    pub end: String,
    /// Where it is commented on, for those who may.
    pub comment_url: Option<String>,
    /// What was said of it.
    pub threads: Vec<ThreadBox>,
}

impl DiffLine {
    /// The class of its row.
    pub fn class(&self) -> &'static str {
        match self.kind {
            DiffLineKind::Context => "ctx",
            DiffLineKind::Added => "add",
            DiffLineKind::Removed => "del",
        }
    }

    /// The mark in front of it.
    pub fn sign(&self) -> &'static str {
        match self.kind {
            DiffLineKind::Context => "",
            DiffLineKind::Added => "+",
            DiffLineKind::Removed => "−",
        }
    }

    /// What happened to it and its number, for those who do not see the columns.
    pub fn words(&self) -> String {
        match (self.kind, self.old, self.new) {
            (DiffLineKind::Added, _, Some(number)) => format!("added line {number}"),
            (DiffLineKind::Removed, Some(number), _) => format!("removed line {number}"),
            _ => String::new(),
        }
    }
}

/// What happened to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffLineKind {
    /// It is as it was.
    Context,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_target_brought_stands_in_runs_of_its_own() {
        let hunk =
            |is_brought| DiffHunk { is_brought, heading: "Lines 1 to 9".to_owned(), ..DiffHunk::default() };
        let of = |brought: &[bool]| DiffFile {
            body: DiffBody::Lines(brought.iter().copied().map(hunk).collect()),
            ..DiffFile::default()
        };
        let file = of(&[true, true, false, true]);
        let parts = file.parts();
        let told: Vec<_> =
            parts.iter().map(|part| (part.hunks.len(), part.is_brought(), part.place())).collect();
        let expected = [(2, true, ", part 1"), (1, false, ", part 2"), (1, true, ", part 3")];
        assert_eq!(told, expected.map(|(count, brought, place)| (count, brought, place.to_owned())));
        assert_eq!(parts[0].label(), "2 places that came from the target branch");
        assert_eq!(parts[2].label(), "Lines 1 to 9: came from the target branch");
        assert!(parts[2].is_last && of(&[false]).parts()[0].place().is_empty());
    }

    #[test]
    fn removed_and_added_lines_stand_side_by_side() {
        use DiffLineKind::{Added, Context, Removed};
        let line = |kind, old, new| DiffLine {
            kind,
            old,
            new,
            html: SafeHtml::default(),
            end: String::new(),
            comment_url: None,
            threads: Vec::new(),
        };
        let hunk = DiffHunk {
            lines: vec![
                line(Context, Some(1), Some(1)),
                line(Removed, Some(2), None),
                line(Removed, Some(3), None),
                line(Added, None, Some(2)),
                line(Context, Some(4), Some(3)),
                line(Added, None, Some(4)),
            ],
            ..DiffHunk::default()
        };
        let numbers: Vec<_> = hunk
            .pairs()
            .into_iter()
            .map(|(left, right)| (left.and_then(|line| line.old), right.and_then(|line| line.new)))
            .collect();
        let expected =
            [(Some(1), Some(1)), (Some(2), Some(2)), (Some(3), None), (Some(4), Some(3)), (None, Some(4))];
        assert_eq!(numbers, expected);
    }
}
