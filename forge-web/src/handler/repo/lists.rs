//! Branches and tags.

use forge_app::Read;
use forge_core::code::{AheadBehind, Branch, Tag};
use forge_core::{FilePath, Permission, RepoPath};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::Answer;
use crate::extract::{Ctx, Query, Repo, page};
use crate::handler::present::paging;
use crate::handler::repo::signature::signature_tag;
use crate::handler::repo::top;
use crate::page::repo::{BranchRow, Branches, TagRow, Tags};
use crate::url::{self, Rev};
use crate::view::{RepoSection, When};

/// How many are listed at once.
const LISTED: usize = 100;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct ListQuery {
    page: Option<u32>,
}

impl ListQuery {
    /// The number of the page, how many entries come before it, and the size of a page.
    fn part(&self) -> (u64, usize) {
        let number = self.page.unwrap_or(1).max(1);
        let skipped = usize::try_from(number - 1).unwrap_or(usize::MAX).saturating_mul(LISTED);
        (u64::from(number), skipped)
    }
}

pub(in crate::handler) async fn show_branches(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ListQuery>,
) -> Answer {
    let branches = ctx.app().code(&access).await?.branches().await?;
    let (repo, now) = (&access.repo().path, ctx.now());
    let can_ask = access.permission() >= Permission::Write && !access.repo().archived;
    let (number, skipped) = query.part();
    let total = u64::try_from(branches.len()).unwrap_or(u64::MAX);
    page(&Branches {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Branches),
        why_url: url::repo_why(repo),
        branches: branches
            .iter()
            .skip(skipped)
            .take(LISTED)
            .map(|branch| BranchRow {
                ask_url: (can_ask && !branch.is_default)
                    .then(|| url::ask_to_merge(repo, branch.name.short())),
                compare_url: (!branch.is_default).then(|| {
                    url::compare(repo, access.repo().default_branch.short(), branch.name.short(), false)
                }),
                ..branch_row(repo, branch, now)
            })
            .collect(),
        paging: paging(&url::branches(repo), None, number, 100, total),
    })
}

fn branch_row(repo: &RepoPath, branch: &Branch, now: OffsetDateTime) -> BranchRow {
    let rev = Rev::of_ref(&branch.name);
    BranchRow {
        name: branch.name.short().to_owned(),
        ask_url: None,
        compare_url: None,
        url: url::tree(repo, &rev, &FilePath::root()),
        commits_url: url::commits(repo, &rev, &FilePath::root()),
        zip_url: url::archive_zip(repo, &rev),
        is_default: branch.is_default,
        commit_title: top::titled(&branch.tip),
        commit_url: url::commit(repo, &branch.tip.id),
        author: branch.tip.author.name.clone(),
        when: When::ago(branch.tip.committer.at, now),
        compared: branch.against_default.filter(|_| !branch.is_default).map(compared).unwrap_or_default(),
    }
}

fn compared(counts: AheadBehind) -> String {
    let more = if counts.complete { "" } else { "at least " };
    match (counts.ahead, counts.behind) {
        (0, 0) => "same as the default branch".to_owned(),
        (ahead, 0) => format!("{more}{ahead} ahead"),
        (0, behind) => format!("{more}{behind} behind"),
        (ahead, behind) => format!("{more}{ahead} ahead, {behind} behind"),
    }
}

pub(in crate::handler) async fn show_tags(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ListQuery>,
) -> Answer {
    let code = ctx.app().code(&access).await?;
    let tags = code.tags().await?;
    let (repo, now) = (&access.repo().path, ctx.now());
    let (number, skipped) = query.part();
    let total = u64::try_from(tags.len()).unwrap_or(u64::MAX);
    let listed = || tags.iter().skip(skipped).take(LISTED);
    let mut states = code.tag_signature_states(listed()).await?;
    let mut row = |tag: &Tag| {
        let state = tag.note.as_ref().and_then(|note| states.remove(&note.id));
        TagRow { signature: state.and_then(signature_tag), ..tag_row(repo, tag, now) }
    };
    page(&Tags {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Tags),
        tags: listed().map(&mut row).collect(),
        paging: paging(&url::tags(repo), None, number, 100, total),
    })
}

fn tag_row(repo: &RepoPath, tag: &Tag, now: OffsetDateTime) -> TagRow {
    let rev = Rev::of_ref(&tag.name);
    let tagged = tag.note.as_ref().and_then(|note| note.tagger.as_ref()).map(|tagger| tagger.at);
    let made = tagged.or_else(|| tag.commit.as_ref().map(|commit| commit.committer.at));
    TagRow {
        name: tag.name.short().to_owned(),
        url: url::tree(repo, &rev, &FilePath::root()),
        message: tag
            .note
            .as_ref()
            .map(|note| forge_core::code::commit::title_of(&note.text))
            .unwrap_or_default(),
        short_id: tag.target.short(),
        commit_url: tag.commit.as_ref().map(|commit| url::commit(repo, &commit.id)).unwrap_or_default(),
        when: made.map(|at| When::ago(at, now)),
        zip_url: url::archive_zip(repo, &rev),
        tar_url: url::archive_tar_gz(repo, &rev),
        signature: None,
    }
}
