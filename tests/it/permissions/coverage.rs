//! Every route there is, as every kind of visitor. A new route whose address this test cannot fill in fails it.

use base64::Engine as _;
use forge_app::{NewMergeRequest, Origin};
use forge_core::{Permission, RefName};
use forge_tests::{Answer, Client, Forge, Person};
use forge_web::{Guard, Route, route_table};
use http::Method;

use super::town::{browser_of, fill};

/// A town with one private repository in it, whose names stand for the placeholders of addresses.
struct Fixture {
    forge: Forge,
    head: String,
    tokens: Tokens,
}

struct Tokens {
    stranger: String,
    reading: String,
    writing: String,
}

impl Fixture {
    async fn new() -> Self {
        let forge = Forge::new().await;
        let olive = forge.user("olive").await;
        let otto = forge.user("otto").await;
        forge.admin("ada").await;
        forge.org("anytown", &[&olive]).await;
        forge.team("anytown", "beds", None, &[&olive]).await;
        forge.repo(&olive, "beds").await;
        let head = fill(&forge, &olive, "olive/beds");
        let client = forge.client();
        client.sign_in("olive").await;
        let ticket = [("title", "First"), ("description", ""), ("action", "open")];
        let answer = client.submit("/olive/beds/tickets/new", "/olive/beds/tickets/new", &ticket).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        ask_for_a_merge(&forge, &olive).await;
        let reading = forge.token("olive", "repository:read").await;
        let tokens = Tokens { stranger: otto.token, reading, writing: olive.token };
        Self { forge, head, tokens }
    }

    /// An address of the route, with a repository of this name. Fails for a placeholder that is not known here.
    fn address(&self, route: &Route, repo: &str) -> String {
        let path = match route.path {
            "/assets/{*path}" => return forge_web::asset::url("forge.css"),
            "/{owner}/{repo}/objects/{*path}" => "/{owner}/{repo}/objects/info/packs",
            "/{owner}/{repo}/info/lfs/{*path}" => "/{owner}/{repo}/info/lfs/objects/batch",
            "/{owner}/{repo}/info/refs" => "/{owner}/{repo}/info/refs?service=git-upload-pack",
            // A tree is a directory, and the root is the only one here.
            "/{owner}/{repo}/tree/{*path}" => "/{owner}/{repo}/tree/main",
            "/{owner}/{repo}/commit/{id}/file" => "/{owner}/{repo}/commit/{id}/file?path=524541444d452e6d64",
            // The file is named by its path in hexadecimal digits: README.md.
            "/{owner}/{repo}/commit/{id}/rendered" => {
                "/{owner}/{repo}/commit/{id}/rendered?path=524541444d452e6d64"
            }
            "/{owner}/{repo}/merge-requests/{number}/rendered" => {
                "/{owner}/{repo}/merge-requests/{number}/rendered?path=524541444d452e6d64"
            }
            other => other,
        };
        let path = path
            .replace("{owner}", "olive")
            .replace("{repo}", repo)
            .replace("{org}", "anytown")
            .replace("{team}", "beds")
            .replace("{person}", "olive")
            .replace("{secret}", &"0".repeat(64))
            .replace("{provider}", "none")
            .replace("{number}", if path.contains("/merge-requests/") { "2" } else { "1" })
            .replace("{id}", &self.head)
            .replace("{*path}", "main/README.md")
            .replace("{*pair}", "main...main")
            .replace("{*file}", "main.zip");
        assert!(!path.contains(['{', '}']), "{} has a placeholder that this test does not know", route.path);
        path
    }

    async fn signed_in(&self, name: &str) -> Client {
        let client = self.forge.client();
        client.sign_in(name).await;
        client
    }

    async fn ask(&self, client: &Client, route: &Route, repo: &str) -> Answer {
        let path = self.address(route, repo);
        let answer = if route.method == Method::POST {
            client.post(&path, &[]).await
        } else {
            client.get(&path).await
        };
        sane(route, &answer);
        answer
    }

    async fn ask_api(&self, token: Option<&str>, route: &Route, repo: &str) -> Answer {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        let path = self.address(route, repo);
        let answer = self.forge.client().send(route.method.clone(), &path, &headers, "{}").await;
        sane(route, &answer);
        answer
    }

    async fn ask_git(&self, token: Option<&str>, route: &Route, repo: &str) -> Answer {
        let basic = token.map(|token| {
            let text = format!("x:{token}");
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
        });
        let service = route.path.rsplit('/').next().unwrap();
        let kind = format!("application/x-{service}-request");
        let mut headers = vec![("content-type", kind.as_str())];
        headers.extend(basic.as_deref().map(|basic| ("authorization", basic)));
        let path = self.address(route, repo);
        let answer = self.forge.client().send(route.method.clone(), &path, &headers, "0000").await;
        sane(route, &answer);
        answer
    }
}

/// Opens the first merge request of the town.
async fn ask_for_a_merge(forge: &Forge, olive: &Person) {
    let work = olive.clone_of(&forge.https(olive, "olive/beds"), &[]).unwrap();
    work.git(&["checkout", "--quiet", "-b", "work"]).unwrap();
    work.commit("more.md", "More\n");
    work.git(&["push", "--quiet", "origin", "work"]).unwrap();
    let actor = browser_of(forge.app(), "olive").await;
    let path = "olive/beds".parse().unwrap();
    let access = forge.app().authorize(&actor, &path).await.unwrap();
    let reading = forge.app().authorize(&actor, &path).await.unwrap();
    let branch = |name: &str| RefName::branch(name).unwrap();
    let new = NewMergeRequest {
        source: branch("work"),
        target: branch("main"),
        title: "More".to_owned(),
        body: String::new(),
        is_draft: false,
        reviewers: Vec::new(),
    };
    assert_eq!(forge.app().open_merge_request(&reading, &access, &Origin::console(), &new).await.unwrap(), 2);
}

/// What holds for every answer, whoever asks.
fn sane(route: &Route, answer: &Answer) {
    let name = format!("{} {}: {}", route.method, route.path, answer.status);
    assert!(!answer.status.is_server_error(), "{name}: {}", answer.text());
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}");
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{name}");
    assert_eq!(answer.header("x-request-id").len(), 16, "{name}");
}

fn is_git(route: &Route) -> bool {
    ["/info/refs", "/git-upload-pack", "/git-receive-pack", "/git-upload-archive", "/HEAD"]
        .iter()
        .chain(["/objects/{*path}", "/info/lfs/{*path}", "/bundles/{*file}"].iter())
        .any(|end| route.path.ends_with(end))
}

fn is_api(route: &Route) -> bool {
    route.path.starts_with("/api/")
}

fn pages() -> impl Iterator<Item = Route> {
    // A forge without metrics serves no such address.
    route_table().into_iter().filter(|route| !is_git(route) && !is_api(route) && route.path != "/metrics")
}

fn api_routes() -> impl Iterator<Item = Route> {
    route_table().into_iter().filter(is_api)
}

fn git_routes() -> impl Iterator<Item = Route> {
    route_table().into_iter().filter(is_git)
}

#[track_caller]
fn expect(route: &Route, who: &str, answer: &Answer, statuses: &[u16]) {
    let status = answer.status.as_u16();
    let said = answer.text();
    assert!(statuses.contains(&status), "{} {} as {who}: {status}: {said}", route.method, route.path);
}

/// What somebody who is past the guard gets for an address of the town.
fn served(route: &Route) -> &'static [u16] {
    match (&route.method, route.path) {
        (&Method::POST, _) => &[403],
        // A browser that is not on its way in is led to the beginning; an app that is not being set up, to the overview; whoever
        // comes back from being asked again, to the page with the form.
        (
            _,
            "/sign-in/second-factor"
            | "/settings/second-factor/app"
            | "/settings"
            | "/sign-in"
            | "/.well-known/change-password"
            | "/{owner}/{repo}/settings/transfer",
        ) => &[303],
        (
            _,
            "/setup/{secret}"
            | "/sign-in/reset/{secret}"
            | "/sign-in/email/{secret}"
            | "/sign-in/with/{provider}/back"
            | "/invitations/{secret}"
            | "/sign-up/{secret}",
        ) => &[404],
        (_, "/.well-known/security.txt") => &[200, 404],
        // The address names no line, and no comment of the visitor.
        (_, path) if path.ends_with("/{number}/comment") || path.ends_with("/comments/{id}/edit") => {
            &[400, 404]
        }
        // The address names no file.
        (_, "/{owner}/{repo}/merge-requests/{number}/changes/file") => &[404],
        // Readers may not change what others wrote.
        (_, "/{owner}/{repo}/merge-requests/{number}/edit") => &[200, 403],
        _ => &[200],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_to_sign_in_whether_it_exists_or_not() {
    let town = Fixture::new().await;
    for route in pages() {
        for repo in ["beds", "none"] {
            let nobody = town.forge.client();
            let answer = town.ask(&nobody, &route, repo).await;
            let path = town.address(&route, repo);
            match (route.guard, &route.method) {
                (Guard::Open, &Method::GET) if route.path == "/sign-in" => {
                    expect(&route, "nobody", &answer, &[200]);
                }
                (Guard::Open, &Method::GET) => expect(&route, "nobody", &answer, served(&route)),
                (Guard::Open, _) => expect(&route, "nobody", &answer, &[403]),
                (Guard::Link | Guard::Feed, _) => expect(&route, "nobody", &answer, &[403, 404]),
                (_, &Method::GET) => {
                    expect(&route, "nobody", &answer, &[303]);
                    assert_eq!(answer.header("location"), forge_web::url::sign_in_then(&path));
                    assert!(answer.body.is_empty(), "{path}");
                }
                _ => expect(&route, "nobody", &answer, &[401]),
            }
        }
    }
    for route in git_routes() {
        let answers = [
            town.ask_git(None, &route, "beds").await,
            town.ask_git(None, &route, "none").await,
            town.ask_git(Some("forge_wrong"), &route, "beds").await,
        ];
        for answer in &answers {
            expect(&route, "nobody", answer, &[401]);
            assert!(answer.header("www-authenticate").starts_with("Basic realm="));
            assert_eq!(answer.body, answers[0].body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_find_no_private_repository_and_no_administration() {
    let town = Fixture::new().await;
    let otto = town.signed_in("otto").await;
    for route in pages().filter(|route| route.path != "/sign-out") {
        let answer = town.ask(&otto, &route, "beds").await;
        match route.guard {
            Guard::Repo(_) | Guard::Site | Guard::Audit => expect(&route, "a stranger", &answer, &[404]),
            Guard::Org | Guard::OrgAudit | Guard::Team => expect(&route, "a stranger", &answer, &[403]),
            Guard::Link | Guard::Feed => expect(&route, "a stranger", &answer, &[403, 404]),
            Guard::Open | Guard::Looking | Guard::SignedIn | Guard::Me | Guard::MeRecently | Guard::Owner => {
                expect(&route, "a stranger", &answer, served(&route));
            }
        }
    }
    for route in git_routes() {
        let answer = town.ask_git(Some(&town.tokens.stranger), &route, "beds").await;
        expect(&route, "a stranger's token", &answer, &[404]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_and_administrators_get_what_the_guard_says() {
    let town = Fixture::new().await;
    for (name, is_admin) in [("olive", false), ("ada", true)] {
        let client = town.signed_in(name).await;
        for route in pages().filter(|route| route.path != "/sign-out") {
            let answer = town.ask(&client, &route, "beds").await;
            match route.guard {
                Guard::Site | Guard::Audit if !is_admin => expect(&route, name, &answer, &[404]),
                Guard::Link | Guard::Feed => expect(&route, name, &answer, &[403, 404]),
                _ => expect(&route, name, &answer, served(&route)),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_serve_git_and_nothing_else() {
    let town = Fixture::new().await;
    for route in git_routes() {
        let reads = !matches!(route.guard, Guard::Repo(level) if level > Permission::Read);
        // Not spoken: the dumb protocol and LFS, and whoever may read is told so.
        let is_dumb = route.path.ends_with("/HEAD") || route.path.ends_with("{*path}");
        let by_reading = town.ask_git(Some(&town.tokens.reading), &route, "beds").await;
        let by_writing = town.ask_git(Some(&town.tokens.writing), &route, "beds").await;
        if route.path.ends_with("{*file}") {
            // No bundle has been prepared.
            expect(&route, "a reading token", &by_reading, &[404]);
            continue;
        }
        expect(&route, "a reading token", &by_reading, if reads && !is_dumb { &[200] } else { &[403] });
        expect(&route, "a writing token", &by_writing, if is_dumb { &[403] } else { &[200] });
        let absent = town.ask_git(Some(&town.tokens.writing), &route, "none").await;
        expect(&route, "a writing token", &absent, &[404]);
    }
    let bearer = format!("Bearer {}", town.tokens.writing);
    let nobody = town.forge.client();
    for route in pages().filter(|route| !matches!(route.guard, Guard::Open | Guard::Link | Guard::Feed)) {
        let path = town.address(&route, "beds");
        let headers = [("authorization", bearer.as_str())];
        let answer = nobody.send(route.method.clone(), &path, &headers, "").await;
        sane(&route, &answer);
        let refused = if route.method == Method::GET { 303 } else { 401 };
        expect(&route, "a token where pages are", &answer, &[refused]);
    }
}

/// The interface for programs knows tokens and no cookies, and what is hidden looks like what is missing.
#[tokio::test(flavor = "multi_thread")]
async fn programs_get_what_their_token_says() {
    let town = Fixture::new().await;
    let olive = town.signed_in("olive").await;
    for route in api_routes() {
        let reads = !matches!(route.guard, Guard::Repo(level) if level > Permission::Read);
        let nobody = [
            town.ask_api(None, &route, "beds").await,
            town.ask_api(None, &route, "none").await,
            town.ask_api(Some("forge_wrong"), &route, "beds").await,
            town.ask(&olive, &route, "beds").await,
        ];
        for answer in &nobody {
            expect(&route, "nobody", answer, &[401]);
            assert_eq!(answer.body, nobody[0].body, "{}", route.path);
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        let stranger = [
            town.ask_api(Some(&town.tokens.stranger), &route, "beds").await,
            town.ask_api(Some(&town.tokens.stranger), &route, "none").await,
        ];
        for answer in &stranger {
            expect(&route, "a stranger's token", answer, &[404]);
            assert_eq!(answer.body, stranger[0].body, "{}", route.path);
        }
        let by_reading = town.ask_api(Some(&town.tokens.reading), &route, "beds").await;
        expect(&route, "a reading token", &by_reading, if reads { &[200] } else { &[403] });
        // The body says nothing, and that is all that is wrong with it.
        let by_writing = town.ask_api(Some(&town.tokens.writing), &route, "beds").await;
        expect(&route, "a writing token", &by_writing, if reads { &[200] } else { &[400] });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_without_their_token_change_nothing() {
    let town = Fixture::new().await;
    let (olive, ada) = (town.signed_in("olive").await, town.signed_in("ada").await);
    let before = (seen(&olive, false).await, seen(&ada, true).await);
    for client in [&olive, &ada] {
        for route in pages().filter(|route| route.method == Method::POST) {
            let path = town.address(&route, "beds");
            // Enough of each form that only the missing token stands in the way.
            let fields = [
                ("action", "remove"),
                ("username", "olive"),
                ("visibility", "internal"),
                ("name", "changed"),
                ("archived", "true"),
                ("confirmation", "olive/beds"),
                ("permission", "admin"),
                ("role", "reader"),
                ("all", "true"),
            ];
            for field in fields {
                let answer = client.post(&path, &[field]).await;
                sane(&route, &answer);
                expect(&route, "somebody without the form's token", &answer, &[403, 404]);
            }
        }
    }
    assert_eq!((seen(&olive, false).await, seen(&ada, true).await), before);
}

/// What pages show of everything that forms could change.
async fn seen(client: &Client, is_admin: bool) -> String {
    let mut all = String::new();
    let pages = [
        "/olive/beds/settings",
        "/organisations/anytown/members",
        "/organisations/anytown/teams",
        "/organisations/anytown/policies",
        "/organisations/anytown/settings",
        "/olive/beds/settings/visibility",
        "/olive/beds/settings/rules",
        "/organisations/anytown/teams/beds",
        "/olive/beds/settings/access",
        "/settings/profile",
        "/settings/tokens",
        "/settings/ssh-keys",
        "/settings/gpg-keys",
        "/explore",
        "/admin/people",
        "/admin/jobs",
    ];
    for path in pages.into_iter().filter(|path| is_admin || !path.starts_with("/admin")) {
        let page = client.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let token = page.hidden_field("csrf").unwrap();
        assert!(!token.is_empty(), "{path}");
        let text = page.text();
        let parts: Vec<_> = text.split("name=\"csrf\" value=\"").collect();
        all.push_str(parts[0]);
        for part in parts.iter().skip(1) {
            all.push_str(part.split_once('"').unwrap().1);
        }
    }
    all
}
