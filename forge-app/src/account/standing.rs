//! Whether what let somebody in still does.

use forge_core::certificate::CertificateRules;
use forge_core::{Credential, Machine, Person};
use forge_store::{Rows, access_token, deploy_key, session, ssh_key};
use time::OffsetDateTime;

use crate::error::Result;

/// Whether the very credential that a person came in by still stands: not revoked, not expired.
pub(super) async fn stands(
    rows: &impl Rows,
    rules: &CertificateRules,
    person: &Person,
    now: OffsetDateTime,
) -> Result<bool> {
    let is_ahead = |end: Option<OffsetDateTime>| end.is_none_or(|end| end > now);
    Ok(match &person.credential {
        Credential::Session(id) => {
            let all = session::of_user(rows, person.id).await?;
            all.iter().any(|session| session.id == *id && session.expires_at > now)
        }
        Credential::Token(id, ..) => {
            let all = access_token::of_user(rows, person.id).await?;
            all.iter().any(|token| token.id == *id && is_ahead(token.expires_at))
        }
        Credential::SshKey(id) => {
            let all = ssh_key::of_user(rows, person.id).await?;
            all.iter().any(|key| key.id == *id && is_ahead(key.expires_at))
        }
        Credential::Certificate { key_id, serial, valid_before } => {
            let now = u64::try_from(now.unix_timestamp()).unwrap_or(u64::MAX);
            now < *valid_before && !rules.has_revoked(key_id, *serial)
        }
        // A password that was right lets its owner finish what they began, unless their account is switched off.
        Credential::Password => true,
    })
}

/// Whether a deploy key still opens what it opened.
pub(super) async fn machine_stands(rows: &impl Rows, machine: &Machine, now: OffsetDateTime) -> Result<bool> {
    let found = deploy_key::by_id(rows, machine.key).await?;
    Ok(found.is_some_and(|key| key.expires_at.is_none_or(|end| end > now)))
}
