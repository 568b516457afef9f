//! What programs say of commits, over the interface for programs, and what merging makes of it.

use forge_tests::{Answer, Client};
use http::Method;
use serde_json::{Value, json};

use super::merge_requests::{ONE, Town};

async fn set(town: &Town, token: &str, commit: &str, said: &Value) -> Answer {
    let path = format!("/api/v1/repos/ann/beds/commits/{commit}/statuses");
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    town.forge.client().send(Method::POST, &path, &headers, said.to_string()).await
}

/// Demands that `ci/tests` has passed before anything is merged into the default branch.
async fn demand_tests(author: &Client) {
    author.demand("ann/beds", &[("statuses", "ci/tests")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_waits_for_the_checks_that_the_branch_demands() {
    let town = Town::new().await;
    demand_tests(&town.author).await;
    town.open().await;
    let head = town.work.head().trim().to_owned();
    let (status, text) = town.merge(&town.author, "merge").await;
    assert!(status == 422 && text.contains("ci/tests"), "{text}");
    let mut said = json!({
        "context": "ci/tests", "state": "failure", "description": "3 of 12 failed",
        "target_url": "https://ci.example/12",
    });
    let answer = set(&town, &town.ann.token, &head, &said).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!(
        (&made["commit"], &made["state"], &made["set_by"]),
        (&json!(head), &json!("failure"), &json!("ann"))
    );
    for path in [ONE.to_owned(), format!("/ann/beds/commit/{head}")] {
        let page = town.reviewer.get(&path).await.text();
        assert!(page.contains("3 of 12 failed") && page.contains("href=\"https://ci.example/12\""), "{page}");
    }
    for path in [format!("{ONE}/commits"), "/ann/beds/commits/rate".to_owned()] {
        let page = town.reviewer.get(&path).await.text();
        assert!(page.contains("Checks: </span>Failed"), "{path}: {page}");
    }
    assert_eq!(town.merge(&town.author, "merge").await.0, 422);
    // Another one that is well does not make up for it, and what is said again replaces what was said.
    let other = json!({ "context": "ci/lint", "state": "success" });
    assert_eq!(set(&town, &town.ann.token, &head, &other).await.status, 201);
    assert_eq!(town.merge(&town.author, "merge").await.0, 422);
    said["state"] = json!("success");
    assert_eq!(set(&town, &town.ann.token, &head, &said).await.status, 201);
    let reading = town.forge.token("rosa", "repository:read").await;
    let path = format!("/api/v1/repos/ann/beds/commits/{head}/statuses");
    let bearer = format!("Bearer {reading}");
    let listed = town.forge.client().send(Method::GET, &path, &[("authorization", &bearer)], "").await;
    let listed: Value = serde_json::from_str(&listed.text()).unwrap();
    let names: Vec<&str> =
        listed.as_array().unwrap().iter().map(|one| one["context"].as_str().unwrap()).collect();
    assert_eq!(names, ["ci/lint", "ci/tests"]);
    let (status, text) = town.merge(&town.author, "merge").await;
    assert_eq!(status, 303, "{text}");
    // Who said what of which commit stays, although each name shows the last word only.
    town.forge.admin("ada").await;
    let ada = town.forge.client();
    ada.sign_in("ada").await;
    let log = ada.get("/admin/audit/export?format=jsonl&action=commit.set_status").await.text();
    let events: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said: Vec<_> = events
        .iter()
        .map(|event| (event["actor"].as_str(), event["subject"].as_str(), event["detail"]["state"].as_str()))
        .collect();
    let by_ann = |state| (Some("ann"), Some("ann/beds"), Some(state));
    assert_eq!(said.len(), 3, "{log}");
    assert!(said.contains(&by_ann("failure")) && said.contains(&by_ann("success")), "{log}");
    assert!(events.iter().all(|event| event["detail"]["commit"] == json!(head)), "{log}");
}

/// Every field has a limit that the answer names, and what is not known is refused instead of left out.
#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_with_the_reason() {
    let town = Town::new().await;
    let head = town.work.head().trim().to_owned();
    for (said, reason) in [
        (
            json!({ "context": "ci", "state": "green" }),
            "The state is one of pending, success, failure, error.",
        ),
        (json!({ "context": "ci" }), "missing field `state`"),
        (json!({ "context": "ci", "state": "success", "colour": "red" }), "unknown field `colour`"),
        (json!({ "context": " ", "state": "success" }), "the name of a status has 1 to 100 characters"),
        (
            json!({ "context": "ci", "state": "success", "description": "x".repeat(201) }),
            "at most 200 characters",
        ),
        (
            json!({ "context": "ci", "state": "success", "target_url": "javascript:alert(1)" }),
            "begins with https://",
        ),
        (json!({ "context": "x".repeat(70_000), "state": "success" }), "at most 64 KB"),
    ] {
        let answer = set(&town, &town.ann.token, &head, &said).await;
        assert!([400, 413].contains(&answer.status.as_u16()), "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem: Value = serde_json::from_str(&answer.text()).unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(reason), "{reason}: {problem}");
    }
    let fine = json!({ "context": "ci", "state": "success" });
    for commit in ["0".repeat(40), "main".to_owned(), head[..10].to_owned(), "x".to_owned()] {
        assert_eq!(set(&town, &town.ann.token, &commit, &fine).await.status, 404, "{commit}");
    }
    let reading = town.forge.token("rosa", "repository:read").await;
    assert_eq!(set(&town, &reading, &head, &fine).await.status, 403);
    let page = format!("/ann/beds/commit/{head}");
    assert!(!town.author.get(&page).await.text().contains("Checks"), "nothing was said");
    let answer = town.author.submit("/ann/beds", "/ann/beds/settings/archive", &[("archived", "true")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let refused = set(&town, &town.ann.token, &head, &fine).await;
    assert!(refused.status == 403 && refused.text().contains("archived"), "{}", refused.text());
}
