//! The store itself, and the two ways of using it.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};

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
}

/// The database. Clones share the same connections.
#[derive(Debug, Clone)]
pub struct Store {
    readers: DatabaseConnection,
    writers: DatabaseConnection,
    engine: Engine,
}

impl Store {
    /// Opens the database; creates the file of a new SQLite database. Refuses one that would not keep what it
    /// acknowledges.
    pub async fn connect(options: &Options) -> Result<Self> {
        let engine = connect::engine(&options.url)?;
        let (writers, readers) = match engine {
            Engine::Sqlite => connect::sqlite(options).await?,
            Engine::Postgres => connect::postgres(options).await?,
        };
        Ok(Self { readers, writers, engine })
    }

    /// The connection for `migrations::apply`, and for nothing else.
    pub fn connection_for_migrations(&self) -> &DatabaseConnection {
        &self.writers
    }

    /// Something to ask questions of. Each question sees what was committed when it was asked; questions whose
    /// answers must agree belong in one [`Tx`].
    #[expect(
        clippy::unused_async,
        reason = "callers wait for it, so that it may come to reserve a connection"
    )]
    pub async fn read(&self) -> Result<Reader> {
        Ok(Reader { inner: self.readers.clone() })
    }

    /// Starts a writing transaction. On SQLite there is one at a time, so nothing slow belongs inside.
    pub async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            // One that upgrades from reading to writing later fails at once when somebody else wrote in between.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        match self.writers.begin_with_options(options).await.map_err(Error::from) {
            Ok(inner) => Ok(Tx { inner }),
            Err(Error::Unavailable) if self.engine == Engine::Sqlite => Err(Error::Busy),
            Err(error) => Err(error),
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let statement = Statement::from_sql_and_values(self.readers.get_database_backend(), "SELECT 1", []);
        self.readers.query_one_raw(statement).await?;
        Ok(())
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Closes every connection; on SQLite the write-ahead log goes into the file.
    pub async fn close(self) -> Result<()> {
        self.readers.close().await?;
        self.writers.close().await?;
        Ok(())
    }
}

/// Asks questions outside of a transaction.
#[derive(Debug, Clone)]
pub struct Reader {
    inner: DatabaseConnection,
}

/// A writing transaction. Dropping it undoes everything that was done in it.
#[derive(Debug)]
#[must_use = "a transaction that is dropped has changed nothing"]
pub struct Tx {
    pub(crate) inner: DatabaseTransaction,
}

impl Tx {
    /// Makes everything that was done in it last. When this returns `Ok`, it survives a power cut.
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
        type Connection = sea_orm::DatabaseConnection;
        fn connection(&self) -> &Self::Connection {
            &self.inner
        }
    }

    impl Connected for super::Tx {
        type Connection = sea_orm::DatabaseTransaction;
        fn connection(&self) -> &Self::Connection {
            &self.inner
        }
    }
}

/// A change by identifier that met no row.
pub(crate) fn one_row(affected: u64) -> Result<()> {
    if affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}
