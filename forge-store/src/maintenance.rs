//! How repositories are looked after: packs that were replaced, and objects that must never come back.

use forge_core::{ObjectId, RepoId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entity::{maintenance, purged_object, replaced_pack};
use crate::pack::StoredPack;
use crate::value::{Column, micros, object_id, optional_time, signed, time, unsigned};
use crate::{Result, Rows, Tx, store};

/// A pack whose row is gone and whose files wait to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplacedPack {
    /// The hash that names its files.
    pub checksum: ObjectId,
    /// How large it is.
    pub bytes: u64,
    /// How many objects it holds.
    pub objects: u64,
    /// Since when others hold its objects.
    pub replaced_at: OffsetDateTime,
    /// Whether objects that nobody reached any more were left out of the others.
    pub dropped: bool,
}

/// When a repository was looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookedAfter {
    /// The last time that anything was done.
    pub at: OffsetDateTime,
    /// The last time that all of it was packed anew.
    pub repacked_at: Option<OffsetDateTime>,
}

/// Notes that a pack was replaced. Its row must be gone. Noting it twice is noting it once.
pub async fn replace(
    tx: &Tx,
    repo: RepoId,
    pack: &StoredPack,
    at: OffsetDateTime,
    dropped: bool,
) -> Result<()> {
    let row = replaced_pack::ActiveModel {
        repository_id: Set(repo.column()),
        checksum: Set(pack.checksum.as_bytes().to_vec()),
        byte_count: Set(signed(pack.bytes)?),
        object_count: Set(signed(pack.objects)?),
        replaced_at: Set(micros(at)),
        dropped: Set(dropped),
    };
    let key = [replaced_pack::Column::RepositoryId, replaced_pack::Column::Checksum];
    let mut again = OnConflict::columns(key);
    again.update_columns([replaced_pack::Column::ReplacedAt, replaced_pack::Column::Dropped]);
    replaced_pack::Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// The packs of a repository that wait to be deleted, the oldest first.
pub async fn replaced(rows: &impl Rows, repo: RepoId) -> Result<Vec<ReplacedPack>> {
    let query = replaced_pack::Entity::find()
        .filter(replaced_pack::Column::RepositoryId.eq(repo.column()))
        .order_by_asc(replaced_pack::Column::ReplacedAt)
        .order_by_asc(replaced_pack::Column::Checksum);
    query.all(rows.connection()).await?.iter().map(replaced_from).collect()
}

/// Repositories with packs that were replaced before a moment.
pub async fn with_replaced(rows: &impl Rows, before: OffsetDateTime) -> Result<Vec<RepoId>> {
    let query = replaced_pack::Entity::find()
        .select_only()
        .column(replaced_pack::Column::RepositoryId)
        .distinct()
        .filter(replaced_pack::Column::ReplacedAt.lt(micros(before)))
        .into_tuple::<Uuid>();
    Ok(query.all(rows.connection()).await?.into_iter().map(RepoId::of).collect())
}

/// Forgets a replaced pack. `NotFound` when somebody else did, or when it is wanted again.
pub async fn forget(tx: &Tx, repo: RepoId, checksum: &ObjectId) -> Result<()> {
    let key = (repo.column(), checksum.as_bytes().to_vec());
    store::one_row(replaced_pack::Entity::delete_by_id(key).exec(&tx.inner).await?.rows_affected)
}

/// Notes that a repository was looked after, and whether all of it was packed anew.
pub async fn looked_after(tx: &Tx, repo: RepoId, at: OffsetDateTime, repacked: bool) -> Result<()> {
    let row = maintenance::ActiveModel {
        repository_id: Set(repo.column()),
        looked_after_at: Set(micros(at)),
        repacked_at: Set(repacked.then(|| micros(at))),
    };
    let mut again = OnConflict::column(maintenance::Column::RepositoryId);
    again.update_column(maintenance::Column::LookedAfterAt);
    if repacked {
        again.update_column(maintenance::Column::RepackedAt);
    }
    maintenance::Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// When a repository was last looked after.
pub async fn last(rows: &impl Rows, repo: RepoId) -> Result<Option<LookedAfter>> {
    let row = maintenance::Entity::find_by_id(repo.column()).one(rows.connection()).await?;
    row.map(|row| {
        Ok(LookedAfter { at: time(row.looked_after_at)?, repacked_at: optional_time(row.repacked_at)? })
    })
    .transpose()
}

/// Notes that an object must never come back. Noting it twice is noting it once.
pub async fn purge(tx: &Tx, repo: RepoId, id: &ObjectId, at: OffsetDateTime) -> Result<()> {
    let row = purged_object::ActiveModel {
        repository_id: Set(repo.column()),
        object_id: Set(id.as_bytes().to_vec()),
        purged_at: Set(micros(at)),
    };
    let key = [purged_object::Column::RepositoryId, purged_object::Column::ObjectId];
    let mut again = OnConflict::columns(key);
    again.do_nothing();
    purged_object::Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// The objects of a repository that must never come back, and since when.
pub async fn purged(rows: &impl Rows, repo: RepoId) -> Result<Vec<(ObjectId, OffsetDateTime)>> {
    let query = purged_object::Entity::find()
        .filter(purged_object::Column::RepositoryId.eq(repo.column()))
        .order_by_asc(purged_object::Column::ObjectId);
    let found = query.all(rows.connection()).await?;
    found.iter().map(|row| Ok((object_id(&row.object_id)?, time(row.purged_at)?))).collect()
}

fn replaced_from(row: &replaced_pack::Model) -> Result<ReplacedPack> {
    Ok(ReplacedPack {
        checksum: object_id(&row.checksum)?,
        bytes: unsigned(row.byte_count)?,
        objects: unsigned(row.object_count)?,
        replaced_at: time(row.replaced_at)?,
        dropped: row.dropped,
    })
}

#[cfg(test)]
mod tests {
    use forge_core::{OwnerId, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, add_repo, at, id, oid};
    use crate::{Error, pack};

    #[tokio::test]
    async fn replaced_packs_wait_until_they_are_forgotten_or_wanted_again() {
        on_both(async |store| {
            let owner = OwnerId::User(add_person(&store, "alice").await.id);
            let repo = add_repo(&store, owner, "alice/beds", Visibility::Private).await.id;
            let pack =
                |byte| StoredPack { id: id(), checksum: oid(byte), bytes: 9, objects: 7, created_at: at(0) };
            let tx = store.begin().await.unwrap();
            replace(&tx, repo, &pack(1), at(20), false).await.unwrap();
            replace(&tx, repo, &pack(2), at(10), true).await.unwrap();
            let found = replaced(&tx, repo).await.unwrap();
            let names: Vec<_> = found.iter().map(|found| (found.checksum, found.dropped)).collect();
            assert_eq!(names, [(oid(2), true), (oid(1), false)]);
            assert_eq!(with_replaced(&tx, at(10)).await, Ok(vec![]));
            assert_eq!(with_replaced(&tx, at(99)).await, Ok(vec![repo]));
            forget(&tx, repo, &oid(2)).await.unwrap();
            assert_eq!(forget(&tx, repo, &oid(2)).await, Err(Error::NotFound));
            pack::insert(&tx, repo, &pack(1)).await.unwrap();
            assert_eq!(replaced(&tx, repo).await, Ok(vec![]));
        })
        .await;
    }

    #[tokio::test]
    async fn what_was_done_and_what_must_not_come_back_is_remembered() {
        on_both(async |store| {
            let owner = OwnerId::User(add_person(&store, "alice").await.id);
            let repo = add_repo(&store, owner, "alice/beds", Visibility::Private).await.id;
            let tx = store.begin().await.unwrap();
            assert_eq!(last(&tx, repo).await, Ok(None));
            for (second, repacked) in [(1, true), (2, false)] {
                looked_after(&tx, repo, at(second), repacked).await.unwrap();
            }
            let expected = LookedAfter { at: at(2), repacked_at: Some(at(1)) };
            assert_eq!(last(&tx, repo).await, Ok(Some(expected)));
            for byte in [7, 3, 7] {
                purge(&tx, repo, &oid(byte), at(1)).await.unwrap();
            }
            assert_eq!(purged(&tx, repo).await, Ok(vec![(oid(3), at(1)), (oid(7), at(1))]));
        })
        .await;
    }
}
