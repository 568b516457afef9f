//! Whom an SSH certificate lets in.

use forge_core::certificate::Certificate;
use forge_core::{AccountState, Actor, Credential};
use forge_store::user;
use serde_json::json;

use crate::account::sign_in::person;
use crate::app::App;
use crate::audit::{Origin, Subject};
use crate::error::Result;

impl App {
    /// Whether certificates of any authority are believed.
    pub fn believes_certificates(&self) -> bool {
        !self.credentials().certificates.authorities.is_empty()
    }

    /// Whom a certificate lets in. Only for one whose own signature and whose bearer's have been verified.
    pub async fn actor_of_verified_certificate(
        &self,
        origin: &Origin,
        certificate: &Certificate,
    ) -> Result<Option<Actor>> {
        let rules = &self.credentials().certificates;
        let judged = rules.judge(certificate, self.ambient().now(), origin.address.parse().ok());
        let name = match judged {
            Ok(name) => name,
            Err(why) => {
                let subject = Subject::new(&certificate.serial, &certificate.key_id);
                let detail = json!({ "certificate": certificate.key_id, "reason": why.to_string() });
                self.note(&Actor::Nobody, origin, "ssh_certificate.refuse", subject, detail);
                return Ok(None);
            }
        };
        let rows = self.store().read().await?;
        let found = user::by_name(&rows, &name).await?.filter(|user| user.state == AccountState::Active);
        Ok(found.map(|user| {
            let (key_id, serial) = (certificate.key_id.clone(), certificate.serial);
            person(&user, Credential::Certificate { key_id, serial, valid_before: certificate.valid_before })
        }))
    }
}
