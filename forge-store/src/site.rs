//! The announcement, the text on acceptable use with its versions, and who accepted which.

use forge_core::UserId;
use forge_core::site::{Acceptance, Announcement, Terms};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use time::OffsetDateTime;

use crate::entity::{announcement, terms, terms_acceptance};
use crate::value::{Column, corrupt, micros, optional_time, parsed, time};
use crate::{Result, Rows, Tx};

/// There is one announcement at most.
const SLOT: i64 = 1;

/// The announcement, whether it is shown now or not.
pub async fn announcement(rows: &impl Rows) -> Result<Option<Announcement>> {
    let Some(row) = announcement::Entity::find_by_id(SLOT).one(rows.connection()).await? else {
        return Ok(None);
    };
    Ok(Some(Announcement {
        level: parsed("announcement level", &row.level, row.level.parse())?,
        text: row.text,
        from: optional_time(row.shown_from)?,
        until: optional_time(row.shown_until)?,
    }))
}

/// Puts an announcement in the place of the one before, or takes it away.
pub async fn announce(tx: &Tx, new: Option<&Announcement>) -> Result<()> {
    announcement::Entity::delete_by_id(SLOT).exec(&tx.inner).await?;
    let Some(new) = new else { return Ok(()) };
    let row = announcement::ActiveModel {
        slot: Set(SLOT),
        text: Set(new.text.clone()),
        level: Set(new.level.name().to_owned()),
        shown_from: Set(new.from.map(micros)),
        shown_until: Set(new.until.map(micros)),
    };
    announcement::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// The version that counts now.
pub async fn terms(rows: &impl Rows) -> Result<Option<Terms>> {
    let query = terms::Entity::find().order_by_desc(terms::Column::Version).limit(1);
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// Every version, the newest first.
pub async fn all_terms(rows: &impl Rows) -> Result<Vec<Terms>> {
    let query = terms::Entity::find().order_by_desc(terms::Column::Version);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// Adds a version. `Conflict` when somebody else has added the same number.
pub async fn publish(tx: &Tx, new: &Terms) -> Result<()> {
    let row = terms::ActiveModel {
        version: Set(i64::from(new.version)),
        text: Set(new.text.clone()),
        published_at: Set(micros(new.published_at)),
        published_by: Set(new.published_by.clone()),
    };
    terms::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Notes that somebody accepts a version, or that they do so again.
pub async fn accept(tx: &Tx, acceptance: &Acceptance) -> Result<()> {
    let row = terms_acceptance::ActiveModel {
        user_id: Set(acceptance.user.column()),
        version: Set(i64::from(acceptance.version)),
        accepted_at: Set(micros(acceptance.at)),
    };
    let again = OnConflict::columns([terms_acceptance::Column::UserId, terms_acceptance::Column::Version])
        .update_column(terms_acceptance::Column::AcceptedAt)
        .to_owned();
    terms_acceptance::Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// When somebody last accepted a version, if ever.
pub async fn accepted_at(rows: &impl Rows, user: UserId, version: u32) -> Result<Option<OffsetDateTime>> {
    let query = terms_acceptance::Entity::find_by_id((user.column(), i64::from(version)));
    query.one(rows.connection()).await?.map(|row| time(row.accepted_at)).transpose()
}

/// How many people have accepted a version.
pub async fn count_accepted(rows: &impl Rows, version: u32) -> Result<u64> {
    let query =
        terms_acceptance::Entity::find().filter(terms_acceptance::Column::Version.eq(i64::from(version)));
    Ok(query.count(rows.connection()).await?)
}

fn from_row(row: terms::Model) -> Result<Terms> {
    Ok(Terms {
        version: u32::try_from(row.version).map_err(|_| corrupt("version", &row.version.to_string()))?,
        text: row.text,
        published_at: time(row.published_at)?,
        published_by: row.published_by,
    })
}

#[cfg(test)]
mod tests {
    use forge_core::site::AnnouncementLevel;

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, at};

    #[tokio::test]
    async fn there_is_one_announcement_at_most() {
        on_both(async |store| {
            let tx = store.begin().await.unwrap();
            assert_eq!(announcement(&tx).await, Ok(None));
            let mut said = Announcement {
                text: "Down at noon".to_owned(),
                level: AnnouncementLevel::Warning,
                from: Some(at(1)),
                until: None,
            };
            announce(&tx, Some(&said)).await.unwrap();
            said.text = "Down at one".to_owned();
            announce(&tx, Some(&said)).await.unwrap();
            assert_eq!(announcement(&tx).await, Ok(Some(said)));
            announce(&tx, None).await.unwrap();
            assert_eq!(announcement(&tx).await, Ok(None));
        })
        .await;
    }

    #[tokio::test]
    async fn a_new_version_is_accepted_anew() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await.id;
            let version = |version| Terms {
                version,
                text: format!("Version {version}"),
                published_at: at(1),
                published_by: "ada".to_owned(),
            };
            let tx = store.begin().await.unwrap();
            assert_eq!(terms(&tx).await, Ok(None));
            publish(&tx, &version(1)).await.unwrap();
            let yes = Acceptance { user: alice, version: 1, at: at(2) };
            accept(&tx, &yes).await.unwrap();
            accept(&tx, &Acceptance { at: at(3), ..yes }).await.unwrap();
            assert_eq!(accepted_at(&tx, alice, 1).await, Ok(Some(at(3))), "again is later");
            publish(&tx, &version(2)).await.unwrap();
            assert_eq!(terms(&tx).await, Ok(Some(version(2))));
            assert_eq!(accepted_at(&tx, alice, 2).await, Ok(None));
            assert_eq!((count_accepted(&tx, 1).await, count_accepted(&tx, 2).await), (Ok(1), Ok(0)));
            assert_eq!(all_terms(&tx).await, Ok(vec![version(2), version(1)]));
        })
        .await;
    }
}
