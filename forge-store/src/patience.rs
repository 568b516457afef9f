//! A database that does not answer: nobody waits for it without end.
//!
//! A server that hangs keeps its connections open, so that no error comes. Whoever asks then waits as long as the settings
//! say and hears that the database cannot be reached; the connection goes back to the others once it answers.

use std::time::Duration;

use async_trait::async_trait;
use sea_orm::error::ConnAcquireErr;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};

/// A connection or transaction whose every statement ends within a time.
#[derive(Debug, Clone)]
pub struct Patient<C> {
    inner: C,
    patience: Duration,
}

impl<C> Patient<C> {
    pub(crate) fn new(inner: C, patience: Duration) -> Self {
        Self { inner, patience }
    }

    pub(crate) fn into_inner(self) -> C {
        self.inner
    }
}

impl Patient<DatabaseTransaction> {
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        within(self.patience, self.inner.commit()).await
    }
}

/// What `asked` says, or, after `patience`, what a pool says that has no connection to give.
pub(crate) async fn within<T>(
    patience: Duration,
    asked: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    match tokio::time::timeout(patience, asked).await {
        Ok(said) => said,
        Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
    }
}

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Patient<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        within(self.patience, self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        within(self.patience, self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        within(self.patience, self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        within(self.patience, self.inner.query_all_raw(statement)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[tokio::test(start_paused = true)]
    async fn whoever_asks_in_vain_hears_that_nobody_is_there() {
        let patience = Duration::from_secs(30);
        let asked = within(patience, std::future::pending::<Result<(), DbErr>>());
        let started = tokio::time::Instant::now();
        assert_eq!(asked.await.map_err(Error::from), Err(Error::Unavailable));
        assert_eq!(started.elapsed(), patience);
    }
}
