//! What has changed in a file, as pages show it.

use crate::SafeHtml;

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
    /// Lines added.
    pub added: u64,
    /// Lines removed.
    pub removed: u64,
    /// The whole file, if it is still there.
    pub view_url: Option<String>,
    /// Why no lines are shown: binary, too large, only the mode has changed.
    pub note: Option<String>,
    /// Whether the lines are shown at once; large changes are folded.
    pub is_open: bool,
    /// The changed parts.
    pub hunks: Vec<DiffHunk>,
}

impl DiffFile {
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
