//! Journeys through pages, as far as one can go without a browser.

use forge_core::Visibility;
use http::{HeaderMap, Method, Request, header};

use super::Forge;

#[tokio::test]
async fn somebody_makes_a_repository_and_looks_at_it() {
    let forge = Forge::new().await;
    forge.user("dev", false).await;
    let mut dev = forge.signed_in("dev").await;
    let mut fields = vec![
        ("owner", "dev"),
        ("name", "beds"),
        ("description", "Beds\r\nby ward"),
        ("visibility", "private"),
        ("licence", "mit"),
    ];
    fields.push(("readme", "true"));
    let answer = dev.submit("/new", "/new", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/dev/beds"), "{}", answer.text());
    let page = dev.get("/dev/beds").await.text();
    for text in
        ["README.md", "LICENSE", "Beds by ward", "1 commit", "1 branch", "https://forge.example/dev/beds.git"]
    {
        assert!(page.contains(text), "{text} is not in {page}");
    }
    for path in [
        "/dev/beds/tree/main",
        "/dev/beds/blob/main/README.md",
        "/dev/beds/blob/main/README.md?plain=1",
        "/dev/beds/blob/main/LICENSE",
        "/dev/beds/commits/main",
        "/dev/beds/commits/main/README.md",
        "/dev/beds/commits",
        "/dev/beds/branches",
        "/dev/beds/tags",
        "/dev/beds/settings",
        "/dev/beds/settings/delete",
        "/",
        "/explore?q=beds",
        "/dev",
    ] {
        let answer = dev.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    let history = dev.get("/dev/beds/commits/main").await.text();
    let commit = history.split("/dev/beds/commit/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = dev.get(&format!("/dev/beds/commit/{commit}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("README.md") && page.text().contains("2 files changed"));
    let again = dev.submit("/new", "/new", &fields).await;
    assert_eq!(again.status, 422);
    assert!(again.text().contains("There is a repository of this name already"));
    for path in [
        "/dev/beds/tree/nope",
        "/dev/beds/blob/main/nope",
        "/dev/beds/commit/ffffffffff",
        "/dev/beds/archive/main.rar",
        "/dev/nope",
    ] {
        assert_eq!(dev.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn uploaded_bytes_are_inert() {
    let forge = Forge::new().await;
    forge.user("dev", false).await;
    forge.repo("dev/beds", Visibility::Private).await;
    let mut dev = forge.signed_in("dev").await;
    let raw = dev.get("/dev/beds/raw/main/README.md").await;
    assert_eq!(raw.status, 200);
    assert_eq!(raw.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(raw.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(raw.header("cache-control"), "private, no-cache");
    assert_eq!(raw.header("content-disposition"), "inline; filename=\"README.md\"");
    assert_eq!(raw.header("content-length"), raw.bytes.len().to_string());
    let etag: HeaderMap =
        [(header::IF_NONE_MATCH, raw.header("etag").parse().unwrap())].into_iter().collect();
    let again =
        dev.send(Method::GET, "/dev/beds/raw/main/README.md", etag.clone(), axum::body::Body::empty()).await;
    assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
    let nobody = forge
        .browser()
        .send(Method::GET, "/dev/beds/raw/main/README.md", etag, axum::body::Body::empty())
        .await;
    assert_eq!(nobody.status, 303, "permission comes before what the browser knows");
    let saved = dev.get("/dev/beds/raw/main/README.md?download=1").await;
    assert!(saved.header("content-disposition").starts_with("attachment"));
    let zip = dev.get("/dev/beds/archive/main.zip").await;
    assert_eq!((zip.status.as_u16(), zip.header("content-type")), (200, "application/zip"));
    assert_eq!(zip.header("content-disposition"), "attachment; filename=\"beds-main.zip\"");
    assert!(zip.bytes.starts_with(b"PK\x03\x04"));
}

#[tokio::test]
async fn settings_change_what_they_say() {
    let forge = Forge::new().await;
    forge.user("dev", false).await;
    forge.user("una", false).await;
    forge.repo("dev/beds", Visibility::Private).await;
    let mut dev = forge.signed_in("dev").await;
    let mut una = forge.signed_in("una").await;
    let settings = "/dev/beds/settings";
    assert_eq!(una.get("/dev/beds").await.status, 404);
    let visibility = "/dev/beds/settings/visibility";
    let fields = [("visibility", "internal"), ("reason", "For all")];
    let answer = dev.submit(settings, visibility, &fields).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, visibility));
    assert_eq!(una.get("/dev/beds").await.status, 200);
    assert_eq!(una.get(settings).await.status, 403, "visible, but not hers");
    let answer = dev
        .submit(
            settings,
            "/dev/beds/settings/general",
            &[("description", "All beds"), ("default_branch", "main")],
        )
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let answer = dev
        .submit(settings, "/dev/beds/settings/general", &[("description", "All"), ("default_branch", "nope")])
        .await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    let answer = dev.submit(settings, "/dev/beds/settings/rename", &[("name", "wards")]).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/dev/wards/settings"));
    let moved = una.get("/dev/beds/blob/main/README.md?plain=1").await;
    assert_eq!((moved.status.as_u16(), moved.location()), (301, "/dev/wards/blob/main/README.md?plain=1"));
    let answer =
        dev.submit("/dev/wards/settings", "/dev/wards/settings/archive", &[("archived", "true")]).await;
    assert_eq!(answer.status, 303);
    let wrong = dev
        .submit("/dev/wards/settings/delete", "/dev/wards/settings/delete", &[("confirmation", "wards")])
        .await;
    assert_eq!(wrong.status, 422);
    let gone = dev
        .submit("/dev/wards/settings/delete", "/dev/wards/settings/delete", &[("confirmation", "dev/wards")])
        .await;
    assert_eq!((gone.status.as_u16(), gone.location()), (303, "/"));
    assert_eq!(dev.get("/dev/wards").await.status, 404);
}

#[tokio::test]
async fn organisations_tokens_keys_and_people() {
    let forge = Forge::new().await;
    forge.user("ada", true).await;
    forge.user("una", false).await;
    let mut ada = forge.signed_in("ada").await;
    let fields = [
        ("display_name", "Anytown Hospitals"),
        ("name", "anytown"),
        ("description", ""),
        ("ods_code", "rx1"),
    ];
    let answer = ada.submit("/organisations/new", "/organisations/new", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/anytown"), "{}", answer.text());
    let members = "/organisations/anytown/members";
    let answer =
        ada.submit(members, members, &[("action", "save"), ("username", "una"), ("role", "developer")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let answer =
        ada.submit(members, members, &[("action", "save"), ("username", "who"), ("role", "developer")]).await;
    assert!(answer.status == 422 && answer.text().contains("There is no person of this name."));
    let page = ada.get("/anytown").await.text();
    assert!(page.contains("Anytown Hospitals") && page.contains("RX1") && page.contains("2 members"));

    let tokens = "/settings/tokens";
    let made = [
        ("action", "create"),
        ("name", "laptop"),
        ("scope", "repository:read"),
        ("scope", "repository:write"),
        ("lifetime", "90"),
    ];
    let answer = ada.submit(tokens, tokens, &made).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let token = answer.text().split("value=\"forge_").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(!ada.get(tokens).await.text().contains(&token), "shown once");
    let none =
        ada.submit(tokens, tokens, &[("action", "create"), ("name", "laptop"), ("lifetime", "90")]).await;
    assert_eq!(none.status, 422);

    let keys = "/settings/ssh-keys";
    let bad = ada.submit(keys, keys, &[("action", "add"), ("name", "laptop"), ("key", "ssh-dss AAAA")]).await;
    assert_eq!(bad.status, 422);

    let people = "/admin/people";
    let answer = ada.submit(people, people, &[("id", "una"), ("action", "disable")]).await;
    assert_eq!(answer.status, 303);
    let mut una = forge.browser();
    let fields = [("username", "una"), ("password", super::PASSWORD), ("then", "")];
    assert_eq!(una.submit("/sign-in", "/sign-in", &fields).await.status, 422);
}

#[tokio::test]
async fn odd_addresses_and_packed_pages() {
    let forge = Forge::new().await;
    forge.user("dev", false).await;
    forge.repo("dev/beds", Visibility::Private).await;
    let mut dev = forge.signed_in("dev").await;
    for path in [
        "/dev/beds/raw/main/../../../etc/passwd",
        "/dev/beds/raw/main/%2e%2e/x",
        "/dev/beds/raw/main/%252e%252e/x",
        "/dev/beds/raw/main/..%5cx",
        "/dev/beds/raw/main/a%00b",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/x",
        "/settings/x.css",
        "/dev/beds/tree/%ff%fe",
        "/%2e%2e/%2e%2e",
        "/dev//beds",
    ] {
        let answer = dev.get(path).await;
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{path}: {}", answer.status);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let twice = dev.get("/explore?page=1&page=2").await;
    assert_eq!(twice.status, 400);
    let cookies =
        dev.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let request = Request::builder()
        .uri("/help")
        .header(header::ACCEPT_ENCODING, "gzip, br")
        .header(header::COOKIE, cookies);
    let packed = forge.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert!(!packed.header("content-encoding").is_empty());
    let health = forge.browser().get("/healthz").await;
    assert_eq!((health.status.as_u16(), health.text().as_str()), (200, "ok\n"));
    assert_eq!(forge.browser().get("/readyz").await.status, 200);
    assert!(forge.browser().get("/metrics").await.text().contains("up 1"));
    assert!(
        forge
            .browser()
            .get("/.well-known/security.txt")
            .await
            .text()
            .contains("Contact: mailto:security@forge.example\n")
    );
}
