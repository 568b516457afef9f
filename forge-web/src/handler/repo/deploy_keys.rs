//! Deploy keys of a repository.

use forge_app::{Admin, NewDeployKey, RepoAccess};
use forge_core::{DeployKey, DeployKeyId};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::key::{KeyAction, lasting, lifetimes, named};
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::key::KeyRow;
use crate::page::repo::DeployKeys;
use crate::url;
use crate::view::{FormErrors, RepoSection, StateTag, When};

pub(in crate::handler) async fn show_deploy_keys(
    ctx: Ctx,
    Repo(access): Repo<Admin>,
    // Asked before the form is filled in, and not after.
    MeRecently(_): MeRecently,
) -> Answer {
    page(&view(&ctx, access, FormErrors::none(), &KeysForm::default()).await?)
}

/// What the form and the buttons have.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct KeysForm {
    action: KeyAction,
    id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    writes: bool,
    #[serde(default)]
    lifetime: String,
}

pub(in crate::handler) async fn change_deploy_keys(
    ctx: Ctx,
    Repo(access): Repo<Admin>,
    MeRecently(me): MeRecently,
    Form(form): Form<KeysForm>,
) -> Answer {
    let to = url::repo_settings_action(&access.repo().path, "keys");
    match form.action {
        KeyAction::Add => {
            let days = form.lifetime.parse().ok();
            let new =
                NewDeployKey { name: form.name.clone(), line: form.key.clone(), writes: form.writes, days };
            match ctx.app().add_deploy_key(&access, &me, &ctx.origin, &new).await {
                Ok(_) => ctx.done(&to, Notice::KeyAdded),
                Err(error) => again(&view(&ctx, access, wrong(error, &[])?, &form).await?),
            }
        }
        KeyAction::Remove => {
            let id: DeployKeyId = named(form.id.as_deref())?;
            ctx.app().remove_deploy_key(&access, &ctx.origin, id).await?;
            ctx.done(&to, Notice::KeyRemoved)
        }
    }
}

async fn view(
    ctx: &Ctx,
    access: RepoAccess<Admin>,
    errors: FormErrors,
    form: &KeysForm,
) -> Result<DeployKeys, Failure> {
    let keys = ctx.app().deploy_keys(&access).await?;
    let now = ctx.now();
    let action = url::repo_settings_action(&access.repo().path, "keys");
    Ok(DeployKeys {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Settings),
        keys: keys.into_iter().map(|key| row(key, now)).collect(),
        errors,
        name: form.name.clone(),
        key: form.key.clone(),
        writes: form.writes,
        lifetimes: lifetimes(&form.lifetime),
        action,
    })
}

fn row(key: DeployKey, now: OffsetDateTime) -> KeyRow {
    let (label, colour) = if key.writes { ("Reads and pushes", "purple") } else { ("Reads", "blue") };
    let mut row = lasting(key.expires_at, now);
    row.tags.insert(0, StateTag { label, colour });
    KeyRow {
        id: key.id.to_string(),
        name: key.name,
        fingerprint: key.fingerprint,
        added: When::on(key.created_at),
        added_by: Some(key.added_by),
        lets_in: true,
        last_used: key.last_used_at.map(|at| When::ago(at, now)),
        from: key.last_used_from,
        ..row
    }
}
