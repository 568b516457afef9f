//! Feeds, as RFC 4287 has them.

use askama::Template;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A feed.
#[derive(Debug, Clone, Template)]
#[template(path = "page/feed/atom.xml")]
pub struct Feed {
    /// Its name that stays.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The page that shows the same.
    pub page_url: String,
    /// Its own address, where that holds no secret.
    pub own_url: Option<String>,
    /// When it last changed.
    pub updated: OffsetDateTime,
    /// What it tells, the latest first.
    pub entries: Vec<Entry>,
}

/// One thing that a feed tells.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name that stays.
    pub id: String,
    /// What it is.
    pub title: String,
    /// A sentence about it.
    pub summary: String,
    /// Its page.
    pub url: String,
    /// Who did it, where that is known.
    pub author: Option<String>,
    /// When.
    pub at: OffsetDateTime,
}

/// A moment as feeds have it.
fn moment(at: &OffsetDateTime) -> String {
    at.to_offset(time::UtcOffset::UTC).format(&Rfc3339).unwrap_or_default()
}

/// Text as a feed may hold it: what cannot be seen is written out, and the two characters that no document of this kind
/// may hold are replaced. The template escapes the rest.
fn text(text: &str) -> String {
    crate::shown(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn feed(title: &str) -> String {
        let at = datetime!(2026-11-29 10:00:00.5 +1);
        let entry = |id: &str, author| Entry {
            id: id.to_owned(),
            title: title.to_owned(),
            summary: "Because you were asked".to_owned(),
            url: "https://forge.example/a/b?x=1&y=2".to_owned(),
            author,
            at,
        };
        Feed {
            id: "tag:forge.example,2026:repository/1".to_owned(),
            title: title.to_owned(),
            page_url: "https://forge.example/a/b/activity".to_owned(),
            own_url: None,
            updated: at,
            entries: vec![entry("tag:x,2026:1", Some(title.to_owned())), entry("tag:x,2026:2", None)],
        }
        .render()
        .unwrap()
    }

    #[test]
    fn whatever_people_write_is_text() {
        let odd = "<b>&\"'\u{0}\u{b}\u{202e}\u{ffff} 你好]]>";
        let xml = feed(odd);
        assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns="), "{xml}");
        assert!(!xml.contains("<b>") && !xml.contains("]]>") && xml.contains("你好"), "{xml}");
        let is_allowed =
            |c: char| matches!(c, '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{202e}';
        assert_eq!(xml.chars().find(|c| !is_allowed(*c)), None, "{xml}");
        assert!(xml.contains("x=1&#38;y=2") || xml.contains("x=1&amp;y=2"), "{xml}");
        assert_eq!(xml.matches("<entry>").count(), 2);
        assert!(xml.contains("<updated>2026-11-29T09:00:00.5Z</updated>"), "{xml}");
    }
}
