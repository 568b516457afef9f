//! Mail through a real server: over TLS, with a password, and later when it is put off.

use std::time::Duration;

use forge_app::Receiver;
use forge_core::Permission;
use forge_server::config::Security;
use forge_tests::{Forge, MailServer};

use super::mail::link;

/// Longer than any wait before a job is tried again.
const LATER: Duration = Duration::from_hours(2);

async fn ask_for_reset(forge: &Forge, email: &str) -> u16 {
    let client = forge.client();
    client.submit("/sign-in/reset", "/sign-in/reset", &[("email", email)]).await.status.as_u16()
}

/// A mail as a reader sees it.
fn readable(text: &str) -> String {
    text.replace("=\r\n", "").replace("=3D", "=")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_and_a_review_arrive_though_the_server_puts_the_first_off() {
    let mut server = MailServer::start(Security::StartTls, 1);
    let forge = Forge::with(|config| server.configure(config)).await;
    let alice = forge.user("alice").await;
    let bob = forge.user("bob").await;
    // What was told of the new keys is not of interest here.
    forge.app().run_due_jobs(LATER).await.unwrap();
    assert_eq!(ask_for_reset(&forge, "alice@example.nhs.uk").await, 303);
    assert_eq!(ask_for_reset(&forge, "nobody@example.nhs.uk").await, 303);
    for hostile in ["alice@example.nhs.uk\r\nBcc: eve@example.org", "alice@example.nhs.uk,eve@example.org"] {
        assert_eq!(ask_for_reset(&forge, hostile).await, 422, "{hostile:?}");
    }
    forge.app().run_due_jobs(Duration::ZERO).await.unwrap();
    forge.app().run_due_jobs(LATER).await.unwrap();
    let mail = loop {
        let mail = server.next_mail();
        if mail["text"].as_str().unwrap().contains("set a new password") {
            break mail;
        }
    };
    assert_eq!(mail["to"], serde_json::json!(["alice@example.nhs.uk"]), "and to nobody else");
    assert_eq!(mail["user"], "forge");
    let path = link(&readable(mail["text"].as_str().unwrap()));
    assert_eq!(forge.client().get(&path).await.status, 200, "{path}");

    forge.repo(&alice, "beds").await;
    forge.grant("alice/beds", Receiver::Person("bob".parse().unwrap()), Permission::Write, None).await;
    let work = bob.work_tree();
    work.commit("README.md", "# Beds\n");
    let remote = forge.https(&bob, "alice/beds");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    work.git(&["checkout", "-q", "-b", "topic"]).unwrap();
    work.commit("beds.R", "1\n");
    work.git(&["push", "--quiet", &remote, "topic"]).unwrap();
    let (author, reviewer) = (forge.client(), forge.client());
    author.sign_in("bob").await;
    reviewer.sign_in("alice").await;
    let new = "/alice/beds/merge-requests/new";
    let fields = [("source", "topic"), ("target", "main"), ("title", "Count beds\u{e9}"), ("body", "")];
    assert_eq!(author.submit(new, new, &fields).await.status, 303);
    let (page, review) = ("/alice/beds/merge-requests/1", "/alice/beds/merge-requests/1/review");
    let verdict =
        [("action", "submit"), ("version", "1"), ("verdict", "changes"), ("body", "Please count again")];
    let sent = reviewer.submit(page, review, &verdict).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    forge.app().run_due_jobs(LATER).await.unwrap();
    let mail = loop {
        let mail = server.next_mail();
        if mail["to"] == serde_json::json!(["bob@example.nhs.uk"]) {
            break readable(mail["text"].as_str().unwrap());
        }
    };
    assert!(mail.contains("Please count again"), "{mail}");
    assert!(mail.contains("/alice/beds/merge-requests/1"), "{mail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_over_tls_to_the_server_that_was_meant_and_to_no_other() {
    let mut server = MailServer::start(Security::Tls, 0);
    let forge = Forge::with(|config| server.configure(config)).await;
    forge.user("alice").await;
    assert_eq!(ask_for_reset(&forge, "alice@example.nhs.uk").await, 303);
    forge.app().run_due_jobs(Duration::ZERO).await.unwrap();
    assert!(server.next_mail()["text"].as_str().unwrap().contains("alice"));

    for security in [Security::Tls, Security::StartTls] {
        for fault in ["authority", "password"] {
            let server = MailServer::start(security, 0);
            let forge = Forge::with(|config| {
                server.configure(config);
                match fault {
                    "authority" => config.mail.authority = None,
                    _ => "wrong".clone_into(&mut config.mail.password),
                }
            })
            .await;
            forge.user("alice").await;
            assert_eq!(ask_for_reset(&forge, "alice@example.nhs.uk").await, 303, "asking tells nothing");
            forge.app().run_due_jobs(Duration::ZERO).await.unwrap();
            assert!(server.rest().is_empty(), "{security:?} {fault}");
        }
    }
}
