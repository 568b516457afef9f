//! Packs: which files hold a repository's objects.

use forge_core::{ObjectId, PackId, RepoId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
};
use time::OffsetDateTime;

use crate::entity::pack::{self, Column as Packs, Entity};
use crate::entity::replaced_pack;
use crate::value::{Column, corrupt, micros, object_id, optional_time, signed, time, unsigned};
use crate::{Result, Rows, Tx, store};

/// A pack as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPack {
    /// Which.
    pub id: PackId,
    /// The hash at its end, which names its files.
    pub checksum: ObjectId,
    /// How large it is.
    pub bytes: u64,
    /// How many objects it holds.
    pub objects: u64,
    /// Since when.
    pub created_at: OffsetDateTime,
}

/// What a pack is to its repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackRole {
    /// It came with a push, or was put together of such.
    Pushed,
    /// It held everything that the refs needed when it was written, and nothing else.
    Closed,
    /// Nothing in it was needed by a ref when it was written; it waits for its time of grace to pass.
    Leftover,
}

impl PackRole {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pushed => "pushed",
            Self::Closed => "closed",
            Self::Leftover => "leftover",
        }
    }
}

/// A pack, and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackState {
    /// The pack.
    pub pack: StoredPack,
    /// What it is to its repository.
    pub role: PackRole,
    /// When its bytes were last read and compared with its checksum.
    pub verified_at: Option<OffsetDateTime>,
    /// What was wrong with it then.
    pub damage: Option<String>,
}

/// Adds a pack to a repository. `Conflict` when it has the same one already.
pub async fn insert(tx: &Tx, repo: RepoId, pack: &StoredPack) -> Result<()> {
    insert_as(tx, repo, pack, PackRole::Pushed).await
}

/// Adds a pack of a role to a repository. One that waited to be deleted is wanted again. `Conflict` when the
/// repository has the same one already.
pub async fn insert_as(tx: &Tx, repo: RepoId, pack: &StoredPack, role: PackRole) -> Result<()> {
    let row = pack::ActiveModel {
        id: Set(pack.id.column()),
        repository_id: Set(repo.column()),
        checksum: Set(pack.checksum.as_bytes().to_vec()),
        byte_count: Set(signed(pack.bytes)?),
        object_count: Set(signed(pack.objects)?),
        created_at: Set(micros(pack.created_at)),
        role: Set(role.name().to_owned()),
        verified_at: Set(None),
        damage: Set(None),
    };
    replaced_pack::Entity::delete_by_id((repo.column(), pack.checksum.as_bytes().to_vec()))
        .exec(&tx.inner)
        .await?;
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// A repository's packs, the oldest first.
pub async fn list(rows: &impl Rows, repo: RepoId) -> Result<Vec<StoredPack>> {
    let query = Entity::find()
        .filter(Packs::RepositoryId.eq(repo.column()))
        .order_by_asc(Packs::CreatedAt)
        .order_by_asc(Packs::Id);
    query.all(rows.connection()).await?.iter().map(from_row).collect()
}

/// A repository's packs and how they are, the oldest first.
pub async fn states(rows: &impl Rows, repo: RepoId) -> Result<Vec<PackState>> {
    let query = Entity::find()
        .filter(Packs::RepositoryId.eq(repo.column()))
        .order_by_asc(Packs::CreatedAt)
        .order_by_asc(Packs::Id);
    query.all(rows.connection()).await?.iter().map(state_from_row).collect()
}

/// Packs of all repositories that were not read since a moment, the longest ago first. One that came since counts as
/// read: its bytes were hashed on the way in.
pub async fn unverified_since(
    rows: &impl Rows,
    moment: OffsetDateTime,
    limit: u64,
) -> Result<Vec<(RepoId, StoredPack)>> {
    let last = Expr::cust("coalesce(verified_at, created_at)");
    let query = Entity::find()
        .filter(last.clone().lt(micros(moment)))
        .order_by(last, Order::Asc)
        .order_by_asc(Packs::Id)
        .limit(limit);
    let found = query.all(rows.connection()).await?;
    found.iter().map(|row| Ok((RepoId::of(row.repository_id), from_row(row)?))).collect()
}

/// Repositories with packs of a role that were made before a moment.
pub async fn with_role_before(
    rows: &impl Rows,
    role: PackRole,
    before: OffsetDateTime,
) -> Result<Vec<RepoId>> {
    let query = Entity::find()
        .select_only()
        .column(Packs::RepositoryId)
        .distinct()
        .filter(Packs::Role.eq(role.name()))
        .filter(Packs::CreatedAt.lt(micros(before)))
        .into_tuple::<uuid::Uuid>();
    Ok(query.all(rows.connection()).await?.into_iter().map(RepoId::of).collect())
}

/// Packs that were damaged when they were last read, with the repository and what was wrong.
pub async fn damaged(rows: &impl Rows, limit: u64) -> Result<Vec<(RepoId, StoredPack, String)>> {
    let query = Entity::find().filter(Packs::Damage.is_not_null()).order_by_asc(Packs::Id).limit(limit);
    let found = query.all(rows.connection()).await?;
    let one = |row: &pack::Model| {
        Ok((RepoId::of(row.repository_id), from_row(row)?, row.damage.clone().unwrap_or_default()))
    };
    found.iter().map(one).collect()
}

/// Notes that a pack was read, and what was wrong with it. `NotFound` when it is no longer there.
pub async fn verified(tx: &Tx, id: PackId, at: OffsetDateTime, damage: Option<&str>) -> Result<()> {
    let damage = damage.map(|text| text.replace('\0', "\u{fffd}"));
    let mut update = Query::update();
    update
        .table(Entity)
        .value(Packs::VerifiedAt, micros(at))
        .value(Packs::Damage, damage)
        .and_where(Packs::Id.eq(id.column()));
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Says what a pack is to its repository. `NotFound` when it is no longer there.
pub async fn set_role(tx: &Tx, id: PackId, role: PackRole) -> Result<()> {
    let mut update = Query::update();
    update.table(Entity).value(Packs::Role, role.name()).and_where(Packs::Id.eq(id.column()));
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Forgets a pack. Its file is the caller's.
pub async fn remove(tx: &Tx, id: PackId) -> Result<()> {
    store::one_row(Entity::delete_by_id(id.column()).exec(&tx.inner).await?.rows_affected)
}

fn state_from_row(row: &pack::Model) -> Result<PackState> {
    let role = match row.role.as_str() {
        "pushed" => PackRole::Pushed,
        "closed" => PackRole::Closed,
        "leftover" => PackRole::Leftover,
        other => return Err(corrupt("role of a pack", other)),
    };
    let verified_at = optional_time(row.verified_at)?;
    Ok(PackState { pack: from_row(row)?, role, verified_at, damage: row.damage.clone() })
}

fn from_row(row: &pack::Model) -> Result<StoredPack> {
    Ok(StoredPack {
        id: PackId::of(row.id),
        checksum: object_id(&row.checksum)?,
        bytes: unsigned(row.byte_count)?,
        objects: unsigned(row.object_count)?,
        created_at: time(row.created_at)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::harness::on_both;
    use crate::sample::{add_person, add_repo, at, id, oid};
    use forge_core::{OwnerId, Visibility};

    #[tokio::test]
    async fn packs_come_and_go() {
        on_both(async |store| {
            let owner = OwnerId::User(add_person(&store, "alice").await.id);
            let repo = add_repo(&store, owner, "alice/beds", Visibility::Private).await.id;
            let pack = |byte, second| StoredPack {
                id: id(),
                checksum: oid(byte),
                bytes: 1 << 40,
                objects: 7,
                created_at: at(second),
            };
            let (late, early) = (pack(1, 5), pack(2, 1));
            let tx = store.begin().await.unwrap();
            insert(&tx, repo, &late).await.unwrap();
            insert(&tx, repo, &early).await.unwrap();
            assert_eq!(list(&tx, repo).await, Ok(vec![early.clone(), late.clone()]));
            remove(&tx, early.id).await.unwrap();
            assert_eq!(remove(&tx, early.id).await, Err(Error::NotFound));
            assert_eq!(list(&tx, repo).await, Ok(vec![late]));
            assert_eq!(insert(&tx, repo, &pack(1, 9)).await, Err(Error::Conflict("pack".to_owned())));
        })
        .await;
    }

    #[tokio::test]
    async fn packs_are_read_in_turn_and_damage_stays_until_they_are_whole() {
        on_both(async |store| {
            let owner = OwnerId::User(add_person(&store, "alice").await.id);
            let repo = add_repo(&store, owner, "alice/beds", Visibility::Private).await.id;
            let pack = |byte, second| StoredPack {
                id: id(),
                checksum: oid(byte),
                bytes: 9,
                objects: 7,
                created_at: at(second),
            };
            let (old, new) = (pack(1, 10), pack(2, 50));
            let tx = store.begin().await.unwrap();
            insert(&tx, repo, &old).await.unwrap();
            insert_as(&tx, repo, &new, PackRole::Leftover).await.unwrap();
            let due = async |second| unverified_since(&tx, at(second), 9).await.unwrap();
            assert_eq!(due(10).await, vec![]);
            assert_eq!(due(11).await, vec![(repo, old.clone())]);
            verified(&tx, old.id, at(60), Some("a bit\0 flipped")).await.unwrap();
            assert_eq!(due(61).await, vec![(repo, new.clone()), (repo, old.clone())]);
            let text = "a bit\u{fffd} flipped".to_owned();
            assert_eq!(damaged(&tx, 9).await, Ok(vec![(repo, old.clone(), text.clone())]));
            assert_eq!(with_role_before(&tx, PackRole::Leftover, at(50)).await, Ok(vec![]));
            assert_eq!(with_role_before(&tx, PackRole::Leftover, at(51)).await, Ok(vec![repo]));
            set_role(&tx, old.id, PackRole::Closed).await.unwrap();
            let found = states(&tx, repo).await.unwrap();
            assert_eq!((found[0].role, found[1].role), (PackRole::Closed, PackRole::Leftover));
            assert_eq!((found[0].verified_at, &found[0].damage), (Some(at(60)), &Some(text)));
            verified(&tx, old.id, at(70), None).await.unwrap();
            assert_eq!(damaged(&tx, 9).await, Ok(vec![]));
            assert_eq!(verified(&tx, id(), at(70), None).await, Err(Error::NotFound));
            assert_eq!(set_role(&tx, id(), PackRole::Closed).await, Err(Error::NotFound));
        })
        .await;
    }
}
