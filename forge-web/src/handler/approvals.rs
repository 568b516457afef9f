//! What waits for a second person.

use forge_app::MeAccess;
use forge_core::VisibilityChangeId;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, again, page, wrong};
use crate::form::Form;
use crate::handler::present::counted;
use crate::handler::repo::what;
use crate::notice::Notice;
use crate::page::approvals::{Approvals, WaitingRow};
use crate::url;
use crate::view::{FormErrors, Link, When};

pub(super) async fn show_approvals(ctx: Ctx, Me(me): Me) -> Answer {
    page(&view(&ctx, &me, FormErrors::none()).await?)
}

/// What a button asks for.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Agree,
    Refuse,
}

/// What a request's form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalForm {
    action: Action,
    id: String,
    note: String,
}

pub(super) async fn decide_approval(ctx: Ctx, Me(me): Me, Form(form): Form<ApprovalForm>) -> Answer {
    let id = form.id.parse::<VisibilityChangeId>().map_err(|_| Failure::not_found())?;
    let agrees = matches!(form.action, Action::Agree);
    match ctx.app().decide_visibility(&me, &ctx.origin, id, agrees, &form.note).await {
        Ok(()) => {
            let notice = if agrees { Notice::VisibilityAgreed } else { Notice::VisibilityRefused };
            ctx.done(url::APPROVALS, notice)
        }
        // Several forms are on the page, so the summary says it and leads to none of them.
        Err(error) => again(&view(&ctx, &me, wrong(error, &[("note", ""), ("visibility", "")])?).await?),
    }
}

async fn view(ctx: &Ctx, me: &MeAccess, errors: FormErrors) -> Result<Approvals, Failure> {
    let waiting = ctx.app().waiting_changes(me).await?;
    Ok(Approvals {
        page: ctx.frame(),
        errors,
        waiting: waiting
            .into_iter()
            .map(|request| WaitingRow {
                id: request.change.id.to_string(),
                repo: Link::new(request.repo.path.to_string(), url::repo(&request.repo.path)),
                what: what(&request.change),
                asked: When::ago(request.change.asked_at, ctx.now()),
                lasts: request
                    .change
                    .days
                    .map(|days| format!("for {}", counted(u64::from(days), "day", "days")))
                    .unwrap_or_default(),
                reason: request.change.reason,
                asked_by: request.asked_by.map_or_else(|| "Somebody".to_owned(), |user| user.display_name),
                is_own: request.is_own,
            })
            .collect(),
    })
}
