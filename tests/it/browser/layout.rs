//! What holds for every kind of page: it fits a narrow window, has one heading, and can be used by keyboard.

use forge_app::{NewAllowed, NewRule, Origin};
use forge_core::{Actor, AllowedLevel, MergeRule, ObjectFormat, OrgPolicy, RefKind, RefPattern, Visibility};
use forge_tests::{Browser, Forge, Page, Person};
use serde_json::Value;

use super::journey::{assert_clean, sign_in};

/// The Tab key, as WebDriver names it.
const TAB: char = '\u{e004}';

pub(super) async fn town(forge: &Forge) -> (Person, String) {
    let alice = forge.admin("alice").await;
    let bob = forge.user("bob").await;
    forge.org("anytown", &[&alice, &bob]).await;
    forge.team("anytown", "analysts", None, &[&bob]).await;
    forge.team("anytown", "beds", Some("analysts"), &[&alice, &bob]).await;
    forge.repo(&alice, "a-repository-with-a-rather-long-name-about-bed-occupancy").await;
    forge.repo(&alice, "empty").await;
    let work = alice.work_tree();
    let table = "| ward | beds |\n| --- | --- |\n| A | 1 |\n";
    let long = "x".repeat(200);
    work.write("README.md", format!("# Beds\n\n{table}\n\n```r\nx <- '{long}'\n```\n\n{long}\n"));
    work.write("R/occupancy.R", format!("beds <- function() {{\n  '{long}' # comment\n}}\n"));
    work.write("data.csv", "ward,beds,comment\nA,1,\"x\"\nB,2,y\n".repeat(20));
    work.write("notebook.ipynb", r##"{"cells":[{"cell_type":"markdown","metadata":{},"source":["# Title\n","text"]},{"cell_type":"code","execution_count":1,"metadata":{},"outputs":[{"name":"stdout","output_type":"stream","text":["1\n"]}],"source":["print(1)"]}],"metadata":{"language_info":{"name":"python"}},"nbformat":4,"nbformat_minor":5}"##);
    work.write("blob.bin", [0, 1, 2, 255]);
    work.commit("queries/a-directory-with-a-long-name/and-a-file-with-a-long-name-in-it.sql", "SELECT 1;\n");
    work.git(&["tag", "-a", "-m", "First", "v1"]).unwrap();
    work.git(&["branch", "topic/with-a-rather-long-name-that-somebody-thought-of"]).unwrap();
    change_all_kinds(&work);
    let head = work.commit("R/occupancy.R", "beds <- function() 2\n");
    let remote = forge.https(&alice, "alice/a-repository-with-a-rather-long-name-about-bed-occupancy");
    work.git(&["push", "--quiet", &remote, "--all"]).unwrap();
    work.git(&["push", "--quiet", &remote, "--tags"]).unwrap();
    rule_and_ceiling(forge).await;
    let repo = "/alice/a-repository-with-a-rather-long-name-about-bed-occupancy";
    let client = forge.client();
    client.sign_in("alice").await;
    let new = format!("{repo}/tickets/new");
    let text = format!("{table}\n\n{long}\n\n@alice see `x` and #1");
    let ticket = [("title", long.as_str()), ("description", &text), ("action", "open")];
    assert_eq!(client.submit(&new, &new, &ticket).await.status, 303);
    let labels = format!("{repo}/labels");
    for name in ["fault", "a-label-with-a-rather-long-name-and-no-space-in-it"] {
        let label = [("action", "add"), ("name", name), ("colour", "red"), ("description", "")];
        assert_eq!(client.submit(&labels, &labels, &label).await.status, 303);
    }
    let milestones = format!("{repo}/milestones");
    let milestone = [("action", "add"), ("title", "Winter plan"), ("description", ""), ("due", "2026-12-01")];
    assert_eq!(client.submit(&milestones, &milestones, &milestone).await.status, 303);
    let one = format!("{repo}/tickets/1");
    let said = [("action", "comment"), ("body", text.as_str())];
    assert_eq!(client.submit(&one, &format!("{one}/comment"), &said).await.status, 303);
    ask_for_a_merge(&client, repo, &text).await;
    (alice, head)
}

/// A change of a document, a table, a notebook and a picture, so that each is shown as its readers see it.
fn change_all_kinds(work: &forge_tests::WorkTree) {
    let long = "y".repeat(200);
    work.write("README.md", format!("---\ntitle: {long}\n---\n\n# Beds\n\n{long}\n\nAnother paragraph.\n"));
    work.write("data.csv", format!("ward,beds,comment,more\nA,2,\"x\",{long}\nB,2,y,z\n"));
    let cells = format!(
        r##"[{{"cell_type":"markdown","metadata":{{}},"source":["# Title\n","text"]}},{{"cell_type":"code","execution_count":2,"metadata":{{}},"outputs":[{{"name":"stdout","output_type":"stream","text":["2\n"]}}],"source":["print(1)\n","print('{long}')"]}}]"##
    );
    work.write(
        "notebook.ipynb",
        format!(r#"{{"cells":{cells},"metadata":{{}},"nbformat":4,"nbformat_minor":5}}"#),
    );
    // 96 pixels wide, 64 high.
    work.write(
        "plot.gif",
        [
            &b"GIF89a\x60\0\x40\0\x80\0\0\0\x5e\xb8\xff\xff\xff,\0\0\0\0\x60\0\x40\0\0\x02"[..],
            b"\x02\x44\x01\0;",
        ]
        .concat(),
    );
}

/// A merge request with a thread on a line, and a review of it.
async fn ask_for_a_merge(client: &forge_tests::Client, repo: &str, text: &str) {
    let (new, one) = (format!("{repo}/merge-requests/new"), format!("{repo}/merge-requests/2"));
    let target = "topic/with-a-rather-long-name-that-somebody-thought-of";
    let long = "a-title-without-any-space-".repeat(6);
    let opened = [("source", "main"), ("target", target), ("title", long.as_str()), ("body", text)];
    assert_eq!(client.submit(&new, &new, &opened).await.status, 303);
    let (comment, path) = (format!("{one}/comment"), "522f6f63637570616e63792e52");
    let suggestion = format!("{text}\n```suggestion\n{}\n```", "x".repeat(200));
    for (body, action) in [(text, "comment"), (suggestion.as_str(), "review")] {
        let said = [
            ("version", "1"),
            ("side", "new"),
            ("path", path),
            ("start", "1"),
            ("end", "1"),
            ("body", body),
            ("action", action),
        ];
        assert_eq!(client.submit(&one, &comment, &said).await.status, 303);
    }
    let review = format!("{one}/review");
    let sent = [("action", "submit"), ("version", "1"), ("verdict", "comment"), ("body", text)];
    assert_eq!(client.submit(&one, &review, &sent).await.status, 303);
}

/// A rule for branches, and a repository above the ceiling of its organisation, so that pages have something to show.
async fn rule_and_ceiling(forge: &Forge) {
    let (app, origin) = (forge.app(), Origin::console());
    let console = Actor::System { reason: "test" };
    let path = "alice/a-repository-with-a-rather-long-name-about-bed-occupancy".parse().unwrap();
    let access = app.authorize(&console, &path).await.unwrap();
    let by = |names: &str| NewAllowed { level: AllowedLevel::Maintainers, names: names.to_owned() };
    let rule = NewRule {
        kind: RefKind::Branch,
        pattern: RefPattern::new("release/with-a-rather-long-name-that-somebody-thought-of/*").unwrap(),
        push: by("alice bob"),
        force_push: by(""),
        delete: by(""),
        merge: by("bob"),
        signed: true,
        linear: true,
        merging: MergeRule { approvals: 2, threads_resolved: true, ..MergeRule::default() },
    };
    app.set_rule(&access, &origin, &rule).await.unwrap();
    forge.make_repo("anytown/wards", Visibility::Internal, ObjectFormat::Sha1).await;
    let org = app.authorize_org(&console, &"anytown".parse().unwrap()).await.unwrap();
    let ceiling = Some(Visibility::Private);
    let policy = OrgPolicy { visibility_ceiling: ceiling, ..OrgPolicy::default() };
    app.set_policy(&org, &origin, &policy).await.unwrap();
}

/// One address of every kind of page.
pub(super) fn addresses(head: &str) -> Vec<String> {
    let repo = "/alice/a-repository-with-a-rather-long-name-about-bed-occupancy";
    let mut all: Vec<String> = OF_THE_SITE.iter().map(|path| (*path).to_owned()).collect();
    for rest in OF_A_REPOSITORY {
        all.push(format!("{repo}{rest}"));
    }
    all.push(format!("{repo}/commit/{head}"));
    all.extend(changes_of_all_kinds(repo, head));
    all
}

/// Pages that belong to no repository.
const OF_THE_SITE: &[&str] = &[
    "/",
    "/explore",
    "/explore?q=nothing-is-called-this",
    "/help",
    "/accessibility",
    "/new",
    "/organisations/new",
    "/organisations/anytown/members",
    "/organisations/anytown/teams",
    "/organisations/anytown/policies",
    "/organisations/anytown/leavers/bob",
    "/organisations/anytown/settings",
    "/approvals",
    "/organisations/anytown/teams/beds",
    "/alice",
    "/anytown",
    "/alice/empty",
    "/settings/profile",
    "/settings/password",
    "/settings/second-factor",
    "/settings/passkeys",
    "/settings/linked-sites",
    "/sign-in/confirm",
    "/sign-in/reset",
    "/settings/email",
    "/settings/notifications",
    "/notifications",
    "/notifications?all=true",
    "/settings/sessions",
    "/settings/tokens",
    "/settings/feeds?of=alice%2Fempty",
    "/settings/ssh-keys",
    "/settings/gpg-keys",
    "/settings/delete-account",
    "/acceptable-use",
    "/admin/acceptable-use",
    "/admin/announcement",
    "/admin/audit",
    "/admin/organisations",
    "/admin/register",
    "/admin/repositories",
    "/admin/storage",
    "/admin/storage?by=owner&sort=name",
    "/admin/settings",
    "/admin/people",
    "/admin/sign-in",
    "/admin/invitations",
    "/admin/people/new",
    "/admin/leavers/alice",
    "/admin/jobs",
    "/admin/people/bob/duplicate",
    "/admin/people/bob/delete",
    "/admin/people/bob/duplicate?stays=alice",
    "/organisations/anytown/invitations",
    "/organisations/anytown/audit",
    "/admin/people/alice/second-factor",
    "/no/such/page",
];

/// Pages of a repository, by what follows its name.
const OF_A_REPOSITORY: &[&str] = &[
    "",
    "/tree/main/queries",
    "/blob/main/README.md",
    "/blob/main/README.md?plain=1",
    "/blob/main/R/occupancy.R",
    "/blob/main/data.csv",
    "/blob/main/notebook.ipynb",
    "/blob/main/blob.bin",
    "/commits/main",
    "/branches",
    "/tags",
    "/activity",
    "/settings",
    "/settings/access",
    "/settings/visibility",
    "/settings/rules",
    "/settings/keys",
    "/why",
    "/tickets",
    "/tickets?q=label:nothing",
    "/tickets/new",
    "/tickets/1",
    "/tickets/1/edit",
    "/tickets/1/sort",
    "/labels",
    "/milestones",
    "/merge-requests",
    "/merge-requests?q=is:closed",
    "/merge-requests/new",
    "/merge-requests/2",
    "/merge-requests/2/changes",
    "/merge-requests/2/changes?view=split",
    "/merge-requests/2/changes/file?path=522f6f63637570616e63792e52&more=all",
    "/merge-requests/2/commit-by-commit",
    "/compare",
    "/compare/topic/with-a-rather-long-name-that-somebody-thought-of...main",
    "/compare/main...no-such-branch-with-a-rather-long-name",
    "/merge-requests/2/commits",
    "/merge-requests/2/versions",
    "/merge-requests/2/edit",
    "/merge-requests/2/sort",
    "/merge-requests/2/comment?version=1&side=new&path=522f6f63637570616e63792e52&line=1",
    "/settings/delete",
    "/owners",
    "/owners?path=R/occupancy.R",
    "/fork",
    "/forks",
];

/// Each kind of file as it changed, and as it is.
fn changes_of_all_kinds(repo: &str, head: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (name, hex) in [
        ("README.md", "524541444d452e6d64"),
        ("data.csv", "646174612e637376"),
        ("notebook.ipynb", "6e6f7465626f6f6b2e6970796e62"),
        ("plot.gif", "706c6f742e676966"),
    ] {
        all.push(format!("{repo}/commit/{head}/rendered?path={hex}"));
        all.push(format!("{repo}/merge-requests/2/rendered?version=1&path={hex}"));
        all.push(format!("{repo}/blob/main/{name}"));
    }
    all.push(format!("{repo}/merge-requests/2/comment?version=1&side=new&path=706c6f742e676966&point=1"));
    all
}

/// What is wrong with the page that is shown, as a list of sentences.
const FAULTS: &str = r#"
const faults = [];
const root = document.documentElement;
if (root.scrollWidth > window.innerWidth) {
  const wide = [...document.querySelectorAll('body *')].filter(e => {
    if (e.getBoundingClientRect().right <= window.innerWidth + 1) return false;
    for (let p = e.parentElement; p; p = p.parentElement)
      if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(p).overflowX)) return false;
    return true;
  });
  faults.push(`wider than the window: ${root.scrollWidth} px; ` + wide.slice(0, 5).map(e => e.outerHTML.slice(0, 150)).join(' | '));
}
if (document.querySelectorAll('h1').length !== 1) faults.push(`${document.querySelectorAll('h1').length} h1`);
if (!document.title.trim()) faults.push('no title');
if (root.lang !== 'en-GB') faults.push('no language');
if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
let level = 0;
for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
  const now = Number(heading.tagName[1]);
  if (level && now > level + 1 && !heading.closest('.forge-prose, .forge-markdown')) faults.push(`h${now} follows h${level}: ${heading.textContent}`);
  level = now;
}
const visible = e => e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden';
const named = id => { const e = document.getElementById(id); return e && e.textContent.trim(); };
const name = e => (e.getAttribute('aria-label') || '').trim()
  || (e.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean).map(named).join(' ')
  || [...(e.labels || [])].map(l => l.textContent.trim()).join(' ');
for (const e of document.querySelectorAll('input, select, textarea'))
  if (e.type !== 'hidden' && visible(e) && !name(e)) faults.push('no label: ' + e.outerHTML.slice(0, 200));
for (const e of document.querySelectorAll('a[href], button'))
  if (visible(e) && !name(e) && !e.textContent.trim() && !e.querySelector('img[alt]:not([alt=""])')) faults.push('no name: ' + e.outerHTML.slice(0, 200));
for (const e of document.querySelectorAll('img')) if (!e.hasAttribute('alt')) faults.push('no alt: ' + e.outerHTML.slice(0, 200));
const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
for (const id of new Set(ids.filter((id, n) => ids.indexOf(id) !== n))) faults.push('id twice: ' + id);
for (const e of document.querySelectorAll('[aria-describedby], [aria-controls], label[for]'))
  for (const id of `${e.getAttribute('aria-describedby') || ''} ${e.getAttribute('for') || ''}`.split(' ').filter(Boolean))
    if (!document.getElementById(id)) faults.push('points nowhere: ' + id);
for (const e of document.querySelectorAll('*')) {
  if (e.hasAttribute('style')) faults.push('a style of its own: ' + e.outerHTML.slice(0, 200));
  for (const attribute of e.attributes) if (attribute.name.startsWith('on')) faults.push('a script of its own: ' + e.outerHTML.slice(0, 200));
}
return faults;
"#;

async fn faults(page: &Page<'_>) -> Vec<String> {
    let found = page.script(FAULTS).await;
    found.as_array().expect("a list").iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

async fn every_page_is_sound(scripts: bool) {
    let forge = Forge::new().await;
    let (_, head) = town(&forge).await;
    let browser = Browser::start(scripts).await;
    browser.resize(320, 800).await;
    let page = browser.open(&forge.url("/sign-in")).await;
    assert_eq!(page.script("return window.innerWidth").await, 320);
    let mut all: Vec<String> =
        faults(&page).await.into_iter().map(|fault| format!("/sign-in: {fault}")).collect();
    sign_in(&browser, &forge, "alice").await;
    for address in addresses(&head) {
        let page = browser.open(&forge.url(&address)).await;
        if address == "/no/such/page" {
            assert!(page.title().await.contains("not found"), "{}", page.title().await);
        }
        all.extend(faults(&page).await.into_iter().map(|fault| format!("{address}: {fault}")));
    }
    assert!(all.is_empty(), "{all:#?}");
    assert_clean(&browser, &forge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_sound_with_scripts() {
    every_page_is_sound(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_sound_without_scripts() {
    every_page_is_sound(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tab_key_reaches_the_skip_link_first_and_shows_where_it_is() {
    let forge = Forge::new().await;
    town(&forge).await;
    let browser = Browser::start(true).await;
    let repo = "/alice/a-repository-with-a-rather-long-name-about-bed-occupancy";
    for address in ["/sign-in", "/", "/new", repo, "/settings/tokens"] {
        if address == "/" {
            sign_in(&browser, &forge, "alice").await;
        }
        let page = browser.open(&forge.url(address)).await;
        page.press(TAB).await;
        let first = page.script("return document.activeElement.getAttribute('href')").await;
        assert_eq!(first, "#maincontent", "{address}");
        let shown = page.script("return document.activeElement.getBoundingClientRect().top >= 0").await;
        assert_eq!(shown, true, "the skip link is in view once it has the focus: {address}");
        let mut seen = Vec::new();
        for _ in 0..12 {
            page.press(TAB).await;
            let place = page
                .script(
                    "const e = document.activeElement; if (e === document.body) return ['body', true];
                     const s = getComputedStyle(e), label = e.labels && e.labels[0] ? getComputedStyle(e.labels[0], '::before') : s;
                     const marked = [s, label].some(s => s.outlineStyle !== 'none' || s.boxShadow !== 'none' || s.backgroundColor === 'rgb(255, 235, 59)');
                     return [e.outerHTML.slice(0, 160), marked || e.parentElement.matches(':focus-within') && marked];",
                )
                .await;
            assert_eq!(place[1], true, "{address}: the focus is not seen on {}", place[0]);
            seen.push(place[0].as_str().unwrap_or_default().to_owned());
        }
        seen.dedup();
        assert!(seen.len() > 5, "{address}: the focus moves on: {seen:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_finder_finds() {
    let browser = Browser::start(true).await;
    browser.resize(320, 800).await;
    let bad = "data:text/html,<!doctype html><html lang=\"de\"><h1>a</h1><h1>b</h1><h3>c</h3><input><img src=\"data:,\">\
               <a href=\"x\"></a><p id=\"p\" style=\"width:900px\" onclick=\"\">wide</p><p id=\"p\"></p><label for=\"none\">l</label>";
    let page = browser.open(bad).await;
    let found = faults(&page).await.join("\n");
    for fault in [
        "wider than the window",
        "2 h1",
        "no title",
        "no language",
        "not one main",
        "h3 follows h1",
        "no label: <input>",
        "no name: <a",
        "no alt: <img",
        "id twice: p",
        "points nowhere: none",
        "a style of its own",
        "a script of its own",
    ] {
        assert!(found.contains(fault), "{fault} is not found in:\n{found}");
    }
}
