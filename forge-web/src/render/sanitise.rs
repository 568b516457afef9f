//! The last step over all HTML that came from people: only what is listed here is left.
//!
//! No scripts, styles, forms, frames, SVG or `MathML`; links to `http`, `https` and `mailto` and within the site.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::SafeHtml;

const TAGS: &[&str] = &[
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "span",
    "strong",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

const CODE_CLASSES: &[&str] = &["k", "s", "c", "n", "f", "t", "g", "a", "h", "i", "d", "hid"];

const ALERT_CLASSES: &[&str] = &[
    "markdown-alert",
    "markdown-alert-note",
    "markdown-alert-tip",
    "markdown-alert-important",
    "markdown-alert-warning",
    "markdown-alert-caution",
];

/// Cleans rendered HTML. Every `id`, and every link to one, gets the prefix, so that a document can take the place of
/// no element of the page around it.
pub(super) fn clean(html: &str, id_prefix: &str) -> SafeHtml {
    let prefix = id_prefix.to_owned();
    let mut builder = BUILDER.clone();
    builder.attribute_filter(move |_, attribute, value| match attribute {
        "id" => Some(Cow::Owned(format!("{prefix}{value}"))),
        "href" => match value.strip_prefix('#') {
            Some("") | None => Some(Cow::Borrowed(value)),
            Some(target) => Some(Cow::Owned(format!("#{prefix}{target}"))),
        },
        _ => Some(Cow::Borrowed(value)),
    });
    SafeHtml::trusted(builder.clean(html).to_string())
}

static BUILDER: LazyLock<Settings> = LazyLock::new(Settings::new);

/// What a [`Builder`] is made of: it takes one filter for life, and ours differs from document to document.
struct Settings {
    tags: HashSet<&'static str>,
    tag_attributes: HashMap<&'static str, HashSet<&'static str>>,
    classes: HashMap<&'static str, HashSet<&'static str>>,
}

impl Settings {
    fn new() -> Self {
        let set = |words: &[&'static str]| words.iter().copied().collect::<HashSet<_>>();
        let tag_attributes = HashMap::from([
            ("a", set(&["href", "title", "id", "aria-label"])),
            ("img", set(&["src", "alt", "title"])),
            ("li", set(&["id"])),
            ("h2", set(&["id"])),
            ("h3", set(&["id"])),
            ("h4", set(&["id"])),
            ("h5", set(&["id"])),
            ("h6", set(&["id"])),
            ("ol", set(&["start"])),
            ("pre", set(&["tabindex"])),
            ("td", set(&["align"])),
            ("th", set(&["align"])),
        ]);
        let classes = HashMap::from([
            ("span", set(CODE_CLASSES)),
            ("div", set(ALERT_CLASSES)),
            ("p", set(&["markdown-alert-title"])),
            ("section", set(&["footnotes"])),
            ("a", set(&["footnote-backref"])),
            ("sup", set(&["footnote-ref"])),
        ]);
        Self { tags: set(TAGS), tag_attributes, classes }
    }

    fn clone(&self) -> Builder<'static> {
        let mut builder = Builder::empty();
        builder
            .tags(self.tags.clone())
            .clean_content_tags(HashSet::from(["script", "style"]))
            .tag_attributes(self.tag_attributes.clone())
            .allowed_classes(self.classes.clone())
            .url_schemes(HashSet::from(["http", "https", "mailto"]))
            .url_relative(UrlRelative::PassThrough)
            .link_rel(Some("nofollow noopener noreferrer"));
        builder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_only_what_is_listed() {
        for (html, expected) in [
            ("<script>alert(1)</script>x", "x"),
            ("<p onclick=\"alert(1)\" style=\"color:red\" class=\"evil\">x</p>", "<p class=\"\">x</p>"),
            ("<svg onload=alert(1)><p>x</p></svg>", "<p>x</p>"),
            ("<form action=/sign-out><button>x</button></form>", "x"),
            ("<iframe src=https://example.org></iframe>x", "x"),
            ("<span class=\"k evil\">x</span>", "<span class=\"k\">x</span>"),
            ("<h2 id=\"main\">x</h2>", "<h2 id=\"doc-main\">x</h2>"),
            ("<math><mi>x</mi></math>", ""),
        ] {
            assert_eq!(clean(html, "doc-").as_str(), expected, "{html}");
        }
    }

    #[test]
    fn links_go_to_pages_only() {
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java&#10;script:alert(1)",
            "&#106;avascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
        ] {
            let html = clean(&format!("<a href=\"{bad}\">x</a>"), "doc-").to_string();
            assert!(!html.contains("href"), "{bad}: {html}");
        }
        assert_eq!(
            clean("<a href=\"#part\">x</a>", "doc-").as_str(),
            "<a href=\"#doc-part\" rel=\"nofollow noopener noreferrer\">x</a>"
        );
    }
}
