//! What people were told of, and the link in a mail that ends it.

use forge_app::{NotificationShown, Page};
use forge_core::ItemId;
use http::Uri;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Me, Query, page};
use crate::form::Form;
use crate::handler::present::paging_with;
use crate::handler::repo::item::state_tag;
use crate::notice::Notice;
use crate::page::notification::{NotificationRow, Notifications, Unsubscribe};
use crate::url;
use crate::view::{Link, When};

/// How many are listed at once.
const LISTED: u64 = 50;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct NotificationsQuery {
    #[serde(default)]
    all: bool,
    page: Option<u64>,
}

pub(in crate::handler) async fn show_notifications(
    ctx: Ctx,
    Me(me): Me,
    Query(query): Query<NotificationsQuery>,
) -> Answer {
    let number = query.page.unwrap_or(1).max(1);
    let found = ctx.app().notifications(&me, !query.all, Page::number(number, LISTED)).await?;
    let unread = ctx.app().unread_notifications(&me).await?;
    let now = ctx.now();
    let tab = |label: String, url: String, is_current| Link { is_current, ..Link::new(label, url) };
    let words = if query.all { "all=true&" } else { "" };
    page(&Notifications {
        page: ctx.frame(),
        tabs: vec![
            tab(format!("New ({unread})"), url::NOTIFICATIONS.to_owned(), !query.all),
            tab("All".to_owned(), format!("{}?all=true", url::NOTIFICATIONS), query.all),
        ],
        is_unread_only: !query.all,
        rows: found.items.into_iter().map(|shown| row(shown, now)).collect(),
        has_unread: unread > 0,
        paging: paging_with(url::NOTIFICATIONS, words, number, LISTED, found.total),
    })
}

fn row(shown: NotificationShown, now: OffsetDateTime) -> NotificationRow {
    let NotificationShown { notification, item, repo } = shown;
    NotificationRow {
        id: item.id.to_string(),
        url: url::item(&repo, item.kind, item.number),
        state: state_tag(item.state),
        place: format!("{repo} {}", item.reference()),
        reason: notification.reason.sentence(),
        when: When::ago(notification.at, now),
        is_unread: notification.read_at.is_none(),
        title: item.title,
    }
}

/// What the buttons have: one, or all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct ReadForm {
    item: Option<String>,
    #[serde(default)]
    all: bool,
}

pub(in crate::handler) async fn mark_notifications(
    ctx: Ctx,
    Me(me): Me,
    Form(form): Form<ReadForm>,
) -> Answer {
    if form.all {
        ctx.app().mark_all_notifications_read(&me).await?;
    } else {
        let item: ItemId = form.item.unwrap_or_default().parse().map_err(|_| Failure::not_found())?;
        ctx.app().mark_notification_read(&me, item).await?;
    }
    ctx.done(url::NOTIFICATIONS, Notice::NotificationsRead)
}

pub(in crate::handler) async fn show_unsubscribe(ctx: Ctx, uri: Uri) -> Answer {
    let secret = Address::of(&uri).segment(1).ok_or_else(Failure::not_found)?;
    ctx.app().read_unsubscribe_link(&secret).await?;
    page(&Unsubscribe { page: ctx.frame(), action: url::unsubscribe(&secret), is_done: false })
}

/// Ends what the link is about. Programs that read mail send this by themselves when their user asks for it, so no page of
/// ours comes before it: the secret in the address is the proof, and all that it can do is this.
pub(in crate::handler) async fn submit_unsubscribe(ctx: Ctx, uri: Uri) -> Answer {
    let secret = Address::of(&uri).segment(1).ok_or_else(Failure::not_found)?;
    let link = ctx.app().read_unsubscribe_link(&secret).await?;
    ctx.app().unsubscribe(link).await?;
    page(&Unsubscribe { page: ctx.frame(), action: url::unsubscribe(&secret), is_done: true })
}
