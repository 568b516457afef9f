//! A27: what belongs to one repository is not there under another, whoever names it: identifiers of somebody else's are tried
//! where the one who tries may do everything.

use forge_tests::{Client, Forge, Person};

use super::merge_requests::{ONE, Town};
use crate::ssh::keys::{new_key, public};

/// What a form sends.
type Fields<'a> = &'a [(&'a str, &'a str)];

/// Makes of somebody's repository what the town's has: a branch with a change, and the merge request for it.
async fn twin(forge: &Forge, otto: &Person) -> Client {
    forge.repo(otto, "own").await;
    let work = otto.work_tree();
    work.commit("README.md", "# Own\n");
    let remote = forge.https(otto, "otto/own");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    work.git(&["checkout", "--quiet", "-b", "rate"]).unwrap();
    work.commit("NEWS.md", "The rate\n");
    work.git(&["push", "--quiet", &remote, "rate"]).unwrap();
    let client = forge.client();
    client.sign_in("otto").await;
    let fields = [("source", "rate"), ("target", "main"), ("title", "Mine"), ("body", "")];
    let form = "/otto/own/merge-requests/new";
    let made = client.submit(&format!("{form}?source=rate&target=main"), form, &fields).await;
    assert_eq!(made.status, 303, "{}", made.text());
    client
}

/// Does what makes a row with an identifier, and finds that in a page.
async fn made(client: &Client, page: &str, fields: &[(&str, &str)], field: &str) -> String {
    let done = client.submit(page, page, fields).await;
    assert_eq!(done.status, 303, "{page}: {}", done.text());
    let page = client.get(page).await;
    page.hidden_field(field).unwrap_or_else(|| panic!("no {field}: {}", page.text()))
}

/// The identifier behind a word of a page.
fn behind(page: &str, word: &str) -> String {
    let (_, rest) = page.split_once(word).unwrap_or_else(|| panic!("no {word} in {page}"));
    rest.split(['"', '#']).next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_one_repository_is_not_there_under_another() {
    let town = Town::new().await;
    let otto = town.forge.user("otto").await;
    let attacker = twin(&town.forge, &otto).await;
    town.open().await;
    let body = "Rather:\n```suggestion\nrate <- 1\n```";
    let path = super::merge_requests::hex("R/beds.R");
    let form = format!("{ONE}/comment?version=1&side=new&path={path}&line=2");
    let fields = [
        ("version", "1"),
        ("side", "new"),
        ("path", path.as_str()),
        ("start", "2"),
        ("end", "2"),
        ("body", body),
        ("action", "review"),
    ];
    assert_eq!(town.reviewer.submit(&form, &format!("{ONE}/comment"), &fields).await.status, 303);
    assert_eq!(town.review(&town.reviewer, "1", "request-changes", "One thing.").await, 303);
    let page = town.author.get(ONE).await.text();
    let suggestion = page.split("name=\"suggestion\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let comment = suggestion.split(':').next().unwrap();
    let (thread, review) = (behind(&page, "id=\"thread-"), behind(&page, "id=\"review-"));

    let ann = &town.author;
    let own = "/otto/own";
    let theirs = "/ann/beds";
    let dir = tempfile::tempdir().unwrap();
    let key = public(&new_key(dir.path(), "deploy", &["-t", "ed25519"]));
    // What is made there, by which form, and what is tried with its identifier here.
    let rows: [(&str, Fields<'_>, Fields<'_>); 5] = [
        ("/labels", &[("action", "add"), ("name", "theirs"), ("colour", "red")], &[("action", "delete")]),
        ("/milestones", &[("action", "add"), ("title", "Theirs"), ("due", "")], &[("action", "delete")]),
        (
            "/settings/rules",
            &[("action", "set"), ("kind", "branch"), ("pattern", "main"), ("push", "developers")],
            &[("action", "remove")],
        ),
        (
            "/settings/keys",
            &[("action", "add"), ("name", "report"), ("key", key.as_str())],
            &[("action", "remove")],
        ),
        (
            "/settings/access",
            &[("action", "give"), ("username", "otto"), ("permission", "read")],
            &[("action", "revoke")],
        ),
    ];
    for (form, make, attempt) in rows {
        let (there, here) = (format!("{theirs}{form}"), format!("{own}{form}"));
        let id = match form {
            "/labels" | "/milestones" => {
                assert_eq!(ann.submit(&there, &there, make).await.status, 303, "{there}");
                behind(&ann.get(&there).await.text(), "?id=")
            }
            _ => made(ann, &there, make, "id").await,
        };
        let mut fields = attempt.to_vec();
        fields.push(("id", id.as_str()));
        let answer = attacker.submit(&here, &here, &fields).await;
        assert_eq!(answer.status, 404, "{here}: {}", answer.text());
        assert!(ann.get(&there).await.text().contains(&id), "{form} stays");
    }

    let here = format!("{own}/merge-requests/1");
    let attempts: [(&str, Fields<'_>); 4] = [
        ("/thread", &[("thread", thread.as_str()), ("action", "resolve"), ("back", here.as_str())]),
        ("/dismiss", &[("review", review.as_str()), ("reason", "Mine now")]),
        ("/suggestions", &[("suggestion", suggestion)]),
        (
            "/comment",
            &[("thread", thread.as_str()), ("body", "Hello"), ("action", "comment"), ("version", "1")],
        ),
    ];
    for (rest, fields) in attempts {
        let answer = attacker.submit(&here, &format!("{here}{rest}"), fields).await;
        assert_eq!(answer.status, 404, "{rest}: {}", answer.text());
    }
    let at = format!("{here}/comments/{comment}");
    assert_eq!(attacker.get(&format!("{at}/edit")).await.status, 404);
    for (rest, fields) in [("/edit", [("body", "Mine")].as_slice()), ("/delete", &[])] {
        let answer = attacker.submit(&here, &format!("{at}{rest}"), fields).await;
        assert_eq!(answer.status, 404, "{rest}: {}", answer.text());
    }
    let after = town.author.get(ONE).await.text();
    assert!(after.contains("Rather:") && after.contains("rosa asked for changes"), "{after}");
    assert!(!after.contains("Hello") && !after.contains("Resolved by"), "{after}");
}
