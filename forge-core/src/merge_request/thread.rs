//! Threads of comments, and the place in a version that each is about.

use time::OffsetDateTime;

use crate::work_item::{By, words};
use crate::{CommentId, FilePath, ItemId, ObjectId, ReviewId, ThreadId};

/// The most lines that one comment may be about.
pub const MAX_LINES: u32 = 200;

/// One side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// As it was.
    Old,
    /// As it is to be.
    New,
}

words!(Side: Old = "old", New = "new");

/// The place that a thread is about. It never changes; where it is in another version is worked out when it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The version that was looked at.
    pub version: u32,
    /// Which side of it.
    pub side: Side,
    /// The file; nothing for the message of the commits.
    pub path: Option<FilePath>,
    /// The first and the last line, counted from one; nothing for the whole file.
    pub lines: Option<(u32, u32)>,
    /// A point of an image, in thousandths of its width and height.
    pub point: Option<(u16, u16)>,
    /// What the file was on that side.
    pub blob: Option<ObjectId>,
}

/// Comments that answer one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Which.
    pub id: ThreadId,
    /// Of which item.
    pub item: ItemId,
    /// What it is about; nothing for the item as a whole.
    pub anchor: Option<Anchor>,
    /// The lines that it is about and a few above, as they were: with a space, `+` or `-` before each.
    pub excerpt: String,
    /// Whether it can be resolved. Plain remarks cannot.
    pub is_resolvable: bool,
    /// When it was resolved and by whom.
    pub resolved: Option<(OffsetDateTime, By)>,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// What was said, the oldest first.
    pub comments: Vec<Comment>,
}

/// One comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Which.
    pub id: CommentId,
    /// In which thread.
    pub thread: ThreadId,
    /// The review that it is a part of.
    pub review: Option<ReviewId>,
    /// Whether its review is not submitted yet, so that only its author sees it.
    pub is_pending: bool,
    /// Who wrote it.
    pub author: By,
    /// What they wrote, in Markdown.
    pub body: String,
    /// Whether it resolves (`true`) or reopens (`false`) the thread when its review is submitted.
    pub resolves: Option<bool>,
    /// When.
    pub created_at: OffsetDateTime,
    /// When it was changed.
    pub edited_at: Option<OffsetDateTime>,
    /// What it suggests.
    pub suggestions: Vec<StoredSuggestion>,
}

impl Comment {
    /// What tells this text of it from earlier ones: the microsecond of its last change, or nought.
    pub fn edition(&self) -> i64 {
        let micros = self.edited_at.map_or(0, |at| at.unix_timestamp_nanos() / 1_000);
        i64::try_from(micros).unwrap_or(i64::MAX)
    }

    /// Whether its author may still change it: what was applied stays as it was.
    pub fn is_changeable(&self) -> bool {
        self.suggestions.iter().all(|suggestion| suggestion.applied.is_none())
    }
}

/// A replacement of lines that a comment suggests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSuggestion {
    /// Its place among those of the comment, counted from zero.
    pub position: u32,
    /// The first and the last line that it replaces, on the new side of the thread's version.
    pub lines: (u32, u32),
    /// What stands there.
    pub original: String,
    /// What should stand there; empty to take the lines away.
    pub replacement: String,
    /// The commit that did it.
    pub applied: Option<ObjectId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        assert_eq!("old".parse(), Ok(Side::Old));
        assert_eq!(Side::New.name(), "new");
    }
}
