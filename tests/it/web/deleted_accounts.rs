//! An account is deleted for good: what lets somebody in goes, what others read stays, and nobody else gets the name.

use std::time::Duration;

use forge_app::{Origin, Receiver};
use forge_core::{Actor, Permission};
use forge_tests::{Client, Forge, PASSWORD, Person};

use super::mail::mails;
use super::merge_requests::{ONE, Town};

const OWN: &str = "/settings/delete-account";

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

/// Hands everything that somebody alone looks after to somebody else.
async fn hand_over(forge: &Forge, from: &str, to: &str) {
    let site = forge.app().authorize_site(&Actor::System { reason: "console" }).unwrap();
    let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
    forge.app().hand_over(&site, &Origin::console(), &from, &to, false).await.unwrap();
}

/// Ann, with a repository of her own, a place in an organisation and something said in a repository of olive's.
async fn town() -> (Forge, Person, Client) {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    let (ann, olive) = (forge.user("ann").await, forge.user("olive").await);
    forge.org("anytown", &[&olive, &ann]).await;
    forge.repo(&ann, "notes").await;
    forge.repo(&olive, "beds").await;
    forge.grant("olive/beds", Receiver::Person("ann".parse().unwrap()), Permission::Write, None).await;
    let client = signed_in(&forge, "ann").await;
    let form = "/olive/beds/tickets/new";
    let ticket = [("title", "Count the cots"), ("description", "They are beds too."), ("action", "open")];
    assert_eq!(client.submit(form, form, &ticket).await.status, 303);
    let said = [("body", "I have counted them."), ("action", "comment")];
    let at = "/olive/beds/tickets/1";
    assert_eq!(client.submit(at, &format!("{at}/comment"), &said).await.status, 303);
    (forge, ann, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn people_delete_their_own_account_and_what_they_said_stays() {
    let (forge, ann, client) = town().await;
    let work = ann.work_tree();
    work.commit("README.md", "# Notes\n");
    work.git(&["push", "--quiet", &forge.https(&ann, "ann/notes"), "main"]).unwrap();
    assert!(client.get("/settings/profile").await.text().contains(OWN));
    let page = client.get(OWN).await.text();
    assert!(page.contains("ann/notes") && !page.contains("Delete my account"), "hers alone: {page}");
    let early = client.submit("/settings/profile", OWN, &[("confirm", "ann")]).await;
    assert_eq!(early.status, 422);
    assert!(early.text().contains("Hand them over first."), "{}", early.text());
    hand_over(&forge, "ann", "olive").await;
    let unsure = client.submit(OWN, OWN, &[("confirm", "olive")]).await;
    assert_eq!(unsure.status, 422, "her name is asked for");
    assert!(unsure.text().contains("Enter ann to confirm"));
    let other = signed_in(&forge, "ann").await;
    mails(&forge).await;

    let done = client.submit(OWN, OWN, &[("confirm", "ann")]).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/"), "{}", done.text());
    assert!(client.cookies().keys().all(|name| !name.contains("session")), "{:?}", client.cookies());
    let told = mails(&forge).await;
    let last = told.iter().find(|mail| mail.contains("Your account was deleted")).expect("a last mail");
    assert!(last.contains("To: ann@example.nhs.uk") || last.contains("<ann@example.nhs.uk>"), "{last}");
    for browser in [&client, &other] {
        assert_eq!(browser.get("/settings/profile").await.status, 303, "no session is left");
    }
    for remote in [forge.https(&ann, "olive/beds"), forge.ssh("olive/beds")] {
        assert!(!ann.git(&["ls-remote", &remote]).ok, "neither token nor key: {remote}");
    }
    let fields = [("username", "ann"), ("password", PASSWORD), ("then", "/")];
    let refused = forge.client().submit("/sign-in", "/sign-in", &fields).await;
    assert_eq!(refused.status, 422, "nor the password");

    let olive = signed_in(&forge, "olive").await;
    let ticket = olive.get("/olive/beds/tickets/1").await.text();
    for kept in ["Count the cots", "They are beds too.", "I have counted them.", "deleted account "] {
        assert!(ticket.contains(kept), "{kept}: {ticket}");
    }
    assert!(!ticket.contains("href=\"/ann\""), "nothing leads to her: {ticket}");
    assert!(olive.get("/olive/beds/activity").await.text().contains("deleted account "));
    assert_eq!(olive.get("/ann").await.status, 404);
    assert_eq!(olive.get("/ann/notes").await.header("location"), "/olive/notes", "old addresses lead on");
    assert!(!olive.get("/organisations/anytown/members").await.text().contains("/ann\""));
    assert!(!olive.get("/olive/beds/settings/access").await.text().contains("/ann\""));

    let ada = signed_in(&forge, "ada").await;
    assert!(!ada.get("/admin/people").await.text().contains("ann@example.nhs.uk"));
    let audit = ada.get("/admin/audit/export?format=jsonl").await.text();
    let line = audit.lines().find(|line| line.contains("account.delete")).expect("an event");
    assert!(line.contains("\"ann\"") && line.contains("deleted account"), "{line}");
    let new = [
        ("username", "Ann"),
        ("name", "Another Ann"),
        ("email", "ann@example.nhs.uk"),
        ("password", "kettle window sandwich"),
    ];
    let taken = ada.submit("/admin/people/new", "/admin/people/new", &new).await;
    assert_eq!(taken.status, 422);
    assert!(taken.text().contains("taken"), "nobody gets her name: {}", taken.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_not_said_who_they_are_or_alone_looks_after_something_stays() {
    let (forge, _, _) = town().await;
    let olive = signed_in(&forge, "olive").await;
    let page = olive.get(OWN).await.text();
    for held in ["olive/beds", "anytown", "depends on you alone"] {
        assert!(page.contains(held), "the last owner: {held} in {page}");
    }
    let refused = olive.submit("/settings/profile", OWN, &[("confirm", "olive")]).await;
    assert_eq!(refused.status, 422);
    let ada = signed_in(&forge, "ada").await;
    let last = ada.submit(OWN, OWN, &[("confirm", "ada")]).await;
    assert!(last.text().contains("This is the last administrator."), "{}", last.text());
    assert_eq!(ada.get("/admin/people").await.status, 200, "the account is as it was");
    forge.clock().advance(Duration::from_mins(16));
    let answer = ada.get(OWN).await;
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").starts_with("/sign-in/confirm"), "{}", answer.header("location"));
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_delete_accounts_of_others() {
    let (forge, _, _) = town().await;
    forge.admin("ben").await;
    let page = "/admin/people/ann/delete";
    let olive = signed_in(&forge, "olive").await;
    assert_eq!(olive.get(page).await.status, 404);
    let ada = signed_in(&forge, "ada").await;
    assert!(ada.get("/admin/people").await.text().contains(page));
    let first = ada.get(page).await.text();
    assert!(first.contains("ann/notes") && first.contains("/admin/leavers/ann"), "{first}");
    hand_over(&forge, "ann", "olive").await;
    let unsure = ada.submit(page, page, &[("confirm", "olive")]).await;
    assert_eq!(unsure.status, 422);
    let done = ada.submit(page, page, &[("confirm", "ann")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert_eq!(ada.get(page).await.status, 404, "there is nothing to delete any more");
    let other = "/admin/people/ben/delete";
    let refused = ada.submit(other, other, &[("confirm", "ben")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Take the administrator"), "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_ends_with_the_account_and_its_words_stay() {
    let town = Town::new().await;
    town.demand_approvals("1").await;
    town.open().await;
    assert_eq!(town.review(&town.reviewer, "1", "approve", "Looks right to me.").await, 303);
    let ready = town.author.get(ONE).await.text();
    assert!(ready.contains("1 person approved it."), "{ready}");
    let gone = town.reviewer.submit(OWN, OWN, &[("confirm", "rosa")]).await;
    assert_eq!(gone.status, 303, "{}", gone.text());
    let page = town.author.get(ONE).await.text();
    assert!(page.contains("0 of 1 approvals"), "nobody vouches for it any more: {page}");
    assert!(page.contains("Looks right to me.") && page.contains("deleted account "), "{page}");
    assert!(!page.contains("rosa"), "neither by name nor by link: {page}");
    let (status, said) = town.merge(&town.author, "merge").await;
    assert_eq!(status, 422, "{said}");
}
