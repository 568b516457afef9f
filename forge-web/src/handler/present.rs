//! How things of the house look in lists and forms.

use std::fmt::Display;

use forge_app::{Deed, Happening};
use forge_core::{FilePath, ItemState, RefUpdate, RepoPath, Repository, Visibility, WorkItem};
use time::OffsetDateTime;

use crate::url::{self, Rev};
use crate::view::{FormErrors, HappeningRow, Link, Paging, RepoRow, VisibilityTag, When};

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

/// Something that happened, in words.
pub(super) fn happening(found: &Happening, now: OffsetDateTime) -> HappeningRow {
    let item = |item: &WorkItem| {
        let label = format!("{} {} ({})", item.reference(), item.title, found.repo);
        Link::new(label, url::item(&found.repo, item.kind, item.number))
    };
    let (did, target) = match &found.what {
        Deed::Pushed(updates) => (pushed(updates), Link::new(found.repo.to_string(), url::repo(&found.repo))),
        Deed::Opened(opened) => (format!("opened the {}", opened.kind), item(opened)),
        Deed::Ended(ended) if ended.state == ItemState::Merged => ("merged".to_owned(), item(ended)),
        Deed::Ended(ended) => (format!("closed the {}", ended.kind), item(ended)),
    };
    let who = found.who.clone().unwrap_or_else(|| "Somebody".to_owned());
    HappeningRow { who, did, target, when: When::ago(found.at, now) }
}

/// The same on a page of the repository itself, which is not named again: what moved is.
pub(super) fn happening_here(found: &Happening, now: OffsetDateTime) -> HappeningRow {
    let row = happening(found, now);
    let (did, target) = match &found.what {
        Deed::Pushed(updates) => moved(&found.repo, updates),
        Deed::Opened(item) | Deed::Ended(item) => {
            (row.did, Link::new(format!("{} {}", item.reference(), item.title), row.target.url))
        }
    };
    HappeningRow { did, target, ..row }
}

/// What a push did, and to what.
fn moved(repo: &RepoPath, updates: &[RefUpdate]) -> (String, Link) {
    let [RefUpdate { name, old, new }] = updates else {
        let label = format!("{} branches and tags", updates.len());
        return ("changed".to_owned(), Link::new(label, url::branches(repo)));
    };
    let what = if name.as_tag().is_some() { "tag" } else { "branch" };
    let there = url::tree(repo, &Rev::of_ref(name), &FilePath::root());
    match (old, new) {
        (None, _) => (format!("made {what}"), Link::new(name.short(), there)),
        (_, None) => (format!("deleted {what}"), Link::new(name.short(), url::branches(repo))),
        _ => ("pushed to".to_owned(), Link::new(name.short(), there)),
    }
}

/// What a push did, in words that a repository's name follows.
pub(super) fn pushed(updates: &[RefUpdate]) -> String {
    let [update] = updates else {
        return format!("changed {} branches and tags of", updates.len());
    };
    let RefUpdate { name, old, new } = update;
    let what = if name.as_tag().is_some() { "tag" } else { "branch" };
    match (old, new) {
        (None, _) => format!("made {what} {} in", name.short()),
        (_, None) => format!("deleted {what} {} of", name.short()),
        _ => format!("pushed to {} of", name.short()),
    }
}

/// The moment that a list of what happened goes on before, as its address has it.
pub(super) fn before(text: Option<&str>, now: OffsetDateTime) -> OffsetDateTime {
    let micros: Option<i64> = text.and_then(|text| text.parse().ok());
    let moment = |micros: i64| OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok();
    // What happens while the page is made belongs to it.
    micros.and_then(moment).unwrap_or(now + time::Duration::minutes(1))
}

/// A part of what happened, and where what was before it is to be found.
pub(super) fn happenings(
    mut found: Vec<Happening>,
    listed: usize,
    address: &str,
    row: impl Fn(&Happening) -> HappeningRow,
) -> (Vec<HappeningRow>, Option<String>) {
    let has_more = found.len() > listed;
    found.truncate(listed);
    let last = found.last().filter(|_| has_more);
    let older = last.map(|last| format!("{address}?before={}", last.at.unix_timestamp_nanos() / 1_000));
    (found.iter().map(row).collect(), older)
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
