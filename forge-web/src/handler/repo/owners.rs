//! Who owns which files of a repository.

use std::sync::Arc;

use forge_app::{OwnersFile, Read, RepoAccess, Write};
use forge_core::code_owners::edit::{with_rule, without_rule};
use forge_core::code_owners::{CODE_OWNERS_PATHS, CodeOwners, Owner, Rule, Section};
use forge_core::{FilePath, ObjectId, Permission};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::present::counted;
use crate::handler::repo::place::Place;
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::repo::{OwnerAnswer, Owners, OwnersRow};
use crate::url;
use crate::view::{FormErrors, Link, RepoSection};

/// What the address says.
#[derive(Deserialize, Default)]
pub(in crate::handler) struct OwnersQuery {
    path: Option<String>,
}

pub(in crate::handler) async fn show_owners(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<OwnersQuery>,
) -> Answer {
    page(&view(&ctx, &access, FormErrors::none(), &OwnersForm::default(), &query).await?)
}

/// What the forms have.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct OwnersForm {
    action: String,
    blob: String,
    pattern: String,
    owners: String,
    section: String,
    line: String,
    text: String,
}

pub(in crate::handler) async fn change_owners(
    ctx: Ctx,
    Repo(access): Repo<Write>,
    Form(form): Form<OwnersForm>,
) -> Answer {
    let repo = access.repo().path.clone();
    let reader: RepoAccess<Read> = ctx.app().authorize(&ctx.visitor.actor, &repo).await?;
    let now = present(&ctx, &reader).await?.and_then(|file| file.text);
    let now = now.as_deref().unwrap_or_default();
    let text = match form.action.as_str() {
        "add" => with_rule(now, &form.section, &form.pattern, &form.owners),
        "remove" => Ok(without_rule(now, line(&form)).ok_or_else(Failure::not_found)?),
        _ => Ok(form.text.clone()),
    };
    let seen = form.blob.parse::<ObjectId>().ok();
    let saved = match text {
        Ok(text) => ctx.app().save_owners(access, &ctx.origin, seen, &text).await,
        Err((field, text)) => Err(forge_app::Error::invalid(field, text)),
    };
    match saved {
        Ok(()) => ctx.done(&url::owners(&repo), Notice::OwnersSaved),
        Err(error) => {
            let errors = wrong(error, &[])?;
            again(&view(&ctx, &reader, errors, &form, &OwnersQuery::default()).await?)
        }
    }
}

/// The line to remove; none has the number nought.
fn line(form: &OwnersForm) -> u32 {
    form.line.parse().unwrap_or_default()
}

/// The file as the default branch has it.
async fn present(ctx: &Ctx, access: &RepoAccess<Read>) -> Result<Option<OwnersFile>, Failure> {
    let code = ctx.app().code(access).await?;
    match Place::default(&code, &access.repo().path).await? {
        Some(place) => Ok(code.owners_file(place.commit).await?),
        None => Ok(None),
    }
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    errors: FormErrors,
    form: &OwnersForm,
    query: &OwnersQuery,
) -> Result<Owners, Failure> {
    let repo = access.repo();
    let file = present(ctx, access).await?;
    let parsed = file.as_ref().map(|file| Arc::clone(&file.rules)).unwrap_or_default();
    let rev = url::Rev::of_ref(&repo.default_branch);
    let link = |file: &OwnersFile| Link::new(file.path.to_text(), url::blob(&repo.path, &rev, &file.path));
    let asked = query.path.clone().unwrap_or_default();
    let text = file.as_ref().and_then(|file| file.text.as_deref()).unwrap_or_default().to_owned();
    Ok(Owners {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Code),
        errors,
        file: file.as_ref().map(link),
        branch: repo.default_branch.short().to_owned(),
        rules: rows(&parsed),
        problems: parsed.errors.iter().map(|error| format!("Line {}: {}.", error.line, error.text)).collect(),
        answer: answer(&parsed, &asked),
        asked,
        can_change: access.permission() >= Permission::Write && !repo.archived,
        action: url::owners(&repo.path),
        blob: file.as_ref().map(|file| file.blob.to_string()).unwrap_or_default(),
        new_path: CODE_OWNERS_PATHS[0].to_owned(),
        pattern: form.pattern.clone(),
        owners: form.owners.clone(),
        section: form.section.clone(),
        text: if form.text.is_empty() { text } else { form.text.clone() },
    })
}

fn rows(parsed: &CodeOwners) -> Vec<OwnersRow> {
    parsed.sections.iter().flat_map(section_rules).collect()
}

fn section_rules(section: &Section) -> Vec<OwnersRow> {
    let row = |rule: &Rule| OwnersRow {
        line: rule.line,
        pattern: rule.pattern.clone(),
        owners: names(&rule.owners),
        section: section.name.clone(),
        demand: demand(section),
    };
    section.rules.iter().map(row).collect()
}

/// What a section asks for, in words.
fn demand(section: &Section) -> String {
    if section.is_optional {
        return "shown, not demanded".to_owned();
    }
    counted(u64::from(section.required), "approval", "approvals")
}

fn names(owners: &[Owner]) -> String {
    if owners.is_empty() {
        return "nobody".to_owned();
    }
    owners.iter().map(Owner::to_string).collect::<Vec<_>>().join(", ")
}

/// Who owns the path that was asked about; nothing if none was.
fn answer(parsed: &CodeOwners, asked: &str) -> Option<OwnerAnswer> {
    let text = asked.trim().trim_start_matches('/');
    if text.is_empty() {
        return None;
    }
    let lines = FilePath::new(text).map(|path| owners_of(parsed, &path)).unwrap_or_default();
    Some(OwnerAnswer { path: text.to_owned(), lines })
}

/// `@ada, @bob (Databases: 2 approvals)`, a line for each section that has a say about a path.
pub(super) fn owners_of(parsed: &CodeOwners, path: &FilePath) -> Vec<String> {
    let line = |(section, rule): (&Section, &Rule)| {
        let what = if section.name.is_empty() { String::new() } else { format!("{}: ", section.name) };
        format!("{} ({what}{})", names(&rule.owners), demand(section))
    };
    parsed.rules_for(path).filter(|(_, rule)| !rule.owners.is_empty()).map(line).collect()
}
