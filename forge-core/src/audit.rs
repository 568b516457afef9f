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
