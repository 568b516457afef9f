//! Who hears of what, in the list and by mail.

use std::path::Path;
use std::time::Duration;

use forge_core::code::Change;
use forge_core::merge_request::review::Verdict;
use forge_core::merge_request::thread::Side;
use forge_core::notification::{MailChoice, Reason, Subscription, Watch};
use forge_core::{Actor, FilePath, RefName, RefUpdate, Visibility};
use forge_store::git_ref::{self, RefChange};
use forge_store::repository;

use crate::access::MeAccess;
use crate::work_item::ItemAddress;
use crate::work_item::tests::Town;
use crate::{
    NewAnchor, NewComment, NewCommit, NewMergeRequest, NewTicket, NewVisibility, NotificationList, Origin,
    Page, Submission,
};

const FIRST: Page = Page { offset: 0, limit: 50 };

async fn me(town: &Town, name: &str) -> MeAccess {
    town.app.authorize_me(&town.actor(name).await).unwrap()
}

async fn run(town: &Town) {
    town.app.run_due_jobs(Duration::from_secs(1)).await.unwrap();
}

async fn told(town: &Town, name: &str) -> NotificationList {
    town.app.notifications(&me(town, name).await, true, FIRST).await.unwrap()
}

/// The mails that lie in the folder, each as text, and are taken away.
fn mails(folder: &Path) -> Vec<String> {
    let Ok(found) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut texts = Vec::new();
    for entry in found {
        let path = entry.unwrap().path();
        // Lines that were too long are joined again.
        texts.push(std::fs::read_to_string(&path).unwrap().replace("=\r\n", "").replace("=3D", "="));
        std::fs::remove_file(path).unwrap();
    }
    texts.sort();
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_take_part_hear_of_it_and_whoever_did_it_does_not() {
    let town = Town::new().await;
    let number = town.open("otto", "First", "What do you say, @wanda?").await;
    let at = ItemAddress::ticket(number);
    run(&town).await;
    assert_eq!(told(&town, "otto").await.total, 0, "he did it himself");
    let of_wanda = told(&town, "wanda").await;
    assert_eq!((of_wanda.total, of_wanda.items[0].notification.reason), (1, Reason::Mentioned));
    assert_eq!(told(&town, "olive").await.total, 0, "nobody called her");
    assert_eq!(town.app.unread_notifications(&me(&town, "wanda").await).await.unwrap(), 1);
    town.app.mark_notification_read(&me(&town, "wanda").await, of_wanda.items[0].item.id).await.unwrap();
    assert_eq!(town.app.unread_notifications(&me(&town, "wanda").await).await.unwrap(), 0);

    town.app.add_comment(&town.reads("wanda").await, at, &NewComment::whole("Yes")).await.unwrap();
    run(&town).await;
    assert_eq!(told(&town, "otto").await.items[0].notification.reason, Reason::Author);
    town.app
        .subscribe(&me(&town, "otto").await, &town.reads("otto").await, at, Subscription::None)
        .await
        .unwrap();
    town.app.mark_all_notifications_read(&me(&town, "otto").await).await.unwrap();
    town.app.set_watch(&me(&town, "olive").await, &town.reads("olive").await, Watch::All).await.unwrap();
    town.app.add_comment(&town.reads("wanda").await, at, &NewComment::whole("Or no, @otto")).await.unwrap();
    run(&town).await;
    assert_eq!(told(&town, "otto").await.total, 0, "he wants to hear nothing of it");
    assert_eq!(told(&town, "olive").await.items[0].notification.reason, Reason::Watching);
}

/// The moment of delivery decides: who lost access between the act and the job hears nothing, and what they were told
/// before is gone with their access.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_no_longer_see_it_hears_nothing() {
    let town = Town::new().await;
    town.app.set_watch(&me(&town, "otto").await, &town.reads("otto").await, Watch::All).await.unwrap();
    town.open("olive", "First", "").await;
    run(&town).await;
    assert_eq!(told(&town, "otto").await.total, 1);
    let secret = NewTicket {
        title: "Secret".to_owned(),
        body: "@otto".to_owned(),
        is_confidential: true,
        ..NewTicket::default()
    };
    town.app.open_ticket(&town.reads("olive").await, &secret).await.unwrap();
    run(&town).await;
    assert_eq!(told(&town, "otto").await.total, 1, "it is not for him, although he is named");
    let admin = town.access::<crate::Admin>("olive", "olive/beds").await.unwrap();
    town.open("olive", "Second", "@otto").await;
    let hidden = NewVisibility { to: Visibility::Private, reason: String::new(), days: None };
    town.app.change_visibility(&admin, &Origin::console(), &hidden).await.unwrap();
    run(&town).await;
    assert_eq!(told(&town, "otto").await.total, 0);
    assert_eq!(town.app.unread_notifications(&me(&town, "otto").await).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_as_people_want_it_and_has_a_way_out() {
    let town = Town::with_mail(true).await;
    let folder = town.mail_folder();
    let number = town.open("otto", "Beds are missing", "@wanda look at ward A").await;
    let at = ItemAddress::ticket(number);
    run(&town).await;
    let sent = mails(&folder);
    assert_eq!(sent.len(), 1, "one for Wanda: {sent:?}");
    for part in [
        "To: wanda@example.org",
        "Subject: [olive/beds] Beds are missing (#1)",
        "Name of otto opened this ticket.",
        "look at ward A",
        "https://forge.example/olive/beds/tickets/1",
        "you get this mail because your name was mentioned",
        "List-Unsubscribe: <https://forge.example/unsubscribe/",
        "Message-ID: <item.",
    ] {
        assert!(sent[0].to_lowercase().contains(&part.to_lowercase()), "{part} is not in {}", sent[0]);
    }
    // One act is told once, however often its job runs: there is nothing left to do.
    run(&town).await;
    assert_eq!(mails(&folder), [""; 0]);

    town.app.add_comment(&town.reads("otto").await, at, &NewComment::whole("More")).await.unwrap();
    run(&town).await;
    let sent = mails(&folder);
    assert!(sent.len() == 1 && sent[0].contains("In-Reply-To: <item."), "{sent:?}");
    let link = sent[0].split("https://forge.example/unsubscribe/").nth(1).unwrap();
    let link: String = link.chars().take_while(char::is_ascii_hexdigit).collect();
    let about = town.app.read_unsubscribe_link(&link).await.unwrap();
    town.app.unsubscribe(about).await.unwrap();
    town.app.add_comment(&town.reads("otto").await, at, &NewComment::whole("Even more")).await.unwrap();
    run(&town).await;
    assert_eq!(mails(&folder), [""; 0], "she unsubscribed");
    for wrong in [String::new(), "00".repeat(60), link.replace(['a', 'b', 'c'], "d"), "x".repeat(9_000)] {
        assert!(town.app.read_unsubscribe_link(&wrong).await.is_err(), "{wrong}");
    }

    town.app.set_mail_choice(&me(&town, "wanda").await, MailChoice::Turn).await.unwrap();
    town.app.set_watch(&me(&town, "wanda").await, &town.reads("wanda").await, Watch::All).await.unwrap();
    town.open("otto", "Second", "").await;
    run(&town).await;
    assert_eq!(mails(&folder), [""; 0], "it is not up to her");
    assert_eq!(told(&town, "wanda").await.items[0].item.title, "Second", "but it is in her list");
    let third = ItemAddress::ticket(town.open("otto", "Third", "").await);
    run(&town).await;
    assert_eq!(mails(&folder), [""; 0], "not yet");
    town.sort("olive", third, |to| to.assignees = vec!["wanda".parse().unwrap()]).await.unwrap();
    run(&town).await;
    let sent = mails(&folder);
    let to_wanda: Vec<_> = sent.iter().filter(|mail| mail.contains("To: wanda@")).collect();
    assert!(to_wanda.len() == 1 && to_wanda[0].contains("This ticket was given to you."), "{sent:?}");
}

/// A merge request of Olive's, which Wanda is asked to review.
async fn ask_for_review(town: &Town) -> u64 {
    branch(town).await;
    change(town, "Count the beds").await;
    let new = NewMergeRequest {
        source: RefName::branch("work").unwrap(),
        target: RefName::branch("main").unwrap(),
        title: "Count".to_owned(),
        body: "All wards".to_owned(),
        is_draft: false,
        reviewers: vec!["wanda".parse().unwrap()],
    };
    let (reading, access) = (town.reads("olive").await, town.writes("olive").await);
    town.app.open_merge_request(&reading, &access, &Origin::console(), &new).await.unwrap()
}

/// Olive's branch begins where the main one is.
async fn branch(town: &Town) {
    let repo = town.writes("olive").await.repo().id;
    let tx = town.app.store().begin().await.unwrap();
    let main = git_ref::by_name(&tx, repo, &RefName::branch("main").unwrap()).await.unwrap().unwrap();
    let update = RefUpdate { name: RefName::branch("work").unwrap(), old: None, new: Some(main.target) };
    git_ref::apply(&tx, repo, &[RefChange { update, peeled: None }]).await.unwrap();
    repository::bump(&tx, repo).await.unwrap();
    tx.commit().await.unwrap();
}

/// Olive pushes to her branch.
async fn change(town: &Town, text: &str) {
    let file = FilePath::new("notes.txt").unwrap();
    let new = NewCommit {
        branch: RefName::branch("work").unwrap(),
        expected: crate::git::Expected::Anything,
        changes: vec![Change::put(file, text.as_bytes().to_vec())],
        message: text.to_owned(),
        author: None,
    };
    town.app.commit(town.writes("olive").await, &Origin::console(), new).await.unwrap();
}

/// Those of some mails that go to somebody.
fn to<'a>(sent: &'a [String], name: &str) -> Vec<&'a String> {
    let line = format!("To: {name}@example.org");
    sent.iter().filter(|mail| mail.contains(&line)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_one_mail_with_everything_in_it() {
    let town = Town::with_mail(true).await;
    let folder = town.mail_folder();
    let number = ask_for_review(&town).await;
    run(&town).await;
    let sent = mails(&folder);
    assert!(sent.len() == 1 && to(&sent, "wanda").len() == 1, "one for whoever was asked: {sent:?}");
    assert!(sent[0].contains("you were asked to review it") && sent[0].contains("All wards"), "{}", sent[0]);
    let wanda = town.reads("wanda").await;
    let at = ItemAddress::merge_request(number);
    for body in ["Which beds?", "And @otto?"] {
        let anchor = NewAnchor {
            version: 1,
            side: Side::New,
            path: Some(FilePath::new("notes.txt").unwrap()),
            lines: Some((1, 1)),
            point: None,
        };
        let new = NewComment { anchor: Some(anchor), in_review: true, ..NewComment::whole(body) };
        town.app.add_comment(&wanda, at, &new).await.unwrap();
    }
    run(&town).await;
    assert_eq!(mails(&folder), [""; 0], "nobody hears of what was not sent");
    let review = Submission { version: 1, verdict: Verdict::RequestChanges, body: "Two things.".to_owned() };
    town.app.submit_review(&wanda, &Origin::console(), number, &review).await.unwrap();
    run(&town).await;
    let sent = mails(&folder);
    assert!(sent.len() == 2 && to(&sent, "otto").len() == 1, "one each: {sent:?}");
    let mail = to(&sent, "olive")[0];
    for part in [
        "Name of wanda asked for changes to version 1 of this merge request.",
        "Two things.",
        "notes.txt, line 1:",
        "Which beds?",
        "And @otto?",
        "https://forge.example/olive/beds/merge-requests/1#review-",
        "In-Reply-To: <item.",
        "List-Unsubscribe: <https://forge.example/unsubscribe/",
    ] {
        assert!(mail.contains(part), "{part} is not in {mail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_about_turns_does_not_come_with_every_push() {
    let town = Town::with_mail(true).await;
    let folder = town.mail_folder();
    town.app.set_mail_choice(&me(&town, "wanda").await, MailChoice::Turn).await.unwrap();
    town.app.set_mail_choice(&me(&town, "olive").await, MailChoice::Turn).await.unwrap();
    let number = ask_for_review(&town).await;
    run(&town).await;
    assert_eq!(to(&mails(&folder), "wanda").len(), 1, "she is asked");
    let review = Submission { version: 1, verdict: Verdict::Approve, body: String::new() };
    let wanda = town.reads("wanda").await;
    town.app.submit_review(&wanda, &Origin::console(), number, &review).await.unwrap();
    run(&town).await;
    assert_eq!(to(&mails(&folder), "olive").len(), 1, "it is her turn to merge it");
    change(&town, "Count them twice").await;
    run(&town).await;
    let sent = mails(&folder);
    let mail = to(&sent, "wanda");
    assert!(mail.len() == 1 && mail[0].contains("pushed version 2"), "her approval lapsed: {sent:?}");
    let review = Submission { version: 2, ..review };
    town.app.submit_review(&wanda, &Origin::console(), number, &review).await.unwrap();
    let olive = town.reads("olive").await;
    town.app.set_draft(&olive, number, true).await.unwrap();
    run(&town).await;
    mails(&folder);
    change(&town, "Count them three times").await;
    run(&town).await;
    assert_eq!(to(&mails(&folder), "olive").len(), 0, "she did it herself");
    assert_eq!(told(&town, "wanda").await.items[0].item.number, number, "it is in her list all the same");
    town.app.set_draft(&olive, number, false).await.unwrap();
    run(&town).await;
    assert_eq!(to(&mails(&folder), "wanda").len(), 1, "she is asked again");
    town.app.set_merge_request_open(&olive, &Origin::console(), number, false).await.unwrap();
    run(&town).await;
    assert_eq!(to(&mails(&folder), "wanda").len(), 0, "there is nothing left to do for her");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_keeps_what_is_private_where_the_site_says_so() {
    let town = Town::with_mail(false).await;
    let folder = town.mail_folder();
    let secret = NewTicket {
        title: "Ward names".to_owned(),
        body: "@wanda they leaked".to_owned(),
        is_confidential: true,
        ..NewTicket::default()
    };
    town.app.open_ticket(&town.reads("otto").await, &secret).await.unwrap();
    run(&town).await;
    let sent = mails(&folder);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains("/olive/beds/tickets/1"), "{}", sent[0]);
    assert!(!sent[0].contains("Ward names") && !sent[0].contains("leaked"), "{}", sent[0]);
    town.open("otto", "Open matter", "@wanda").await;
    run(&town).await;
    assert!(mails(&folder)[0].contains("Open matter"), "everybody can see that one");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_oneself_chooses() {
    let town = Town::new().await;
    assert!(town.app.authorize_me(&Actor::Nobody).is_err());
    assert_eq!(town.app.mail_choice(&me(&town, "otto").await).await.unwrap(), MailChoice::All);
    town.app.set_mail_choice(&me(&town, "otto").await, MailChoice::Digest).await.unwrap();
    assert_eq!(town.app.mail_choice(&me(&town, "otto").await).await.unwrap(), MailChoice::Digest);
    assert_eq!(town.app.mail_choice(&me(&town, "wanda").await).await.unwrap(), MailChoice::All);
}
