//! The review of a change from a fork: whoever may push to the fork works on it in their browser, and nobody else does.

use super::fork::{ONE, Town};

fn hex(path: &str) -> String {
    path.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

impl Town {
    /// What a file of the fork's branch says.
    fn in_fork(&self, path: &str) -> String {
        self.copy.git(&["fetch", "--quiet", "origin", "fix"]).unwrap();
        self.copy.git(&["show", &format!("FETCH_HEAD:{path}")]).unwrap()
    }

    /// Bob pushes to the target that he keeps.
    fn push_to_target(&self, path: &str, text: &str) {
        let remote = self.forge.https(&self.bob, "northdale/beds");
        let work = self.bob.clone_of(&remote, &[]).unwrap();
        work.commit(path, text);
        work.git(&["push", "--quiet", "origin", "main"]).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_applied_in_the_fork_by_whoever_may_push_there() {
    let town = Town::new().await;
    town.open().await;
    let fields = [
        ("version", "1"),
        ("side", "new"),
        ("path", &hex("fix.R")),
        ("start", "1"),
        ("end", "1"),
        ("body", "Better:\n```suggestion\nfix(all = TRUE)\n```"),
        ("action", "comment"),
    ];
    let form = format!("{ONE}/comment?version=1&side=new&path={}&line=1", hex("fix.R"));
    let said = town.keeper.submit(&form, &format!("{ONE}/comment"), &fields).await;
    assert_eq!(said.status, 303, "{}", said.text());
    let value = |page: &str| {
        let (_, rest) = page.split_once("name=\"suggestion\" value=\"")?;
        Some(rest.split('"').next()?.to_owned())
    };
    // Bob keeps the target and may not push to the fork: the page says so, and has no button.
    let page = town.keeper.get(ONE).await.text();
    assert!(page.contains("in a fork to which you may not push: ann applies"), "{page}");
    assert_eq!(value(&page), None);
    let page = town.author.get(ONE).await.text();
    assert!(!page.contains("to which you may not push"), "{page}");
    let value = value(&page).expect("a button for whoever may push to the fork");
    let apply = format!("{ONE}/suggestions");
    let refused = town.keeper.submit(ONE, &apply, &[("suggestion", &value)]).await;
    assert!(refused.status == 422 && refused.text().contains("in a fork to which you may not push"));
    let applied = town.author.submit(ONE, &apply, &[("suggestion", &value)]).await;
    assert_eq!(applied.status, 303, "{}", applied.text());
    let again = town.author.submit(ONE, &apply, &[("suggestion", &value)]).await;
    assert_eq!(again.status, 422, "applied once");
    assert_eq!(town.in_fork("fix.R"), "fix(all = TRUE)\n");
    let message = town.copy.git(&["log", "-1", "--format=%B", "FETCH_HEAD"]).unwrap();
    assert!(message.contains("From the review of northdale/beds!1."), "{message}");
    assert!(message.contains("Co-authored-by: bob"), "{message}");
    town.jobs().await;
    let changes = town.keeper.get(&format!("{ONE}/changes")).await.text();
    assert!(changes.contains("all = ") && changes.contains("Version 2"), "{changes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_are_resolved_in_the_fork_with_what_the_target_has() {
    let town = Town::new().await;
    town.copy.write("beds.R", "beds <- read_all_beds()\n");
    town.open().await;
    town.push_to_target("beds.R", "beds <- read_beds(from = 2026)\n");
    let conflicts = format!("{ONE}/conflicts");
    let page = town.author.get(ONE).await.text();
    assert!(page.contains(&conflicts) && page.contains("Both branches changed the same lines"), "{page}");
    let keeper = town.keeper.get(&conflicts).await;
    assert!(keeper.text().contains("in a fork to which you may not push"), "{}", keeper.text());
    let form = town.author.get(&conflicts).await;
    assert_eq!(form.status, 200, "{}", form.text());
    let field = |name: &str| form.hidden_field(name).unwrap();
    let (head, target) = (field("head"), field("target"));
    let fields = [
        ("head", head.as_str()),
        ("target", target.as_str()),
        ("file-0-0", "edit"),
        ("file-0-0-text", "beds <- read_all_beds(from = 2026)"),
    ];
    let refused = town.keeper.submit("/northdale/beds/merge-requests", &conflicts, &fields).await;
    assert!(refused.text().contains("in a fork to which you may not push"), "{}", refused.text());
    let resolved = town.author.submit(&conflicts, &conflicts, &fields).await;
    assert_eq!(resolved.status, 303, "{}", resolved.text());
    assert_eq!(town.in_fork("beds.R"), "beds <- read_all_beds(from = 2026)\n");
    let parents = town.copy.git(&["log", "-1", "--format=%P", "FETCH_HEAD"]).unwrap();
    assert_eq!(parents.trim(), format!("{head} {target}"), "the target came along");
    let whole =
        town.ann.clone_of(&town.forge.https(&town.ann, "anytown/beds"), &["--branch", "fix"]).unwrap();
    whole.fsck();
    town.jobs().await;
    let page = town.keeper.get(ONE).await.text();
    assert!(page.contains("It can be merged.") && page.contains("Versions (2)"), "{page}");
    let again = town.author.submit(ONE, &conflicts, &fields).await;
    assert_eq!(again.status, 422, "the branch has moved");
    town.copy.git(&["reset", "--quiet", "--hard", "FETCH_HEAD"]).unwrap();
    let (status, text) = town.merge(&town.keeper).await;
    assert_eq!(status, 303, "{text}");
}

/// The page says why nothing new comes, whatever the reason is.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_why_no_new_versions_come() {
    let town = Town::new().await;
    town.forge.admin("ada").await;
    town.open().await;
    let told = async |reason: &str| {
        let page = town.keeper.get(ONE).await.text();
        let sentence = format!("{reason}, so no new versions come.");
        assert!(page.contains(&sentence), "{sentence}: {page}");
        assert!(page.contains(">Merge</button>"), "what was delivered can be merged");
    };
    let archive = async |archived: &str| {
        let page = "/anytown/beds/settings/archive";
        let saved = town.author.submit("/anytown/beds/settings", page, &[("archived", archived)]).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
    };
    archive("true").await;
    told("The fork that it comes from is archived").await;
    archive("false").await;
    let head = town.copy.head();
    town.copy.git(&["push", "--quiet", "origin", ":fix"]).unwrap();
    told("The branch fix was deleted").await;
    town.copy.git(&["push", "--quiet", "origin", &format!("{head}:refs/heads/fix")]).unwrap();
    assert!(!town.keeper.get(ONE).await.text().contains("no new versions come"));
    let admin = town.forge.client();
    admin.sign_in("ada").await;
    let people = "/admin/people";
    let answer = admin.submit(people, people, &[("id", "ann"), ("action", "disable")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    told("The account of ann is disabled").await;
}
