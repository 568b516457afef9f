//! What stands around the talk about a merge request: people, labels, links to tickets, templates, and who is told.

use super::merge_requests::{LIST, ONE, Town};

/// Labels, people, milestone, lock and search are those of tickets, on the same pages.
#[tokio::test(flavor = "multi_thread")]
async fn a_merge_request_is_sorted_found_and_locked_like_a_ticket() {
    let town = Town::new().await;
    town.open().await;
    let labels = "/ann/beds/labels";
    let fault = [("action", "add"), ("name", "fault"), ("colour", "red"), ("description", "")];
    assert_eq!(town.author.submit(labels, labels, &fault).await.status, 303);
    let sort = format!("{ONE}/sort");
    let form = town.author.get(&sort).await.text();
    assert!(!form.contains("Confidential"), "merge requests are seen by all who read the repository");
    let label = form.split("name=\"labels\" type=\"checkbox\" value=\"").nth(1).unwrap();
    let label = label.split('"').next().unwrap();
    let wrong = [("labels", label), ("assignees", "nobody-here")];
    let refused = town.author.submit(&sort, &sort, &wrong).await;
    assert!(refused.status == 422 && refused.text().contains("Nobody called nobody-here"));
    assert!(!town.author.get(ONE).await.text().contains("added label"), "nothing of it was done");
    let fields = [("labels", label), ("assignees", "rosa"), ("locked", "true")];
    let sorted = town.author.submit(&sort, &sort, &fields).await;
    assert_eq!(sorted.status, 303, "{}", sorted.text());
    let page = town.author.get(ONE).await.text();
    for text in ["added label fault", "assigned rosa", "locked it", ">Locked<", "No milestone"] {
        assert!(page.contains(text), "{text} is not in {page}");
    }
    for (search, is_there) in [
        ("label:fault+assignee:rosa", true),
        ("-label:fault", false),
        ("no:assignee", false),
        ("is:merged", false),
        ("author:ann+rate", true),
    ] {
        let list = town.reviewer.get(&format!("{LIST}?q={search}")).await.text();
        assert_eq!(list.contains(">Add the rate</a>"), is_there, "{search}: {list}");
    }
    let list = town.reviewer.get(LIST).await.text();
    assert!(list.contains("rate → main") && list.contains("Merged (0)"), "{list}");
    // Whoever only reads it cannot comment any more, and cannot unlock it.
    let tom = town.forge.user("tom").await;
    let read = forge_core::Permission::Read;
    let receiver = forge_app::Receiver::Person(super::merge_requests::name(&tom));
    town.forge.grant("ann/beds", receiver, read, None).await;
    let reader = town.forge.client();
    reader.sign_in("tom").await;
    let page = reader.get(ONE).await.text();
    assert!(page.contains("This merge request is locked"), "{page}");
    assert_eq!(reader.submit(LIST, &format!("{ONE}/comment"), &[("body", "x")]).await.status, 403);
    assert_eq!(reader.submit(LIST, &sort, &[("locked", "false")]).await.status, 403);
}

/// One box, one thread, one function: preview, change and deletion are there on merge requests as on tickets.
#[tokio::test(flavor = "multi_thread")]
async fn comments_are_previewed_changed_and_deleted() {
    let town = Town::new().await;
    town.open().await;
    let say = format!("{ONE}/comment");
    let look = [("action", "preview"), ("body", "See **#1** and !1")];
    let preview = town.reviewer.submit(ONE, &say, &look).await;
    let text = preview.text();
    assert!(preview.status == 200 && text.contains("How it will look"), "{text}");
    assert!(text.contains("<strong><a href=\"/ann/beds/tickets/1\""), "{text}");
    assert!(!town.author.get(ONE).await.text().contains("and !1"), "nobody else sees it yet");
    let said = town.reviewer.submit(ONE, &say, &[("body", "Why, @ann?")]).await;
    let place = said.header("location").to_owned();
    let id = place.split("comment-").nth(1).unwrap();
    let edit = format!("{ONE}/comments/{id}/edit");
    assert_eq!(town.author.get(&edit).await.status, 403, "not hers");
    let look = town.reviewer.submit(&edit, &edit, &[("action", "preview"), ("body", "*Why* so?")]).await;
    assert!(look.text().contains("<em>Why</em>"), "{}", look.text());
    let saved = town.reviewer.submit(&edit, &edit, &[("action", "save"), ("body", "Why so?")]).await;
    assert_eq!(saved.header("location"), place, "{}", saved.text());
    // An answer is looked at on a page of its own, with what it answers.
    let page = town.author.get(ONE).await.text();
    let thread = page.split("name=\"thread\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let answer = [("thread", thread), ("action", "preview"), ("body", "Because **so**.")];
    let look = town.author.submit(ONE, &say, &answer).await.text();
    assert!(look.contains(">Reply<") && look.contains("<strong>so</strong>"), "{look}");
    let answer = [("thread", thread), ("action", "comment"), ("body", "Because so.")];
    assert_eq!(town.author.submit(ONE, &say, &answer).await.status, 303);
    assert_eq!(town.author.submit(ONE, &say, &[("body", " ")]).await.status, 422);
    let delete = format!("{ONE}/comments/{id}/delete");
    assert_eq!(town.reviewer.submit(ONE, &delete, &[]).await.status, 303);
    let page = town.author.get(ONE).await.text();
    assert!(!page.contains("Why so?") && page.contains("Because so."), "{page}");
    assert!(page.contains("deleted a comment by rosa"), "{page}");
    // The description has the same form.
    let edit = format!("{ONE}/edit");
    let fields = [("action", "preview"), ("title", "Add the rate"), ("body", "It is *much* needed.")];
    assert!(town.author.submit(&edit, &edit, &fields).await.text().contains("<em>much</em>"));
    let fields = [("action", "save"), ("title", "Add the median"), ("body", "It is *much* needed.")];
    assert_eq!(town.author.submit(&edit, &edit, &fields).await.status, 303);
    let page = town.reviewer.get(ONE).await.text();
    assert!(page.contains("changed the title from “Add the rate” to “Add the median”"), "{page}");
}

/// What a merge request names is shown on both ends, and so is a commit; who may not see one end sees nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_together_is_shown_on_both_ends() {
    let town = Town::new().await;
    let new = "/ann/beds/tickets/new";
    for (title, secret) in [("Beds are missing", "false"), ("Names in the log", "true")] {
        let fields = [("title", title), ("description", ""), ("confidential", secret), ("action", "open")];
        let fields = if secret == "true" { &fields[..] } else { &[fields[0], fields[1], fields[3]] };
        assert_eq!(town.author.submit(new, new, fields).await.status, 303);
    }
    let fields = [
        ("source", "rate"),
        ("target", "main"),
        ("title", "Add the rate"),
        ("body", "Closes #1, and see #2."),
    ];
    let made = town.author.submit(&format!("{LIST}/new"), &format!("{LIST}/new"), &fields).await;
    let three = made.header("location").to_owned();
    assert_eq!(three, "/ann/beds/merge-requests/3", "{}", made.text());
    let page = town.author.get(&three).await.text();
    for text in [">Closes</h2>", "#1 Beds are missing", ">Mentions</h2>", "#2 Names in the log"] {
        assert!(page.contains(text), "{text} is not in {page}");
    }
    let ticket = town.author.get("/ann/beds/tickets/1").await.text();
    assert!(ticket.contains(">Closed by</h2>") && ticket.contains("will close this with"), "{ticket}");
    let tom = town.forge.user("tom").await;
    let receiver = forge_app::Receiver::Person(super::merge_requests::name(&tom));
    town.forge.grant("ann/beds", receiver, forge_core::Permission::Read, None).await;
    let reader = town.forge.client();
    reader.sign_in("tom").await;
    let page = reader.get(&three).await.text();
    assert!(page.contains("Beds are missing") && !page.contains("Names in the log"), "{page}");
    // `!1` in a text may be a ticket.
    assert_eq!(reader.get("/ann/beds/merge-requests/1").await.header("location"), "/ann/beds/tickets/1");
    assert_eq!(reader.get("/ann/beds/merge-requests/2").await.status, 404, "confidential");
    // A commit on the default branch that names them.
    town.work.git(&["checkout", "--quiet", "main"]).unwrap();
    town.work.write("more.md", "More\n");
    town.work.git(&["add", "."]).unwrap();
    town.work.git(&["commit", "--quiet", "-m", "Prepare for !3\n\nSee #1"]).unwrap();
    town.push(&["main"]);
    let head = town.work.head();
    town.forge.app().run_due_jobs(std::time::Duration::from_secs(1)).await.unwrap();
    for path in ["/ann/beds/tickets/1", &three] {
        let page = town.author.get(path).await.text();
        assert!(page.contains(&format!("/ann/beds/commit/{head}")), "{path}: {page}");
    }
    let page = town.author.get(&format!("/ann/beds/commit/{head}")).await.text();
    assert!(page.contains("#1 Beds are missing") && page.contains("!3 Add the rate"), "{page}");
}

/// The target branch has texts to begin with, in its own places or in those of other sites.
#[tokio::test(flavor = "multi_thread")]
async fn a_merge_request_begins_with_a_template_of_its_target() {
    let town = Town::new().await;
    let form = format!("{LIST}/new?source=rate&target=main");
    assert!(!town.author.get(&form).await.text().contains("Begin with a template"));
    town.work.git(&["checkout", "--quiet", "main"]).unwrap();
    town.work.commit(".github/pull_request_template.md", "## What changes\n");
    town.push(&["main"]);
    let page = town.author.get(&form).await.text();
    assert!(page.contains("## What changes"), "the only one is taken: {page}");
    town.work.write(
        ".gitlab/merge_request_templates/data.md",
        "---\nname: Data\ntitle: 'Data: '\n---\nWho agreed?\n",
    );
    town.work.commit(".gitlab/merge_request_templates/default.md", "How was it checked?\n");
    town.push(&["main"]);
    let page = town.author.get(&form).await.text();
    assert!(page.contains("How was it checked?") && page.contains("template=data"), "{page}");
    let page = town.author.get(&format!("{form}&template=data")).await.text();
    assert!(page.contains("Who agreed?") && page.contains("value=\"Data: "), "{page}");
    let fields = [
        ("source", "rate"),
        ("target", "main"),
        ("title", "Add the rate"),
        ("body", "It is **needed**."),
        ("action", "preview"),
    ];
    let look = town.author.submit(&form, &format!("{LIST}/new"), &fields).await;
    assert!(look.status == 200 && look.text().contains("<strong>needed</strong>"), "{}", look.text());
    assert!(!town.author.get(LIST).await.text().contains("Add the rate"), "it was only looked at");
    // Another target has none of them.
    town.work.git(&["branch", "plain", "main~2"]).unwrap();
    town.push(&["plain"]);
    let page = town.author.get(&format!("{LIST}/new?source=rate&target=plain")).await.text();
    assert!(!page.contains("Begin with a template"), "{page}");
}

/// Whoever takes part, is named or asks for it hears of it; whoever has enough of it does not; looking marks it as read.
#[tokio::test(flavor = "multi_thread")]
async fn those_who_follow_a_merge_request_are_told() {
    let town = Town::new().await;
    for name in ["tom", "una"] {
        let person = town.forge.user(name).await;
        let receiver = forge_app::Receiver::Person(super::merge_requests::name(&person));
        town.forge.grant("ann/beds", receiver, forge_core::Permission::Read, None).await;
    }
    let (tom, una) = (town.forge.client(), town.forge.client());
    tom.sign_in("tom").await;
    una.sign_in("una").await;
    town.open().await;
    let run = async || town.forge.app().run_due_jobs(std::time::Duration::from_secs(1)).await.unwrap();
    run().await;
    let told = async |client: &forge_tests::Client| client.get("/notifications").await.text();
    assert!(told(&town.reviewer).await.contains("Add the rate"), "she was asked");
    assert!(!told(&tom).await.contains("Add the rate"));
    assert!(town.reviewer.get(ONE).await.text().contains("You are told of what happens here."));
    assert!(!told(&town.reviewer).await.contains("Add the rate"), "she has looked");
    let follow = async |client: &forge_tests::Client, action: &str| {
        let answer = client.submit(ONE, &format!("{ONE}/subscription"), &[("action", action)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    };
    assert!(tom.get(ONE).await.text().contains("You are not told of what happens here."));
    follow(&tom, "subscribe").await;
    follow(&town.reviewer, "mute").await;
    assert_eq!(town.review(&town.reviewer, "1", "comment", "What does @una say?").await, 303);
    run().await;
    assert!(told(&tom).await.contains("Add the rate") && told(&una).await.contains("Add the rate"));
    assert!(told(&town.author).await.contains("Add the rate"));
    let said = [("body", "One more thing")];
    assert_eq!(town.author.submit(ONE, &format!("{ONE}/comment"), &said).await.status, 303);
    run().await;
    assert!(!told(&town.reviewer).await.contains("Add the rate"), "she has enough of it");
    assert_eq!(tom.get(ONE).await.status, 200);
    town.work.commit("more.md", "More\n");
    town.push(&["rate"]);
    run().await;
    assert!(told(&tom).await.contains("Add the rate"), "there is a new version");
}
