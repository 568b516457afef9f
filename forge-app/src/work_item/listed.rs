//! Lists of items, found by what people write into the search field.

use std::collections::HashMap;

use forge_core::work_item::Label;
use forge_core::work_item::search::{Search, SortWord, Wanted};
use forge_core::{ItemId, ItemKind, ItemState, MergeRequest, Permission, User, UserId, Username, WorkItem};
use forge_store::work_item::{Confidential, Having, ItemFilter, ItemSort};
use forge_store::{PageRequest, Rows, label, merge_request, milestone, user, work_item};

use crate::access::{Level, Read, RepoAccess};
use crate::app::App;
use crate::error::Result;
use crate::page::Page;

/// An item in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedItem {
    /// The item.
    pub item: WorkItem,
    /// Its labels.
    pub labels: Vec<Label>,
    /// Who works on it.
    pub assignees: Vec<User>,
    /// How many comments it has.
    pub comments: u64,
    /// The title of its milestone.
    pub milestone: Option<String>,
    /// What it is as a merge request.
    pub request: Option<MergeRequest>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemList {
    /// The part.
    pub items: Vec<ListedItem>,
    /// How many there are in the state that was asked for.
    pub total: u64,
    /// How many there are in each state.
    pub counts: Vec<(ItemState, u64)>,
    /// What was asked for and is not there: a label, a person, a milestone.
    pub missing: Vec<String>,
}

/// Which confidential items somebody may see.
pub(crate) fn visible_to<L: Level>(access: &RepoAccess<L>) -> Confidential {
    match access.actor().person() {
        _ if access.permission() >= Permission::Write => Confidential::All,
        Some(person) => Confidential::Of(person.id),
        None => Confidential::None,
    }
}

impl App {
    /// The items of one kind that fit a search, as far as the reader may see them.
    pub async fn list_items(
        &self,
        access: &RepoAccess<Read>,
        kind: ItemKind,
        search: &Search,
        page: Page,
    ) -> Result<ItemList> {
        let rows = self.store().read().await?;
        let mut missing = Vec::new();
        let filter = self.filter_of(&rows, access, kind, search, &mut missing).await?;
        if !missing.is_empty() {
            return Ok(ItemList { missing, ..ItemList::default() });
        }
        let repo = access.repo().id;
        let request = PageRequest { offset: page.offset, limit: page.limit };
        let counts = work_item::counts(&rows, repo, &filter).await?;
        let found = work_item::list(&rows, repo, &filter, request).await?;
        let ids: Vec<ItemId> = found.items.iter().map(|item| item.id).collect();
        let mut labels = label::of_items(&rows, &ids).await?;
        let mut assignees = work_item::assignees_of(&rows, &ids).await?;
        let comments = work_item::comment_counts(&rows, &ids).await?;
        let milestones = milestone::of_repository(&rows, repo).await?;
        let mut requests: HashMap<ItemId, MergeRequest> = HashMap::new();
        if kind == ItemKind::MergeRequest {
            let found = merge_request::by_ids(&rows, &ids).await?;
            requests.extend(found.into_iter().map(|request| (request.item.id, request)));
        }
        let listed = |item: WorkItem| ListedItem {
            labels: labels.remove(&item.id).unwrap_or_default(),
            assignees: assignees.remove(&item.id).unwrap_or_default(),
            comments: comments.get(&item.id).copied().unwrap_or_default(),
            milestone: milestones
                .iter()
                .find(|one| Some(one.id) == item.milestone)
                .map(|one| one.title.clone()),
            request: requests.remove(&item.id),
            item,
        };
        Ok(ItemList {
            items: found.items.into_iter().map(listed).collect(),
            total: found.total,
            counts,
            missing,
        })
    }

    async fn filter_of(
        &self,
        rows: &impl Rows,
        access: &RepoAccess<Read>,
        kind: ItemKind,
        search: &Search,
        missing: &mut Vec<String>,
    ) -> Result<ItemFilter> {
        let repo = access.repo().id;
        let mut filter = ItemFilter {
            kind: Some(kind),
            state: search.state,
            has_no_label: search.has_no_label,
            is_confidential: search.is_confidential,
            text: Some(search.words.clone()).filter(|words| !words.is_empty()),
            confidential: visible_to(access),
            sort: match search.sort {
                SortWord::Newest => ItemSort::Newest,
                SortWord::Oldest => ItemSort::Oldest,
                SortWord::Updated => ItemSort::Updated,
            },
            ..ItemFilter::default()
        };
        for name in &search.labels {
            match label::by_name(rows, repo, name).await? {
                Some(found) => filter.labels.push(found.id),
                None => missing.push(format!("a label {name}")),
            }
        }
        for name in &search.without_labels {
            filter.without_labels.extend(label::by_name(rows, repo, name).await?.map(|found| found.id));
        }
        if let Some(name) = &search.author {
            filter.author = person(rows, access, name, missing).await?;
        }
        filter.assignee = match &search.assignee {
            Some(Wanted::Named(name)) => person(rows, access, name, missing).await?.map(Having::One),
            Some(Wanted::None) => Some(Having::None),
            None => None,
        };
        filter.milestone = match &search.milestone {
            Some(Wanted::Named(title)) => {
                if let Some(found) = milestone::by_title(rows, repo, title).await? {
                    Some(Having::One(found.id))
                } else {
                    missing.push(format!("a milestone {title}"));
                    None
                }
            }
            Some(Wanted::None) => Some(Having::None),
            None => None,
        };
        Ok(filter)
    }
}

/// A person by name; `@me` is whoever looks.
async fn person(
    rows: &impl Rows,
    access: &RepoAccess<Read>,
    name: &str,
    missing: &mut Vec<String>,
) -> Result<Option<UserId>> {
    if name == "@me" {
        return Ok(access.actor().person().map(|person| person.id));
    }
    let found = match Username::new(name.trim_start_matches('@')) {
        Ok(name) => user::by_name(rows, &name).await?,
        Err(_) => None,
    };
    if found.is_none() {
        missing.push(format!("a person {name}"));
    }
    Ok(found.map(|found| found.id))
}
