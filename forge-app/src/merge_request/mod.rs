//! Merge requests: opening, reviewing and merging them.
//!
//! Whatever changes one takes the lock of the repository that it goes to, and so does every push there. A version is
//! therefore made in the very transaction that moves the source branch, and the decision to merge is made in the one
//! that moves the target: no approval can be counted for a head that it is not about. See `settle` for that moment.

mod ahead;
mod auto;
mod carry;
mod check;
mod comment;
mod conflict;
mod deliver;
mod draft;
mod facts;
mod locate;
mod merge;
mod open;
mod owners;
mod pick;
mod place;
mod read;
mod review;
mod settle;
mod source;
mod stacked;
mod status;
mod suggestion;
mod survey;
mod turn;
mod versions;
mod viewed;

pub use check::{MergeReport, Standing};
pub use comment::NewAnchor;
pub use conflict::Conflicts;
pub use locate::{Located, Spot};
pub use merge::MergeOrder;
pub use open::{NewMergeRequest, Opening};
pub use pick::{PickOrder, Picked, Picking};
pub use read::{Awaited, Conversation};
pub use review::Submission;
pub use source::{SourceSeen, Stopped};
pub use status::{MAX_STATUS_DESCRIPTION, MAX_STATUS_URL, NewStatus};
pub use suggestion::ChosenSuggestion;
pub use viewed::fingerprint;

pub(crate) use ahead::Ahead;
pub(crate) use auto::run as auto_merge;
pub(crate) use comment::OnCode;
pub(crate) use deliver::run as deliver;
pub(crate) use settle::Merging;
pub(crate) use suggestion::Applying;

use forge_core::work_item::ItemEvent;
use forge_core::{Actor, By, ItemId, MergeRequest, Person};
use forge_store::{Tx, merge_request, repository, work_item};
use serde_json::Value;

use crate::access::{Level, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};

/// Who does something, as rows keep it.
pub(crate) fn by(actor: &Actor) -> By {
    let name = match actor {
        Actor::Person(person) => person.name.to_string(),
        Actor::Machine(machine) => format!("deploy key {}", machine.name),
        Actor::Nobody => "nobody".to_owned(),
        Actor::System { .. } => "Forge".to_owned(),
    };
    By { id: actor.person().map(|person| person.id), name }
}

/// The person who acts. Programs and strangers have no opinions.
pub(crate) fn person(actor: &Actor) -> Result<&Person> {
    match actor {
        Actor::Person(person) => Ok(person),
        Actor::Nobody => Err(Error::Unauthenticated),
        Actor::Machine(_) | Actor::System { .. } => {
            Err(Error::Forbidden("Only people can do this.".to_owned()))
        }
    }
}

impl App {
    /// Locks the repository and reads a merge request as it is from then on until the transaction ends.
    async fn locked<L: Level>(&self, tx: &Tx, access: &RepoAccess<L>, number: u64) -> Result<MergeRequest> {
        let repo = access.repo();
        if repo.archived {
            return Err(Error::Forbidden("The repository is archived: it can only be read.".to_owned()));
        }
        repository::lock(tx, repo.id).await?;
        merge_request::by_number(tx, repo.id, number).await?.ok_or(Error::NotFound)
    }

    /// Notes in the timeline that something happened.
    pub(crate) async fn happened(
        &self,
        tx: &Tx,
        item: ItemId,
        actor: &By,
        kind: &str,
        detail: Value,
    ) -> Result<()> {
        let now = self.ambient().now();
        let event = ItemEvent {
            id: self.ambient().id(),
            item,
            at: now,
            actor: actor.clone(),
            kind: kind.to_owned(),
            detail: detail.to_string(),
        };
        work_item::add_event(tx, &event).await?;
        // Whatever happens may be what merging by itself waits for.
        if kind != "auto-merge-end" {
            self.look_again(tx, item).await?;
        }
        Ok(work_item::touch(tx, item, now).await?)
    }
}
