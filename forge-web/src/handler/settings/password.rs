//! A new password.

use forge_core::Secret;
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, MeRecently, again, page, wrong};
use crate::form::Form;
use crate::notice::Notice;
use crate::page::settings::Password;
use crate::url;
use crate::view::FormErrors;

pub(in crate::handler) async fn show_password(ctx: Ctx, MeRecently(me): MeRecently) -> Answer {
    page(&view(&ctx, me.person().name.to_string(), FormErrors::none()))
}

/// What the form has. Password managers look for the name, which is not used.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct PasswordForm {
    #[serde(rename = "username")]
    _username: Option<String>,
    current: String,
    new: String,
}

pub(in crate::handler) async fn change_password(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(form): Form<PasswordForm>,
) -> Answer {
    let (old, new) = (Secret::new(form.current), Secret::new(form.new));
    match ctx.app().change_password(&me, &ctx.origin, &old, &new).await {
        Ok(()) => ctx.done(url::SETTINGS_PASSWORD, Notice::PasswordChanged),
        Err(error) => {
            let errors = wrong(error, &[("old_password", "current"), ("password", "new")])?;
            again(&view(&ctx, me.person().name.to_string(), errors))
        }
    }
}

fn view(ctx: &Ctx, username: String, errors: FormErrors) -> Password {
    Password { page: ctx.frame(), errors, username }
}
