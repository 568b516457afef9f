//! Whether anything was committed since.

use sea_orm::DatabaseConnection;
use sea_orm::sqlx::{self, SqliteConnection};
use tokio::sync::Mutex;

use crate::{Error, Result};

/// A connection of its own to a SQLite file, because the number it asks for counts the commits of all the others.
///
/// It is never replaced: the number of another connection would mean something else.
#[derive(Debug)]
pub(crate) struct Watch {
    connection: Mutex<Option<SqliteConnection>>,
}

impl Watch {
    /// Takes one connection out of the pool for good.
    pub(crate) async fn start(readers: &DatabaseConnection) -> Result<Self> {
        let pool = readers.get_sqlite_connection_pool();
        let connection = pool.acquire().await.map_err(|error| Error::Database(error.to_string()))?;
        Ok(Self { connection: Mutex::new(Some(connection.detach())) })
    }

    /// The number now; nothing once it could not be asked for.
    ///
    /// Source: <https://www.sqlite.org/pragma.html#pragma_data_version>.
    pub(crate) async fn version(&self) -> Option<i64> {
        let mut connection = self.connection.lock().await;
        let answer = sqlx::query_scalar("PRAGMA data_version").fetch_one(connection.as_mut()?).await;
        match answer {
            Ok(version) => Some(version),
            Err(error) => {
                tracing::warn!(%error, "the database no longer says whether it has changed: reading everything anew");
                *connection = None;
                None
            }
        }
    }

    /// Gives the connection up.
    pub(crate) async fn stop(&self) {
        if let Some(connection) = self.connection.lock().await.take() {
            let closed = sqlx::Connection::close(connection).await;
            if let Err(error) = closed {
                tracing::debug!(%error, "a connection did not close");
            }
        }
    }
}
