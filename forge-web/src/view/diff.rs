//! What has changed in a file, as pages show it.

use crate::SafeHtml;
use crate::view::ThreadBox;

/// The change to one file.
#[derive(Debug, Clone, Default)]
pub struct DiffFile {
    /// Where it is on the page, such as `file-1`.
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
    /// Why no lines are shown: binary, too large, only the mode has changed.
    pub note: Option<String>,
    /// Whether the lines are shown at once; large changes are folded.
    pub is_open: bool,
    /// What is shown of the change.
    pub body: DiffBody,
}

/// What is shown of a change: another way of looking at files is another variant, with its own part of the template.
#[derive(Debug, Clone, Default)]
pub enum DiffBody {
    /// Nothing; a note says why.
    #[default]
    Nothing,
    /// The changed parts, line by line.
    Lines(Vec<DiffHunk>),
}

impl DiffBody {
    /// Whether nothing is shown.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

impl DiffFile {
    /// The changed parts, where lines are shown.
    pub fn hunks(&self) -> &[DiffHunk] {
        match &self.body {
            DiffBody::Lines(hunks) => hunks,
            DiffBody::Nothing => &[],
        }
    }

    /// The same, to put something beside lines.
    pub fn hunks_mut(&mut self) -> &mut [DiffHunk] {
        match &mut self.body {
            DiffBody::Lines(hunks) => hunks,
            DiffBody::Nothing => &mut [],
        }
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

/// A run of lines that belong together.
#[derive(Debug, Clone, Default)]
pub struct DiffHunk {
    /// Where it is, such as `Lines 10 to 24`, with the function it is in where known.
    pub heading: String,
    /// Its lines.
    pub lines: Vec<DiffLine>,
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

    /// The mark in words.
    pub fn word(&self) -> &'static str {
        match self.kind {
            DiffLineKind::Context => "",
            DiffLineKind::Added => "added",
            DiffLineKind::Removed => "removed",
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
    fn removed_and_added_lines_stand_side_by_side() {
        use DiffLineKind::{Added, Context, Removed};
        let line = |kind, old, new| DiffLine {
            kind,
            old,
            new,
            html: SafeHtml::default(),
            comment_url: None,
            threads: Vec::new(),
        };
        let hunk = DiffHunk {
            heading: String::new(),
            lines: vec![
                line(Context, Some(1), Some(1)),
                line(Removed, Some(2), None),
                line(Removed, Some(3), None),
                line(Added, None, Some(2)),
                line(Context, Some(4), Some(3)),
                line(Added, None, Some(4)),
            ],
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
