//! Work items: what tickets and merge requests have in common. Both count in one series for each repository.

pub mod references;
pub mod search;

use std::fmt;

use time::{Date, OffsetDateTime};

use crate::{ItemEventId, ItemId, LabelId, MilestoneId, RepoId, UserId};

/// The longest title, in characters.
pub const MAX_TITLE: usize = 255;
/// The longest description or comment, in bytes.
pub const MAX_BODY: usize = 50_000;
/// The most labels on one item.
pub const MAX_LABELS: usize = 50;
/// The most people who may be given one item, or asked to review it.
pub const MAX_PEOPLE: usize = 50;
/// The most labels of one repository.
pub const MAX_REPO_LABELS: u64 = 500;
/// The most milestones of one repository.
pub const MAX_MILESTONES: u64 = 200;
/// The most comments on one item.
pub const MAX_COMMENTS: u64 = 10_000;
/// The longest name of a label, in characters.
pub const MAX_LABEL: usize = 50;

/// Who did something: the account while there is one, and the name they had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The account; nothing once it is gone, or when it was no person.
    pub id: Option<UserId>,
    /// The name in addresses that they had then.
    pub name: String,
}

/// What kind of item it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// Something to be done or answered.
    Ticket,
    /// A change that is to be reviewed and merged.
    MergeRequest,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemState {
    /// There is something to do.
    Open,
    /// It was closed; it may be opened again.
    Closed,
    /// Its change was merged. Only merge requests are.
    Merged,
}

/// The word names nothing of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this word is not known here")]
pub struct UnknownWord;

/// Gives an enumeration its words in rows and forms.
macro_rules! words {
    ($name:ident: $($variant:ident = $word:literal),+ $(,)?) => {
        impl $name {
            /// The word in rows and forms.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::work_item::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($word => Ok(Self::$variant),)+ _ => Err(crate::work_item::UnknownWord) }
            }
        }
    };
}
pub(crate) use words;

words!(ItemKind: Ticket = "ticket", MergeRequest = "merge-request");
words!(ItemState: Open = "open", Closed = "closed", Merged = "merged");

impl ItemKind {
    /// The mark before its number: `#12` or `!12`.
    pub fn mark(self) -> char {
        match self {
            Self::Ticket => '#',
            Self::MergeRequest => '!',
        }
    }
}

/// A ticket, or what a merge request has in common with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkItem {
    /// Which.
    pub id: ItemId,
    /// Where.
    pub repo: RepoId,
    /// Its number in the repository, counted from one.
    pub number: u64,
    /// What kind.
    pub kind: ItemKind,
    /// A line about it; never empty.
    pub title: String,
    /// What it is about, in Markdown.
    pub body: String,
    /// Who opened it.
    pub author: By,
    /// How far it is.
    pub state: ItemState,
    /// Only its author, those it was given to and those who may push see it.
    pub is_confidential: bool,
    /// Only those who may push may still comment.
    pub is_locked: bool,
    /// What it is a part of.
    pub milestone: Option<MilestoneId>,
    /// When it was opened.
    pub created_at: OffsetDateTime,
    /// When anything last happened to it.
    pub updated_at: OffsetDateTime,
    /// When it was closed or merged.
    pub closed_at: Option<OffsetDateTime>,
}

impl WorkItem {
    /// The mark and the number, as people write them.
    pub fn reference(&self) -> String {
        format!("{}{}", self.kind.mark(), self.number)
    }
}

/// A colour of a label: one of the few that are readable on both sides of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Colour {
    /// Grey.
    #[default]
    Grey,
    /// Blue.
    Blue,
    /// Aqua green.
    AquaGreen,
    /// Green.
    Green,
    /// Yellow.
    Yellow,
    /// Orange.
    Orange,
    /// Red.
    Red,
    /// Pink.
    Pink,
    /// Purple.
    Purple,
}

words!(Colour:
    Grey = "grey", Blue = "blue", AquaGreen = "aqua-green", Green = "green", Yellow = "yellow",
    Orange = "orange", Red = "red", Pink = "pink", Purple = "purple",
);

impl Colour {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::Grey,
        Self::Blue,
        Self::AquaGreen,
        Self::Green,
        Self::Yellow,
        Self::Orange,
        Self::Red,
        Self::Pink,
        Self::Purple,
    ];
}

/// A word that sorts items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Which.
    pub id: LabelId,
    /// Where it is used.
    pub repo: RepoId,
    /// What it says.
    pub name: String,
    /// How it looks.
    pub colour: Colour,
    /// When to use it.
    pub description: String,
}

/// Items that belong to one aim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// Which.
    pub id: MilestoneId,
    /// Where.
    pub repo: RepoId,
    /// What it is called.
    pub title: String,
    /// What it is for, in Markdown.
    pub description: String,
    /// When it should be reached.
    pub due_on: Option<Date>,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// When it was closed.
    pub closed_at: Option<OffsetDateTime>,
}

/// Something that happened to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemEvent {
    /// Which.
    pub id: ItemEventId,
    /// To which item.
    pub item: ItemId,
    /// When.
    pub at: OffsetDateTime,
    /// Who did it.
    pub actor: By,
    /// What happened: a word such as `close` or `label`.
    pub kind: String,
    /// More about it, as JSON that depends on the kind.
    pub detail: String,
}

/// A title that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing was written.
    #[error("enter something")]
    Empty,
    /// Too much was written.
    #[error("enter at most {0} characters")]
    TooLong(usize),
    /// A character that is not text.
    #[error("enter text without control characters")]
    Control,
}

/// Checks a title: one line, not empty, not longer than [`MAX_TITLE`].
pub fn checked_title(text: &str) -> Result<String, InvalidText> {
    let text = text.trim();
    if text.is_empty() {
        return Err(InvalidText::Empty);
    }
    if text.chars().count() > MAX_TITLE {
        return Err(InvalidText::TooLong(MAX_TITLE));
    }
    if text.chars().any(char::is_control) {
        return Err(InvalidText::Control);
    }
    Ok(text.to_owned())
}

/// Checks a description or comment, which may be empty: line endings become line feeds.
pub fn checked_body(text: &str) -> Result<String, InvalidText> {
    if text.len() > MAX_BODY {
        return Err(InvalidText::TooLong(MAX_BODY));
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(InvalidText::Control);
    }
    Ok(text.trim_end().to_owned())
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ticket => "ticket",
            Self::MergeRequest => "merge request",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for kind in [ItemKind::Ticket, ItemKind::MergeRequest] {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        for state in [ItemState::Open, ItemState::Closed, ItemState::Merged] {
            assert_eq!(state.name().parse(), Ok(state));
        }
        for colour in Colour::ALL {
            assert_eq!(colour.name().parse(), Ok(colour));
        }
        assert_eq!("violet".parse::<Colour>(), Err(UnknownWord));
    }

    #[test]
    fn titles_are_one_line_and_bodies_have_plain_endings() {
        assert_eq!(checked_title(" Beds "), Ok("Beds".to_owned()));
        assert_eq!(checked_title(" \t"), Err(InvalidText::Empty));
        assert_eq!(checked_title("a\nb"), Err(InvalidText::Control));
        assert_eq!(checked_title(&"é".repeat(MAX_TITLE)).map(|title| title.chars().count()), Ok(MAX_TITLE));
        assert_eq!(checked_title(&"é".repeat(MAX_TITLE + 1)), Err(InvalidText::TooLong(MAX_TITLE)));
        assert_eq!(checked_body("a\r\nb\rc \n\n"), Ok("a\nb\nc".to_owned()));
        assert_eq!(checked_body("a\0"), Err(InvalidText::Control));
        assert_eq!(checked_body(&"x".repeat(MAX_BODY + 1)), Err(InvalidText::TooLong(MAX_BODY)));
    }
}
