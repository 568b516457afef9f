//! The top of pages about a repository, and rows that several of them have.

use forge_app::access::Level;
use forge_app::{Code, Read, RepoAccess};
use forge_core::code::{CommitSummary, TreeListing};
use forge_core::{FilePath, ItemKind, Permission, RepoPath};
use time::OffsetDateTime;

use crate::handler::present::visibility_tag;
use crate::page::repo::{EntryKind, EntryRow, LastCommit, Listing};
use crate::url::{self, Rev};
use crate::view::{CloneBox, CommitRow, Link, RefPicker, RepoHeader, RepoSection, When};
use crate::web::Web;

/// How many branches and tags a picker lists.
const PICKED: usize = 100;

/// The top of a page.
pub(super) fn header<L: Level>(access: &RepoAccess<L>, section: RepoSection) -> RepoHeader {
    let repo = access.repo();
    let path = &repo.path;
    RepoHeader {
        owner: path.owner.to_string(),
        owner_url: url::owner(&path.owner),
        name: path.name.to_string(),
        url: url::repo(path),
        description: repo.description.clone(),
        visibility: visibility_tag(repo.visibility),
        is_archived: repo.archived,
        section,
        tickets_url: url::items(path, ItemKind::Ticket),
        commits_url: format!("{}/commits", url::repo(path)),
        branches_url: url::branches(path),
        tags_url: url::tags(path),
        merge_requests_url: url::merge_requests(path),
        settings_url: (access.permission() >= Permission::Maintain).then(|| url::repo_settings(path)),
    }
}

/// Where a fork is made, for people.
pub(super) fn fork_url(access: &RepoAccess<Read>) -> Option<String> {
    access.actor().person().map(|_| url::fork(&access.repo().path))
}

/// Branches and tags to choose from.
pub(super) fn picker(code: &Code, repo: &RepoPath, kind: &str, rev: &Rev) -> RefPicker {
    let (branches, tags) = code.ref_names();
    let has_more = branches.len() > PICKED || tags.len() > PICKED;
    let current = rev.label();
    let links = |names: Vec<String>, is_kind: bool| -> Vec<Link> {
        names
            .into_iter()
            .take(PICKED)
            .map(|name| {
                let target = url::tree(repo, &Rev::Name(name.clone()), &FilePath::root());
                Link { is_current: is_kind && name == current, ..Link::new(name, target) }
            })
            .collect()
    };
    RefPicker {
        kind: kind.to_owned(),
        branches: links(branches, kind == "Branch"),
        tags: links(tags, kind == "Tag"),
        more_url: has_more.then(|| url::branches(repo)),
        current,
    }
}

/// How to get the code.
pub(super) fn clone_box(web: &Web, repo: &RepoPath, rev: Option<&Rev>) -> CloneBox {
    CloneBox {
        https: format!("{}/{repo}.git", web.site()),
        ssh: web
            .options()
            .ssh_url
            .as_ref()
            .map(|start| format!("{}/{repo}.git", start.trim_end_matches('/'))),
        zip_url: rev.map(|rev| url::archive_zip(repo, rev)),
        tar_url: rev.map(|rev| url::archive_tar_gz(repo, rev)),
    }
}

/// The newest commit above a listing or a file.
pub(super) fn last_commit(repo: &RepoPath, commit: &CommitSummary, now: OffsetDateTime) -> LastCommit {
    LastCommit {
        author: commit.author.name.clone(),
        title: titled(commit),
        url: url::commit(repo, &commit.id),
        short_id: commit.id.short(),
        when: When::ago(commit.committer.at, now),
    }
}

/// A commit in a list.
pub(super) fn commit_row(repo: &RepoPath, commit: &CommitSummary, now: OffsetDateTime) -> CommitRow {
    CommitRow {
        title: titled(commit),
        body: String::new(),
        url: url::commit(repo, &commit.id),
        short_id: commit.id.short(),
        author: commit.author.name.clone(),
        author_url: None,
        when: When::ago(commit.committer.at, now),
        browse_url: url::tree(repo, &Rev::Commit(commit.id), &FilePath::root()),
        status: None,
        signature: None,
    }
}

/// What a commit says first. A link needs something to read.
pub(super) fn titled(commit: &CommitSummary) -> String {
    if commit.subject.trim().is_empty() { "(no message)".to_owned() } else { commit.subject.clone() }
}

/// The entries of a directory, each with the commit that last changed it.
pub(super) fn listing(
    repo: &RepoPath,
    rev: &Rev,
    listing: &TreeListing,
    last: &forge_core::code::LastCommits,
    now: OffsetDateTime,
) -> Listing {
    let parent_url = listing.path.parent().map(|parent| url::tree(repo, rev, &parent));
    let entries = listing.entries.iter().map(|entry| {
        let path = listing.path.join(&entry.name).ok();
        let commit = last.of(&entry.name);
        EntryRow {
            kind: entry_kind(entry.kind),
            name: String::from_utf8_lossy(&entry.name).into_owned(),
            url: path.map(|path| match entry.kind {
                forge_core::code::EntryKind::Directory => url::tree(repo, rev, &path),
                _ => url::blob(repo, rev, &path),
            }),
            commit_title: commit.map(titled).unwrap_or_default(),
            commit_url: commit.map(|commit| url::commit(repo, &commit.id)).unwrap_or_default(),
            when: commit.map(|commit| When::ago(commit.committer.at, now)),
        }
    });
    let shown = listing.skipped + listing.entries.len();
    Listing { parent_url, entries: entries.collect(), left_out: listing.total.saturating_sub(shown) }
}

fn entry_kind(kind: forge_core::code::EntryKind) -> EntryKind {
    use forge_core::code::EntryKind as Kind;
    match kind {
        Kind::Directory => EntryKind::Directory,
        Kind::File | Kind::Executable => EntryKind::File,
        Kind::Symlink => EntryKind::Symlink,
        Kind::Submodule => EntryKind::Submodule,
    }
}
