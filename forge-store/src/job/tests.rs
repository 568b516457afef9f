use super::*;
use crate::Store;
use crate::harness::on_both;
use crate::sample::{FIRST, at, id};

fn job(name: &str, key: Option<&str>, second: i64) -> NewJob {
    NewJob {
        id: id(),
        name: name.to_owned(),
        queue: "default".to_owned(),
        payload: format!("{{\"at\":{second}}}"),
        dedup_key: key.map(str::to_owned),
        max_attempts: 2,
        run_at: at(second),
    }
}

async fn next(tx: &Tx, second: i64) -> Option<ClaimedJob> {
    claim(tx, "default", at(second), at(second + 60)).await.unwrap()
}

#[tokio::test]
async fn jobs_are_claimed_when_they_are_due_the_oldest_first() {
    on_both(async |store| {
        let (late, early) = (job("late", None, 20), job("early", None, 10));
        let tx = store.begin().await.unwrap();
        enqueue(&tx, &late).await.unwrap();
        enqueue(&tx, &early).await.unwrap();
        assert_eq!(waiting(&tx).await, Ok(2));
        assert_eq!(next(&tx, 9).await, None);
        assert_eq!(claim(&tx, "other", at(30), at(90)).await, Ok(None));
        let claimed = next(&tx, 30).await.unwrap();
        let expected = ClaimedJob {
            id: early.id,
            name: early.name,
            payload: early.payload,
            attempts: 1,
            max_attempts: 2,
        };
        assert_eq!(claimed, expected);
        assert_eq!(next(&tx, 30).await.unwrap().id, late.id);
        assert_eq!(next(&tx, 30).await, None);
        finish(&tx, &expected).await.unwrap();
        assert_eq!(finish(&tx, &expected).await, Err(Error::NotFound));
        assert_eq!(waiting(&tx).await, Ok(1));
    })
    .await;
}

#[tokio::test]
async fn a_lost_worker_s_job_runs_again_and_then_dies() {
    on_both(async |store| {
        let new = job("index", None, 0);
        let tx = store.begin().await.unwrap();
        enqueue(&tx, &new).await.unwrap();
        let first = next(&tx, 0).await.unwrap();
        extend(&tx, &first, at(100)).await.unwrap();
        assert_eq!(next(&tx, 99).await, None, "the lease was extended");
        assert_eq!(is_due(&tx, "default", at(99)).await, Ok(false));
        assert_eq!(is_due(&tx, "default", at(100)).await, Ok(true));
        let second = next(&tx, 100).await.unwrap();
        assert_eq!(second.attempts, 2);
        assert_eq!(extend(&tx, &first, at(500)).await, Err(Error::NotFound), "somebody else has it now");
        assert_eq!(finish(&tx, &first).await, Err(Error::NotFound));
        assert_eq!(next(&tx, 160).await, None);
        let page = dead(&tx, FIRST).await.unwrap();
        let expected = DeadJob {
            id: new.id,
            name: new.name,
            queue: new.queue,
            payload: new.payload,
            attempts: 2,
            error: LOST.to_owned(),
            run_at: at(0),
        };
        assert_eq!(page, Page { items: vec![expected], total: 1 });
        assert_eq!(finish(&tx, &second).await, Err(Error::NotFound), "the worker comes back too late");
        assert_eq!(extend(&tx, &second, at(200)).await, Err(Error::NotFound));
    })
    .await;
}

#[tokio::test]
async fn a_failed_job_waits_again_is_buried_and_revived() {
    on_both(async |store| {
        let new = job("mail", Some("k"), 0);
        let tx = store.begin().await.unwrap();
        enqueue(&tx, &new).await.unwrap();
        let claim = next(&tx, 0).await.unwrap();
        retry(&tx, &claim, at(50), "no\0 answer").await.unwrap();
        assert_eq!(next(&tx, 49).await, None);
        let claim = next(&tx, 50).await.unwrap();
        assert_eq!(claim.attempts, 2);
        release(&tx, &claim).await.unwrap();
        let claim = next(&tx, 50).await.unwrap();
        assert_eq!(claim.attempts, 2, "what was given back was no attempt");
        bury(&tx, &claim, "no answer again").await.unwrap();
        assert_eq!(waiting(&tx).await, Ok(0));
        assert_eq!(dead(&tx, FIRST).await.unwrap().items[0].error, "no answer again");
        assert_eq!(retry(&tx, &claim, at(1), "").await, Err(Error::NotFound));
        revive(&tx, new.id).await.unwrap();
        assert_eq!(revive(&tx, new.id).await, Err(Error::NotFound));
        let claim = next(&tx, 50).await.unwrap();
        assert_eq!(claim.attempts, 1);
        assert_eq!(discard(&tx, new.id).await, Err(Error::NotFound), "it runs");
        bury(&tx, &claim, "never").await.unwrap();
        discard(&tx, new.id).await.unwrap();
        assert_eq!(dead(&tx, FIRST).await.unwrap().total, 0);
    })
    .await;
}

#[tokio::test]
async fn what_waits_already_is_not_put_in_twice() {
    on_both(async |store| {
        let tx = store.begin().await.unwrap();
        let (first, second) = (job("index", Some("repo"), 0), job("index", Some("repo"), 0));
        enqueue(&tx, &first).await.unwrap();
        enqueue(&tx, &second).await.unwrap();
        enqueue(&tx, &job("index", Some("other"), 0)).await.unwrap();
        enqueue(&tx, &job("mail", Some("repo"), 0)).await.unwrap();
        assert_eq!(waiting(&tx).await, Ok(3));
        let claim = next(&tx, 0).await.unwrap();
        assert_eq!(claim.id, first.id);
        // Something may have changed since the first began, so the second waits.
        enqueue(&tx, &second).await.unwrap();
        assert_eq!(waiting(&tx).await, Ok(4));
        retry(&tx, &claim, at(5), "again").await.unwrap();
        assert_eq!(waiting(&tx).await, Ok(3), "the one that waits does for both");
        assert_eq!(finish(&tx, &claim).await, Err(Error::NotFound));
    })
    .await;
}

#[tokio::test]
async fn two_workers_never_claim_the_same_job() {
    on_both(async |store| {
        let tx = store.begin().await.unwrap();
        for second in 0..2 {
            enqueue(&tx, &job("index", None, second)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let work = async |store: &Store| {
            let tx = store.begin().await.unwrap();
            let claimed = next(&tx, 10).await.unwrap();
            tx.commit().await.unwrap();
            claimed.id
        };
        let (one, two) = tokio::join!(work(&store), work(&store));
        assert_ne!(one, two);
    })
    .await;
}

#[tokio::test]
async fn a_job_of_a_transaction_that_failed_was_never_there() {
    on_both(async |store| {
        let tx = store.begin().await.unwrap();
        enqueue(&tx, &job("index", None, 0)).await.unwrap();
        drop(tx);
        let rows = store.read().await.unwrap();
        assert_eq!(waiting(&rows).await, Ok(0));
    })
    .await;
}
