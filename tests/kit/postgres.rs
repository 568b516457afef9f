//! Databases of their own on the PostgreSQL server that the test command started.

use sea_orm::{ConnectionTrait as _, Database as Sea, DatabaseConnection};

/// A database of one test. It goes with the server, which the test command throws away.
pub(crate) struct Database {
    url: String,
}

impl Database {
    /// Makes an empty database; nothing where no server was started.
    pub(crate) async fn create() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "the test command says where PostgreSQL is")]
        let server = std::env::var("FORGE_TEST_POSTGRES_URL").ok()?;
        let admin: DatabaseConnection = Sea::connect(&server).await.expect("PostgreSQL answers");
        let name = format!("forge_it_{}_{}", std::process::id(), unique());
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
        let (base, query) =
            server.split_once('?').map_or((server.as_str(), ""), |(base, query)| (base, query));
        let (base, _) = base.rsplit_once('/').expect("a database in the URL");
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        Some(Self { url: format!("{base}/{name}{query}") })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// The address of a new and empty database; nothing where no server was started.
pub async fn empty_database() -> Option<String> {
    Some(Database::create().await?.url)
}

fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
