//! Suggestions that are applied together, as one commit.

use super::merge_requests::{ONE, Town, hex};

const STAY: &str = "R/stay.R";

/// Puts a file with Windows line endings and without a last one on the branch, and opens the merge request.
async fn town() -> Town {
    let town = Town::new().await;
    town.work.commit(STAY, "a <- 1\r\nb <- 2\r\nc <- 3");
    town.push(&["rate"]);
    town.open().await;
    town
}

/// Suggests something in place of a line.
async fn suggest(town: &Town, line: &str, instead: &str) {
    let form = format!("{ONE}/comment?version=1&side=new&path={}&line={line}", hex(STAY));
    let body = format!("Better:\r\n```suggestion\r\n{instead}\r\n```\r\n");
    let path = hex(STAY);
    let fields =
        [("version", "1"), ("side", "new"), ("path", &path), ("start", line), ("end", line), ("body", &body)];
    let said = town.reviewer.submit(&form, &format!("{ONE}/comment"), &fields).await;
    assert_eq!(said.status, 303, "{}", said.text());
}

/// What names the suggestions that can be chosen on the page, in their order.
async fn choices(town: &Town) -> Vec<String> {
    let page = town.author.get(ONE).await.text();
    let found = page.split("form=\"batch\" name=\"suggestion\" type=\"checkbox\" value=\"").skip(1);
    found.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn apply(town: &Town, which: &[&String]) -> (u16, String) {
    let fields: Vec<(&str, &str)> = which.iter().map(|value| ("suggestion", value.as_str())).collect();
    let answer = town.author.submit(ONE, &format!("{ONE}/suggestions"), &fields).await;
    (answer.status.as_u16(), answer.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn several_become_one_commit_that_keeps_line_endings() {
    let town = Box::pin(town()).await;
    suggest(&town, "1", "a <- 10").await;
    assert!(choices(&town).await.is_empty(), "there is nothing to choose from");
    suggest(&town, "3", "c <- 30").await;
    let found = choices(&town).await;
    assert_eq!(found.len(), 2);
    let (status, text) = apply(&town, &[&found[0], &found[1]]).await;
    assert_eq!(status, 303, "{text}");
    let remote = town.forge.https(&town.ann, "ann/beds");
    town.work.git(&["pull", "--quiet", &remote, "rate"]).unwrap();
    let bytes = std::fs::read(town.work.path().join(STAY)).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), "a <- 10\r\nb <- 2\r\nc <- 30");
    let log = town.work.git(&["log", "-1", "--format=%an%n%B"]).unwrap();
    assert!(log.contains("Apply 2 suggestions") && log.matches("Co-authored-by: ").count() == 1, "{log}");
    let page = town.author.get(ONE).await.text();
    assert!(
        page.matches(">Applied<").count() == 2 && page.contains("applied suggestions, version 2"),
        "{page}"
    );
    let (status, text) = apply(&town, &[&found[0]]).await;
    assert!(status == 422 && text.contains("This suggestion was applied already."), "{text}");
}

/// Whoever made a suggestion changes it until it is applied, and nobody applies what they have not seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_changed_until_it_is_applied() {
    let town = Box::pin(town()).await;
    suggest(&town, "1", "a <- 10").await;
    let value = |page: &str| {
        let (_, rest) = page.split_once("name=\"suggestion\" value=\"").expect("a button");
        rest.split('"').next().unwrap().to_owned()
    };
    let seen = value(&town.author.get(ONE).await.text());
    let comment = seen.split(':').next().unwrap();
    let edit = format!("{ONE}/comments/{comment}/edit");
    assert!(town.reviewer.get(ONE).await.text().contains(&edit), "its author may change it");
    let form = town.reviewer.get(&edit).await.text();
    assert!(
        form.contains("```suggestion") && form.contains("a &lt;- 10") || form.contains("a &#60;- 10"),
        "{form}"
    );
    let body = "Even better:\n```suggestion\na <- 12\n```";
    let fields = [("action", "preview"), ("body", body)];
    assert_eq!(town.reviewer.submit(&edit, &edit, &fields).await.status, 200);
    let saved = town.reviewer.submit(&edit, &edit, &[("action", "save"), ("body", body)]).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let (status, text) = apply(&town, &[&seen]).await;
    assert!(status == 422 && text.contains("changed since you looked"), "{text}");
    let page = town.author.get(ONE).await.text();
    assert!(
        !page.contains("a &lt;- 10") && !page.contains("a &#60;- 10"),
        "the first lines are gone: {page}"
    );
    let (status, text) = apply(&town, &[&value(&page)]).await;
    assert_eq!(status, 303, "{text}");
    let remote = town.forge.https(&town.ann, "ann/beds");
    town.work.git(&["pull", "--quiet", &remote, "rate"]).unwrap();
    assert!(std::fs::read_to_string(town.work.path().join(STAY)).unwrap().starts_with("a <- 12\r\n"));
    assert!(!town.reviewer.get(ONE).await.text().contains(&edit), "what was applied stays as it was");
    let late = town.reviewer.submit(ONE, &edit, &[("action", "save"), ("body", "Nothing")]).await;
    assert!(late.status == 422 && late.text().contains("was applied"), "{}", late.text());
}

/// Either all of them are applied or none, and the page says why.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_with_the_reason() {
    let town = Box::pin(town()).await;
    for (line, instead) in [("1", "a <- 10"), ("1", "a <- 11"), ("2", "b <- 20"), ("3", "c <- 30")] {
        suggest(&town, line, instead).await;
    }
    let found = choices(&town).await;
    assert_eq!(found.len(), 4);
    let (status, text) = apply(&town, &[]).await;
    assert!(status == 422 && text.contains("Choose between 1 and 100 suggestions."), "{text}");
    let (status, text) = apply(&town, &[&found[0], &found[1], &found[2]]).await;
    assert!(status == 422 && text.contains("two of the suggestions are about line 1"), "{text}");
    let (status, text) = apply(&town, &[&found[0], &found[0]]).await;
    assert!(status == 422 && text.contains("two of the suggestions are about line 1"), "{text}");
    // Line 2 changes meanwhile: the suggestion for it is outdated, and those beside it are not applied either.
    town.work.commit(STAY, "a <- 1\r\nb <- 5\r\nc <- 3");
    town.push(&["rate"]);
    let (status, text) = apply(&town, &[&found[0], &found[2]]).await;
    assert!(status == 422 && text.contains("have changed since"), "{text}");
    // A resolved thread has said its last word.
    let page = town.author.get(ONE).await.text();
    let thread = page.split("name=\"thread\" value=\"thread-").nth(1).unwrap().split('"').next().unwrap();
    let fields = [("thread", thread), ("action", "resolve")];
    assert_eq!(town.author.submit(ONE, &format!("{ONE}/thread"), &fields).await.status, 303);
    let (status, text) = apply(&town, &[&found[0], &found[3]]).await;
    assert!(status == 422 && text.contains("The thread is resolved."), "{text}");
    let close = town.author.submit(ONE, &format!("{ONE}/state"), &[("action", "close")]).await;
    assert_eq!(close.status, 303);
    let (status, text) = apply(&town, &[&found[3]]).await;
    assert!(status == 422 && text.contains("It is merged or closed"), "{text}");
    let remote = town.forge.https(&town.ann, "ann/beds");
    let head = town.work.git(&["ls-remote", &remote, "refs/heads/rate"]).unwrap();
    assert!(head.starts_with(town.work.head().trim()), "nothing was applied: {head}");
}
