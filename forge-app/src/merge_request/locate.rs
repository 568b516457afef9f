//! Where a thread stands in the version that is looked at: found anew for each look, never written down.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use forge_core::code::{FileDiff, FileSide};
use forge_core::merge_request::Version;
use forge_core::merge_request::thread::{Anchor, Side};
use forge_core::{FilePath, ObjectId, RepoId, ThreadId};
use forge_git::Cancel;
use forge_git::browse::Browser;
use forge_git::compare::LineMap;

use super::place::commit_of;
use super::read::Conversation;
use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::code::Moves;
use crate::error::Result;

/// How long one search for moved files may take.
const PATIENCE: Duration = Duration::from_secs(5);

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
    /// Places threads in the list of files that differ. `from` is the version that the shown one is compared with, if it is not its
    /// target.
    pub async fn locate(
        &self,
        access: &RepoAccess<Read>,
        conversation: &Conversation,
        shown: &Version,
        from: Option<&Version>,
        files: &[FileDiff],
    ) -> Result<Vec<Located>> {
        let wanted: Vec<(ThreadId, Anchor)> = conversation
            .item
            .threads
            .iter()
            .filter_map(|thread| Some((thread.id, thread.anchor.clone()?)))
            .filter(|(_, anchor)| anchor.path.is_some())
            .collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let paths = |side: fn(&FileDiff) -> &Option<FileSide>| -> HashSet<FilePath> {
            files.iter().filter_map(|file| side(file).as_ref()).map(|side| side.path.clone()).collect()
        };
        let map = Map {
            app: self.clone(),
            repo: access.repo().id,
            versions: conversation.versions.clone(),
            old: from.map_or(shown.base, |from| from.head),
            new: shown.head,
            old_paths: paths(|file| &file.old),
            new_paths: paths(|file| &file.new),
        };
        let shown = shown.number;
        self.read_code(access, move |browser| {
            let place = |(thread, anchor): (ThreadId, Anchor)| {
                let spot = map.spot(browser, &anchor)?;
                let written_on = (anchor.version != shown).then_some(anchor.version);
                Ok(Located { thread, spot, written_on })
            };
            wanted.into_iter().map(place).collect()
        })
        .await
    }
}

/// What is shown, and the ways to it from other versions: found once and kept, however many threads go them.
struct Map {
    app: App,
    repo: RepoId,
    versions: Vec<Version>,
    old: ObjectId,
    new: ObjectId,
    old_paths: HashSet<FilePath>,
    new_paths: HashSet<FilePath>,
}

impl Map {
    fn spot(&self, browser: &Browser, anchor: &Anchor) -> Result<Spot> {
        let Some(path) = &anchor.path else { return Ok(Spot::Top) };
        let (here, shown) = match anchor.side {
            Side::Old => (self.old, &self.old_paths),
            Side::New => (self.new, &self.new_paths),
        };
        let is_shown = |path: &FilePath| shown.contains(path);
        let top = |path: &FilePath| if is_shown(path) { Spot::File(path.clone()) } else { Spot::Top };
        let there = self.versions.iter().find(|version| version.number == anchor.version);
        let Some(there) = there.map(|version| commit_of(version, anchor.side)) else { return Ok(top(path)) };
        if there == here {
            return Ok(match anchor.lines {
                Some((_, line)) if is_shown(path) => {
                    Spot::Line { path: path.clone(), side: anchor.side, line }
                }
                _ => top(path),
            });
        }
        // Of two versions that are compared, the older one is the old side.
        let gone = || {
            let was = there == self.old && self.old_paths.contains(path);
            was.then(|| match anchor.lines {
                Some((_, line)) => Spot::Line { path: path.clone(), side: Side::Old, line },
                None => Spot::File(path.clone()),
            })
        };
        let Some((now, entry)) = self.follow(browser, &there, path, &here)? else {
            return Ok(gone().unwrap_or(Spot::Top));
        };
        let (Some(lines), Some(old)) = (anchor.lines, anchor.blob) else { return Ok(top(&now)) };
        if !is_shown(&now) {
            return Ok(Spot::Top);
        }
        let lines = self.lines(browser, &old, &entry)?.and_then(|map| map.map_range(lines.0..=lines.1));
        Ok(match lines {
            Some(lines) => Spot::Line { path: now, side: anchor.side, line: *lines.end() },
            None => gone().unwrap_or(Spot::File(now)),
        })
    }

    /// Where a file of one commit is in another, and what it holds there.
    fn follow(
        &self,
        browser: &Browser,
        there: &ObjectId,
        path: &FilePath,
        here: &ObjectId,
    ) -> Result<Option<(FilePath, ObjectId)>> {
        if let Some(entry) = browser.entry(here, path)? {
            return Ok(Some((path.clone(), entry.id)));
        }
        let (kept, key) = (&self.app.kept().changes.moves, (self.repo, *there, *here));
        let moves = if let Some(moves) = kept.get(&key) {
            moves
        } else {
            let cancel = Cancel::within(PATIENCE);
            let found: Moves = browser.moved_files(there, here, &cancel)?.into_iter().collect();
            let found = Arc::new(found);
            kept.insert(key, Arc::clone(&found));
            found
        };
        let Some(now) = moves.get(path) else { return Ok(None) };
        Ok(browser.entry(here, now)?.map(|entry| (now.clone(), entry.id)))
    }

    /// Which lines of a blob are which lines of another.
    fn lines(&self, browser: &Browser, old: &ObjectId, new: &ObjectId) -> Result<Option<Arc<LineMap>>> {
        let (kept, key) = (&self.app.kept().changes.line_maps, (self.repo, *old, *new));
        if let Some(found) = kept.get(&key) {
            return Ok(found);
        }
        let found = browser.line_map(old, new)?.map(Arc::new);
        kept.insert(key, found.clone());
        Ok(found)
    }
}
