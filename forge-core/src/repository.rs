//! Repositories.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

use crate::merge_demand::MergeMethods;
use crate::organisation::OwnerId;
use crate::{ObjectFormat, RefName, RepoId, RepoPath};

/// The longest description taken, in characters.
pub const MAX_DESCRIPTION: usize = 350;

/// A repository, without its objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Which. Its directory is named after this, never after its address.
    pub id: RepoId,
    /// Whose.
    pub owner: OwnerId,
    /// Its address now.
    pub path: RepoPath,
    /// What it is, in a line.
    pub description: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// What names its objects.
    pub format: ObjectFormat,
    /// The branch that HEAD names; it may have no commit yet.
    pub default_branch: RefName,
    /// Goes up with every change of refs or packs, so that caches know when they are stale.
    pub generation: u64,
    /// Kept for reading only.
    pub archived: bool,
    /// How merge requests may be merged.
    pub merge_methods: MergeMethods,
    /// What it was copied from, if it is a fork.
    pub forked_from: Option<ForkedFrom>,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// When something was last pushed.
    pub pushed_at: Option<OffsetDateTime>,
}

/// What a fork was copied from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkedFrom {
    /// The repository; nothing once it was deleted.
    pub repo: Option<RepoId>,
    /// The address that it had when the fork was made.
    pub path: String,
}

/// Who may see a repository without being named for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility {
    /// Its owner, or the members of the organisation that owns it.
    Private,
    /// Also everyone who shares an organisation with its owner.
    Organisation,
    /// Everyone who is signed in.
    Internal,
    /// Everyone, where the site lets nobody in particular read; else like internal.
    Public,
}

impl Visibility {
    /// Every one, the narrowest first.
    pub const ALL: [Self; 4] = [Self::Private, Self::Organisation, Self::Internal, Self::Public];

    /// The word in rows, forms and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Organisation => "organisation",
            Self::Internal => "internal",
            Self::Public => "public",
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no visibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a visibility is private, organisation, internal or public")]
pub struct InvalidVisibility;

impl FromStr for Visibility {
    type Err = InvalidVisibility;
    fn from_str(text: &str) -> Result<Self, InvalidVisibility> {
        Self::ALL.into_iter().find(|visibility| visibility.name() == text).ok_or(InvalidVisibility)
    }
}
