//! The git door without a network: credentials, permissions, content types, odd requests.

use axum::body::Body;
use base64::Engine as _;
use forge_app::NewToken;
use forge_core::{Actor, Scopes, Username, Visibility};
use http::{Request, header};

use super::{Answer, Forge, PASSWORD};

/// The header for a name and a password.
pub(super) fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}")))
}

async fn get(forge: &Forge, path: &str, authorization: &str) -> Answer {
    let request = Request::builder().uri(path).header(header::AUTHORIZATION, authorization);
    forge.send(request.body(Body::empty()).unwrap()).await
}

async fn post(forge: &Forge, path: &str, authorization: &str, kind: &str, body: &'static str) -> Answer {
    let request = Request::post(path).header(header::AUTHORIZATION, authorization);
    let request = request.header(header::CONTENT_TYPE, kind);
    forge.send(request.body(Body::from(body)).unwrap()).await
}

async fn token(forge: &Forge, name: &str, scopes: &str) -> String {
    let access = forge.app.authorize_site(&Actor::System { reason: "test" }).unwrap();
    let (name_of_it, scopes) = ("laptop".to_owned(), scopes.parse::<Scopes>().unwrap());
    let new = NewToken { name: name_of_it, scopes, days: 1, only: Vec::new() };
    let name = Username::new(name).unwrap();
    let (token, _) =
        forge.app.create_token_for(&access, &forge_app::Origin::console(), &name, &new).await.unwrap();
    token.expose().clone()
}

#[tokio::test]
async fn all_ways_to_sign_in_lead_to_the_refs() {
    let forge = Forge::new().await;
    forge.user("olive", false).await;
    forge.repo("olive/beds", Visibility::Private).await;
    let token = token(&forge, "olive", "repository:read").await;
    let refs = "/olive/beds.git/info/refs?service=git-upload-pack";
    for authorization in [
        basic("olive", PASSWORD),
        basic("olive", &token),
        basic("x", &token),
        basic(&token, ""),
        format!("Bearer {token}"),
        format!("token {token}"),
    ] {
        let answer = get(&forge, refs, &authorization).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/x-git-upload-pack-advertisement");
        assert_eq!(answer.header("cache-control"), "no-cache, max-age=0, must-revalidate");
        assert!(answer.text().starts_with("001e# service=git-upload-pack\n0000"));
        assert!(answer.text().contains("refs/heads/main"));
    }
    for wrong in [
        basic("olive", "wrong"),
        basic("olive", ""),
        "Bearer forge_nonsense".to_owned(),
        "Basic ???".to_owned(),
    ] {
        let answer = get(&forge, refs, &wrong).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), "Basic realm=\"Gitea\", charset=\"UTF-8\"");
    }
}

#[tokio::test]
async fn a_path_does_what_it_says_and_nothing_else() {
    let forge = Forge::new().await;
    forge.user("olive", false).await;
    forge.repo("olive/beds", Visibility::Private).await;
    let reader = basic("olive", &token(&forge, "olive", "repository:read").await);
    let writer = basic("olive", &token(&forge, "olive", "repository:write").await);
    let receive = "application/x-git-receive-pack-request";
    for path in ["/olive/beds/git-receive-pack", "/olive/beds/git-receive-pack?service=git-upload-pack"] {
        let answer = post(&forge, path, &reader, receive, "0000").await;
        assert_eq!(answer.status, 403, "a token that reads does not push");
        assert!(answer.text().contains("not push"), "{}", answer.text());
        let probe = post(&forge, path, &writer, receive, "0000").await;
        assert_eq!(
            (probe.status.as_u16(), probe.header("content-type")),
            (200, "application/x-git-receive-pack-result")
        );
    }
    let advertised = get(&forge, "/olive/beds/info/refs?service=git-receive-pack", &reader).await;
    assert_eq!(advertised.status, 403);
    let wrong =
        post(&forge, "/olive/beds/git-upload-pack?service=git-receive-pack", &writer, receive, "0000").await;
    assert_eq!(wrong.status, 400, "decided by the path, so the type is wrong");
    let form = post(&forge, "/olive/beds/git-upload-pack", &writer, "text/plain", "0000").await;
    assert_eq!(form.status, 400);
}

#[tokio::test]
async fn the_old_protocol_is_told_why_not() {
    let forge = Forge::new().await;
    forge.user("olive", false).await;
    forge.user("otto", false).await;
    forge.repo("olive/beds", Visibility::Private).await;
    for path in ["/olive/beds/info/refs", "/olive/beds/HEAD", "/olive/beds.git/objects/info/packs"] {
        let answer = get(&forge, path, &basic("olive", PASSWORD)).await;
        assert_eq!(answer.status, 403);
        assert!(answer.text().contains("smart protocol"));
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(
            get(&forge, path, &basic("otto", PASSWORD)).await.status,
            404,
            "what is hidden stays hidden"
        );
    }
    assert_eq!(
        get(&forge, "/olive/beds/info/refs?service=git-frotz", &basic("olive", PASSWORD)).await.status,
        400
    );
}

#[tokio::test]
async fn clones_follow_a_repository_that_moved() {
    let forge = Forge::new().await;
    forge.user("olive", false).await;
    forge.repo("olive/beds", Visibility::Private).await;
    let access =
        forge.app.authorize(&Actor::System { reason: "test" }, &"olive/beds".parse().unwrap()).await.unwrap();
    forge
        .app
        .rename_repository(&access, &forge_app::Origin::console(), &"wards".parse().unwrap())
        .await
        .unwrap();
    let asked = "/olive/beds.git/info/refs?service=git-upload-pack";
    let answer = get(&forge, asked, &basic("olive", PASSWORD)).await;
    assert_eq!(answer.status, 301);
    assert_eq!(answer.location(), "/olive/wards.git/info/refs?service=git-upload-pack");
    assert_eq!(get(&forge, asked, "").await.status, 401, "only for those who may read it");
    let cased =
        get(&forge, "/Olive/Wards/info/refs?service=git-upload-pack", &basic("olive", PASSWORD)).await;
    assert_eq!(cased.status, 200);
}

#[tokio::test]
async fn a_body_that_is_not_what_it_says_is_refused() {
    let forge = Forge::new().await;
    forge.user("olive", false).await;
    forge.repo("olive/beds", Visibility::Private).await;
    for (encoding, body, status) in [("gzip", "not gzip at all", 400), ("br", "", 400)] {
        let request = Request::post("/olive/beds/git-upload-pack")
            .header(header::AUTHORIZATION, basic("olive", PASSWORD))
            .header(header::CONTENT_TYPE, "application/x-git-upload-pack-request")
            .header(header::CONTENT_ENCODING, encoding);
        let answer = forge.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, status, "{encoding}: {}", answer.text());
    }
}
