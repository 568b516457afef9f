//! Somebody in front of their browser.

use std::cell::RefCell;
use std::collections::BTreeSet;

use forge_tests::{Browser, Page, asked_text};
use serde_json::Value;

use super::super::axe::{axe, complaints};
use super::super::journey::{follow, sign_in};
use super::{REPO, Stage};

/// A person who is signed in.
pub(super) struct Reader<'a> {
    browser: Browser,
    stage: &'a Stage,
    name: String,
    /// The checker, where scripts are on: it waits for answers that do not come where they are off.
    axe: Option<String>,
    /// The kinds of screens that axe has looked at.
    seen: RefCell<BTreeSet<String>>,
}

impl<'a> Reader<'a> {
    pub(super) async fn new(stage: &'a Stage, name: &str, scripts: bool) -> Self {
        let browser = Browser::start(scripts).await;
        sign_in(&browser, &stage.forge, name).await;
        let name = format!("{name}-{}", if scripts { "scripts" } else { "plain" });
        browser.resize(1280, 900).await;
        Self { browser, stage, name, axe: scripts.then(axe), seen: RefCell::default() }
    }

    pub(super) fn browser(&self) -> &Browser {
        &self.browser
    }

    async fn open(&self, path: &str) -> Page<'_> {
        self.browser.open(&self.stage.forge.url(path)).await
    }

    /// The first of what a CSS selector finds, by one of its attributes.
    async fn first(&self, page: &Page<'_>, selector: &str, attribute: &str) -> Option<String> {
        let script =
            format!("return document.querySelector({})?.getAttribute('{attribute}')", Value::from(selector));
        page.script(&script).await.as_str().map(str::to_owned)
    }

    /// Has axe look at each kind of screen, and keeps a picture of it at two widths where pictures are asked for.
    async fn look(&self, page: &Page<'_>, name: &str) {
        if let Some(axe) = &self.axe
            && self.seen.borrow_mut().insert(name.to_owned())
        {
            let found = complaints(page, axe).await;
            assert!(found.is_empty(), "{name}: {found:#?}");
        }
        let Some(folder) = asked_text("FORGE_TEST_SCREENSHOTS") else { return };
        for width in [1280, 320] {
            self.browser.resize(width, 900).await;
            let height = page.script("return document.documentElement.scrollHeight").await;
            let height = u32::try_from(height.as_u64().unwrap_or(900)).unwrap_or(u32::MAX);
            self.browser.resize(width, height.clamp(900, 6_000)).await;
            let file = format!("{folder}/{name}-{}-{width}.png", self.name);
            std::fs::write(file, page.screenshot().await).unwrap();
        }
        self.browser.resize(1280, 900).await;
    }

    /// Opens a merge request of a branch; its address.
    pub(super) async fn open_request(&self, branch: &str) -> String {
        let page = self.open(&format!("{REPO}/merge-requests/new?source={branch}&target=main")).await;
        self.look(&page, "new").await;
        page.script("document.querySelector('#title').value = ''").await;
        page.fill("#title", &format!("Bring {branch}")).await;
        follow(&page, "main form[method=post] button[type=submit]").await;
        let (url, text) = (page.url().await, page.text().await);
        let start = self.stage.forge.url(&format!("{REPO}/merge-requests/"));
        assert!(url.starts_with(&start) && !url.contains("/new"), "{url}: {text}");
        self.look(&page, "opened").await;
        url[self.stage.forge.url("").len()..].to_owned()
    }

    /// Puts a comment on the first added line into the review, or on the first file; whether it suggests other lines.
    pub(super) async fn comment(&self, one: &str, suggests: bool) -> bool {
        let page = self.open(&format!("{one}/changes")).await;
        self.look(&page, "changes").await;
        let line = self.first(&page, "tr.add a[href*='/comment?']", "href").await;
        let place = match line {
            Some(line) => Some(line),
            None => self.first(&page, "a[href*='/comment?']", "href").await,
        };
        let Some(place) = place else { return false };
        let page = self.open(&place).await;
        let suggestion = page.script("return document.querySelector('#suggestion')?.textContent").await;
        let suggestion = suggestion.as_str().filter(|text| suggests && text.lines().count() >= 3);
        let text = match suggestion {
            Some(text) => {
                let mut lines: Vec<String> = text.trim_end().lines().map(str::to_owned).collect();
                let at = lines.len() - 2;
                lines[at].push_str(" and checked");
                format!("Better so:\n\n{}\n", lines.join("\n"))
            }
            None => "Why is it **so**?".to_owned(),
        };
        page.fill("#body", &text).await;
        self.look(&page, "comment").await;
        follow(&page, "button[name=action][value=review]").await;
        assert!(page.text().await.contains("Not sent yet"), "{}", page.text().await);
        suggestion.is_some()
    }

    /// Sends a review of the newest version.
    pub(super) async fn review(&self, one: &str, verdict: &str, text: &str) {
        let page = self.open(&format!("{one}/changes")).await;
        page.fill("form[action*='/review'] textarea[name=body]", text).await;
        page.script(&format!("document.querySelector('input[name=verdict][value={verdict}]').click()")).await;
        follow(&page, "form[action*='/review'] button[value=submit]").await;
        assert!(page.text().await.contains(text), "{}", page.text().await);
        self.look(&page, "reviewed").await;
    }

    /// Takes the first suggestion.
    pub(super) async fn apply(&self, one: &str) {
        let page = self.open(one).await;
        follow(&page, ".forge-suggestion form button[type=submit]").await;
        let page = self.open(one).await;
        assert!(page.text().await.contains("Applied"), "{}", page.text().await);
    }

    /// Chooses the first of what stands at each place that clashes.
    pub(super) async fn resolve(&self, one: &str) {
        let page = self.open(one).await;
        self.look(&page, "clash").await;
        follow(&page, "a[href$='/conflicts']").await;
        let choose = "document.querySelectorAll('main form fieldset').forEach(set => set.querySelector('input[type=radio]').click())";
        page.script(choose).await;
        self.look(&page, "conflicts").await;
        follow(&page, "main form[action$='/conflicts'] button[type=submit]").await;
        let page = self.open(one).await;
        assert!(!page.text().await.contains("Resolve the conflicts"), "{}", page.text().await);
    }

    /// Merges it.
    pub(super) async fn merge(&self, one: &str, method: &str) {
        let page = self.open(one).await;
        self.look(&page, "before-merging").await;
        page.script(&format!("document.querySelector('input[name=method][value={method}]').click()")).await;
        page.script(
            "document.querySelectorAll('input[name=delete_source]').forEach(box => box.checked = false)",
        )
        .await;
        follow(&page, "form[action$='/merge'] button[type=submit]").await;
        let page = self.open(one).await;
        assert!(page.text().await.contains("Merged"), "{}", page.text().await);
        self.look(&page, "merged").await;
    }

    /// The page of the merge request says this.
    pub(super) async fn sees(&self, one: &str, text: &str) {
        let page = self.open(one).await;
        assert!(page.text().await.contains(text), "{}", page.text().await);
    }

    /// Opens each page of it, which must be there.
    pub(super) async fn look_at_all(&self, one: &str) {
        for tab in ["", "/changes", "/changes?view=split", "/changes?space=ignore", "/commits", "/versions"] {
            let page = self.open(&format!("{one}{tab}")).await;
            let title = page.title().await;
            assert!(title.contains("ann/project") && !title.contains("rror"), "{tab}: {title}");
            let name = tab.replace(['/', '?', '='], "-");
            self.look(&page, &format!("all{name}")).await;
        }
    }
}
