//! Settings of a repository: each part is a form of its own.

use forge_app::access::{Implies, Level};
use forge_app::{Admin, Error, Maintain, Read, RepoAccess, StorageFigures};
use forge_core::{MergeMethod, MergeMethods, OwnerName, Permission, RefName, RepoName};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, Repo, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::present::counted;
use crate::handler::repo::blob_body::sized;
use crate::handler::repo::new::{one_line, visibility_words};
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::repo::RepoSettings;
use crate::url;
use crate::view::{Choice, FormErrors, RepoSection, When};

pub(in crate::handler) async fn show_settings(ctx: Ctx, Repo(access): Repo<Maintain>) -> Answer {
    let storage = ctx.app().storage(&access).await?;
    page(&view(&ctx, &access.lower(), &storage, FormErrors::none()).await?)
}

/// Description and default branch.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct GeneralForm {
    description: String,
    default_branch: Option<String>,
}

pub(in crate::handler) async fn change_general(
    ctx: Ctx,
    Repo(access): Repo<Maintain>,
    Form(form): Form<GeneralForm>,
) -> Answer {
    let repo = access.repo();
    let branch = match form.default_branch.as_deref() {
        Some(name) if name != repo.default_branch.short() => match RefName::branch(name) {
            Ok(branch) => Some(branch),
            Err(error) => return failed(&ctx, access, Error::invalid("default_branch", error)).await,
        },
        _ => None,
    };
    let described = ctx.app().describe_repository(&access, &ctx.origin, &one_line(&form.description)).await;
    let result = match (described, branch) {
        (Ok(()), Some(branch)) => ctx.app().set_default_branch(&access, &ctx.origin, &branch).await,
        (result, _) => result,
    };
    match result {
        Ok(()) => ctx.done(&url::repo_settings(&access.repo().path), Notice::RepoSaved),
        Err(error) => failed(&ctx, access, error).await,
    }
}

/// The ways of merging that are ticked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct MergingForm {
    #[serde(default)]
    merge_method: Vec<String>,
}

pub(in crate::handler) async fn change_merging(
    ctx: Ctx,
    Repo(access): Repo<Maintain>,
    Form(form): Form<MergingForm>,
) -> Answer {
    let chosen: Result<Vec<MergeMethod>, _> = form.merge_method.iter().map(|name| name.parse()).collect();
    let methods = chosen.ok().and_then(|chosen| MergeMethods::new(&chosen).ok());
    let Some(methods) = methods else {
        return failed(&ctx, access, Error::invalid("merge_method", "Choose at least one.")).await;
    };
    match ctx.app().set_merge_methods(&access, &ctx.origin, &methods).await {
        Ok(()) => ctx.done(&url::repo_settings(&access.repo().path), Notice::RepoSaved),
        Err(error) => failed(&ctx, access, error).await,
    }
}

/// A new name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct RenameForm {
    name: String,
}

pub(in crate::handler) async fn rename_repo(
    ctx: Ctx,
    Repo(access): Repo<Admin>,
    Form(form): Form<RenameForm>,
) -> Answer {
    let name = match RepoName::new(form.name.trim()) {
        Ok(name) => name,
        Err(error) => return failed(&ctx, access, Error::invalid("name", error)).await,
    };
    match ctx.app().rename_repository(&access, &ctx.origin, &name).await {
        Ok(path) => ctx.done(&url::repo_settings(&path), Notice::RepoRenamed),
        Err(error) => failed(&ctx, access, error).await,
    }
}

/// A new owner.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct TransferForm {
    owner: String,
}

/// Where somebody comes back to who was asked again who they are: the form for a transfer is on the page of settings.
pub(in crate::handler) async fn show_transfer(Repo(access): Repo<Admin>) -> Answer {
    see_other(&url::repo_settings(&access.repo().path))
}

pub(in crate::handler) async fn transfer_repo(
    ctx: Ctx,
    Repo(access): Repo<Admin>,
    MeRecently(_): MeRecently,
    Form(form): Form<TransferForm>,
) -> Answer {
    let Ok(owner) = OwnerName::new(form.owner.trim()) else {
        return failed(&ctx, access, Error::invalid("owner", "Choose who is to own it.")).await;
    };
    let to = ctx.app().authorize_owner(&ctx.visitor.actor, &owner).await?;
    match ctx.app().transfer_repository(&access, &to, &ctx.origin).await {
        Ok(path) => ctx.done(&url::repo(&path), Notice::RepoTransferred),
        Err(error) => failed(&ctx, access, error).await,
    }
}

/// Archiving, and bringing back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct ArchiveForm {
    archived: bool,
}

pub(in crate::handler) async fn archive_repo(
    ctx: Ctx,
    Repo(access): Repo<Admin>,
    Form(form): Form<ArchiveForm>,
) -> Answer {
    ctx.app().set_archived(&access, &ctx.origin, form.archived).await?;
    let notice = if form.archived { Notice::RepoArchived } else { Notice::RepoUnarchived };
    ctx.done(&url::repo_settings(&access.repo().path), notice)
}

/// Shows the settings again, with what is wrong.
async fn failed<L: Level + Implies<Read> + Implies<Maintain>>(
    ctx: &Ctx,
    access: RepoAccess<L>,
    error: Error,
) -> Answer {
    let errors = wrong(error, &[])?;
    let storage = ctx.app().storage(&access).await?;
    again(&view(ctx, &access.lower(), &storage, errors).await?)
}

/// What there is on the disk, in words.
fn amounts(storage: &StorageFigures) -> Vec<(String, String)> {
    let mut amounts = vec![
        ("Size".to_owned(), sized(storage.bytes)),
        ("Objects".to_owned(), counted(storage.objects, "object", "objects")),
        ("Packs".to_owned(), counted(storage.packs, "pack", "packs")),
    ];
    if storage.unreachable_objects > 0 {
        let objects = counted(storage.unreachable_objects, "object", "objects");
        let text = format!("{objects}, {}, kept for a while", sized(storage.unreachable_bytes));
        amounts.push(("Reached by no branch or tag".to_owned(), text));
    }
    if storage.replaced_bytes > 0 {
        amounts.push(("Waiting to be deleted".to_owned(), sized(storage.replaced_bytes)));
    }
    if storage.damaged > 0 {
        amounts.push(("Damaged".to_owned(), counted(storage.damaged, "pack", "packs")));
    }
    amounts
}

fn merge_methods(allowed: &MergeMethods) -> Vec<Choice> {
    let words = |method| match method {
        MergeMethod::Merge => {
            ("Merge commit", "Keeps every commit, and adds one that joins the two histories")
        }
        MergeMethod::Squash => ("Squash", "Makes one commit of all changes"),
        MergeMethod::Rebase => ("Rebase", "Makes the commits again on top of the target"),
        MergeMethod::FastForward => {
            ("Fast-forward", "Takes the commits as they are, where the target has nothing newer")
        }
    };
    let choice = |method: MergeMethod| Choice {
        value: method.name().to_owned(),
        label: words(method).0.to_owned(),
        hint: words(method).1.to_owned(),
        is_chosen: allowed.contains(method),
    };
    MergeMethod::ALL.into_iter().map(choice).collect()
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    storage: &StorageFigures,
    errors: FormErrors,
) -> Result<RepoSettings, Failure> {
    let repo = access.repo();
    let me = ctx.app().authorize_me(&ctx.visitor.actor)?;
    let owners = ctx.app().possible_owners(&me).await?;
    let (branches, _) = ctx.app().code(access).await?.ref_names();
    let action = |name: &str| url::repo_settings_action(&repo.path, name);
    let choice = |value: String, label: String, is_chosen: bool| Choice {
        value,
        label,
        hint: String::new(),
        is_chosen,
    };
    Ok(RepoSettings {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Settings),
        errors,
        general_action: action("general"),
        description: repo.description.clone(),
        branches: branches
            .into_iter()
            .map(|name| choice(name.clone(), name.clone(), name == repo.default_branch.short()))
            .collect(),
        visibility: visibility_words(repo.visibility).1.to_owned(),
        visibility_url: (access.permission() >= Permission::Admin).then(|| action("visibility")),
        rules_url: action("rules"),
        merging_action: action("merging"),
        merge_methods: merge_methods(&repo.merge_methods),
        access_url: (access.permission() >= Permission::Admin).then(|| action("access")),
        rename_action: action("rename"),
        name: repo.path.name.to_string(),
        transfer_action: action("transfer"),
        owners: owners
            .into_iter()
            .filter(|owner| owner.id != repo.owner)
            .map(|owner| choice(owner.name.to_string(), owner.display_name, false))
            .collect(),
        storage: amounts(storage),
        looked_after: storage.looked_after_at.map(|at| When::ago(at, ctx.now())),
        archive_action: action("archive"),
        keys_url: (access.permission() >= Permission::Admin).then(|| action("keys")),
        delete_url: (access.permission() >= Permission::Admin).then(|| action("delete")),
    })
}
