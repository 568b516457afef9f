//! The milestones of a repository.

use forge_core::work_item::{MAX_MILESTONES, Milestone, checked_body, checked_title};
use forge_core::{ItemState, MilestoneId};
use forge_store::work_item::{Having, ItemFilter};
use forge_store::{milestone, work_item};
use serde_json::json;
use time::Date;

use crate::access::{Level, RepoAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::work_item::comment::sentence;
use crate::work_item::listed::visible_to;

/// What a milestone is to be.
#[derive(Debug, Clone, Default)]
pub struct NewMilestone {
    /// What it is called.
    pub title: String,
    /// What it is for, in Markdown.
    pub description: String,
    /// When it should be reached.
    pub due_on: Option<Date>,
}

/// A milestone and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MilestoneShown {
    /// The milestone.
    pub milestone: Milestone,
    /// How many items of it are open, of those that the reader may see.
    pub open: u64,
    /// How many are closed or merged.
    pub done: u64,
}

impl NewMilestone {
    fn checked(&self) -> Result<Self> {
        let title = checked_title(&self.title)
            .map_err(|error| Error::invalid("title", sentence(&error.to_string())))?;
        if title.contains('"') {
            return Err(Error::invalid("title", "Enter a title without quotation marks."));
        }
        let description = checked_body(&self.description)
            .map_err(|error| Error::invalid("description", sentence(&error.to_string())))?;
        Ok(Self { title, description, due_on: self.due_on })
    }
}

impl App {
    /// The milestones of a repository, with what the reader may see of their progress.
    pub async fn milestones<L: Level>(&self, access: &RepoAccess<L>) -> Result<Vec<MilestoneShown>> {
        let rows = self.store().read().await?;
        let mut shown = Vec::new();
        for milestone in milestone::of_repository(&rows, access.repo().id).await? {
            let filter = ItemFilter {
                milestone: Some(Having::One(milestone.id)),
                confidential: visible_to(access),
                ..ItemFilter::default()
            };
            let counts = work_item::counts(&rows, access.repo().id, &filter).await?;
            let sum = |is_open: bool| {
                counts
                    .iter()
                    .filter(|(state, _)| (*state == ItemState::Open) == is_open)
                    .map(|(_, count)| count)
                    .sum()
            };
            shown.push(MilestoneShown { open: sum(true), done: sum(false), milestone });
        }
        Ok(shown)
    }

    /// Adds a milestone.
    pub async fn add_milestone(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        new: &NewMilestone,
    ) -> Result<MilestoneId> {
        let new = new.checked()?;
        let tx = self.begin_in_repository(access).await?;
        if milestone::count(&tx, access.repo().id).await? >= MAX_MILESTONES {
            let text = format!("A repository has at most {MAX_MILESTONES} milestones. Delete one first.");
            return Err(Error::TooLarge(text));
        }
        let milestone = Milestone {
            id: self.ambient().id(),
            repo: access.repo().id,
            title: new.title,
            description: new.description,
            due_on: new.due_on,
            created_at: self.ambient().now(),
            closed_at: None,
        };
        milestone::insert(&tx, &milestone).await.map_err(taken)?;
        let detail = json!({ "title": milestone.title });
        self.record_change(&tx, access, origin, "milestone.add", detail).await?;
        tx.commit().await?;
        Ok(milestone.id)
    }

    /// Changes a milestone.
    pub async fn change_milestone(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        id: MilestoneId,
        new: &NewMilestone,
    ) -> Result<()> {
        let new = new.checked()?;
        let tx = self.begin_in_repository(access).await?;
        let before = milestone::by_id(&tx, access.repo().id, id).await?.ok_or(Error::NotFound)?;
        let detail = json!({ "from": before.title, "to": new.title });
        let changed =
            Milestone { title: new.title, description: new.description, due_on: new.due_on, ..before };
        milestone::update(&tx, &changed).await.map_err(taken)?;
        self.record_change(&tx, access, origin, "milestone.change", detail).await?;
        Ok(tx.commit().await?)
    }

    /// Closes a milestone, or opens it again. Its items stay as they are.
    pub async fn set_milestone_closed(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        id: MilestoneId,
        is_closed: bool,
    ) -> Result<()> {
        let tx = self.begin_in_repository(access).await?;
        let found = milestone::by_id(&tx, access.repo().id, id).await?.ok_or(Error::NotFound)?;
        let at = is_closed.then(|| self.ambient().now());
        milestone::set_closed(&tx, access.repo().id, id, at).await?;
        let action = if is_closed { "milestone.close" } else { "milestone.reopen" };
        self.record_change(&tx, access, origin, action, json!({ "title": found.title })).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes a milestone; its items stay.
    pub async fn delete_milestone(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        id: MilestoneId,
    ) -> Result<()> {
        let tx = self.begin_in_repository(access).await?;
        let found = milestone::by_id(&tx, access.repo().id, id).await?.ok_or(Error::NotFound)?;
        milestone::delete(&tx, access.repo().id, id).await?;
        self.record_change(&tx, access, origin, "milestone.delete", json!({ "title": found.title })).await?;
        Ok(tx.commit().await?)
    }
}

fn taken(error: forge_store::Error) -> Error {
    match error {
        forge_store::Error::Conflict(_) => {
            Error::invalid("title", "There is a milestone of this title already.")
        }
        other => other.into(),
    }
}
