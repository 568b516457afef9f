//! A forge in a temporary directory, and somebody who asks it for pages as a browser would.

mod everyone;
mod git;
mod pages;
mod sign_in;
mod tickets;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use forge_app::{
    AccessOptions, Ambient, App, Config, CredentialOptions, JobOptions, MaintenanceOptions, NewRepository,
    NewUser, Origin, PackStorage, PasswordCost, SignInOptions, Start, TransferLimits,
};
use forge_core::{Actor, Email, ObjectFormat, RepoPath, Secret, Username, Visibility};
use forge_store::{Options, Store};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::WebOptions;

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "three random words";
/// The address of the forge.
pub(crate) const SITE: &str = "https://forge.example";

/// A forge without a network.
pub(crate) struct Forge {
    pub(crate) app: App,
    pub(crate) router: Router,
    _dir: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }
}

impl Forge {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("forge.db").display());
        let store =
            Store::connect(&Options { url, max_readers: 4, patience: std::time::Duration::from_secs(30) })
                .await
                .unwrap();
        migrations::apply(store.connection_for_migrations()).await.unwrap();
        let config = Config {
            data_dir: dir.path().to_owned(),
            password_cost: PasswordCost { memory_kib: 8, passes: 1, at_once: 2 },
            transfers: TransferLimits::default(),
            packs: PackStorage::default(),
            jobs: JobOptions::default(),
            maintenance: MaintenanceOptions::default(),
            credentials: CredentialOptions::default(),
            sign_in: SignInOptions::default(),
            access: AccessOptions::default(),
        };
        let app = App::open(&config, store, Ambient::system()).unwrap();
        let mut options = WebOptions::new(SITE.parse().unwrap());
        options.security_contact = Some("mailto:security@forge.example".to_owned());
        options.metrics = Some(std::sync::Arc::new(|| "up 1\n".to_owned()));
        let router = crate::router(app.clone(), options);
        Self { app, router, _dir: dir }
    }

    /// Makes an account.
    pub(crate) async fn user(&self, name: &str, is_admin: bool) {
        let access = self.app.authorize_site(&Actor::System { reason: "test" }).unwrap();
        let new = NewUser {
            name: Username::new(name).unwrap(),
            display_name: String::new(),
            email: Email::new(&format!("{name}@example.org")).unwrap(),
            password: Secret::from(PASSWORD),
            is_admin,
        };
        self.app.create_user(&access, &Origin::console(), &new).await.unwrap();
    }

    /// Makes a repository with a README in it.
    pub(crate) async fn repo(&self, path: &str, visibility: Visibility) {
        let path: RepoPath = path.parse().unwrap();
        let system = Actor::System { reason: "test" };
        let owner = self.app.authorize_owner(&system, &path.owner).await.unwrap();
        let new = NewRepository {
            name: path.name.clone(),
            description: "Beds by ward".to_owned(),
            visibility,
            format: ObjectFormat::Sha1,
            start: Start { readme: true, licence: true },
        };
        self.app.create_repository(&owner, &Origin::console(), &new).await.unwrap();
    }

    /// Sends a request as it stands.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// A browser that nobody has used yet.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { forge: self, cookies: BTreeMap::new() }
    }

    /// A browser in which somebody is signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let answer = browser
            .submit("/sign-in", "/sign-in", &[("username", name), ("password", PASSWORD), ("then", "")])
            .await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        browser
    }
}

/// A browser: it keeps cookies and sends forms with the token that the page showed.
pub(crate) struct Browser<'a> {
    forge: &'a Forge,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, HeaderMap::new(), Body::empty()).await
    }

    /// Loads a page for its token, and sends a form from it.
    pub(crate) async fn submit(&mut self, page: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token(page).await;
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", token.as_str())]).collect();
        self.post(to, &fields).await
    }

    /// The token that a page shows.
    pub(crate) async fn token(&mut self, page: &str) -> String {
        let text = self.get(page).await.text();
        let token = text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        token.unwrap_or_else(|| panic!("no form in {page}: {text}")).to_owned()
    }

    /// Sends a form as it stands.
    pub(crate) async fn post(&mut self, to: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
        headers.insert(header::ORIGIN, SITE.parse().unwrap());
        headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
        self.send(Method::POST, to, headers, Body::from(body)).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).body(body).unwrap();
        *request.headers_mut() = headers;
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let answer = self.forge.send(request).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}
