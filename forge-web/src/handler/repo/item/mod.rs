//! Pages that tickets and merge requests have in common: the list, the talk, and the forms that change and sort.

mod comment;
mod edit;
mod list;
mod point;
mod side;
mod sort;
mod speaker;
mod steps;
mod thread;
mod timeline;
mod whole;

pub(in crate::handler) use comment::{add_comment, comment_form, delete_comment};
pub(in crate::handler) use edit::{edit_comment, edit_item, show_edit_comment, show_edit_item};
pub(in crate::handler) use list::{change_watch, show_items};
pub(in crate::handler) use side::{change_subscription, item_link, side};
pub(in crate::handler) use sort::{names_in, show_sort_item, sort_item};
pub(in crate::handler) use speaker::{Speaker, of_lines};
pub(in crate::handler) use steps::Steps;
pub(in crate::handler) use thread::change_thread;
pub(in crate::handler) use timeline::{LISTED, entries, part, timeline};
pub(in crate::handler) use whole::{Whole, stands_here};

use forge_app::{ItemAddress, ItemTemplate, ListedItem};
use forge_core::work_item::{Label, search};
use forge_core::{By, FilePath, ItemKind, ItemState, RepoPath, Repository, User};
use http::Uri;
use time::OffsetDateTime;

use crate::SafeHtml;
use crate::error::Failure;
use crate::extract::{Address, Ctx};
use crate::handler::present::counted;
use crate::page::item::TemplateRow;
use crate::render::markdown::{self, LinkBase};
use crate::url::{self, Rev};
use crate::view::{ItemRow, LabelTag, Link, RepoSection, StateTag, When};

/// The longest that a page to come back to is.
const MAX_BACK: usize = 500;

/// The item in an address such as `/owner/name/tickets/12`.
pub(in crate::handler) fn address(uri: &Uri) -> Result<ItemAddress, Failure> {
    Ok(ItemAddress { kind: kind(uri)?, number: number(uri)? })
}

/// The kind of item that an address such as `/owner/name/tickets` is about.
fn kind(uri: &Uri) -> Result<ItemKind, Failure> {
    match Address::of(uri).segment(2).as_deref() {
        Some("tickets") => Ok(ItemKind::Ticket),
        Some("merge-requests") => Ok(ItemKind::MergeRequest),
        _ => Err(Failure::not_found()),
    }
}

/// The number in an address such as `/owner/name/merge-requests/12`.
pub(in crate::handler) fn number(uri: &Uri) -> Result<u64, Failure> {
    number_of(&Address::of(uri).segment(3).ok_or_else(Failure::not_found)?)
}

/// The number that a text is.
pub(in crate::handler) fn number_of(text: &str) -> Result<u64, Failure> {
    // One number has one address: no leading zeros and no signs.
    match text.parse::<u64>() {
        Ok(number) if number.to_string() == text => Ok(number),
        _ => Err(Failure::not_found()),
    }
}

/// Only a page of the same item is come back to.
pub(in crate::handler) fn safe_back(back: &str, base: &str) -> Option<String> {
    let rest = back.strip_prefix(base)?;
    let fits = rest.is_empty() || rest.starts_with(['/', '?', '#']);
    let clean = back.len() <= MAX_BACK && back.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (fits && clean && !rest.contains("..")).then(|| back.to_owned())
}

/// The part of a repository's pages that items of a kind belong to.
fn section(kind: ItemKind) -> RepoSection {
    match kind {
        ItemKind::Ticket => RepoSection::Tickets,
        ItemKind::MergeRequest => RepoSection::MergeRequests,
    }
}

/// How far an item is, as a tag.
pub(in crate::handler) fn state_tag(state: ItemState) -> StateTag {
    let (label, colour) = match state {
        ItemState::Open => ("Open", "green"),
        ItemState::Closed => ("Closed", "grey"),
        ItemState::Merged => ("Merged", "purple"),
    };
    StateTag { label, colour }
}

/// The same for a merge request, which may be a draft.
pub(in crate::handler) fn request_tag(state: ItemState, is_draft: bool) -> StateTag {
    if is_draft && state == ItemState::Open {
        return StateTag { label: "Draft", colour: "grey" };
    }
    state_tag(state)
}

/// A label, as a tag that leads to the items of its kind that have it.
pub(in crate::handler) fn label_tag(repo: &RepoPath, kind: ItemKind, label: &Label) -> LabelTag {
    let query = format!("is:open label:{}", search::quoted(&label.name));
    LabelTag {
        name: label.name.clone(),
        colour: label.colour.name(),
        url: format!("{}?q={}", url::items(repo, kind), url::encode_segment(query.as_bytes())),
    }
}

/// An item in a list.
fn item_row(repo: &RepoPath, listed: &ListedItem, now: OffsetDateTime) -> ItemRow {
    let (item, request) = (&listed.item, listed.request.as_ref());
    ItemRow {
        title: item.title.clone(),
        url: url::item(repo, item.kind, item.number),
        reference: item.reference(),
        state: request_tag(item.state, request.is_some_and(|request| request.is_draft)),
        is_confidential: item.is_confidential,
        labels: listed.labels.iter().map(|label| label_tag(repo, item.kind, label)).collect(),
        author: item.author.name.clone(),
        opened: When::ago(item.created_at, now),
        comments: if listed.comments == 0 {
            String::new()
        } else {
            counted(listed.comments, "comment", "comments")
        },
        assignees: listed.assignees.iter().map(|user| user.name.to_string()).collect::<Vec<_>>().join(", "),
        milestone: listed.milestone.clone().unwrap_or_default(),
        branches: request.map(|request| {
            (request.source.branch.short().to_owned(), request.target_branch.short().to_owned())
        }),
    }
}

/// A person, as a link.
fn person_link(user: &User) -> Link {
    Link::new(&user.display_name, url::owner(&user.name.clone().into()))
}

/// The page of somebody who did something, while they have an account.
pub(in crate::handler) fn page_of(by: &By) -> Option<String> {
    by.id.and_then(|_| Some(url::owner(&by.name.parse().ok()?)))
}

/// Lays out what people wrote, each text with a number of its own, on the blocking pool. What cannot be laid out is
/// nothing.
async fn laid_out(
    ctx: &Ctx,
    repo: &Repository,
    texts: Vec<String>,
) -> Result<Vec<Option<SafeHtml>>, Failure> {
    let rev = Rev::Name(repo.default_branch.short().to_owned());
    let base = LinkBase::new(repo.path.clone(), rev, FilePath::root()).with_items();
    let work = move || {
        let one =
            |(number, text): (usize, &String)| markdown::render(text.as_bytes(), &base.part(number)).ok();
        texts.iter().enumerate().map(one).collect()
    };
    ctx.web.render(work).await
}

/// Lays out one text, for somebody who wants to see how it will look.
pub(in crate::handler) async fn preview(
    ctx: &Ctx,
    repo: &Repository,
    text: &str,
) -> Result<SafeHtml, Failure> {
    let laid = laid_out(ctx, repo, vec![text.to_owned()]).await?;
    Ok(laid.into_iter().next().flatten().unwrap_or_default())
}

/// A text to begin with, with the address that takes it; `words` come before it in the address.
pub(in crate::handler) fn template_row(
    action: &str,
    words: &str,
    chosen: Option<&str>,
    found: ItemTemplate,
) -> TemplateRow {
    let target = format!("{action}?{words}template={}", url::encode_segment(found.key.as_bytes()));
    let is_current = Some(found.key.as_str()) == chosen;
    TemplateRow { link: Link { is_current, ..Link::new(found.name, target) }, about: found.about }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_one_way() {
        let number = |path: &str| number(&path.parse().unwrap()).ok();
        assert_eq!(number("/a/b/tickets/12"), Some(12));
        for bad in
            ["/a/b/tickets/012", "/a/b/tickets/+1", "/a/b/tickets/x", "/a/b/tickets", "/a/b/tickets/-1"]
        {
            assert_eq!(number(bad), None, "{bad}");
        }
        assert_eq!(kind(&"/a/b/merge-requests/1".parse().unwrap()).ok(), Some(ItemKind::MergeRequest));
        assert!(kind(&"/a/b/labels".parse().unwrap()).is_err());
    }

    #[test]
    fn only_pages_of_the_same_item_are_come_back_to() {
        let base = "/rr8/beds/merge-requests/1";
        for fine in [base, "/rr8/beds/merge-requests/1/changes?version=2#thread-x"] {
            assert_eq!(safe_back(fine, base).as_deref(), Some(fine));
        }
        for bad in [
            "",
            "//evil.example",
            "/rr8/beds/merge-requests/12",
            "/rr8/beds/merge-requests/1/../../x",
            "/rr8/beds/merge-requests/1/\r\nSet-Cookie:x",
        ] {
            assert_eq!(safe_back(bad, base), None, "{bad}");
        }
    }
}
