//! A key in a list, whosever it is and whatever it is for.

use crate::view::{StateTag, When};

/// A key of a person that lets in or signs, or a key of a repository.
#[derive(Debug, Clone, Default)]
pub struct KeyRow {
    /// Which one to remove.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What there is to say of it in a word each.
    pub tags: Vec<StateTag>,
    /// Its fingerprint, as the program that made it prints it.
    pub fingerprint: String,
    /// When it was added.
    pub added: When,
    /// Who added it, where that is not its owner.
    pub added_by: Option<String>,
    /// Whether it lets anybody in.
    pub lets_in: bool,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
    /// The network it was last used from.
    pub from: Option<String>,
    /// What else there is to say of it.
    pub note: String,
    /// When it ends, if ever.
    pub expires: Option<When>,
    /// Whether that time is past.
    pub is_expired: bool,
    /// The command that proves whose it is, where that is not proven yet.
    pub proof: Option<String>,
}
