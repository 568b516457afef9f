//! Another e-mail address.

use forge_core::Email;
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, MeRecently, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::url;
use crate::view::FormErrors;

pub(in crate::handler) async fn show_email(ctx: Ctx, MeRecently(me): MeRecently) -> Answer {
    let current = ctx.app().my_account(&me).await?.email;
    page(&view(&ctx, &current, FormErrors::none(), String::new()))
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct EmailForm {
    email: String,
}

pub(in crate::handler) async fn change_email(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(form): Form<EmailForm>,
) -> Answer {
    let current = ctx.app().my_account(&me).await?.email;
    let mut errors = FormErrors::none();
    let Some(email) = parsed(&mut errors, "email", Email::new(&form.email)) else {
        return again(&view(&ctx, &current, errors, form.email));
    };
    match ctx.app().request_email_change(&me, &ctx.origin, &email).await {
        Ok(()) => ctx.done(url::SETTINGS_PROFILE, Notice::EmailRequested),
        Err(error) => again(&view(&ctx, &current, wrong(error, &[])?, form.email)),
    }
}

fn view(ctx: &Ctx, current: &Email, errors: FormErrors, email: String) -> crate::page::settings::Email {
    crate::page::settings::Email { page: ctx.frame(), errors, current: current.as_str().to_owned(), email }
}
