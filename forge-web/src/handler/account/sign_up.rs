//! The link of an invitation, and making one's own account.

use forge_app::{Errand, InvitationShown, OwnAccount, Provider, SignUpStep};
use forge_core::{Email, Secret, Username};
use http::Uri;
use serde::Deserialize;

use super::provider::lead_away;
use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::organisation::role_label;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::page::invitation::{Invitation, SignUp};
use crate::url;
use crate::view::{Choice, FormErrors};

pub(in crate::handler) async fn show_invitation(ctx: Ctx, uri: Uri) -> Answer {
    let secret = secret_of(&uri)?;
    let open = ctx.app().open_invitation(&secret).await?;
    page(&invitation_view(&ctx, &secret, open, FormErrors::none()))
}

/// What a button asks for.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Begin,
    Join,
}

/// What the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct InvitationForm {
    action: Action,
    provider: Option<String>,
}

pub(in crate::handler) async fn answer_invitation(
    ctx: Ctx,
    uri: Uri,
    Form(form): Form<InvitationForm>,
) -> Answer {
    let secret = secret_of(&uri)?;
    match (form.action, &form.provider) {
        (Action::Begin, Some(name)) => lead_away(&ctx, name, Errand::Invitation(secret)).await,
        (Action::Begin, None) => {
            let begun = ctx.app().begin_invited(ctx.visitor.form_secret(), &secret).await?;
            see_other(&url::sign_up(begun.expose()))
        }
        (Action::Join, _) => {
            let me = ctx.app().authorize_me(&ctx.visitor.actor)?;
            match ctx.app().accept_invitation(&me, &ctx.origin, &secret).await {
                Ok(org) => ctx.done(&url::owner(&org.name.into()), Notice::InvitationAccepted),
                Err(error) => {
                    let errors = wrong(error, &[])?;
                    let open = ctx.app().open_invitation(&secret).await?;
                    again(&invitation_view(&ctx, &secret, open, errors))
                }
            }
        }
    }
}

fn invitation_view(ctx: &Ctx, secret: &str, open: InvitationShown, errors: FormErrors) -> Invitation {
    let choice = |provider: &Provider| Choice {
        value: provider.name.clone(),
        label: provider.label.clone(),
        ..Choice::default()
    };
    let action = url::invitation(secret);
    Invitation {
        page: ctx.frame(),
        errors,
        place: open
            .organisation
            .as_ref()
            .map_or_else(|| ctx.app().site_name().to_owned(), |org| org.display_name.clone()),
        inviter: open.inviter.map(|user| user.display_name).unwrap_or_default(),
        role: open.invitation.joins.map(|(_, role)| role_label(role).to_lowercase()).unwrap_or_default(),
        email: open.invitation.email.map(|email| email.as_str().to_owned()).unwrap_or_default(),
        username: ctx.visitor.user.as_ref().map(|user| user.name.to_string()).unwrap_or_default(),
        sign_in_url: url::sign_in_then(&action),
        can_join: open.organisation.is_some(),
        providers: ctx.app().providers().iter().map(choice).collect(),
        action,
    }
}

pub(in crate::handler) async fn show_sign_up(ctx: Ctx, uri: Uri) -> Answer {
    let secret = secret_of(&uri)?;
    let step = ctx.app().sign_up_step(ctx.visitor.form_secret(), &secret).await?;
    page(&sign_up_view(&ctx, &secret, step, FormErrors::none()))
}

/// What the two forms have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct SignUpForm {
    email: Option<String>,
    #[serde(default)]
    username: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

pub(in crate::handler) async fn submit_sign_up(ctx: Ctx, uri: Uri, Form(form): Form<SignUpForm>) -> Answer {
    let secret = secret_of(&uri)?;
    let step = ctx.app().sign_up_step(ctx.visitor.form_secret(), &secret).await?;
    if step.email.is_none() {
        return prove(&ctx, &secret, step, form.email.unwrap_or_default()).await;
    }
    let mut errors = FormErrors::none();
    let name = parsed(&mut errors, "username", Username::new(form.username.trim()));
    let step = SignUpStep { username: form.username, name: form.name.clone(), ..step };
    let Some(name) = name else { return again(&sign_up_view(&ctx, &secret, step, errors)) };
    let password = (!form.password.is_empty()).then(|| Secret::new(form.password));
    let own = OwnAccount { name, display_name: form.name, password };
    let made = ctx.app().finish_sign_up(&ctx.origin, ctx.visitor.form_secret(), &secret, &own).await;
    match made {
        Ok(_) => ctx.done(url::SIGN_IN, Notice::AccountMade),
        Err(error) => {
            let errors = wrong(error, &[("name", "username"), ("display_name", "name"), ("email", "")])?;
            again(&sign_up_view(&ctx, &secret, step, errors))
        }
    }
}

/// Asks for the link that proves an address.
async fn prove(ctx: &Ctx, secret: &str, step: SignUpStep, written: String) -> Answer {
    let mut errors = FormErrors::none();
    let email = parsed(&mut errors, "email", Email::new(&written));
    let step = SignUpStep { suggested_email: written, ..step };
    let Some(email) = email else { return again(&sign_up_view(ctx, secret, step, errors)) };
    ctx.app().prove_sign_up_email(&ctx.origin, ctx.visitor.form_secret(), secret, &email).await?;
    page(&SignUp { is_sent: true, ..sign_up_view(ctx, secret, step, errors) })
}

fn sign_up_view(ctx: &Ctx, secret: &str, step: SignUpStep, errors: FormErrors) -> SignUp {
    let is_proven = step.email.is_some();
    SignUp {
        page: ctx.frame(),
        errors,
        action: url::sign_up(secret),
        is_proven,
        is_sent: false,
        email: step.email.map_or(step.suggested_email, |email| email.as_str().to_owned()),
        username: step.username,
        name: step.name,
        has_identity: step.has_identity,
    }
}

/// The secret of the address.
fn secret_of(uri: &Uri) -> Result<String, Failure> {
    Address::of(uri).segment(1).ok_or_else(Failure::not_found)
}
