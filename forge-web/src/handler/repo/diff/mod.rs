//! Changes of files as pages show them.

mod body;
mod lines;
mod note;

use forge_core::code::{Diff, FileDiff, FileStatus};
use forge_core::{ObjectId, RepoPath};

use crate::url::{self, Rev};
use crate::view::DiffFile;

pub(in crate::handler::repo) use note::left_out;

/// Changed lines of one file that are shown unfolded.
const OPEN_LINES: u64 = 400;
/// Changed lines of a page that are shown unfolded.
const OPEN_IN_ALL: u64 = 2000;

/// The changes, file by file.
pub(in crate::handler::repo) fn files(repo: &RepoPath, commit: ObjectId, diff: &Diff) -> Vec<DiffFile> {
    let mut open = 0_u64;
    diff.files
        .iter()
        .enumerate()
        .map(|(at, file)| {
            let lines = file.added + file.removed;
            open = open.saturating_add(lines);
            let is_open = !file.is_generated && lines <= OPEN_LINES && open <= OPEN_IN_ALL;
            one(repo, commit, at + 1, file, is_open)
        })
        .collect()
}

fn one(repo: &RepoPath, commit: ObjectId, number: usize, file: &FileDiff, is_open: bool) -> DiffFile {
    let old_path = match (&file.status, &file.old) {
        (FileStatus::Renamed { .. }, Some(old)) => Some(old.path.to_text()),
        _ => None,
    };
    DiffFile {
        anchor: format!("file-{number}"),
        path: file.path().map(forge_core::FilePath::to_text).unwrap_or_default(),
        old_path,
        status: status(file.status).to_owned(),
        counted: Some((file.added, file.removed)),
        view_url: file.new.as_ref().map(|new| url::blob(repo, &Rev::Commit(commit), &new.path)),
        note: note::note(file),
        is_open,
        body: body::body(file),
    }
}

fn status(status: FileStatus) -> &'static str {
    match status {
        FileStatus::Added => "added",
        FileStatus::Deleted => "deleted",
        FileStatus::Renamed { .. } => "renamed",
        FileStatus::Modified | FileStatus::ModeChanged | FileStatus::TypeChanged => "changed",
    }
}
