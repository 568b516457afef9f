//! What happened lately: in a repository for those who read it, and by a person as far as the reader may see where.

use super::merge_requests::{ONE, Town};

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_told_to_those_who_may_see_where() {
    let town = Town::new().await;
    let new = "/ann/beds/tickets/new";
    town.open().await;
    for (title, secret) in [("Beds are missing", ""), ("Names in the log", "true")] {
        let mut fields = vec![("title", title), ("description", ""), ("action", "open")];
        fields.extend((!secret.is_empty()).then_some(("confidential", secret)));
        assert_eq!(town.author.submit(new, new, &fields).await.status, 303);
    }
    town.work.git(&["tag", "v1"]).unwrap();
    town.push(&["v1"]);
    let (status, text) = town.merge(&town.reviewer, "merge").await;
    assert_eq!(status, 303, "{text}");
    // A page of the repository names what moved, and not the repository again and again.
    let here =
        ["made tag <a href=\"/ann/beds/tree/v1\">v1</a>", "#2 Beds are missing</a>", "made branch <a href"];
    let of_ann = ["made tag v1 in", "#2 Beds are missing (ann/beds)", "made branch rate in"];
    for (page, parts) in [("/ann/beds/activity", here), ("/ann", of_ann)] {
        let text = town.reviewer.get(page).await.text();
        for part in parts.into_iter().chain(["opened the merge request"]) {
            assert!(text.contains(part), "{part} is not on {page}: {text}");
        }
        assert!(!text.contains("Names in the log"), "{page}: it is confidential");
    }
    let page = town.reviewer.get("/ann/beds/activity").await.text();
    assert!(page.contains("rosa merged <a href=\"") && page.contains(ONE), "{page}");
    assert!(town.author.get("/rosa").await.text().contains("rosa merged <a href=\""));
    // Strangers see the people, and nothing of what they did where they may not look.
    town.forge.user("sam").await;
    let stranger = town.forge.client();
    stranger.sign_in("sam").await;
    assert_eq!(stranger.get("/ann/beds/activity").await.status, 404);
    let profile = stranger.get("/ann").await;
    assert!(profile.status == 200 && !profile.text().contains("beds"), "{}", profile.text());
    for odd in ["?before=x", "?before=-1", "?before=99999999999999999999", "?before=9223372036854775807"] {
        let page = town.reviewer.get(&format!("/ann/beds/activity{odd}")).await;
        assert_eq!(page.status, 200, "{odd}");
    }
    let none = town.reviewer.get("/ann/beds/activity?before=1").await.text();
    assert!(none.contains("Nothing has happened here"), "{none}");
}
