//! Locks on PostgreSQL for rules that look at more than one row. On SQLite a writing transaction is alone anyway.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Result, Tx};

/// What is locked until the transaction ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lock {
    /// The end of the audit log.
    Audit,
    /// Who administers the site.
    Administrators,
    /// The link for the first administrator.
    Setup,
    /// Which SSH keys are in use.
    SshKeys,
}

/// Waits for the lock and keeps it until the transaction ends.
pub(crate) async fn take(tx: &Tx, lock: Lock) -> Result<()> {
    if tx.inner.get_database_backend() == DbBackend::Postgres {
        // Numbers of our own, the same in every release: two releases may run side by side for a while.
        let key = match lock {
            Lock::Audit => 0x666f_7267_6502_i64,
            Lock::Administrators => 0x666f_7267_6503,
            Lock::Setup => 0x666f_7267_6504,
            Lock::SshKeys => 0x666f_7267_6514,
        };
        let sql = "SELECT pg_advisory_xact_lock($1)";
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()]);
        tx.inner.query_one_raw(statement).await?;
    }
    Ok(())
}
