//! Who hears of what, in the list and by mail.

use std::path::Path;
use std::time::Duration;

use forge_core::notification::{MailChoice, Reason, Subscription, Watch};
use forge_core::{Actor, Visibility};

use crate::access::MeAccess;
use crate::work_item::ItemAddress;
use crate::work_item::tests::Town;
use crate::{NewTicket, NewVisibility, NotificationList, Origin, Page};

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

    town.app.add_comment(&town.reads("wanda").await, at, "Yes").await.unwrap();
    run(&town).await;
    assert_eq!(told(&town, "otto").await.items[0].notification.reason, Reason::Author);
    town.app
        .subscribe(&me(&town, "otto").await, &town.reads("otto").await, at, Subscription::None)
        .await
        .unwrap();
    town.app.mark_all_notifications_read(&me(&town, "otto").await).await.unwrap();
    town.app.set_watch(&me(&town, "olive").await, &town.reads("olive").await, Watch::All).await.unwrap();
    town.app.add_comment(&town.reads("wanda").await, at, "Or no, @otto").await.unwrap();
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

    town.app.add_comment(&town.reads("otto").await, at, "More").await.unwrap();
    run(&town).await;
    let sent = mails(&folder);
    assert!(sent.len() == 1 && sent[0].contains("In-Reply-To: <item."), "{sent:?}");
    let link = sent[0].split("https://forge.example/unsubscribe/").nth(1).unwrap();
    let link: String = link.chars().take_while(char::is_ascii_hexdigit).collect();
    let about = town.app.read_unsubscribe_link(&link).await.unwrap();
    town.app.unsubscribe(about).await.unwrap();
    town.app.add_comment(&town.reads("otto").await, at, "Even more").await.unwrap();
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
    let olive = town.writes("olive").await;
    town.app.set_assignees(&olive, third, &["wanda".parse().unwrap()]).await.unwrap();
    run(&town).await;
    let sent = mails(&folder);
    let to_wanda: Vec<_> = sent.iter().filter(|mail| mail.contains("To: wanda@")).collect();
    assert!(to_wanda.len() == 1 && to_wanda[0].contains("This ticket was given to you."), "{sent:?}");
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
