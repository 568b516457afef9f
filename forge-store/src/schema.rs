//! What the migrations make, held against what is checked in and against what the entities expect.
//!
//! After a new migration, run these tests once with `FORGE_UPDATE_SCHEMA=1` and read the difference.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, EntityName, Iden, Iterable, Statement};

use crate::harness::on_both;
use crate::{Engine, Store};

/// The schema on PostgreSQL as it is checked in.
pub(crate) const POSTGRES_DUMP: &str = include_str!("../../migrations/schema/postgres.txt");

const SQLITE_DUMP: &str = include_str!("../../migrations/schema/sqlite.sql");

const SQLITE: &[&str] = &["SELECT sql || ';' FROM sqlite_schema
    WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'seaql_%' ORDER BY tbl_name, type DESC, name"];

const POSTGRES: &[&str] = &[
    "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type
            || coalesce(' ' || collation_name, '') || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
        FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name NOT LIKE 'seaql_%' ORDER BY table_name, ordinal_position",
    "SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'seaql_%'
        ORDER BY conrelid::regclass::text COLLATE \"C\", conname",
    "SELECT indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename NOT LIKE 'seaql_%' ORDER BY tablename, indexname",
    "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname",
    "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname",
];

async fn lines(store: &Store, queries: &[&str], about: Option<&str>) -> Vec<String> {
    let connection = store.connection_for_migrations();
    let mut lines = Vec::new();
    for query in queries {
        let statement =
            Statement::from_sql_and_values(connection.get_database_backend(), *query, about.map(Into::into));
        for row in connection.query_all_raw(statement).await.unwrap() {
            lines.push(row.try_get_by_index::<String>(0).unwrap());
        }
    }
    lines
}

async fn dump(store: &Store) -> String {
    let queries = if store.engine() == Engine::Sqlite { SQLITE } else { POSTGRES };
    let mut text = lines(store, queries, None).await.join("\n");
    text.push('\n');
    text
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test has no settings but the environment")]
async fn the_schema_is_the_one_that_is_checked_in() {
    on_both(async |store| {
        // The template may be older than the migrations: PostgreSQL keeps it between runs.
        let (name, expected) = match store.engine() {
            Engine::Sqlite => ("sqlite.sql", SQLITE_DUMP),
            Engine::Postgres => ("postgres.txt", POSTGRES_DUMP),
        };
        if store.engine() == Engine::Postgres {
            start_over(&store).await;
        }
        let found = dump(&store).await;
        if std::env::var("FORGE_UPDATE_SCHEMA").is_ok() {
            let path = format!("{}/../migrations/schema/{name}", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, found).unwrap();
        } else {
            assert_eq!(found, expected, "run with FORGE_UPDATE_SCHEMA=1 and read the difference");
        }
    })
    .await;
}

async fn start_over(store: &Store) {
    let connection = store.connection_for_migrations();
    for sql in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, []);
        connection.execute_raw(statement).await.unwrap();
    }
    migrations::apply(connection).await.unwrap();
}

#[tokio::test]
async fn every_table_has_the_columns_of_its_entity() {
    on_both(async |store| {
        macro_rules! check {
            ($($module:ident),+) => {$({
                use crate::entity::$module::{Column, Entity};
                let expected: BTreeSet<String> =
                    Column::iter().map(|column| Iden::unquoted(&column).to_owned()).collect();
                let table = Entity.table_name();
                assert_eq!(columns(&store, table).await, expected, "{table}");
            })+};
        }
        check!(
            access_token,
            announcement,
            audit_event,
            authenticator,
            ceremony,
            audit_sink,
            deploy_key,
            git_ref,
            gpg_key,
            gpg_signer,
            grant,
            guess,
            identity,
            invitation,
            job,
            kept_day,
            maintenance,
            membership,
            merge_request_arrival,
            ods_entry,
            organisation,
            organisation_policy,
            owner,
            owner_redirect,
            pack,
            passkey,
            pending_sign_in,
            purged_object,
            push,
            push_update,
            recovery_code,
            redirect,
            ref_rule,
            replaced_pack,
            repository,
            session,
            setup_secret,
            site_auditor,
            ssh_key,
            terms,
            terms_acceptance,
            team,
            team_line,
            team_membership,
            token_repository,
            user,
            visibility_change
        );
    })
    .await;
}

async fn columns(store: &Store, table: &str) -> BTreeSet<String> {
    let query = match store.engine() {
        Engine::Sqlite => "SELECT name FROM pragma_table_xinfo($1)",
        Engine::Postgres => "SELECT column_name::text FROM information_schema.columns WHERE table_name = $1",
    };
    lines(store, &[query], Some(table)).await.into_iter().collect()
}

#[tokio::test]
async fn applying_again_changes_nothing() {
    on_both(async |store| {
        let before = dump(&store).await;
        migrations::apply(store.connection_for_migrations()).await.unwrap();
        assert_eq!(dump(&store).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    on_both(async |store| {
        let connection = store.connection_for_migrations();
        let sql =
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_235959_reach_the_end', 0)";
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, []);
        connection.execute_raw(statement).await.unwrap();
        let error = migrations::apply(connection).await.unwrap_err();
        assert!(matches!(&error, migrations::Error::Newer(name) if name == "m29991231_235959_reach_the_end"));
    })
    .await;
}
