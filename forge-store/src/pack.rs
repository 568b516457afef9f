//! Packs: which files hold a repository's objects.

use forge_core::{ObjectId, PackId, RepoId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::entity::pack::{self, Column as Packs, Entity};
use crate::value::{Column, micros, object_id, signed, time, unsigned};
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

/// Adds a pack to a repository. `Conflict` when it has the same one already.
pub async fn insert(tx: &Tx, repo: RepoId, pack: &StoredPack) -> Result<()> {
    let row = pack::ActiveModel {
        id: Set(pack.id.column()),
        repository_id: Set(repo.column()),
        checksum: Set(pack.checksum.as_bytes().to_vec()),
        byte_count: Set(signed(pack.bytes)?),
        object_count: Set(signed(pack.objects)?),
        created_at: Set(micros(pack.created_at)),
    };
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

/// Forgets a pack. Its file is the caller's.
pub async fn remove(tx: &Tx, id: PackId) -> Result<()> {
    store::one_row(Entity::delete_by_id(id.column()).exec(&tx.inner).await?.rows_affected)
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
}
