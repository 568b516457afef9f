//! Schema changes, one a file, applied in order and never edited once they are on the main line.
//!
//! Each file names its tables and columns itself, so that an old change keeps its meaning while the code moves on.
//! The statements are written once for both engines; [`dialect`] says which words differ.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};

mod dialect;

mod m20261122_100000_create_owners;
mod m20261122_100100_create_organisations;
mod m20261122_100200_create_repositories;
mod m20261122_100300_create_refs;
mod m20261122_100400_create_pushes;
mod m20261122_100500_create_credentials;
mod m20261122_100600_create_jobs;
mod m20261122_100700_create_audit_events;
mod m20261122_100800_create_setup_secrets;
mod m20261122_110000_create_maintenance;
mod m20261122_120000_create_second_factors;
mod m20261122_130000_widen_access;
mod m20261122_140000_limit_access_tokens;
mod m20261122_140100_create_auditors;
mod m20261122_140200_extend_ssh_keys;
mod m20261122_140300_create_terms;
mod m20261123_100000_create_identities;
mod m20261123_100100_create_invitations;
mod m20261123_110100_widen_visibility;
mod m20261123_110200_create_ref_rules;
mod m20261123_110300_create_ods_entries;
mod m20261123_200000_create_work_items;
mod m20261123_200100_create_merge_requests;
mod m20261123_210000_create_notification_settings;
mod m20261129_120000_create_guesses;
mod m20261129_121000_create_gpg_keys;
mod m20261129_130000_create_forks;
mod m20261130_010000_create_kept_days;

/// Every change in the order in which they are applied.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_100000_create_owners::Migration),
            Box::new(m20261122_100100_create_organisations::Migration),
            Box::new(m20261122_100200_create_repositories::Migration),
            Box::new(m20261122_100300_create_refs::Migration),
            Box::new(m20261122_100400_create_pushes::Migration),
            Box::new(m20261122_100500_create_credentials::Migration),
            Box::new(m20261122_100600_create_jobs::Migration),
            Box::new(m20261122_100700_create_audit_events::Migration),
            Box::new(m20261122_100800_create_setup_secrets::Migration),
            Box::new(m20261122_110000_create_maintenance::Migration),
            Box::new(m20261122_120000_create_second_factors::Migration),
            Box::new(m20261122_130000_widen_access::Migration),
            Box::new(m20261122_140000_limit_access_tokens::Migration),
            Box::new(m20261122_140100_create_auditors::Migration),
            Box::new(m20261122_140200_extend_ssh_keys::Migration),
            Box::new(m20261122_140300_create_terms::Migration),
            Box::new(m20261123_100000_create_identities::Migration),
            Box::new(m20261123_100100_create_invitations::Migration),
            Box::new(m20261123_110100_widen_visibility::Migration),
            Box::new(m20261123_110200_create_ref_rules::Migration),
            Box::new(m20261123_110300_create_ods_entries::Migration),
            Box::new(m20261123_200000_create_work_items::Migration),
            Box::new(m20261123_200100_create_merge_requests::Migration),
            Box::new(m20261123_210000_create_notification_settings::Migration),
            Box::new(m20261129_120000_create_guesses::Migration),
            Box::new(m20261129_121000_create_gpg_keys::Migration),
            Box::new(m20261129_130000_create_forks::Migration),
            Box::new(m20261130_010000_create_kept_days::Migration),
        ]
    }
}

/// Why the schema could not be brought up to date. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A newer release has changed the schema.
    #[error("the database has the change {0}, which this release does not know: start the newer release")]
    Newer(String),
    /// The database refused.
    #[error("the schema could not be changed: {0}")]
    Database(#[from] DbErr),
}

/// Two servers that start at the same moment must not change the schema at once: a number of our own for
/// PostgreSQL's advisory locks.
const STARTING: i64 = 0x666f_7267_6501;

/// Names of the changes that this release has and the database lacks. Changes nothing.
pub async fn missing(connection: &DatabaseConnection) -> Result<Vec<String>, Error> {
    let applied = Migrator::get_migration_models(connection).await?;
    let known = Migrator::migrations();
    let names = |version: &str| known.iter().any(|migration| migration.name() == version);
    if let Some(newer) = applied.iter().find(|model| !names(&model.version)) {
        return Err(Error::Newer(newer.version.clone()));
    }
    let is_missing = |name: &&str| !applied.iter().any(|model| model.version == **name);
    Ok(known.iter().map(|migration| migration.name()).filter(is_missing).map(str::to_owned).collect())
}

/// Applies what is missing: all of it or nothing, and once even when several servers start together.
pub async fn apply(connection: &DatabaseConnection) -> Result<(), Error> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = connection.begin_with_options(options).await?;
    if connection.get_database_backend() == DbBackend::Postgres {
        let lock = "SELECT pg_advisory_xact_lock($1)";
        transaction
            .query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, [STARTING.into()]))
            .await?;
    }
    Migrator::install(&transaction).await?;
    let known = Migrator::migrations();
    for applied in Migrator::get_migration_models(&transaction).await? {
        if !known.iter().any(|migration| migration.name() == applied.version) {
            return Err(Error::Newer(applied.version));
        }
    }
    Migrator::up(&transaction, None).await?;
    transaction.commit().await?;
    Ok(())
}
