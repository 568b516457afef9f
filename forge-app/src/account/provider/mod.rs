//! Signing in through another site that vouches for people (`OpenID` Connect), and joining such a site to an account.
//!
//! The way there and back is one *ceremony*, kept here under a secret that only the browser which began it holds, and
//! used up by the first return. A person is known by issuer and subject, and by nothing else: an e-mail address joins
//! nothing, since anybody may claim one.

mod jwt;
mod linked;
mod options;
mod site;

pub use linked::Linked;
pub use options::{ClaimMap, ClientProof, Mapped, Provider};
pub(crate) use site::Sites;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use forge_core::{AccountState, Actor, Email, Factor, Secret};
use forge_store::ceremony::{self, Ceremony};
use forge_store::identity;
use forge_store::{invitation, user};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

use self::site::{Expected, issuer, seconds};
use crate::access::SiteAccess;
use crate::account::sign_in::{Proved, SignInStep};
use crate::account::sign_up::Beginning;
use crate::ambient::hash_secret;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

const PURPOSE: &str = "oidc";
/// How long somebody may take at the other site.
const MINUTES: i64 = 15;

/// What somebody goes to the other site for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Errand {
    /// To sign in, and go on to a page.
    SignIn(String),
    /// To join it to the account they are signed in to.
    Link,
    /// To say again who they are, and go on to a page.
    Confirm(String),
    /// To make an account with the invitation of a link.
    Invitation(String),
    /// To see what it says, as an administrator.
    Test,
}

/// What must come back.
#[derive(Serialize, Deserialize)]
struct Begun {
    provider: String,
    nonce: String,
    verifier: String,
    errand: Errand,
}

/// What the browser came back with.
#[derive(Debug, Clone, Default)]
pub struct Return {
    /// Which ceremony it is.
    pub state: String,
    /// What the site's claims can be had for.
    pub code: String,
    /// Which site it was.
    pub issuer: Option<String>,
    /// What the site says went wrong.
    pub error: Option<String>,
}

/// What came of it.
#[derive(Debug)]
pub enum Returned {
    /// Somebody signs in.
    SignIn(SignInStep, String),
    /// The site is joined to the account.
    Linked,
    /// Somebody makes an account, and goes on with this secret.
    SignUp(Secret<String>),
    /// Somebody has said again who they are: the new value of their session cookie, and the page to go on to.
    Confirmed(Secret<String>, String),
    /// What the site says, as it came and as it is understood here.
    Claims(Value, Mapped, bool),
}

/// Somebody whom a site vouches for.
struct Vouched<'a> {
    subject: &'a str,
    factor: Factor,
    asked_at: OffsetDateTime,
}

impl App {
    /// The sites that vouch for people, in the order of the settings.
    pub fn providers(&self) -> &[Provider] {
        &self.sign_in_options().providers
    }

    fn provider(&self, name: &str) -> Result<&Provider> {
        self.providers().iter().find(|provider| provider.name == name).ok_or(Error::NotFound)
    }

    /// Begins the way to another site; says the address to go to. `actor` is whoever is signed in already.
    pub async fn go_to_provider(
        &self,
        actor: &Actor,
        browser: &Secret<String>,
        name: &str,
        errand: Errand,
    ) -> Result<String> {
        let provider = self.provider(name)?;
        let user = match errand {
            Errand::SignIn(_) => None,
            Errand::Invitation(ref secret) => {
                let _works = self.open_invitation(secret).await?;
                None
            }
            Errand::Confirm(_) => Some(self.authorize_me(actor)?.person().id),
            Errand::Link => Some(self.authorize_me_recently(actor).await?.person().id),
            Errand::Test => {
                let _access: SiteAccess = self.authorize_site(actor)?;
                actor.person().map(|person| person.id)
            }
        };
        let site =
            self.sites().description(provider).await.map_err(|error| unreachable_site(provider, &error))?;
        let random = || URL_SAFE_NO_PAD.encode(self.ambient().random::<32>());
        let (state, nonce, verifier) = (random(), random(), random());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut address = site.authorization_endpoint;
        let scope = format!("openid {}", provider.scopes.join(" "));
        address.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", provider.client_id.as_str()),
            ("redirect_uri", self.redirect(provider).as_str()),
            ("scope", scope.trim()),
            ("state", state.as_str()),
            ("nonce", nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        if !provider.acr_values.is_empty() {
            address.query_pairs_mut().append_pair("acr_values", &provider.acr_values);
        }
        // Whoever signs in may be known there already. What joins an account, or proves somebody anew, asks for more: the
        // browser may be a shared one. A site that is given an age must say when it last asked.
        if matches!(errand, Errand::Link | Errand::Confirm(_) | Errand::Invitation(_)) {
            address.query_pairs_mut().append_pair("prompt", "login").append_pair("max_age", "0");
        }
        let errand = match errand {
            // The link itself is kept nowhere.
            Errand::Invitation(secret) => {
                Errand::Invitation(self.open_invitation(&secret).await?.invitation.id.to_string())
            }
            other => other,
        };
        let begun = Begun { provider: provider.name.clone(), nonce, verifier, errand };
        let now = self.ambient().now();
        let ceremony = Ceremony {
            purpose: PURPOSE.to_owned(),
            user,
            state: serde_json::to_string(&begun).map_err(Error::internal)?,
            expires_at: now + Duration::minutes(MINUTES),
        };
        let tx = self.store().begin().await?;
        ceremony::delete_expired(&tx, now).await?;
        ceremony::begin(&tx, &kept(browser, &state), &ceremony).await?;
        tx.commit().await?;
        Ok(address.into())
    }

    /// Ends the way back. Whatever is wrong, nobody is let in, and the person learns only that it did not work; the log
    /// knows why.
    pub async fn come_back(
        &self,
        actor: &Actor,
        origin: &Origin,
        browser: &Secret<String>,
        name: &str,
        back: &Return,
        user_agent: &str,
    ) -> Result<Returned> {
        let provider = self.provider(name)?;
        let Some((begun, user)) = self.take_begun(browser, &back.state).await? else {
            return self
                .refuse(origin, provider, "nothing was begun in this browser, or it came back before")
                .await;
        };
        if begun.provider != provider.name {
            return self.refuse(origin, provider, "another site was asked").await;
        }
        let claims = match self.claims_of(provider, &begun, back).await {
            Ok(claims) => claims,
            Err(reason) => return self.refuse(origin, provider, &reason).await,
        };
        let acr = claims.get("acr").and_then(Value::as_str).unwrap_or_default();
        let is_strong = provider.strong_acr.iter().any(|strong| strong == acr);
        if begun.errand == Errand::Test {
            let _access: SiteAccess = self.authorize_site(actor)?;
            let mapped = provider.claims.map(&claims);
            return Ok(Returned::Claims(claims, mapped, is_strong));
        }
        if !provider.accepted_acr.is_empty() && !provider.accepted_acr.iter().any(|accepted| accepted == acr)
        {
            return self
                .refuse(origin, provider, &format!("the way of signing in there, {acr:?}, is not accepted"))
                .await;
        }
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        let factor = if is_strong { Factor::StrongProvider } else { Factor::Provider };
        let now = self.ambient().now();
        match begun.errand {
            Errand::Link => {
                let me = self.authorize_me_recently(actor).await?;
                if user != Some(me.person().id) {
                    return self.refuse(origin, provider, "somebody else is signed in than began it").await;
                }
                self.link(&me, origin, provider, subject).await
            }
            Errand::Confirm(then) => {
                let me = self.authorize_me(actor)?;
                if user != Some(me.person().id) {
                    return self.refuse(origin, provider, "somebody else is signed in than began it").await;
                }
                if asked_at(&claims, now) < now - Duration::minutes(MINUTES) {
                    return self.refuse(origin, provider, "the site did not ask anew who it is").await;
                }
                let tx = self.store().begin().await?;
                let found = identity::by_subject(&tx, issuer(provider), subject).await?;
                if found.is_none_or(|found| found.user != me.person().id) {
                    drop(tx);
                    return self.refuse(origin, provider, "it is not joined to the account").await;
                }
                let secret = self.confirmed(tx, &me, origin, factor).await?;
                Ok(Returned::Confirmed(secret, then))
            }
            Errand::Invitation(id) => {
                let tx = self.store().begin().await?;
                if identity::by_subject(&tx, issuer(provider), subject).await?.is_some() {
                    let text =
                        "This sign-in is joined to an account already. Sign in, and open the link again.";
                    return Err(Error::invalid("", text));
                }
                let found = invitation::by_id(&tx, id.parse().map_err(Error::internal)?).await?;
                let open = self.still_open(&tx, found.ok_or(Error::NotFound)?).await?;
                drop(tx);
                let email = open.invitation.email.map(|email| email.as_str().to_owned());
                let begun =
                    Beginning { invitation: Some(id), email, ..beginning(provider, subject, &claims) };
                Ok(Returned::SignUp(self.begin_sign_up(browser, &begun).await?))
            }
            Errand::SignIn(then) => {
                if let Some(begun) = self.new_by_ods(provider, subject, &claims).await? {
                    return Ok(Returned::SignUp(self.begin_sign_up(browser, &begun).await?));
                }
                let vouched = Vouched { subject, factor, asked_at: asked_at(&claims, now) };
                let step = self.sign_in_by(origin, provider, &vouched, user_agent).await?;
                Ok(Returned::SignIn(step, then))
            }
            Errand::Test => Err(Error::NotFound),
        }
    }

    async fn claims_of(
        &self,
        provider: &Provider,
        begun: &Begun,
        back: &Return,
    ) -> std::result::Result<Value, String> {
        if let Some(error) = &back.error {
            let said: String = error.chars().filter(char::is_ascii_graphic).take(60).collect();
            return Err(format!("the site says {said}"));
        }
        let site = self.sites().description(provider).await?;
        match &back.issuer {
            Some(said) if said != issuer(provider) && said != provider.issuer.as_str() => {
                return Err("another issuer answered".to_owned());
            }
            None if site.authorization_response_iss_parameter_supported => {
                return Err("the answer names no issuer, which this site always does".to_owned());
            }
            _ => {}
        }
        let redirect = self.redirect(provider);
        let expected = Expected { nonce: &begun.nonce, verifier: &begun.verifier, redirect: &redirect };
        self.sites().claims(provider, self.ambient(), &back.code, &expected).await
    }

    /// What entitles somebody new to an account because of whom they work for.
    async fn new_by_ods(
        &self,
        provider: &Provider,
        subject: &str,
        claims: &Value,
    ) -> Result<Option<Beginning>> {
        let begun = beginning(provider, subject, claims);
        if !self.may_sign_up_by_ods(&begun.ods_codes).await? {
            return Ok(None);
        }
        let rows = self.store().read().await?;
        let known = identity::by_subject(&rows, issuer(provider), subject).await?;
        Ok(known.is_none().then_some(begun))
    }

    async fn sign_in_by(
        &self,
        origin: &Origin,
        provider: &Provider,
        vouched: &Vouched<'_>,
        user_agent: &str,
    ) -> Result<SignInStep> {
        let tx = self.store().begin().await?;
        let found = identity::by_subject(&tx, issuer(provider), vouched.subject).await?;
        let account = match &found {
            Some(found) => user::by_id(&tx, found.user).await?,
            None => None,
        };
        let Some(account) = account.filter(|account| account.state == AccountState::Active) else {
            drop(tx);
            let text = format!(
                "No account here is joined to this sign-in of {}. If you have an account, sign in to it and join it in your \
                 settings. Otherwise ask an administrator for one.",
                provider.label
            );
            self.record_refusal(origin, provider, "no account is joined").await?;
            return Err(Error::invalid("", text));
        };
        identity::used(&tx, issuer(provider), vouched.subject, self.ambient().now()).await?;
        tx.commit().await?;
        let proved = Proved { factors: vouched.factor.into(), at: vouched.asked_at };
        self.after_first_factor(origin, account, proved, user_agent).await
    }

    async fn take_begun(
        &self,
        browser: &Secret<String>,
        state: &str,
    ) -> Result<Option<(Begun, Option<forge_core::UserId>)>> {
        let tx = self.store().begin().await?;
        let taken = ceremony::take(&tx, &kept(browser, state), PURPOSE, self.ambient().now()).await?;
        tx.commit().await?;
        let Some(taken) = taken else { return Ok(None) };
        let begun = serde_json::from_str(&taken.state).map_err(Error::internal)?;
        Ok(Some((begun, taken.user)))
    }

    /// Where sites send people back to.
    fn redirect(&self, provider: &Provider) -> String {
        self.page_url(&format!("/sign-in/with/{}/back", provider.name))
    }

    async fn refuse<T>(&self, origin: &Origin, provider: &Provider, reason: &str) -> Result<T> {
        self.record_refusal(origin, provider, reason).await?;
        Err(Error::invalid(
            "",
            format!("Signing in with {} did not work. Try again, or use another way.", provider.label),
        ))
    }

    async fn record_refusal(&self, origin: &Origin, provider: &Provider, reason: &str) -> Result<()> {
        tracing::info!(provider = provider.name, reason, "a sign-in through another site was refused");
        let subject = Subject::new(&provider.name, "unknown");
        let detail = json!({ "provider": provider.name, "reason": reason });
        let tx = self.store().begin().await?;
        record(&tx, self.ambient(), &Actor::Nobody, origin, "session.refuse", subject, detail).await?;
        Ok(tx.commit().await?)
    }
}

/// What a site says of somebody new. Its address for them counts only if it has checked it. ODS codes count only where they
/// entitle somebody.
fn beginning(provider: &Provider, subject: &str, claims: &Value) -> Beginning {
    let mapped = provider.claims.map(claims);
    let is_checked = claims.get("email_verified").and_then(Value::as_bool).unwrap_or_default();
    let email = mapped.email.filter(|email| Email::new(email).is_ok());
    Beginning {
        email: email.clone().filter(|_| is_checked),
        invitation: None,
        identity: Some((issuer(provider).to_owned(), subject.to_owned())),
        ods_codes: mapped.ods_codes,
        username: mapped.username.unwrap_or_default(),
        name: mapped.name.unwrap_or_default(),
        suggested_email: email.unwrap_or_default(),
    }
}

fn unreachable_site(provider: &Provider, error: &str) -> Error {
    tracing::warn!(provider = provider.name, error, "a site that vouches for people cannot be used");
    Error::Unavailable(format!(
        "{} cannot be reached just now. Try again later, or use another way.",
        provider.label
    ))
}

/// When the site last asked who it is; long ago if it does not say, so that dangerous settings ask again.
fn asked_at(claims: &Value, now: OffsetDateTime) -> OffsetDateTime {
    let said = seconds(claims, "auth_time").and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
    said.unwrap_or(now - Duration::days(1)).min(now)
}

/// Under what a ceremony of this browser is kept.
fn kept(browser: &Secret<String>, state: &str) -> [u8; 32] {
    hash_secret(&format!("{PURPOSE}\0{}\0{state}", browser.expose()))
}
