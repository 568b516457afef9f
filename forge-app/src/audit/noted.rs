//! Events without a transaction of their own: clones, downloads, refusals, connections.
//!
//! Nothing is written when somebody clones, so there is no transaction that the event could share. Each is kept in
//! memory for a second at most and then written together with the others of that second, in one transaction. Stopping
//! the forge writes what is left before it ends; only a crash loses the last second.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use forge_core::{Actor, AuditEvent};
use forge_store::audit;
use serde_json::Value;

use crate::app::App;
use crate::audit::{Origin, Subject, event};
use crate::error::Result;

/// How long events wait for others.
const PAUSE: Duration = Duration::from_secs(1);
/// Events that may wait. More come only from somebody who asks for thousands of things in a second.
const MOST: usize = 10_000;

/// Events that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    waiting: Mutex<Vec<AuditEvent>>,
}

impl Noted {
    fn waiting(&self) -> MutexGuard<'_, Vec<AuditEvent>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an event in; says whether it is the first that waits. The same again within the moment is left out.
    fn add(&self, event: AuditEvent) -> bool {
        let mut waiting = self.waiting();
        let same = |other: &AuditEvent| {
            (&other.actor_id, &other.action, &other.subject, &other.address, &other.detail)
                == (&event.actor_id, &event.action, &event.subject, &event.address, &event.detail)
        };
        if waiting.len() >= MOST {
            tracing::error!(
                action = event.action,
                actor = event.actor,
                "too many events at once for the audit log"
            );
            return false;
        }
        if event.is_refusal() && waiting.iter().any(same) {
            return false;
        }
        waiting.push(event);
        waiting.len() == 1
    }
}

impl App {
    /// Notes what happened. It is in the audit log within a second.
    pub(crate) fn note(
        &self,
        actor: &Actor,
        origin: &Origin,
        action: &str,
        subject: Subject<'_>,
        detail: Value,
    ) {
        let event = event(self.ambient(), actor, origin, action, subject, detail);
        if self.noted().add(event) {
            let app = self.clone();
            self.tasks().spawn(async move { app.write_notes_soon().await });
        }
    }

    /// Notes that somebody came in over SSH.
    pub fn note_connection(&self, actor: &Actor, origin: &Origin, key: &str) {
        let detail = serde_json::json!({ "key": key });
        self.note(actor, origin, "ssh.connect", Subject::new(&String::new(), ""), detail);
    }

    /// Notes that a verified key or certificate let nobody in.
    pub fn note_refused_connection(&self, origin: &Origin, key: &str) {
        self.note(
            &Actor::Nobody,
            origin,
            "ssh.connect.refuse",
            Subject::new(&String::new(), key),
            Value::Null,
        );
    }

    async fn write_notes_soon(&self) {
        loop {
            let is_last = tokio::select! {
                () = tokio::time::sleep(PAUSE) => false,
                () = self.tasks().stopping() => true,
            };
            match self.write_notes().await {
                Ok(()) => return,
                Err(error) => tracing::error!(%error, "the audit log cannot be written"),
            }
            if is_last {
                return;
            }
        }
    }

    /// Writes down at once what was noted and not yet written.
    pub async fn write_notes(&self) -> Result<()> {
        let taken = std::mem::take(&mut *self.noted().waiting());
        if taken.is_empty() {
            return Ok(());
        }
        let write = async {
            let tx = self.store().begin().await?;
            for event in &taken {
                audit::append(&tx, event).await?;
            }
            tx.commit().await
        };
        let written = write.await;
        if written.is_err() {
            // In front of what came meanwhile, for the next try.
            self.noted().waiting().splice(0..0, taken);
        }
        Ok(written?)
    }
}

#[cfg(test)]
mod tests {
    use forge_core::AuditEventId;
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn a_refusal_is_noted_once_in_a_moment_and_everything_else_each_time() {
        let noted = Noted::default();
        let event = |number: u8, action: &str| AuditEvent {
            id: AuditEventId::new(1, [number; 10]),
            at: OffsetDateTime::UNIX_EPOCH,
            actor_id: "1".to_owned(),
            actor: "otto".to_owned(),
            action: action.to_owned(),
            subject_id: String::new(),
            subject: "olive/beds".to_owned(),
            address: "192.0.2.1".to_owned(),
            detail: "{}".to_owned(),
        };
        assert!(noted.add(event(1, "repository.refuse")), "the first starts the writing");
        assert!(!noted.add(event(2, "repository.refuse")));
        assert!(!noted.add(event(3, "repository.clone")));
        assert!(!noted.add(event(4, "repository.clone")));
        let actions: Vec<_> = noted.waiting().iter().map(|event| event.action.clone()).collect();
        assert_eq!(actions, ["repository.refuse", "repository.clone", "repository.clone"]);
    }
}
