//! Two accounts of one person: an administrator makes one of them.

use forge_app::{Duplicate as Found, SiteAccess};
use forge_core::Username;
use http::Uri;
use serde::Deserialize;

use super::leaver::person;
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, Query, Site, again, page, wrong};
use crate::form::Form;
use crate::handler::present::counted;
use crate::notice::Notice;
use crate::page::duplicate::{Duplicate, DuplicatePreview};
use crate::url;
use crate::view::{FormErrors, Link};

/// What the address says: the account that stays.
#[derive(Deserialize)]
pub(in crate::handler) struct DuplicateQuery {
    #[serde(default)]
    stays: String,
}

pub(in crate::handler) async fn show_duplicate(
    ctx: Ctx,
    Site(access): Site,
    MeRecently(_): MeRecently,
    uri: Uri,
    Query(query): Query<DuplicateQuery>,
) -> Answer {
    let view = view(&ctx, &access, &person(&uri)?, &query.stays, FormErrors::none()).await?;
    if view.errors.is_empty() { page(&view) } else { again(&view) }
}

/// The account that stays, and the name of the one that ends, typed again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct DuplicateForm {
    stays: String,
    confirm: String,
}

pub(in crate::handler) async fn merge_duplicate(
    ctx: Ctx,
    Site(access): Site,
    MeRecently(me): MeRecently,
    uri: Uri,
    Form(form): Form<DuplicateForm>,
) -> Answer {
    let ends = person(&uri)?;
    if form.confirm.trim() != ends.as_str() {
        let errors = FormErrors::one("confirm", format!("Enter {ends} to confirm"));
        return again(&view(&ctx, &access, &ends, &form.stays, errors).await?);
    }
    let stays = Username::new(form.stays.trim()).map_err(|_| Failure::not_found())?;
    match ctx.app().merge_duplicate(&access, &me, &ctx.origin, &ends, &stays).await {
        Ok(()) => ctx.done(url::ADMIN_PEOPLE, Notice::AccountsMerged),
        Err(error) => again(&view(&ctx, &access, &ends, &form.stays, wrong(error, &[])?).await?),
    }
}

async fn view(
    ctx: &Ctx,
    access: &SiteAccess,
    ends: &Username,
    stays: &str,
    mut errors: FormErrors,
) -> Result<Duplicate, Failure> {
    let account = ctx.app().duplicate_account(access, ends).await?;
    let mut found = None;
    if !stays.trim().is_empty() {
        match Username::new(stays.trim()) {
            Ok(name) => match ctx.app().preview_duplicate(access, ends, &name).await {
                Ok(preview) => found = Some(shown(preview)),
                Err(error) => errors = wrong(error, &[])?,
            },
            Err(error) => errors.add("stays", error.to_string()),
        }
    }
    Ok(Duplicate {
        page: ctx.frame(),
        action: url::duplicate(ends),
        name: account.display_name,
        username: account.name.to_string(),
        email: account.email.as_str().to_owned(),
        stays: stays.to_owned(),
        errors,
        preview: found,
    })
}

fn shown(found: Found) -> DuplicatePreview {
    let has = found.belongings;
    DuplicatePreview {
        name: found.stays.display_name,
        username: found.stays.name.to_string(),
        email: found.stays.email.as_str().to_owned(),
        repositories: found
            .repositories
            .iter()
            .map(|repo| Link::new(repo.path.to_string(), url::repo(&repo.path)))
            .collect(),
        moves: vec![
            counted(has.memberships, "place in an organisation", "places in organisations"),
            counted(has.teams, "place in a team", "places in teams"),
            counted(has.grants, "permission in a repository", "permissions in repositories"),
            counted(has.keys, "SSH or GPG key", "SSH and GPG keys"),
            counted(has.identities, "other site that signs them in", "other sites that sign them in"),
            counted(has.items, "ticket or merge request", "tickets and merge requests"),
            counted(has.comments, "comment", "comments"),
            counted(has.approvals, "approval that counts now", "approvals that count now"),
        ],
        ends: vec![
            counted(has.tokens, "access token", "access tokens"),
            counted(has.passkeys, "passkey", "passkeys"),
        ],
    }
}
