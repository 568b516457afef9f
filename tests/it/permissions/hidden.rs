//! What is hidden and what is not there are one answer, byte for byte, at every door.

use base64::Engine as _;
use forge_tests::{Answer, Forge, Person};
use http::Method;

use super::town::fill;

/// As long as each other, so that even lengths agree.
const HIDDEN: &str = "secret";
const ABSENT: &str = "absent";

const PAGES: &[&str] = &[
    "",
    "/tree/main",
    "/tree/main/nowhere",
    "/blob/main/README.md",
    "/blob/main/nowhere.md",
    "/blob/main/README.md?plain=1",
    "/raw/main/README.md",
    "/raw/main/README.md?download=1",
    "/commits",
    "/commits/main",
    "/commits/main/README.md",
    "/commit/HEAD_ID",
    "/commit/0000000",
    "/branches",
    "/tags",
    "/activity",
    "/activity.atom",
    "/archive/main.zip",
    "/archive/main.tar.gz",
    "/settings",
    "/settings/access",
    "/settings/visibility",
    "/settings/rules",
    "/why",
    "/fork",
    "/forks",
    "/commit/HEAD_ID/pick",
    "/settings/delete",
    "/settings/keys",
    "/tickets",
    "/tickets/1",
    "/tickets/new",
    "/labels",
    "/milestones",
    "/merge-requests",
    "/merge-requests/1",
    "/merge-requests/1/changes",
    "/merge-requests/1/commits",
    "/merge-requests/new",
    "/compare",
    "/compare/main...main",
    "/owners",
    "/no/such/page",
];

const FORMS: &[&str] = &[
    "/fork",
    "/settings/keys",
    "/settings/general",
    "/settings/merging",
    "/settings/visibility",
    "/settings/rename",
    "/settings/transfer",
    "/settings/archive",
    "/settings/access",
    "/settings/rules",
    "/settings/delete",
    "/watch",
    "/labels",
    "/milestones",
    "/owners",
    "/tickets/new",
    "/tickets/1/comment",
    "/tickets/1/edit",
    "/merge-requests/new",
    "/merge-requests/1/review",
    "/merge-requests/1/merge",
    "/merge-requests/1/comment",
];

struct Town {
    forge: Forge,
    otto: Person,
    head: String,
}

async fn town() -> Town {
    let forge = Forge::new().await;
    let olive = forge.user("olive").await;
    let otto = forge.user("otto").await;
    forge.repo(&olive, HIDDEN).await;
    let head = fill(&forge, &olive, &format!("olive/{HIDDEN}"));
    Town { forge, otto, head }
}

/// All of an answer but what is random in each: its id, the mask of form tokens, the time.
fn essence(answer: &Answer, repo: &str) -> String {
    let id = answer.header("x-request-id").to_owned();
    assert_eq!(id.len(), 16, "an id");
    let mut lines: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date" | "set-cookie"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    let text = answer.text().replace(&id, "ID");
    let mut parts = text.split("name=\"csrf\" value=\"");
    let mut body = parts.next().unwrap().to_owned();
    for part in parts {
        body.push_str(part.split_once('"').unwrap().1);
    }
    format!("{}\n{}\n\n{body}", answer.status, lines.join("\n")).replace(repo, "REPO")
}

#[tokio::test(flavor = "multi_thread")]
async fn on_pages_files_and_archives() {
    let town = town().await;
    let otto = town.forge.client();
    otto.sign_in("otto").await;
    let nobody = town.forge.client();
    nobody.get("/sign-in").await;
    for rest in PAGES {
        for (client, status) in [(&otto, 404), (&nobody, 303)] {
            let rest = rest.replace("HEAD_ID", &town.head);
            let hidden = client.get(&format!("/olive/{HIDDEN}{rest}")).await;
            let absent = client.get(&format!("/olive/{ABSENT}{rest}")).await;
            if rest != "/no/such/page" {
                assert_eq!(hidden.status, status, "{rest}");
            }
            assert_eq!(essence(&hidden, HIDDEN), essence(&absent, ABSENT), "{rest}");
        }
        let nowhere = otto.get(&format!("/nowhr/{ABSENT}{rest}")).await;
        let absent = otto.get(&format!("/olive/{ABSENT}{rest}")).await;
        let nowhere = essence(&nowhere, ABSENT).replace("nowhr", "olive");
        assert_eq!(nowhere, essence(&absent, ABSENT), "a missing owner is like a missing repository: {rest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_forms() {
    let town = town().await;
    let otto = town.forge.client();
    otto.sign_in("otto").await;
    let token = otto.get("/settings/profile").await.hidden_field("csrf").unwrap();
    let nobody = town.forge.client();
    let public = nobody.get("/sign-in").await.hidden_field("csrf").unwrap();
    for rest in FORMS {
        for (client, token, status) in [(&otto, &token, 404), (&nobody, &public, 401)] {
            let fields =
                [("csrf", token.as_str()), ("visibility", "internal"), ("confirmation", "olive/secret")];
            let hidden = client.post(&format!("/olive/{HIDDEN}{rest}"), &fields).await;
            let absent = client.post(&format!("/olive/{ABSENT}{rest}"), &fields).await;
            assert_eq!(hidden.status, status, "{rest}");
            assert_eq!(essence(&hidden, HIDDEN), essence(&absent, ABSENT), "{rest}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_git_over_http() {
    let town = town().await;
    let token = base64::engine::general_purpose::STANDARD.encode(format!("otto:{}", town.otto.token));
    let password =
        base64::engine::general_purpose::STANDARD.encode(format!("otto:{}", forge_tests::PASSWORD));
    let credentials = [None, Some(format!("Basic {token}")), Some(format!("Basic {password}"))];
    for (method, rest) in [
        (Method::GET, "/info/refs?service=git-upload-pack"),
        (Method::GET, "/info/refs?service=git-receive-pack"),
        (Method::GET, "/info/refs"),
        (Method::GET, "/HEAD"),
        (Method::GET, "/objects/info/packs"),
        (Method::GET, "/bundles/0123456789012345678901234567890123456789.bundle"),
        (Method::POST, "/git-upload-pack"),
        (Method::POST, "/git-receive-pack"),
        (Method::POST, "/git-upload-archive"),
        (Method::POST, "/info/lfs/objects/batch"),
    ] {
        for credentials in &credentials {
            let service = rest.trim_start_matches('/');
            let kind = format!("application/x-{service}-request");
            let mut headers = vec![("content-type", kind.as_str()), ("git-protocol", "version=2")];
            headers.extend(credentials.as_deref().map(|value| ("authorization", value)));
            let mut essences = Vec::new();
            for (repo, suffix) in [(HIDDEN, ""), (ABSENT, ""), (HIDDEN, ".git"), (ABSENT, ".git")] {
                let path = format!("/olive/{repo}{suffix}{rest}");
                let answer = town.forge.client().send(method.clone(), &path, &headers, "0000").await;
                assert_eq!(answer.status, if credentials.is_some() { 404 } else { 401 }, "{path}");
                essences.push(essence(&answer, repo));
            }
            assert!(essences.iter().all(|essence| *essence == essences[0]), "{rest}: {essences:#?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_git_over_ssh() {
    let town = town().await;
    let work = town.otto.work_tree();
    work.commit("a", "1");
    for command in [["ls-remote"].as_slice(), &["fetch"], &["push", "--force"]] {
        let said = |repo: &str| {
            let remote = town.forge.ssh(&format!("olive/{repo}"));
            let mut arguments = command.to_vec();
            arguments.push(&remote);
            if command[0] != "ls-remote" {
                arguments.push("main");
            }
            let output = work.try_git(&arguments);
            assert!(!output.ok, "{output:?}");
            format!("{output:?}").replace(repo, "REPO")
        };
        let hidden = said(HIDDEN);
        assert_eq!(hidden, said(ABSENT));
        assert!(hidden.contains("Repository not found, or you do not have access to it."), "{hidden}");
    }
}
