//! Who is told of what happens to tickets and merge requests, in the list and by mail.
//!
//! An act puts one job in, in its own transaction; the job finds out who follows the item, looks at each whether they may
//! still see it, and tells those who may. Nothing of what was said is kept in the job: it is read again at delivery, so
//! what was taken back in between is not sent.

mod deliver;
mod digest;
mod letter;
mod list;
mod settings;
mod unsubscribe;

#[cfg(test)]
mod tests;

pub use list::{NotificationList, NotificationShown};
pub use unsubscribe::Unsubscribed;

pub(crate) use deliver::run as deliver;
pub(crate) use digest::run as send_digest;

use forge_core::notification::Reason;
use forge_core::{
    AccountState, Actor, By, CommentId, Credential, ItemId, Person, ReviewId, User, UserId, WorkItem,
};
use forge_store::Tx;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::access::Read;
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Job;

/// What happened to an item, for those who follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Told {
    /// It was opened.
    Opened,
    /// Somebody said something.
    Commented {
        /// What.
        comment: CommentId,
    },
    /// A review was submitted.
    Reviewed {
        /// Which.
        review: ReviewId,
    },
    /// It was given to somebody.
    Assigned,
    /// Somebody was asked to review it.
    ReviewAsked,
    /// There is a new version to look at.
    NewVersion {
        /// Its number.
        version: u32,
    },
    /// It was merged.
    Merged,
    /// It was closed.
    Closed,
    /// It was opened again.
    Reopened,
}

/// One act, as it waits in the row of its job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Act {
    /// Which, in hexadecimal digits.
    pub(crate) id: String,
    /// To which item.
    pub(crate) item: ItemId,
    /// Who did it; they are not told.
    pub(crate) actor: Option<UserId>,
    /// The name that they had.
    pub(crate) actor_name: String,
    /// When, in microseconds since 1970.
    pub(crate) at: i64,
    /// What happened.
    pub(crate) what: Told,
    /// Who is told although they may not follow the item yet, each with the word for why.
    pub(crate) people: Vec<(UserId, String)>,
}

impl App {
    /// Tells those who follow an item, and these people, of an act: once the caller's transaction is committed, and only
    /// those who may see the item then. Call `App::wake_workers` after it.
    pub(crate) async fn tell(
        &self,
        tx: &Tx,
        item: &WorkItem,
        actor: &By,
        what: Told,
        people: &[(UserId, Reason)],
    ) -> Result<()> {
        let act = Act {
            id: hex::encode(self.ambient().random::<16>()),
            item: item.id,
            actor: actor.id,
            actor_name: actor.name.clone(),
            at: micros(self.ambient().now()),
            what,
            people: people.iter().map(|(user, reason)| (*user, reason.name().to_owned())).collect(),
        };
        self.enqueue(tx, &Job::Tell { act }).await
    }

    /// Whether a person who is not here at the moment may see an item, by what they may do as anybody: no browser lends
    /// them the rights of an administrator.
    pub(crate) async fn may_be_told(&self, user: &User, item: &WorkItem) -> Result<bool> {
        if user.state != AccountState::Active {
            return Ok(false);
        }
        let person = Person {
            id: user.id,
            name: user.name.clone(),
            is_admin: false,
            credential: Credential::Password,
        };
        let access = match self.authorize_by_id::<Read>(&Actor::Person(person), item.repo).await {
            Ok(access) => access,
            Err(Error::NotFound | Error::Unauthenticated | Error::Forbidden(_)) => return Ok(false),
            Err(error) => return Err(error),
        };
        let rows = self.store().read().await?;
        self.sees(&rows, access.permission(), Some(user.id), item).await
    }

    /// Whether an item can be given to somebody: they may see it, or will by being given it.
    pub(crate) async fn may_be_given(&self, user: &User, item: &WorkItem) -> Result<bool> {
        let as_any = WorkItem { is_confidential: false, ..item.clone() };
        self.may_be_told(user, &as_any).await
    }
}

/// Microseconds since 1970.
fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// The moment of so many microseconds.
fn moment(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
