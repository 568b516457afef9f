//! The register of the Organisation Data Service.

use forge_core::OdsCode;
use forge_core::ods::OdsEntry;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::entity::ods_entry::{self, Column as Columns, Entity};
use crate::value::parsed;
use crate::{Result, Rows, Tx};

/// Rows that one statement writes: SQLite takes 32,766 values.
const INSERTS: usize = 1000;

/// Adds organisations, or changes those that are there. A successor that is known stays. No code may be there twice.
pub async fn put(tx: &Tx, entries: &[OdsEntry]) -> Result<()> {
    for entries in entries.chunks(INSERTS) {
        let rows = entries.iter().map(|entry| ods_entry::ActiveModel {
            code: Set(entry.code.as_str().to_owned()),
            name: Set(entry.name.clone()),
            is_closed: Set(entry.is_closed),
            opened: Set(entry.opened.clone()),
            closed: Set(entry.closed.clone()),
            successor: Set(entry.successor.as_ref().map(|code| code.as_str().to_owned())),
        });
        let changed = [Columns::Name, Columns::IsClosed, Columns::Opened, Columns::Closed];
        let again = OnConflict::column(Columns::Code).update_columns(changed).to_owned();
        Entity::insert_many(rows).on_conflict(again).exec_without_returning(&tx.inner).await?;
    }
    Ok(())
}

/// Notes what came after an organisation; says whether that is in the register.
pub async fn set_successor(tx: &Tx, code: &OdsCode, successor: &OdsCode) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Columns::Successor, Expr::val(successor.as_str()))
        .filter(Columns::Code.eq(code.as_str()))
        .exec(&tx.inner)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Finds an organisation of the register.
pub async fn by_code(rows: &impl Rows, code: &OdsCode) -> Result<Option<OdsEntry>> {
    Entity::find_by_id(code.as_str()).one(rows.connection()).await?.map(from_row).transpose()
}

/// How many organisations the register has.
pub async fn count(rows: &impl Rows) -> Result<u64> {
    Ok(Entity::find().count(rows.connection()).await?)
}

fn from_row(row: ods_entry::Model) -> Result<OdsEntry> {
    let code = |text: &str| parsed("ODS code", text, OdsCode::new(text));
    Ok(OdsEntry {
        code: code(&row.code)?,
        name: row.name,
        is_closed: row.is_closed,
        opened: row.opened,
        closed: row.closed,
        successor: row.successor.as_deref().map(code).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_both;

    #[tokio::test]
    async fn the_register_takes_the_same_twice_and_keeps_successors() {
        on_both(async |store| {
            let code = |text: &str| OdsCode::new(text).unwrap();
            let entry = |text: &str, name: &str| OdsEntry {
                code: code(text),
                name: name.to_owned(),
                is_closed: false,
                opened: Some("2001-04-01".to_owned()),
                closed: None,
                successor: None,
            };
            let tx = store.begin().await.unwrap();
            put(&tx, &[entry("ZZ1", "ONE"), entry("ZZ2", "TWO")]).await.unwrap();
            assert_eq!(set_successor(&tx, &code("ZZ1"), &code("ZZ2")).await, Ok(true));
            assert_eq!(set_successor(&tx, &code("ZZ9"), &code("ZZ2")).await, Ok(false));
            let closed =
                OdsEntry { is_closed: true, closed: Some("2020-03-31".to_owned()), ..entry("ZZ1", "ONE") };
            put(&tx, std::slice::from_ref(&closed)).await.unwrap();
            let expected = OdsEntry { successor: Some(code("ZZ2")), ..closed };
            assert_eq!(by_code(&tx, &code("ZZ1")).await, Ok(Some(expected)));
            assert_eq!((count(&tx).await, by_code(&tx, &code("ZZ9")).await), (Ok(2), Ok(None)));
        })
        .await;
    }
}
