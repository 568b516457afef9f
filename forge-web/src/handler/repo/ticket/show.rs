//! A ticket with everything that was said about it.

use forge_app::{ItemAddress, Read, RepoAccess};
use forge_core::{ItemKind, ItemState};
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, page, see_other};
use crate::handler::present::paging;
use crate::handler::repo::item::{self, Speaker};
use crate::handler::repo::top;
use crate::page::ticket::ShowTicket;
use crate::url;
use crate::view::{FormErrors, RepoSection, WriteBox};

/// What the address says.
#[derive(Default, Deserialize)]
pub(in crate::handler) struct ShowQuery {
    page: Option<u64>,
}

pub(in crate::handler) async fn show_ticket(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ShowQuery>,
    uri: Uri,
) -> Answer {
    let number = item::number(&uri)?;
    let shown = match ctx.app().item(&access, ItemAddress::ticket(number)).await {
        Err(forge_app::Error::NotFound) => {
            // A number in a text does not say what it is: `#12` may be a merge request.
            let kind = ctx.app().kind_of_item(&access, number).await?;
            return see_other(&url::item(&access.repo().path, kind, number));
        }
        found => found?,
    };
    if let Ok(me) = ctx.app().authorize_me(&ctx.visitor.actor) {
        ctx.app().mark_notification_read(&me, shown.item.id).await?;
    }
    page(&view(&ctx, &access, number, query.page, WriteBox::default(), FormErrors::none()).await?)
}

/// The page, with what is being written and what is wrong with it.
pub(in crate::handler) async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    number: u64,
    part: Option<u64>,
    write: WriteBox,
    errors: FormErrors,
) -> Result<ShowTicket, Failure> {
    let shown = ctx.app().item(access, ItemAddress::ticket(number)).await?;
    let found = &shown.item;
    let address = url::item(&access.repo().path, ItemKind::Ticket, number);
    let entries = item::entries(&shown, &[]);
    let total = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let (at, part) = item::part(&entries, part);
    let back = format!("{address}?page={at}");
    let speaker = Speaker::new(access, &shown, &back, ctx.now());
    let speaker = speaker.laid_out(ctx, part.iter().copied()).await?;
    Ok(ShowTicket {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Tickets),
        errors,
        title: found.title.clone(),
        reference: found.reference(),
        state: item::state_tag(found.state),
        is_open: found.state == ItemState::Open,
        is_confidential: found.is_confidential,
        is_locked: found.is_locked,
        edit_url: shown.rights.own.then(|| format!("{address}/edit")),
        description: speaker.description(),
        entries: item::timeline(&speaker, part),
        paging: paging(&address, None, at, item::LISTED, total),
        can_comment: shown.rights.comment,
        can_close: shown.rights.own && shown.rights.comment,
        write,
        side: item::side(ctx, access, &shown),
        action: address,
    })
}
