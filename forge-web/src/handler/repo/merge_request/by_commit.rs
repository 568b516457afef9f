//! Two versions of a merge request, commit by commit.

use forge_app::{Code, PairedCommits, Pairs, Read};
use forge_core::RepoPath;
use forge_core::code::{CommitRelation, CommitSummary};
use forge_core::merge_request::Version;
use http::Uri;
use serde::Deserialize;

use super::changes::{ChangesQuery, Look, choices};
use super::number;
use super::top::{Tab, request_top};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, page};
use crate::handler::present::{counted, paging_with};
use crate::handler::repo::top;
use crate::page::repo::{CommitByCommit, PairRow};
use crate::url;
use crate::view::{Link, Paging, RepoSection};

/// Pairs on one page.
const LISTED: usize = 250;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct ByCommitQuery {
    version: Option<u32>,
    from: Option<u32>,
    page: Option<usize>,
    only: Option<String>,
}

impl ByCommitQuery {
    /// Which versions are looked at: without a choice the newest beside the one before it.
    fn versions(&self, newest: u32) -> ChangesQuery {
        let before = self.version.unwrap_or(newest).checked_sub(1);
        let from = self.from.or(before).filter(|from| *from > 0).or(Some(1));
        ChangesQuery::of_versions(self.version, from)
    }

    fn page(&self) -> usize {
        self.page.unwrap_or(1).max(1)
    }

    fn with_same(&self) -> bool {
        self.only.as_deref() != Some("changed")
    }

    /// The pairs of a page, or why there are none.
    async fn pairs(
        &self,
        code: &Code,
        from: &Version,
        version: &Version,
    ) -> Result<(Pairs, String), Failure> {
        let (old, new) = ((from.base, from.head), (version.base, version.head));
        let start = (self.page() - 1).saturating_mul(LISTED);
        let part = start..start.saturating_add(LISTED);
        match code.paired_commits(old, new, self.with_same(), part).await {
            Ok(pairs) => Ok((pairs, String::new())),
            Err(forge_app::Error::TooLarge(text)) => Ok((Pairs::default(), text)),
            Err(other) => Err(other.into()),
        }
    }
}

pub(in crate::handler) async fn show_commit_by_commit(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ByCommitQuery>,
    uri: Uri,
) -> Answer {
    let conversation = ctx.app().merge_request(&access, number(&uri)?).await?;
    let look = Look::of(&access, &conversation, &query.versions(conversation.version.number))?;
    let from = look.from.ok_or_else(Failure::not_found)?;
    let (pairs, refusal) = query.pairs(&ctx.app().code(&access).await?, from, look.version).await?;
    let bases = choices::base_choices(&conversation, look.version, look.from);
    page(&CommitByCommit {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::MergeRequests),
        top: request_top(&access, &conversation, Tab::Versions, ctx.now()),
        versions: choices::version_choices(&conversation, look.version),
        bases: bases.into_iter().filter(|choice| choice.value != "0").collect(),
        comparison: choices::comparison(&conversation, look.version, look.from),
        changes_url: format!("{}/changes?from={}&version={}", look.base, from.number, look.version.number),
        summary: summary(&pairs),
        others: others(&look, from.number, &pairs, query.with_same()),
        paging: parts(&look, from.number, &pairs, &query),
        refusal,
        pairs: pairs.listed.iter().map(|pair| row(&access.repo().path, pair)).collect(),
    })
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn summary(pairs: &Pairs) -> String {
    let same = counted(wide(pairs.same), "commit is the same", "commits are the same");
    let others = counted(wide(pairs.others), "is not", "are not");
    if pairs.same + pairs.others == 0 { String::new() } else { format!("{same}, {others}.") }
}

/// The way to the commits that are not the same, and back to all.
fn others(look: &Look<'_>, from: u32, pairs: &Pairs, with_same: bool) -> Option<Link> {
    let url = format!("{}/commit-by-commit?from={from}&version={}", look.base, look.version.number);
    let has_both = pairs.same > 0 && pairs.others > 0;
    match (has_both, with_same) {
        (false, _) => None,
        (true, true) => {
            Some(Link::new("Show only those that are not the same", format!("{url}&only=changed")))
        }
        (true, false) => Some(Link::new("Show all of them", url)),
    }
}

fn parts(look: &Look<'_>, from: u32, pairs: &Pairs, query: &ByCommitQuery) -> Paging {
    let with_same = query.with_same();
    let address = format!("{}/commit-by-commit", look.base);
    let only = if with_same { "" } else { "only=changed&" };
    let words = format!("from={from}&version={}&{only}", look.version.number);
    let total = pairs.others + if with_same { pairs.same } else { 0 };
    paging_with(&address, &words, wide(query.page()), wide(LISTED), wide(total))
}

fn row(repo: &RepoPath, pair: &PairedCommits) -> PairRow {
    let (sign, word, colour) = match pair.relation {
        CommitRelation::Same => ("=", "same", "grey"),
        CommitRelation::Changed => ("!", "changed", "blue"),
        CommitRelation::Dropped => ("<", "dropped", "red"),
        CommitRelation::Added => (">", "new", "green"),
    };
    let link = |commit: &CommitSummary| Link::new(commit.id.short(), url::commit(repo, &commit.id));
    let (old, new) = (pair.old.as_ref(), pair.new.as_ref());
    let title = new.or(old).map(top::titled).unwrap_or_default();
    let was = old.map(top::titled).filter(|was| *was != title);
    let both = old.zip(new).filter(|_| pair.relation == CommitRelation::Changed);
    PairRow {
        sign: sign.to_owned(),
        word: word.to_owned(),
        colour: colour.to_owned(),
        old: old.map(link),
        new: new.map(link),
        old_title: was,
        title,
        changes_url: both
            .map(|(old, new)| url::compare(repo, &old.id.to_string(), &new.id.to_string(), true)),
    }
}
