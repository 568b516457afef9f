//! The page behind the one-time link, which makes the first administrator.

use forge_app::NewUser;
use forge_core::{Email, Secret, Username};
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::page::account::Setup;
use crate::url;
use crate::view::FormErrors;

pub(in crate::handler) async fn show_setup(ctx: Ctx, uri: Uri) -> Answer {
    let secret = open_link(&ctx, &uri).await?;
    page(&view(&ctx, &secret, FormErrors::none(), &SetupForm::default()))
}

/// What the form has.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct SetupForm {
    username: String,
    name: String,
    email: String,
    password: String,
}

pub(in crate::handler) async fn submit_setup(ctx: Ctx, uri: Uri, Form(form): Form<SetupForm>) -> Answer {
    let secret = open_link(&ctx, &uri).await?;
    let mut errors = FormErrors::none();
    let name = parsed(&mut errors, "username", Username::new(form.username.trim()));
    let email = parsed(&mut errors, "email", Email::new(&form.email));
    let (Some(name), Some(email)) = (name, email) else { return again(&view(&ctx, &secret, errors, &form)) };
    let password = Secret::new(form.password.clone());
    let new = NewUser { name, display_name: form.name.clone(), email, password, is_admin: true };
    match ctx.app().set_up(&ctx.origin, &secret, new).await {
        Ok(_) => ctx.done(url::SIGN_IN, Notice::SetUp),
        Err(error) => {
            let errors = wrong(error, &[("name", "username"), ("display_name", "name")])?;
            again(&view(&ctx, &secret, errors, &form))
        }
    }
}

/// The secret of the address, if it still works. Otherwise there is nothing here.
async fn open_link(ctx: &Ctx, uri: &Uri) -> Result<String, Failure> {
    let secret = Address::of(uri).segment(1).ok_or_else(Failure::not_found)?;
    if ctx.app().setup_is_open(&secret).await? { Ok(secret) } else { Err(Failure::not_found()) }
}

fn view(ctx: &Ctx, secret: &str, errors: FormErrors, form: &SetupForm) -> Setup {
    Setup {
        page: ctx.frame(),
        action: url::setup(secret),
        errors,
        username: form.username.clone(),
        name: form.name.clone(),
        email: form.email.clone(),
    }
}
