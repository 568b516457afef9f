//! What is said of a changed file beside its lines, and of what a page does not show.

use forge_core::code::{Diff, EntryKind, FileContent, FileDiff, FileStatus, TooLarge};

use crate::handler::present::counted;
use crate::handler::repo::blob_body::sized;

/// Why there are no lines, or what the lines do not tell.
pub(super) fn note(file: &FileDiff, content: &FileContent) -> Option<String> {
    match content {
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
        FileContent::Text(_) if is_link(file) => Some(linked(file)),
        FileContent::Text(hunks) if hunks.is_empty() => match (&file.old, &file.new) {
            (Some(_), Some(_)) => Some("Only white space has changed.".to_owned()),
            _ => Some("It is empty.".to_owned()),
        },
        FileContent::Text(_) if file.has_mode_change() => {
            Some("Whether it can be run as a program has changed too.".to_owned())
        }
        FileContent::Text(_) => None,
    }
}

/// Whether it is a symbolic link on either side: what looks like its text is where it leads.
fn is_link(file: &FileDiff) -> bool {
    file.old.iter().chain(&file.new).any(|side| side.kind == EntryKind::Symlink)
}

fn linked(file: &FileDiff) -> String {
    let was_link = file.old.as_ref().map(|side| side.kind == EntryKind::Symlink);
    let is_link = file.new.as_ref().map(|side| side.kind == EntryKind::Symlink);
    let what = match (was_link, is_link) {
        (Some(false), Some(true)) => "It was a file and is a link now",
        (Some(true), Some(false)) => "It was a link and is a file now",
        _ => "It is a link",
    };
    format!("{what}: the line of a link is the path that it leads to.")
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

/// What the page does not list, in a sentence.
pub(super) fn left_out(diff: &Diff) -> String {
    let left = &diff.left_out;
    let mut parts = Vec::new();
    if left.files > 0 || left.more_files {
        let more = if left.more_files { "more than " } else { "" };
        let count = u64::try_from(left.files).unwrap_or(u64::MAX);
        parts.push(format!("Not shown: {more}{}.", counted(count, "file", "files")));
    }
    if left.renames {
        parts.push("Not all moved files were recognised as such.".to_owned());
    }
    parts.join(" ")
}
