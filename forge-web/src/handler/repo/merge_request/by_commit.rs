//! Two versions of a merge request, commit by commit.

use forge_app::{PairedCommits, Read};
use forge_core::RepoPath;
use forge_core::code::{CommitRelation, CommitSummary};
use http::Uri;

use super::changes::{ChangesQuery, Look, choices};
use super::number;
use super::top::{Tab, request_top};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, page};
use crate::handler::repo::top;
use crate::page::repo::{CommitByCommit, PairRow};
use crate::url;
use crate::view::{Link, RepoSection};

pub(in crate::handler) async fn show_commit_by_commit(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(mut query): Query<ChangesQuery>,
    uri: Uri,
) -> Answer {
    let conversation = ctx.app().merge_request(&access, number(&uri)?).await?;
    // Without a choice the newest version beside the one before it.
    let newest = query.version.unwrap_or(conversation.version.number);
    query.from = query.from.or(newest.checked_sub(1)).filter(|from| *from > 0).or(Some(1));
    let look = Look::of(&access, &conversation, &query)?;
    let from = look.from.ok_or_else(Failure::not_found)?;
    let code = ctx.app().code(&access).await?;
    let pairs = code.paired_commits((from.base, from.head), (look.version.base, look.version.head)).await?;
    let bases = choices::base_choices(&conversation, look.version, look.from);
    let repo = &access.repo().path;
    page(&CommitByCommit {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::MergeRequests),
        top: request_top(&access, &conversation, Tab::Versions, ctx.now()),
        versions: choices::version_choices(&conversation, look.version),
        bases: bases.into_iter().filter(|choice| choice.value != "0").collect(),
        comparison: choices::comparison(&conversation, look.version, look.from),
        changes_url: format!("{}/changes?from={}&version={}", look.base, from.number, look.version.number),
        pairs: pairs.iter().map(|pair| row(repo, pair)).collect(),
    })
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
