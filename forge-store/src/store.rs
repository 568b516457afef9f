//! The store itself, and the two ways of using it.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};

use crate::patience::{Patient, within};
use crate::watch::Watch;
use crate::{Error, Result, connect};

/// Which database is behind the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file on this machine.
    Sqlite,
    /// A server.
    Postgres,
}

/// Where the database is.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite:///absolute/path.db` or `postgres://user@host/database`.
    pub url: String,
    /// How many connections read at the same time; on PostgreSQL as many again may write.
    pub max_readers: u32,
    /// How long a statement may take before whoever asked hears that the database cannot be reached.
    pub patience: Duration,
}

/// The database. Clones share the same connections.
#[derive(Debug, Clone)]
pub struct Store {
    readers: DatabaseConnection,
    writers: DatabaseConnection,
    watch: Option<Arc<Watch>>,
    engine: Engine,
    patience: Duration,
}

impl Store {
    /// Opens the database; creates the file of a new SQLite database. Refuses one that would not keep what it
    /// acknowledges.
    pub async fn connect(options: &Options) -> Result<Self> {
        let engine = connect::engine(&options.url)?;
        let (writers, mut readers) = match engine {
            Engine::Sqlite => connect::sqlite(options).await?,
            Engine::Postgres => connect::postgres(options).await?,
        };
        readers.set_metric_callback(|_| metrics::counter!("forge_database_questions_total").increment(1));
        let watch = match engine {
            Engine::Sqlite => Some(Arc::new(Watch::start(&readers).await?)),
            Engine::Postgres => None,
        };
        Ok(Self { readers, writers, watch, engine, patience: options.patience })
    }

    /// The connection for `migrations::apply`, and for nothing else.
    pub fn connection_for_migrations(&self) -> &DatabaseConnection {
        &self.writers
    }

    pub(crate) fn readers(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// Something to ask questions of. Each question sees what was committed when it was asked; questions whose
    /// answers must agree belong in one [`Tx`].
    #[expect(
        clippy::unused_async,
        reason = "callers wait for it, so that it may come to reserve a connection"
    )]
    pub async fn read(&self) -> Result<Reader> {
        Ok(Reader { inner: Patient::new(self.readers.clone(), self.patience) })
    }

    /// Starts a writing transaction. On SQLite there is one at a time, so nothing slow belongs inside.
    pub async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            // One that upgrades from reading to writing later fails at once when somebody else wrote in between.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begun = within(self.patience, self.writers.begin_with_options(options)).await;
        match begun.map_err(Error::from) {
            Ok(inner) => Ok(Tx { inner: Patient::new(inner, self.patience) }),
            Err(Error::Unavailable) if self.engine == Engine::Sqlite => Err(Error::Busy),
            Err(error) => Err(error),
        }
    }

    /// A number that changes whenever anybody, in this process or another, has committed something.
    ///
    /// What was read after the number was taken is true for as long as the number stays. Nothing where the engine has
    /// no such number: then everything is read anew.
    pub async fn version(&self) -> Option<i64> {
        self.watch.as_ref()?.version().await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let statement = Statement::from_sql_and_values(self.readers.get_database_backend(), "SELECT 1", []);
        within(self.patience, self.readers.query_one_raw(statement)).await?;
        Ok(())
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Closes every connection; on SQLite the write-ahead log goes into the file.
    pub async fn close(self) -> Result<()> {
        if let Some(watch) = &self.watch {
            watch.stop().await;
        }
        self.readers.close().await?;
        self.writers.close().await?;
        Ok(())
    }
}

/// Asks questions outside of a transaction.
#[derive(Debug, Clone)]
pub struct Reader {
    inner: Patient<DatabaseConnection>,
}

/// A writing transaction. Dropping it undoes everything that was done in it.
#[derive(Debug)]
#[must_use = "a transaction that is dropped has changed nothing"]
pub struct Tx {
    pub(crate) inner: Patient<DatabaseTransaction>,
}

impl Tx {
    /// Makes everything that was done in it last. When this returns `Ok`, it survives a power cut; when the database did not
    /// answer, nobody knows.
    pub async fn commit(self) -> Result<()> {
        self.inner.commit().await.map_err(Error::from)
    }
}

/// What questions can be asked of: a [`Reader`] or a [`Tx`].
pub trait Rows: sealed::Connected {}

impl Rows for Reader {}
impl Rows for Tx {}

pub(crate) mod sealed {
    use sea_orm::ConnectionTrait;

    /// Keeps the database library inside this crate.
    pub trait Connected: Sync {
        /// What the library talks to.
        type Connection: ConnectionTrait;
        /// The connection or transaction.
        fn connection(&self) -> &Self::Connection;
    }

    impl Connected for super::Reader {
        type Connection = crate::patience::Patient<sea_orm::DatabaseConnection>;
        fn connection(&self) -> &Self::Connection {
            &self.inner
        }
    }

    impl Connected for super::Tx {
        type Connection = crate::patience::Patient<sea_orm::DatabaseTransaction>;
        fn connection(&self) -> &Self::Connection {
            &self.inner
        }
    }
}

/// A change by identifier that met no row.
pub(crate) fn one_row(affected: u64) -> Result<()> {
    if affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::*;
    use crate::harness::{PATIENCE, on_both, on_sqlite, sqlite_options};
    use crate::sample::{add_person, person};
    use crate::{organisation, user};

    #[tokio::test]
    async fn a_transaction_that_is_dropped_has_changed_nothing() {
        on_both(async |store| {
            let alice = person("alice");
            let tx = store.begin().await.unwrap();
            user::insert(&tx, &alice, "hash").await.unwrap();
            assert_eq!(user::by_id(&tx, alice.id).await, Ok(Some(alice.clone())));
            let rows = store.read().await.unwrap();
            assert_eq!(user::by_id(&rows, alice.id).await, Ok(None), "seen before it was committed");
            drop(tx);
            assert_eq!(user::by_id(&rows, alice.id).await, Ok(None));
            add_person(&store, "alice").await;
        })
        .await;
    }

    #[tokio::test]
    async fn what_comes_after_a_full_disk_is_kept() {
        on_sqlite(&async |store: Store| {
            store.writers.execute_unprepared("PRAGMA max_page_count = 1").await.unwrap();
            let tx = store.begin().await.unwrap();
            let mut number = 0;
            let full = loop {
                number += 1;
                if let Err(error) = user::insert(&tx, &person(&format!("person-{number}")), "hash").await {
                    break error;
                }
            };
            assert!(matches!(full, Error::Full(_)), "{full:?}");
            drop(tx);
            drop(store.begin().await.unwrap());
            let alice = add_person(&store, "alice").await;
            let rows = store.read().await.unwrap();
            assert_eq!(user::by_id(&rows, alice.id).await, Ok(Some(alice)), "acknowledged and not kept");
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_committed_is_there_after_the_process_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let options = sqlite_options(&dir.path().join("forge.db"));
        let store = Store::connect(&options).await.unwrap();
        migrations::apply(store.connection_for_migrations()).await.unwrap();
        let alice = add_person(&store, "alice").await;
        let open = store.begin().await.unwrap();
        let bob = person("bob");
        user::insert(&open, &bob, "hash").await.unwrap();
        // What is on the disk now is what another process finds after a crash of this one.
        let after = tempfile::tempdir().unwrap();
        for name in ["forge.db", "forge.db-wal"] {
            std::fs::copy(dir.path().join(name), after.path().join(name)).unwrap();
        }
        let again = Store::connect(&sqlite_options(&after.path().join("forge.db"))).await.unwrap();
        let rows = again.read().await.unwrap();
        assert_eq!(user::by_id(&rows, alice.id).await, Ok(Some(alice)));
        assert_eq!(user::by_id(&rows, bob.id).await, Ok(None));
    }

    #[tokio::test]
    async fn the_version_changes_with_every_commit_of_anybody_and_only_then() {
        let dir = tempfile::tempdir().unwrap();
        let options = sqlite_options(&dir.path().join("forge.db"));
        let store = Store::connect(&options).await.unwrap();
        migrations::apply(store.connection_for_migrations()).await.unwrap();
        let before = store.version().await;
        assert!(before.is_some());
        assert_eq!(store.version().await, before);
        drop(store.begin().await.unwrap());
        assert_eq!(store.version().await, before, "nothing was committed");
        add_person(&store, "alice").await;
        let after = store.version().await;
        assert_ne!(after, before);
        let elsewhere = Store::connect(&options).await.unwrap();
        add_person(&elsewhere, "bob").await;
        assert_ne!(store.version().await, after, "another process counts too");
        let clone = store.clone();
        store.close().await.unwrap();
        assert_eq!(clone.version().await, None);
    }

    #[tokio::test]
    async fn a_reader_cannot_write() {
        on_both(async |store| {
            let sql = "DELETE FROM jobs";
            let statement = Statement::from_sql_and_values(store.readers.get_database_backend(), sql, []);
            assert!(store.readers.execute_raw(statement).await.is_err());
        })
        .await;
    }

    #[tokio::test]
    async fn sqlite_is_durable_and_private_on_every_connection() {
        on_sqlite(&async |store: Store| {
            for connection in [&store.writers, &store.readers] {
                for (sql, expected) in [
                    ("SELECT journal_mode FROM pragma_journal_mode", "wal"),
                    ("SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous", "2"),
                    ("SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys", "1"),
                    ("SELECT CAST(trusted_schema AS TEXT) FROM pragma_trusted_schema", "0"),
                ] {
                    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, []);
                    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
                    assert_eq!(row.try_get_by_index::<String>(0).unwrap(), expected, "{sql}");
                }
            }
        })
        .await;
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_new_file_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("forge.db");
        let store = Store::connect(&sqlite_options(&path)).await.unwrap();
        migrations::apply(store.connection_for_migrations()).await.unwrap();
        for name in ["forge.db", "forge.db-wal"] {
            let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[tokio::test]
    async fn addresses_that_are_no_database_are_refused() {
        for url in ["", "sqlite::memory:", "sqlite:forge.db", "mysql://x/y", "sqlite:///x?mode=memory"] {
            let options = Options { url: url.to_owned(), max_readers: 1, patience: PATIENCE };
            assert!(matches!(Store::connect(&options).await, Err(Error::Database(_))), "{url}");
        }
        let missing =
            Options { url: "sqlite:///nowhere/forge.db".to_owned(), max_readers: 1, patience: PATIENCE };
        assert!(matches!(Store::connect(&missing).await, Err(Error::Io(_))));
    }

    #[tokio::test]
    async fn it_answers_and_what_refers_to_nothing_is_refused() {
        on_both(async |store| {
            store.ping().await.unwrap();
            let stranger = person("stranger");
            let org = crate::sample::add_org(&store, "rr8", &[]).await;
            let tx = store.begin().await.unwrap();
            let member = crate::sample::member(org.id, stranger.id, forge_core::OrgRole::Developer);
            assert_eq!(organisation::set_member(&tx, &member).await, Err(Error::NotFound));
        })
        .await;
    }
}
