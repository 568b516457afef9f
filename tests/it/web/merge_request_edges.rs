//! What happens to merge requests when what is around them changes: branches, repositories, accounts, two people at once.

use std::time::Duration;

use forge_core::{ObjectFormat, Visibility};
use forge_tests::{Client, Forge};

use super::merge_requests::{LIST, ONE, Town};

async fn say(client: &Client, address: &str, body: &str) {
    let said = client.submit(address, &format!("{address}/comment"), &[("body", body)]).await;
    assert_eq!(said.status, 303, "{}", said.text());
}

async fn disable(town: &Town, name: &str) {
    let admin = town.forge.client();
    admin.sign_in("ada").await;
    let people = "/admin/people";
    let answer = admin.submit(people, people, &[("id", name), ("action", "disable")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
}

/// Who approved what at which commit stays to be seen, whatever becomes of the repository and of those who were there.
#[tokio::test(flavor = "multi_thread")]
async fn everything_survives_merging_renaming_moving_and_leaving() {
    let town = Town::new().await;
    town.forge.admin("ada").await;
    town.forge.org("northdale", &[&town.ann]).await;
    town.demand_approvals("1").await;
    town.open().await;
    say(&town.author, ONE, "Please look at the rate").await;
    assert_eq!(town.review(&town.reviewer, "1", "approve", "Well done").await, 303);
    let head = town.work.head().trim().get(..10).unwrap().to_owned();
    let (status, text) = town.merge(&town.author, "merge").await;
    assert_eq!(status, 303, "{text}");
    let seen = async |client: &Client, address: &str| {
        let page = client.get(address).await;
        assert_eq!(page.status, 200, "{address}: {}", page.text());
        let text = page.text();
        for part in ["Please look at the rate", "Well done", "approved version 1", &head, "It was merged on"]
        {
            assert!(text.contains(part), "{part} is not on {address}: {text}");
        }
        for rest in ["/changes", "/commits", "/versions"] {
            assert_eq!(client.get(&format!("{address}{rest}")).await.status, 200, "{address}{rest}");
        }
        text
    };
    seen(&town.reviewer, ONE).await;
    // Renamed: the old address leads to the new one.
    let rename = "/ann/beds/settings/rename";
    let renamed = town.author.submit("/ann/beds/settings", rename, &[("name", "wards")]).await;
    assert_eq!(renamed.status, 303, "{}", renamed.text());
    assert_eq!(town.reviewer.get(ONE).await.header("location"), "/ann/wards/merge-requests/1");
    seen(&town.reviewer, "/ann/wards/merge-requests/1").await;
    let transfer = "/ann/wards/settings/transfer";
    let moved = town.author.submit("/ann/wards/settings", transfer, &[("owner", "northdale")]).await;
    assert_eq!(moved.status, 303, "{}", moved.text());
    let one = "/northdale/wards/merge-requests/1";
    assert_eq!(town.author.get(ONE).await.header("location"), one);
    seen(&town.author, one).await;
    assert!(
        town.author.get("/northdale/wards/merge-requests?q=is:merged").await.text().contains("Add the rate")
    );
    // The reviewer leaves: what she said and approved stays under her name.
    disable(&town, "rosa").await;
    let page = seen(&town.author, one).await;
    assert!(page.contains("rosa"), "{page}");
}

/// Whoever is disabled asks for nothing more, and what they asked for can be finished or closed by others.
#[tokio::test(flavor = "multi_thread")]
async fn an_author_whose_account_is_disabled_holds_nothing_up() {
    let town = Town::new().await;
    town.forge.admin("ada").await;
    let remote = town.forge.https(&town.ann, "ann/beds");
    let fields = [("source", "rate"), ("target", "main"), ("title", "By Rosa"), ("reviewers", "ann")];
    let new = format!("{LIST}/new");
    assert_eq!(town.reviewer.submit(&new, &new, &fields).await.status, 303);
    disable(&town, "rosa").await;
    let gone = town.reviewer.get(ONE).await;
    assert!(gone.status == 303 && gone.header("location").starts_with("/sign-in"), "{}", gone.status);
    say(&town.author, ONE, "She has left; I take this over, @rosa").await;
    town.forge.app().run_due_jobs(std::time::Duration::from_secs(1)).await.unwrap();
    let page = town.author.get(ONE).await.text();
    assert!(page.contains("rosa") && page.contains("It can be merged."), "{page}");
    assert!(page.contains("The account of rosa is disabled, so no new versions come from them."), "{page}");
    let (status, text) = town.merge(&town.author, "merge").await;
    assert_eq!(status, 303, "{text}");
    let seen = town.work.git(&["ls-remote", &remote]).unwrap();
    assert!(!seen.contains("refs/heads/rate"), "{seen}");
}

/// Without its target a merge request says what to do, and goes on with another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_deleted_is_chosen_anew() {
    let town = Town::new().await;
    town.push(&["main:refs/heads/release"]);
    let fields = [("source", "rate"), ("target", "release"), ("title", "For the release")];
    let new = format!("{LIST}/new");
    assert_eq!(town.author.submit(&new, &new, &fields).await.status, 303);
    town.push(&[":refs/heads/release"]);
    let page = town.author.get(ONE).await.text();
    assert!(page.contains("The branch release is gone. Send it to another one."), "{page}");
    assert!(page.contains("Send it to another branch") && !page.contains(">Merge</button>"), "{page}");
    for rest in ["/changes", "/commits", "/versions", "/edit", "/sort"] {
        assert_eq!(town.author.get(&format!("{ONE}{rest}")).await.status, 200, "{rest}");
    }
    let (status, text) = town.merge(&town.author, "merge").await;
    assert!(status == 422 && text.contains("is gone"), "{status}: {text}");
    let fields = [("action", "retarget"), ("target", "main")];
    let sent = town.author.submit(ONE, &format!("{ONE}/state"), &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let (status, text) = town.merge(&town.author, "merge").await;
    assert_eq!(status, 303, "{text}");
}

/// Nothing in an archived repository changes, and the page offers nothing that would be refused.
#[tokio::test(flavor = "multi_thread")]
async fn an_archived_repository_is_only_read() {
    let town = Town::new().await;
    town.open().await;
    say(&town.reviewer, ONE, "Before it ends").await;
    let archive = "/ann/beds/settings/archive";
    let fields = [("archived", "true")];
    assert_eq!(town.author.submit("/ann/beds/settings", archive, &fields).await.status, 303);
    let page = town.author.get(ONE).await.text();
    assert!(page.contains("This repository is archived: nothing in it changes."), "{page}");
    for button in [">Merge</button>", ">Comment</button>", ">Reply</summary>", ">Close</button>", "/sort\""] {
        assert!(!page.contains(button), "{button}: {page}");
    }
    let head = town.work.head();
    for (action, fields) in [
        ("comment", vec![("body", "x")]),
        ("edit", vec![("action", "save"), ("title", "x"), ("body", "")]),
        ("sort", vec![("locked", "true")]),
        ("state", vec![("action", "close")]),
        ("people", vec![("action", "ask"), ("name", "rosa")]),
        ("review", vec![("action", "submit"), ("version", "1"), ("verdict", "comment"), ("body", "x")]),
        ("merge", vec![("head", head.trim()), ("method", "merge"), ("message", "")]),
    ] {
        let answer = town.author.submit(LIST, &format!("{ONE}/{action}"), &fields).await;
        let status = answer.status.as_u16();
        assert!([403, 409, 422].contains(&status), "{action}: {status}: {}", answer.text());
        assert!(answer.text().contains("archived"), "{action}: {}", answer.text());
    }
    assert_eq!(town.author.submit("/ann/beds/settings", archive, &[("archived", "false")]).await.status, 303);
    assert_eq!(town.merge(&town.author, "merge").await.0, 303);
}

/// Two people press the button at once: it is merged once, and the other one reads what happened.
#[tokio::test(flavor = "multi_thread")]
async fn two_people_merge_at_the_same_moment() {
    let town = Town::new().await;
    town.open().await;
    let (one, other) = tokio::join!(town.merge(&town.author, "merge"), town.merge(&town.reviewer, "merge"));
    let mut both = [one, other];
    both.sort_by_key(|(status, _)| *status);
    assert_eq!(both[0].0, 303, "{}", both[0].1);
    assert!([409, 422].contains(&both[1].0), "{}: {}", both[1].0, both[1].1);
    assert!(both[1].1.contains("merged"), "{}", both[1].1);
    let page = town.reviewer.get(ONE).await.text();
    assert_eq!(page.matches("merged it as").count(), 1, "{page}");
}

/// Who closes their fork hides its name, and takes nothing back: what was offered stays, and what they push next still comes.
#[tokio::test(flavor = "multi_thread")]
async fn a_fork_that_is_closed_hides_its_name_and_goes_on() {
    let forge = Forge::new().await;
    let (ann, bob) = (forge.user("ann").await, forge.user("bob").await);
    forge.user("tom").await;
    forge.make_repo("ann/beds", Visibility::Internal, ObjectFormat::Sha1).await;
    let work = ann.work_tree();
    work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &forge.https(&ann, "ann/beds"), "main"]).unwrap();
    let (keeper, author, reader) = (forge.client(), forge.client(), forge.client());
    keeper.sign_in("ann").await;
    author.sign_in("bob").await;
    reader.sign_in("tom").await;
    let own = [("owner", "bob"), ("name", "beds"), ("visibility", "internal")];
    assert_eq!(author.submit("/ann/beds/fork", "/ann/beds/fork", &own).await.status, 303);
    let copy = bob.clone_of(&forge.https(&bob, "bob/beds"), &[]).unwrap();
    copy.git(&["checkout", "--quiet", "-b", "fix"]).unwrap();
    copy.commit("fix.R", "fix()\n");
    copy.git(&["push", "--quiet", "origin", "fix"]).unwrap();
    let form = format!("{LIST}/new?from=bob%2Fbeds&source=fix");
    let fields =
        [("from", "bob/beds"), ("source", "fix"), ("target", "main"), ("title", "Mend it"), ("body", "")];
    let made = author.submit(&form, &format!("{LIST}/new"), &fields).await;
    assert_eq!(made.header("location"), ONE, "{}", made.text());
    assert!(reader.get(ONE).await.text().contains("bob/beds:fix"));
    let close = [("visibility", "private"), ("reason", "Not yet")];
    let page = "/bob/beds/settings/visibility";
    assert_eq!(author.submit(page, page, &close).await.status, 303);
    copy.commit("fix.R", "fix(better = TRUE)\n");
    copy.git(&["push", "--quiet", "origin", "fix"]).unwrap();
    forge.app().run_due_jobs(Duration::ZERO).await.unwrap();
    for client in [&reader, &keeper] {
        let page = client.get(ONE).await.text();
        assert!(page.contains("fix of a fork that you cannot see") && !page.contains("bob/beds"), "{page}");
        assert!(page.contains("version 2"), "{page}");
        assert!(client.get(&format!("{ONE}/changes")).await.text().contains("better"));
        assert_eq!(client.get("/bob/beds").await.status, 404);
    }
    assert!(author.get(ONE).await.text().contains("bob/beds:fix"));
    let head = copy.head();
    let merge = [("head", head.as_str()), ("method", "merge"), ("message", "")];
    let merged = keeper.submit(ONE, &format!("{ONE}/merge"), &merge).await;
    assert_eq!(merged.status, 303, "{}", merged.text());
}

/// A comment and a push by force at the same moment: the comment is about what its author saw, whichever came first.
#[tokio::test(flavor = "multi_thread")]
async fn a_comment_meets_a_push_by_force() {
    let town = Town::new().await;
    town.open().await;
    for round in 0..6 {
        let version = (round + 1).to_string();
        town.work.write("R/beds.R", format!("beds <- read_beds()\nrate <- {round}\nprint(rate)\n"));
        town.work.git(&["commit", "--quiet", "--all", "--amend", "-m", &format!("Round {round}")]).unwrap();
        let body = format!("Seen on version {version}");
        let path = super::merge_requests::hex("R/beds.R");
        let fields = [
            ("version", version.as_str()),
            ("side", "new"),
            ("path", &path),
            ("start", "2"),
            ("end", "2"),
            ("body", &body),
            ("action", "comment"),
        ];
        let form = format!("{ONE}/comment?version={version}&side=new&path={path}&line=2");
        let action = format!("{ONE}/comment");
        let said = tokio::task::block_in_place(|| {
            std::thread::scope(|scope| {
                let push = scope.spawn(|| town.push(&["--force", "rate"]));
                let said = town.reviewer.submit(&form, &action, &fields);
                let said = tokio::runtime::Handle::current().block_on(said);
                push.join().unwrap();
                said
            })
        });
        assert_eq!(said.status, 303, "{}", said.text());
        let page = town.author.get(&format!("{ONE}/changes?version={version}")).await.text();
        let row = page.split("added line 2").nth(1).unwrap().split("added line 3").next().unwrap();
        assert!(row.contains(&body), "version {version}: {row}");
    }
    // On the newest one all are there, each with the version that it was written on.
    let page = town.author.get(&format!("{ONE}/changes")).await.text();
    for round in 1..=6 {
        assert!(page.contains(&format!("Seen on version {round}")), "{round}: {page}");
    }
    assert!(page.contains("Written on") && page.contains("version 7"), "{page}");
}
