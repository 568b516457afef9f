//! Feeds: lists that programs fetch again and again. The token in the address says whose they are, and what the person may
//! see is decided each time.

mod answer;
mod entry;

use forge_app::Read;
use forge_core::{OwnerId, RepoName, RepoPath, Repository};
use http::Uri;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Feed, Repo};
use crate::page::feed::Entry;
use crate::url;
use answer::{Told, answer};

pub(super) async fn show_notification_feed(ctx: Ctx, Feed(access): Feed) -> Answer {
    let found = ctx.app().feed_of_notifications(&access).await?;
    let owner = access.owner();
    let told = Told {
        id: format!("notifications/{}", owner.id),
        title: format!("Notifications of {}", owner.name),
        page: url::NOTIFICATIONS.to_owned(),
        own_url: None,
        since: owner.created_at,
        entries: found.into_iter().map(|shown| entry::notification(&ctx.web, shown)).collect(),
    };
    answer(&ctx, "notifications", told)
}

pub(super) async fn show_turn_feed(ctx: Ctx, Feed(access): Feed) -> Answer {
    let found = ctx.app().feed_of_turns(&access).await?;
    let owner = access.owner();
    let told = Told {
        id: format!("waiting/{}", owner.id),
        title: format!("Waiting for {}", owner.name),
        page: url::HOME.to_owned(),
        own_url: None,
        since: owner.created_at,
        // What came last comes first, as in other feeds.
        entries: found.into_iter().rev().map(|turn| entry::turn(&ctx.web, turn)).collect(),
    };
    answer(&ctx, "waiting", told)
}

pub(super) async fn show_owner_feed(ctx: Ctx, Feed(access): Feed, uri: Uri) -> Answer {
    let name = Address::of(&uri).owner(3).ok_or_else(Failure::not_found)?;
    let found = ctx.app().feed_of_owner(&access, &name).await?;
    let id = match found.place.id {
        OwnerId::User(id) => id.to_string(),
        OwnerId::Org(id) => id.to_string(),
    };
    let name = &found.place.name;
    let told = Told {
        id: format!("owner/{id}"),
        title: format!("Activity in {name}"),
        page: url::owner(name),
        own_url: None,
        since: access.owner().created_at,
        entries: found.happenings.iter().map(|happening| entry::happening(&ctx.web, happening)).collect(),
    };
    answer(&ctx, name.as_str(), told)
}

pub(super) async fn show_repo_feed(ctx: Ctx, Feed(access): Feed, uri: Uri) -> Answer {
    let address = Address::of(&uri);
    let name = address.segment(4).and_then(|name| RepoName::new(name).ok());
    let (Some(owner), Some(name)) = (address.owner(3), name) else { return Err(Failure::not_found()) };
    let found = ctx.app().feed_of_repository(&access, &RepoPath::new(owner, name)).await?;
    let entries = found.happenings.iter().map(|happening| entry::happening(&ctx.web, happening)).collect();
    repository(&ctx, &found.place, None, entries)
}

/// The same without a token: for a browser that is signed in, and for everybody where a repository is public.
pub(super) async fn show_activity_feed(ctx: Ctx, Repo(access): Repo<Read>) -> Answer {
    let found = ctx.app().feed_of_reading(&access).await?;
    let entries = found.happenings.iter().map(|happening| entry::happening(&ctx.web, happening)).collect();
    let own_url = url::activity_feed(&found.place.path);
    repository(&ctx, &found.place, Some(own_url), entries)
}

fn repository(ctx: &Ctx, repo: &Repository, own_url: Option<String>, entries: Vec<Entry>) -> Answer {
    let told = Told {
        id: format!("repository/{}", repo.id),
        title: format!("Activity in {}", repo.path),
        page: url::activity(&repo.path),
        own_url,
        since: repo.created_at,
        entries,
    };
    answer(ctx, repo.path.name.as_str(), told)
}
