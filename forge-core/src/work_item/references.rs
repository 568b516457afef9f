//! What a text names: other items (`#12`, `!12`, `owner/name#12`), whether it closes them, and people (`@name`).
//!
//! What stands in code is left alone. A text names only so much: what comes behind the limit is text like any other.

use std::ops::Range;

use crate::{ItemKind, RepoPath, Username};

/// The most items that one text names.
pub const MAX_REFERENCES: usize = 50;
/// The most people that one text names.
pub const MAX_MENTIONS: usize = 20;
/// The longest number that is looked at, in digits.
const MAX_DIGITS: usize = 10;

/// An item that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// In which repository; nothing for the one that the text belongs to.
    pub repo: Option<RepoPath>,
    /// What the mark says it is. The number alone decides.
    pub kind: ItemKind,
    /// Its number.
    pub number: u64,
    /// Whether the text says that it closes it.
    pub closes: bool,
}

/// Something in a line of text that can be a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// An item.
    Item(Reference),
    /// A person.
    Person(Username),
}

/// The items that a text names, each once.
pub fn references(text: &str) -> Vec<Reference> {
    let mut found: Vec<Reference> = Vec::new();
    each_line(text, |line| {
        for (_, named) in named(line) {
            let Named::Item(new) = named else { continue };
            if let Some(old) = found.iter_mut().find(|old| old.repo == new.repo && old.number == new.number) {
                old.closes |= new.closes;
            } else if found.len() < MAX_REFERENCES {
                found.push(new);
            }
        }
    });
    found
}

/// The people that a text names, each once.
pub fn mentions(text: &str) -> Vec<Username> {
    let mut found: Vec<Username> = Vec::new();
    each_line(text, |line| {
        for (_, named) in named(line) {
            let Named::Person(name) = named else { continue };
            if found.len() < MAX_MENTIONS && !found.iter().any(|old| old.key() == name.key()) {
                found.push(name);
            }
        }
    });
    found
}

/// What a piece of a line names, and where. It holds no code.
pub fn named(line: &str) -> Vec<(Range<usize>, Named)> {
    let mut found: Vec<(Range<usize>, Named)> = Vec::new();
    let mut last_closing = None;
    for (at, mark) in line.char_indices().filter(|(_, c)| matches!(c, '#' | '!' | '@')) {
        if found.len() >= MAX_REFERENCES || found.last().is_some_and(|(range, _)| range.end > at) {
            continue;
        }
        let behind = line.get(at + 1..).unwrap_or_default();
        let before = line.get(..at).unwrap_or_default();
        if mark == '@' {
            found.extend(person(before, behind).map(|name| {
                let end = at + 1 + name.as_str().len();
                (at..end, Named::Person(name))
            }));
            continue;
        }
        let Some((start, mut item)) = item(before, mark, behind) else { continue };
        let end = at + 1 + behind.bytes().take_while(u8::is_ascii_digit).count();
        let between = last_closing.and_then(|last: usize| line.get(last..start));
        item.closes = says_close(line.get(..start).unwrap_or_default()) || between.is_some_and(joins);
        last_closing = item.closes.then_some(end);
        found.push((start..end, Named::Item(item)));
    }
    found
}

/// Calls the function with each line that is not code, and with the pieces around code within a line.
fn each_line(text: &str, mut use_line: impl FnMut(&str)) {
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let bare = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| bare.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            (None, None) => {
                // Every second piece stands between two marks of code.
                line.split('`').step_by(2).for_each(&mut use_line);
            }
        }
    }
}

/// The item whose mark stands between two texts, and where its reference begins.
fn item(before: &str, mark: char, behind: &str) -> Option<(usize, Reference)> {
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    let next = behind.get(digits..)?.chars().next();
    if digits == 0 || digits > MAX_DIGITS || next.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let number: u64 = behind.get(..digits)?.parse().ok()?;
    let is_of_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    let start = before.trim_end_matches(is_of_path).len();
    let path = before.get(start..)?;
    if number == 0 || before.get(..start)?.chars().next_back().is_some_and(is_inside_a_word) {
        return None;
    }
    let repo = match path {
        "" => None,
        path if path.starts_with('/') || path.ends_with('/') => return None,
        path => Some(path.parse::<RepoPath>().ok()?),
    };
    let kind = if mark == '!' { ItemKind::MergeRequest } else { ItemKind::Ticket };
    Some((start, Reference { repo, kind, number, closes: false }))
}

/// Whether what follows this character belongs to it: a word, an address, an entity such as `&#39;`.
fn is_inside_a_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '&' | '#' | '!' | '@' | ':' | '\\' | '=' | '?' | '_')
}

fn person(before: &str, behind: &str) -> Option<Username> {
    if before.chars().next_back().is_some_and(|c| is_inside_a_word(c) || matches!(c, '.' | '-' | '/')) {
        return None;
    }
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let end = behind.find(|c: char| !is_of_name(c)).unwrap_or(behind.len());
    // A full stop behind a name ends the sentence.
    let name = behind.get(..end)?.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    if behind.get(end..).is_some_and(|rest| rest.starts_with(['/', '@'])) {
        return None;
    }
    Username::new(name).ok()
}

/// Whether a text ends with a word that closes what comes behind it.
fn says_close(before: &str) -> bool {
    const WORDS: [&str; 9] =
        ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];
    let text = before.trim_end();
    // Something must stand between the word and the mark.
    if text.len() == before.len() && !text.ends_with(':') {
        return false;
    }
    let text = text.strip_suffix(':').unwrap_or(text);
    let start = text.trim_end_matches(char::is_alphanumeric).len();
    let word = text.get(start..).unwrap_or_default();
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
        && !text.get(..start).unwrap_or_default().ends_with(['-', '_'])
}

/// Whether a text between two items makes them one list: `closes #1, #2 and #3`.
fn joins(between: &str) -> bool {
    matches!(between.trim(), "," | "and" | ", and" | "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str) -> Vec<String> {
        let word = |found: &Reference| {
            let repo = found.repo.as_ref().map(ToString::to_string).unwrap_or_default();
            let closes = if found.closes { " closed" } else { "" };
            format!("{repo}{}{}{closes}", found.kind.mark(), found.number)
        };
        references(text).iter().map(word).collect()
    }

    #[test]
    fn finds_items_of_this_and_of_other_repositories() {
        assert_eq!(short("see #12, !13 and rr8/beds#4."), ["#12", "!13", "rr8/beds#4"]);
        assert_eq!(short("(#1) [#2] \"#3\"\n#4\n- #5"), ["#1", "#2", "#3", "#4", "#5"]);
        assert_eq!(short("#7 again #7"), ["#7"]);
    }

    #[test]
    fn leaves_alone_what_only_looks_like_one() {
        for text in [
            "a#1",
            "#1a",
            "#0",
            "# 1",
            "##1",
            "&#39;",
            "#12345678901",
            "https://x.org/a/b#1",
            "a/b/c#1",
            "/b#1",
            "`#1`",
            "```\n#1\n```",
            "~~~\n```\n#1\n~~~",
            "colour=#123",
            "#1_",
            "\\#1",
        ] {
            assert_eq!(short(text), [""; 0], "{text}");
        }
        assert_eq!(short("`x` #1 `#2`"), ["#1"]);
    }

    #[test]
    fn closing_words_count_directly_before_an_item() {
        for text in ["Closes #1", "fixes: #1", "Resolved #1", "x. FIX #1", "closed   #1"] {
            assert_eq!(short(text), ["#1 closed"], "{text}");
        }
        for text in
            ["encloses #1", "closes the ticket #1", "prefix-fix #1", "fix#1 #1", "closes\n#1", "#1 closes"]
        {
            assert!(!short(text).iter().any(|found| found.ends_with("closed")), "{text}: {:?}", short(text));
        }
        assert_eq!(
            short("Fixes #1, rr8/beds#2 and #3; see #4"),
            ["#1 closed", "rr8/beds#2 closed", "#3 closed", "#4"]
        );
        assert_eq!(short("#1 is nice. Closes #1"), ["#1 closed"]);
    }

    #[test]
    fn finds_people() {
        let names = |text: &str| mentions(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names("@ann, (@bob-b). @ann @Ann"), ["ann", "bob-b"]);
        assert_eq!(names("Ask @ann."), ["ann"]);
        for text in ["a@b.org", "`@ann`", "@", "@-x", "@ann/repo", "@@ann", "x.@ann"] {
            assert_eq!(names(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_text_names_only_so_much() {
        let many = (1..=200).map(|number| format!("#{number} @p{number}\n")).collect::<Vec<_>>().concat();
        assert_eq!(references(&many).len(), MAX_REFERENCES);
        assert_eq!(mentions(&many).len(), MAX_MENTIONS);
        assert_eq!(references(&"#1 ".repeat(100_000)).len(), 1);
        assert_eq!(references(&"é#".repeat(1_000)), []);
    }
}
