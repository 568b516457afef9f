//! Taking a commit back, or copying it to another branch.

use forge_app::{PickOrder, Picking, Read, RepoAccess, Write};
use forge_core::RefName;
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Repo, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::repo::{merge_request, top};
use crate::page::repo::PickCommit;
use crate::url;
use crate::view::{Choice, FormErrors, RepoSection};

/// What the form has.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct PickForm {
    action: String,
    onto: String,
}

pub(in crate::handler) async fn pick_form(ctx: Ctx, Repo(access): Repo<Write>, uri: Uri) -> Answer {
    let access: RepoAccess<Read> = access.lower();
    let onto = access.repo().default_branch.short().to_owned();
    let form = PickForm { action: "revert".to_owned(), onto };
    page(&view(&ctx, &access, &uri, FormErrors::none(), &form).await?)
}

pub(in crate::handler) async fn pick_commit(
    ctx: Ctx,
    Repo(access): Repo<Write>,
    uri: Uri,
    Form(form): Form<PickForm>,
) -> Answer {
    let repo = access.repo().path.clone();
    let reading = ctx.app().authorize::<Read>(access.actor(), &repo).await?;
    let picking = match form.action.as_str() {
        "revert" => Picking::Revert,
        "copy" => Picking::Copy,
        _ => return Err(Failure::bad_request("Choose what to do.")),
    };
    let Ok(onto) = RefName::branch(&form.onto) else {
        return Err(Failure::bad_request("Choose a branch."));
    };
    let commit = ctx.app().code(&reading).await?.resolve(&named(&uri)?).await?.commit;
    let order = PickOrder { commit, onto, picking };
    match ctx.app().pick_commit(access, &ctx.origin, &order).await {
        Ok(picked) => see_other(&url::ask_to_merge_into(&repo, picked.source.short(), picked.target.short())),
        Err(error) => again(&view(&ctx, &reading, &uri, wrong(error, &[])?, &form).await?),
    }
}

fn named(uri: &Uri) -> Result<String, Failure> {
    Address::of(uri).segment(3).ok_or_else(Failure::not_found)
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    uri: &Uri,
    errors: FormErrors,
    form: &PickForm,
) -> Result<PickCommit, Failure> {
    let code = ctx.app().code(access).await?;
    let id = code.resolve(&named(uri)?).await?.commit;
    let commit = code.commit(id).await?;
    let way = |value: &str, label: &str, hint: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        is_chosen: value == form.action,
    };
    Ok(PickCommit {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Commits),
        errors,
        title: top::titled(&commit.summary()),
        commit_url: url::commit(&access.repo().path, &id),
        short_id: id.short(),
        ways: vec![
            way("revert", "Revert it", "Makes a commit that takes back what it changed"),
            way("copy", "Copy it to another branch", "Makes the same change once more, by the same author"),
        ],
        branches: merge_request::choices(&code, &form.onto),
    })
}
