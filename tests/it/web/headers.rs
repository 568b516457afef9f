//! What every answer tells browsers.

use forge_tests::{Answer, Forge};
use http::Method;

fn strict(what: &str, answer: &Answer) {
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{what}");
    assert!(answer.header("permissions-policy").contains("camera=()"), "{what}");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{what}: {policy}");
    assert!(
        !policy.contains("unsafe-") && !policy.contains('*') && !policy.contains("http"),
        "{what}: {policy}"
    );
    assert!(!answer.header("x-request-id").is_empty(), "{what}");
    for telling in ["server", "x-powered-by", "access-control-allow-origin"] {
        assert_eq!(answer.header(telling), "", "{what}: {telling}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_strict() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    work.commit("page.html", "<script>alert(1)</script>");
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "main"]).unwrap();
    let client = forge.client();
    strict("nobody's page", &client.get("/").await);
    strict("sign in", &client.get("/sign-in").await);
    strict("redirect", &client.get("/settings").await);
    strict("git, 401", &client.get("/alice/beds/info/refs?service=git-upload-pack").await);
    strict("method", &client.send(Method::PUT, "/", &[], "").await);
    client.sign_in("alice").await;
    for (path, status) in [
        ("/", 200),
        ("/alice/beds", 200),
        ("/alice/beds/raw/main/page.html", 200),
        ("/alice/beds/archive/main.zip", 200),
        ("/alice/none", 404),
        ("/no/such/page/at/all", 404),
        ("/explore?page=x", 400),
        ("/healthz", 200),
        ("/robots.txt", 200),
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        strict(path, &answer);
        let head = client.send(Method::HEAD, path, &[], "").await;
        assert_eq!((head.status, head.body.len()), (answer.status, 0), "HEAD {path}");
        strict(path, &head);
    }
    let refs = format!("x:{}", alice.token);
    let basic = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(refs)
    };
    let authorization = format!("Basic {basic}");
    let answer = forge
        .client()
        .send(
            Method::GET,
            "/alice/beds/info/refs?service=git-upload-pack",
            &[("authorization", &authorization)],
            "",
        )
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-cache, max-age=0, must-revalidate");
    strict("git, 200", &answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_kept_by_no_cache_and_assets_for_ever() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let client = forge.client();
    client.sign_in("alice").await;
    for path in ["/", "/alice/beds", "/settings/tokens", "/alice/none"] {
        let page = client.get(path).await;
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert!(page.header("vary").contains("Cookie"), "{path}");
    }
    let asset = client.get(&forge_web::asset::url("forge.css")).await;
    assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(asset.header("set-cookie"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_peoples_bytes_are_inert() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    let script = "<html><script>alert(document.cookie)</script></html>";
    for name in ["page.html", "page.xhtml", "picture.svg", "feed.xml", "code.js", "style.css", "plain.txt"] {
        work.write(name, script);
    }
    work.write("image.png", b"\x89PNG\r\n\x1a\n<script>");
    work.write("paper.pdf", b"%PDF-1.7\n<script>");
    work.commit("noext", script);
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "main"]).unwrap();
    let client = forge.client();
    client.sign_in("alice").await;
    for name in work.git(&["ls-files"]).unwrap().lines() {
        let raw = client.get(&format!("/alice/beds/raw/main/{name}")).await;
        assert_eq!(raw.status, 200, "{name}");
        assert_eq!(raw.body.as_ref(), std::fs::read(work.path().join(name)).unwrap(), "{name}");
        let policy = raw.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.ends_with("sandbox"), "{name}: {policy}");
        let kind = raw.header("content-type");
        let saved = raw.header("content-disposition").starts_with("attachment");
        let is_inert = kind == "text/plain; charset=utf-8" || kind == "image/png";
        assert!(is_inert || saved, "{name} is {kind} and shown in place");
        strict(name, &raw);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_ours_is_a_plain_page_with_a_number() {
    let mut forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "main"]).unwrap();
    forge.restart().await;
    assert!(lose_objects(forge.data()) > 0, "there are objects to lose");
    let client = forge.client();
    client.sign_in("alice").await;
    let page = client.get("/alice/beds").await;
    assert_eq!(page.status, 500, "{}", page.text());
    strict("500", &page);
    let text = page.text();
    assert!(text.contains("Sorry, there is a problem with the service"), "{text}");
    assert!(text.contains(page.header("x-request-id")), "the page names the request");
    let data = forge.data().to_str().unwrap();
    assert!(!text.contains(data) && !text.contains(".pack") && !text.contains("forge_"), "{text}");
    assert_eq!(client.get("/healthz").await.status, 200, "the rest goes on");
}

/// Removes every pack, as a disk that fails does, and says how many there were.
fn lose_objects(dir: &std::path::Path) -> usize {
    let mut lost = 0;
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            lost += lose_objects(&path);
        } else if path.extension().is_some_and(|end| end == "pack" || end == "idx") {
            std::fs::remove_file(&path).unwrap();
            lost += 1;
        }
    }
    lost
}
