//! Where a thread stands in the version that is looked at: found anew for each look, never written down.

use forge_core::FilePath;
use forge_core::ThreadId;
use forge_core::code::Diff;
use forge_core::merge_request::Version;
use forge_core::merge_request::thread::{Anchor, Side, Thread};

use super::place::commit_of;
use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::error::Result;

/// A place in the difference that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// Below a line of a file.
    Line {
        /// The file, by its path on that side.
        path: FilePath,
        /// The side.
        side: Side,
        /// The last of the lines.
        line: u32,
    },
    /// Above the lines of a file.
    File(FilePath),
    /// Above the files: what it was about is no longer there.
    Top,
}

/// A thread with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Which thread.
    pub thread: ThreadId,
    /// Where it stands.
    pub spot: Spot,
    /// The version that it was written on, if that is another than the one that is shown.
    pub written_on: Option<u32>,
}

impl App {
    /// Places threads in a version. `from` is the version that it is compared with, if it is not its target.
    pub async fn locate(
        &self,
        access: &RepoAccess<Read>,
        threads: &[Thread],
        versions: &[Version],
        shown: &Version,
        diff: &Diff,
    ) -> Result<Vec<Located>> {
        let wanted: Vec<(ThreadId, Anchor)> = threads
            .iter()
            .filter_map(|thread| Some((thread.id, thread.anchor.clone()?)))
            .filter(|(_, anchor)| anchor.path.is_some())
            .collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let (versions, shown) = (versions.to_vec(), shown.clone());
        let files: Vec<(Option<FilePath>, Option<FilePath>)> = diff
            .files
            .iter()
            .map(|file| {
                let path =
                    |side: &Option<forge_core::code::FileSide>| side.as_ref().map(|side| side.path.clone());
                (path(&file.old), path(&file.new))
            })
            .collect();
        self.read_code(access, move |browser| {
            let mut found = Vec::with_capacity(wanted.len());
            for (thread, anchor) in wanted {
                let spot = spot(browser, &anchor, &versions, &shown, &files)?;
                let written_on = (anchor.version != shown.number).then_some(anchor.version);
                found.push(Located { thread, spot, written_on });
            }
            Ok(found)
        })
        .await
    }
}

fn spot(
    browser: &forge_git::browse::Browser,
    anchor: &Anchor,
    versions: &[Version],
    shown: &Version,
    files: &[(Option<FilePath>, Option<FilePath>)],
) -> Result<Spot> {
    let Some(path) = &anchor.path else { return Ok(Spot::Top) };
    let side_of = |(old, new): &(Option<FilePath>, Option<FilePath>)| match anchor.side {
        Side::Old => old.clone(),
        Side::New => new.clone(),
    };
    let is_shown = |path: &FilePath| files.iter().any(|file| side_of(file).as_ref() == Some(path));
    let top = |path: &FilePath| if is_shown(path) { Spot::File(path.clone()) } else { Spot::Top };
    let here = commit_of(shown, anchor.side);
    let there = versions.iter().find(|version| version.number == anchor.version);
    let Some(there) = there.map(|version| commit_of(version, anchor.side)) else { return Ok(top(path)) };
    if there == here {
        return Ok(match anchor.lines {
            Some((_, line)) if is_shown(path) => Spot::Line { path: path.clone(), side: anchor.side, line },
            _ => top(path),
        });
    }
    let cancel = forge_git::Cancel::within(std::time::Duration::from_secs(5));
    let Some(now) = browser.path_in(&there, path, &here, &cancel)? else { return Ok(Spot::Top) };
    let (Some(lines), Some(old)) = (anchor.lines, anchor.blob) else { return Ok(top(&now)) };
    let Some(new) = browser.entry(&here, &now)? else { return Ok(Spot::Top) };
    if !is_shown(&now) {
        return Ok(Spot::Top);
    }
    match browser.map_range(&old, &new.id, lines.0..=lines.1)? {
        Some(lines) => Ok(Spot::Line { path: now, side: anchor.side, line: *lines.end() }),
        None => Ok(Spot::File(now)),
    }
}
