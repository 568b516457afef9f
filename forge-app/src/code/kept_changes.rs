//! Answers about changes that are kept: lists by two commits, lines by two blobs. All name immutable objects.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use forge_core::code::{Diff, FileContent, FileDiff, FileLines};
use forge_core::{FilePath, ObjectId, RepoId};
use forge_git::compare::LineMap;
use moka::sync::Cache;

use crate::code::changes::Between;

/// Bytes of lists, and of lines, that are kept.
const BYTES: u64 = 64 << 20;
/// About how many bytes a listed file takes, and a line beside its text.
const FILE: usize = 400;
const LINE: usize = 120;
/// How long a difference whose lines could not all be counted is left alone.
const ASK_AGAIN: Duration = Duration::from_mins(1);

/// Two blobs, compared in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LinesKey {
    repo: RepoId,
    old: Option<(u32, ObjectId)>,
    new: Option<(u32, ObjectId)>,
    ignore_space: bool,
}

impl LinesKey {
    /// What names the lines of a changed file.
    pub(crate) fn of(repo: RepoId, file: &FileDiff, ignore_space: bool) -> Self {
        let side =
            |side: &Option<forge_core::code::FileSide>| side.as_ref().map(|side| (side.kind.mode(), side.id));
        Self { repo, old: side(&file.old), new: side(&file.new), ignore_space }
    }
}

/// Which files are elsewhere: where they were, and where they are.
pub(crate) type Moves = HashMap<FilePath, FilePath>;

/// What pages of changes asked before.
pub(crate) struct KeptChanges {
    pub(crate) lists: Cache<(RepoId, Between), Arc<Diff>>,
    pub(crate) lines: Cache<LinesKey, Arc<FileLines>>,
    pub(crate) counts: Cache<LinesKey, (u64, u64)>,
    pub(crate) counting: Cache<(RepoId, Between, bool), ()>,
    pub(crate) moves: Cache<(RepoId, ObjectId, ObjectId), Arc<Moves>>,
    pub(crate) line_maps: Cache<(RepoId, ObjectId, ObjectId), Option<Arc<LineMap>>>,
}

impl KeptChanges {
    pub(crate) fn new() -> Self {
        let bytes = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        Self {
            lists: Cache::builder()
                .max_capacity(BYTES / 2)
                .weigher(move |_, list: &Arc<Diff>| bytes(FILE * (list.files.len() + 1)))
                .build(),
            lines: Cache::builder()
                .max_capacity(BYTES)
                .weigher(move |_, lines: &Arc<FileLines>| bytes(weight(lines)))
                .build(),
            counts: Cache::new(100_000),
            counting: Cache::builder().max_capacity(2_000).time_to_live(ASK_AGAIN).build(),
            moves: Cache::builder()
                .max_capacity(BYTES / 4)
                .weigher(move |_, moves: &Arc<Moves>| bytes(FILE * (moves.len() + 1)))
                .build(),
            line_maps: Cache::builder()
                .max_capacity(BYTES / 4)
                .weigher(move |_, map: &Option<Arc<LineMap>>| {
                    bytes(map.as_ref().map_or(0, |map| map.changes()) * 16 + LINE)
                })
                .build(),
        }
    }
}

fn weight(lines: &FileLines) -> usize {
    let FileContent::Text(hunks) = &lines.content else { return LINE };
    let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
    lines.map(|line| line.content.len() + LINE).sum::<usize>() + LINE
}
