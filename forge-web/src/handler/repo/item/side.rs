//! What stands beside the talk about an item, and whether the reader is told of it.

use forge_app::{ItemLink, ItemShown, LinkedItem, Read, RepoAccess};
use forge_core::RepoPath;
use forge_core::notification::Subscription;
use forge_core::work_item::search;
use http::Uri;
use serde::Deserialize;

use super::{address, label_tag, person_link, state_tag};
use crate::error::Answer;
use crate::extract::{Ctx, Me, Repo};
use crate::form::Form;
use crate::notice::Notice;
use crate::url;
use crate::view::{ItemSide, LabelTag, Link, LinkedGroup};

/// What stands beside an item.
pub(in crate::handler) fn side(ctx: &Ctx, access: &RepoAccess<Read>, shown: &ItemShown) -> ItemSide {
    let (repo, item) = (&access.repo().path, &shown.item);
    let base = url::item(repo, item.kind, item.number);
    let milestone = shown.milestone.as_ref().map(|milestone| {
        let query = format!("is:all milestone:{}", search::quoted(&milestone.title));
        let list = url::items(repo, item.kind);
        Link::new(&milestone.title, format!("{list}?q={}", url::encode_segment(query.as_bytes())))
    });
    let labels: Vec<LabelTag> = shown.labels.iter().map(|label| label_tag(repo, item.kind, label)).collect();
    let is_browser = ctx.app().authorize_me(&ctx.visitor.actor).is_ok();
    ItemSide {
        assignees: shown.assignees.iter().map(person_link).collect(),
        labels,
        milestone,
        linked: linked(repo, shown),
        is_subscribed: shown.is_told,
        subscription_url: is_browser.then(|| format!("{base}/subscription")),
        sort_url: shown.rights.write.then(|| format!("{base}/sort")),
    }
}

fn linked(repo: &RepoPath, shown: &ItemShown) -> Vec<LinkedGroup> {
    let groups = [
        ("Closes", "closes", &shown.names, true),
        ("Mentions", "mentions", &shown.names, false),
        ("Closed by", "closed-by", &shown.named_by, true),
        ("Mentioned by", "mentioned-by", &shown.named_by, false),
    ];
    let group = |(title, anchor, found, closes): (&str, &str, &Vec<LinkedItem>, bool)| LinkedGroup {
        title: title.to_owned(),
        anchor: anchor.to_owned(),
        items: found
            .iter()
            .filter(|linked| linked.closes == closes)
            .map(|linked| (item_link(repo, &linked.link), state_tag(linked.link.state)))
            .collect(),
    };
    groups.into_iter().map(group).filter(|group| !group.items.is_empty()).collect()
}

/// Another item, as a link: with its repository, unless that is this one.
pub(in crate::handler) fn item_link(repo: &RepoPath, link: &ItemLink) -> Link {
    let place = if link.repo == *repo { String::new() } else { link.repo.to_string() };
    let label = format!("{place}{}{} {}", link.kind.mark(), link.number, link.title);
    Link::new(label, url::item(&link.repo, link.kind, link.number))
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct SubscriptionForm {
    action: Action,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Subscribe,
    Mute,
}

pub(in crate::handler) async fn change_subscription(
    ctx: Ctx,
    Me(me): Me,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<SubscriptionForm>,
) -> Answer {
    let at = address(&uri)?;
    let level = match form.action {
        Action::Subscribe => Subscription::All,
        Action::Mute => Subscription::None,
    };
    ctx.app().subscribe(&me, &access, at, level).await?;
    ctx.done(&url::item(&access.repo().path, at.kind, at.number), Notice::NotificationsSaved)
}
