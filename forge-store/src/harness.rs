//! Runs a test on every engine there is: always on SQLite, and on PostgreSQL when `FORGE_TEST_POSTGRES_URL` names a
//! server on which databases may be made.
//!
//! Migrating takes longer than most tests, so an empty database is migrated once and copied for each.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use tokio::sync::OnceCell;

use crate::{Engine, Options, Store};

/// How long tests wait for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the body on a fresh database of each engine.
pub(crate) async fn on_both(body: impl AsyncFn(Store)) {
    on_sqlite(&body).await;
    if let Some(url) = postgres_url() {
        on_postgres(&url, &body).await;
    }
}

/// Runs the body on a fresh SQLite database.
pub(crate) async fn on_sqlite(body: &impl AsyncFn(Store)) {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(migrated_file).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("forge.db");
    std::fs::write(&path, template).unwrap();
    let store = Store::connect(&sqlite_options(&path)).await.unwrap();
    body(store.clone()).await;
    store.close().await.unwrap();
}

/// Where a SQLite database is, for a test.
pub(crate) fn sqlite_options(path: &Path) -> Options {
    Options { url: format!("sqlite://{}", path.display()), max_readers: 4, patience: PATIENCE }
}

async fn migrated_file() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("template.db");
    let store = Store::connect(&sqlite_options(&path)).await.unwrap();
    migrations::apply(store.connection_for_migrations()).await.unwrap();
    store.close().await.unwrap();
    std::fs::read(path).unwrap()
}

/// The server for tests, if there is one.
#[expect(clippy::disallowed_methods, reason = "a test has no settings but the environment")]
pub(crate) fn postgres_url() -> Option<String> {
    std::env::var("FORGE_TEST_POSTGRES_URL").ok()
}

async fn on_postgres(server: &str, body: &impl AsyncFn(Store)) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let template = postgres_template(server).await;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("forge_test_{}_{number}", std::process::id());
    let admin = Database::connect(server).await.unwrap();
    run(&admin, &format!("DROP DATABASE IF EXISTS {name}")).await;
    run(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    let store = Store::connect(&postgres_options(server, &name)).await.unwrap();
    assert_eq!(store.engine(), Engine::Postgres);
    // With every connection open, transactions that a test starts together really run side by side.
    drop((store.begin().await.unwrap(), store.begin().await.unwrap(), store.begin().await.unwrap()));
    body(store.clone()).await;
    store.close().await.unwrap();
    run(&admin, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    admin.close().await.unwrap();
}

/// Several test processes may want the template at once: the first to get the lock makes it. Its name holds a hash of
/// the schema, so that a server that outlives a change of the schema gets another one.
async fn postgres_template(server: &str) -> String {
    let schema = crate::schema::POSTGRES_DUMP;
    let hash = schema.bytes().fold(0_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let name = format!("forge_template_{hash:016x}");
    let admin = Database::connect(server).await.unwrap();
    let lock = admin.begin().await.unwrap();
    let statement = "SELECT pg_advisory_xact_lock(7303014)";
    lock.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, statement, [])).await.unwrap();
    let known = "SELECT 1 FROM pg_database WHERE datname = $1";
    let known = Statement::from_sql_and_values(DbBackend::Postgres, known, [name.clone().into()]);
    if admin.query_one_raw(known).await.unwrap().is_none() {
        let unfinished = format!("{name}_unfinished");
        run(&admin, &format!("DROP DATABASE IF EXISTS {unfinished}")).await;
        run(&admin, &format!("CREATE DATABASE {unfinished}")).await;
        let store = Store::connect(&postgres_options(server, &unfinished)).await.unwrap();
        migrations::apply(store.connection_for_migrations()).await.unwrap();
        store.close().await.unwrap();
        run(&admin, &format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
    }
    lock.commit().await.unwrap();
    admin.close().await.unwrap();
    name
}

fn postgres_options(server: &str, database: &str) -> Options {
    let (server, query) =
        server.split_once('?').map_or((server, String::new()), |(s, q)| (s, format!("?{q}")));
    let host = server.rfind('/').filter(|at| *at > "postgres://".len()).map_or(server, |at| &server[..at]);
    Options { url: format!("{host}/{database}{query}"), max_readers: 3, patience: PATIENCE }
}

async fn run(admin: &DatabaseConnection, sql: &str) {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, []);
    admin.execute_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}
