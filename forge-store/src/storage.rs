//! How much is kept, repository by repository or owner by owner.

use sea_orm::sea_query::{
    Alias, CaseStatement, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement, SimpleExpr,
    UnionType,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Statement,
};

use crate::entity::{kept_day, owner, pack, repository};
use crate::pack::PackRole;
use crate::value::unsigned;
use crate::{Page, PageRequest, Result, Rows, Tx};

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
    /// By how many bytes it has grown since the day that it is compared with, or shrunk.
    pub growth: i64,
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
    /// What has grown most.
    Growth,
    /// By name.
    Name,
}

/// How many days are remembered.
const DAYS: i64 = 30;

/// Notes how large every repository is on a day, once, and forgets days that are too long ago. Says whether it had not been
/// noted yet.
pub async fn note_day(tx: &Tx, day: i64) -> Result<bool> {
    const SQL: &str = "INSERT INTO kept_days (repository_id, day, byte_count) SELECT repositories.id, $1, \
                       CAST(coalesce(sum(packs.byte_count), 0) AS bigint) FROM repositories LEFT JOIN packs ON \
                       packs.repository_id = repositories.id GROUP BY repositories.id ON CONFLICT DO NOTHING";
    kept_day::Entity::delete_many().filter(kept_day::Column::Day.lt(day - DAYS)).exec(&tx.inner).await?;
    let statement = Statement::from_sql_and_values(tx.inner.get_database_backend(), SQL, [day.into()]);
    Ok(tx.inner.execute_raw(statement).await?.rows_affected() > 0)
}

/// The first day and the last of those that are remembered.
pub async fn days(rows: &impl Rows) -> Result<Option<(i64, i64)>> {
    let query = kept_day::Entity::find()
        .select_only()
        .column_as(kept_day::Column::Day.min(), "first")
        .column_as(kept_day::Column::Day.max(), "last")
        .into_tuple::<(Option<i64>, Option<i64>)>();
    let found = query.one(rows.connection()).await?;
    Ok(found.and_then(|(first, last)| first.zip(last)))
}

/// A part of the list, and how long the whole is. Growth is what came since a day that is remembered.
pub async fn list(
    rows: &impl Rows,
    grouping: Grouping,
    sort: KeptSort,
    since: Option<i64>,
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
    let mut query = counted(grouping, since);
    match sort {
        KeptSort::Size => query.order_by_expr(summed(is_pack(), bytes()), Order::Desc),
        KeptSort::Growth => query.order_by_expr(growth(), Order::Desc),
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
            growth: row.try_get_by_index(6)?,
            repository: (grouping == Grouping::Repository).then(|| row.try_get_by_index(7)).transpose()?,
        })
    });
    Ok(Page { items: items.collect::<Result<_>>()?, total })
}

fn counted(grouping: Grouping, since: Option<i64>) -> SelectStatement {
    let mut query = Query::select();
    query
        .column((owner::Entity, owner::Column::Name))
        .expr(Func::count_distinct(Expr::col((repository::Entity, repository::Column::Id))))
        .expr(summed(is_pack(), Expr::val(1_i64)))
        .expr(summed(is_pack(), bytes()))
        .expr(summed(is(PackRole::Closed.name()), bytes()))
        .expr(summed(is(PackRole::Pushed.name()), bytes()))
        .expr(growth())
        .from(repository::Entity)
        .join(
            JoinType::InnerJoin,
            owner::Entity,
            Expr::col((owner::Entity, owner::Column::Id))
                .equals((repository::Entity, repository::Column::OwnerId)),
        )
        .join_subquery(
            JoinType::LeftJoin,
            kept(since),
            Alias::new(KEPT),
            of_kept(pack::Column::RepositoryId).equals((repository::Entity, repository::Column::Id)),
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

/// What every pack keeps now, and what each repository kept on the day that it is compared with.
const KEPT: &str = "kept";
/// Stands where a pack has its role.
const BEFORE: &str = "before";

/// Packs as they are, and one row for what a repository kept before: beside each other, nothing is counted twice.
fn kept(since: Option<i64>) -> SelectStatement {
    let before = Query::select()
        .column(kept_day::Column::RepositoryId)
        .expr(Expr::val(BEFORE))
        .column(kept_day::Column::ByteCount)
        .from(kept_day::Entity)
        .and_where(kept_day::Column::Day.eq(since.unwrap_or(i64::MAX)))
        .to_owned();
    Query::select()
        .column(pack::Column::RepositoryId)
        .column(pack::Column::Role)
        .column(pack::Column::ByteCount)
        .from(pack::Entity)
        .union(UnionType::All, before)
        .to_owned()
}

fn of_kept(column: pack::Column) -> SimpleExpr {
    Expr::col((Alias::new(KEPT), column))
}

fn bytes() -> SimpleExpr {
    of_kept(pack::Column::ByteCount)
}

fn is(role: &'static str) -> SimpleExpr {
    of_kept(pack::Column::Role).eq(role)
}

fn is_pack() -> SimpleExpr {
    of_kept(pack::Column::Role).ne(BEFORE)
}

/// What is kept now without what was kept before.
fn growth() -> SimpleExpr {
    summed(is_pack(), bytes()).sub(summed(is(BEFORE), bytes()))
}

/// The sum of something over the rows for which a condition holds.
fn summed(condition: SimpleExpr, what: SimpleExpr) -> SimpleExpr {
    let one: SimpleExpr = CaseStatement::new().case(condition, what).finally(0_i64).into();
    // A sum is a number of another kind on PostgreSQL, and nothing at all where there are no packs.
    let sum = Func::cast_as(Func::sum(one), Alias::new("bigint"));
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
            assert!(note_day(&tx, 20_000).await.unwrap());
            assert!(!note_day(&tx, 20_000).await.unwrap(), "once a day");
            let more = StoredPack { id: id(), checksum: oid(4), bytes: 60, objects: 1, created_at: at(2) };
            packs::insert_as(&tx, wards, &more, PackRole::Pushed).await.unwrap();
            tx.commit().await.unwrap();
            let rows = store.read().await.unwrap();
            let all = PageRequest { offset: 0, limit: 10 };
            let names = async |sort| {
                let page = list(&rows, Grouping::Repository, sort, Some(20_000), all).await.unwrap();
                assert_eq!(page.total, 3);
                page.items.into_iter().map(|kept| kept.repository.unwrap()).collect::<Vec<_>>()
            };
            assert_eq!(names(KeptSort::Size).await, ["Wards", "beds", "empty"]);
            assert_eq!(names(KeptSort::Growth).await, ["Wards", "beds", "empty"]);
            assert_eq!(names(KeptSort::Name).await, ["beds", "empty", "Wards"]);
            let owners = list(&rows, Grouping::Owner, KeptSort::Size, Some(20_000), all).await.unwrap();
            let kept = Kept {
                owner: "alice".to_owned(),
                repository: None,
                repositories: 3,
                packs: 4,
                bytes: 217,
                closed_bytes: 100,
                new_bytes: 117,
                growth: 60,
            };
            assert_eq!(owners, Page { items: vec![kept], total: 1 }, "who has no repository is not listed");
            let second = PageRequest { offset: 1, limit: 1 };
            let part = list(&rows, Grouping::Repository, KeptSort::Size, None, second).await.unwrap();
            assert_eq!((part.items.len(), part.items[0].bytes, part.total), (1, 107, 3));
            assert_eq!(part.items[0].growth, 107, "without a day to compare with all of it is new");
            drop(rows);
            let tx = store.begin().await.unwrap();
            assert!(note_day(&tx, 20_031).await.unwrap());
            assert_eq!(days(&tx).await, Ok(Some((20_031, 20_031))), "what is too long ago is forgotten");
        })
        .await;
    }
}
