//! How each engine is opened, and what is refused at the door.

use std::time::Duration;

use sea_orm::sqlx::Connection as _;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use crate::{Engine, Error, Options, Result};

/// How long a statement waits for another process that writes to the same SQLite file, or for a lock.
const BUSY: Duration = Duration::from_secs(5);
/// How long a connection may have been idle before it is asked whether it still answers.
const STALE: Duration = Duration::from_secs(10);
/// How long a request waits for a connection at most.
const ACQUIRE: Duration = Duration::from_secs(10);

/// Which engine an address names.
pub(crate) fn engine(url: &str) -> Result<Engine> {
    if url.starts_with("sqlite:///") && !url.contains(":memory:") && !url.contains("mode=memory") {
        Ok(Engine::Sqlite)
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok(Engine::Postgres)
    } else {
        Err(Error::Database(
            "a database address is sqlite:///absolute/path.db or postgres://user@host/database".to_owned(),
        ))
    }
}

/// Opens a file with one writing and several reading connections.
///
/// A connection that still counts a transaction as open when it is taken is thrown away. SQLite ends a transaction by itself when
/// its disk is full or fails, and the driver, whose own end of it then fails, goes on counting it: what comes next would be a
/// part of a transaction that nobody commits, and be acknowledged.
///
/// `synchronous=FULL` is what makes a commit survive a power cut: with WAL the often advised `NORMAL` loses it.
pub(crate) async fn sqlite(options: &Options) -> Result<(DatabaseConnection, DatabaseConnection)> {
    create_privately(&options.url)?;
    let open = |readers: Option<u32>| {
        let mut connect = base(options, readers.unwrap_or(1));
        connect.map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .create_if_missing(false)
                .busy_timeout(BUSY)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("foreign_keys", "ON")
                .pragma("trusted_schema", "OFF")
                .pragma("query_only", if readers.is_some() { "ON" } else { "OFF" })
        });
        connect.map_sqlx_sqlite_before_acquire(|connection, _| {
            let is_usable = !connection.is_in_transaction();
            Box::pin(std::future::ready(Ok(is_usable)))
        });
        Database::connect(connect)
    };
    let writer = open(None).await?;
    let readers = open(Some(options.max_readers)).await?;
    for connection in [&writer, &readers] {
        assert_durable(connection).await?;
    }
    Ok((writer, readers))
}

/// Asks SQLite what it really does: a setting that did not take must stop the start.
async fn assert_durable(connection: &DatabaseConnection) -> Result<()> {
    let text = pragma::<String>(connection, "SELECT journal_mode FROM pragma_journal_mode").await?;
    let synchronous = pragma::<i64>(connection, "SELECT synchronous FROM pragma_synchronous").await?;
    let foreign_keys = pragma::<i64>(connection, "SELECT foreign_keys FROM pragma_foreign_keys").await?;
    if text != "wal" || synchronous < 2 || foreign_keys != 1 {
        return Err(Error::Database(format!(
            "SQLite must run with journal_mode=wal, synchronous=2 and foreign_keys=1, not with {text}, \
             {synchronous} and {foreign_keys}: is the file on a network drive? Move it to a local one"
        )));
    }
    Ok(())
}

async fn pragma<T: sea_orm::TryGetable>(connection: &DatabaseConnection, sql: &str) -> Result<T> {
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, []);
    let row = connection.query_one_raw(statement).await?.ok_or(Error::NotFound)?;
    Ok(row.try_get_by_index(0)?)
}

/// The file holds hashes of passwords: it is made for its owner's eyes only, whatever the umask says. SQLite gives
/// its side files the same permissions.
fn create_privately(url: &str) -> Result<()> {
    let path = url.trim_start_matches("sqlite://");
    let path = path.split('?').next().unwrap_or(path);
    if path.contains('%') {
        return Err(Error::Database("the path of the database file must not contain %".to_owned()));
    }
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    match file.open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Io(format!("{path}: {error}"))),
    }
}

/// Opens a server with as many writing as reading connections.
///
/// They are apart so that a transaction which asks a question on the side never waits for itself.
pub(crate) async fn postgres(options: &Options) -> Result<(DatabaseConnection, DatabaseConnection)> {
    let open = |read_only: &'static str| {
        let mut connect = base(options, options.max_readers.max(2));
        connect.map_sqlx_postgres_opts(move |postgres| {
            postgres.application_name("forge").options([
                ("default_transaction_read_only", read_only),
                ("synchronous_commit", "on"),
                ("lock_timeout", "5s"),
                ("idle_in_transaction_session_timeout", "60s"),
            ])
        });
        Database::connect(connect)
    };
    let writers = open("off").await?;
    let readers = open("on").await?;
    let statement =
        Statement::from_sql_and_values(DbBackend::Postgres, "SELECT current_setting('fsync')", []);
    let row = writers.query_one_raw(statement).await?.ok_or(Error::NotFound)?;
    if row.try_get_by_index::<String>(0)? != "on" {
        tracing::warn!("PostgreSQL runs with fsync off: what it acknowledges does not survive a power cut");
    }
    Ok((writers, readers))
}

fn base(options: &Options, connections: u32) -> ConnectOptions {
    let mut connect = ConnectOptions::new(&options.url);
    connect
        .max_connections(connections.max(1))
        .acquire_timeout(options.patience.min(ACQUIRE))
        .sqlx_logging(false);
    // One that was used a moment ago answers; asking first would double the way of every question.
    connect.test_before_acquire_if_idle_for(STALE);
    connect
}
