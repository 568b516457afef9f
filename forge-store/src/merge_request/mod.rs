//! Merge requests: what they have beyond a work item, and their versions.
//!
//! Whoever changes one first takes the lock of the repository that it goes to (`repository::lock`).

mod approval;
mod armed;
mod arrival;
mod person;
mod review;
mod status;
mod thread;
mod turn;
mod version;
mod viewed;

pub use approval::{approvals, carry_approval, end_approval, insert_approval};
pub use armed::{armed, armed_in};
pub use arrival::{Arrival, add_arrival, arrivals, remove_arrival, with_arrivals};
pub use person::{ask_reviewer, reviewers, take_back_reviewer};
pub use review::{
    delete_review, dismiss_review, insert_review, pending_review, review_by_id, reviews, set_review_text,
    submit_review,
};
pub use status::{CommitStatus, set_status, statuses, statuses_of};
pub use thread::{
    add_comment, add_suggestion, add_thread, applied, comment_by_id, delete_comment, edit_comment,
    open_threads, set_resolved, thread_by_id, threads,
};
pub use turn::{Turn, all_turns_of, end_turn, end_turns, give_turn, turns};
pub use version::{insert_version, version, versions};
pub use viewed::{set_viewed, viewed};

use forge_core::merge_request::{AutoMerge, Merged, Source};
use forge_core::{ItemId, ItemState, MergeRequest, ObjectId, RefName, RepoId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use crate::entity::merge_request::{ActiveModel, Column as Requests, Entity, Model};
use crate::entity::merge_request_version as versions;
use crate::entity::work_item as items;
use crate::value::{Column, corrupt, micros, object_id, optional_bytes, parsed, unsigned};
use crate::{Result, Rows, Tx, store, work_item};

/// Adds a merge request together with its work item.
pub async fn insert(tx: &Tx, request: &MergeRequest) -> Result<()> {
    work_item::insert(tx, &request.item).await?;
    let row = ActiveModel {
        item_id: Set(request.item.id.column()),
        target_branch: Set(request.target_branch.as_str().to_owned()),
        source_repository_id: Set(request.source.repo.map(Column::column)),
        source_path: Set(request.source.path.clone()),
        source_branch: Set(request.source.branch.as_str().to_owned()),
        is_draft: Set(request.is_draft),
        version: Set(i64::from(request.version)),
        merged_at: Set(None),
        merged_by: Set(None),
        merge_commit: Set(None),
        merge_method: Set(None),
        auto_merge_by: Set(None),
        auto_merge_method: Set(None),
        auto_merge_message: Set(None),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Finds a merge request by its number.
pub async fn by_number(rows: &impl Rows, repo: RepoId, number: u64) -> Result<Option<MergeRequest>> {
    match work_item::by_number(rows, repo, number).await? {
        Some(item) => by_id(rows, item.id).await,
        None => Ok(None),
    }
}

/// Finds a merge request by identifier.
pub async fn by_id(rows: &impl Rows, id: ItemId) -> Result<Option<MergeRequest>> {
    Ok(by_ids(rows, &[id]).await?.pop())
}

/// Several merge requests, in the order asked for; those that are gone, and tickets, are left out.
pub async fn by_ids(rows: &impl Rows, ids: &[ItemId]) -> Result<Vec<MergeRequest>> {
    let columns: Vec<Uuid> = ids.iter().map(|id| id.column()).collect();
    let mut requests = Vec::with_capacity(ids.len());
    for columns in columns.chunks(crate::user::CHUNK) {
        let found = Entity::find()
            .filter(Requests::ItemId.is_in(columns.iter().copied()))
            .all(rows.connection())
            .await?;
        let of = items::Entity::find()
            .filter(items::Column::Id.is_in(columns.iter().copied()))
            .all(rows.connection())
            .await?;
        for item in of {
            if let Some(row) = found.iter().find(|row| row.item_id == item.id) {
                requests.push(from_rows(item, row.clone())?);
            }
        }
    }
    requests.sort_by_cached_key(|request| ids.iter().position(|id| *id == request.item.id));
    Ok(requests)
}

/// The open merge requests that come from a branch, or that go to one, of a repository.
pub async fn open_at(
    rows: &impl Rows,
    repo: RepoId,
    branch: &RefName,
    end: End,
) -> Result<Vec<MergeRequest>> {
    let query = Entity::find().select_only().column(Requests::ItemId);
    let query = match end {
        End::Source => query
            .filter(Requests::SourceRepositoryId.eq(repo.column()))
            .filter(Requests::SourceBranch.eq(branch.as_str())),
        End::Target => query.filter(Requests::TargetBranch.eq(branch.as_str())).filter(
            Requests::ItemId.in_subquery(
                Query::select()
                    .column(items::Column::Id)
                    .from(items::Entity)
                    .and_where(items::Column::RepositoryId.eq(repo.column()))
                    .and_where(items::Column::State.eq(ItemState::Open.name()))
                    .to_owned(),
            ),
        ),
    };
    let ids: Vec<Uuid> = query.into_tuple().all(rows.connection()).await?;
    let ids: Vec<ItemId> = ids.into_iter().map(ItemId::of).collect();
    let mut found = by_ids(rows, &ids).await?;
    found.retain(MergeRequest::is_open);
    found.sort_by_key(|request| request.item.number);
    Ok(found)
}

/// The two branches of an open merge request, and its newest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEnds {
    /// Which merge request.
    pub item: ItemId,
    /// The repository that it goes to.
    pub repo: RepoId,
    /// The branch that it goes to.
    pub target_branch: RefName,
    /// The repository that it comes from, unless that was deleted.
    pub source_repo: Option<RepoId>,
    /// The branch that it comes from.
    pub source_branch: RefName,
    /// The number of its newest version.
    pub version: u32,
    /// What that and its target had in common.
    pub base: ObjectId,
    /// Its head.
    pub head: ObjectId,
}

/// The branches of every open merge request that comes from a repository or goes to it.
pub async fn open_ends(rows: &impl Rows, repo: RepoId) -> Result<Vec<OpenEnds>> {
    let found = Entity::find()
        .select_only()
        .column(Requests::ItemId)
        .column(items::Column::RepositoryId)
        .column(Requests::TargetBranch)
        .column(Requests::SourceRepositoryId)
        .column(Requests::SourceBranch)
        .column(Requests::Version)
        .column(versions::Column::Base)
        .column(versions::Column::Head)
        .join(
            JoinType::InnerJoin,
            Entity::belongs_to(items::Entity).from(Requests::ItemId).to(items::Column::Id).into(),
        )
        .join(
            JoinType::InnerJoin,
            Entity::belongs_to(versions::Entity)
                .from((Requests::ItemId, Requests::Version))
                .to((versions::Column::ItemId, versions::Column::Number))
                .into(),
        )
        .filter(items::Column::State.eq(ItemState::Open.name()))
        .filter(
            Condition::any()
                .add(items::Column::RepositoryId.eq(repo.column()))
                .add(Requests::SourceRepositoryId.eq(repo.column())),
        )
        .into_tuple::<(Uuid, Uuid, String, Option<Uuid>, String, i64, Vec<u8>, Vec<u8>)>()
        .all(rows.connection())
        .await?;
    let branch = |text: String| parsed("branch", &text.clone(), RefName::new(text));
    found
        .into_iter()
        .map(|(item, repo, target, source, from, version, base, head)| {
            Ok(OpenEnds {
                item: ItemId::of(item),
                repo: RepoId::of(repo),
                target_branch: branch(target)?,
                source_repo: source.map(RepoId::of),
                source_branch: branch(from)?,
                version: number(version)?,
                base: object_id(&base)?,
                head: object_id(&head)?,
            })
        })
        .collect()
}

/// Which end of a merge request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Where the change comes from.
    Source,
    /// Where it goes.
    Target,
}

/// Says whether it is a draft.
pub async fn set_draft(tx: &Tx, id: ItemId, is_draft: bool) -> Result<()> {
    update(tx, id, |update| update.value(Requests::IsDraft, is_draft)).await
}

/// Makes it go to another branch.
pub async fn set_target(tx: &Tx, id: ItemId, branch: &RefName) -> Result<()> {
    update(tx, id, |update| update.value(Requests::TargetBranch, branch.as_str())).await
}

/// Arms or disarms merging by itself.
pub async fn set_auto_merge(tx: &Tx, id: ItemId, auto: Option<&AutoMerge>) -> Result<()> {
    let by: Option<Uuid> = auto.map(|auto| auto.by.column());
    let method = auto.map(|auto| auto.method.name());
    let message = auto.map(|auto| auto.message.clone());
    update(tx, id, |update| {
        update
            .value(Requests::AutoMergeBy, by)
            .value(Requests::AutoMergeMethod, method)
            .value(Requests::AutoMergeMessage, message)
    })
    .await
}

/// Notes how it was merged. `Conflict` if it is not open: exactly one of several merges wins.
pub async fn set_merged(tx: &Tx, id: ItemId, merged: &Merged) -> Result<()> {
    let states = (ItemState::Open, ItemState::Merged);
    work_item::set_state(tx, id, states, merged.by, merged.at).await?;
    let by: Option<Uuid> = merged.by.map(Column::column);
    update(tx, id, |update| {
        update
            .value(Requests::MergedAt, micros(merged.at))
            .value(Requests::MergedBy, by)
            .value(Requests::MergeCommit, optional_bytes(Some(&merged.commit)))
            .value(Requests::MergeMethod, merged.method.name())
            .value(Requests::AutoMergeBy, Option::<Uuid>::None)
            .value(Requests::AutoMergeMethod, Option::<String>::None)
            .value(Requests::AutoMergeMessage, Option::<String>::None)
    })
    .await
}

/// Sets the number of the newest version from the one before.
async fn set_version(tx: &Tx, id: ItemId, number: u32) -> Result<()> {
    let statement = Query::update()
        .table(Entity)
        .value(Requests::Version, i64::from(number))
        .and_where(Requests::ItemId.eq(id.column()))
        .and_where(Expr::col(Requests::Version).lte(i64::from(number)))
        .to_owned();
    store::one_row(tx.inner.execute(&statement).await?.rows_affected())
}

async fn update(
    tx: &Tx,
    id: ItemId,
    set: impl FnOnce(&mut sea_orm::sea_query::UpdateStatement) -> &mut sea_orm::sea_query::UpdateStatement,
) -> Result<()> {
    let mut statement = Query::update();
    statement.table(Entity).and_where(Requests::ItemId.eq(id.column()));
    set(&mut statement);
    store::one_row(tx.inner.execute(&statement).await?.rows_affected())
}

fn from_rows(item: items::Model, row: Model) -> Result<MergeRequest> {
    let branch = |text: &str| parsed("branch", text, RefName::new(text));
    let merged = match (row.merged_at, row.merge_commit, row.merge_method) {
        (Some(at), Some(commit), Some(method)) => Some(Merged {
            at: crate::value::time(at)?,
            by: row.merged_by.map(UserId::of),
            commit: object_id(&commit)?,
            method: parsed("merge method", &method, method.parse())?,
        }),
        _ => None,
    };
    let auto_merge = match (row.auto_merge_by, row.auto_merge_method, row.auto_merge_message) {
        (Some(by), Some(method), message) => Some(AutoMerge {
            by: UserId::of(by),
            method: parsed("merge method", &method, method.parse())?,
            message: message.unwrap_or_default(),
        }),
        _ => None,
    };
    Ok(MergeRequest {
        item: work_item::from_row(item)?,
        target_branch: branch(&row.target_branch)?,
        source: Source {
            repo: row.source_repository_id.map(RepoId::of),
            path: row.source_path,
            branch: branch(&row.source_branch)?,
        },
        is_draft: row.is_draft,
        version: number(row.version)?,
        merged,
        auto_merge,
    })
}

/// A small count.
fn number(column: i64) -> Result<u32> {
    u32::try_from(unsigned(column)?).map_err(|_| corrupt("number", &column.to_string()))
}

#[cfg(test)]
mod tests;
