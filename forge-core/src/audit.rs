//! What the audit log says.

use time::OffsetDateTime;

use crate::AuditEventId;

/// An entry before it is chained to the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Which.
    pub id: AuditEventId,
    /// When.
    pub at: OffsetDateTime,
    /// Who, by identifier; empty for nobody or the system.
    pub actor_id: String,
    /// Who, by the name at that time.
    pub actor: String,
    /// What, as `noun.verb`: `repository.create`.
    pub action: String,
    /// To what, by identifier.
    pub subject_id: String,
    /// To what, by the name at that time.
    pub subject: String,
    /// From where: a network address, or `console`.
    pub address: String,
    /// What else matters, as one JSON object without secrets.
    pub detail: String,
}

impl AuditEvent {
    /// Whether something was refused: every such action ends with the same word.
    pub fn is_refusal(&self) -> bool {
        self.action.ends_with(REFUSED)
    }
}

/// How the names of refusals end.
pub const REFUSED: &str = ".refuse";

/// An entry as the log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place in the log, counted from 1 without a gap.
    pub number: u64,
    /// What it says.
    pub event: AuditEvent,
    /// Its hash, over the hash before it and every field.
    pub hash: [u8; 32],
}
