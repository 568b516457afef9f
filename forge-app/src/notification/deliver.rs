//! Finds out who is told of an act, and tells them.
//!
//! Running it twice tells nobody twice: the list knows of each act by its moment, and mail goes with the first telling.

use std::collections::BTreeMap;

use forge_core::notification::{MailChoice, Notification, Reason, Subscription, Watch};
use forge_core::{By, ItemKind, User, UserId, WorkItem};
use forge_store::{Rows, merge_request, notification, repository, user, work_item};

use crate::app::App;
use crate::error::Result;
use crate::jobs::{JobError, Task};
use crate::notification::{Act, Told, moment};

/// Tells of one act.
pub(crate) async fn run(task: &Task, act: &Act) -> Result<(), JobError> {
    let app = &task.app;
    let rows = app.store().read().await?;
    let Some(item) = work_item::by_id(&rows, act.item).await? else { return Ok(()) };
    let Some(repo) = repository::by_id(&rows, item.repo).await? else { return Ok(()) };
    let followers = followers(&rows, &item, act).await?;
    let Some(news) = app.news(&rows, &repo, &item, act).await? else { return Ok(()) };
    drop(rows);
    for (id, reason) in followers {
        if task.cancel.is_cancelled() {
            return Err(JobError::Retry("the forge stops".to_owned()));
        }
        let found = {
            let rows = app.store().read().await?;
            user::by_id(&rows, id).await?
        };
        let Some(person) = found else { continue };
        if app.may_be_told(&person, &item).await? {
            app.tell_one(&person, reason, &item, act, &news).await?;
        }
    }
    app.wake_workers();
    Ok(())
}

/// Everybody who is to be told, each with the strongest reason. Whoever did it is not among them.
async fn followers(
    rows: &impl Rows,
    item: &WorkItem,
    act: &Act,
) -> Result<BTreeMap<UserId, Reason>, JobError> {
    let mut found: BTreeMap<UserId, Reason> = BTreeMap::new();
    let mut add = |user: UserId, reason: Reason| {
        let known = found.entry(user).or_insert(reason);
        *known = reason.min(*known);
    };
    for (user, word) in &act.people {
        if let Ok(reason) = word.parse() {
            add(*user, reason);
        }
    }
    // That somebody was asked concerns nobody else.
    let is_for_all = act.what != Told::ReviewAsked;
    if let Some(author) = item.author.id.filter(|_| is_for_all) {
        add(author, Reason::Author);
    }
    for one in work_item::assignees(rows, item.id).await?.iter().filter(|_| is_for_all) {
        add(one.id, Reason::Assigned);
    }
    if is_for_all && item.kind == ItemKind::MergeRequest {
        for one in merge_request::reviewers(rows, item.id).await? {
            add(one.id, Reason::ReviewAsked);
        }
    }
    let mut silent = Vec::new();
    for (user, level, reason) in work_item::subscriptions(rows, item.id).await? {
        match level {
            Subscription::All if is_for_all => add(user, reason),
            Subscription::All => {}
            Subscription::None => silent.push(user),
        }
    }
    for (user, watch) in notification::watches(rows, item.repo).await? {
        match watch {
            Watch::All if is_for_all => add(user, Reason::Watching),
            Watch::None => silent.push(user),
            Watch::All | Watch::Participating => {}
        }
    }
    found.retain(|user, _| Some(*user) != act.actor && !silent.contains(user));
    Ok(found)
}

impl App {
    /// Tells one person: in the list, and by mail as they want it.
    async fn tell_one(
        &self,
        person: &User,
        reason: Reason,
        item: &WorkItem,
        act: &Act,
        news: &super::letter::News,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let told = Notification { user: person.id, item: item.id, reason, at: moment(act.at), read_at: None };
        if !notification::tell(&tx, &told).await? {
            return Ok(());
        }
        if reason == Reason::Mentioned {
            work_item::take_part(&tx, item.id, person.id, reason).await?;
        }
        let wanted = match notification::mail_choice(&tx, person.id).await? {
            MailChoice::All => true,
            MailChoice::Turn => is_turn(&tx, person, reason, item, act).await?,
            MailChoice::Digest | MailChoice::None => false,
        };
        if wanted {
            self.mail_news(&tx, person, reason, item, act, news).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Whether it is up to somebody: they were asked, given it or named by this very act, a ticket is theirs, or a merge
/// request waits for them. That they were asked once does not make each later push their turn.
async fn is_turn(
    rows: &impl Rows,
    person: &User,
    reason: Reason,
    item: &WorkItem,
    act: &Act,
) -> Result<bool> {
    let is_named = act
        .people
        .iter()
        .any(|(user, word)| *user == person.id && word.parse::<Reason>().is_ok_and(Reason::is_turn));
    match item.kind {
        _ if is_named => Ok(true),
        ItemKind::Ticket => Ok(reason == Reason::Assigned),
        ItemKind::MergeRequest => {
            let turns = merge_request::turns(rows, item.id).await?;
            Ok(turns.iter().any(|(user, _)| user.id == person.id))
        }
    }
}

/// Whoever did something, as far as an act knows.
pub(super) fn by(act: &Act) -> By {
    By { id: act.actor, name: act.actor_name.clone() }
}
