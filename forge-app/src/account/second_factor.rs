//! A person's second factor: an authenticator app, passkeys, and recovery codes for when both are lost.

use forge_core::{Factor, Passkey, Secret, User, UserId, Username};
use forge_store::{Rows, Tx, authenticator, organisation_policy, passkey, recovery_code, session, user};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::access::{MeAccess, Recent, SiteAccess};
use crate::account::session::current;
use crate::account::throttle::Guess;
use crate::account::totp;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// Recovery codes that a person gets at a time.
const RECOVERY_CODES: usize = 10;
/// Random bytes of one: too many to try them all against a stolen hash.
const RECOVERY_BYTES: usize = 10;

/// Of whom a second factor is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecondFactorDemand {
    /// Of nobody; everyone may have one.
    #[default]
    Nobody,
    /// Of those who administer the site.
    Administrators,
    /// Of everyone.
    Everyone,
}

/// What a person has set up.
#[derive(Debug, Clone)]
pub struct SecondFactor {
    /// Since when there is an authenticator app.
    pub app_since: Option<OffsetDateTime>,
    /// Their passkeys, the oldest first.
    pub passkeys: Vec<Passkey>,
    /// Recovery codes that still work.
    pub recovery_codes: u64,
    /// Whether they must have one.
    pub is_demanded: bool,
}

impl SecondFactor {
    /// Whether there is any.
    pub fn is_set_up(&self) -> bool {
        self.app_since.is_some() || !self.passkeys.is_empty()
    }
}

/// An authenticator app that is being set up: what it must be given.
#[derive(Debug)]
pub struct AppSecret {
    /// The secret, for typing.
    pub text: Secret<String>,
    /// The address in the picture.
    pub uri: Secret<String>,
}

/// What follows from a new second factor.
#[derive(Debug)]
pub struct Enrolled {
    /// New recovery codes, if the person had none. They are shown once.
    pub codes: Vec<Secret<String>>,
    /// The new value of their session cookie.
    pub session: Option<Secret<String>>,
}

/// A code that somebody entered, with what the house needs to judge it.
pub(crate) struct SealedApp {
    pub(crate) secret: Secret<Vec<u8>>,
    pub(crate) is_confirmed: bool,
}

impl App {
    /// What the person has set up.
    pub async fn second_factor<F>(&self, me: &MeAccess<F>) -> Result<SecondFactor> {
        let rows = self.store().read().await?;
        let account = user::by_id(&rows, me.person().id).await?.ok_or(Error::NotFound)?;
        self.factor_of(&rows, &account).await
    }

    /// What somebody has set up, for an administrator who is asked to remove it.
    pub async fn second_factor_of(
        &self,
        _access: &SiteAccess,
        name: &Username,
    ) -> Result<(User, SecondFactor)> {
        let rows = self.store().read().await?;
        let account = user::by_name(&rows, name).await?.ok_or(Error::NotFound)?;
        let factor = self.factor_of(&rows, &account).await?;
        Ok((account, factor))
    }

    async fn factor_of(&self, rows: &impl Rows, account: &User) -> Result<SecondFactor> {
        let id = account.id;
        let app = authenticator::of_user(rows, id).await?.filter(|app| app.is_confirmed);
        Ok(SecondFactor {
            app_since: app.map(|app| app.created_at),
            passkeys: passkey::of_user(rows, id).await?.into_iter().map(|stored| stored.passkey).collect(),
            recovery_codes: recovery_code::count_unused(rows, id).await?,
            is_demanded: self.second_factor_demanded(rows, account).await?,
        })
    }

    /// Whether somebody must have a second factor, because the site or an organisation that they are in says so: the one
    /// place that decides it.
    pub(crate) async fn second_factor_demanded(&self, rows: &impl Rows, account: &User) -> Result<bool> {
        let by_site = match self.sign_in_options().second_factor {
            SecondFactorDemand::Nobody => false,
            SecondFactorDemand::Administrators => account.is_admin,
            SecondFactorDemand::Everyone => true,
        };
        Ok(by_site || organisation_policy::of_person(rows, account.id).await?.second_factor.value)
    }

    /// Whether somebody has a second factor that counts.
    pub(crate) async fn has_second_factor(&self, rows: &impl Rows, id: UserId) -> Result<bool> {
        let app = authenticator::of_user(rows, id).await?;
        Ok(app.is_some_and(|app| app.is_confirmed) || passkey::count(rows, id).await? > 0)
    }

    /// Whether the password alone may let somebody in where no second factor can be asked for.
    pub(crate) async fn password_suffices(&self, rows: &impl Rows, account: &User) -> Result<bool> {
        Ok(!self.has_second_factor(rows, account.id).await?
            && !self.second_factor_demanded(rows, account).await?)
    }

    /// Begins to set up an authenticator app with a new secret. It counts once a code of it was entered.
    pub async fn begin_authenticator(&self, me: &MeAccess<Recent>, origin: &Origin) -> Result<()> {
        let id = me.person().id;
        let secret = Secret::new(self.ambient().random::<{ totp::SECRET_BYTES }>());
        let sealed = self.server_key().seal(self.ambient(), &place(id), secret.expose()).await?;
        let tx = self.store().begin().await?;
        if authenticator::of_user(&tx, id).await?.is_some_and(|app| app.is_confirmed) {
            return Err(Error::Conflict(
                "You have an authenticator app already. Remove it first to set up another.".to_owned(),
            ));
        }
        authenticator::begin(&tx, id, &sealed, self.ambient().now()).await?;
        self.record_mine(&tx, me, origin, "second_factor.begin_app", json!({})).await?;
        Ok(tx.commit().await?)
    }

    /// What to give to the app that is being set up; nothing if none is.
    pub async fn authenticator_to_confirm(&self, me: &MeAccess<Recent>) -> Result<Option<AppSecret>> {
        let rows = self.store().read().await?;
        let Some(app) = self.sealed_app(&rows, me.person().id).await? else { return Ok(None) };
        if app.is_confirmed {
            return Ok(None);
        }
        let text = totp::base32(app.secret.expose());
        let uri = totp::uri(&self.sign_in_options().site_name, me.person().name.as_str(), &text);
        Ok(Some(AppSecret { text, uri }))
    }

    /// Ends the setting up of an app by its first code.
    pub async fn confirm_authenticator(
        &self,
        me: &MeAccess<Recent>,
        origin: &Origin,
        code: &str,
    ) -> Result<Enrolled> {
        let (id, now) = (me.person().id, self.ambient().now());
        let app = {
            let rows = self.store().read().await?;
            self.sealed_app(&rows, id).await?.filter(|app| !app.is_confirmed)
        };
        let app = app.ok_or(Error::NotFound)?;
        let guess = Guess::at(&throttled(id), origin);
        self.may_guess(&self.store().read().await?, &guess).await?;
        let Some(step) = totp::step_of(app.secret.expose(), &digits(code), now) else {
            self.note_miss(&guess).await?;
            return Err(Error::invalid(
                "code",
                "This is not the code that the app shows now. Check that your phone tells the right time, and enter the \
                 next code.",
            ));
        };
        let tx = self.store().begin().await?;
        if !authenticator::confirm(&tx, id, step).await? {
            return Err(Error::NotFound);
        }
        let enrolled = self.enrolled(&tx, me, Factor::App).await?;
        self.record_mine(&tx, me, origin, "second_factor.add_app", json!({})).await?;
        tx.commit().await?;
        self.remembered().forget(id);
        Ok(enrolled)
    }

    /// After a new factor, in its transaction: recovery codes if there are none, and a new token for the session, which has
    /// proved the factor by setting it up.
    pub(crate) async fn enrolled(&self, tx: &Tx, me: &MeAccess<Recent>, factor: Factor) -> Result<Enrolled> {
        let id = me.person().id;
        let codes = if recovery_code::count_unused(tx, id).await? == 0 {
            self.make_recovery_codes(tx, id).await?
        } else {
            Vec::new()
        };
        let Some(current) = current(me) else { return Ok(Enrolled { codes, session: None }) };
        let known = session::by_id(tx, current).await?.ok_or(Error::NotFound)?;
        let (secret, hash) = self.ambient().secret();
        session::renew(tx, current, &hash, known.authenticated_at, &known.factors.and(factor)).await?;
        Ok(Enrolled { codes, session: Some(secret) })
    }

    /// Makes new recovery codes; all earlier ones stop working.
    pub async fn new_recovery_codes(
        &self,
        me: &MeAccess<Recent>,
        origin: &Origin,
    ) -> Result<Vec<Secret<String>>> {
        let tx = self.store().begin().await?;
        if !self.has_second_factor(&tx, me.person().id).await? {
            return Err(Error::Conflict("Set up an authenticator app or a passkey first.".to_owned()));
        }
        let codes = self.make_recovery_codes(&tx, me.person().id).await?;
        self.record_mine(&tx, me, origin, "second_factor.new_recovery_codes", json!({})).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Removes the person's authenticator app.
    pub async fn remove_authenticator(&self, me: &MeAccess<Recent>, origin: &Origin) -> Result<()> {
        let id = me.person().id;
        let tx = self.store().begin().await?;
        if !authenticator::delete(&tx, id).await? {
            return Err(Error::NotFound);
        }
        self.after_removal(&tx, me).await?;
        self.record_mine(&tx, me, origin, "second_factor.remove_app", json!({})).await?;
        Ok(tx.commit().await?)
    }

    /// After a factor went, in its transaction: the last one stays where one is demanded, and takes the recovery codes
    /// along.
    pub(crate) async fn after_removal(&self, tx: &Tx, me: &MeAccess<Recent>) -> Result<()> {
        let id = me.person().id;
        if self.has_second_factor(tx, id).await? {
            return Ok(());
        }
        let account = user::by_id(tx, id).await?.ok_or(Error::NotFound)?;
        if self.second_factor_demanded(tx, &account).await? {
            return Err(Error::Conflict(
                "You must have a second factor here. Set up another before you remove this one.".to_owned(),
            ));
        }
        Ok(recovery_code::delete_all(tx, id).await?)
    }

    /// Removes all of somebody's second factors, who has lost them: an administrator has checked who they are. They are
    /// signed out everywhere.
    pub async fn reset_second_factor(
        &self,
        access: &SiteAccess,
        origin: &Origin,
        name: &Username,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let found = user::by_name(&tx, name).await?.ok_or(Error::NotFound)?;
        authenticator::delete(&tx, found.id).await?;
        passkey::delete_all(&tx, found.id).await?;
        recovery_code::delete_all(&tx, found.id).await?;
        session::delete_all(&tx, found.id, None).await?;
        forge_store::pending_sign_in::delete_all(&tx, found.id).await?;
        let subject = Subject::new(&found.id, found.name.as_str());
        record(&tx, self.ambient(), access.actor(), origin, "second_factor.reset", subject, json!({}))
            .await?;
        self.tell_owner(&tx, &found, origin, "second_factor.reset").await?;
        Ok(tx.commit().await?)
    }

    /// Somebody's app with its secret. One that was sealed with another key is as good as none.
    pub(crate) async fn sealed_app(&self, rows: &impl Rows, id: UserId) -> Result<Option<SealedApp>> {
        let Some(app) = authenticator::of_user(rows, id).await? else { return Ok(None) };
        let opened = self.server_key().open(self.ambient(), &place(id), &app.sealed_secret).await?;
        if opened.is_none() {
            tracing::warn!(user = %id, "the secret of an authenticator app was sealed with another key");
        }
        Ok(opened.map(|secret| SealedApp { secret, is_confirmed: app.is_confirmed }))
    }

    /// Uses up a code of the app, or a recovery code; says which it was.
    pub(crate) async fn use_code(
        &self,
        origin: &Origin,
        id: UserId,
        code: &str,
    ) -> Result<Option<(Tx, Factor)>> {
        let now = self.ambient().now();
        let guess = Guess::at(&throttled(id), origin);
        let app = {
            let rows = self.store().read().await?;
            self.may_guess(&rows, &guess).await?;
            self.sealed_app(&rows, id).await?.filter(|app| app.is_confirmed)
        };
        let step = app.and_then(|app| totp::step_of(app.secret.expose(), &digits(code), now));
        let tx = self.store().begin().await?;
        // Again: of guesses that came at once, those that are over the limit learn nothing.
        let is_counted = self.may_guess(&tx, &guess).await?;
        let used = match step {
            Some(step) => authenticator::use_step(&tx, id, step).await?.then_some(Factor::App),
            None => recovery_code::use_code(&tx, id, &recovery_hash(id, code), now)
                .await?
                .then_some(Factor::RecoveryCode),
        };
        if let Some(factor) = used {
            if is_counted {
                self.forgive(&tx, &guess).await?;
            }
            return Ok(Some((tx, factor)));
        }
        drop(tx);
        let tx = self.store().begin().await?;
        let misses = self.missed(&tx, &guess).await?;
        self.tell_of_guesses(&tx, id, origin, misses).await?;
        tx.commit().await?;
        Ok(None)
    }

    async fn make_recovery_codes(&self, tx: &Tx, id: UserId) -> Result<Vec<Secret<String>>> {
        let codes: Vec<_> =
            (0..RECOVERY_CODES).map(|_| spelled(&self.ambient().random::<RECOVERY_BYTES>())).collect();
        let hashes: Vec<_> = codes.iter().map(|code| recovery_hash(id, code.expose())).collect();
        recovery_code::replace(tx, id, &hashes).await?;
        Ok(codes)
    }
}

/// Where the secret of somebody's app is at home: it opens nowhere else.
fn place(id: UserId) -> String {
    format!("authenticator {id}")
}

/// Under which name wrong codes are counted: by account, since there are only a million codes.
fn throttled(id: UserId) -> String {
    format!("second factor {id}")
}

/// A code as apps show it, without the space that some put in the middle.
fn digits(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).take(totp::DIGITS + 1).collect()
}

/// Four groups of four letters and digits.
fn spelled(random: &[u8]) -> Secret<String> {
    let text = totp::base32(random);
    let groups: Vec<String> = text
        .expose()
        .to_lowercase()
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    Secret::new(groups.join("-"))
}

/// What is kept of a recovery code: bound to its owner, and the same however its groups were typed.
fn recovery_hash(id: UserId, code: &str) -> [u8; 32] {
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).take(64).map(|c| c.to_ascii_lowercase()).collect();
    Sha256::new()
        .chain_update("forge recovery code\0")
        .chain_update(id.to_bytes())
        .chain_update(plain)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_codes_are_read_as_people_type_them() {
        let id = UserId::new(1, [1; 10]);
        let code = spelled(&[7; RECOVERY_BYTES]);
        assert_eq!(code.expose().len(), 19, "sixteen characters in four groups");
        let hash = recovery_hash(id, code.expose());
        assert_eq!(recovery_hash(id, &code.expose().to_uppercase().replace('-', " ")), hash);
        assert_ne!(recovery_hash(UserId::new(2, [1; 10]), code.expose()), hash, "somebody else's");
        assert_eq!(digits(" 123 456\n"), "123456");
    }
}
