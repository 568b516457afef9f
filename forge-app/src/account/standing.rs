//! Whether what let somebody in still does.

use forge_core::{Credential, Person};
use forge_store::{Rows, access_token, session, ssh_key};
use time::OffsetDateTime;

use crate::error::Result;

/// Whether the very credential that a person came in by still stands: not revoked, not expired.
pub(super) async fn stands(rows: &impl Rows, person: &Person, now: OffsetDateTime) -> Result<bool> {
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
            all.iter().any(|key| key.id == *id)
        }
        // A password that was right lets its owner finish what they began, unless their account is switched off.
        Credential::Password => true,
    })
}
