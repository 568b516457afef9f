//! Whether the database is whole and set up to keep what it acknowledges. Reads only.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Engine, Result, Store};

/// How many findings of one kind are listed.
const LISTED: usize = 20;

/// What is wrong with the database, in sentences; nothing if all is well.
///
/// SQLite reads its whole file for this. The settings that make a commit durable are asserted by [`Store::connect`]
/// already for SQLite.
pub async fn faults(store: &Store) -> Result<Vec<String>> {
    match store.engine() {
        Engine::Sqlite => sqlite(store).await,
        Engine::Postgres => postgres(store).await,
    }
}

async fn sqlite(store: &Store) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for line in texts(store, "SELECT integrity_check FROM pragma_integrity_check").await? {
        if line != "ok" {
            faults.push(format!("the database file is damaged: {line}"));
        }
    }
    let sql = "SELECT DISTINCT \"table\" || ' that refers to ' || parent FROM pragma_foreign_key_check";
    for line in texts(store, sql).await? {
        faults.push(format!("the database has a row of {line}, which is not there"));
    }
    faults.truncate(LISTED);
    Ok(faults)
}

async fn postgres(store: &Store) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (setting, why) in [
        ("fsync", "what it acknowledges does not survive a power cut"),
        ("full_page_writes", "a power cut can damage it"),
        ("synchronous_commit", "what it acknowledges does not survive a power cut"),
    ] {
        if texts(store, &format!("SELECT current_setting('{setting}')")).await? == ["off"] {
            faults.push(format!("PostgreSQL runs with {setting} off: {why}. Switch it on"));
        }
    }
    Ok(faults)
}

async fn texts(store: &Store, sql: &str) -> Result<Vec<String>> {
    let connection = store.readers();
    let backend: DbBackend = connection.get_database_backend();
    let rows = connection.query_all_raw(Statement::from_sql_and_values(backend, sql, [])).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index::<String>(0)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::{on_both, on_sqlite};

    #[tokio::test]
    async fn a_whole_database_has_no_faults() {
        on_both(async |store| {
            let found = faults(&store).await.unwrap();
            // Test servers may run without fsync, and then that is what is said.
            assert!(found.iter().all(|fault| fault.starts_with("PostgreSQL runs with")), "{found:?}");
        })
        .await;
    }

    #[tokio::test]
    async fn a_row_that_refers_to_nothing_is_found() {
        on_sqlite(&async |store: Store| {
            let connection = store.connection_for_migrations();
            for sql in [
                "PRAGMA foreign_keys = OFF",
                "INSERT INTO memberships (organisation_id, user_id, role, since) VALUES (x'00', x'01', 'reader', 0)",
                "PRAGMA foreign_keys = ON",
            ] {
                connection.execute_unprepared(sql).await.unwrap();
            }
            let found = faults(&store).await.unwrap();
            assert!(
                found.iter().any(|fault| fault.contains("memberships that refers to users")),
                "{found:?}"
            );
        })
        .await;
    }
}
