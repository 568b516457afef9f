//! The audit log: each entry carries the hash of the one before it, and the database itself refuses changes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::dialect;

const TABLE: &[&str] = &[
    "CREATE TABLE audit_events (
        seq {int} NOT NULL PRIMARY KEY,
        id {id} NOT NULL,
        happened_at {int} NOT NULL,
        actor_id {text} NOT NULL,
        actor {text} NOT NULL,
        action {text} NOT NULL,
        subject_id {text} NOT NULL,
        subject {text} NOT NULL,
        address {text} NOT NULL,
        detail {text} NOT NULL,
        previous_hash {bytes} NOT NULL,
        hash {bytes} NOT NULL
    ){table}",
    "CREATE UNIQUE INDEX audit_events_id_key ON audit_events (id)",
    "CREATE INDEX audit_events_actor_idx ON audit_events (actor)",
    "CREATE INDEX audit_events_action_idx ON audit_events (action)",
    "CREATE INDEX audit_events_subject_idx ON audit_events (subject)",
];

/// The third trigger is there because `INSERT OR REPLACE` deletes without a word to the second.
const SQLITE: &[&str] = &[
    "CREATE TRIGGER audit_events_refuse_update BEFORE UPDATE ON audit_events
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END",
    "CREATE TRIGGER audit_events_refuse_delete BEFORE DELETE ON audit_events
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END",
    "CREATE TRIGGER audit_events_refuse_replace BEFORE INSERT ON audit_events
        WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit_events)
            OR EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END",
];

const POSTGRES: &[&str] = &[
    "CREATE FUNCTION audit_events_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit log is only ever added to'; END $$",
    "CREATE TRIGGER audit_events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION audit_events_refuse()",
];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, TABLE).await?;
        dialect::run_on(DbBackend::Sqlite, manager, SQLITE).await?;
        dialect::run_on(DbBackend::Postgres, manager, POSTGRES).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
