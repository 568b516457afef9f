//! Changes of refs.

use crate::{ObjectId, PushId, RefName, RepoId, UserId};
use time::OffsetDateTime;

/// One ref's way from an old to a new object; nothing stands for "not there".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// Which ref.
    pub name: RefName,
    /// Where it must be now.
    pub old: Option<ObjectId>,
    /// Where it goes.
    pub new: Option<ObjectId>,
}

/// How a push came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// Pages.
    Web,
    /// Git over HTTPS.
    Http,
    /// Git over SSH.
    Ssh,
    /// The command line on the server.
    Console,
}

impl Door {
    /// The word in rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Http => "http",
            Self::Ssh => "ssh",
            Self::Console => "console",
        }
    }
}

/// An accepted push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Which.
    pub id: PushId,
    /// Where to.
    pub repo: RepoId,
    /// By whom; nothing when the person is gone or the system did it.
    pub user: Option<UserId>,
    /// How.
    pub door: Door,
    /// When.
    pub at: OffsetDateTime,
    /// What it changed.
    pub updates: Vec<RefUpdate>,
}
