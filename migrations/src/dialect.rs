//! One text for two engines: the few words that differ are written in braces.
//!
//! | word       | SQLite                | PostgreSQL         |                                            |
//! |------------|-----------------------|--------------------|--------------------------------------------|
//! | `{id}`     | `BLOB`                | `uuid`             | sixteen bytes                              |
//! | `{bytes}`  | `BLOB`                | `bytea`            | object ids and hashes                      |
//! | `{text}`   | `TEXT`                | `text COLLATE "C"` | compared byte by byte                      |
//! | `{int}`    | `INTEGER`             | `bigint`           | also times: microseconds since 1970 in UTC |
//! | `{bool}`   | `INTEGER`             | `boolean`          |                                            |
//! | `{false}`  | `0`                   | `false`            | as a default                               |
//! | `{table}`  | `STRICT`              |                    | behind a table                             |
//! | `{narrow}` | `STRICT, WITHOUT ROWID` |                  | behind a table that is all key             |

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

const SQLITE: [(&str, &str); 8] = [
    ("{id}", "BLOB"),
    ("{bytes}", "BLOB"),
    ("{text}", "TEXT"),
    ("{int}", "INTEGER"),
    ("{bool}", "INTEGER"),
    ("{false}", "0"),
    ("{table}", " STRICT"),
    ("{narrow}", " STRICT, WITHOUT ROWID"),
];

const POSTGRES: [(&str, &str); 8] = [
    ("{id}", "uuid"),
    ("{bytes}", "bytea"),
    ("{text}", "text COLLATE \"C\""),
    ("{int}", "bigint"),
    ("{bool}", "boolean"),
    ("{false}", "false"),
    ("{table}", ""),
    ("{narrow}", ""),
];

/// Runs statements that are the same on both engines but for the words in braces.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let words = match manager.get_database_backend() {
        DbBackend::Postgres => POSTGRES,
        _ => SQLITE,
    };
    for statement in statements {
        let sql =
            words.iter().fold((*statement).to_owned(), |sql, (word, meaning)| sql.replace(word, meaning));
        run_one(manager, sql).await?;
    }
    Ok(())
}

/// Runs statements that only one engine has.
pub(crate) async fn run_on(
    engine: DbBackend,
    manager: &SchemaManager<'_>,
    statements: &[&str],
) -> Result<(), DbErr> {
    if manager.get_database_backend() == engine {
        for statement in statements {
            run_one(manager, (*statement).to_owned()).await?;
        }
    }
    Ok(())
}

async fn run_one(manager: &SchemaManager<'_>, sql: String) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(manager.get_database_backend(), sql, []);
    manager.get_connection().execute_raw(statement).await?;
    Ok(())
}

/// Declares a migration that only runs statements, inside a transaction on either engine.
macro_rules! migration {
    ($statements:expr) => {
        pub(crate) struct Migration;

        impl sea_orm_migration::MigrationName for Migration {
            fn name(&self) -> &str {
                module_path!().rsplit("::").next().unwrap_or_default()
            }
        }

        #[async_trait::async_trait]
        impl sea_orm_migration::MigrationTrait for Migration {
            async fn up(
                &self,
                manager: &sea_orm_migration::SchemaManager,
            ) -> Result<(), sea_orm_migration::DbErr> {
                crate::dialect::run(manager, $statements).await
            }

            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }
        }
    };
}
pub(crate) use migration;
