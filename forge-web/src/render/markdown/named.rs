//! Links in what people say: items, people and commits, by their form alone.

use std::ops::Range;

use comrak::Arena;
use comrak::nodes::{AstNode, NodeLink, NodeValue};
use forge_core::work_item::references::{MAX_REFERENCES, Named, named};
use forge_core::{OwnerName, RepoPath};

use super::{new_node, text_node};
use crate::url;

/// Puts links around what texts of a document name. What stands in a link or in code stays.
pub(super) fn link<'a>(arena: &'a Arena<'a>, root: &'a AstNode<'a>, repo: &RepoPath) {
    let texts: Vec<&AstNode<'_>> = root
        .descendants()
        .filter(|node| matches!(node.data.borrow().value, NodeValue::Text(_)))
        .filter(|node| !is_in_link(node))
        .collect();
    let mut left = MAX_REFERENCES;
    for node in texts {
        let text = match &node.data.borrow().value {
            NodeValue::Text(text) => text.to_string(),
            _ => continue,
        };
        let mut found = links_in(&text, repo);
        found.truncate(left);
        if found.is_empty() {
            continue;
        }
        left -= found.len();
        let mut at = 0;
        for (range, target) in found {
            let before = text.get(at..range.start).unwrap_or_default().to_owned();
            let label = text.get(range.clone()).unwrap_or_default().to_owned();
            let link = NodeLink { url: target, title: String::new() };
            let link = new_node(arena, NodeValue::Link(Box::new(link)));
            link.append(text_node(arena, label));
            node.insert_before(text_node(arena, before));
            node.insert_before(link);
            at = range.end;
        }
        let rest = text.get(at..).unwrap_or_default().to_owned();
        node.data.borrow_mut().value = NodeValue::Text(rest.into());
    }
}

fn is_in_link<'a>(node: &'a AstNode<'a>) -> bool {
    node.ancestors().any(|above| {
        matches!(above.data.borrow().value, NodeValue::Link(_) | NodeValue::Image(_) | NodeValue::Heading(_))
    })
}

/// What a text names and where each leads, in order and without overlaps.
fn links_in(text: &str, repo: &RepoPath) -> Vec<(Range<usize>, String)> {
    let target = |named: Named| match named {
        Named::Item(item) => url::item(item.repo.as_ref().unwrap_or(repo), item.kind, item.number),
        Named::Person(name) => url::owner(&OwnerName::from(name)),
    };
    let mut found: Vec<_> = named(text).into_iter().map(|(range, named)| (range, target(named))).collect();
    found.extend(commits_in(text).map(|range| {
        let id = text.get(range.clone()).unwrap_or_default();
        (range.clone(), format!("{}/commit/{id}", url::repo(repo)))
    }));
    found.sort_by_key(|(range, _)| range.start);
    let mut end = 0;
    found.retain(|(range, _)| {
        let is_free = range.start >= end;
        if is_free {
            end = range.end;
        }
        is_free
    });
    found
}

/// Words that can be the id of a commit: 7 to 64 hexadecimal digits, numbers and letters among them.
fn commits_in(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split_inclusive(|c: char| !c.is_alphanumeric()).filter_map(move |part| {
        let start = at;
        at += part.len();
        let word = part.trim_end_matches(|c: char| !c.is_alphanumeric());
        let is_hex = word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
        let is_mixed =
            word.contains(|c: char| c.is_ascii_digit()) && word.contains(|c: char| c.is_ascii_alphabetic());
        let is_id = (7..=64).contains(&word.len()) && is_hex && is_mixed;
        is_id.then(|| start..start + word.len())
    })
}

#[cfg(test)]
mod tests {
    use forge_core::FilePath;

    use crate::render::markdown::{LinkBase, render};
    use crate::url::Rev;

    fn html(text: &str) -> String {
        let base = LinkBase::new("rr8/beds".parse().unwrap(), Rev::Name("main".to_owned()), FilePath::root());
        render(text.as_bytes(), &base.with_items()).unwrap().to_string()
    }

    #[test]
    fn items_people_and_commits_are_links() {
        let text = html("See #12, !13, rr8/wards#4 and @ann in 3f2a91c0de.");
        for target in [
            "/rr8/beds/tickets/12",
            "/rr8/beds/merge-requests/13",
            "/rr8/wards/tickets/4",
            "/ann",
            "/rr8/beds/commit/3f2a91c0de",
        ] {
            assert!(text.contains(&format!("href=\"{target}\"")), "{target}: {text}");
        }
        assert!(text.starts_with("<p>See <a") && text.trim_end().ends_with("</a>.</p>"), "{text}");
    }

    #[test]
    fn code_links_and_plain_words_stay() {
        for plain in ["`#12`", "```\n#12 @ann\n```", "deadbeef 1234567 12ab", "a#1 x@y", "# #12"] {
            assert!(!html(plain).contains("<a "), "{plain}: {}", html(plain));
        }
        let linked = html("[see #12](https://example.org)");
        assert_eq!(linked.matches("<a ").count(), 1, "{linked}");
        let hostile = html("#1<script>alert(1)</script> @ann\"onclick=x");
        assert!(!hostile.contains("<script") && !hostile.contains(" onclick"), "{hostile}");
        assert!(html(&"#1 ".repeat(10_000)).matches("<a ").count() <= 50);
    }
}
