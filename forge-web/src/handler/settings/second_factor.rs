//! The second factor: what is set up, and its recovery codes.

use forge_app::{Enrolled, MeAccess, Recent};
use forge_core::Secret;
use serde::Deserialize;

use crate::csrf;
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::account::remember;
use crate::notice::Notice;
use crate::page::settings::{Authenticator, RecoveryCodes, SecondFactor};
use crate::url;
use crate::view::{FormErrors, PageContext, QrCode, When};

pub(in crate::handler) async fn show_second_factor(ctx: Ctx, MeRecently(me): MeRecently) -> Answer {
    page(&overview(&ctx, &me, FormErrors::none()).await?)
}

/// What the buttons do.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::handler) enum Action {
    BeginApp,
    RemoveApp,
    NewCodes,
}

/// What the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct SecondFactorForm {
    action: Action,
}

pub(in crate::handler) async fn change_second_factor(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(form): Form<SecondFactorForm>,
) -> Answer {
    let done = match form.action {
        Action::BeginApp => ctx.app().begin_authenticator(&me, &ctx.origin).await,
        Action::RemoveApp => ctx.app().remove_authenticator(&me, &ctx.origin).await,
        Action::NewCodes => match ctx.app().new_recovery_codes(&me, &ctx.origin).await {
            Ok(codes) => return show_codes(ctx.frame(), &codes),
            Err(error) => Err(error),
        },
    };
    match (done, form.action) {
        (Ok(()), Action::BeginApp) => see_other(url::SETTINGS_AUTHENTICATOR),
        (Ok(()), _) => ctx.done(url::SETTINGS_SECOND_FACTOR, Notice::AppRemoved),
        (Err(error), _) => again(&overview(&ctx, &me, wrong(error, &[])?).await?),
    }
}

pub(in crate::handler) async fn show_authenticator(ctx: Ctx, MeRecently(me): MeRecently) -> Answer {
    match authenticator(&ctx, &me, FormErrors::none()).await? {
        Some(view) => page(&view),
        None => see_other(url::SETTINGS_SECOND_FACTOR),
    }
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct AuthenticatorForm {
    code: String,
}

pub(in crate::handler) async fn confirm_authenticator(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(form): Form<AuthenticatorForm>,
) -> Answer {
    match ctx.app().confirm_authenticator(&me, &ctx.origin, &form.code).await {
        Ok(enrolled) => enrolled_page(&ctx, &enrolled),
        Err(forge_app::Error::NotFound) => see_other(url::SETTINGS_SECOND_FACTOR),
        Err(error) => match authenticator(&ctx, &me, wrong(error, &[])?).await? {
            Some(view) => again(&view),
            None => see_other(url::SETTINGS_SECOND_FACTOR),
        },
    }
}

/// After a new factor: the recovery codes, if there are new ones, and the new cookie.
pub(super) fn enrolled_page(ctx: &Ctx, enrolled: &Enrolled) -> Answer {
    let mut frame = ctx.frame();
    if let Some(secret) = &enrolled.session {
        // The forms of the page are sent with the new cookie.
        frame.csrf = csrf::token(secret, ctx.app().ambient().random());
    }
    let mut response = if enrolled.codes.is_empty() {
        see_other(url::SETTINGS_SECOND_FACTOR)?
    } else {
        show_codes(frame, &enrolled.codes)?
    };
    if let Some(secret) = &enrolled.session {
        remember(ctx, &mut response, secret);
    }
    Ok(response)
}

fn show_codes(frame: PageContext, codes: &[Secret<String>]) -> Answer {
    let codes = codes.iter().map(|code| code.expose().clone()).collect();
    page(&RecoveryCodes { page: frame, codes })
}

async fn authenticator(
    ctx: &Ctx,
    me: &MeAccess<Recent>,
    errors: FormErrors,
) -> Result<Option<Authenticator>, Failure> {
    let Some(secret) = ctx.app().authenticator_to_confirm(me).await? else { return Ok(None) };
    let picture = QrCode::of(secret.uri.expose()).map_err(Failure::internal)?;
    let groups: Vec<&str> = secret
        .text
        .expose()
        .as_bytes()
        .chunks(4)
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    Ok(Some(Authenticator { page: ctx.frame(), errors, picture, secret: groups.join(" ") }))
}

async fn overview(ctx: &Ctx, me: &MeAccess<Recent>, errors: FormErrors) -> Result<SecondFactor, Failure> {
    let found = ctx.app().second_factor(me).await?;
    Ok(SecondFactor {
        page: ctx.frame(),
        errors,
        is_set_up: found.is_set_up(),
        app_since: found.app_since.map(When::on),
        recovery_codes: found.recovery_codes,
        is_demanded: found.is_demanded,
    })
}
