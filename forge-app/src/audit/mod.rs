//! The audit log: written in the transaction of the act it tells of.

mod noted;
mod read;
mod sink;

use forge_core::{Actor, AuditEvent, Door};
use forge_store::{Tx, audit};
use serde_json::Value;

pub(crate) use noted::Noted;
pub use sink::{AuditSink, InvalidAuditSink, line as audit_line};

use crate::ambient::Ambient;
use crate::error::Result;

/// Where a request came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Through which door.
    pub door: Door,
    /// The network address, or `console`.
    pub address: String,
}

impl Origin {
    /// The house itself, where the door is not known.
    pub(crate) fn inside() -> Self {
        Self { door: Door::Console, address: String::new() }
    }

    /// The command line on the server.
    pub fn console() -> Self {
        Self { door: Door::Console, address: "console".to_owned() }
    }
}

/// What an act was done to.
pub(crate) struct Subject<'a> {
    pub(crate) id: String,
    pub(crate) name: &'a str,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(id: &impl ToString, name: &'a str) -> Self {
        Self { id: id.to_string(), name }
    }
}

/// Adds an event to the log within the caller's transaction. The detail holds no secrets.
pub(crate) async fn record(
    tx: &Tx,
    ambient: &Ambient,
    actor: &Actor,
    origin: &Origin,
    action: &str,
    subject: Subject<'_>,
    detail: Value,
) -> Result<()> {
    audit::append(tx, &event(ambient, actor, origin, action, subject, detail)).await?;
    Ok(())
}

/// Puts an event together.
#[expect(clippy::needless_pass_by_value, reason = "details are made for one event and for nobody else")]
fn event(
    ambient: &Ambient,
    actor: &Actor,
    origin: &Origin,
    action: &str,
    subject: Subject<'_>,
    detail: Value,
) -> AuditEvent {
    let (actor_id, actor_name) = match actor {
        Actor::Nobody => (String::new(), "nobody".to_owned()),
        Actor::Person(person) => (person.id.to_string(), person.name.to_string()),
        Actor::Machine(machine) => (machine.key.to_string(), format!("deploy key {}", machine.name)),
        Actor::System { reason } => (String::new(), (*reason).to_owned()),
    };
    AuditEvent {
        id: ambient.id(),
        at: ambient.now(),
        actor_id,
        actor: actor_name,
        action: action.to_owned(),
        subject_id: subject.id,
        subject: subject.name.to_owned(),
        address: origin.address.clone(),
        detail: detail.to_string(),
    }
}
