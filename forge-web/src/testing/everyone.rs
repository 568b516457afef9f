//! Every route, as nobody and as somebody who has nothing to do with it.

use axum::body::Body;
use forge_core::Visibility;
use http::{HeaderMap, Method, Request, header};

use super::{Answer, Forge};
use crate::{Guard, Route, route_table};

fn address(route: &Route, owner: &str, repo: &str) -> String {
    route
        .path
        .replace("{owner}", owner)
        .replace("{repo}", repo)
        .replace("{org}", "nowhere")
        .replace("{team}", "noone")
        .replace("{person}", "olive")
        .replace("{secret}", "0000")
        .replace("{id}", "0123456")
        .replace("{*path}", "main/README.md")
        .replace("{*file}", "main.zip")
        .replace("{*pair}", "main...main")
}

fn is_git(route: &Route) -> bool {
    [
        "/info/refs",
        "/git-upload-pack",
        "/git-receive-pack",
        "/git-upload-archive",
        "/HEAD",
        "/bundles/{*file}",
        "/objects/{*path}",
        "/info/lfs/{*path}",
    ]
    .iter()
    .any(|end| route.path.ends_with(end))
}

/// Where programs ask.
const API: &str = "/api/";

fn is_api(route: &Route) -> bool {
    route.path.starts_with(API)
}

/// An answer without what differs each time.
fn compared(answer: &Answer, path: &str) -> (u16, String, String, String) {
    let request_id = answer.header("x-request-id").to_owned();
    let encoded = crate::url::encode_segment(path.as_bytes());
    let text = answer.text().replace(&request_id, "ID").replace(path, "PATH").replace(&encoded, "PATH");
    let text = without_token(&text);
    let location = answer.location().replace(&encoded, "PATH");
    (answer.status.as_u16(), location, answer.header("www-authenticate").to_owned(), text)
}

fn without_token(text: &str) -> String {
    let mut parts = text.split("name=\"csrf\" value=\"");
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        rest.push_str(part.split_once('"').map_or("", |(_, rest)| rest));
    }
    rest
}

#[tokio::test]
async fn nobody_gets_past_any_guard() {
    let forge = Forge::new().await;
    forge.user("olive", false).await;
    forge.repo("olive/secret", Visibility::Private).await;
    for route in route_table() {
        let path = address(&route, "olive", "secret");
        let answer = forge.browser().send(route.method.clone(), &path, HeaderMap::new(), Body::empty()).await;
        let expected: &[u16] = match (route.guard, &route.method) {
            _ if is_git(&route) || is_api(&route) => &[401],
            (Guard::Open, &Method::GET) => &[200, 303, 404],
            (Guard::Open, _) => &[400],
            (Guard::Link | Guard::Feed, _) => &[400, 404],
            (_, &Method::GET) => &[303],
            _ => &[401],
        };
        assert!(expected.contains(&answer.status.as_u16()), "{} {path}: {}", route.method, answer.status);
        if answer.status == 303 && route.guard != Guard::Open {
            assert!(answer.location().starts_with("/sign-in?then="), "{path} leads to {}", answer.location());
        }
        for name in [
            "x-content-type-options",
            "referrer-policy",
            "content-security-policy",
            "strict-transport-security",
        ] {
            assert!(answer.headers.contains_key(name), "{path} has no {name}");
        }
        assert!(!answer.header("x-request-id").is_empty());
    }
}

#[tokio::test]
async fn hidden_and_missing_look_alike() {
    let forge = Forge::new().await;
    forge.user("olive", false).await;
    forge.user("otto", false).await;
    forge.repo("olive/secret", Visibility::Private).await;
    for route in route_table().into_iter().filter(|route| route.path.starts_with("/{owner}/{repo}")) {
        let mut answers = Vec::new();
        for repo in ["secret", "absent"] {
            let path = address(&route, "olive", repo);
            let mut nobody = forge.browser();
            nobody.get("/sign-in").await;
            let asked = nobody.send(route.method.clone(), &path, HeaderMap::new(), Body::empty()).await;
            let mut otto = forge.signed_in("otto").await;
            let wanted = otto.send(route.method.clone(), &path, HeaderMap::new(), Body::empty()).await;
            let with_password = with_password(&forge, &route, &path, "otto").await;
            answers.push([
                compared(&asked, &path),
                compared(&wanted, &path),
                compared(&with_password, &path),
            ]);
        }
        assert_eq!(answers[0], answers[1], "{} {}", route.method, route.path);
    }
}

async fn with_password(forge: &Forge, route: &Route, path: &str, name: &str) -> Answer {
    let request = Request::builder().method(route.method.clone()).uri(path);
    let request = request.header(header::AUTHORIZATION, super::git::basic(name, super::PASSWORD));
    forge.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_page_shows_for_its_owner() {
    let forge = Forge::new().await;
    forge.user("olive", true).await;
    forge.repo("olive/beds", Visibility::Private).await;
    let mut olive = forge.signed_in("olive").await;
    for route in route_table().into_iter().filter(|route| route.method == Method::GET && !is_git(route)) {
        let path = address(&route, "olive", "beds");
        let answer = olive.get(&path).await;
        let expected: &[u16] = match route.path {
            "/{owner}/{repo}/tree/{*path}"
            | "/settings"
            | "/{owner}/{repo}/settings/transfer"
            | "/settings/second-factor/app"
            | "/.well-known/change-password"
            | "/sign-in"
            | "/sign-in/second-factor" => &[303],
            // Programs come with a token; a session does not count there.
            path if path.starts_with(API) => &[401],
            path if path.ends_with("/rendered") => &[400],
            "/{owner}/{repo}/commit/{id}"
            | "/{owner}/{repo}/commit/{id}/pick"
            | "/{owner}/{repo}/commit/{id}/file"
            | "/organisations/{org}/audit"
            | "/organisations/{org}/audit/export"
            | "/organisations/{org}/leavers/{person}"
            | "/organisations/{org}/members"
            | "/organisations/{org}/policies"
            | "/organisations/{org}/settings"
            | "/organisations/{org}/teams"
            | "/organisations/{org}/teams/{team}"
            | "/setup/{secret}"
            | "/sign-in/reset/{secret}"
            | "/sign-in/email/{secret}"
            | "/sign-in/with/{provider}/back"
            | "/unsubscribe/{secret}"
            | "/invitations/{secret}"
            | "/sign-up/{secret}"
            | "/organisations/{org}/invitations"
            | "/assets/{*path}" => &[404],
            path if path.contains("{number}") || path.starts_with("/feeds/") => &[404],
            _ => &[200],
        };
        assert!(expected.contains(&answer.status.as_u16()), "{path}: {} {}", answer.status, answer.text());
        let head = olive.send(Method::HEAD, &path, HeaderMap::new(), Body::empty()).await;
        assert_eq!((head.status, head.bytes.len()), (answer.status, 0), "HEAD {path}");
    }
}

#[tokio::test]
async fn other_methods_are_refused() {
    let forge = Forge::new().await;
    for method in ["TRACE", "CONNECT", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        for path in ["/", "/sign-in", "/nowhere/at/all", "/a/b/info/refs", "/healthz"] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let answer = forge.send(request).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("allow")),
                (405, "GET, HEAD, POST"),
                "{method} {path}"
            );
        }
    }
    for (method, path) in [
        (Method::POST, "/"),
        (Method::POST, "/healthz"),
        (Method::GET, "/sign-out"),
        (Method::GET, "/a/b/git-upload-pack"),
    ] {
        let answer = forge.browser().send(method.clone(), path, HeaderMap::new(), Body::empty()).await;
        assert_eq!(answer.status, 405, "{method} {path}");
    }
}
