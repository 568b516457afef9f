//! Changing who can see a repository.

use forge_app::{Admin, NewVisibility, Read, RepoAccess, VisibilityOutcome};
use forge_core::{ChangeState, OwnerId, User, Visibility, VisibilityChange};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::handler::repo::new::{visibilities, visibility_words};
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::repo::{ChangeRow, RepoVisibility};
use crate::url;
use crate::view::{FormErrors, RepoSection, When};

pub(in crate::handler) async fn show_visibility(
    ctx: Ctx,
    Repo(access): Repo<Admin>,
    MeRecently(_): MeRecently,
) -> Answer {
    let form = VisibilityForm {
        visibility: access.repo().visibility.name().to_owned(),
        ..VisibilityForm::default()
    };
    page(&view(&ctx, access, FormErrors::none(), &form).await?)
}

/// Who is to see it, why, and for how long.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct VisibilityForm {
    visibility: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    days: String,
}

pub(in crate::handler) async fn change_visibility(
    ctx: Ctx,
    Repo(access): Repo<Admin>,
    MeRecently(_): MeRecently,
    Form(form): Form<VisibilityForm>,
) -> Answer {
    let mut errors = FormErrors::none();
    let Some(to) = parsed(&mut errors, "visibility", form.visibility.parse::<Visibility>()) else {
        return again(&view(&ctx, access, errors, &form).await?);
    };
    let days = match form.days.trim() {
        "" => None,
        // Nothing that is no number passes: zero days are refused with the limit.
        text => Some(text.parse::<u16>().unwrap_or(0)),
    };
    let new = NewVisibility { to, reason: form.reason.clone(), days };
    let notice = match ctx.app().change_visibility(&access, &ctx.origin, &new).await {
        Ok(VisibilityOutcome::Changed) => Notice::VisibilitySaved,
        Ok(VisibilityOutcome::Waiting) => Notice::VisibilityAsked,
        Err(error) => return again(&view(&ctx, access, wrong(error, &[])?, &form).await?),
    };
    ctx.done(&url::repo_settings_action(&access.repo().path, "visibility"), notice)
}

async fn view(
    ctx: &Ctx,
    access: RepoAccess<Admin>,
    errors: FormErrors,
    form: &VisibilityForm,
) -> Result<RepoVisibility, Failure> {
    let changes = ctx.app().visibility_changes(&access).await?;
    let access: RepoAccess<Read> = access.lower();
    let repo = access.repo();
    let needs_second = match repo.owner {
        OwnerId::Org(org) => ctx.app().effective_policy(org).await?.widening_needs_second.value,
        OwnerId::User(_) => false,
    };
    Ok(RepoVisibility {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Settings),
        errors,
        settings_url: url::repo_settings(&repo.path),
        action: url::repo_settings_action(&repo.path, "visibility"),
        visibilities: visibilities(&form.visibility, ctx.app().has_public_reading()),
        reason: form.reason.clone(),
        days: form.days.clone(),
        needs_second,
        changes: changes.into_iter().map(|(change, asked, decided)| row(change, asked, decided)).collect(),
    })
}

fn row(change: VisibilityChange, asked_by: Option<User>, decided_by: Option<User>) -> ChangeRow {
    let (state, colour) = match change.state {
        ChangeState::Waiting => ("Waiting", "yellow"),
        ChangeState::Made => ("Made", "green"),
        ChangeState::Refused => ("Refused", "red"),
        ChangeState::Superseded => ("Replaced", "grey"),
        ChangeState::Ended => ("Ended", "grey"),
    };
    ChangeRow {
        what: what(&change),
        state: state.to_owned(),
        colour,
        reason: change.reason,
        asked_by: asked_by.map_or_else(|| "Somebody".to_owned(), |user| user.display_name),
        asked: When::on(change.asked_at),
        decided_by: decided_by.map(|user| user.display_name).unwrap_or_default(),
        note: change.note,
        until: change.ends_at.map(When::on),
    }
}

/// `Private to internal`
pub(in crate::handler) fn what(change: &VisibilityChange) -> String {
    format!("{} to {}", visibility_words(change.from).0, visibility_words(change.to).0.to_lowercase())
}
