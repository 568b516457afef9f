//! Who is told about an item, why, and how.

use time::OffsetDateTime;

use crate::work_item::words;
use crate::{ItemId, UserId};

/// Why somebody is told of an item. Where there are several reasons, the first of them counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// They were asked to review it.
    ReviewAsked,
    /// It was given to them.
    Assigned,
    /// Their name was written.
    Mentioned,
    /// They opened it.
    Author,
    /// They said something about it.
    Commented,
    /// They asked to be told.
    Subscribed,
    /// They watch the repository.
    Watching,
}

words!(Reason:
    ReviewAsked = "review-asked", Assigned = "assigned", Mentioned = "mentioned", Author = "author",
    Commented = "commented", Subscribed = "subscribed", Watching = "watching",
);

impl Reason {
    /// Whether it is now up to them.
    pub fn is_turn(self) -> bool {
        matches!(self, Self::ReviewAsked | Self::Assigned | Self::Mentioned)
    }

    /// Because of what they are told, as the end of a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ReviewAsked => "you were asked to review it",
            Self::Assigned => "it was given to you",
            Self::Mentioned => "your name was mentioned",
            Self::Author => "you opened it",
            Self::Commented => "you took part",
            Self::Subscribed => "you asked to be told",
            Self::Watching => "you watch the repository",
        }
    }
}

/// Whether somebody is told of what happens to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subscription {
    /// Of everything.
    All,
    /// Of nothing, whatever the reason.
    None,
}

words!(Subscription: All = "all", None = "none");

/// Of what in a repository somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Watch {
    /// Of everything.
    All,
    /// Of items that they take part in.
    #[default]
    Participating,
    /// Of nothing.
    None,
}

words!(Watch: All = "all", Participating = "participating", None = "none");

impl Watch {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Participating, Self::All, Self::None];
}

/// What somebody wants by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MailChoice {
    /// Everything that they follow.
    #[default]
    All,
    /// Only what is up to them.
    Turn,
    /// Everything, once a day.
    Digest,
    /// Nothing.
    None,
}

words!(MailChoice: All = "all", Turn = "turn", Digest = "digest", None = "none");

impl MailChoice {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::All, Self::Turn, Self::Digest, Self::None];
}

/// That somebody was told of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Who.
    pub user: UserId,
    /// Of which item.
    pub item: ItemId,
    /// Why.
    pub reason: Reason,
    /// When something last happened.
    pub at: OffsetDateTime,
    /// When they last looked; nothing if something happened since.
    pub read_at: Option<OffsetDateTime>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_and_turns_are_few() {
        for choice in MailChoice::ALL {
            assert_eq!(choice.name().parse(), Ok(choice));
        }
        for watch in Watch::ALL {
            assert_eq!(watch.name().parse(), Ok(watch));
        }
        assert_eq!("none".parse(), Ok(Subscription::None));
        assert!(Reason::Mentioned.is_turn() && !Reason::Watching.is_turn());
        assert!(Reason::Assigned < Reason::Watching, "the stronger reason comes first");
        assert!(!Reason::Author.sentence().is_empty());
    }
}
