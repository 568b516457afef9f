//! Passkeys of the person who is signed in.

use forge_app::{MeAccess, Recent};
use forge_core::{Passkey, PasskeyId};
use serde::Deserialize;
use time::OffsetDateTime;

use super::second_factor::enrolled_page;
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, again, page, wrong};
use crate::form::Form;
use crate::handler::account::json;
use crate::notice::Notice;
use crate::page::settings::{PasskeyRow, Passkeys};
use crate::url;
use crate::view::{FormErrors, When};

pub(in crate::handler) async fn show_passkeys(ctx: Ctx, MeRecently(me): MeRecently) -> Answer {
    page(&view(&ctx, &me, FormErrors::none(), String::new()).await?)
}

/// The script has only the form's token to send.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct BeginForm {}

pub(in crate::handler) async fn begin_passkey(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(BeginForm {}): Form<BeginForm>,
) -> Answer {
    Ok(json(ctx.app().begin_passkey(&me, ctx.visitor.form_secret()).await?))
}

/// What the forms have: a new passkey with its name, or one to remove.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct PasskeysForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    answer: String,
    remove: Option<String>,
}

pub(in crate::handler) async fn change_passkeys(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(form): Form<PasskeysForm>,
) -> Answer {
    if let Some(id) = &form.remove {
        let id: PasskeyId = id.parse().map_err(|_| Failure::not_found())?;
        return match ctx.app().remove_passkey(&me, &ctx.origin, id).await {
            Ok(()) => ctx.done(url::SETTINGS_PASSKEYS, Notice::PasskeyRemoved),
            Err(error) => again(&view(&ctx, &me, wrong(error, &[])?, String::new()).await?),
        };
    }
    let secret = ctx.visitor.form_secret();
    match ctx.app().add_passkey(&me, &ctx.origin, secret, &form.name, &form.answer).await {
        Ok(enrolled) => enrolled_page(&ctx, &enrolled),
        Err(error) => again(&view(&ctx, &me, wrong(error, &[])?, form.name).await?),
    }
}

async fn view(
    ctx: &Ctx,
    me: &MeAccess<Recent>,
    errors: FormErrors,
    name: String,
) -> Result<Passkeys, Failure> {
    let (found, now) = (ctx.app().second_factor(me).await?, ctx.now());
    let passkeys = found.passkeys.into_iter().map(|passkey| row(passkey, now)).collect();
    Ok(Passkeys { page: ctx.frame(), errors, are_offered: ctx.app().offers_passkeys(), passkeys, name })
}

fn row(passkey: Passkey, now: OffsetDateTime) -> PasskeyRow {
    PasskeyRow {
        id: passkey.id.to_string(),
        name: passkey.name,
        added: When::on(passkey.created_at),
        last_used: passkey.last_used_at.map(|at| When::ago(at, now)),
    }
}
