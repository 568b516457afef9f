//! What others say of a commit: tests, checks.

use forge_core::merge_request::check::StatusState;
use forge_core::{By, ObjectId, RepoId, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::entity::commit_status::{ActiveModel, Column as Statuses, Entity};
use crate::value::{Column, micros, object_id, parsed, time};
use crate::{Result, Rows, Tx};

/// What one of them says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitStatus {
    /// Where.
    pub repo: RepoId,
    /// Of which commit.
    pub commit: ObjectId,
    /// What it is called.
    pub context: String,
    /// How it came out.
    pub state: StatusState,
    /// A line about it.
    pub description: String,
    /// Where more is to be read; empty for nowhere.
    pub target_url: String,
    /// Who said so.
    pub set_by: By,
    /// When.
    pub at: OffsetDateTime,
}

/// Says it, in place of what was said under the same name.
pub async fn set_status(tx: &Tx, status: &CommitStatus) -> Result<()> {
    let row = ActiveModel {
        repository_id: Set(status.repo.column()),
        commit_id: Set(status.commit.as_bytes().to_vec()),
        context: Set(status.context.clone()),
        state: Set(status.state.name().to_owned()),
        description: Set(status.description.clone()),
        target_url: Set(status.target_url.clone()),
        set_by: Set(status.set_by.id.map(Column::column)),
        set_by_name: Set(status.set_by.name.clone()),
        at: Set(micros(status.at)),
    };
    let again = OnConflict::columns([Statuses::RepositoryId, Statuses::CommitId, Statuses::Context])
        .update_columns([
            Statuses::State,
            Statuses::Description,
            Statuses::TargetUrl,
            Statuses::SetBy,
            Statuses::SetByName,
            Statuses::At,
        ])
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Everything that is said of a commit, by name.
pub async fn statuses(rows: &impl Rows, repo: RepoId, commit: &ObjectId) -> Result<Vec<CommitStatus>> {
    statuses_of(rows, repo, std::slice::from_ref(commit)).await
}

/// Everything that is said of some commits, by name.
pub async fn statuses_of(rows: &impl Rows, repo: RepoId, commits: &[ObjectId]) -> Result<Vec<CommitStatus>> {
    if commits.is_empty() {
        return Ok(Vec::new());
    }
    let query = Entity::find()
        .filter(Statuses::RepositoryId.eq(repo.column()))
        .filter(Statuses::CommitId.is_in(commits.iter().map(|commit| commit.as_bytes().to_vec())))
        .order_by_asc(Statuses::Context);
    let found = query.all(rows.connection()).await?;
    found
        .into_iter()
        .map(|row| {
            Ok(CommitStatus {
                repo: RepoId::of(row.repository_id),
                commit: object_id(&row.commit_id)?,
                context: row.context,
                state: parsed("state of a status", &row.state, row.state.parse())?,
                description: row.description,
                target_url: row.target_url,
                set_by: By { id: row.set_by.map(UserId::of), name: row.set_by_name },
                at: time(row.at)?,
            })
        })
        .collect()
}
