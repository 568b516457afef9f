//! What an organisation says about itself, and the organisation above it.

use forge_app::{Error, OrganisationAbout};
use forge_core::{OdsCode, OrgName, Organisation};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, Org, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::handler::repo::one_line;
use crate::notice::Notice;
use crate::page::organisation::OrgSettings;
use crate::url;
use crate::view::FormErrors;

pub(in crate::handler) async fn show_org_settings(
    ctx: Ctx,
    Org(access): Org,
    MeRecently(_): MeRecently,
) -> Answer {
    page(&view(&ctx, access.organisation(), FormErrors::none(), None).await?)
}

/// What a form of the page asks for.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    About,
    Parent,
    Rename,
    Successor,
}

/// What the forms have.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct OrgForm {
    action: Action,
    display_name: String,
    description: String,
    website: String,
    ods_code: Option<String>,
    parent: String,
    name: String,
    successor: String,
}

pub(in crate::handler) async fn change_org_settings(
    ctx: Ctx,
    Org(access): Org,
    MeRecently(_): MeRecently,
    Form(form): Form<OrgForm>,
) -> Answer {
    let org = access.organisation();
    let mut errors = FormErrors::none();
    let result = match form.action {
        Action::About => {
            let code = match form.ods_code.as_deref().map(str::trim) {
                None => org.ods_code.clone(),
                Some("") => None,
                Some(text) => parsed(&mut errors, "ods_code", OdsCode::new(text)),
            };
            let about = OrganisationAbout {
                display_name: form.display_name.clone(),
                description: one_line(&form.description),
                website: form.website.clone(),
                ods_code: code,
            };
            if !errors.is_empty() {
                return again(&view(&ctx, org, errors, Some(form)).await?);
            }
            ctx.app().update_organisation(&access, &ctx.origin, &about).await
        }
        Action::Parent => {
            let parent = match form.parent.trim() {
                "" => None,
                text => parsed(&mut errors, "parent", OrgName::new(text)),
            };
            if !errors.is_empty() {
                return again(&view(&ctx, org, errors, Some(form)).await?);
            }
            ctx.app().set_parent(&access, &ctx.origin, parent.as_ref()).await
        }
        Action::Rename => {
            let Some(name) = parsed(&mut errors, "name", OrgName::new(form.name.trim())) else {
                return again(&view(&ctx, org, errors, Some(form)).await?);
            };
            let renamed = ctx.app().rename_organisation(&access, &ctx.origin, &name).await;
            if renamed.is_ok() {
                return ctx.done(&url::org_page(&name, "settings"), Notice::OrganisationRenamed);
            }
            renamed
        }
        Action::Successor => {
            let Some(name) = parsed(&mut errors, "successor", OrgName::new(form.successor.trim())) else {
                return again(&view(&ctx, org, errors, Some(form)).await?);
            };
            match ctx.app().authorize_org(&ctx.visitor.actor, &name).await {
                Ok(to) => ctx.app().move_to_successor(&access, &to, &ctx.origin).await.map(drop),
                Err(Error::NotFound | Error::Forbidden(_)) => {
                    Err(Error::invalid("successor", "Enter an organisation that you own as well."))
                }
                Err(error) => Err(error),
            }
        }
    };
    match result {
        Ok(()) => ctx.done(&url::org_page(&org.name, "settings"), Notice::OrganisationSaved),
        Err(error) => again(&view(&ctx, org, wrong(error, &[])?, Some(form)).await?),
    }
}

/// The page; each form shows what was written in it, or what is.
async fn view(
    ctx: &Ctx,
    org: &Organisation,
    errors: FormErrors,
    form: Option<OrgForm>,
) -> Result<OrgSettings, Failure> {
    let signed_in = ctx.app().signed_in(&ctx.visitor.actor)?;
    let (above, _) = ctx.app().organisations_around(&signed_in, org).await?;
    let is = OrgForm {
        action: Action::About,
        display_name: org.display_name.clone(),
        description: org.description.clone(),
        website: org.website.clone(),
        ods_code: org.ods_code.as_ref().map(|code| code.as_str().to_owned()),
        parent: above.map(|above| above.name.to_string()).unwrap_or_default(),
        name: org.name.to_string(),
        successor: String::new(),
    };
    let shown = match form {
        None => is,
        Some(form) => match form.action {
            Action::About => OrgForm { parent: is.parent, name: is.name, successor: is.successor, ..form },
            Action::Parent => OrgForm { parent: form.parent, ..is },
            Action::Rename => OrgForm { name: form.name, ..is },
            Action::Successor => OrgForm { successor: form.successor, ..is },
        },
    };
    Ok(OrgSettings {
        page: ctx.frame(),
        organisation: org.display_name.clone(),
        organisation_url: url::owner(&org.name.clone().into()),
        action: url::org_page(&org.name, "settings"),
        errors,
        display_name: shown.display_name,
        description: shown.description,
        website: shown.website,
        ods_code: shown.ods_code.unwrap_or_default(),
        parent: shown.parent,
        name: shown.name,
        successor: shown.successor,
    })
}
