//! How much is kept, repository by repository or owner by owner.

use sea_orm::sea_query::{
    Alias, CaseStatement, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, QuerySelect};

use crate::entity::{owner, pack, repository};
use crate::pack::PackRole;
use crate::value::unsigned;
use crate::{Page, PageRequest, Result, Rows};

/// What one repository, or all of one owner, keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The owner's name.
    pub owner: String,
    /// The repository's name; nothing where an owner's are counted together.
    pub repository: Option<String>,
    /// How many repositories are counted.
    pub repositories: u64,
    /// How many packs.
    pub packs: u64,
    /// Bytes of all packs.
    pub bytes: u64,
    /// Bytes of packs that hold everything that refs needed, as of when they were written.
    pub closed_bytes: u64,
    /// Bytes that came by pushes and were not packed anew yet.
    pub new_bytes: u64,
}

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Each repository for itself.
    Repository,
    /// The repositories of an owner.
    Owner,
}

/// What comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeptSort {
    /// What keeps most.
    #[default]
    Size,
    /// What has grown most since it was packed anew.
    New,
    /// By name.
    Name,
}

/// A part of the list, and how long the whole is.
pub async fn list(
    rows: &impl Rows,
    grouping: Grouping,
    sort: KeptSort,
    request: PageRequest,
) -> Result<Page<Kept>> {
    let connection = rows.connection();
    let total = match grouping {
        Grouping::Repository => repository::Entity::find().count(connection).await?,
        Grouping::Owner => {
            let owners =
                repository::Entity::find().select_only().column(repository::Column::OwnerId).distinct();
            owners.count(connection).await?
        }
    };
    let mut query = counted(grouping);
    match sort {
        KeptSort::Size => query.order_by_expr(bytes(None), Order::Desc),
        KeptSort::New => query.order_by_expr(bytes(Some(PackRole::Pushed)), Order::Desc),
        KeptSort::Name => &mut query,
    };
    query.order_by((owner::Entity, owner::Column::NameKey), Order::Asc);
    if grouping == Grouping::Repository {
        query.order_by((repository::Entity, repository::Column::NameKey), Order::Asc);
    }
    query.offset(request.offset).limit(request.bounded());
    let found = connection.query_all(&query).await?;
    let number =
        |row: &sea_orm::QueryResult, at: usize| -> Result<u64> { unsigned(row.try_get_by_index(at)?) };
    let items = found.iter().map(|row| {
        Ok(Kept {
            owner: row.try_get_by_index(0)?,
            repositories: number(row, 1)?,
            packs: number(row, 2)?,
            bytes: number(row, 3)?,
            closed_bytes: number(row, 4)?,
            new_bytes: number(row, 5)?,
            repository: (grouping == Grouping::Repository).then(|| row.try_get_by_index(6)).transpose()?,
        })
    });
    Ok(Page { items: items.collect::<Result<_>>()?, total })
}

fn counted(grouping: Grouping) -> SelectStatement {
    let mut query = Query::select();
    query
        .column((owner::Entity, owner::Column::Name))
        .expr(Func::count_distinct(Expr::col((repository::Entity, repository::Column::Id))))
        .expr(Func::count(Expr::col((pack::Entity, pack::Column::Id))))
        .expr(bytes(None))
        .expr(bytes(Some(PackRole::Closed)))
        .expr(bytes(Some(PackRole::Pushed)))
        .from(repository::Entity)
        .join(
            JoinType::InnerJoin,
            owner::Entity,
            Expr::col((owner::Entity, owner::Column::Id))
                .equals((repository::Entity, repository::Column::OwnerId)),
        )
        .join(
            JoinType::LeftJoin,
            pack::Entity,
            Expr::col((pack::Entity, pack::Column::RepositoryId))
                .equals((repository::Entity, repository::Column::Id)),
        )
        .group_by_columns([(owner::Entity, owner::Column::Name), (owner::Entity, owner::Column::NameKey)]);
    if grouping == Grouping::Repository {
        query.column((repository::Entity, repository::Column::Name)).group_by_columns([
            (repository::Entity, repository::Column::Id),
            (repository::Entity, repository::Column::Name),
            (repository::Entity, repository::Column::NameKey),
        ]);
    }
    query
}

/// The bytes of packs, of one role or of all.
fn bytes(role: Option<PackRole>) -> SimpleExpr {
    let size = Expr::col((pack::Entity, pack::Column::ByteCount));
    let summed = match role {
        None => size,
        Some(role) => {
            let is_such = Expr::col((pack::Entity, pack::Column::Role)).eq(role.name());
            CaseStatement::new().case(is_such, size).finally(0_i64).into()
        }
    };
    // A sum is a number of another kind on PostgreSQL, and nothing at all where there are no packs.
    let sum = Func::cast_as(Func::sum(summed), Alias::new("bigint"));
    Func::coalesce([sum.into(), Expr::val(0_i64)]).into()
}

#[cfg(test)]
mod tests {
    use forge_core::{OwnerId, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::pack::{self as packs, StoredPack};
    use crate::sample::{add_person, add_repo, at, id, oid};

    #[tokio::test]
    async fn what_is_kept_is_counted_by_repository_and_by_owner() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await;
            add_person(&store, "bob").await;
            let owner = OwnerId::User(alice.id);
            let beds = add_repo(&store, owner, "alice/beds", Visibility::Private).await.id;
            let wards = add_repo(&store, owner, "alice/Wards", Visibility::Private).await.id;
            add_repo(&store, owner, "alice/empty", Visibility::Private).await;
            let tx = store.begin().await.unwrap();
            for (repo, byte, bytes, role) in [
                (beds, 1, 100, PackRole::Closed),
                (beds, 2, 7, PackRole::Pushed),
                (wards, 3, 50, PackRole::Pushed),
            ] {
                let pack = StoredPack { id: id(), checksum: oid(byte), bytes, objects: 1, created_at: at(1) };
                packs::insert_as(&tx, repo, &pack, role).await.unwrap();
            }
            tx.commit().await.unwrap();
            let rows = store.read().await.unwrap();
            let all = PageRequest { offset: 0, limit: 10 };
            let names = async |sort| {
                let page = list(&rows, Grouping::Repository, sort, all).await.unwrap();
                assert_eq!(page.total, 3);
                page.items.into_iter().map(|kept| kept.repository.unwrap()).collect::<Vec<_>>()
            };
            assert_eq!(names(KeptSort::Size).await, ["beds", "Wards", "empty"]);
            assert_eq!(names(KeptSort::New).await, ["Wards", "beds", "empty"]);
            assert_eq!(names(KeptSort::Name).await, ["beds", "empty", "Wards"]);
            let owners = list(&rows, Grouping::Owner, KeptSort::Size, all).await.unwrap();
            let kept = Kept {
                owner: "alice".to_owned(),
                repository: None,
                repositories: 3,
                packs: 3,
                bytes: 157,
                closed_bytes: 100,
                new_bytes: 57,
            };
            assert_eq!(owners, Page { items: vec![kept], total: 1 }, "who has no repository is not listed");
            let second = PageRequest { offset: 1, limit: 1 };
            let part = list(&rows, Grouping::Repository, KeptSort::Size, second).await.unwrap();
            assert_eq!((part.items.len(), part.items[0].bytes, part.total), (1, 50, 3));
        })
        .await;
    }
}
