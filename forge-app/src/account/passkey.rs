//! Passkeys: a key pair in a phone, a laptop or a security key, which asks its owner for a finger, a face or a PIN.
//!
//! Each counts as two factors, since the device checks its owner every time. A ceremony's state stays here, under a
//! secret that only the browser which began it holds, and is used up whatever comes of it. The address that keys are
//! bound to is that of the settings, so a look-alike site gets nothing.

use forge_core::{AccountState, Factor, Passkey, PasskeyId, Secret, UserId};
use forge_store::ceremony::{self, Ceremony};
use forge_store::passkey::{self, StoredPasskey};
use forge_store::user;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use time::Duration;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey as Key, PasskeyRegistration,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};
use webauthn_rs_proto::{PublicKeyCredential, RegisterPublicKeyCredential, ResidentKeyRequirement};

use crate::access::{MeAccess, Recent};
use crate::account::access_token::checked_label;
use crate::account::second_factor::Enrolled;
use crate::account::sign_in::{Proved, SignInStep};
use crate::account::throttle::Guess;
use crate::ambient::hash_secret;
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// Passkeys that one person may have.
const MAX_PASSKEYS: usize = 25;
/// How long a ceremony may take.
const MINUTES: i64 = 10;
/// The longest answer of a browser that is read, in bytes.
const MAX_ANSWER: usize = 32 * 1024;
/// What ceremonies are for.
const REGISTER: &str = "passkey-register";
const AUTHENTICATE: &str = "passkey-authenticate";

/// Checks passkeys for one address.
pub(crate) fn checker(address: &url::Url, site_name: &str) -> Option<Webauthn> {
    let host = address.domain()?;
    let is_local = host == "localhost";
    let builder = WebauthnBuilder::new(host, address).ok()?;
    builder.rp_name(site_name).allow_any_port(is_local).build().ok()
}

impl App {
    /// Whether passkeys can be used: the site has a name, not only a number, as its address.
    pub fn offers_passkeys(&self) -> bool {
        self.webauthn().is_some()
    }

    fn passkey_checker(&self) -> Result<&Webauthn> {
        self.webauthn().ok_or(Error::NotFound)
    }

    /// Begins to add a passkey; says what to hand to the browser, as JSON. `browser` is a secret of this browser alone.
    pub async fn begin_passkey(&self, me: &MeAccess<Recent>, browser: &Secret<String>) -> Result<String> {
        let person = me.person();
        let rows = self.store().read().await?;
        let account = user::by_id(&rows, person.id).await?.ok_or(Error::NotFound)?;
        let known = passkey::of_user(&rows, person.id).await?;
        drop(rows);
        if known.len() >= MAX_PASSKEYS {
            return Err(Error::Conflict(format!("You have {MAX_PASSKEYS} passkeys. Remove one first.")));
        }
        let exclude = known.into_iter().map(|stored| stored.credential_id).collect();
        let id = Uuid::from_bytes(person.id.to_bytes());
        let (mut options, state) = self
            .passkey_checker()?
            .start_passkey_registration(id, person.name.as_str(), &account.display_name, Some(exclude))
            .map_err(Error::internal)?;
        // The key must be found by the device itself, so that nobody has to type a name before.
        let wanted = options.public_key.authenticator_selection.get_or_insert_default();
        wanted.resident_key = Some(ResidentKeyRequirement::Required);
        wanted.require_resident_key = true;
        self.keep_ceremony(REGISTER, Some(person.id), browser, &state).await?;
        serde_json::to_string(&options).map_err(Error::internal)
    }

    /// Adds the passkey that the browser made.
    pub async fn add_passkey(
        &self,
        me: &MeAccess<Recent>,
        origin: &Origin,
        browser: &Secret<String>,
        name: &str,
        answer: &str,
    ) -> Result<Enrolled> {
        let name = checked_label(name)?;
        let answer: RegisterPublicKeyCredential = read(answer)?;
        let state: PasskeyRegistration =
            self.end_ceremony(REGISTER, Some(me.person().id), browser).await?.ok_or_else(refused)?;
        let key = self
            .passkey_checker()?
            .finish_passkey_registration(&answer, &state)
            .map_err(|error| refused_because(&error))?;
        let now = self.ambient().now();
        let new = StoredPasskey {
            passkey: Passkey {
                id: self.ambient().id(),
                user: me.person().id,
                name,
                created_at: now,
                last_used_at: None,
            },
            credential_id: key.cred_id().clone(),
            credential: serde_json::to_string(&key).map_err(Error::internal)?,
        };
        let tx = self.store().begin().await?;
        if passkey::by_credential(&tx, &new.credential_id).await?.is_some() {
            return Err(Error::invalid("name", "This passkey is known already."));
        }
        passkey::insert(&tx, &new).await?;
        let enrolled = self.enrolled(&tx, me, Factor::Passkey).await?;
        let detail = json!({ "id": new.passkey.id.to_string(), "name": new.passkey.name });
        self.record_mine(&tx, me, origin, "passkey.add", detail).await?;
        tx.commit().await?;
        self.remembered().forget(me.person().id);
        Ok(enrolled)
    }

    /// Removes one of the person's passkeys.
    pub async fn remove_passkey(&self, me: &MeAccess<Recent>, origin: &Origin, id: PasskeyId) -> Result<()> {
        let tx = self.store().begin().await?;
        if !passkey::delete(&tx, me.person().id, id).await? {
            return Err(Error::NotFound);
        }
        self.keep_a_way_in(&tx, me).await?;
        self.after_removal(&tx, me).await?;
        self.record_mine(&tx, me, origin, "passkey.remove", json!({ "id": id.to_string() })).await?;
        Ok(tx.commit().await?)
    }

    /// Begins to sign in, or to confirm, with a passkey that the device finds; says what to hand to the browser, as JSON.
    pub async fn ask_for_passkey(&self, browser: &Secret<String>) -> Result<String> {
        let (mut options, state) =
            self.passkey_checker()?.start_discoverable_authentication().map_err(Error::internal)?;
        options.mediation = None;
        self.keep_ceremony(AUTHENTICATE, None, browser, &state).await?;
        serde_json::to_string(&options).map_err(Error::internal)
    }

    /// Signs somebody in by a passkey alone.
    pub async fn sign_in_with_passkey(
        &self,
        origin: &Origin,
        browser: &Secret<String>,
        answer: &str,
        user_agent: &str,
    ) -> Result<SignInStep> {
        let owner = self.owner_of_answer(origin, browser, answer).await?;
        let account = {
            let rows = self.store().read().await?;
            user::by_id(&rows, owner).await?.filter(|account| account.state == AccountState::Active)
        };
        let account = account.ok_or_else(refused)?;
        let proved = Proved { factors: Factor::Passkey.into(), at: self.ambient().now() };
        self.after_first_factor(origin, account, proved, user_agent).await
    }

    /// Takes a passkey as the fresh proof of somebody who is signed in; says the new value of their session cookie.
    pub async fn confirm_with_passkey(
        &self,
        me: &MeAccess,
        origin: &Origin,
        browser: &Secret<String>,
        answer: &str,
    ) -> Result<Secret<String>> {
        if self.owner_of_answer(origin, browser, answer).await? != me.person().id {
            return Err(refused());
        }
        let tx = self.store().begin().await?;
        self.confirmed(tx, me, origin, Factor::Passkey).await
    }

    /// Whose passkey signed the challenge that this browser was given.
    async fn owner_of_answer(
        &self,
        origin: &Origin,
        browser: &Secret<String>,
        answer: &str,
    ) -> Result<UserId> {
        let answer: PublicKeyCredential = read(answer)?;
        let counted = format!("passkey {}", hex::encode(answer.raw_id.get(..32).unwrap_or(&answer.raw_id)));
        let guess = Guess::at(&counted, origin);
        self.may_guess(&self.store().read().await?, &guess).await?;
        // Used up first, and for good: a second answer to one challenge is a replay.
        let state: DiscoverableAuthentication =
            self.end_ceremony(AUTHENTICATE, None, browser).await?.ok_or_else(refused)?;
        let verified = self.verified(&answer, state).await;
        if verified.is_err() {
            self.note_miss(&guess).await?;
        }
        verified
    }

    async fn verified(
        &self,
        answer: &PublicKeyCredential,
        state: DiscoverableAuthentication,
    ) -> Result<UserId> {
        let checker = self.passkey_checker()?;
        let (claimed, credential_id) =
            checker.identify_discoverable_authentication(answer).map_err(|error| refused_because(&error))?;
        let stored = {
            let rows = self.store().read().await?;
            passkey::by_credential(&rows, credential_id).await?
        };
        let stored = stored
            .filter(|stored| stored.passkey.user.to_bytes() == claimed.into_bytes())
            .ok_or_else(refused)?;
        let mut key: Key = serde_json::from_str(&stored.credential).map_err(Error::internal)?;
        let result = checker
            .finish_discoverable_authentication_v2(answer, state, DiscoverableKey::from(&key))
            .map_err(|error| refused_because(&error))?;
        if !result.user_verified() {
            return Err(refused());
        }
        let _ = key.update_credential(&result);
        let credential = serde_json::to_string(&key).map_err(Error::internal)?;
        let tx = self.store().begin().await?;
        passkey::used(&tx, stored.passkey.id, &credential, self.ambient().now()).await?;
        tx.commit().await?;
        Ok(stored.passkey.user)
    }

    /// Keeps what the end of a ceremony must fit. A browser has one of each kind: an earlier one is forgotten.
    async fn keep_ceremony(
        &self,
        purpose: &str,
        user: Option<UserId>,
        browser: &Secret<String>,
        state: &impl Serialize,
    ) -> Result<()> {
        let now = self.ambient().now();
        let begun = Ceremony {
            purpose: purpose.to_owned(),
            user,
            state: serde_json::to_string(state).map_err(Error::internal)?,
            expires_at: now + Duration::minutes(MINUTES),
        };
        let tx = self.store().begin().await?;
        ceremony::delete_expired(&tx, now).await?;
        ceremony::take(&tx, &of_browser(purpose, browser), purpose, now).await?;
        ceremony::begin(&tx, &of_browser(purpose, browser), &begun).await?;
        Ok(tx.commit().await?)
    }

    async fn end_ceremony<T: DeserializeOwned>(
        &self,
        purpose: &str,
        user: Option<UserId>,
        browser: &Secret<String>,
    ) -> Result<Option<T>> {
        let tx = self.store().begin().await?;
        let now = self.ambient().now();
        let taken = ceremony::take(&tx, &of_browser(purpose, browser), purpose, now).await?;
        tx.commit().await?;
        let Some(taken) = taken.filter(|taken| taken.user == user) else { return Ok(None) };
        serde_json::from_str(&taken.state).map(Some).map_err(Error::internal)
    }
}

/// Under what a ceremony of this browser is kept.
fn of_browser(purpose: &str, browser: &Secret<String>) -> [u8; 32] {
    hash_secret(&format!("{purpose}\0{}", browser.expose()))
}

/// Reads what a browser sent.
fn read<T: DeserializeOwned>(answer: &str) -> Result<T> {
    if answer.len() > MAX_ANSWER {
        return Err(Error::TooLarge(format!("A passkey's answer has at most {} KB.", MAX_ANSWER / 1024)));
    }
    serde_json::from_str(answer).map_err(|error| {
        tracing::debug!(%error, "a browser sent no answer of a passkey");
        refused()
    })
}

fn refused() -> Error {
    Error::invalid("", "The passkey was not accepted. Try again, or use another way to sign in.")
}

fn refused_because(error: &webauthn_rs::prelude::WebauthnError) -> Error {
    tracing::info!(%error, "a passkey was refused");
    refused()
}
