//! Lists of items.

use forge_core::{ItemKind, ItemState, RepoId, UserId, WorkItem};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::from_row;
use crate::entity::work_item::{Column as Items, Entity};
use crate::page::contains;
use crate::value::Column;
use crate::{Page, PageRequest, Result, Rows};

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ItemSort {
    /// The newest first.
    #[default]
    Newest,
    /// What changed last first.
    Updated,
    /// The oldest first.
    Oldest,
}

/// Which items.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// Of one kind.
    pub kind: Option<ItemKind>,
    /// In one state.
    pub state: Option<ItemState>,
    /// Opened by somebody.
    pub author: Option<UserId>,
    /// Whose title or description holds a text, in any mixture of capitals.
    pub text: Option<String>,
    /// Which confidential ones may be seen.
    pub confidential: Confidential,
    /// In which order.
    pub sort: ItemSort,
}

/// Which confidential items may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Confidential {
    /// None.
    #[default]
    None,
    /// Those that somebody opened.
    Of(UserId),
    /// All.
    All,
}

fn condition(repo: RepoId, filter: &ItemFilter) -> Condition {
    let mut all = Condition::all().add(Items::RepositoryId.eq(repo.column()));
    if let Some(kind) = filter.kind {
        all = all.add(Items::Kind.eq(kind.name()));
    }
    if let Some(state) = filter.state {
        all = all.add(Items::State.eq(state.name()));
    }
    if let Some(author) = filter.author {
        all = all.add(Items::AuthorId.eq(author.column()));
    }
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let like =
            |column: Items| Func::lower(Expr::col(column)).like(LikeExpr::new(contains(text)).escape('\\'));
        all = all.add(Condition::any().add(like(Items::Title)).add(like(Items::Body)));
    }
    match filter.confidential {
        Confidential::All => all,
        Confidential::None => all.add(Items::IsConfidential.eq(false)),
        Confidential::Of(user) => all.add(
            Condition::any().add(Items::IsConfidential.eq(false)).add(Items::AuthorId.eq(user.column())),
        ),
    }
}

/// A part of the items of a repository.
pub async fn list(
    rows: &impl Rows,
    repo: RepoId,
    filter: &ItemFilter,
    request: PageRequest,
) -> Result<Page<WorkItem>> {
    let query = Entity::find().filter(condition(repo, filter));
    let total = query.clone().count(rows.connection()).await?;
    let query = match filter.sort {
        ItemSort::Newest => query.order_by_desc(Items::Number),
        ItemSort::Oldest => query.order_by_asc(Items::Number),
        ItemSort::Updated => query.order_by_desc(Items::UpdatedAt).order_by_desc(Items::Number),
    };
    let found = query.offset(request.offset).limit(request.bounded()).all(rows.connection()).await?;
    let items = found.into_iter().map(from_row).collect::<Result<Vec<_>>>()?;
    Ok(Page { items, total })
}

/// How many items of each state fit a filter, its own state left aside.
pub async fn counts(rows: &impl Rows, repo: RepoId, filter: &ItemFilter) -> Result<Vec<(ItemState, u64)>> {
    let mut found = Vec::new();
    for state in [ItemState::Open, ItemState::Merged, ItemState::Closed] {
        let filter = ItemFilter { state: Some(state), ..filter.clone() };
        let count = Entity::find().filter(condition(repo, &filter)).count(rows.connection()).await?;
        found.push((state, count));
    }
    Ok(found)
}
