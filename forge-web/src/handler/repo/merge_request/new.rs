//! Opening a merge request: first the branches, then what it says.

use forge_app::{Code, ItemTemplate, NewMergeRequest, Read, RepoAccess, Write};
use forge_core::{ItemKind, Permission, RefName, RepoPath, Username};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, Query, Repo, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::present::counted;
use crate::handler::repo::item::{self, names_in};
use crate::handler::repo::top;
use crate::page::repo::NewMergeRequestPage;
use crate::url;
use crate::view::{Choice, FormErrors, Link, RepoSection, WriteBox};

/// Branches that are offered.
const OFFERED: usize = 500;

/// What the address says.
#[derive(Deserialize, Default)]
pub(in crate::handler) struct NewQuery {
    from: Option<String>,
    source: Option<String>,
    target: Option<String>,
    template: Option<String>,
}

#[derive(Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    Open,
    Preview,
}

/// What the form has.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct NewForm {
    action: Action,
    from: String,
    source: String,
    target: String,
    title: String,
    body: String,
    draft: String,
    reviewers: String,
}

pub(in crate::handler) async fn new_merge_request(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Me(_): Me,
    Query(query): Query<NewQuery>,
) -> Answer {
    let default = access.repo().default_branch.short().to_owned();
    let form = NewForm {
        from: query.from.unwrap_or_default(),
        source: query.source.unwrap_or_default(),
        target: query.target.unwrap_or(default),
        ..NewForm::default()
    };
    page(&view(&ctx, &access, FormErrors::none(), form, Some(Fresh { template: query.template })).await?)
}

pub(in crate::handler) async fn create_merge_request(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Me(_): Me,
    Form(form): Form<NewForm>,
) -> Answer {
    if form.action == Action::Preview {
        return page(&view(&ctx, &access, FormErrors::none(), form, None).await?);
    }
    let mut errors = FormErrors::none();
    let branch = |errors: &mut FormErrors, field: &str, name: &str| {
        if let Ok(name) = RefName::branch(name) {
            Some(name)
        } else {
            errors.add(field, "Choose a branch.");
            None
        }
    };
    let source = branch(&mut errors, "source", &form.source);
    let target = branch(&mut errors, "target", &form.target);
    let reviewers = names(&mut errors, "reviewers", &form.reviewers);
    let (Some(source), Some(target), Some(reviewers), true) = (source, target, reviewers, errors.is_empty())
    else {
        return again(&view(&ctx, &access, errors, form, None).await?);
    };
    let new = NewMergeRequest {
        source,
        target,
        title: form.title.clone(),
        body: form.body.clone(),
        is_draft: !form.draft.is_empty(),
        reviewers,
    };
    let from = if form.from.is_empty() { access.repo().path.clone() } else { path_of(&form.from)? };
    let source = ctx.app().authorize::<Write>(access.actor(), &from).await?;
    match ctx.app().open_merge_request(&access, &source, &ctx.origin, &new).await {
        Ok(number) => see_other(&url::merge_request(&access.repo().path, number)),
        Err(error) => again(&view(&ctx, &access, wrong(error, &[])?, form, None).await?),
    }
}

/// Usernames that somebody wrote, with commas or spaces between and `@` before as they like.
fn names(errors: &mut FormErrors, field: &str, text: &str) -> Option<Vec<Username>> {
    let mut found = Vec::new();
    for word in names_in(text) {
        match Username::new(word) {
            Ok(name) if !found.contains(&name) => found.push(name),
            Ok(_) => {}
            Err(_) => {
                errors.add(field, format!("{word} is no username."));
                return None;
            }
        }
    }
    Some(found)
}

fn path_of(text: &str) -> Result<RepoPath, Failure> {
    text.parse().map_err(|_| Failure::not_found())
}

/// The repository that the change comes from: the one that was named, or the first that there is.
async fn source_of(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    offering: &[RepoPath],
    named: &str,
) -> Result<Option<RepoAccess<Write>>, Failure> {
    let path = if named.is_empty() { offering.first().cloned() } else { Some(path_of(named)?) };
    let Some(path) = path else { return Ok(None) };
    Ok(Some(ctx.app().authorize::<Write>(access.actor(), &path).await?))
}

/// A form in which nobody has written anything yet.
struct Fresh {
    /// The text to begin with, if one was chosen.
    template: Option<String>,
}

/// The page. `fresh` is there where nobody has written anything yet, with the template that they chose.
async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    errors: FormErrors,
    form: NewForm,
    fresh: Option<Fresh>,
) -> Result<NewMergeRequestPage, Failure> {
    let repo = access.repo().path.clone();
    let offering = ctx.app().offering(access).await?;
    let source = source_of(ctx, access, &offering, &form.from).await?;
    let code = ctx.app().code(access).await?;
    let mut view = NewMergeRequestPage {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::MergeRequests),
        errors: FormErrors::none(),
        url: format!("{}/new", url::merge_requests(&repo)),
        froms: Vec::new(),
        from: String::new(),
        upstream: upstream(ctx, access, &form.source).await?,
        fork_url: (access.permission() < Permission::Write).then(|| url::fork(&repo)),
        sources: Vec::new(),
        targets: choices(&code, &form.target),
        is_ready: false,
        existing: None,
        commits: String::new(),
        title: form.title,
        description: WriteBox { label: "Description".to_owned(), value: form.body, ..WriteBox::default() },
        templates: Vec::new(),
        is_draft: !form.draft.is_empty(),
        reviewers: form.reviewers,
        source: form.source,
        target: form.target,
    };
    let Some(source) = source else { return Ok(view) };
    let path = source.repo().path.clone();
    view.from = path.to_string();
    view.froms = offering.iter().map(|offered| from_choice(offered, &path)).collect();
    let errors = look(ctx, access, &source, &mut view, errors, fresh.is_some()).await?;
    if form.action == Action::Preview {
        let html = item::preview(ctx, access.repo(), &view.description.value).await?;
        view.description.preview = Some(html);
    }
    if view.is_ready {
        begin_with_template(ctx, access, &mut view, fresh.as_ref()).await?;
    }
    let source: RepoAccess<Read> = source.lower();
    view.sources = choices(&ctx.app().code(&source).await?, &view.source);
    // Nothing was chosen yet, so nothing is wrong yet.
    view.errors = if fresh.is_some() && view.source.is_empty() { FormErrors::none() } else { errors };
    Ok(view)
}

/// Offers the texts that the target branch has, and puts the chosen one before what the commits say.
async fn begin_with_template(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    view: &mut NewMergeRequestPage,
    fresh: Option<&Fresh>,
) -> Result<(), Failure> {
    let templates = ctx.app().item_templates(access, ItemKind::MergeRequest, &view.target).await?;
    let mut chosen = None;
    if let Some(asked) = fresh {
        chosen = match &asked.template {
            Some(key) => templates.iter().find(|template| &template.key == key),
            None => ItemTemplate::usual(&templates),
        };
    }
    if let Some(template) = chosen {
        if !template.title.is_empty() {
            view.title.insert_str(0, &template.title);
        }
        let said = std::mem::take(&mut view.description.value);
        let parts = [template.body.trim_end(), said.trim()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        view.description.value = parts.join("\n\n");
    }
    let word = |name: &str, value: &str| format!("{name}={}&", url::encode_segment(value.as_bytes()));
    let words = word("from", &view.from) + &word("source", &view.source) + &word("target", &view.target);
    let key = chosen.map(|template| template.key.clone());
    let rows = templates.into_iter();
    view.templates = rows.map(|found| item::template_row(&view.url, &words, key.as_deref(), found)).collect();
    Ok(())
}

/// Fills in what the two branches have between them; gives what is wrong.
async fn look(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    source: &RepoAccess<Write>,
    view: &mut NewMergeRequestPage,
    errors: FormErrors,
    fresh: bool,
) -> Result<FormErrors, Failure> {
    let (Ok(from), Ok(to)) = (RefName::branch(&view.source), RefName::branch(&view.target)) else {
        return Ok(errors);
    };
    match ctx.app().opening(access, source, (&from, &to)).await {
        Ok(found) => {
            view.is_ready = true;
            view.commits = counted(u64::try_from(found.commits).unwrap_or(u64::MAX), "commit", "commits");
            if fresh {
                view.title = found.title;
                view.description.value = found.body;
            }
            if let Some(number) = found.existing {
                view.is_ready = false;
                let there = url::merge_request(&access.repo().path, number);
                view.existing = Some(Link::new(format!("!{number}"), there));
            }
            Ok(errors)
        }
        Err(error) => {
            let found = wrong(error, &[])?;
            Ok(if errors.is_empty() { found } else { errors })
        }
    }
}

/// Where changes of a fork are offered to what it was copied from.
async fn upstream(ctx: &Ctx, access: &RepoAccess<Read>, branch: &str) -> Result<Option<Link>, Failure> {
    let Some(up) = ctx.app().fork_standing(access).await?.from else { return Ok(None) };
    let from = url::encode_segment(access.repo().path.to_string().as_bytes());
    let source = url::encode_segment(branch.as_bytes());
    let target = format!("{}/new?from={from}&source={source}", url::merge_requests(&up));
    Ok(Some(Link::new(up.to_string(), target)))
}

fn from_choice(offered: &RepoPath, chosen: &RepoPath) -> Choice {
    let value = offered.to_string();
    Choice { label: value.clone(), is_chosen: offered == chosen, value, hint: String::new() }
}

/// Branches as choices.
pub(in crate::handler::repo) fn choices(code: &Code, chosen: &str) -> Vec<Choice> {
    let (branches, _) = code.ref_names();
    branches
        .into_iter()
        .take(OFFERED)
        .map(|name| Choice {
            is_chosen: name == chosen,
            label: name.clone(),
            value: name,
            hint: String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_come_as_people_write_them() {
        let mut errors = FormErrors::none();
        let read = |errors: &mut FormErrors, text: &str| {
            names(errors, "reviewers", text)
                .map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(
            read(&mut errors, " @rosa, tom;ann  rosa"),
            Some(vec!["rosa".into(), "tom".into(), "ann".into()])
        );
        assert_eq!(read(&mut errors, ""), Some(vec![]));
        assert!(errors.is_empty());
        assert_eq!(read(&mut errors, "ro sa!"), None);
        assert!(errors.on("reviewers").is_some());
    }
}
