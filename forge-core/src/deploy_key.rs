//! Deploy keys: SSH keys that belong to a repository and to no person.

use time::OffsetDateTime;

use crate::{DeployKeyId, RepoId};

/// A public key that opens one repository, whoever comes and goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployKey {
    /// Which.
    pub id: DeployKeyId,
    /// The repository that it opens.
    pub repo: RepoId,
    /// What it is called.
    pub name: String,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// The key as a line of `authorized_keys`, without its comment.
    pub public_key: String,
    /// Whether it may push.
    pub writes: bool,
    /// Who added it, by the name at that time.
    pub added_by: String,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// Until when, if it ends.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to within a minute.
    pub last_used_at: Option<OffsetDateTime>,
    /// The network it was last used from.
    pub last_used_from: Option<String>,
}

/// A program that came in with a deploy key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The key.
    pub key: DeployKeyId,
    /// What the key is called.
    pub name: String,
    /// The one repository that it opens.
    pub repo: RepoId,
    /// Whether it may push there.
    pub writes: bool,
}
