//! Who sees an item, and who may begin to change it.

use forge_core::work_item::ItemEvent;
use forge_core::{Actor, By, ItemId, ItemKind, Permission, Person, UserId, WorkItem};
use forge_store::{Rows, Tx, repository, work_item};
use serde_json::Value;
use time::OffsetDateTime;

use crate::access::{Level, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};

/// Which item of a repository: under the address of another kind it is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemAddress {
    /// What kind.
    pub kind: ItemKind,
    /// Its number in the repository.
    pub number: u64,
}

impl ItemAddress {
    /// A ticket.
    pub fn ticket(number: u64) -> Self {
        Self { kind: ItemKind::Ticket, number }
    }

    /// A merge request.
    pub fn merge_request(number: u64) -> Self {
        Self { kind: ItemKind::MergeRequest, number }
    }
}

/// A change that has begun: the repository is locked, and the item is there for whoever changes it.
pub(crate) struct Begun {
    pub(crate) tx: Tx,
    pub(crate) item: WorkItem,
    pub(crate) by: By,
    pub(crate) user: UserId,
    pub(crate) permission: Permission,
    pub(crate) now: OffsetDateTime,
}

impl Begun {
    /// Whether it is their own, or they may push.
    pub(crate) fn is_theirs(&self) -> bool {
        self.permission >= Permission::Write || self.item.author.id == Some(self.user)
    }

    /// Refuses whoever neither opened it nor may push.
    pub(crate) fn own(&self) -> Result<()> {
        if self.is_theirs() {
            return Ok(());
        }
        let text = format!("Only whoever opened this {} and those who may push can do this.", self.item.kind);
        Err(Error::Forbidden(text))
    }

    /// Refuses whoever may not push.
    pub(crate) fn writes(&self) -> Result<()> {
        if self.permission >= Permission::Write {
            return Ok(());
        }
        Err(Error::Forbidden("Only those who may push to this repository can do this.".to_owned()))
    }
}

/// Whether somebody with a permission sees an item.
pub(crate) fn may_see(
    permission: Permission,
    user: Option<UserId>,
    item: &WorkItem,
    is_assigned: bool,
) -> bool {
    let is_theirs = user.is_some() && item.author.id == user;
    permission >= Permission::Read
        && (!item.is_confidential || permission >= Permission::Write || is_theirs || is_assigned)
}

/// The person who speaks: somebody in a browser, and no key or token.
pub(crate) fn speaker(actor: &Actor) -> Result<&Person> {
    let person = actor.person().ok_or(Error::Unauthenticated)?;
    if person.credential.is_browser() {
        return Ok(person);
    }
    Err(Error::Forbidden("Sign in with a browser to take part in tickets and merge requests.".to_owned()))
}

impl App {
    /// Finds an item that the actor may see.
    pub(crate) async fn seen_item<L: Level>(
        &self,
        rows: &impl Rows,
        access: &RepoAccess<L>,
        at: ItemAddress,
    ) -> Result<WorkItem> {
        let found = work_item::by_number(rows, access.repo().id, at.number).await?;
        let item = found.filter(|item| item.kind == at.kind).ok_or(Error::NotFound)?;
        let user = access.actor().person().map(|person| person.id);
        if self.sees(rows, access.permission(), user, &item).await? { Ok(item) } else { Err(Error::NotFound) }
    }

    /// Whether somebody with a permission sees an item.
    pub(crate) async fn sees(
        &self,
        rows: &impl Rows,
        permission: Permission,
        user: Option<UserId>,
        item: &WorkItem,
    ) -> Result<bool> {
        let is_assigned = match user {
            Some(user) if item.is_confidential => work_item::is_assigned(rows, item.id, user).await?,
            _ => false,
        };
        Ok(may_see(permission, user, item, is_assigned))
    }

    /// Locks the repository and finds the item that somebody is about to change.
    pub(crate) async fn begin_on_item<L: Level>(
        &self,
        access: &RepoAccess<L>,
        at: ItemAddress,
    ) -> Result<Begun> {
        let person = speaker(access.actor())?;
        let tx = self.begin_in_repository(access).await?;
        let item = self.seen_item(&tx, access, at).await?;
        Ok(Begun {
            tx,
            item,
            by: By { id: Some(person.id), name: person.name.to_string() },
            user: person.id,
            permission: access.permission(),
            now: self.ambient().now(),
        })
    }

    /// Begins a change of what belongs to a repository, if it may change at all.
    pub(crate) async fn begin_in_repository<L: Level>(&self, access: &RepoAccess<L>) -> Result<Tx> {
        speaker(access.actor())?;
        let tx = self.store().begin().await?;
        repository::lock(&tx, access.repo().id).await?;
        let repo = repository::by_id(&tx, access.repo().id).await?.ok_or(Error::NotFound)?;
        if repo.archived {
            let text = "This repository is archived, so nothing in it changes. An owner can unarchive it in its settings.";
            return Err(Error::Forbidden(text.to_owned()));
        }
        Ok(tx)
    }

    /// Notes for the timeline that something happened to an item.
    pub(crate) async fn item_event(
        &self,
        tx: &Tx,
        item: ItemId,
        actor: &By,
        kind: &str,
        detail: &Value,
    ) -> Result<()> {
        let event = ItemEvent {
            id: self.ambient().id(),
            item,
            at: self.ambient().now(),
            actor: actor.clone(),
            kind: kind.to_owned(),
            detail: detail.to_string(),
        };
        Ok(work_item::add_event(tx, &event).await?)
    }

    /// Ends a change: it lasts, and whoever does what follows is woken.
    pub(crate) async fn finish_change(&self, begun: Begun) -> Result<()> {
        begun.tx.commit().await?;
        self.wake_workers();
        Ok(())
    }
}

#[cfg(test)]
mod unit {
    use Permission::{Maintain, None as Nothing, Read, Write};
    use forge_core::{ItemState, RepoId};

    use super::*;

    #[test]
    fn confidential_items_are_for_few() {
        let user = |number| UserId::new(number, [1; 10]);
        let item = |is_confidential| WorkItem {
            id: ItemId::new(1, [1; 10]),
            repo: RepoId::new(1, [1; 10]),
            number: 1,
            kind: ItemKind::Ticket,
            title: String::new(),
            body: String::new(),
            author: By { id: Some(user(1)), name: String::new() },
            state: ItemState::Open,
            is_confidential,
            is_locked: false,
            milestone: None,
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            closed_at: None,
        };
        for (permission, who, is_assigned, open, secret) in [
            (Nothing, Some(user(1)), true, false, false),
            (Read, Some(user(2)), false, true, false),
            (Read, Some(user(1)), false, true, true),
            (Read, Some(user(2)), true, true, true),
            (Read, None, false, true, false),
            (Write, Some(user(2)), false, true, true),
            (Maintain, None, false, true, true),
        ] {
            assert_eq!(may_see(permission, who, &item(false), is_assigned), open, "{permission:?} {who:?}");
            assert_eq!(may_see(permission, who, &item(true), is_assigned), secret, "{permission:?} {who:?}");
        }
        let gone = WorkItem { author: By { id: None, name: String::new() }, ..item(true) };
        assert!(!may_see(Read, None, &gone, false), "nobody is not an author who is gone");
    }
}
