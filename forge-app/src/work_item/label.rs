//! The labels of a repository.

use forge_core::LabelId;
use forge_core::work_item::{Colour, Label, MAX_LABEL, MAX_REPO_LABELS};
use forge_store::label;
use serde_json::json;

use crate::access::{Level, RepoAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// The longest description of a label, in characters.
const MAX_DESCRIPTION: usize = 200;

/// What a label is to be.
#[derive(Debug, Clone, Default)]
pub struct NewLabel {
    /// What it says.
    pub name: String,
    /// How it looks.
    pub colour: Colour,
    /// When to use it.
    pub description: String,
}

impl NewLabel {
    fn checked(&self) -> Result<Self> {
        let (name, description) = (self.name.trim(), self.description.trim());
        let length = name.chars().count();
        // A quotation mark would end the name in a search.
        if length == 0 || length > MAX_LABEL || name.chars().any(|c| c.is_control() || c == '"') {
            let text = format!("Enter a name of at most {MAX_LABEL} characters, without quotation marks.");
            return Err(Error::invalid("name", text));
        }
        if description.chars().count() > MAX_DESCRIPTION || description.chars().any(char::is_control) {
            let text = format!("Enter one line of at most {MAX_DESCRIPTION} characters.");
            return Err(Error::invalid("description", text));
        }
        Ok(Self { name: name.to_owned(), colour: self.colour, description: description.to_owned() })
    }
}

impl App {
    /// The labels of a repository in the order of their names.
    pub async fn labels<L: Level>(&self, access: &RepoAccess<L>) -> Result<Vec<Label>> {
        Ok(label::of_repository(&self.store().read().await?, access.repo().id).await?)
    }

    /// Adds a label.
    pub async fn add_label(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        new: &NewLabel,
    ) -> Result<LabelId> {
        let new = new.checked()?;
        let tx = self.begin_in_repository(access).await?;
        if label::count(&tx, access.repo().id).await? >= MAX_REPO_LABELS {
            return Err(Error::TooLarge(format!(
                "A repository has at most {MAX_REPO_LABELS} labels. Delete one first."
            )));
        }
        let label = Label {
            id: self.ambient().id(),
            repo: access.repo().id,
            name: new.name,
            colour: new.colour,
            description: new.description,
        };
        label::insert(&tx, &label).await.map_err(taken)?;
        self.record_change(&tx, access, origin, "label.add", json!({ "name": label.name })).await?;
        tx.commit().await?;
        Ok(label.id)
    }

    /// Changes a label, also where it is used.
    pub async fn change_label(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        id: LabelId,
        new: &NewLabel,
    ) -> Result<()> {
        let new = new.checked()?;
        let tx = self.begin_in_repository(access).await?;
        let before = label::by_id(&tx, access.repo().id, id).await?.ok_or(Error::NotFound)?;
        let label =
            Label { name: new.name, colour: new.colour, description: new.description, ..before.clone() };
        label::update(&tx, &label).await.map_err(taken)?;
        let detail = json!({ "from": before.name, "to": label.name });
        self.record_change(&tx, access, origin, "label.change", detail).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes a label, also where it is used.
    pub async fn delete_label(&self, access: &RepoAccess<Write>, origin: &Origin, id: LabelId) -> Result<()> {
        let tx = self.begin_in_repository(access).await?;
        let label = label::by_id(&tx, access.repo().id, id).await?.ok_or(Error::NotFound)?;
        label::delete(&tx, access.repo().id, id).await?;
        self.record_change(&tx, access, origin, "label.delete", json!({ "name": label.name })).await?;
        Ok(tx.commit().await?)
    }
}

fn taken(error: forge_store::Error) -> Error {
    match error {
        forge_store::Error::Conflict(_) => Error::invalid("name", "There is a label of this name already."),
        other => other.into(),
    }
}
