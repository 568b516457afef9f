//! How things of the house look in lists and forms.

use std::fmt::Display;

use forge_core::{Repository, Visibility};
use time::OffsetDateTime;

use crate::url;
use crate::view::{FormErrors, Paging, RepoRow, VisibilityTag, When};

/// A repository in a list.
pub(super) fn repo_row(repo: &Repository, now: OffsetDateTime) -> RepoRow {
    RepoRow {
        path: repo.path.to_string(),
        url: url::repo(&repo.path),
        description: repo.description.clone(),
        visibility: visibility_tag(repo.visibility),
        is_archived: repo.archived,
        language: None,
        updated: When::ago(repo.pushed_at.unwrap_or(repo.created_at), now),
    }
}

/// Who can see a repository, as a tag.
pub(super) fn visibility_tag(visibility: Visibility) -> VisibilityTag {
    match visibility {
        Visibility::Private => VisibilityTag::Private,
        Visibility::Organisation => VisibilityTag::Organisation,
        Visibility::Internal => VisibilityTag::Internal,
        Visibility::Public => VisibilityTag::Public,
    }
}

/// `1 member`, `1,204 commits`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What was looked for, trimmed and bounded; nothing if that is nothing.
pub(super) fn searched(text: Option<&str>) -> Option<String> {
    let text: String = text?.trim().chars().take(100).collect();
    if text.is_empty() { None } else { Some(text) }
}

/// Links to the parts of a list before and after.
pub(super) fn paging(address: &str, text: Option<&str>, number: u64, size: u64, total: u64) -> Paging {
    let words = text.map(|text| format!("q={}&", url::encode_segment(text.as_bytes()))).unwrap_or_default();
    paging_with(address, &words, number, size, total)
}

/// The same, where the address has more words behind its question mark, with `&` behind the last.
pub(super) fn paging_with(address: &str, words: &str, number: u64, size: u64, total: u64) -> Paging {
    let part = |number: u64| format!("{address}?{words}page={number}");
    let first = number.saturating_sub(1).saturating_mul(size);
    let last = first.saturating_add(size).min(total);
    let is_inside = first < total;
    Paging {
        previous: (number > 1).then(|| part(number - 1)),
        next: (last < total && is_inside).then(|| part(number + 1)),
        summary: if is_inside && total > size {
            format!("Showing {} to {} of {}", grouped(first + 1), grouped(last), grouped(total))
        } else {
            String::new()
        },
    }
}

/// A value of a form as what it stands for; what is wrong with it goes among the errors.
pub(super) fn parsed<T, E: Display>(errors: &mut FormErrors, field: &str, value: Result<T, E>) -> Option<T> {
    value.map_err(|error| errors.add(field, sentence(&error.to_string()))).ok()
}

/// An error as a sentence.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase).into_iter().flatten();
    let mut sentence: String = first.chain(chars).collect();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_well() {
        assert_eq!(counted(1, "member", "members"), "1 member");
        assert_eq!(counted(0, "member", "members"), "0 members");
        assert_eq!(counted(1_234_567, "commit", "commits"), "1,234,567 commits");
    }

    #[test]
    fn parts_of_a_list_lead_to_each_other() {
        let middle = paging("/explore", Some("a b"), 2, 50, 120);
        assert_eq!(middle.previous.as_deref(), Some("/explore?q=a%20b&page=1"));
        assert_eq!(middle.next.as_deref(), Some("/explore?q=a%20b&page=3"));
        assert_eq!(middle.summary, "Showing 51 to 100 of 120");
        assert_eq!(paging("/explore", None, 1, 50, 3), Paging::default());
        let beyond = paging("/explore", None, u64::MAX, 50, 3);
        assert!(beyond.next.is_none() && beyond.previous.is_some());
    }

    #[test]
    fn errors_are_sentences() {
        let mut errors = FormErrors::none();
        assert_eq!(parsed(&mut errors, "n", "x".parse::<u8>()), None);
        assert_eq!(errors.on("n"), Some("Invalid digit found in string."));
    }
}
