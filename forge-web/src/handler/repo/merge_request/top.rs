//! The top of every page of one merge request.

use forge_app::{Conversation, Read, RepoAccess, SourceSeen, Stopped};
use forge_core::merge_request::MergeRequest;
use forge_core::{FilePath, Permission, RepoPath};
use time::OffsetDateTime;

use crate::handler::repo::item::{page_of, request_tag};
use crate::page::repo::RequestTop;
use crate::url::{self, Rev};
use crate::view::{Link, When};

/// The parts of a merge request that the tabs name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Conversation,
    Changes,
    Commits,
    Versions,
}

/// Whether somebody may steer it: its author, or somebody who may push.
pub(super) fn steers(access: &RepoAccess<Read>, request: &MergeRequest) -> bool {
    let who = access.actor().person().map(|person| person.id);
    !access.repo().archived
        && who.is_some()
        && (request.item.author.id == who || access.permission() >= Permission::Write)
}

pub(super) fn request_top(
    access: &RepoAccess<Read>,
    conversation: &Conversation,
    tab: Tab,
    now: OffsetDateTime,
) -> RequestTop {
    let (repo, request) = (&access.repo().path, &conversation.request);
    let number = request.item.number;
    let base = url::merge_request(repo, number);
    let link =
        |label: String, here: Tab, url: String| Link { is_current: tab == here, ..Link::new(label, url) };
    let threads =
        conversation.item.threads.iter().filter(|thread| thread.resolved.is_none() && thread.is_resolvable);
    let open = threads.count();
    let talk = if open == 0 { "Conversation".to_owned() } else { format!("Conversation ({open} open)") };
    RequestTop {
        reference: request.item.reference(),
        title: request.item.title.clone(),
        state: request_tag(request.item.state, request.is_draft),
        is_locked: request.item.is_locked,
        author: request.item.author.name.clone(),
        author_url: page_of(&request.item.author),
        when: When::ago(request.item.created_at, now),
        source: source_link(repo, conversation),
        target: branch_link(repo, request.target_branch.short()),
        tabs: vec![
            link(talk, Tab::Conversation, base.clone()),
            link("Changes".to_owned(), Tab::Changes, format!("{base}/changes")),
            link("Commits".to_owned(), Tab::Commits, format!("{base}/commits")),
            link(format!("Versions ({})", request.version), Tab::Versions, format!("{base}/versions")),
        ],
        edit_url: conversation.item.rights.own.then(|| format!("{base}/edit")),
        url: base,
    }
}

fn source_link(repo: &RepoPath, conversation: &Conversation) -> Link {
    let branch = conversation.request.source.branch.short();
    match &conversation.source {
        SourceSeen::Here if conversation.stopped == Some(Stopped::BranchGone) => {
            Link::new(branch, String::new())
        }
        SourceSeen::Here => branch_link(repo, branch),
        SourceSeen::Fork { path, .. } => Link::new(format!("{path}:{branch}"), branch_link(path, branch).url),
        SourceSeen::Hidden => Link::new(format!("{branch} of a fork that you cannot see"), String::new()),
        // Where it came from is gone, and what was pushed is here.
        SourceSeen::Gone => Link::new(format!("{branch} of a fork that is gone"), String::new()),
    }
}

fn branch_link(repo: &RepoPath, branch: &str) -> Link {
    Link::new(branch, url::tree(repo, &Rev::Name(branch.to_owned()), &FilePath::root()))
}
