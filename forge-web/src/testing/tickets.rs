//! Tickets as people use them, without scripts.

use forge_core::Visibility;
use http::{HeaderMap, Method, header};

use super::Forge;

const TICKETS: &str = "/dev/beds/tickets";
const NEW: &str = "/dev/beds/tickets/new";

async fn town() -> Forge {
    let forge = Forge::new().await;
    for name in ["dev", "una"] {
        forge.user(name, false).await;
    }
    forge.repo("dev/beds", Visibility::Internal).await;
    forge
}

#[tokio::test]
async fn somebody_asks_and_somebody_answers() {
    let forge = town().await;
    let (mut dev, mut una) = (forge.signed_in("dev").await, forge.signed_in("una").await);
    assert!(una.get(TICKETS).await.text().contains("There are no open tickets."));
    let form = [("title", "Ward A is missing"), ("description", "Since **Monday**, @dev")];
    let preview: Vec<_> = form.into_iter().chain([("action", "preview")]).collect();
    let answer = una.submit(NEW, NEW, &preview).await;
    assert!(answer.status == 200 && answer.text().contains("<strong>Monday</strong>"), "{}", answer.text());
    let open: Vec<_> = form.into_iter().chain([("action", "open")]).collect();
    let answer = una.submit(NEW, NEW, &open).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/dev/beds/tickets/1"));
    let empty = una.submit(NEW, NEW, &[("title", " "), ("description", ""), ("action", "open")]).await;
    assert!(empty.status == 422 && empty.text().contains("Enter something."), "{}", empty.text());

    let one = "/dev/beds/tickets/1";
    forge.app.run_due_jobs(std::time::Duration::from_secs(1)).await.unwrap();
    assert!(dev.get("/").await.text().contains("Notifications (1<span"), "she named him");
    let list = dev.get("/notifications").await.text();
    assert!(list.contains("Ward A is missing") && list.contains("your name was mentioned"), "{list}");
    let page = dev.get(one).await.text();
    assert!(page.contains("<strong>Monday</strong>") && page.contains("href=\"/dev\""), "{page}");
    assert!(!dev.get("/").await.text().contains("Notifications (1"), "he has looked");

    let say = "/dev/beds/tickets/1/comment";
    let look = dev.submit(one, say, &[("action", "preview"), ("body", "Looking, see **#1**")]).await;
    assert!(look.status == 200 && look.text().contains("How it will look"), "{}", look.text());
    assert!(!una.get(one).await.text().contains("Looking"), "nobody else sees it yet");
    let said = dev.submit(one, say, &[("action", "comment"), ("body", "Looking, see #1")]).await;
    assert!(
        said.status == 303 && said.location().starts_with("/dev/beds/tickets/1#comment-"),
        "{}",
        said.text()
    );
    let nothing = dev.submit(one, say, &[("action", "comment"), ("body", "")]).await;
    assert!(nothing.status == 422 && nothing.text().contains("Write something first."));
    let id = said.location().split("comment-").nth(1).unwrap().to_owned();
    let edit = format!("{one}/comments/{id}/edit");
    assert_eq!(una.get(&edit).await.status, 403, "not hers");
    let answer = dev.submit(&edit, &edit, &[("action", "save"), ("body", "Found it")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let closed = una.submit(one, say, &[("action", "close"), ("body", "Thank you")]).await;
    assert_eq!(closed.status, 303, "{}", closed.text());
    let page = una.get(one).await.text();
    for text in ["Found it", "Thank you", "closed it", "Open again", "changed"] {
        assert!(page.contains(text), "{text} is not in {page}");
    }
    assert!(una.get(TICKETS).await.text().contains("Closed (1)"));
    assert!(una.get("/dev/beds/tickets?q=is:closed+ward").await.text().contains("Ward A is missing"));
    let delete = format!("{one}/comments/{id}/delete");
    assert_eq!(una.submit(one, &delete, &[]).await.status, 403, "not hers");
    assert_eq!(dev.submit(one, &delete, &[]).await.status, 303);
    assert!(!una.get(one).await.text().contains("Found it"));
    for path in ["/dev/beds/tickets/2", "/dev/beds/tickets/01", "/dev/beds/tickets/x", "/dev/beds/tickets/0"]
    {
        assert_eq!(una.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn those_who_push_sort_tickets() {
    let forge = town().await;
    let (mut dev, mut una) = (forge.signed_in("dev").await, forge.signed_in("una").await);
    let labels = "/dev/beds/labels";
    let fault = [("action", "add"), ("name", "fault"), ("colour", "red"), ("description", "Broken")];
    assert_eq!(dev.submit(labels, labels, &fault).await.status, 303);
    let again = dev.submit(labels, labels, &fault).await;
    assert!(again.status == 422 && again.text().contains("There is a label of this name already."));
    let token = una.token(NEW).await;
    let fields: Vec<_> = fault.into_iter().chain([("csrf", token.as_str())]).collect();
    assert_eq!(una.post(labels, &fields).await.status, 403);
    let milestones = "/dev/beds/milestones";
    let plan = [("action", "add"), ("title", "Winter plan"), ("description", ""), ("due", "2020-01-31")];
    assert_eq!(dev.submit(milestones, milestones, &plan).await.status, 303);
    let bad = [("action", "add"), ("title", "x"), ("description", ""), ("due", "soon")];
    assert_eq!(dev.submit(milestones, milestones, &bad).await.status, 422);
    let page = dev.get(milestones).await.text();
    assert!(page.contains("31 January 2020") && page.contains("Late"), "{page}");

    let open = [("title", "First"), ("description", ""), ("action", "open")];
    assert_eq!(una.submit(NEW, NEW, &open).await.status, 303);
    let sort = "/dev/beds/tickets/1/sort";
    assert_eq!(una.get(sort).await.status, 403);
    let form = dev.get(sort).await.text();
    let value = |before: &str| form.split(before).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let label = value("name=\"labels\" type=\"checkbox\" value=\"");
    let milestone = value("<option value=\"\" selected>No milestone</option>\n    \n    <option value=\"");
    let fields = [
        ("labels", label.as_str()),
        ("assignees", "@una, dev"),
        ("milestone", &milestone),
        ("locked", "true"),
    ];
    let answer = dev.submit(sort, sort, &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let page = una.get("/dev/beds/tickets/1").await.text();
    for text in ["fault", "Winter plan", "assigned una, dev", "This ticket is locked"] {
        assert!(page.contains(text), "{text} is not in {page}");
    }
    let wrong = dev.submit(sort, sort, &[("assignees", "nobody-here")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("Nobody called nobody-here"), "{}", wrong.text());
    let found =
        una.get("/dev/beds/tickets?q=label:fault+assignee:@me+milestone:%22winter+plan%22").await.text();
    assert!(found.contains(">First</a>"), "{found}");
    let odd = una.get("/dev/beds/tickets?q=label:none+is:purple").await.text();
    assert!(odd.contains("There is not a label none.") && odd.contains("means nothing here"), "{odd}");
}

/// The very page that a missing one gives, and no trace in lists.
#[tokio::test]
async fn a_confidential_ticket_looks_like_none() {
    let forge = town().await;
    let (mut dev, mut una) = (forge.signed_in("dev").await, forge.signed_in("una").await);
    let secret =
        [("title", "Leaked names"), ("description", ""), ("confidential", "true"), ("action", "open")];
    assert_eq!(dev.submit(NEW, NEW, &secret).await.status, 303);
    assert!(dev.get(TICKETS).await.text().contains("Leaked names"));
    let list = una.get("/dev/beds/tickets?q=is:all").await.text();
    assert!(!list.contains("Leaked") && list.contains("Open (0)"), "{list}");
    let (hidden, missing) = (una.get("/dev/beds/tickets/1").await, una.get("/dev/beds/tickets/7").await);
    assert_eq!((hidden.status.as_u16(), missing.status.as_u16()), (404, 404));
    assert_eq!(hidden.text().len(), missing.text().len());
}

#[tokio::test]
async fn a_mail_is_answered_with_one_click_and_choices_are_kept() {
    let forge = town().await;
    let mut una = forge.signed_in("una").await;
    let settings = "/settings/notifications";
    assert_eq!(una.submit(settings, settings, &[("mail", "digest")]).await.status, 303);
    assert_eq!(una.submit(settings, settings, &[("mail", "purple")]).await.status, 400);
    let page = una.get(settings).await.text();
    let digest = page.split("value=\"digest\"").nth(1).unwrap();
    assert!(digest.starts_with(" checked"), "{page}");
    assert_eq!(una.submit(TICKETS, "/dev/beds/watch", &[("level", "all")]).await.status, 303);
    let wrong = format!("/unsubscribe/{}", "0".repeat(120));
    assert_eq!(forge.browser().get(&wrong).await.status, 404);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
    let click = axum::body::Body::from("List-Unsubscribe=One-Click");
    let answer = forge.browser().send(Method::POST, &wrong, headers, click).await;
    assert_eq!(answer.status, 404, "{}", answer.text());
}
