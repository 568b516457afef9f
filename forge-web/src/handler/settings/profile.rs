//! Name and e-mail address.

use forge_core::User;
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, Me, again, page, see_other, wrong};
use crate::form::Form;
use crate::notice::Notice;
use crate::page::settings::Profile;
use crate::url;
use crate::view::FormErrors;

pub(in crate::handler) async fn show_settings(Me(_me): Me) -> Answer {
    see_other(url::SETTINGS_PROFILE)
}

pub(in crate::handler) async fn show_profile(ctx: Ctx, Me(me): Me) -> Answer {
    let user = ctx.app().my_account(&me).await?;
    let form = ProfileForm { name: user.display_name.clone() };
    page(&view(&ctx, &user, FormErrors::none(), form))
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct ProfileForm {
    name: String,
}

pub(in crate::handler) async fn change_profile(
    ctx: Ctx,
    Me(me): Me,
    Form(form): Form<ProfileForm>,
) -> Answer {
    let user = ctx.app().my_account(&me).await?;
    let profile = forge_app::Profile { display_name: form.name.clone(), bio: user.bio.clone() };
    match ctx.app().update_profile(&me, &ctx.origin, &profile).await {
        Ok(()) => ctx.done(url::SETTINGS_PROFILE, Notice::ProfileSaved),
        Err(error) => again(&view(&ctx, &user, wrong(error, &[("display_name", "name")])?, form)),
    }
}

fn view(ctx: &Ctx, user: &User, errors: FormErrors, form: ProfileForm) -> Profile {
    Profile {
        page: ctx.frame(),
        errors,
        username: user.name.to_string(),
        name: form.name,
        email: user.email.as_str().to_owned(),
    }
}
