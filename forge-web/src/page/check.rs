//! What holds for every page, whatever is shown on it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::sample::{Flavour, HOSTILE, pages};

/// Elements that have no end.
const VOID: &[&str] = &["br", "col", "hr", "img", "input", "link", "meta"];

/// Reads a page strictly: every element is closed by its own end.
#[derive(Default)]
struct Reader {
    open: RefCell<Vec<String>>,
    ids: RefCell<BTreeSet<String>>,
    referred: RefCell<Vec<String>>,
    labels: RefCell<BTreeSet<String>>,
    fields: RefCell<Vec<String>>,
    first_headings: Cell<usize>,
    heading: Cell<u8>,
    buttons_without_type: Cell<usize>,
    complaints: RefCell<Vec<String>>,
}

impl Reader {
    fn complain(&self, what: String) {
        self.complaints.borrow_mut().push(what);
    }

    fn start(&self, tag: &Tag) {
        let name = tag.name.to_string();
        let value = |attribute: &str| {
            tag.attrs
                .iter()
                .find(|found| &*found.name.local == attribute)
                .map(|found| found.value.to_string())
        };
        for attribute in &tag.attrs {
            let attribute = attribute.name.local.to_string();
            if attribute.starts_with("on") || attribute == "style" {
                self.complain(format!("<{name}> has {attribute}"));
            }
        }
        if let Some(id) = value("id")
            && !self.ids.borrow_mut().insert(id.clone())
        {
            self.complain(format!("two elements have the id {id}"));
        }
        for attribute in ["for", "aria-labelledby", "aria-describedby", "aria-controls", "data-copy"] {
            let targets = value(attribute).unwrap_or_default();
            self.referred.borrow_mut().extend(targets.split_whitespace().map(str::to_owned));
        }
        match name.as_str() {
            "h1" => self.first_headings.set(self.first_headings.get() + 1),
            "label" => drop(self.labels.borrow_mut().insert(value("for").unwrap_or_default())),
            "input" if value("type").as_deref() == Some("hidden") => {}
            "input" | "select" | "textarea" if value("aria-label").is_none() => {
                self.fields.borrow_mut().push(value("id").unwrap_or_default());
            }
            "img" if value("alt").is_none() => self.complain("a picture has no alternative text".to_owned()),
            "button" if value("type").is_none() && value("id").as_deref() != Some("toggle-menu") => {
                self.buttons_without_type.set(self.buttons_without_type.get() + 1);
            }
            "script" if value("src").is_none() => self.complain("a script is written in the page".to_owned()),
            "style" | "iframe" | "object" | "embed" => self.complain(format!("the page has <{name}>")),
            _ => {}
        }
        if let Some(level) = name.strip_prefix('h').and_then(|level| level.parse::<u8>().ok()) {
            self.heading.set(level);
        }
        if !tag.self_closing && !VOID.contains(&name.as_str()) {
            self.open.borrow_mut().push(name);
        }
    }

    fn end(&self, tag: &Tag) {
        let open = self.open.borrow_mut().pop();
        if open.as_deref() != Some(&*tag.name) {
            self.complain(format!("</{}> ends {open:?}", tag.name));
        }
    }
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.start(&tag),
            Token::TagToken(tag) => self.end(&tag),
            Token::ParseError(error) => self.complain(error.into_owned()),
            Token::CommentToken(_) => self.complain("the page has a comment".to_owned()),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn read(html: &str) -> Reader {
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(html));
    let options = TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() };
    let tokenizer = Tokenizer::new(Reader::default(), options);
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink
}

fn check(name: &str, html: &str) {
    let reader = read(html);
    assert_eq!(*reader.complaints.borrow(), Vec::<String>::new(), "{name}");
    assert_eq!(*reader.open.borrow(), Vec::<String>::new(), "{name}: not closed");
    assert_eq!(reader.first_headings.get(), 1, "{name}: first-level headings");
    assert_eq!(reader.buttons_without_type.get(), 0, "{name}: buttons without a type");
    let labels = reader.labels.borrow();
    for field in reader.fields.borrow().iter() {
        assert!(labels.contains(field), "{name}: the field {field:?} has no label");
    }
    let ids = reader.ids.borrow();
    for target in reader.referred.borrow().iter() {
        assert!(ids.contains(target), "{name}: nothing has the id {target}");
    }
    assert!(html.contains("– Forge</title>"), "{name}: no title");
    for post in html.split("method=\"post\"").skip(1) {
        let form = post.split("</form>").next().unwrap();
        // The secret in its address is what lets somebody stop mail, signed in or not.
        let is_by_link = name.starts_with("unsubscribe");
        assert!(is_by_link || form.contains("name=\"csrf\""), "{name}: a form without its token");
    }
}

/// Checks every page. It also writes them into the folder that `FORGE_PAGES` names, to be looked at in a browser.
#[test]
fn every_page_is_well_formed_and_labelled() {
    let folder = std::env::var_os("FORGE_PAGES").map(std::path::PathBuf::from);
    for flavour in Flavour::ALL {
        for (name, html) in pages(flavour) {
            let name = format!("{name}-{flavour:?}").to_lowercase();
            if let Some(folder) = &folder {
                std::fs::write(folder.join(format!("{name}.html")), &html).unwrap();
            }
            check(&name, &html);
        }
    }
}

#[test]
fn hostile_text_is_shown_as_text() {
    for (name, html) in pages(Flavour::Hostile) {
        assert!(!html.contains("<img src=x"), "{name}");
        assert!(!html.contains(HOSTILE), "{name}");
        // These two say nothing that anybody has written.
        let has_text = !matches!(name.as_str(), "welcome" | "unsubscribed");
        assert_eq!(
            html.contains("onerror=alert(1)"),
            has_text,
            "{name}: is the hostile text on the page at all?"
        );
        // Fields give back what was entered; everything else shows what cannot be seen.
        let shown = text_outside_fields(&html);
        let turned = shown.find('\u{202e}').map(|at| &shown[at.saturating_sub(120)..at]);
        assert_eq!(turned, None, "{name}: a character that turns the direction is not marked");
    }
}

/// The text of a page without its tags and without what is in text areas.
fn text_outside_fields(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<').skip(1) {
        let Some((tag, after)) = part.split_once('>') else { continue };
        if !tag.starts_with("textarea") {
            text.push_str(after);
        }
    }
    text
}

#[test]
fn text_and_heading_are_the_same() {
    for (name, html) in pages(Flavour::Full) {
        let title = html.split("<title>").nth(1).unwrap().split(" – ").next().unwrap();
        let heading = html.split("<h1").nth(1).unwrap().split_once('>').unwrap().1;
        assert!(heading.starts_with(title.trim_start_matches("Error: ")), "{name}: {title:?}");
    }
}

#[test]
fn templates_trust_nothing() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../templates");
    let mut folders = vec![std::path::PathBuf::from(folder)];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap().replace(' ', "");
            for bad in ["|safe", "|escape", "style=\"", "onclick", "<script>", "javascript:"] {
                assert!(!text.contains(bad), "{} has {bad}", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} templates");
}
