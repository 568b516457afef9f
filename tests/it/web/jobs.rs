//! Background work, as administrators see it.

use forge_core::JobId;
use forge_store::Store;
use forge_store::job::{self, NewJob};
use forge_tests::Forge;

/// A job that no release knows, put in as an older or newer one would.
async fn put_in(forge: &Forge) -> String {
    let store = Store::connect(&forge.config().database_options()).await.unwrap();
    let now = forge.app().ambient().now();
    let row = NewJob {
        id: forge.app().ambient().id::<JobId>(),
        name: "brew-tea".to_owned(),
        queue: "quick".to_owned(),
        payload: "{\"name\":\"brew-tea\"}".to_owned(),
        dedup_key: None,
        max_attempts: 3,
        run_at: now,
    };
    let tx = store.begin().await.unwrap();
    job::enqueue(&tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await.unwrap();
    row.id.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_for_good_is_shown_tried_again_and_thrown_away() {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    forge.user("nora").await;
    // Their owners are told of new keys and tokens by mail, which are jobs too.
    forge.app().run_due_jobs(std::time::Duration::ZERO).await.unwrap();
    let ada = forge.client();
    ada.sign_in("ada").await;
    let jobs = "/admin/jobs";
    assert!(ada.get(jobs).await.text().contains("No job has failed for good."));
    let id = put_in(&forge).await;
    assert!(ada.get(jobs).await.text().contains("1 job waiting or running"));
    forge.app().run_due_jobs(std::time::Duration::ZERO).await.unwrap();
    let page = ada.get(jobs).await.text();
    assert!(page.contains("brew-tea") && page.contains("this release does not know the job"), "{page}");
    let again = ada.submit(jobs, jobs, &[("id", &id), ("action", "retry")]).await;
    assert_eq!(again.status, 303);
    assert!(ada.get(jobs).await.text().contains("1 job waiting or running"));
    forge.app().run_due_jobs(std::time::Duration::ZERO).await.unwrap();
    assert_eq!(ada.submit(jobs, jobs, &[("id", &id), ("action", "discard")]).await.status, 303);
    assert!(ada.get(jobs).await.text().contains("No job has failed for good."));
    assert_eq!(ada.submit(jobs, jobs, &[("id", &id), ("action", "discard")]).await.status, 404);
    let nora = forge.client();
    nora.sign_in("nora").await;
    let fields = [("id", id.as_str()), ("action", "retry")];
    assert_eq!(nora.submit("/settings/profile", jobs, &fields).await.status, 404);
}
