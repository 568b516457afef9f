//! Lists of items.

use forge_core::{ItemKind, ItemState, LabelId, MilestoneId, RepoId, UserId, WorkItem};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::from_row;
use crate::entity::work_item::{Column as Items, Entity};
use crate::entity::{item_assignee, item_label};
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
    /// With all of these labels.
    pub labels: Vec<LabelId>,
    /// Without any of these labels.
    pub without_labels: Vec<LabelId>,
    /// Without any label.
    pub has_no_label: bool,
    /// Given to somebody, or to nobody.
    pub assignee: Option<Having<UserId>>,
    /// Part of a milestone, or of none.
    pub milestone: Option<Having<MilestoneId>>,
    /// Only confidential ones.
    pub is_confidential: bool,
    /// Whose title or description holds a text, in any mixture of capitals.
    pub text: Option<String>,
    /// Which confidential ones may be seen.
    pub confidential: Confidential,
    /// In which order.
    pub sort: ItemSort,
}

/// One of several things, or none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Having<T> {
    /// This one.
    One(T),
    /// None.
    None,
}

/// Which confidential items may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Confidential {
    /// None.
    #[default]
    None,
    /// Those that somebody opened, or that were given to them.
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
    for label in &filter.labels {
        all = all.add(Items::Id.in_subquery(labelled(Some(*label))));
    }
    for label in &filter.without_labels {
        all = all.add(Items::Id.not_in_subquery(labelled(Some(*label))));
    }
    if filter.has_no_label {
        all = all.add(Items::Id.not_in_subquery(labelled(None)));
    }
    all = match filter.assignee {
        Some(Having::One(user)) => all.add(Items::Id.in_subquery(assigned(Some(user)))),
        Some(Having::None) => all.add(Items::Id.not_in_subquery(assigned(None))),
        None => all,
    };
    all = match filter.milestone {
        Some(Having::One(milestone)) => all.add(Items::MilestoneId.eq(milestone.column())),
        Some(Having::None) => all.add(Items::MilestoneId.is_null()),
        None => all,
    };
    if filter.is_confidential {
        all = all.add(Items::IsConfidential.eq(true));
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
            Condition::any()
                .add(Items::IsConfidential.eq(false))
                .add(Items::AuthorId.eq(user.column()))
                .add(Items::Id.in_subquery(assigned(Some(user)))),
        ),
    }
}

/// The items with a label, or with any.
fn labelled(label: Option<LabelId>) -> SelectStatement {
    let mut query = Query::select().column(item_label::Column::ItemId).from(item_label::Entity).to_owned();
    if let Some(label) = label {
        query.and_where(item_label::Column::LabelId.eq(label.column()));
    }
    query
}

/// The items that were given to somebody, or to anybody.
fn assigned(user: Option<UserId>) -> SelectStatement {
    let mut query =
        Query::select().column(item_assignee::Column::ItemId).from(item_assignee::Entity).to_owned();
    if let Some(user) = user {
        query.and_where(item_assignee::Column::UserId.eq(user.column()));
    }
    query
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

#[cfg(test)]
mod tests {
    use forge_core::work_item::{Colour, Label};
    use forge_core::{OwnerId, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{FIRST, add_person, add_repo, at, id, item};
    use crate::{label, work_item};

    #[tokio::test]
    async fn filters_join_and_confidential_items_are_for_few() {
        on_both(async |store| {
            let (ann, bob) = (add_person(&store, "ann").await, add_person(&store, "bob").await);
            let repo = add_repo(&store, OwnerId::User(ann.id), "ann/beds", Visibility::Internal).await.id;
            let tx = store.begin().await.unwrap();
            let bug = Label {
                id: id(),
                repo,
                name: "bug".to_owned(),
                colour: Colour::Red,
                description: String::new(),
            };
            label::insert(&tx, &bug).await.unwrap();
            let made: Vec<_> = (1..=3).map(|number| item(repo, number, ItemKind::Ticket, &ann)).collect();
            for one in &made {
                work_item::insert(&tx, one).await.unwrap();
            }
            label::set_of_item(&tx, made[0].id, &[bug.id]).await.unwrap();
            work_item::assign(&tx, made[1].id, bob.id, at(1)).await.unwrap();
            work_item::set_confidential(&tx, made[2].id, true, at(2)).await.unwrap();
            let find = async |filter: ItemFilter| -> Vec<u64> {
                let found = list(&tx, repo, &filter, FIRST).await.unwrap();
                assert_eq!(found.total, u64::try_from(found.items.len()).unwrap());
                found.items.iter().map(|item| item.number).collect()
            };
            let all = ItemFilter { confidential: Confidential::All, ..ItemFilter::default() };
            assert_eq!(find(all.clone()).await, [3, 2, 1]);
            assert_eq!(find(ItemFilter::default()).await, [2, 1]);
            assert_eq!(find(ItemFilter { labels: vec![bug.id], ..all.clone() }).await, [1]);
            assert_eq!(find(ItemFilter { without_labels: vec![bug.id], ..all.clone() }).await, [3, 2]);
            assert_eq!(find(ItemFilter { has_no_label: true, ..all.clone() }).await, [3, 2]);
            let to = |who| ItemFilter { assignee: Some(who), ..all.clone() };
            assert_eq!(find(to(Having::One(bob.id))).await, [2]);
            assert_eq!(find(to(Having::None)).await, [3, 1]);
            assert_eq!(find(ItemFilter { milestone: Some(Having::None), ..all.clone() }).await, [3, 2, 1]);
            assert_eq!(find(ItemFilter { is_confidential: true, ..all.clone() }).await, [3]);
            let of = |user| ItemFilter { confidential: Confidential::Of(user), ..ItemFilter::default() };
            assert_eq!(find(of(bob.id)).await, [2, 1]);
            assert_eq!(counts(&tx, repo, &of(bob.id)).await.unwrap()[0], (ItemState::Open, 2));
            work_item::assign(&tx, made[2].id, bob.id, at(1)).await.unwrap();
            assert_eq!(find(of(bob.id)).await, [3, 2, 1], "it was given to him");
            assert_eq!(find(of(ann.id)).await, [3, 2, 1], "she opened it");
        })
        .await;
    }
}
