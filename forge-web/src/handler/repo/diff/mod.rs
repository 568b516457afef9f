//! Changes of files as pages show them: a list at once, the lines of the first files with it, the rest when somebody asks.

mod address;
mod body;
mod gaps;
mod lines;
mod note;

use std::sync::Arc;

use forge_app::{Between, Brought, Code, LineOptions, Read, RepoAccess, Screen};
use forge_core::code::{Diff, FileContent, FileDiff, FileLines, FileStatus};
use forge_core::{FilePath, ObjectId, RepoId, RepoPath};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::error::Failure;
use crate::extract::Ctx;
use crate::handler::present::counted;
use crate::handler::repo::rendered;
use crate::url::{self, Rev};
use crate::view::{ChangedFiles, DiffFile, Link, tree};
use crate::web::Web;

pub(in crate::handler::repo) use address::{DiffAddress, path_of_hex, stretches};
pub(in crate::handler::repo) use lines::hunk;

/// What the address of a page of changes says, beside which changes they are.
#[derive(Deserialize, Default, Clone)]
pub(in crate::handler) struct LooksQuery {
    pub(in crate::handler::repo) view: Option<String>,
    pub(in crate::handler::repo) space: Option<String>,
    pub(in crate::handler::repo) filter: Option<String>,
    pub(in crate::handler::repo) path: Option<String>,
    pub(in crate::handler::repo) more: Option<String>,
}

impl LooksQuery {
    pub(in crate::handler::repo) fn is_split(&self) -> bool {
        self.view.as_deref() == Some("split")
    }

    pub(in crate::handler::repo) fn options(&self) -> LineOptions {
        LineOptions {
            ignore_space: self.space.as_deref() == Some("ignore"),
            more: self.more.as_deref().map(stretches).unwrap_or_default(),
        }
    }

    /// The file that alone is looked at.
    pub(in crate::handler::repo) fn path(&self) -> Option<FilePath> {
        self.path.as_deref().and_then(path_of_hex)
    }

    /// What is looked for in the names of files; nothing for all of them.
    pub(in crate::handler::repo) fn filter(&self) -> &str {
        self.filter.as_deref().unwrap_or_default().trim()
    }

    /// An address with what was chosen.
    pub(in crate::handler::repo) fn of(&self, address: DiffAddress) -> DiffAddress {
        let view = self.is_split().then_some("split");
        let space = self.options().ignore_space.then_some("ignore");
        address.with("view", view).with("space", space)
    }

    /// Other ways of looking at the same; the address is the one without this choice.
    pub(in crate::handler::repo) fn views(&self, address: &DiffAddress) -> Vec<Link> {
        let (is_split, ignores) = (self.is_split(), self.options().ignore_space);
        let to = |is_split: bool, ignores: bool| {
            let address = address.clone().with("view", is_split.then_some("split"));
            address.with("space", ignores.then_some("ignore")).page()
        };
        vec![
            Link { is_current: !is_split, ..Link::new("In one column", to(false, ignores)) },
            Link { is_current: is_split, ..Link::new("Side by side", to(true, ignores)) },
            if ignores {
                Link::new("Show changes of spaces", to(is_split, false))
            } else {
                Link::new("Leave out changes of spaces", to(is_split, true))
            },
        ]
    }
}

/// What is needed to show files of a difference.
#[derive(Clone)]
pub(in crate::handler::repo) struct Shown {
    pub(in crate::handler::repo) web: Web,
    pub(in crate::handler::repo) repo_id: RepoId,
    pub(in crate::handler::repo) repo: RepoPath,
    pub(in crate::handler::repo) commit: ObjectId,
    pub(in crate::handler::repo) address: DiffAddress,
    pub(in crate::handler::repo) options: LineOptions,
    /// Where a changed file is shown as its readers see it, up to the words that name the file, and what it is compared with.
    rendered: Option<(String, Option<ObjectId>)>,
}

impl Shown {
    pub(in crate::handler::repo) fn new(
        ctx: &Ctx,
        access: &RepoAccess<Read>,
        commit: ObjectId,
        address: DiffAddress,
        options: LineOptions,
    ) -> Self {
        let (repo_id, repo) = (access.repo().id, access.repo().path.clone());
        Self { web: ctx.web.clone(), repo_id, repo, commit, address, options, rendered: None }
    }

    /// With files as their readers see them, at an address that ends where the file is named.
    pub(in crate::handler::repo) fn with_rendered(mut self, address: String, old: Option<ObjectId>) -> Self {
        self.rendered = Some((address, old));
        self
    }
}

/// A listed file with what is known of it.
pub(in crate::handler::repo) struct Entry {
    pub(in crate::handler::repo) file: FileDiff,
    pub(in crate::handler::repo) lines: Option<Arc<FileLines>>,
    pub(in crate::handler::repo) counted: Option<(u64, u64)>,
    pub(in crate::handler::repo) brought: Option<Brought>,
}

impl Entry {
    pub(in crate::handler::repo) fn of(file: FileDiff, lines: Option<Arc<FileLines>>) -> Self {
        Self { file, lines, counted: None, brought: None }
    }
}

/// The files whose names hold a text, whichever case it has, by their place in the list.
pub(in crate::handler::repo) fn matching(list: &Diff, filter: &str) -> Vec<usize> {
    let wanted = filter.to_lowercase();
    let fits = |file: &FileDiff| {
        wanted.is_empty() || file.path().is_some_and(|path| path.to_text().to_lowercase().contains(&wanted))
    };
    list.files.iter().enumerate().filter(|(_, file)| fits(file)).map(|(at, _)| at).collect()
}

/// The files at some places of a list, with the lines of those that a page begins with. `first` are those whose lines are wanted,
/// `rather` those that are wanted although they stand further behind.
pub(in crate::handler::repo) async fn entries(
    code: &Code,
    list: &Diff,
    places: &[usize],
    options: &LineOptions,
    first: impl Fn(usize, &FileDiff) -> bool,
    rather: impl Fn(usize, &FileDiff) -> bool,
) -> Result<Vec<Entry>, Failure> {
    let listed = || places.iter().filter_map(|place| Some((*place, list.files.get(*place)?)));
    let of = |wanted: &dyn Fn(usize, &FileDiff) -> bool| {
        let wanted = listed().filter(|(place, file)| wanted(*place, file));
        wanted.map(|(place, file)| (place, file.clone())).collect::<Vec<_>>()
    };
    let mut lines = code.first_lines(of(&first), options, Screen::FIRST).await?;
    let behind = of(&|place, file| rather(place, file) && !lines.contains_key(&place));
    if !behind.is_empty() {
        lines.extend(code.first_lines(behind, options, Screen::FIRST).await?);
    }
    let entry = |(place, file): (usize, &FileDiff)| Entry {
        counted: code.counted(file, options.ignore_space),
        ..Entry::of(file.clone(), lines.remove(&place))
    };
    Ok(listed().map(entry).collect())
}

/// Everything of a difference that no merge request says something of.
pub(in crate::handler::repo) async fn whole(
    code: &Code,
    between: Between,
    shown: Shown,
    query: &LooksQuery,
) -> Result<ChangedFiles, Failure> {
    let (list, address) = (code.changed_files(between).await?, shown.address.clone());
    let places = matching(&list, query.filter());
    let first = |_: usize, file: &FileDiff| !file.is_generated;
    let entries = entries(code, &list, &places, &shown.options, first, |_, _| false).await?;
    let files = lay_out(shown, entries).await?;
    Ok(changed_files(code, &list, between, query, &address, files))
}

/// One file of such a difference.
pub(in crate::handler::repo) async fn single(
    code: &Code,
    between: Between,
    shown: Shown,
    path: &FilePath,
) -> Result<DiffFile, Failure> {
    let (file, lines) =
        code.changed_file(between, path, &shown.options).await?.ok_or_else(Failure::not_found)?;
    let mut files = lay_out(shown, vec![Entry::of(file, Some(lines))]).await?;
    files.pop().ok_or_else(Failure::not_found)
}

/// Lays files out, on the blocking pool.
pub(in crate::handler::repo) async fn lay_out(
    shown: Shown,
    entries: Vec<Entry>,
) -> Result<Vec<DiffFile>, Failure> {
    let web = shown.web.clone();
    web.render(move || entries.iter().map(|entry| one(&shown, entry)).collect()).await
}

/// The part of a page that shows a whole difference.
pub(in crate::handler::repo) fn changed_files(
    code: &Code,
    list: &Arc<Diff>,
    between: Between,
    query: &LooksQuery,
    address: &DiffAddress,
    mut files: Vec<DiffFile>,
) -> ChangedFiles {
    let all = code.counted_in_all(list, between, query.options().ignore_space);
    let anchors: Vec<String> = files.iter().map(|file| format!("#{}", file.anchor)).collect();
    for (at, file) in files.iter_mut().enumerate() {
        file.previous = at.checked_sub(1).and_then(|at| anchors.get(at).cloned());
        file.next = anchors.get(at + 1).cloned();
    }
    let listed = list.files.len();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let summary = match (list.left_out.files, list.left_out.more_files) {
        (left, false) => counted(count(listed + left), "file changed", "files changed"),
        (left, true) => format!("more than {} files changed", listed + left),
    };
    ChangedFiles {
        summary,
        counted: all.complete.then_some((all.added, all.removed)),
        left_out: note::left_out(list),
        tree: tree(&files),
        filter: query.filter().to_owned(),
        filter_url: address.bare().to_owned(),
        filter_fields: address.fields(),
        listed,
        is_split: query.is_split(),
        files,
        ..ChangedFiles::default()
    }
}

fn one(shown: &Shown, entry: &Entry) -> DiffFile {
    let (file, lines) = (&entry.file, entry.lines.as_deref());
    let old_path = match (&file.status, &file.old) {
        (FileStatus::Renamed { .. }, Some(old)) => Some(old.path.to_text()),
        _ => None,
    };
    let has_lines = !lines
        .is_some_and(|lines| matches!(lines.content, FileContent::Binary { .. } | FileContent::Submodule));
    let mut into = DiffFile {
        anchor: anchor(file),
        path: file.path().map(FilePath::to_text).unwrap_or_default(),
        old_path,
        status: status(file.status).to_owned(),
        counted: if has_lines {
            lines.map(|lines| (lines.added, lines.removed)).or(entry.counted)
        } else {
            None
        },
        view_url: file.new.as_ref().map(|new| url::blob(&shown.repo, &Rev::Commit(shown.commit), &new.path)),
        file_url: file.path().map(|path| shown.address.of_file(path)).unwrap_or_default(),
        note: lines.and_then(|lines| note::note(file, &lines.content)),
        is_open: true,
        ..DiffFile::default()
    };
    body::fill(shown, file, lines, &mut into);
    if let Some((address, old)) = &shown.rendered {
        let content = lines.map(|lines| &lines.content);
        rendered::offer(&mut into, file, content, &shown.repo, (*old, shown.commit), address);
    }
    if let Some(brought) = &entry.brought {
        mark_brought(brought, &mut into);
    }
    into
}

/// Folds what came from the target branch, and says so.
fn mark_brought(brought: &Brought, file: &mut DiffFile) {
    if brought.whole {
        file.note = Some("All of it came from the target branch.".to_owned());
        file.is_open = false;
        return;
    }
    for (hunk, is_brought) in file.hunks_mut().iter_mut().zip(&brought.hunks) {
        hunk.is_brought = *is_brought;
    }
}

/// Where a file is on every page that shows it: by its name, so that the place stays when others come and go.
fn anchor(file: &FileDiff) -> String {
    let name = file.path().map(|path| Sha256::digest(path.as_bytes())).unwrap_or_default();
    format!("file-{}", hex::encode(name.get(..6).unwrap_or_default()))
}

fn status(status: FileStatus) -> &'static str {
    match status {
        FileStatus::Added => "added",
        FileStatus::Deleted => "deleted",
        FileStatus::Renamed { .. } => "renamed",
        FileStatus::Modified | FileStatus::ModeChanged | FileStatus::TypeChanged => "changed",
    }
}
