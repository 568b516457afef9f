//! What the site says to everybody: an announcement, and what its use is tied to.

use time::OffsetDateTime;

use crate::UserId;

/// The longest announcement, in characters.
pub const MAX_ANNOUNCEMENT: usize = 500;
/// The longest text on acceptable use, in characters.
pub const MAX_TERMS: usize = 50_000;

/// A few sentences that stand on every page for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// What it says.
    pub text: String,
    /// How much it matters.
    pub level: AnnouncementLevel,
    /// From when it is shown.
    pub from: Option<OffsetDateTime>,
    /// Until when it is shown.
    pub until: Option<OffsetDateTime>,
}

impl Announcement {
    /// Whether it is to be shown at a moment.
    pub fn is_shown_at(&self, now: OffsetDateTime) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// How much an announcement matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnnouncementLevel {
    /// Good to know.
    Information,
    /// Something will not work, or soon.
    Warning,
}

impl AnnouncementLevel {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Information, Self::Warning];

    /// The word in rows and forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
        }
    }
}

/// The word names no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a level is information or warning")]
pub struct InvalidLevel;

impl std::str::FromStr for AnnouncementLevel {
    type Err = InvalidLevel;
    fn from_str(text: &str) -> Result<Self, InvalidLevel> {
        Self::ALL.into_iter().find(|level| level.name() == text).ok_or(InvalidLevel)
    }
}

/// A version of the text that people accept before they push for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Its number, counted from 1.
    pub version: u32,
    /// The text, as Markdown.
    pub text: String,
    /// Since when it counts.
    pub published_at: OffsetDateTime,
    /// Who published it, by the name at that time.
    pub published_by: String,
}

/// Somebody's yes to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acceptance {
    /// Who.
    pub user: UserId,
    /// Which version.
    pub version: u32,
    /// When.
    pub at: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_shown_between_its_two_moments() {
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let announcement = |from, until| Announcement {
            text: "Down at noon".to_owned(),
            level: AnnouncementLevel::Warning,
            from,
            until,
        };
        assert!(announcement(None, None).is_shown_at(at(1)));
        let between = announcement(Some(at(10)), Some(at(20)));
        let shown: Vec<_> = [9, 10, 19, 20].map(|moment| between.is_shown_at(at(moment))).into();
        assert_eq!(shown, [false, true, true, false]);
    }
}
