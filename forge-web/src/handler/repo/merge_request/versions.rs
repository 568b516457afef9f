//! The versions of a merge request.

use forge_app::Read;
use forge_core::merge_request::VersionReason;
use http::Uri;

use super::number;
use super::top::{Tab, request_top};
use crate::error::Answer;
use crate::extract::{Ctx, Repo, page};
use crate::handler::repo::top;
use crate::page::repo::{RequestVersions, VersionRow};
use crate::url;
use crate::view::{Link, RepoSection, When};

pub(in crate::handler) async fn show_versions(ctx: Ctx, Repo(access): Repo<Read>, uri: Uri) -> Answer {
    let (number, now) = (number(&uri)?, ctx.now());
    let conversation = ctx.app().merge_request(&access, number).await?;
    let repo = &access.repo().path;
    let base = url::merge_request(repo, number);
    let versions = conversation.versions.iter().rev().map(|version| {
        let reason = match version.reason {
            VersionReason::Open => "It was opened",
            VersionReason::Push => "Commits were added",
            VersionReason::Force => "The branch was made anew",
            VersionReason::Retarget => "It was sent to another branch",
            VersionReason::WebEdit => "It was edited in the browser",
            VersionReason::Suggestion => "Suggestions were applied",
        };
        VersionRow {
            number: version.number,
            reason: reason.to_owned(),
            pushed_by: version.pushed_by.name.clone(),
            when: When::ago(version.pushed_at, now),
            head: Link::new(version.head.short(), url::commit(repo, &version.head)),
            changes_url: format!("{base}/changes?version={}", version.number),
            since_url: (version.number > 1)
                .then(|| format!("{base}/changes?from={}&version={}", version.number - 1, version.number)),
            by_commit_url: (version.number > 1).then(|| {
                format!("{base}/commit-by-commit?from={}&version={}", version.number - 1, version.number)
            }),
        }
    });
    page(&RequestVersions {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::MergeRequests),
        top: request_top(&access, &conversation, Tab::Versions, now),
        versions: versions.collect(),
    })
}
