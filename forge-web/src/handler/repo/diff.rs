//! Changes of files as pages show them.

use forge_core::code::blob::decode;
use forge_core::code::{
    Diff, FileContent, FileDiff, FileStatus, Hunk, Language, LineEnding, LineKind, TooLarge,
};
use forge_core::{ObjectId, RepoPath};

use crate::handler::present::counted;
use crate::handler::repo::blob_body::sized;
use crate::render::highlight;
use crate::url::{self, Rev};
use crate::view::{DiffFile, DiffHunk, DiffLine, DiffLineKind};

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
    let hunks = match &file.content {
        FileContent::Text(hunks) => {
            let language = file.path().and_then(Language::of_path).map_or("", |language| language.highlight);
            hunks.iter().map(|found| hunk(found, language)).collect()
        }
        _ => Vec::new(),
    };
    DiffFile {
        anchor: format!("file-{number}"),
        path: file.path().map(forge_core::FilePath::to_text).unwrap_or_default(),
        old_path,
        status: status(file.status).to_owned(),
        added: file.added,
        removed: file.removed,
        view_url: file.new.as_ref().map(|new| url::blob(repo, &Rev::Commit(commit), &new.path)),
        note: note(file),
        is_open,
        hunks,
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

/// Why there are no lines, or what the lines do not tell.
fn note(file: &FileDiff) -> Option<String> {
    match &file.content {
        FileContent::Same if matches!(file.status, FileStatus::ModeChanged) => {
            Some("Only whether it can be run as a program has changed.".to_owned())
        }
        FileContent::Same if matches!(file.status, FileStatus::Renamed { .. }) => {
            Some("Its content is the same.".to_owned())
        }
        FileContent::Same => Some("It is empty.".to_owned()),
        FileContent::Binary { old_size, new_size } => Some(binary(*old_size, *new_size)),
        FileContent::Submodule => Some(submodule(file)),
        FileContent::TooLarge(why) => Some(too_large(*why)),
        FileContent::Text(_) if file.has_mode_change() => {
            Some("Whether it can be run as a program has changed too.".to_owned())
        }
        FileContent::Text(_) => None,
    }
}

fn binary(old: Option<u64>, new: Option<u64>) -> String {
    match (old, new) {
        (Some(old), Some(new)) => format!("It is not text: {} before, {} now.", sized(old), sized(new)),
        (Some(size), None) | (None, Some(size)) => format!("It is not text: {}.", sized(size)),
        (None, None) => "It is not text.".to_owned(),
    }
}

fn submodule(file: &FileDiff) -> String {
    let short = |side: &Option<forge_core::code::FileSide>| side.as_ref().map(|side| side.id.short());
    match (short(&file.old), short(&file.new)) {
        (Some(old), Some(new)) => format!("The submodule moved from commit {old} to {new}."),
        (None, Some(new)) => format!("The submodule stands at commit {new}."),
        _ => "The submodule was removed.".to_owned(),
    }
}

fn too_large(why: TooLarge) -> String {
    match why {
        TooLarge::FileBytes(most) => {
            format!("The file is larger than {}, so its lines are not compared here.", sized(most))
        }
        TooLarge::FileLines(most) => format!("More than {most} lines changed, so they are not shown here."),
        TooLarge::AllLines(_) | TooLarge::AllBytes(_) => {
            "The whole change is too large to show every file.".to_owned()
        }
        TooLarge::Time => "Comparing took too long, so its lines are not shown here.".to_owned(),
    }
}

/// Marks up a run of lines as one text, so that what spans lines is seen as such.
fn hunk(hunk: &Hunk, language: &str) -> DiffHunk {
    let side = |wanted: LineKind| -> Vec<crate::SafeHtml> {
        let mut text = String::new();
        for line in hunk.lines.iter().filter(|line| line.kind == LineKind::Context || line.kind == wanted) {
            text.push_str(&one_line(&line.content));
            text.push('\n');
        }
        highlight::lines(language, &text)
    };
    let (mut old, mut new) = (side(LineKind::Removed).into_iter(), side(LineKind::Added).into_iter());
    let lines = hunk.lines.iter().map(|line| {
        let html = match line.kind {
            LineKind::Removed => old.next(),
            LineKind::Added => new.next(),
            LineKind::Context => {
                old.next();
                new.next()
            }
        };
        DiffLine {
            kind: kind(line.kind),
            old: line.old_number,
            new: line.new_number,
            html: html.unwrap_or_default(),
            comment_url: None,
            threads: Vec::new(),
        }
    });
    let mut heading = heading(hunk);
    if hunk.lines.last().is_some_and(|line| line.ending == LineEnding::None) {
        heading.push_str(", no line ending at the end of the file");
    }
    DiffHunk { heading, lines: lines.collect() }
}

/// A line's text. A carriage return or form feed within would break it in two.
fn one_line(content: &[u8]) -> String {
    decode(content).0.replace(['\n', '\r'], " ")
}

fn kind(kind: LineKind) -> DiffLineKind {
    match kind {
        LineKind::Context => DiffLineKind::Context,
        LineKind::Added => DiffLineKind::Added,
        LineKind::Removed => DiffLineKind::Removed,
    }
}

fn heading(hunk: &Hunk) -> String {
    let (start, count) =
        if hunk.new_lines > 0 { (hunk.new_start, hunk.new_lines) } else { (hunk.old_start, hunk.old_lines) };
    if count <= 1 {
        format!("Line {start}")
    } else {
        format!("Lines {start} to {}", start.saturating_add(count - 1))
    }
}

/// What the page does not show, in a sentence.
pub(in crate::handler::repo) fn left_out(diff: &Diff) -> String {
    let left = &diff.left_out;
    let mut parts = Vec::new();
    if left.files > 0 || left.more_files {
        let more = if left.more_files { "more than " } else { "" };
        let count = u64::try_from(left.files).unwrap_or(u64::MAX);
        parts.push(format!("{more}{} not listed", counted(count, "file is", "files are")));
    }
    if left.contents > 0 {
        let count = u64::try_from(left.contents).unwrap_or(u64::MAX);
        parts.push(format!("{} listed without lines", counted(count, "file is", "files are")));
    }
    if left.renames {
        parts.push("not all moved files were recognised as such".to_owned());
    }
    if parts.is_empty() { String::new() } else { format!("This change is large: {}.", parts.join(", ")) }
}
