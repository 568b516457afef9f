//! A ticket, and what people do on its page.

use forge_app::{ItemAddress, ItemShown, Read, RepoAccess};
use forge_core::merge_request::thread::Comment;
use forge_core::notification::Subscription;
use forge_core::work_item::search;
use forge_core::{CommentId, ItemKind, ItemState};
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::present::paging;
use crate::handler::repo::ticket::number_of;
use crate::handler::repo::{item, top};
use crate::notice::Notice;
use crate::page::ticket::ShowTicket;
use crate::url;
use crate::view::{CommentView, FormErrors, Link, RepoSection, WriteBox};

/// Comments and events that a page shows.
const LISTED: u64 = 100;

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
    let number = number_of(&uri)?;
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
    page(&view(&ctx, &access, &shown, query.page, None, FormErrors::none()).await?)
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Comment,
    Preview,
    Close,
    Reopen,
    Subscribe,
    Mute,
    DeleteComment,
}

/// What the forms of the page have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct ChangeForm {
    action: Action,
    #[serde(default)]
    body: String,
    comment: Option<String>,
}

pub(in crate::handler) async fn change_ticket(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<ChangeForm>,
) -> Answer {
    let at = ItemAddress::ticket(number_of(&uri)?);
    let to = url::item(&access.repo().path, ItemKind::Ticket, at.number);
    let written = form.body.trim();
    match form.action {
        Action::Preview => {
            let shown = ctx.app().item(&access, at).await?;
            let html = item::preview(&ctx, access.repo(), &form.body).await?;
            let field = WriteBox { value: form.body, preview: Some(html), ..empty_box() };
            page(&view(&ctx, &access, &shown, None, Some(field), FormErrors::none()).await?)
        }
        Action::Comment => said(&ctx, &access, at, &form.body).await,
        Action::Close | Action::Reopen => {
            let open = form.action == Action::Reopen;
            if !written.is_empty() {
                let answer = said(&ctx, &access, at, &form.body).await?;
                if !answer.status().is_redirection() {
                    return Ok(answer);
                }
            }
            ctx.app().set_item_open(&access, at, open).await?;
            ctx.done(&to, if open { Notice::TicketReopened } else { Notice::TicketClosed })
        }
        Action::Subscribe | Action::Mute => {
            let me = ctx.app().authorize_me(&ctx.visitor.actor)?;
            let is_on = form.action == Action::Subscribe;
            let level = if is_on { Subscription::All } else { Subscription::None };
            ctx.app().subscribe(&me, &access, at, level).await?;
            ctx.done(&to, Notice::NotificationsSaved)
        }
        Action::DeleteComment => {
            let id = comment_id(form.comment.as_deref())?;
            ctx.app().delete_comment(&access, &ctx.origin, at, id).await?;
            ctx.done(&to, Notice::CommentDeleted)
        }
    }
}

/// Which comment a form or an address names.
pub(super) fn comment_id(text: Option<&str>) -> Result<CommentId, Failure> {
    text.unwrap_or_default().parse().map_err(|_| Failure::not_found())
}

async fn said(ctx: &Ctx, access: &RepoAccess<Read>, at: ItemAddress, body: &str) -> Answer {
    match ctx.app().add_comment(access, at, body).await {
        Ok(id) => {
            let to = url::item(&access.repo().path, ItemKind::Ticket, at.number);
            see_other(&format!("{to}#comment-{id}"))
        }
        Err(error) => {
            let errors = wrong(error, &[])?;
            let shown = ctx.app().item(access, at).await?;
            let field = WriteBox { value: body.to_owned(), ..empty_box() };
            again(&view(ctx, access, &shown, None, Some(field), errors).await?)
        }
    }
}

fn empty_box() -> WriteBox {
    WriteBox { id: "body".to_owned(), label: "Your comment".to_owned(), value: String::new(), preview: None }
}

/// The page. Without a number it shows the last part of what was said, where the talk goes on.
async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    shown: &ItemShown,
    number: Option<u64>,
    write: Option<WriteBox>,
    errors: FormErrors,
) -> Result<ShowTicket, Failure> {
    let (repo, found, now) = (access.repo(), &shown.item, ctx.now());
    let address = url::item(&repo.path, ItemKind::Ticket, found.number);
    let entries = item::entries(shown);
    let total = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let number = number.unwrap_or_else(|| total.div_ceil(LISTED)).max(1);
    let skipped = usize::try_from((number - 1).saturating_mul(LISTED)).unwrap_or(usize::MAX);
    let part = entries.get(skipped.min(entries.len())..).unwrap_or_default();
    let part = part.get(..part.len().min(100)).unwrap_or_default();
    let viewer = access.actor().person().map(|person| person.id);
    let links = |comment: &Comment, view: &mut CommentView| {
        let is_own = viewer.is_some() && comment.author.id == viewer;
        let can = is_own && shown.rights.comment;
        view.edit_url = can.then(|| format!("{address}/edit?comment={}", comment.id));
        view.delete_action = (can || shown.rights.write).then(|| address.clone());
    };
    let body = item::preview(ctx, repo, &found.body).await?;
    let is_told = shown.subscription == Some(Subscription::All)
        || (shown.subscription.is_none() && shown.assignees.iter().any(|user| Some(user.id) == viewer));
    let milestone = shown.milestone.as_ref().map(|milestone| {
        let query = format!("is:all milestone:{}", search::quoted(&milestone.title));
        let list = url::items(&repo.path, ItemKind::Ticket);
        Link::new(&milestone.title, format!("{list}?q={}", url::encode_segment(query.as_bytes())))
    });
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
        sort_url: shown.rights.write.then(|| format!("{address}/sort")),
        description: item::description(found, Some(body), now),
        entries: item::timeline(ctx, repo, part, links).await?,
        paging: paging(&address, None, number, LISTED, total),
        can_comment: shown.rights.comment,
        can_close: shown.rights.own && shown.rights.comment,
        write: write.unwrap_or_else(empty_box),
        assignees: shown.assignees.iter().map(item::person_link).collect(),
        labels: shown
            .labels
            .iter()
            .map(|label| item::label_tag(&repo.path, ItemKind::Ticket, label))
            .collect(),
        milestone,
        is_subscribed: is_told,
        action: address,
    })
}
