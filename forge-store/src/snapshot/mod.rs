//! A copy of the database as of one moment, taken while others write.
//!
//! Whatever the forge runs on, the copy is an SQLite file: one format, read by tools that everybody has, with the
//! list of applied migrations in it as its version. A database on SQLite copies itself ([`take`]); one on PostgreSQL
//! is read row by row in a single transaction ([`fill`]), and the same function brings the rows back.

mod rows;

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Engine, Error, Options, Result, Store};

pub use rows::{fill, is_empty};

/// How long a statement in a copy may take: nobody waits for it, and it may be a large one.
const PATIENCE: Duration = Duration::from_mins(10);

/// Writes a copy of an SQLite database into a new file and opens the copy. Whoever writes meanwhile is not held up
/// by more than a moment.
///
/// A database on PostgreSQL is refused: make an empty store for it with [`create`], and [`fill`] that.
pub async fn take(store: &Store, file: &Path) -> Result<Store> {
    if store.engine() != Engine::Sqlite {
        return Err(Error::Database("only an SQLite database is copied like this".to_owned()));
    }
    let shown = new_file(file)?;
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO $1", [shown.into()]);
    store.connection_for_migrations().execute_raw(statement).await?;
    open(file).await
}

/// Makes a new file with an SQLite database in it that has no tables yet.
pub async fn create(file: &Path) -> Result<Store> {
    new_file(file)?;
    open(file).await
}

/// Opens a copy that is in a file.
pub async fn open(file: &Path) -> Result<Store> {
    let absolute = std::path::absolute(file).map_err(|error| io(&file.display().to_string(), &error))?;
    let url = format!("sqlite://{}", absolute.display());
    Store::connect(&Options { url, max_readers: 1, patience: PATIENCE }).await
}

/// SQLite writes into a file that is there if it is empty: so the permissions are ours from the start.
fn new_file(file: &Path) -> Result<&str> {
    let shown = file.to_str().ok_or_else(|| Error::Io(format!("{}: not UTF-8 text", file.display())))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map_err(|error| io(shown, &error))?;
    Ok(shown)
}

fn io(shown: &str, error: &std::io::Error) -> Error {
    Error::Io(format!("{shown}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_sqlite;
    use crate::sample::add_person;
    use crate::user;

    #[tokio::test]
    async fn a_snapshot_holds_what_was_committed_and_nothing_later() {
        on_sqlite(&async |store: Store| {
            let alice = add_person(&store, "alice").await;
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("copy.db");
            let copy = take(&store, &file).await.unwrap();
            let bob = add_person(&store, "bob").await;
            let rows = copy.read().await.unwrap();
            assert_eq!(user::by_id(&rows, alice.id).await, Ok(Some(alice)));
            assert_eq!(user::by_id(&rows, bob.id).await, Ok(None));
            drop(rows);
            copy.close().await.unwrap();
            let names: Vec<_> =
                std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(names, ["copy.db"], "one file and no other holds the copy");
            assert!(matches!(take(&store, &file).await, Err(Error::Io(_))), "a file was written over");
        })
        .await;
    }
}
