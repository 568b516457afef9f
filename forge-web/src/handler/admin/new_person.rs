//! Making an account for somebody.

use forge_app::NewUser;
use forge_core::{Email, Secret, Username};
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, Site, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::page::admin::NewPerson;
use crate::url;
use crate::view::FormErrors;

pub(in crate::handler) async fn new_person(ctx: Ctx, Site(_access): Site) -> Answer {
    page(&view(&ctx, FormErrors::none(), &PersonForm::default()))
}

/// What the form has.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct PersonForm {
    username: String,
    name: String,
    email: String,
    password: String,
    #[serde(default)]
    is_admin: bool,
}

pub(in crate::handler) async fn create_person(
    ctx: Ctx,
    Site(access): Site,
    Form(form): Form<PersonForm>,
) -> Answer {
    let mut errors = FormErrors::none();
    let name = parsed(&mut errors, "username", Username::new(form.username.trim()));
    let email = parsed(&mut errors, "email", Email::new(&form.email));
    let (Some(name), Some(email)) = (name, email) else { return again(&view(&ctx, errors, &form)) };
    let password = Secret::new(form.password.clone());
    let new = NewUser { name, display_name: form.name.clone(), email, password, is_admin: form.is_admin };
    match ctx.app().create_user(&access, &ctx.origin, &new).await {
        Ok(_) => ctx.done(url::ADMIN_PEOPLE, Notice::PersonMade),
        Err(error) => {
            again(&view(&ctx, wrong(error, &[("name", "username"), ("display_name", "name")])?, &form))
        }
    }
}

fn view(ctx: &Ctx, errors: FormErrors, form: &PersonForm) -> NewPerson {
    NewPerson {
        page: ctx.frame(),
        errors,
        username: form.username.clone(),
        name: form.name.clone(),
        email: form.email.clone(),
        is_admin: form.is_admin,
    }
}
