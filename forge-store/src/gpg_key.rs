//! OpenPGP keys of people. One key belongs to one person.

use forge_core::{GpgKey, GpgKeyId, GpgSigner, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::gpg_key::{self, Column as Keys, Entity};
use crate::entity::gpg_signer::{self, Column as Signers};
use crate::value::{Column, micros, optional_time, time};
use crate::{Result, Rows, Tx};

/// Puts a key in, in the place of the same key of the same person. `Conflict` when it, or a part of it, is somebody else's.
pub async fn put(tx: &Tx, key: &GpgKey) -> Result<()> {
    delete(tx, key.user, key.id).await?;
    let row = gpg_key::ActiveModel {
        id: Set(key.id.column()),
        user_id: Set(key.user.column()),
        fingerprint: Set(key.fingerprint.clone()),
        names: Set(key.names.join("\n")),
        public_key: Set(key.public_key.clone()),
        created_at: Set(micros(key.created_at)),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    for signer in &key.signers {
        let row = gpg_signer::ActiveModel {
            fingerprint: Set(signer.fingerprint.clone()),
            key_id: Set(key.id.column()),
            since: Set(micros(signer.since)),
            until: Set(signer.until.map(micros)),
        };
        gpg_signer::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    }
    Ok(())
}

/// Somebody's keys, the newest first.
pub async fn of_user(rows: &impl Rows, user: UserId) -> Result<Vec<GpgKey>> {
    let query = Entity::find()
        .filter(Keys::UserId.eq(user.column()))
        .order_by_desc(Keys::CreatedAt)
        .order_by_desc(Keys::Id);
    let mut keys = Vec::new();
    for row in query.all(rows.connection()).await? {
        keys.push(with_signers(rows, row).await?);
    }
    Ok(keys)
}

/// The key that one of its parts belongs to.
pub async fn by_signer(rows: &impl Rows, fingerprint: &str) -> Result<Option<GpgKey>> {
    let part = gpg_signer::Entity::find_by_id(fingerprint).one(rows.connection()).await?;
    let Some(part) = part else { return Ok(None) };
    match Entity::find_by_id(part.key_id).one(rows.connection()).await? {
        Some(row) => Ok(Some(with_signers(rows, row).await?)),
        None => Ok(None),
    }
}

/// Removes one of somebody's keys; says whether they had it.
pub async fn delete(tx: &Tx, user: UserId, id: GpgKeyId) -> Result<bool> {
    let query = Entity::delete_by_id(id.column()).filter(Keys::UserId.eq(user.column()));
    Ok(query.exec(&tx.inner).await?.rows_affected > 0)
}

async fn with_signers(rows: &impl Rows, row: gpg_key::Model) -> Result<GpgKey> {
    let query =
        gpg_signer::Entity::find().filter(Signers::KeyId.eq(row.id)).order_by_asc(Signers::Fingerprint);
    let signers = query.all(rows.connection()).await?.into_iter().map(signer_of_row);
    Ok(GpgKey {
        id: GpgKeyId::of(row.id),
        user: UserId::of(row.user_id),
        fingerprint: row.fingerprint,
        names: row.names.lines().map(str::to_owned).collect(),
        public_key: row.public_key,
        created_at: time(row.created_at)?,
        signers: signers.collect::<Result<_>>()?,
    })
}

fn signer_of_row(row: gpg_signer::Model) -> Result<GpgSigner> {
    Ok(GpgSigner { fingerprint: row.fingerprint, since: time(row.since)?, until: optional_time(row.until)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::harness::on_both;
    use crate::sample::{add_person, at, id};

    fn key(user: UserId, fingerprint: &str, part: &str) -> GpgKey {
        let signer =
            |fingerprint: &str, until| GpgSigner { fingerprint: fingerprint.to_owned(), since: at(1), until };
        GpgKey {
            id: id(),
            user,
            fingerprint: fingerprint.to_owned(),
            names: vec!["Alice <alice@example.nhs.uk>".to_owned(), "Al".to_owned()],
            public_key: "-----BEGIN".to_owned(),
            created_at: at(2),
            signers: vec![signer(fingerprint, None), signer(part, Some(at(9)))],
        }
    }

    #[tokio::test]
    async fn keys_are_put_in_renewed_found_and_removed() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await.id, add_person(&store, "bob").await.id);
            let one = key(alice, "A1", "A2");
            let tx = store.begin().await.unwrap();
            put(&tx, &one).await.unwrap();
            for fingerprint in ["A1", "A2"] {
                assert_eq!(by_signer(&tx, fingerprint).await, Ok(Some(one.clone())));
            }
            assert_eq!(by_signer(&tx, "a1").await, Ok(None), "capitals matter");
            let renewed = GpgKey { id: one.id, ..key(alice, "A1", "A3") };
            put(&tx, &renewed).await.unwrap();
            assert_eq!(by_signer(&tx, "A2").await, Ok(None), "it has this part no longer");
            assert_eq!(of_user(&tx, alice).await, Ok(vec![renewed]));
            assert_eq!(delete(&tx, bob, one.id).await, Ok(false), "not theirs");
            tx.commit().await.unwrap();

            for (fingerprint, part) in [("A1", "B2"), ("B1", "A3")] {
                let tx = store.begin().await.unwrap();
                let taken = put(&tx, &key(bob, fingerprint, part)).await;
                assert_eq!(taken, Err(Error::Conflict("fingerprint".to_owned())));
            }
            let tx = store.begin().await.unwrap();
            assert_eq!(delete(&tx, alice, one.id).await, Ok(true));
            assert_eq!(by_signer(&tx, "A1").await, Ok(None), "its parts go with it");
        })
        .await;
    }
}
