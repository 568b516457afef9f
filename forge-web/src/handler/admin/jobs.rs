//! Background work: how much waits, and what failed for good.

use forge_app::{DamagedPack, DeadLetter, Page};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::Answer;
use crate::extract::{Ctx, Query, Site, page};
use crate::form::Form;
use crate::handler::present::{counted, paging};
use crate::notice::Notice;
use crate::page::admin::{DamagedPackRow, DeadLetterRow, Jobs};
use crate::url;
use crate::view::When;

/// How many are listed at once.
const LISTED: u64 = 50;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct JobsQuery {
    page: Option<u64>,
}

pub(in crate::handler) async fn show_jobs(
    ctx: Ctx,
    Site(access): Site,
    Query(query): Query<JobsQuery>,
) -> Answer {
    let number = query.page.unwrap_or(1).max(1);
    let found = ctx.app().jobs(&access, Page::number(number, LISTED)).await?;
    let damaged = ctx.app().damaged_packs(&access).await?;
    let now = ctx.now();
    page(&Jobs {
        page: ctx.frame(),
        waiting: counted(found.waiting, "job", "jobs"),
        dead: counted(found.dead, "job", "jobs"),
        dead_letters: found.dead_letters.into_iter().map(|letter| row(letter, now)).collect(),
        paging: paging(url::ADMIN_JOBS, None, number, LISTED, found.dead),
        damaged: damaged.into_iter().map(damaged_row).collect(),
    })
}

fn row(letter: DeadLetter, now: OffsetDateTime) -> DeadLetterRow {
    DeadLetterRow {
        id: letter.id.to_string(),
        name: letter.name,
        about: letter.payload,
        attempts: counted(u64::from(letter.attempts), "attempt", "attempts"),
        error: letter.error,
        at: When::ago(letter.at, now),
    }
}

fn damaged_row(pack: DamagedPack) -> DamagedPackRow {
    DamagedPackRow { repo: pack.repo.to_string(), url: url::repo(&pack.repo), damage: pack.damage }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Retry,
    Discard,
}

/// What the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct JobForm {
    id: String,
    action: Action,
}

pub(in crate::handler) async fn change_job(
    ctx: Ctx,
    Site(access): Site,
    Form(form): Form<JobForm>,
) -> Answer {
    let notice = match form.action {
        Action::Retry => {
            ctx.app().retry_job(&access, &ctx.origin, &form.id).await?;
            Notice::JobRetried
        }
        Action::Discard => {
            ctx.app().discard_job(&access, &ctx.origin, &form.id).await?;
            Notice::JobDiscarded
        }
    };
    ctx.done(url::ADMIN_JOBS, notice)
}
