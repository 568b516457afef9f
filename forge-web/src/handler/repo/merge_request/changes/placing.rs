//! Threads put where they belong.

use std::collections::{HashMap, HashSet};

use forge_app::{Located, Spot};
use forge_core::code::{FileDiff, FileSide};
use forge_core::merge_request::thread::{Side, Thread};
use forge_core::{FilePath, ThreadId};

use crate::handler::repo::item::Speaker;
use crate::view::{DiffFile, ThreadBox};

/// Puts threads where they belong; those without a place are left over.
pub(super) struct Placing<'a> {
    speaker: &'a Speaker<'a>,
    threads: HashMap<ThreadId, (usize, &'a Thread)>,
    located: HashMap<(Side, &'a FilePath), Vec<&'a Located>>,
}

/// The files in whose lines something stands that is not resolved: they are shown first.
pub(super) fn talked_about<'a>(threads: &[Thread], located: &'a [Located]) -> HashSet<&'a FilePath> {
    let open: HashSet<ThreadId> =
        threads.iter().filter(|thread| thread.resolved.is_none()).map(|thread| thread.id).collect();
    let lines = located.iter().filter(|found| open.contains(&found.thread));
    lines
        .filter_map(|found| match &found.spot {
            Spot::Line { path, .. } => Some(path),
            Spot::File(_) | Spot::Top => None,
        })
        .collect()
}

impl<'a> Placing<'a> {
    pub(super) fn new(threads: &'a [Thread], located: &'a [Located], speaker: &'a Speaker<'a>) -> Self {
        let of_code = threads.iter().enumerate().filter(|(_, thread)| thread.anchor.is_some());
        let threads = of_code.map(|(at, thread)| (thread.id, (at + 1, thread))).collect();
        let mut by_file: HashMap<(Side, &FilePath), Vec<&Located>> = HashMap::new();
        for found in located {
            match &found.spot {
                Spot::Line { path, side, .. } => by_file.entry((*side, path)).or_default().push(found),
                Spot::File(path) => {
                    by_file.entry((Side::New, path)).or_default().push(found);
                    by_file.entry((Side::Old, path)).or_default().push(found);
                }
                Spot::Top => {}
            }
        }
        Self { speaker, threads, located: by_file }
    }

    fn take(&mut self, id: ThreadId) -> Option<ThreadBox> {
        let (_, thread) = self.threads.remove(&id)?;
        Some(self.speaker.thread(thread))
    }

    /// Puts the threads of a file beside its lines, or above them where a line is not shown.
    pub(super) fn place(&mut self, file: &FileDiff, into: &mut DiffFile) {
        let sides = [(Side::Old, &file.old), (Side::New, &file.new)];
        let here: Vec<&Located> = sides
            .into_iter()
            .filter_map(|(side, found)| self.located.get(&(side, &found.as_ref()?.path)))
            .flatten()
            .copied()
            .collect();
        for found in here {
            let Some(thread) = self.take(found.thread) else { continue };
            let slot = match &found.spot {
                Spot::Line { side, line, .. } => into
                    .hunks_mut()
                    .iter_mut()
                    .flat_map(|hunk| &mut hunk.lines)
                    .find(|shown| Some(*line) == if *side == Side::New { shown.new } else { shown.old }),
                _ => None,
            };
            match slot {
                Some(line) => line.threads.push(thread),
                None => into.threads.push(thread),
            }
        }
    }

    /// Threads that are about something that is not shown.
    pub(super) fn rest(mut self) -> Vec<ThreadBox> {
        let mut left: Vec<(usize, ThreadId)> = self.threads.iter().map(|(id, (at, _))| (*at, *id)).collect();
        left.sort_unstable();
        left.into_iter().filter_map(|(_, id)| self.take(id)).collect()
    }
}

/// Links each thread of a page with the open ones before and behind it.
pub(super) fn link_threads(adrift: &mut [ThreadBox], files: &mut [DiffFile]) {
    let mut all: Vec<&mut ThreadBox> = adrift.iter_mut().collect();
    for file in files {
        let DiffFile { threads, body, .. } = file;
        all.extend(threads);
        if let crate::view::DiffBody::Lines(hunks) = body {
            let lines = hunks.iter_mut().flat_map(|hunk| &mut hunk.lines);
            all.extend(lines.flat_map(|line| &mut line.threads));
        }
    }
    let open: Vec<(usize, String)> = all
        .iter()
        .enumerate()
        .filter(|(_, thread)| thread.is_resolvable && thread.resolved_by.is_none())
        .map(|(at, thread)| (at, format!("#{}", thread.id)))
        .collect();
    let of = |at: Option<usize>| open.get(at?).map(|(_, url)| url.clone());
    for (here, thread) in all.into_iter().enumerate() {
        thread.previous = of(open.partition_point(|(at, _)| *at < here).checked_sub(1));
        thread.next = of(Some(open.partition_point(|(at, _)| *at <= here)));
    }
}

/// Puts links for comments beside lines. A line that is gone is commented on where it stood: on the old side of the version, or in the
/// older version that this one is compared with.
pub(super) fn let_comment(
    base: &str,
    version: u32,
    (old_version, old_side): (u32, Side),
    file: &FileDiff,
    into: &mut DiffFile,
) {
    let to = |version: u32, side: Side, found: &Option<FileSide>| {
        let path = found.as_ref().map(|found| hex::encode(found.path.as_bytes())).unwrap_or_default();
        format!("{base}/comment?version={version}&side={}&path={path}", side.name())
    };
    let new = to(version, Side::New, &file.new);
    let old = to(old_version, old_side, &file.old);
    for line in into.hunks_mut().iter_mut().flat_map(|hunk| &mut hunk.lines) {
        line.comment_url = match (line.new, line.old) {
            (Some(number), _) => Some(format!("{new}&line={number}")),
            (None, Some(number)) => Some(format!("{old}&line={number}")),
            (None, None) => None,
        };
    }
    into.comment_url = Some(if file.new.is_some() { new } else { old });
}
