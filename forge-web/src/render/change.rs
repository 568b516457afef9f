//! What happened to a part of a file.

/// What happened to a part of a file: a row, a value, a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is as it was.
    Same,
    /// It is not as it was.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

impl Change {
    /// What happened to what stood, or stands, at these places.
    pub(super) fn of(old: Option<usize>, new: Option<usize>, is_same: bool) -> Self {
        match (old, new) {
            (None, _) => Self::Added,
            (_, None) => Self::Removed,
            _ if is_same => Self::Same,
            _ => Self::Changed,
        }
    }

    /// Whether it is as it was.
    pub fn is_same(self) -> bool {
        self == Self::Same
    }

    /// Whether it stood there before and is not as it was.
    pub fn is_changed(self) -> bool {
        self == Self::Changed
    }

    /// The class of what is shown of it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Same => "ctx",
            Self::Changed => "alt",
            Self::Added => "add",
            Self::Removed => "del",
        }
    }

    /// The mark in front of it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::Changed => "±",
            Self::Added => "+",
            Self::Removed => "−",
        }
    }

    /// The mark in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}
