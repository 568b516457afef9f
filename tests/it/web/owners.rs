//! Who owns which files: looked up, shown beside a file, and written in a form that nobody else's change is lost by.

use forge_app::{Expected, NewCommit, Origin, Receiver};
use forge_core::code::Change;
use forge_core::{Actor, FilePath, Permission, RefName, Username};
use forge_tests::Forge;

const PAGE: &str = "/ann/beds/owners";

#[tokio::test(flavor = "multi_thread")]
async fn owners_are_named_by_form_and_shown_beside_their_files() {
    let forge = Forge::new().await;
    let (ann, rosa) = (forge.user("ann").await, forge.user("rosa").await);
    forge.repo(&ann, "beds").await;
    let reader = Receiver::Person(Username::new(&rosa.name).unwrap());
    forge.grant("ann/beds", reader, Permission::Read, None).await;
    let work = ann.work_tree();
    work.commit("R/beds.R", "beds <- 1\n");
    let remote = forge.https(&ann, "ann/beds");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    let (owner, other) = (forge.client(), forge.client());
    owner.sign_in("ann").await;
    other.sign_in("rosa").await;
    assert!(owner.get(PAGE).await.text().contains("No file has an owner yet."));

    let add = |pattern: &'static str, owners: &'static str, section: &'static str| {
        [("action", "add"), ("pattern", pattern), ("owners", owners), ("section", section)]
    };
    let blob = |page: &forge_tests::Answer| page.hidden_field("blob").unwrap();
    let mut fields = add("*", "@ann", "").to_vec();
    let made = owner.submit(PAGE, PAGE, &fields).await;
    assert_eq!((made.status.as_u16(), made.header("location")), (303, PAGE), "{}", made.text());
    let shown = owner.get(PAGE).await;
    let first = blob(&shown);
    fields = add("*.R", "@rosa, stats@example.nhs.uk", "Scripts").to_vec();
    fields.push(("blob", &first));
    assert_eq!(owner.submit(PAGE, PAGE, &fields).await.status, 303);

    // Each section has a say, and it stands in the file, on the branch, by a commit.
    let asked = owner.get(&format!("{PAGE}?path=R%2Fbeds.R")).await.text();
    assert!(asked.contains("@rosa, stats@example.nhs.uk (Scripts: 1 approval)"), "{asked}");
    let file = owner.get("/ann/beds/blob/main/R/beds.R").await.text();
    assert!(file.contains("@ann (1 approval)") && file.contains("(Scripts: 1 approval)"), "{file}");
    work.git(&["pull", "--quiet", &remote, "main"]).unwrap();
    let written = std::fs::read_to_string(work.path().join("CODEOWNERS")).unwrap();
    assert_eq!(written, "* @ann\n\n[Scripts]\n*.R @rosa stats@example.nhs.uk\n");

    // Who saw an older file changes nothing, and is told.
    let mut late = vec![("action", "write"), ("text", "* @eve\n")];
    late.push(("blob", &first));
    let refused = owner.submit(PAGE, PAGE, &late).await;
    assert!(refused.text().contains("changed the file meanwhile"), "{}", refused.text());
    for (pattern, owners, words) in [("", "@ann", "Write the files as"), ("*", "ann", "is not an owner")] {
        let now = blob(&owner.get(PAGE).await);
        let wrong = [("action", "add"), ("pattern", pattern), ("owners", owners), ("blob", now.as_str())];
        let again = owner.submit(PAGE, PAGE, &wrong).await;
        assert!(again.text().contains(words), "{}", again.text());
    }
    let now = blob(&owner.get(PAGE).await);
    let gone = [("action", "remove"), ("line", "1"), ("blob", now.as_str())];
    assert_eq!(owner.submit(PAGE, PAGE, &gone).await.status, 303);
    let left = owner.get(PAGE).await.text();
    assert!(!left.contains("@ann (") && left.contains("*.R"), "{left}");

    // Whoever reads sees them, and does not change them.
    let seen = other.get(PAGE).await.text();
    assert!(seen.contains("*.R") && !seen.contains("Add the line"), "{seen}");
    let blob = blob(&owner.get(PAGE).await);
    let forged = [("action", "write"), ("text", "* @rosa\n"), ("blob", blob.as_str())];
    assert_eq!(other.submit("/ann/beds/tickets/new", PAGE, &forged).await.status, 403);
}

/// The first owners' file of an empty repository never lands on a branch that somebody pushed in that moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_was_to_begin_a_branch_touches_none_that_is_there() {
    let forge = Forge::new().await;
    let ann = forge.user("ann").await;
    forge.repo(&ann, "beds").await;
    let (app, path) = (forge.app(), "ann/beds".parse().unwrap());
    let console = Actor::System { reason: "console" };
    let new = |expected| NewCommit {
        branch: RefName::branch("main").unwrap(),
        expected,
        changes: vec![Change::put(FilePath::new("CODEOWNERS").unwrap(), "* @ann\n")],
        message: "Say who owns which files".to_owned(),
        author: None,
    };
    let work = ann.work_tree();
    work.commit("R/beds.R", "beds <- 1\n");
    let remote = forge.https(&ann, "ann/beds");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    let commit = async |expected| {
        let access = app.authorize(&console, &path).await.unwrap();
        app.commit(access, &Origin::console(), new(expected)).await
    };
    let refused = commit(Expected::Absent).await.unwrap_err();
    assert!(matches!(&refused, forge_app::Error::Conflict(text) if text.contains("moved meanwhile")));
    assert_eq!(
        work.git(&["ls-remote", &remote, "main"]).unwrap().split('\t').next(),
        Some(work.head().as_str())
    );
    let head = work.head().parse().unwrap();
    assert!(commit(Expected::At(head)).await.is_ok());
    assert!(commit(Expected::At(head)).await.is_err(), "it has moved since");
}
