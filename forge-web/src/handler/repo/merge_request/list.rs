//! The merge requests of a repository.

use forge_app::{Page, Read, RequestFilter};
use forge_core::merge_request::MergeRequest;
use forge_core::{ItemState, Permission, RepoPath, Username};
use serde::Deserialize;
use time::OffsetDateTime;

use super::top::state_tag;
use crate::error::Answer;
use crate::extract::{Ctx, Query, Repo, page};
use crate::handler::present::{counted, paging_with, searched};
use crate::handler::repo::top;
use crate::page::repo::{MergeRequests, RequestRow};
use crate::url;
use crate::view::{Link, RepoSection, When};

/// How many are listed at once.
const LISTED: u64 = 25;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct ListQuery {
    q: Option<String>,
    state: Option<String>,
    page: Option<u64>,
}

pub(in crate::handler) async fn show_merge_requests(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ListQuery>,
) -> Answer {
    let now = ctx.now();
    let repo = access.repo().path.clone();
    let text = searched(query.q.as_deref());
    let state = match query.state.as_deref() {
        Some("all") => None,
        Some(word) => Some(word.parse::<ItemState>().unwrap_or(ItemState::Open)),
        None => Some(ItemState::Open),
    };
    let number = query.page.unwrap_or(1).max(1);
    let filter = RequestFilter { state, by_update: true, ..read_words(text.as_deref().unwrap_or_default()) };
    let (found, counts) = ctx.app().merge_requests(&access, &filter, Page::number(number, LISTED)).await?;
    let address = url::merge_requests(&repo);
    let word = |state: Option<ItemState>| state.map_or("all", ItemState::name);
    let search = text
        .as_deref()
        .map(|text| format!("q={}&", url::encode_segment(text.as_bytes())))
        .unwrap_or_default();
    let states = counts
        .into_iter()
        .map(|(of, count)| Link {
            is_current: state == Some(of),
            ..Link::new(
                counted(count, label(of), label(of)),
                format!("{address}?{search}state={}", of.name()),
            )
        })
        .collect();
    let words = format!("{search}state={}&", word(state));
    page(&MergeRequests {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::MergeRequests),
        states,
        state: word(state).to_owned(),
        query: text.unwrap_or_default(),
        requests: found.items.iter().map(|request| row(&repo, request, now)).collect(),
        paging: paging_with(&address, &words, number, LISTED, found.total),
        new_url: (access.permission() >= Permission::Write && !access.repo().archived)
            .then(|| format!("{address}/new")),
        url: address,
    })
}

/// `author:NAME` among the words is no word to look for.
fn read_words(text: &str) -> RequestFilter {
    let (mut words, mut author) = (Vec::new(), None);
    for word in text.split_whitespace() {
        match word.strip_prefix("author:").and_then(|name| Username::new(name.trim_start_matches('@')).ok()) {
            Some(name) => author = Some(name),
            None => words.push(word),
        }
    }
    let text = (!words.is_empty()).then(|| words.join(" "));
    RequestFilter { text, author, ..RequestFilter::default() }
}

fn label(state: ItemState) -> &'static str {
    match state {
        ItemState::Open => "open",
        ItemState::Merged => "merged",
        ItemState::Closed => "closed",
    }
}

/// A merge request in a list.
pub(in crate::handler) fn row(repo: &RepoPath, request: &MergeRequest, now: OffsetDateTime) -> RequestRow {
    RequestRow {
        reference: request.item.reference(),
        title: request.item.title.clone(),
        url: url::merge_request(repo, request.item.number),
        state: state_tag(request),
        author: request.item.author.name.clone(),
        when: When::ago(request.item.created_at, now),
        source: request.source.branch.short().to_owned(),
        target: request.target_branch.short().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_told_from_words() {
        let found = read_words("beds author:@rosa ward");
        assert_eq!(found.text.as_deref(), Some("beds ward"));
        assert_eq!(found.author.map(|name| name.to_string()).as_deref(), Some("rosa"));
        assert_eq!(read_words("author:!!").text.as_deref(), Some("author:!!"), "no name, so a word");
        assert_eq!(read_words(" ").text, None);
    }
}
