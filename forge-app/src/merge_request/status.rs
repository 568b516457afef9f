//! What programs say of a commit: tests, checks. Merging can demand some of them.

use forge_core::ObjectId;
use forge_core::merge_demand::StatusName;
use forge_core::merge_request::check::StatusState;
use forge_store::merge_request::{self, CommitStatus};
use forge_store::repository;
use serde_json::json;
use url::Url;

use super::by;
use crate::access::{Level, Read, RepoAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// The longest description, in characters.
pub const MAX_STATUS_DESCRIPTION: usize = 200;
/// The longest address, in characters.
pub const MAX_STATUS_URL: usize = 2_000;
/// The most names under which something is said of one commit.
const MOST: usize = 100;

/// What is said of a commit.
#[derive(Debug, Clone)]
pub struct NewStatus {
    /// Under which name, such as `ci/tests`. What was said under it before is replaced.
    pub context: String,
    /// How it came out.
    pub state: StatusState,
    /// A line about it; may be empty.
    pub description: String,
    /// Where more is to be read: an address of the web, or nothing.
    pub target_url: String,
}

impl NewStatus {
    fn check(&self) -> Result<()> {
        StatusName::new(&self.context).map_err(|error| Error::invalid("context", format!("{error}.")))?;
        let length = self.description.chars().count();
        if length > MAX_STATUS_DESCRIPTION || self.description.chars().any(char::is_control) {
            let text = format!("The description is one line of at most {MAX_STATUS_DESCRIPTION} characters.");
            return Err(Error::invalid("description", text));
        }
        if self.target_url.is_empty() {
            return Ok(());
        }
        let is_of_web = |url: &Url| {
            matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
        };
        let parsed = Url::parse(&self.target_url).ok();
        if self.target_url.chars().count() > MAX_STATUS_URL || !parsed.as_ref().is_some_and(is_of_web) {
            let text = format!(
                "The target_url begins with https:// or http://, names no user, and has at most {MAX_STATUS_URL} characters."
            );
            return Err(Error::invalid("target_url", text));
        }
        Ok(())
    }
}

impl App {
    /// Says something of a commit that the repository has, in place of what was said under the same name.
    pub async fn set_commit_status(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        commit: &str,
        new: &NewStatus,
    ) -> Result<CommitStatus> {
        new.check()?;
        let reading = self.authorize::<Read>(access.actor(), &access.repo().path).await?;
        let commit = self.whole_commit(&reading, commit).await?;
        let tx = self.store().begin().await?;
        repository::lock(&tx, access.repo().id).await?;
        let repo = repository::by_id(&tx, access.repo().id).await?.ok_or(Error::NotFound)?;
        if repo.archived {
            return Err(Error::Forbidden("The repository is archived: it can only be read.".to_owned()));
        }
        self.check_terms(&tx, access.actor()).await?;
        let known = merge_request::statuses(&tx, repo.id, &commit).await?;
        if known.len() >= MOST && !known.iter().any(|status| status.context == new.context) {
            return Err(Error::TooLarge(format!("A commit has at most {MOST} statuses.")));
        }
        let status = CommitStatus {
            repo: repo.id,
            commit,
            context: new.context.clone(),
            state: new.state,
            description: new.description.clone(),
            target_url: new.target_url.clone(),
            set_by: by(access.actor()),
            at: self.ambient().now(),
        };
        merge_request::set_status(&tx, &status).await?;
        let detail = json!({
            "commit": status.commit.to_string(),
            "context": status.context.as_str(),
            "state": status.state.name(),
        });
        self.record_change(&tx, access, origin, "commit.set_status", detail).await?;
        self.look_again_at(&tx, repo.id, &status.commit).await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(status)
    }

    /// Everything that is said of a commit, by name.
    pub async fn commit_statuses(
        &self,
        access: &RepoAccess<Read>,
        commit: &str,
    ) -> Result<Vec<CommitStatus>> {
        let commit = self.whole_commit(access, commit).await?;
        self.statuses_of(access, &[commit]).await
    }

    /// Everything that is said of some commits that the reader has seen, by name.
    pub async fn statuses_of<L: Level>(
        &self,
        access: &RepoAccess<L>,
        commits: &[ObjectId],
    ) -> Result<Vec<CommitStatus>> {
        let rows = self.store().read().await?;
        Ok(merge_request::statuses_of(&rows, access.repo().id, commits).await?)
    }

    /// The commit of a whole id, if the refs of the repository lead to it.
    async fn whole_commit(&self, access: &RepoAccess<Read>, text: &str) -> Result<ObjectId> {
        let id: ObjectId = text.parse().map_err(|_| Error::NotFound)?;
        Ok(self.code(access).await?.resolve(&id.to_string()).await?.commit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_limit() {
        let fine = NewStatus {
            context: "ci/tests".to_owned(),
            state: StatusState::Success,
            description: "12 of 12".to_owned(),
            target_url: "https://ci.example/1?x=y#z".to_owned(),
        };
        let field = |new: &NewStatus| match new.check() {
            Ok(()) => "",
            Err(Error::Invalid { field, .. }) => field,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(field(&fine), "");
        assert_eq!(
            field(&NewStatus { description: String::new(), target_url: String::new(), ..fine.clone() }),
            ""
        );
        for context in ["", " x", "a\nb", &"x".repeat(101)] {
            assert_eq!(field(&NewStatus { context: context.to_owned(), ..fine.clone() }), "context");
        }
        for description in ["a\nb", &"x".repeat(201)] {
            let new = NewStatus { description: description.to_owned(), ..fine.clone() };
            assert_eq!(field(&new), "description");
        }
        for target_url in [
            "javascript:alert(1)",
            "ftp://x.example",
            "//x.example",
            "ci",
            "https://ann:secret@x.example",
            &format!("https://x.example/{}", "x".repeat(2_000)),
        ] {
            let new = NewStatus { target_url: target_url.to_owned(), ..fine.clone() };
            assert_eq!(field(&new), "target_url", "{target_url}");
        }
    }
}
