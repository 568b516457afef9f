//! A site that is open to some networks is closed to all others, at every door.

use forge_tests::Forge;
use http::Method;

#[tokio::test(flavor = "multi_thread")]
async fn a_site_is_open_to_the_networks_that_it_names() {
    let here = || vec!["127.0.0.0/8".parse().unwrap()];
    let forge = Forge::with(|config| {
        config.access.networks = vec!["192.0.2.0/24".parse().unwrap()];
        config.http.trusted_proxies = here();
    })
    .await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let client = forge.client();
    let ask = async |from: Option<&str>, path: &str| {
        let headers: Vec<_> = from.map(|from| ("x-forwarded-for", from)).into_iter().collect();
        client.send(Method::GET, path, &headers, "").await
    };
    for path in ["/sign-in", "/robots.txt", "/alice/beds.git/info/refs?service=git-upload-pack", "/metrics"] {
        let inside = ask(Some("192.0.2.7"), path).await;
        assert_ne!(inside.status, 403, "{path}");
        for outside in [Some("198.51.100.1"), Some("192.0.2.7, 198.51.100.1"), Some("nonsense"), None] {
            let answer = ask(outside, path).await;
            assert_eq!(answer.status, 403, "{path} from {outside:?}");
            assert_eq!(answer.text(), "This site is not open to your network.\n");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }
    assert_eq!(ask(None, "/healthz").await.status, 200, "whoever watches over the process may ask");
    assert!(!alice.git(&["ls-remote", &forge.ssh("alice/beds")]).ok, "nor does SSH let anybody in");

    let forge = Forge::with(|config| config.access.networks = here()).await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    for remote in [forge.ssh("alice/beds"), forge.https(&alice, "alice/beds")] {
        assert!(alice.git(&["ls-remote", &remote]).ok, "{remote}");
    }
}
