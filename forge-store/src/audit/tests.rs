use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::*;
use crate::harness::{on_both, on_sqlite};
use crate::sample::{FIRST, at, id};
use crate::{Engine, Store};

fn event(actor: &str, action: &str, subject: &str) -> AuditEvent {
    AuditEvent {
        id: id(),
        at: at(1),
        actor_id: "1".to_owned(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject_id: "2".to_owned(),
        subject: subject.to_owned(),
        address: "192.0.2.1".to_owned(),
        detail: "{}".to_owned(),
    }
}

fn org(name: &str, since: i64, ids: &[&str]) -> Within {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    Within { name: name.to_owned(), since: at(since), ids }
}

async fn three(store: &Store) -> Vec<AuditEvent> {
    let events = vec![
        event("alice", "repository.create", "alice/beds"),
        event("Bob", "repository.delete", "rr8/100%"),
        event("alice", "user.disable", "bob"),
    ];
    for event in &events {
        let tx = store.begin().await.unwrap();
        append(&tx, event).await.unwrap();
        tx.commit().await.unwrap();
    }
    events
}

async fn try_sql(store: &Store, sql: &str) -> std::result::Result<(), String> {
    let connection = store.connection_for_migrations();
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, []);
    connection.execute_raw(statement).await.map(|_| ()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn entries_come_back_newest_first_and_filtered() {
    on_both(async |store| {
        let events = three(&store).await;
        let rows = store.read().await.unwrap();
        let all = page(&rows, FIRST, &AuditFilter::default()).await.unwrap();
        let said = |page: Page<AuditEntry>| -> Vec<AuditEvent> {
            page.items.into_iter().map(|entry| entry.event).collect()
        };
        assert_eq!(all.total, 3);
        assert_eq!(all.items.iter().map(|entry| entry.number).collect::<Vec<_>>(), [3, 2, 1]);
        assert_eq!(said(all), events.iter().rev().cloned().collect::<Vec<_>>());
        let text = |text: &str| Some(text.to_owned());
        for (filter, expected) in [
            (AuditFilter { actor: text("BOB"), ..AuditFilter::default() }, vec![1]),
            (AuditFilter { action: text("repository."), ..AuditFilter::default() }, vec![1, 0]),
            (AuditFilter { subject: text("100%"), ..AuditFilter::default() }, vec![1]),
            (AuditFilter { actor: text("alice"), subject: text("b"), ..AuditFilter::default() }, vec![2, 0]),
            (AuditFilter { actor: text("alice"), subject: text("rr8"), ..AuditFilter::default() }, vec![]),
            (AuditFilter { from: Some(at(2)), ..AuditFilter::default() }, vec![]),
            (AuditFilter { from: Some(at(1)), until: Some(at(2)), ..AuditFilter::default() }, vec![2, 1, 0]),
            (AuditFilter { until: Some(at(1)), ..AuditFilter::default() }, vec![]),
            (AuditFilter { refused: Some(true), ..AuditFilter::default() }, vec![]),
            (AuditFilter { refused: Some(false), ..AuditFilter::default() }, vec![2, 1, 0]),
            (AuditFilter { within: Some(org("RR8", 0, &[])), ..AuditFilter::default() }, vec![1]),
            (AuditFilter { within: Some(org("rr", 0, &[])), ..AuditFilter::default() }, vec![]),
            (AuditFilter { within: Some(org("rr8", 2, &["2"])), ..AuditFilter::default() }, vec![]),
            (AuditFilter { within: Some(org("rr9", 0, &["2"])), ..AuditFilter::default() }, vec![2, 1, 0]),
        ] {
            let found = said(page(&rows, FIRST, &filter).await.unwrap());
            let expected: Vec<_> = expected.into_iter().map(|index: usize| events[index].clone()).collect();
            assert_eq!(found, expected, "{filter:?}");
        }
        let second = PageRequest { offset: 1, limit: 1 };
        let page = page(&rows, second, &AuditFilter::default()).await.unwrap();
        assert_eq!(page.total, 3);
        assert_eq!(said(page), vec![events[1].clone()]);
        let later = after(&rows, 1, 1, &AuditFilter::default()).await.unwrap();
        assert_eq!(later.iter().map(|entry| entry.number).collect::<Vec<_>>(), [2]);
    })
    .await;
}

#[tokio::test]
async fn the_database_refuses_changes_and_deletions() {
    on_both(async |store| {
        three(&store).await;
        let mut attempts = vec![
            "UPDATE audit_events SET actor = 'mallory' WHERE seq = 2",
            "UPDATE audit_events SET seq = seq + 10",
            "DELETE FROM audit_events WHERE seq = 3",
            "DELETE FROM audit_events",
        ];
        match store.engine() {
            Engine::Postgres => attempts.push("TRUNCATE audit_events"),
            Engine::Sqlite => attempts.extend([
                "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events WHERE seq = 2",
                "INSERT OR REPLACE INTO audit_events SELECT 4, id, happened_at, actor_id, actor, action, subject_id,
                    subject, address, detail, previous_hash, hash FROM audit_events WHERE seq = 2",
            ]),
        }
        for sql in attempts {
            let error = try_sql(&store, sql).await.expect_err(sql);
            assert!(error.contains("only ever added to"), "{sql}: {error}");
        }
        let rows = store.read().await.unwrap();
        assert_eq!(verify(&rows).await, Ok(ChainCheck { checked: 3, broken_at: None }));
    })
    .await;
}

#[tokio::test]
async fn a_log_that_was_tampered_with_does_not_hang_together() {
    for (tampering, check) in [
        ("UPDATE audit_events SET actor = 'mallory' WHERE seq = 2", (1, 2)),
        ("UPDATE audit_events SET actor = subject, subject = actor WHERE seq = 1", (0, 1)),
        ("UPDATE audit_events SET happened_at = happened_at + 1 WHERE seq = 3", (2, 3)),
        ("DELETE FROM audit_events WHERE seq = 2", (1, 2)),
        ("UPDATE audit_events SET hash = previous_hash WHERE seq = 3", (2, 3)),
    ] {
        on_both(async |store| {
            three(&store).await;
            let triggers: &[&str] = match store.engine() {
                Engine::Sqlite => {
                    &["DROP TRIGGER audit_events_refuse_update", "DROP TRIGGER audit_events_refuse_delete"]
                }
                Engine::Postgres => &["DROP TRIGGER audit_events_refuse_change ON audit_events"],
            };
            for sql in triggers.iter().chain([&tampering]) {
                try_sql(&store, sql).await.unwrap();
            }
            let rows = store.read().await.unwrap();
            let expected = ChainCheck { checked: check.0, broken_at: Some(check.1) };
            assert_eq!(verify(&rows).await, Ok(expected), "{tampering}");
        })
        .await;
    }
}

#[tokio::test]
async fn the_chain_has_no_gaps_whoever_appends() {
    on_both(async |store| {
        let append_one = async |commit: bool| {
            let tx = store.begin().await.unwrap();
            append(&tx, &event("alice", "user.sign-in", "alice")).await.unwrap();
            if commit {
                tx.commit().await.unwrap();
            }
        };
        let boxed = |commit| Box::pin(append_one(commit));
        tokio::join!(boxed(true), boxed(false), boxed(true), boxed(true));
        let rows = store.read().await.unwrap();
        assert_eq!(verify(&rows).await, Ok(ChainCheck { checked: 3, broken_at: None }));
    })
    .await;
}

#[tokio::test]
async fn a_refused_change_leaves_the_transaction_usable_on_sqlite() {
    on_sqlite(&async |store: Store| {
        three(&store).await;
        let tx = store.begin().await.unwrap();
        let sql = "DELETE FROM audit_events";
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, []);
        assert!(tx.inner.execute_raw(statement).await.is_err());
        append(&tx, &event("alice", "user.sign-in", "alice")).await.unwrap();
        tx.commit().await.unwrap();
    })
    .await;
}
