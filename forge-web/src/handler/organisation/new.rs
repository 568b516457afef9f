//! Making an organisation.

use forge_core::{OdsCode, OrgName};
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, Me, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::page::organisation::NewOrganisation;
use crate::url;
use crate::view::FormErrors;

pub(in crate::handler) async fn new_organisation(ctx: Ctx, Me(_me): Me) -> Answer {
    page(&view(&ctx, FormErrors::none(), OrganisationForm::default()))
}

/// What the form has.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct OrganisationForm {
    display_name: String,
    name: String,
    description: String,
    #[serde(default)]
    ods_code: String,
}

pub(in crate::handler) async fn create_organisation(
    ctx: Ctx,
    Me(me): Me,
    Form(form): Form<OrganisationForm>,
) -> Answer {
    let mut errors = FormErrors::none();
    let name = parsed(&mut errors, "name", OrgName::new(form.name.trim()));
    let code = match form.ods_code.trim() {
        "" => None,
        text => parsed(&mut errors, "ods_code", OdsCode::new(text)),
    };
    let Some(name) = name.filter(|_| errors.is_empty()) else { return again(&view(&ctx, errors, form)) };
    let new = forge_app::NewOrganisation {
        name,
        display_name: form.display_name.clone(),
        description: form.description.clone(),
        ods_code: code,
    };
    match ctx.app().create_organisation(&me, &ctx.origin, &new).await {
        Ok(made) => ctx.done(&url::owner(&made.name.into()), Notice::OrganisationMade),
        Err(error) => again(&view(&ctx, wrong(error, &[])?, form)),
    }
}

fn view(ctx: &Ctx, errors: FormErrors, form: OrganisationForm) -> NewOrganisation {
    NewOrganisation {
        page: ctx.frame(),
        errors,
        name: form.name,
        display_name: form.display_name,
        description: form.description,
        ods_code: form.ods_code,
    }
}
