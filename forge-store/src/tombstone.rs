//! An account that is deleted: whatever is theirs alone goes with it, and what others go on reading stays under a tombstone.
//!
//! The row of the person goes, and with it everything that lets them in or reaches them: the schema takes those rows along. The row of
//! their name stays, so that the name is never given to anybody else and old addresses of repositories that they handed over lead on.

use forge_core::user::tombstone;
use forge_core::{User, UserId};
use sea_orm::{EntityTrait, QuerySelect, Value};
use time::OffsetDateTime;

use crate::duplicate::{SIGNED_ACTS, run};
use crate::entity::user;
use crate::lock::{self, Lock};
use crate::value::{Column, micros};
use crate::{Error, Result, Tx, owner};

/// Where a name stands without the person: nobody is called so after them.
const NAMES: &[(&str, &str)] = &[
    ("deploy_keys", "added_by"),
    ("merge_request_arrivals", "pushed_by_name"),
    ("reviewers", "asked_by"),
    ("reviews", "dismissed_by_name"),
    ("terms", "published_by"),
    ("turns", "put_by"),
];

/// What happened to an item that tells of somebody by name, beside who did it.
const TOLD_OF: &str = "'approval-lapse', 'assign', 'comment-delete', 'delete-comment', 'dismiss', 'reviewer', \
                       'reviewer-remove'";

/// Deletes an account and leaves a tombstone. It must own no repository any more. Count the administrators *after* it, in the
/// same transaction.
pub async fn leave(tx: &Tx, deleted: &User, now: OffsetDateTime) -> Result<()> {
    lock::take(tx, Lock::Administrators).await?;
    let id = deleted.id.column();
    // Nobody signs anything with the name while it is taken out: what refers to the person waits for this row.
    let row = user::Entity::find_by_id(id).lock_exclusive().one(&tx.inner).await?;
    row.ok_or(Error::NotFound)?;
    let stone = tombstone(deleted.id);
    end_what_waits(tx, deleted.id, now).await?;
    for (table, column, shown) in SIGNED_ACTS {
        let sql = format!("UPDATE {table} SET {shown} = $2 WHERE {column} = $1");
        run(tx, &sql, &[id.into(), stone.as_str().into()]).await?;
    }
    let names: [Value; 2] = [deleted.name.as_str().into(), stone.as_str().into()];
    for (table, shown) in NAMES {
        run(tx, &format!("UPDATE {table} SET {shown} = $2 WHERE {shown} = $1"), &names).await?;
    }
    let quoted: [Value; 2] = [format!("\"{}\"", deleted.name).into(), format!("\"{stone}\"").into()];
    let told = format!("UPDATE item_events SET detail = replace(detail, $1, $2) WHERE kind IN ({TOLD_OF})");
    run(tx, &told, &quoted).await?;
    // An invitation that was used up still has the address that it was sent to.
    run(tx, "UPDATE invitations SET email = NULL WHERE used_by = $1", &[id.into()]).await?;
    owner::set_display_name(tx, id, &stone).await?;
    user::Entity::delete_by_id(id).exec(&tx.inner).await?;
    Ok(())
}

/// Ends what would count or wait for somebody who is no longer there.
async fn end_what_waits(tx: &Tx, who: UserId, now: OffsetDateTime) -> Result<()> {
    let values: [Value; 2] = [who.column().into(), micros(now).into()];
    let approvals = "UPDATE approvals SET status = 'lapsed', reason = 'the account was deleted', ended_at = $2 WHERE \
                     status = 'active' AND user_id = $1 AND item_id IN (SELECT id FROM work_items WHERE state = 'open')";
    run(tx, approvals, &values).await?;
    let asked = "UPDATE visibility_changes SET state = 'refused', decided_at = $2, note = 'The account of whoever asked was \
                 deleted.' WHERE state = 'waiting' AND asked_by = $1";
    run(tx, asked, &values).await?;
    let only = [who.column().into()];
    run(tx, "DELETE FROM reviews WHERE submitted_at IS NULL AND author_id = $1", &only).await?;
    // The threads that only those reviews had begun.
    run(tx, "DELETE FROM threads WHERE id NOT IN (SELECT thread_id FROM comments)", &[]).await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use forge_core::{AccountState, ItemKind, OwnerId, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, add_repo, at, item, person};
    use crate::{user as users, work_item};

    #[test]
    fn every_column_that_has_a_name_of_somebody_is_decided() {
        let is_name = |column: &str| {
            column.ends_with("_by_name")
                || column.ends_with("_by")
                || ["author_name", "actor_name", "user_name"].contains(&column)
        };
        let named: BTreeSet<String> = crate::schema::POSTGRES_DUMP
            .lines()
            .filter_map(|line| {
                let (place, kind) = line.strip_prefix("column ")?.split_once(' ')?;
                let (_, column) = place.split_once('.')?;
                (kind.starts_with("text") && is_name(column)).then(|| place.to_owned())
            })
            .collect();
        let signed = SIGNED_ACTS.iter().map(|(table, _, shown)| format!("{table}.{shown}"));
        let decided: BTreeSet<String> =
            NAMES.iter().map(|(table, shown)| format!("{table}.{shown}")).chain(signed).collect();
        assert_eq!(decided, named, "say what becomes of it when the account is deleted");
    }

    #[tokio::test]
    async fn what_others_read_stays_and_the_name_is_for_nobody_else() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await, add_person(&store, "bob").await);
            let beds = add_repo(&store, OwnerId::User(bob.id), "bob/beds", Visibility::Internal).await;
            let ticket = item(beds.id, 1, ItemKind::Ticket, &alice);
            let tx = store.begin().await.unwrap();
            users::set_admin(&tx, alice.id, true).await.unwrap();
            work_item::insert(&tx, &ticket).await.unwrap();
            leave(&tx, &alice, at(5)).await.unwrap();
            assert_eq!(users::count_admins(&tx).await, Ok(0));
            assert_eq!(leave(&tx, &alice, at(6)).await, Err(Error::NotFound), "it is gone");
            tx.commit().await.unwrap();
            let rows = store.read().await.unwrap();
            assert_eq!(users::by_id(&rows, alice.id).await, Ok(None));
            assert_eq!(users::by_name(&rows, &alice.name).await, Ok(None));
            assert_eq!(users::by_email(&rows, &alice.email).await, Ok(None));
            let found = work_item::by_number(&rows, beds.id, 1).await.unwrap().unwrap();
            assert_eq!((found.author.id, found.author.name), (None, tombstone(alice.id)));
            let bobs = users::by_id(&rows, bob.id).await.unwrap().unwrap();
            assert_eq!(bobs.state, AccountState::Active, "nobody else is touched");
            drop(rows);
            let tx = store.begin().await.unwrap();
            let taken = users::insert(&tx, &person("Alice"), "hash").await;
            assert_eq!(taken, Err(Error::Conflict("name".to_owned())));
        })
        .await;
    }
}
