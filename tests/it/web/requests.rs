//! Requests that no browser makes by itself.

use forge_tests::Forge;
use http::Method;

#[tokio::test(flavor = "multi_thread")]
async fn only_known_methods_are_answered() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let client = forge.client();
    client.sign_in("alice").await;
    for method in ["TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "BREW"] {
        for path in
            ["/", "/sign-in", "/settings/profile", "/alice/beds/info/refs", "/healthz", "/none/at/all"]
        {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let secret = [("x-secret", "do not echo me")];
            let answer = client.send(method.clone(), path, &secret, "").await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), "GET, HEAD, POST", "{method} {path}");
            assert!(!answer.text().contains("do not echo me"));
        }
    }
    for (method, path) in [(Method::POST, "/"), (Method::POST, "/explore"), (Method::GET, "/sign-out")] {
        let answer = client.send(method.clone(), path, &[], "").await;
        assert_eq!(answer.status, 405, "{method} {path}");
    }
    let changed = [("x-http-method-override", "POST"), ("x-method-override", "POST")];
    assert_eq!(client.send(Method::GET, "/sign-out", &changed, "").await.status, 405);
    assert_eq!(client.get("/settings/profile").await.status, 200, "still signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_lead_nowhere_but_where_they_say() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "main"]).unwrap();
    std::fs::write(forge.data().join("secret.txt"), "root:x:0:0").unwrap();
    let client = forge.client();
    client.sign_in("alice").await;
    let climbs = [
        "../../../../../../etc/passwd",
        "..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
        "..%5c..%5csecret.txt",
        "..%c0%af..%c0%afetc/passwd",
        "%c0%ae%c0%ae/secret.txt",
        "....//....//secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        ".git/config",
        "README.md%00.png",
        "README.md/..",
        "./README.md",
        "%zz",
        "%",
        "..;/secret.txt",
    ];
    for climb in climbs {
        for start in [
            "/alice/beds/raw/main/",
            "/alice/beds/blob/main/",
            "/alice/beds/tree/main/",
            "/alice/beds/commits/main/",
            "/alice/beds/archive/",
            "/alice/beds/raw/",
            "/assets/",
            "/assets/vendor/",
            "/alice/beds/objects/",
            "/alice/",
            "/setup/",
        ] {
            let path = format!("{start}{climb}");
            let answer = client.get(&path).await;
            let status = answer.status.as_u16();
            assert!(matches!(status, 303 | 400 | 401 | 404), "{path}: {status}");
            assert!(!answer.text().contains("root:x:0:0"), "{path}");
            if status == 303 {
                assert!(answer.header("location").starts_with("/alice/beds"), "{path}: {:?}", answer.headers);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_addresses_have_limits() {
    let forge = Forge::new().await;
    let client = forge.client();
    let names: Vec<String> = (0..150).map(|number| format!("x-header-{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    assert_eq!(client.send(Method::GET, "/help", &many, "").await.status, 431);
    let large = "x".repeat(100 * 1024);
    assert_eq!(client.send(Method::GET, "/help", &[("x-large", &large)], "").await.status, 431);
    let path = format!("/{}", "a".repeat(60 * 1024));
    assert!(!client.get(&path).await.status.is_server_error());
    assert_eq!(client.get("/help").await.status, 200, "and the next request is served");
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_that_make_no_sense_are_refused() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let client = forge.client();
    client.sign_in("alice").await;
    for path in [
        "/explore?page=1&page=2",
        "/explore?page=-1",
        "/explore?page=99999999999999999999",
        "/explore?sort=%00",
    ] {
        let status = client.get(path).await.status.as_u16();
        assert!(matches!(status, 200 | 400 | 404), "{path}: {status}");
    }
    assert_eq!(client.get("/explore?page=1&page=2").await.status, 400);
    let long = "q".repeat(10_000);
    assert!(!client.get(&format!("/explore?q={long}")).await.status.is_server_error());
    for odd in ["%25", "_", "'%20OR%201=1--", "%00", "%F0%9F%92%A9", "\\"] {
        let answer = client.get(&format!("/explore?q={odd}")).await;
        assert!(matches!(answer.status.as_u16(), 200 | 400), "{odd}: {}", answer.status);
    }
}
