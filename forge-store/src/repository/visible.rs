//! Lists of repositories that only ever hold what the viewer may read.
//!
//! The rule of `forge_core::policy::decide` for reading stands here a second time, as a condition on rows: a list
//! that was filtered after it was fetched would have wrong pages and totals. A test holds the two against each other.
//! What a credential may reach at most is not part of it: the caller checks that before asking.

use forge_core::{OwnerId, RepoId, Repository, UserId, Visibility};
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func, LikeExpr, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;

use super::row::{from_rows, repositories};
use crate::entity::{owner, repository};
use crate::value::Column;
use crate::{Page, PageRequest, Result, Rows, grant, organisation, page};

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// The person; nothing for nobody and for the system.
    pub user: Option<UserId>,
    /// Whether everything is shown to them: site administrators and the system.
    pub sees_everything: bool,
    /// Whether the site shows public repositories to people who are not signed in.
    pub reads_public: bool,
    /// When: a grant that has ended shows nothing.
    pub now: OffsetDateTime,
}

/// Which repositories are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepoFilter {
    /// Only those of this owner.
    pub owner: Option<OwnerId>,
    /// Only forks of this repository.
    pub forks_of: Option<RepoId>,
    /// Only those with this in their address or description.
    pub text: Option<String>,
    /// Only the viewer's own, those of organisations that they are in, and those granted to them.
    pub member_only: bool,
    /// What comes first.
    pub sort: RepoSort,
}

/// What comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RepoSort {
    /// By owner's name, then by name.
    #[default]
    Name,
    /// What was pushed to most recently; where nothing was pushed yet, the time of creation counts.
    Pushed,
}

/// The repositories that the viewer may read and the filter lets through.
pub async fn visible(
    rows: &impl Rows,
    viewer: &Viewer,
    filter: &RepoFilter,
    request: PageRequest,
) -> Result<Page<Repository>> {
    let mut query = repositories().filter(may_read(viewer));
    if let Some(owner) = filter.owner {
        query = query.filter(repository::Column::OwnerId.eq(crate::owner::column(owner)));
    }
    if let Some(source) = filter.forks_of {
        query = query.filter(repository::Column::ForkedFromId.eq(source.column()));
    }
    if filter.member_only {
        query = query.filter(viewer.user.map_or_else(nothing, |user| belongs_to(user, viewer.now)));
    }
    if let Some(text) = &filter.text {
        query = query.filter(mentions(text));
    }
    let total = query.clone().count(rows.connection()).await?;
    let query = match filter.sort {
        RepoSort::Name => query,
        RepoSort::Pushed => query.order_by(last_change(), Order::Desc),
    };
    let found = query
        .order_by_asc(owner::Column::NameKey)
        .order_by_asc(repository::Column::NameKey)
        .offset(request.offset)
        .limit(request.bounded())
        .all(rows.connection())
        .await?;
    Ok(Page { items: found.into_iter().map(from_rows).collect::<Result<_>>()?, total })
}

/// The identifiers of what may be read, of one owner if wanted, for conditions of other questions.
pub(crate) fn readable(viewer: &Viewer, owner: Option<OwnerId>) -> SelectStatement {
    let mut query = Query::select();
    query.column((repository::Entity, repository::Column::Id)).from(repository::Entity);
    query.cond_where(may_read(viewer));
    if let Some(owner) = owner {
        query.and_where(repository::Column::OwnerId.eq(crate::owner::column(owner)));
    }
    query
}

/// The condition that a row of `repositories` may be read.
fn may_read(viewer: &Viewer) -> Condition {
    if viewer.sees_everything {
        return Condition::all();
    }
    let is_one_of = |shown: &[Visibility]| {
        repository::Column::Visibility.is_in(shown.iter().map(|visibility| visibility.name()))
    };
    let Some(user) = viewer.user else {
        let public = Condition::all().add(is_one_of(&[Visibility::Public]));
        return if viewer.reads_public { public } else { nothing() };
    };
    let of_colleague = Condition::all()
        .add(repository::Column::Visibility.eq(Visibility::Organisation.name()))
        .add(repository::Column::OwnerId.in_subquery(organisation::ids_of_colleagues(user)));
    belongs_to(user, viewer.now).add(is_one_of(&[Visibility::Internal, Visibility::Public])).add(of_colleague)
}

/// A person's own, what belongs to an organisation that they are in, and what is granted to them.
fn belongs_to(user: UserId, now: OffsetDateTime) -> Condition {
    Condition::any()
        .add(repository::Column::OwnerId.eq(user.column()))
        .add(repository::Column::OwnerId.in_subquery(organisation::ids_of_user(user)))
        .add(repository::Column::Id.in_subquery(grant::repositories_of(user, now)))
}

fn nothing() -> Condition {
    Condition::all().add(Expr::val(1).eq(0))
}

fn mentions(text: &str) -> Condition {
    let like = || LikeExpr::new(page::contains(text)).escape('\\');
    let path = Expr::col((owner::Entity, owner::Column::NameKey))
        .binary(BinOper::Custom("||"), "/")
        .binary(BinOper::Custom("||"), Expr::col((repository::Entity, repository::Column::NameKey)));
    Condition::any()
        .add(path.like(like()))
        .add(Func::lower(Expr::col((repository::Entity, repository::Column::Description))).like(like()))
}

fn last_change() -> SimpleExpr {
    Func::coalesce([
        Expr::col((repository::Entity, repository::Column::PushedAt)),
        Expr::col((repository::Entity, repository::Column::CreatedAt)),
    ])
    .into()
}
