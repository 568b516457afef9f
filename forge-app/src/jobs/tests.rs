use forge_store::PageRequest;
use forge_store::job as rows;

use super::job::QUICK;
use super::*;
use crate::app::App;

const ALL: PageRequest = PageRequest { offset: 0, limit: 10 };

async fn house(dir: &std::path::Path) -> App {
    crate::maintain::tests::open(dir, JobOptions { workers: 1, poll: Duration::from_millis(20) }).await
}

fn nowhere() -> Job {
    Job::WarmPages { repo: forge_core::RepoId::new(1, [2; 10]) }
}

async fn put_in(app: &App, payload: &str) {
    let tx = app.store().begin().await.unwrap();
    let row = rows::NewJob {
        id: app.ambient().id(),
        name: "odd".to_owned(),
        queue: QUICK.to_owned(),
        payload: payload.to_owned(),
        dedup_key: None,
        max_attempts: 2,
        run_at: app.ambient().now(),
    };
    rows::enqueue(&tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

async fn waiting(app: &App) -> u64 {
    rows::waiting(&app.store().read().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_job_about_what_is_gone_is_done_and_equal_ones_are_one() {
    let dir = tempfile::tempdir().unwrap();
    let app = house(dir.path()).await;
    app.submit(&nowhere()).await.unwrap();
    app.submit(&nowhere()).await.unwrap();
    assert_eq!(waiting(&app).await, 1);
    assert_eq!(app.run_due_jobs(Duration::ZERO).await.unwrap(), 1);
    assert_eq!(waiting(&app).await, 0);
}

/// The first commit of a repository is a push, and the first visitor finds what that made.
#[tokio::test(flavor = "multi_thread")]
async fn a_push_warms_the_first_page_and_a_directory_is_completed() {
    let dir = tempfile::tempdir().unwrap();
    let (app, id) = crate::maintain::tests::house(dir.path()).await;
    let rows = app.store().read().await.unwrap();
    let repo = forge_store::repository::by_id(&rows, id).await.unwrap().unwrap();
    let tip = app.refs(&repo).await.unwrap().refs()[0].target;
    let root = (id, tip, forge_core::FilePath::root());
    assert!(app.kept().last_commits.get(&root).is_none());
    // A moment after the push; putting the packs in order has longer to wait.
    app.run_due_jobs(Duration::from_secs(3)).await.unwrap();
    let warm = app.kept().last_commits.get(&root).expect("warmed");
    assert!(warm.complete && warm.entries[0].commit.is_some());
    assert!(app.kept().languages.get(&(id, tip)).expect("warmed").complete);
    // What a page could not finish.
    let open = forge_core::code::LastCommits { complete: false, ..(*warm).clone() };
    app.kept().last_commits.insert(root.clone(), std::sync::Arc::new(open));
    app.submit(&Job::complete_directory(id, &tip, &root.2)).await.unwrap();
    app.run_due_jobs(Duration::ZERO).await.unwrap();
    assert!(app.kept().last_commits.get(&root).expect("completed").complete);
    let gone = forge_core::ObjectId::Sha1([9; 20]);
    app.submit(&Job::complete_directory(id, &gone, &root.2)).await.unwrap();
    app.run_due_jobs(Duration::from_hours(9)).await.unwrap();
    let rows = app.store().read().await.unwrap();
    assert_eq!(rows::dead(&rows, ALL).await.unwrap().total, 0);
}

#[tokio::test]
async fn what_no_release_knows_is_a_dead_letter_until_somebody_throws_it_away() {
    let dir = tempfile::tempdir().unwrap();
    let app = house(dir.path()).await;
    put_in(&app, "{\"name\":\"brew-tea\"}").await;
    assert_eq!(app.run_due_jobs(Duration::ZERO).await.unwrap(), 1, "it is given up at once");
    let site = app.authorize_site(&forge_core::Actor::System { reason: "test" }).unwrap();
    let origin = crate::Origin::console();
    let page = crate::Page::number(1, 10);
    let seen = app.jobs(&site, page).await.unwrap();
    assert_eq!((seen.waiting, seen.dead), (0, 1));
    assert!(seen.dead_letters[0].error.contains("does not know"), "{seen:?}");
    let id = seen.dead_letters[0].id.to_string();
    app.retry_job(&site, &origin, &id).await.unwrap();
    assert_eq!(app.jobs(&site, page).await.unwrap().waiting, 1);
    app.run_due_jobs(Duration::ZERO).await.unwrap();
    app.discard_job(&site, &origin, &id).await.unwrap();
    assert!(matches!(app.discard_job(&site, &origin, &id).await, Err(crate::Error::NotFound)));
    assert!(matches!(app.retry_job(&site, &origin, "x").await, Err(crate::Error::NotFound)));
    assert_eq!(app.jobs(&site, page).await.unwrap().dead, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_woken_by_its_own_process_and_finds_the_work_of_others() {
    let dir = tempfile::tempdir().unwrap();
    let (working, other) = (house(dir.path()).await, house(dir.path()).await);
    working.start_jobs();
    for app in [&working, &other] {
        app.submit(&nowhere()).await.unwrap();
        tokio::time::timeout(Duration::from_secs(20), async {
            while waiting(app).await > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("the worker does it");
    }
    assert!(working.tasks().shut_down(Duration::from_secs(20)).await, "workers end when the forge stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_do_each_job_once() {
    let dir = tempfile::tempdir().unwrap();
    let apps = [house(dir.path()).await, house(dir.path()).await];
    for number in 0..20 {
        apps[0].submit(&Job::WarmPages { repo: forge_core::RepoId::new(1, [number; 10]) }).await.unwrap();
    }
    let (one, two) = tokio::join!(apps[0].run_due_jobs(Duration::ZERO), apps[1].run_due_jobs(Duration::ZERO));
    assert_eq!(one.unwrap() + two.unwrap(), 20);
    assert_eq!(waiting(&apps[0]).await, 0);
}

#[tokio::test]
async fn a_job_that_runs_while_the_forge_stops_is_given_back() {
    let dir = tempfile::tempdir().unwrap();
    let app = house(dir.path()).await;
    // A payload that fails later than the stop is seen: what matters is what becomes of a failure then.
    put_in(&app, "{}").await;
    let claim = app.claim_job(QUICK, Duration::ZERO).await.unwrap().unwrap();
    app.tasks().stop();
    app.attempt(QUICK, claim).await;
    let rows = app.store().read().await.unwrap();
    let (waits, dead) = (rows::waiting(&rows).await.unwrap(), rows::dead(&rows, ALL).await.unwrap().total);
    assert_eq!((waits, dead), (1, 0), "given back, not buried");
    let again = app.claim_job(QUICK, Duration::ZERO).await.unwrap().unwrap();
    assert_eq!(again.attempts, 1, "and the attempt did not count");
}

/// What was widened for a time falls back once, to what it was or to what is narrower by now.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_an_end_ends_and_running_twice_changes_nothing() {
    use forge_core::{ChangeState, Visibility, VisibilityChange};
    use forge_store::{repository, visibility_change};
    let dir = tempfile::tempdir().unwrap();
    let (app, id) = crate::maintain::tests::house(dir.path()).await;
    let now = app.ambient().now();
    for (visible, expected) in
        [(Visibility::Public, Visibility::Internal), (Visibility::Private, Visibility::Private)]
    {
        let tx = app.store().begin().await.unwrap();
        repository::set_visibility(&tx, id, visible).await.unwrap();
        let change = VisibilityChange {
            id: app.ambient().id(),
            repo: id,
            from: Visibility::Internal,
            to: Visibility::Public,
            reason: "For a week".to_owned(),
            asked_by: None,
            asked_at: now,
            days: Some(7),
            ends_at: Some(now),
            state: ChangeState::Made,
            decided_by: None,
            decided_at: Some(now),
            note: String::new(),
        };
        visibility_change::insert(&tx, &change).await.unwrap();
        tx.commit().await.unwrap();
        assert!(app.is_access_due().await.unwrap());
        for _ in 0..2 {
            app.submit(&Job::EndAccess {}).await.unwrap();
            app.run_due_jobs(Duration::ZERO).await.unwrap();
            let rows = app.store().read().await.unwrap();
            let repo = repository::by_id(&rows, id).await.unwrap().unwrap();
            assert_eq!(repo.visibility, expected);
        }
        assert!(!app.is_access_due().await.unwrap());
    }
}
