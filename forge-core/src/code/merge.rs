//! What a merge could not decide, and what a person decided instead.

use crate::FilePath;
use crate::code::FileSide;

/// Why the two sides of a file do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConflictKind {
    /// Both changed the same lines.
    Content,
    /// Both added a file at this path, with different content.
    AddAdd,
    /// Both changed something that is not text.
    Binary,
    /// One changed the file, the other deleted it.
    ModifyDelete,
    /// One moved the file, the other deleted it.
    RenameDelete,
    /// Both moved the file, to different places.
    RenameRename,
    /// One moved a file to where the other has a different file.
    RenameCollision,
    /// One has a file where the other has a directory.
    FileDirectory,
    /// Both changed where a symbolic link points.
    Symlink,
    /// Both changed the commit that a submodule stands at.
    Submodule,
    /// Both changed whether the file may be run, differently.
    Mode,
    /// One made something else of it: a link of a file, a submodule of a link.
    TypeChange,
}

impl ConflictKind {
    /// One sentence for a person who does not know git.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Content => "Both sides changed the same lines.",
            Self::AddAdd => "Both sides added a file with this name, and the two are different.",
            Self::Binary => {
                "Both sides changed this file, and it is not text that can be joined line by line."
            }
            Self::ModifyDelete => "One side changed this file and the other side deleted it.",
            Self::RenameDelete => "One side moved this file and the other side deleted it.",
            Self::RenameRename => "Both sides moved this file, to different places.",
            Self::RenameCollision => "One side moved a file to where the other side has a different file.",
            Self::FileDirectory => "One side has a file where the other side has a directory.",
            Self::Symlink => "Both sides changed where this link points.",
            Self::Submodule => "Both sides changed which commit this submodule stands at.",
            Self::Mode => "Both sides changed whether this file may be run, in different ways.",
            Self::TypeChange => {
                "One side made something of another kind of this file, such as a link, and the other side changed it."
            }
        }
    }

    /// A short name that never changes, for storage and for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::AddAdd => "add-add",
            Self::Binary => "binary",
            Self::ModifyDelete => "modify-delete",
            Self::RenameDelete => "rename-delete",
            Self::RenameRename => "rename-rename",
            Self::RenameCollision => "rename-collision",
            Self::FileDirectory => "file-directory",
            Self::Symlink => "symlink",
            Self::Submodule => "submodule",
            Self::Mode => "mode",
            Self::TypeChange => "type-change",
        }
    }
}

/// Lines on which the two sides do not agree. Each line keeps its own ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictHunk {
    /// The first line on our side, counted from one.
    pub ours_start: u32,
    /// The first line of what both started from, counted from one.
    pub base_start: u32,
    /// The first line on their side, counted from one.
    pub theirs_start: u32,
    /// What our side has.
    pub ours: Vec<u8>,
    /// What both started from.
    pub base: Vec<u8>,
    /// What their side has.
    pub theirs: Vec<u8>,
}

/// A part of a file that was merged as far as it could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergePiece {
    /// Lines on which there is no question.
    Agreed(Vec<u8>),
    /// Lines that somebody has to decide on.
    Clash(ConflictHunk),
}

/// A file that could not be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Where it is; the path that a [`Resolution`] names. For a file that both sides moved, where ours moved it.
    pub path: FilePath,
    /// Why.
    pub kind: ConflictKind,
    /// The file that both started from.
    pub base: Option<FileSide>,
    /// The file on our side, the one that is merged into.
    pub ours: Option<FileSide>,
    /// The file on their side, the one that is merged.
    pub theirs: Option<FileSide>,
    /// The whole file, piece by piece, if it is text; else nothing.
    pub pieces: Vec<MergePiece>,
}

impl Conflict {
    /// The places somebody has to decide on, in order.
    pub fn hunks(&self) -> impl Iterator<Item = &ConflictHunk> {
        self.pieces.iter().filter_map(|piece| match piece {
            MergePiece::Clash(hunk) => Some(hunk),
            MergePiece::Agreed(_) => None,
        })
    }

    /// The file with one choice for each of its hunks; nothing if the choices are too few or too many.
    pub fn chosen(&self, choices: &[HunkChoice]) -> Option<Vec<u8>> {
        let mut choices = choices.iter();
        let mut text = Vec::new();
        for piece in &self.pieces {
            match piece {
                MergePiece::Agreed(lines) => append(&mut text, lines),
                MergePiece::Clash(hunk) => match choices.next()? {
                    HunkChoice::Ours => append(&mut text, &hunk.ours),
                    HunkChoice::Theirs => append(&mut text, &hunk.theirs),
                    HunkChoice::Base => append(&mut text, &hunk.base),
                    HunkChoice::OursThenTheirs => {
                        append(&mut text, &hunk.ours);
                        append(&mut text, &hunk.theirs);
                    }
                    HunkChoice::TheirsThenOurs => {
                        append(&mut text, &hunk.theirs);
                        append(&mut text, &hunk.ours);
                    }
                    HunkChoice::Text(lines) => append(&mut text, lines),
                },
            }
        }
        choices.next().is_none().then_some(text)
    }
}

/// Joins lines behind others; where the last one had no ending it gets one, for it is no longer last.
fn append(text: &mut Vec<u8>, lines: &[u8]) {
    if !lines.is_empty() && !text.is_empty() && !text.ends_with(b"\n") {
        let is_crlf = text.windows(2).any(|pair| pair == b"\r\n");
        text.extend_from_slice(if is_crlf { b"\r\n" } else { b"\n" });
    }
    text.extend_from_slice(lines);
}

/// What stands in the place of one hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HunkChoice {
    /// Our lines.
    Ours,
    /// Their lines.
    Theirs,
    /// The lines that both started from.
    Base,
    /// Our lines, then theirs.
    OursThenTheirs,
    /// Their lines, then ours.
    TheirsThenOurs,
    /// These lines.
    Text(Vec<u8>),
}

/// What a person decided about one conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// The file as it is on our side, or its absence.
    Ours,
    /// The file as it is on their side, or its absence.
    Theirs,
    /// One choice for each hunk, in order.
    Hunks(Vec<HunkChoice>),
    /// This content.
    Bytes(Vec<u8>),
    /// No file.
    Remove,
    /// The file under another name, where a directory has taken its own.
    MoveTo(FilePath),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conflict(ours: &str, theirs: &str) -> Conflict {
        let hunk = ConflictHunk {
            ours_start: 2,
            base_start: 2,
            theirs_start: 2,
            ours: ours.into(),
            base: b"b\r\n".to_vec(),
            theirs: theirs.into(),
        };
        Conflict {
            path: FilePath::new("f").unwrap(),
            kind: ConflictKind::Content,
            base: None,
            ours: None,
            theirs: None,
            pieces: vec![MergePiece::Agreed(b"a\r\n".to_vec()), MergePiece::Clash(hunk)],
        }
    }

    #[test]
    fn puts_choices_in_the_place_of_hunks() {
        let conflict = conflict("x", "y\r\n");
        let chosen = |choice: HunkChoice| String::from_utf8(conflict.chosen(&[choice]).unwrap()).unwrap();
        assert_eq!(chosen(HunkChoice::Ours), "a\r\nx");
        assert_eq!(chosen(HunkChoice::Theirs), "a\r\ny\r\n");
        assert_eq!(chosen(HunkChoice::Base), "a\r\nb\r\n");
        assert_eq!(chosen(HunkChoice::OursThenTheirs), "a\r\nx\r\ny\r\n");
        assert_eq!(chosen(HunkChoice::TheirsThenOurs), "a\r\ny\r\nx");
        assert_eq!(chosen(HunkChoice::Text(Vec::new())), "a\r\n");
        assert_eq!(conflict.chosen(&[]), None);
        assert_eq!(conflict.chosen(&[HunkChoice::Ours, HunkChoice::Ours]), None);
        assert_eq!(conflict.hunks().count(), 1);
    }
}
