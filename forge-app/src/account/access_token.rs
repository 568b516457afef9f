//! Access tokens: passwords for programs.

use std::net::{IpAddr, Ipv6Addr};

use forge_core::{
    AccessToken, Actor, Credential, Reach, RepoPath, Scopes, Secret, TokenId, User, UserId, Username,
};
use forge_store::{Rows, access_token, organisation_policy, user};
use serde_json::json;
use sha2::{Digest, Sha256};
use time::Duration;

use crate::access::{MeAccess, Recent};
use crate::account::note_use;
use crate::account::sign_in::person;
use crate::ambient::hash_secret;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// What every token starts with, so that scanners of leaked secrets find it.
pub const TOKEN_PREFIX: &str = "forge_";
/// How precisely the last use is kept.
const TOUCH_SECONDS: i64 = 60;
/// Tokens that one person may have.
const MAX_TOKENS: usize = 100;

/// What a new token is made of.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What its owner calls it.
    pub name: String,
    /// What it may do at most.
    pub scopes: Scopes,
    /// How many days it lasts.
    pub days: u16,
    /// The repositories that it is limited to; none for all that its owner reaches.
    pub only: Vec<RepoPath>,
}

/// A token as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenShown {
    /// The token.
    pub token: AccessToken,
    /// The repositories it is limited to, as far as its owner still reads them.
    pub only: Vec<RepoPath>,
}

impl App {
    /// Makes a token. Its text is shown once and kept only as a hash.
    pub async fn create_token(
        &self,
        me: &MeAccess<Recent>,
        origin: &Origin,
        new: &NewToken,
    ) -> Result<(Secret<String>, AccessToken)> {
        let actor = Actor::Person(me.person().clone());
        self.insert_token(&actor, &me.person().name, origin, new).await
    }

    /// Makes a token for somebody, on the server's own command line.
    pub async fn create_token_for(
        &self,
        access: &crate::access::SiteAccess,
        origin: &Origin,
        name: &Username,
        new: &NewToken,
    ) -> Result<(Secret<String>, AccessToken)> {
        self.insert_token(access.actor(), name, origin, new).await
    }

    async fn insert_token(
        &self,
        actor: &Actor,
        name: &Username,
        origin: &Origin,
        new: &NewToken,
    ) -> Result<(Secret<String>, AccessToken)> {
        let label = checked_label(&new.name)?;
        let now = self.ambient().now();
        let text = token_text(&self.ambient().random::<24>());
        let rows = self.store().read().await?;
        let owner = user::by_name(&rows, name).await?.ok_or(Error::NotFound)?;
        let longest = self.longest_days(&rows, owner.id).await?;
        drop(rows);
        if new.days == 0 || new.days > longest {
            return Err(Error::invalid("days", format!("A token lasts between 1 and {longest} days here.")));
        }
        let reach = self.chosen_reach(&owner, &new.only).await?;
        let tx = self.store().begin().await?;
        if access_token::of_user(&tx, owner.id).await?.len() >= MAX_TOKENS {
            return Err(Error::Conflict(format!("You have {MAX_TOKENS} tokens. Remove one first.")));
        }
        let token = AccessToken {
            id: self.ambient().id(),
            user: owner.id,
            name: label,
            scopes: new.scopes.clone(),
            reach,
            created_at: now,
            expires_at: Some(now + Duration::days(i64::from(new.days))),
            last_used_at: None,
            last_used_from: None,
        };
        access_token::insert(&tx, &token, &hash_secret(&text)).await?;
        self.tell_owner(&tx, &owner, origin, "token.create").await?;
        let only: Vec<_> = new.only.iter().map(ToString::to_string).collect();
        let scopes = token.scopes.to_string();
        let detail = json!({ "token": token.name, "scopes": scopes, "days": new.days, "only": only });
        record(
            &tx,
            self.ambient(),
            actor,
            origin,
            "token.create",
            Subject::new(&owner.id, owner.name.as_str()),
            detail,
        )
        .await?;
        tx.commit().await?;
        Ok((Secret::new(text), token))
    }

    /// The person's tokens, the newest first.
    pub async fn tokens<F>(&self, me: &MeAccess<F>) -> Result<Vec<TokenShown>> {
        let rows = self.store().read().await?;
        let owner = user::by_id(&rows, me.person().id).await?.ok_or(Error::NotFound)?;
        let mut all = Vec::new();
        for token in access_token::of_user(&rows, owner.id).await? {
            let token = self.shortened(&rows, token).await?;
            let only = match &token.reach {
                Reach::Everything => Vec::new(),
                Reach::Only(chosen) => self.still_read(&rows, &owner, chosen).await?,
            };
            all.push(TokenShown { token, only });
        }
        all.sort_by_key(|shown| std::cmp::Reverse(shown.token.created_at));
        Ok(all)
    }

    /// How many days a new token of the person can last: what the site says, or less where an organisation that they are in
    /// says less.
    pub async fn longest_token_days<F>(&self, me: &MeAccess<F>) -> Result<u16> {
        self.longest_days(&self.store().read().await?, me.person().id).await
    }

    async fn longest_days(&self, rows: &impl Rows, id: UserId) -> Result<u16> {
        let by_policy = organisation_policy::of_person(rows, id).await?.longest_token_days.value;
        let by_site = self.credentials().longest_token_days;
        Ok(by_policy.map_or(by_site, |days| days.min(by_site)))
    }

    /// A token with the end that policies give it, if that comes before its own: a policy counts for old tokens too.
    async fn shortened(&self, rows: &impl Rows, token: AccessToken) -> Result<AccessToken> {
        let policy = organisation_policy::of_person(rows, token.user).await?;
        let Some(days) = policy.longest_token_days.value else { return Ok(token) };
        let end = token.created_at + Duration::days(i64::from(days));
        Ok(AccessToken { expires_at: Some(token.expires_at.map_or(end, |own| own.min(end))), ..token })
    }

    /// Ends one of the person's tokens.
    pub async fn revoke_token<F>(&self, me: &MeAccess<F>, origin: &Origin, id: TokenId) -> Result<()> {
        let tx = self.store().begin().await?;
        if !access_token::delete(&tx, me.person().id, id).await? {
            return Err(Error::NotFound);
        }
        self.record_mine(&tx, me, origin, "token.revoke", json!({ "id": id.to_string() })).await?;
        Ok(tx.commit().await?)
    }

    /// Whom the text of a token lets in.
    pub async fn actor_of_token(&self, origin: &Origin, text: &str) -> Result<Option<Actor>> {
        let found = self.token_in_force(origin, text).await?;
        Ok(found.map(|(token, owner)| person(&owner, Credential::Token(token.id, token.scopes, token.reach))))
    }

    /// The token that a text is, and whose, if it counts at this moment. That it was used is noted.
    pub(crate) async fn token_in_force(
        &self,
        origin: &Origin,
        text: &str,
    ) -> Result<Option<(AccessToken, User)>> {
        if !is_token(text) {
            return Ok(None);
        }
        let now = self.ambient().now();
        let hash = hash_secret(text);
        let find = async {
            let rows = self.store().read().await?;
            let Some(token) = access_token::by_hash(&rows, &hash).await? else { return Ok(None) };
            let token = self.shortened(&rows, token).await?;
            Ok(self.active_user(&rows, token.user).await?.map(|owner| (token, owner)))
        };
        let found = self.doorkeeper().tokens.get(self.store(), hash, find).await?;
        let Some((token, owner)) = found else { return Ok(None) };
        if token.expires_at.is_some_and(|end| end <= now) {
            return Ok(None);
        }
        if token.last_used_at.is_none_or(|last| last + Duration::seconds(TOUCH_SECONDS) <= now) {
            let noting = async {
                let tx = self.store().begin().await?;
                access_token::touch(&tx, token.id, now, &coarse(&origin.address)).await?;
                Ok(tx.commit().await?)
            };
            note_use("a token", noting).await;
        }
        Ok(Some((token, owner)))
    }

    /// Whom the name and password of a git client let in.
    ///
    /// A token counts wherever it stands: as the password with any name, or as the name with no password, which
    /// is how several clients send it. Otherwise it is the person's own password.
    pub async fn actor_of_basic(
        &self,
        origin: &Origin,
        name: &str,
        password: &Secret<String>,
    ) -> Result<Option<Actor>> {
        for text in [password.expose().as_str(), name] {
            if text.starts_with(TOKEN_PREFIX) {
                return self.actor_of_token(origin, text).await;
            }
        }
        if password.expose().is_empty() {
            return Ok(None);
        }
        if let Ok(name) = Username::new(name) {
            let rows = self.store().read().await?;
            if let Some(found) = user::by_name(&rows, &name).await?
                && self.remembered().knows(&found, password)
                && let Some(found) = self.active_user(&rows, found.id).await?
                && self.password_suffices(&rows, &found).await?
            {
                return Ok(Some(person(&found, Credential::Password)));
            }
        }
        match self.check_credentials(origin, name, password).await {
            Ok(found) => {
                let rows = self.store().read().await?;
                if !self.password_suffices(&rows, &found).await? {
                    return Err(Error::Forbidden(
                        "This account needs a second factor, which git cannot ask for. Give an access token instead of \
                         the password: you make one in your settings."
                            .to_owned(),
                    ));
                }
                self.remembered().note(&found, password);
                Ok(Some(person(&found, Credential::Password)))
            }
            Err(Error::Invalid { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The text of a token: the prefix, 192 random bits, and 32 bits that tell a mistyped one before any look-up.
fn token_text(random: &[u8; 24]) -> String {
    let body = hex::encode(random);
    let check = checksum(&body);
    format!("{TOKEN_PREFIX}{body}{check}")
}

fn checksum(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    let mut text = hex::encode(digest);
    text.truncate(8);
    text
}

fn is_token(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(TOKEN_PREFIX) else { return false };
    rest.len() == 56
        && rest.is_ascii()
        && rest.split_at_checked(48).is_some_and(|(body, check)| checksum(body) == check)
}

/// The network that an address is in: enough to know a place again, and no more.
pub(crate) fn coarse(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
        Err(_) => address.chars().take(100).collect(),
    }
}

/// Checks what somebody calls a token or a key: one line of 1 to 100 characters.
pub(crate) fn checked_label(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 100 || text.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            "Enter a name of 1 to 100 characters, so that you know it again.",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_network_is_kept() {
        assert_eq!(coarse("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(coarse("2001:db8:1:2:3::4"), "2001:db8:1::/48");
        assert_eq!(coarse("console"), "console");
    }

    #[test]
    fn a_mistyped_token_is_told_at_once() {
        let text = token_text(&[7; 24]);
        assert!(text.starts_with("forge_") && is_token(&text));
        assert!(!is_token(&text.replace("07", "08")));
        assert!(!is_token("forge_") && !is_token("hunter2"));
    }
}
