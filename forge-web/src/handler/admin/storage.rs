//! What the forge keeps, by repository or by owner.

use forge_app::{Grouping, Kept, KeptSort, Page, StorageOverview};
use forge_core::RepoPath;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Site, page};
use crate::handler::present::{counted, paging_with};
use crate::handler::repo::sized;
use crate::page::storage::{KeptRow, Storage};
use crate::url;
use crate::view::{Link, When};

/// How many are listed at once.
const LISTED: u64 = 50;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct StorageQuery {
    #[serde(default)]
    by: By,
    #[serde(default)]
    sort: Sort,
    page: Option<u64>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum By {
    #[default]
    Repository,
    Owner,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sort {
    #[default]
    Size,
    Growth,
    Name,
}

impl By {
    const ALL: [(Self, &'static str, &'static str); 2] =
        [(Self::Repository, "repository", "Repositories"), (Self::Owner, "owner", "Owners")];

    fn grouping(self) -> Grouping {
        match self {
            Self::Repository => Grouping::Repository,
            Self::Owner => Grouping::Owner,
        }
    }
}

impl Sort {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Size, "size", "Largest first"),
        (Self::Growth, "growth", "Grown most first"),
        (Self::Name, "name", "By name"),
    ];

    fn kept(self) -> KeptSort {
        match self {
            Self::Size => KeptSort::Size,
            Self::Growth => KeptSort::Growth,
            Self::Name => KeptSort::Name,
        }
    }
}

pub(in crate::handler) async fn show_storage(
    ctx: Ctx,
    Site(access): Site,
    Query(query): Query<StorageQuery>,
) -> Answer {
    let (grouping, sort) = (query.by.grouping(), query.sort.kept());
    let part = Page::number(query.page.unwrap_or(1).max(1), LISTED);
    let found = ctx.app().storage_overview(&access, grouping, sort, part).await?;
    page(&view(&ctx, &query, &found)?)
}

fn view(ctx: &Ctx, query: &StorageQuery, found: &StorageOverview) -> Result<Storage, Failure> {
    let (by, sort) = (query.by, query.sort);
    let by_word = By::ALL.iter().find(|(one, ..)| *one == by).map_or("", |(_, word, _)| *word);
    let sort_word = Sort::ALL.iter().find(|(one, ..)| *one == sort).map_or("", |(_, word, _)| *word);
    let link = |label: &str, by: &str, sort: &str, is_current: bool| Link {
        is_current,
        ..Link::new(label, format!("{}?by={by}&sort={sort}", url::ADMIN_STORAGE))
    };
    let words = format!("by={by_word}&sort={sort_word}&");
    let total = found.kept.total;
    Ok(Storage {
        page: ctx.frame(),
        free: sized(found.disk.free),
        size: sized(found.disk.size),
        is_low: found.disk.is_low(),
        is_remote: found.is_remote,
        groupings: By::ALL
            .iter()
            .map(|(one, word, label)| link(label, word, sort_word, *one == by))
            .collect(),
        sorts: Sort::ALL.iter().map(|(one, word, label)| link(label, by_word, word, *one == sort)).collect(),
        since: found.since.map(|day| When::on(day.midnight().assume_utc())),
        by_owner: by == By::Owner,
        count: match by {
            By::Repository => counted(total, "repository", "repositories"),
            By::Owner => counted(total, "owner", "owners"),
        },
        rows: found.kept.items.iter().map(row).collect::<Result<_, Failure>>()?,
        paging: paging_with(url::ADMIN_STORAGE, &words, query.page.unwrap_or(1).max(1), LISTED, total),
    })
}

fn row(kept: &Kept) -> Result<KeptRow, Failure> {
    let (name, url) = if let Some(repository) = &kept.repository {
        let path = format!("{}/{repository}", kept.owner);
        let address = path.parse::<RepoPath>().map_err(Failure::internal)?;
        (path, url::repo(&address))
    } else {
        let owner = kept.owner.parse().map_err(Failure::internal)?;
        (kept.owner.clone(), url::owner(&owner))
    };
    Ok(KeptRow {
        name,
        url,
        repositories: kept.repositories,
        packs: kept.packs,
        bytes: sized(kept.bytes),
        closed: sized(kept.closed_bytes),
        new: sized(kept.new_bytes),
        growth: grown(kept.growth),
    })
}

/// `+1.2 MB`, or what it has shrunk by.
fn grown(bytes: i64) -> String {
    let sign = match bytes {
        0 => "",
        1.. => "+",
        _ => "−",
    };
    format!("{sign}{}", sized(bytes.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_has_a_sign() {
        assert!(grown(2_000_000).starts_with('+') && grown(-2_000_000).starts_with('−'));
        assert_eq!(grown(0), sized(0));
    }
}
