//! What people write into the search field of a list of items: words, and operators such as `is:open label:bug`.

use crate::ItemState;

/// The longest search, in characters; the rest of a longer one is ignored.
pub const MAX_SEARCH: usize = 500;
/// The most operators of one search.
const MAX_OPERATORS: usize = 30;

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortWord {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// What changed last first.
    Updated,
}

/// One of several things that have a name, or having none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// This one.
    Named(String),
    /// None at all.
    None,
}

/// A search, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// In which state; nothing for any.
    pub state: Option<ItemState>,
    /// Whether a state, or all of them, was asked for.
    pub says_state: bool,
    /// Only confidential ones.
    pub is_confidential: bool,
    /// With all of these labels.
    pub labels: Vec<String>,
    /// Without any of these labels.
    pub without_labels: Vec<String>,
    /// Without any label.
    pub has_no_label: bool,
    /// Opened by somebody; `@me` is whoever looks.
    pub author: Option<String>,
    /// Given to somebody.
    pub assignee: Option<Wanted>,
    /// Part of a milestone.
    pub milestone: Option<Wanted>,
    /// In which order.
    pub sort: SortWord,
    /// What title or description must hold.
    pub words: String,
    /// Operators that are not known, as they were written.
    pub unknown: Vec<String>,
}

impl Search {
    /// Takes a search apart. Nothing is an error: what is not known is named, and finds what the rest finds.
    pub fn parse(text: &str) -> Self {
        let text: String = text.chars().take(MAX_SEARCH).collect();
        let mut search = Self::default();
        let mut words = Vec::new();
        for (count, part) in parts(&text).into_iter().enumerate() {
            match part.split_once(':') {
                Some((operator, value)) if count < MAX_OPERATORS && is_operator(operator) => {
                    search.add(operator, value.trim_matches('"'), &part);
                }
                _ => words.push(part.replace('"', "")),
            }
        }
        words.join(" ").trim().clone_into(&mut search.words);
        search
    }

    fn add(&mut self, operator: &str, value: &str, written: &str) {
        let named = || value.to_owned();
        match (operator, value) {
            ("is", "confidential") => self.is_confidential = true,
            ("is" | "state", "all") => (self.state, self.says_state) = (None, true),
            ("is" | "state", word) if word.parse::<ItemState>().is_ok() => {
                (self.state, self.says_state) = (word.parse().ok(), true);
            }
            ("sort", "newest") => self.sort = SortWord::Newest,
            ("sort", "oldest") => self.sort = SortWord::Oldest,
            ("sort", "updated") => self.sort = SortWord::Updated,
            ("no", "label") => self.has_no_label = true,
            ("no", "assignee") => self.assignee = Some(Wanted::None),
            ("no", "milestone") => self.milestone = Some(Wanted::None),
            (_, "") => self.unknown.push(written.to_owned()),
            ("label", _) => self.labels.push(named()),
            ("-label", _) => self.without_labels.push(named()),
            ("author", _) => self.author = Some(named()),
            ("assignee", _) => self.assignee = Some(Wanted::Named(named())),
            ("milestone", _) => self.milestone = Some(Wanted::Named(named())),
            _ => self.unknown.push(written.to_owned()),
        }
    }
}

fn is_operator(word: &str) -> bool {
    ["is", "state", "sort", "no", "label", "-label", "author", "assignee", "milestone"].contains(&word)
}

/// A value as it stands behind an operator.
pub fn quoted(value: &str) -> String {
    if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value.to_owned() }
}

/// The text with one operator changed to a value, added, or with nothing taken out.
pub fn with_operator(text: &str, operator: &str, value: Option<&str>) -> String {
    let start = format!("{operator}:");
    let mut parts = parts(text);
    parts.retain(|part| !part.starts_with(&start));
    if let Some(value) = value {
        parts.insert(0, format!("{start}{}", quoted(value)));
    }
    parts.join(" ")
}

/// Splits at spaces that do not stand between quotation marks.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    for c in text.chars() {
        is_quoted ^= c == '"';
        match parts.last_mut() {
            Some(part) if !c.is_whitespace() || is_quoted => part.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_operators_and_words_apart() {
        let found = Search::parse(
            "is:open label:bug label:\"needs help\" -label:wontfix author:@me assignee:bob milestone:\"Version 1\" \
             sort:updated late beds",
        );
        let expected = Search {
            state: Some(ItemState::Open),
            says_state: true,
            labels: vec!["bug".to_owned(), "needs help".to_owned()],
            without_labels: vec!["wontfix".to_owned()],
            author: Some("@me".to_owned()),
            assignee: Some(Wanted::Named("bob".to_owned())),
            milestone: Some(Wanted::Named("Version 1".to_owned())),
            sort: SortWord::Updated,
            words: "late beds".to_owned(),
            ..Search::default()
        };
        assert_eq!(found, expected);
        let none = Search::parse("no:label no:assignee no:milestone is:all");
        assert!(none.has_no_label && none.says_state && none.state.is_none());
        assert_eq!((none.assignee, none.milestone), (Some(Wanted::None), Some(Wanted::None)));
    }

    #[test]
    fn what_is_not_known_is_named_or_is_a_word() {
        let found = Search::parse("is:purple label: http://x.org \"two words\" sort:up");
        assert_eq!(found.unknown, ["is:purple", "label:", "sort:up"]);
        assert_eq!(found.words, "http://x.org two words");
        assert_eq!(Search::parse(""), Search::default());
        let long = Search::parse(&"label:x ".repeat(1_000));
        assert!(long.labels.len() <= MAX_OPERATORS);
    }

    #[test]
    fn an_operator_is_changed_and_taken_out() {
        assert_eq!(with_operator("is:open beds", "is", Some("closed")), "is:closed beds");
        assert_eq!(with_operator("beds", "milestone", Some("Version 1")), "milestone:\"Version 1\" beds");
        assert_eq!(with_operator("is:open beds", "is", None), "beds");
        assert_eq!(with_operator("label:\"a b\" x", "label", None), "x");
    }
}
