//! What people change about their own account.

use forge_tests::{Client, Forge};

async fn alice(forge: &Forge) -> Client {
    let client = forge.client();
    client.sign_in("alice").await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_works_and_is_revoked() {
    let forge = Forge::new().await;
    let person = forge.user("alice").await;
    forge.repo(&person, "beds").await;
    let client = alice(&forge).await;
    let tokens = "/settings/tokens";
    let fields =
        [("action", "create"), ("name", "ward laptop"), ("scope", "repository:read"), ("lifetime", "30")];
    let made = client.submit(tokens, tokens, &fields).await;
    assert_eq!(made.status, 200, "{}", made.text());
    assert_eq!(made.header("cache-control"), "no-store");
    let text = made.text();
    let (_, rest) = text.split_once("value=\"forge_").expect("the token is shown");
    let token = format!("forge_{}", rest.split('"').next().unwrap());
    assert_eq!(text.matches(&token).count(), 1);
    for path in [tokens, "/", "/settings/sessions"] {
        assert!(!client.get(path).await.text().contains(&token), "{path} does not show it again");
    }
    let remote = forge.https(&person, "alice/beds").replace(&person.token, &token);
    assert!(person.git(&["ls-remote", &remote]).ok, "it reads");
    let work = person.work_tree();
    work.commit("a", "1");
    assert!(!work.try_git(&["push", &remote, "main"]).ok, "it does not write");

    let list = client.get(tokens).await.text();
    let row = list.split("ward laptop").nth(1).expect("it is in the list");
    let id = row.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let answer = client.submit(tokens, tokens, &[("action", "revoke"), ("id", id)]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(!client.get(tokens).await.text().contains("ward laptop"));
    assert!(!person.git(&["ls-remote", &remote]).ok, "and it works no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_token_key_and_session_are_not_there() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    forge.user("bob").await;
    let (client, bob) = (alice(&forge).await, forge.client());
    bob.sign_in("bob").await;
    for path in ["/settings/tokens", "/settings/ssh-keys", "/settings/sessions"] {
        let list = client.get(path).await;
        let id = list.hidden_field("id").unwrap_or_else(|| "0".repeat(32));
        let action = if path.ends_with("tokens") { "revoke" } else { "remove" };
        let mut fields = vec![("id", id.as_str())];
        if !path.ends_with("sessions") {
            fields.push(("action", action));
        }
        let answer = bob.submit(path, path, &fields).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    assert!(client.get("/settings/tokens").await.text().contains("name=\"id\""), "it is there still");
    assert!(client.get("/settings/ssh-keys").await.text().contains("laptop"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ssh_key_is_added_used_and_removed() {
    let forge = Forge::new().await;
    let person = forge.user("alice").await;
    forge.repo(&person, "beds").await;
    let client = alice(&forge).await;
    let keys = "/settings/ssh-keys";
    assert!(person.git(&["ls-remote", &forge.ssh("alice/beds")]).ok);

    let id = client.get(keys).await.hidden_field("id").expect("the key that the test's person has");
    let removed = client.submit(keys, keys, &[("action", "remove"), ("id", &id)]).await;
    assert_eq!(removed.status, 303, "{}", removed.text());
    assert!(!person.git(&["ls-remote", &forge.ssh("alice/beds")]).ok, "it lets nobody in any more");

    let line = std::fs::read_to_string(person.key.with_extension("pub")).unwrap();
    let added = client.submit(keys, keys, &[("action", "add"), ("name", "new one"), ("key", &line)]).await;
    assert_eq!(added.status, 303, "{}", added.text());
    let page = client.get(keys).await.text();
    assert!(page.contains("new one") && page.contains("SHA256:") && page.contains("ED25519"), "{page}");
    assert!(person.git(&["ls-remote", &forge.ssh("alice/beds")]).ok);

    let secret = std::fs::read_to_string(&person.key).unwrap();
    for (key, what) in [
        (line.as_str(), "a key that is there already"),
        (secret.as_str(), "a private key"),
        ("ssh-dss AAAAB3NzaC1kc3MAAACBAP", "a kind that is broken"),
        ("ssh-ed25519 AAAA", "half a key"),
        ("command=\"id\" ssh-ed25519 AAAA", "options"),
        ("", "nothing"),
    ] {
        let refused = client.submit(keys, keys, &[("action", "add"), ("name", "x"), ("key", key)]).await;
        assert_eq!(refused.status, 422, "{what}");
        assert!(refused.text().contains("There is a problem"), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_signs_other_browsers_out() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let (client, other) = (alice(&forge).await, alice(&forge).await);
    let password = "/settings/password";
    let new = "lantern gravel orchid";
    let wrong = client.submit(password, password, &[("current", "not it"), ("new", new)]).await;
    assert_eq!(wrong.status, 422);
    let weak = client
        .submit(password, password, &[("current", forge_tests::PASSWORD), ("new", "password123")])
        .await;
    assert_eq!(weak.status, 422);
    assert!(!weak.text().contains("password123"));
    let changed =
        client.submit(password, password, &[("current", forge_tests::PASSWORD), ("new", new)]).await;
    assert_eq!(changed.status, 303, "{}", changed.text());
    assert_eq!(client.get(password).await.status, 200, "this browser stays");
    assert_eq!(other.get(password).await.status, 303, "the other does not");
    let third = forge.client();
    let fields = [("username", "alice"), ("password", forge_tests::PASSWORD), ("then", "/")];
    assert_eq!(third.submit("/sign-in", "/sign-in", &fields).await.status, 422, "the old one is nothing now");
    let fields = [("username", "alice"), ("password", new), ("then", "/")];
    assert_eq!(third.submit("/sign-in", "/sign-in", &fields).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_browsers_can_be_signed_out() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let (client, other) = (alice(&forge).await, alice(&forge).await);
    let sessions = "/settings/sessions";
    let ended = client.submit(sessions, sessions, &[("all", "true")]).await;
    assert_eq!(ended.status, 303, "{}", ended.text());
    assert_eq!(client.get(sessions).await.status, 200);
    assert_eq!(other.get(sessions).await.status, 303);
}
