//! Making one's own account: with an invitation, or because a site vouches that somebody works for an organisation here.
//!
//! What entitles somebody is a *beginning*, kept under a secret that lasts an hour. An account is made only once its
//! e-mail address is proven: the invitation was for it, the site says that it checked it, or a link was sent there. A
//! beginning that holds another site's word for somebody is bound to the browser that came with it: whoever else opens
//! the mailed link would otherwise make an account that a stranger can sign in to.

use forge_core::{Actor, Email, InvitationId, OdsCode, OrgRole, Secret, User, Username};
use forge_store::ceremony::{self, Ceremony};
use forge_store::identity::{self, Identity};
use forge_store::{Tx, invitation, organisation, user};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::Duration;

use crate::account::create::NewUser;
use crate::account::password::check_password;
use crate::account::sign_in_options::SignUp;
use crate::ambient::hash_secret;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::mail::{AlreadyHere, FinishSignUp};

const PURPOSE: &str = "sign-up";
/// How long a beginning lasts.
const MINUTES: i64 = 60;
/// Organisations that one sign-up joins.
const MAX_ORGANISATIONS: usize = 20;

/// What entitles somebody to an account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Beginning {
    /// Their address, once it is proven.
    pub(crate) email: Option<String>,
    /// Their invitation.
    pub(crate) invitation: Option<String>,
    /// Who another site says they are: issuer and subject.
    pub(crate) identity: Option<(String, String)>,
    /// ODS codes of organisations that the site says they work for.
    pub(crate) ods_codes: Vec<String>,
    /// What the site says, to begin with.
    pub(crate) username: String,
    pub(crate) name: String,
    pub(crate) suggested_email: String,
}

/// What is known of somebody who makes an account.
#[derive(Debug, Clone)]
pub struct SignUpStep {
    /// Their address, once it is proven; before that only asking for a link is possible.
    pub email: Option<Email>,
    /// An address to begin with.
    pub suggested_email: String,
    /// A name to sign in as, to begin with.
    pub username: String,
    /// What they are called, to begin with.
    pub name: String,
    /// Whether another site will sign them in, so that they need no password.
    pub has_identity: bool,
}

/// What somebody enters for their own account.
#[derive(Debug, Clone)]
pub struct OwnAccount {
    /// What they sign in as.
    pub name: Username,
    /// What they are called; empty for the same.
    pub display_name: String,
    /// Their password; none if another site signs them in.
    pub password: Option<Secret<String>>,
}

impl App {
    /// Begins an account with an invitation; says the secret of the beginning.
    pub async fn begin_invited(&self, browser: &Secret<String>, secret: &str) -> Result<Secret<String>> {
        let open = self.open_invitation(secret).await?;
        let begun = Beginning {
            email: open.invitation.email.as_ref().map(|email| email.as_str().to_owned()),
            invitation: Some(open.invitation.id.to_string()),
            ..Beginning::default()
        };
        self.begin_sign_up(browser, &begun).await
    }

    /// Keeps a beginning for this browser.
    pub(crate) async fn begin_sign_up(
        &self,
        browser: &Secret<String>,
        begun: &Beginning,
    ) -> Result<Secret<String>> {
        let tx = self.store().begin().await?;
        ceremony::delete_expired(&tx, self.ambient().now()).await?;
        let secret = self.keep_beginning(&tx, Some(browser), begun).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Whether the ODS codes that a site told make somebody a member of an organisation here.
    pub(crate) async fn may_sign_up_by_ods(&self, codes: &[String]) -> Result<bool> {
        if self.sign_in_options().sign_up != SignUp::Ods {
            return Ok(false);
        }
        let rows = self.store().read().await?;
        for code in codes.iter().filter_map(|code| OdsCode::new(code).ok()) {
            if organisation::by_ods_code(&rows, &code).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What is known of somebody who makes an account, if the secret still works in this browser.
    pub async fn sign_up_step(&self, browser: &Secret<String>, secret: &str) -> Result<SignUpStep> {
        let tx = self.store().begin().await?;
        // Dropping the transaction puts the beginning back.
        let begun = self.take_beginning(&tx, browser, secret).await?;
        Ok(SignUpStep {
            email: begun.email.as_deref().map(Email::new).transpose().map_err(Error::internal)?,
            suggested_email: begun.suggested_email,
            username: begun.username,
            name: begun.name,
            has_identity: begun.identity.is_some(),
        })
    }

    /// Sends a link that proves an address. The answer is the same if somebody has an account with it: they are told there.
    pub async fn prove_sign_up_email(
        &self,
        origin: &Origin,
        browser: &Secret<String>,
        secret: &str,
        email: &Email,
    ) -> Result<()> {
        self.count_request(&format!("sign up {}", email.key()), origin).await?;
        let tx = self.store().begin().await?;
        let begun = self.take_beginning(&tx, browser, secret).await?;
        drop(tx);
        if begun.email.is_some() {
            return Err(Error::NotFound);
        }
        let bound = begun.identity.is_some().then_some(browser);
        let proven = Beginning { email: Some(email.as_str().to_owned()), ..begun };
        let tx = self.store().begin().await?;
        if let Some(account) = user::by_email(&tx, email).await? {
            let mail = AlreadyHere { name: &account.display_name, url: &self.page_url("/sign-in") };
            self.post(&tx, &account.email, "you have an account already", &mail).await?;
        } else {
            let secret = self.keep_beginning(&tx, bound, &proven).await?;
            let url = self.page_url(&format!("/sign-up/{}", secret.expose()));
            self.post(&tx, email, "finish your account", &FinishSignUp { url: &url }).await?;
        }
        let subject = Subject::new(&"", "unknown");
        let detail =
            json!({ "invitation": proven.invitation, "issuer": proven.identity.map(|(issuer, _)| issuer) });
        record(&tx, self.ambient(), &Actor::Nobody, origin, "account.request_sign_up", subject, detail)
            .await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }

    /// Makes the account: with its invitation, its site and its organisations, in one transaction.
    pub async fn finish_sign_up(
        &self,
        origin: &Origin,
        browser: &Secret<String>,
        secret: &str,
        own: &OwnAccount,
    ) -> Result<User> {
        let step = self.sign_up_step(browser, secret).await?;
        let email = step.email.ok_or(Error::NotFound)?;
        let hash = match &own.password {
            Some(password) => {
                check_password(password, &own.name, &email)?;
                self.passwords().hash(self.ambient(), password).await?
            }
            None if step.has_identity => String::new(),
            None => return Err(Error::invalid("password", "Enter a password.")),
        };
        let new = NewUser {
            name: own.name.clone(),
            display_name: own.display_name.clone(),
            email,
            password: Secret::new(String::new()),
            is_admin: false,
        };
        let tx = self.store().begin().await?;
        let begun = self.take_beginning(&tx, browser, secret).await?;
        let created = self.insert_user(&tx, &Actor::Nobody, origin, &new, &hash).await?;
        if let Some(id) = &begun.invitation {
            let id: InvitationId = id.parse().map_err(Error::internal)?;
            let found = invitation::by_id(&tx, id).await?.ok_or(Error::NotFound)?;
            let open = self.still_open(&tx, found).await?;
            self.use_invitation(&tx, &Actor::Nobody, origin, &open.invitation, &created).await?;
        }
        if let Some((issuer, subject)) = &begun.identity {
            self.join_identity(&tx, origin, &created, issuer, subject).await?;
        }
        if self.sign_in_options().sign_up == SignUp::Ods {
            self.join_by_ods(&tx, origin, &created, &begun.ods_codes).await?;
        }
        tx.commit().await?;
        Ok(created)
    }

    async fn join_identity(
        &self,
        tx: &Tx,
        origin: &Origin,
        created: &User,
        issuer: &str,
        subject: &str,
    ) -> Result<()> {
        if identity::by_subject(tx, issuer, subject).await?.is_some() {
            return Err(Error::Conflict(
                "This sign-in is joined to an account already. Sign in with it.".to_owned(),
            ));
        }
        let new = Identity {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            user: created.id,
            created_at: self.ambient().now(),
            last_used_at: None,
        };
        identity::insert(tx, &new).await?;
        let about = Subject::new(&created.id, created.name.as_str());
        record(
            tx,
            self.ambient(),
            &Actor::Nobody,
            origin,
            "identity.link",
            about,
            json!({ "issuer": issuer }),
        )
        .await
    }

    /// Makes somebody a reader of the organisations that a site says they work for.
    async fn join_by_ods(&self, tx: &Tx, origin: &Origin, created: &User, codes: &[String]) -> Result<()> {
        let codes = codes.iter().filter_map(|code| OdsCode::new(code).ok()).take(MAX_ORGANISATIONS);
        for code in codes {
            let Some(org) = organisation::by_ods_code(tx, &code).await? else { continue };
            if organisation::role(tx, org.id, created.id).await?.is_none() {
                self.join(tx, &Actor::Nobody, origin, org.id, OrgRole::Reader, created).await?;
            }
        }
        Ok(())
    }

    async fn keep_beginning(
        &self,
        tx: &Tx,
        browser: Option<&Secret<String>>,
        begun: &Beginning,
    ) -> Result<Secret<String>> {
        let (random, _) = self.ambient().secret();
        // The first letter says whether the browser counts.
        let secret = format!("{}{}", if browser.is_some() { 'b' } else { 'm' }, random.expose());
        let kept_one = Ceremony {
            purpose: PURPOSE.to_owned(),
            user: None,
            state: serde_json::to_string(begun).map_err(Error::internal)?,
            expires_at: self.ambient().now() + Duration::minutes(MINUTES),
        };
        ceremony::begin(tx, &kept(browser, &secret), &kept_one).await?;
        Ok(Secret::new(secret))
    }

    async fn take_beginning(&self, tx: &Tx, browser: &Secret<String>, secret: &str) -> Result<Beginning> {
        let browser = secret.starts_with('b').then_some(browser);
        let taken = ceremony::take(tx, &kept(browser, secret), PURPOSE, self.ambient().now()).await?;
        let taken = taken.ok_or(Error::NotFound)?;
        if self.sign_in_options().sign_up == SignUp::Closed {
            return Err(Error::NotFound);
        }
        serde_json::from_str(&taken.state).map_err(Error::internal)
    }
}

/// Under what a beginning is kept.
fn kept(browser: Option<&Secret<String>>, secret: &str) -> [u8; 32] {
    let browser = browser.map_or("", |browser| browser.expose().as_str());
    hash_secret(&format!("{PURPOSE}\0{browser}\0{secret}"))
}
