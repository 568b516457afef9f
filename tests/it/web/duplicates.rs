//! Two accounts of one person become one.

use std::time::Duration;

use forge_app::Receiver;
use forge_core::{OrgRole, Permission};
use forge_tests::{Client, Forge, Person};

use super::merge_requests::{ONE, Town};

const PAGE: &str = "/admin/people/old/duplicate";

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

/// Somebody with two accounts, `ann` and `old`, an administrator, and a colleague with a repository that both may push to.
async fn town() -> (Forge, Person, Person, Client) {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    let (ann, old, olive) = (forge.user("ann").await, forge.user("old").await, forge.user("olive").await);
    forge.org("anytown", &[&olive, &ann]).await;
    forge.org("othertown", &[&olive, &old]).await;
    forge.role("othertown", &old, OrgRole::Maintainer).await;
    forge.repo(&old, "beds").await;
    forge.repo(&olive, "wards").await;
    for name in ["ann", "old"] {
        forge.grant("olive/wards", Receiver::Person(name.parse().unwrap()), Permission::Write, None).await;
    }
    let ada = signed_in(&forge, "ada").await;
    (forge, ann, old, ada)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_account_has_goes_to_the_other_and_its_way_in_ends() {
    let (forge, ann, old, ada) = town().await;
    let work = old.work_tree();
    work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &forge.https(&old, "old/beds"), "main"]).unwrap();
    let theirs = signed_in(&forge, "old").await;
    let preview = ada.get(&format!("{PAGE}?stays=ann")).await.text();
    for line in ["old/beds", "1 place in an organisation", "1 SSH or GPG key", "1 access token"] {
        assert!(preview.contains(line), "{line} in {preview}");
    }
    let unsure = ada.submit(PAGE, PAGE, &[("stays", "ann"), ("confirm", "ann")]).await;
    assert_eq!(unsure.status, 422, "the name of the account that ends is asked for");
    for (stays, why) in [("old", "itself"), ("nobody-here", "nobody")] {
        let answer = ada.submit(PAGE, PAGE, &[("stays", stays), ("confirm", "old")]).await;
        assert_eq!(answer.status, 422, "{why}");
    }
    let done = ada.submit(PAGE, PAGE, &[("stays", "ann"), ("confirm", "old")]).await;
    assert_eq!(done.status, 303, "{}", done.text());

    assert_eq!(theirs.get("/settings/profile").await.status, 303, "its sessions ended");
    assert!(!old.git(&["ls-remote", &forge.https(&old, "ann/beds")]).ok, "and its tokens");
    let client = signed_in(&forge, "ann").await;
    assert_eq!(client.get("/ann/beds").await.status, 200);
    let moved = client.get("/old/beds").await;
    assert_eq!(moved.header("location"), "/ann/beds", "the old address leads on");
    assert!(client.get("/organisations/othertown/members").await.text().contains("ann"));
    assert!(old.git(&["ls-remote", &forge.ssh("ann/beds")]).ok, "its SSH key is theirs now");
    assert!(ann.git(&["ls-remote", &forge.ssh("old/beds")]).ok, "clones go on");
    let audit = ada.get("/admin/audit/export?format=jsonl").await.text();
    assert!(audit.contains("account.merge") && audit.contains("repository.transfer"), "{audit}");
    assert_eq!(ada.get(PAGE).await.status, 404, "there is nothing to end any more");
}

/// Two accounts that turn out to be of one person have approved once, and never what that person made.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_of_what_one_has_made_oneself_counts_no_more() {
    let town = Town::new().await;
    town.forge.admin("ada").await;
    town.demand_approvals("1").await;
    town.open().await;
    assert_eq!(town.review(&town.reviewer, "1", "approve", "Looks right.").await, 303);
    assert!(town.author.get(ONE).await.text().contains("1 person approved it."));
    let ada = signed_in(&town.forge, "ada").await;
    let page = "/admin/people/rosa/duplicate";
    let merged = ada.submit(page, page, &[("stays", "ann"), ("confirm", "rosa")]).await;
    assert_eq!(merged.status, 303, "{}", merged.text());
    let shown = town.author.get(ONE).await.text();
    assert!(shown.contains("0 of 1 approvals"), "{shown}");
    assert!(shown.contains("Looks right."), "what was said stays: {shown}");
    let (status, said) = town.merge(&town.author, "merge").await;
    assert_eq!(status, 422, "{said}");
}

/// What two accounts of one person say counts once.
#[tokio::test(flavor = "multi_thread")]
async fn two_approvals_of_one_person_are_one() {
    let town = Town::new().await;
    town.forge.admin("ada").await;
    town.forge.user("rose").await;
    let rose = Receiver::Person("rose".parse().unwrap());
    town.forge.grant("ann/beds", rose, Permission::Write, None).await;
    town.demand_approvals("2").await;
    town.open().await;
    let second = signed_in(&town.forge, "rose").await;
    for client in [&town.reviewer, &second] {
        assert_eq!(town.review(client, "1", "approve", "").await, 303);
    }
    assert!(town.author.get(ONE).await.text().contains("2 people approved it."));
    let ada = signed_in(&town.forge, "ada").await;
    let page = "/admin/people/rose/duplicate";
    let merged = ada.submit(page, page, &[("stays", "rosa"), ("confirm", "rose")]).await;
    assert_eq!(merged.status, 303, "{}", merged.text());
    let shown = town.author.get(ONE).await.text();
    assert!(shown.contains("1 of 2 approvals"), "{shown}");
    let (status, said) = town.merge(&town.author, "merge").await;
    assert_eq!(status, 422, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_who_have_just_said_who_they_are_may_and_none_of_them_ends() {
    let (forge, _, _, ada) = town().await;
    forge.admin("ben").await;
    let olive = signed_in(&forge, "olive").await;
    assert_eq!(olive.get(PAGE).await.status, 404);
    let other = "/admin/people/ben/duplicate";
    let refused = ada.submit(other, other, &[("stays", "ann"), ("confirm", "ben")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Take the administrator"), "{}", refused.text());
    forge.clock().advance(Duration::from_mins(16));
    let answer = ada.get(PAGE).await;
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").starts_with("/sign-in/confirm"), "{}", answer.header("location"));
}
