//! Differences between two commits.

use crate::code::EntryKind;
use crate::{FilePath, ObjectId};

/// One side of a changed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSide {
    /// Where it is.
    pub path: FilePath,
    /// What it is.
    pub kind: EntryKind,
    /// The blob, or the commit of a submodule.
    pub id: ObjectId,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileStatus {
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// Its content changed, and perhaps its mode.
    Modified,
    /// It moved; its content may have changed too.
    Renamed {
        /// How alike the two are, in percent.
        similarity: u8,
    },
    /// Only whether it may be run changed.
    ModeChanged,
    /// It became another kind of thing: a file a link, a link a submodule.
    TypeChanged,
}

/// Why the lines of a file are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TooLarge {
    /// The file has more bytes than one file of a difference may have.
    FileBytes(u64),
    /// More lines changed than one file may show.
    FileLines(u64),
    /// The whole difference has reached its number of lines.
    AllLines(u64),
    /// The whole difference has reached its number of bytes.
    AllBytes(u64),
    /// The time was up.
    Time,
}

/// What changed inside a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    /// Nothing: a pure move or a change of mode.
    Same,
    /// Lines. No hunks where only white space changed, and that does not count.
    Text(Vec<Hunk>),
    /// Something that is not text.
    Binary {
        /// Bytes before.
        old_size: Option<u64>,
        /// Bytes after.
        new_size: Option<u64>,
    },
    /// The commit that a submodule stands at; the ids are in the two sides.
    Submodule,
    /// It was left out.
    TooLarge(TooLarge),
}

/// What changed inside one file, with how much of it there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLines {
    /// What changed.
    pub content: FileContent,
    /// How many lines were added.
    pub added: u64,
    /// How many lines were removed.
    pub removed: u64,
    /// How many lines the file has now.
    pub length: u32,
}

impl FileLines {
    /// Something without lines.
    pub fn of(content: FileContent) -> Self {
        Self { content, added: 0, removed: 0, length: 0 }
    }

    /// How many lines, and about how many bytes, are shown of it.
    pub fn size(&self) -> (u64, u64) {
        let FileContent::Text(hunks) = &self.content else { return (0, 0) };
        let lines = || hunks.iter().flat_map(|hunk| &hunk.lines);
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        (count(lines().count()), count(lines().map(|line| line.content.len()).sum()))
    }
}

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// What happened.
    pub status: FileStatus,
    /// How it was; nothing for a new file.
    pub old: Option<FileSide>,
    /// How it is; nothing for one that is gone.
    pub new: Option<FileSide>,
    /// What changed inside.
    pub content: FileContent,
    /// How many lines were added.
    pub added: u64,
    /// How many lines were removed.
    pub removed: u64,
    /// Whether it is of a kind that people do not read: generated files and lock files. A page folds it.
    pub is_generated: bool,
}

impl FileDiff {
    /// Where it is, or was.
    pub fn path(&self) -> Option<&FilePath> {
        self.new.as_ref().or(self.old.as_ref()).map(|side| &side.path)
    }

    /// Whether the mode changed, beside anything else.
    pub fn has_mode_change(&self) -> bool {
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => old.kind != new.kind,
            _ => false,
        }
    }
}

/// A run of changed lines with a little around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// The first old line, counted from one; zero where there is none.
    pub old_start: u32,
    /// How many old lines it covers.
    pub old_lines: u32,
    /// The first new line, counted from one; zero where there is none.
    pub new_start: u32,
    /// How many new lines it covers.
    pub new_lines: u32,
    /// The lines.
    pub lines: Vec<DiffLine>,
}

/// What a line is in a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// On both sides.
    Context,
    /// Only on the new side.
    Added,
    /// Only on the old side.
    Removed,
}

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineEnding {
    /// With a line feed.
    Lf,
    /// With carriage return and line feed.
    CrLf,
    /// Not at all: the last line of a file without a final newline.
    None,
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// What it is.
    pub kind: LineKind,
    /// Its number on the old side, counted from one.
    pub old_number: Option<u32>,
    /// Its number on the new side, counted from one.
    pub new_number: Option<u32>,
    /// Its bytes without the ending.
    pub content: Vec<u8>,
    /// How it ends.
    pub ending: LineEnding,
    /// The bytes of the content that differ from the lines it took the place of, or that took its place. Nothing where the
    /// whole line is new, or nobody asked.
    pub marks: Vec<std::ops::Range<usize>>,
    /// Bytes of the line that are not in the content, because it is too long.
    pub left_out: u64,
}

/// Which white space counts when lines are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WhiteSpace {
    /// All of it.
    #[default]
    Exact,
    /// Not how much of it there is, nor whether there is some at the end of a line: git's `-b`.
    IgnoreAmount,
    /// None of it: git's `-w`.
    IgnoreAll,
}

/// What a difference does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// Files that changed and are not listed.
    pub files: usize,
    /// Whether there are still more, which were not even counted.
    pub more_files: bool,
    /// Files that are listed without their lines, because of a limit.
    pub contents: usize,
    /// Whether moved files were not looked for, or only those with the same content.
    pub renames: bool,
}

impl LeftOut {
    /// Whether everything is there.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What changed between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The old tree; nothing when compared with emptiness.
    pub old: Option<ObjectId>,
    /// The new tree; nothing when compared with emptiness.
    pub new: Option<ObjectId>,
    /// The changed files, in path order.
    pub files: Vec<FileDiff>,
    /// Lines added, in the files whose lines were compared.
    pub added: u64,
    /// Lines removed, in the files whose lines were compared.
    pub removed: u64,
    /// What is not there.
    pub left_out: LeftOut,
}

/// What a head has that its base has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The commit on which both were built last; nothing for unrelated histories.
    pub merge_base: Option<ObjectId>,
    /// What changed since then.
    pub diff: Diff,
}
