//! Writing the commit graph.

use std::fs::Permissions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt;

use forge_core::ObjectId;
use gix_object::Kind;

use crate::commits::{Commits, Number};
use crate::hash::{self, Checksum, IdSet};
use crate::objects::Objects;
use crate::work::{Steps as _, Work};
use crate::{Cancel, Error, ObjectStore, Result, durable};

/// The commit has no parent at this place.
const NO_PARENT: u32 = 0x7000_0000;
/// The second parent and those behind it are in the list of edges; also marks the last edge of a commit.
const EDGES: u32 = 0x8000_0000;
/// The largest generation that the format can say.
const MAX_GENERATION: u32 = 0x3fff_ffff;
/// The first time, in seconds, that the format cannot say.
const TIME_END: i64 = 1 << 34;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Commits in the graph.
    pub commits: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Writes the graph of all commits that the tips reach, atomically and durably, in place of the one that is there.
///
/// Nothing is written, and an old graph is removed, where there is no commit, or where a commit's time is beyond what
/// the format can say. A missing commit is an error, and the old graph stays.
pub fn write(store: &ObjectStore, tips: &[ObjectId], cancel: &Cancel) -> Result<Option<Written>> {
    let target = super::path(store.objects_dir());
    let Some(rows) = collect(store, tips, cancel)? else {
        return match std::fs::remove_file(&target) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(None),
        };
    };
    let directory = store.objects_dir().join("info");
    std::fs::create_dir_all(&directory)?;
    let bytes = durable::replace(&target, "commit-graph-", |file| {
        file.set_permissions(Permissions::from_mode(0o444))?;
        put(&rows, hash::kind(store.format()), &mut BufWriter::new(file))
    })?;
    Ok(Some(Written { commits: u64::try_from(rows.len()).unwrap_or(u64::MAX), bytes }))
}

/// One commit.
struct Row {
    id: gix_hash::ObjectId,
    tree: gix_hash::ObjectId,
    parents: Vec<gix_hash::ObjectId>,
    time: u64,
    generation: u32,
}

/// Walks from the tips to the roots; the rows come sorted by id.
fn collect(store: &ObjectStore, tips: &[ObjectId], cancel: &Cancel) -> Result<Option<Vec<Row>>> {
    let work = Work::new(cancel);
    let objects = Objects::new(store);
    let mut commits = Commits::new(&objects, IdSet::default(), &work);
    let mut starts = Vec::new();
    for tip in tips {
        if let Some((id, Kind::Commit)) = objects.peel(&hash::to_gix(tip))? {
            starts.push(commits.number(&id));
        }
    }
    let Some(order) = generations(&mut commits, &starts)? else { return Ok(None) };
    let mut rows = Vec::with_capacity(order.len());
    for (number, generation) in order {
        work.step()?;
        let time = commits.time(number)?;
        if !(0..TIME_END).contains(&time) || generation > MAX_GENERATION {
            return Ok(None);
        }
        let tree = commits.tree(number)?;
        let parents = commits.parents(number)?;
        let parents = parents.map(|at| commits.parent(at)).collect::<Vec<_>>();
        let parents = parents.into_iter().map(|parent| *commits.id(parent)).collect();
        let time = u64::try_from(time).unwrap_or_default();
        rows.push(Row { id: *commits.id(number), tree, parents, time, generation });
    }
    rows.sort_unstable_by_key(|row| row.id);
    Ok(Some(rows).filter(|rows| !rows.is_empty()))
}

/// Every commit with its generation, parents before children. Nothing where history runs in a circle, which only a
/// broken hash could bring about.
fn generations(commits: &mut Commits<'_>, starts: &[Number]) -> Result<Option<Vec<(Number, u32)>>> {
    const OPEN: u32 = u32::MAX;
    let mut known: Vec<u32> = Vec::new();
    let mut order = Vec::new();
    for start in starts {
        let mut path = vec![(*start, commits.parents(*start)?, 1_u32)];
        if at(&known, *start) != 0 {
            continue;
        }
        set(&mut known, *start, OPEN);
        while let Some((number, parents, highest)) = path.last_mut() {
            if let Some(next) = parents.next() {
                let parent = commits.parent(next);
                match at(&known, parent) {
                    0 => {
                        set(&mut known, parent, OPEN);
                        let theirs = commits.parents(parent)?;
                        path.push((parent, theirs, 1));
                    }
                    OPEN => return Ok(None),
                    generation => *highest = (*highest).max(generation.saturating_add(1)),
                }
                continue;
            }
            let (number, generation) = (*number, *highest);
            set(&mut known, number, generation);
            order.push((number, generation));
            path.pop();
            if let Some((_, _, highest)) = path.last_mut() {
                *highest = (*highest).max(generation.saturating_add(1));
            }
        }
    }
    Ok(Some(order))
}

fn at(known: &[u32], number: Number) -> u32 {
    known.get(number.index()).copied().unwrap_or(0)
}

fn set(known: &mut Vec<u32>, number: Number, value: u32) {
    if known.len() <= number.index() {
        known.resize(number.index() + 1, 0);
    }
    if let Some(known) = known.get_mut(number.index()) {
        *known = value;
    }
}

/// Writes the whole file; returns its length.
fn put(rows: &[Row], kind: gix_hash::Kind, out: &mut dyn Write) -> Result<u64> {
    let (data, edges) = commit_data(rows)?;
    let mut fan_out = Vec::with_capacity(256 * 4);
    for first in 0..=u8::MAX {
        let upto = rows.partition_point(|row| row.id.first_byte() <= first);
        fan_out.extend(narrow(upto)?.to_be_bytes());
    }
    let ids: Vec<u8> = rows.iter().flat_map(|row| row.id.as_slice()).copied().collect();
    let mut chunks: Vec<(&[u8; 4], Vec<u8>)> = vec![(b"OIDF", fan_out), (b"OIDL", ids), (b"CDAT", data)];
    if !edges.is_empty() {
        chunks.push((b"EDGE", edges));
    }
    let version = if kind == gix_hash::Kind::Sha1 { 1 } else { 2 };
    let count = u8::try_from(chunks.len()).unwrap_or(u8::MAX);
    let mut head = b"CGPH".to_vec();
    head.extend([1, version, count, 0]);
    let mut offset = head.len() + (chunks.len() + 1) * 12;
    for (name, chunk) in &chunks {
        head.extend(*name);
        head.extend(wide(offset).to_be_bytes());
        offset += chunk.len();
    }
    head.extend([0; 4]);
    head.extend(wide(offset).to_be_bytes());
    let mut checksum = Checksum::new(kind);
    for part in std::iter::once(&head).chain(chunks.iter().map(|(_, chunk)| chunk)) {
        checksum.update(part);
        out.write_all(part)?;
    }
    out.write_all(checksum.finish().as_slice())?;
    out.flush()?;
    Ok(wide(offset + kind.len_in_bytes()))
}

/// The table of commits, and the list of parents beyond the second.
fn commit_data(rows: &[Row]) -> Result<(Vec<u8>, Vec<u8>)> {
    let position = |id: &gix_hash::ObjectId| {
        let at = rows.binary_search_by(|row| row.id.cmp(id));
        narrow(at.map_err(|_| Error::corrupt(format!("commit {id} was not walked")))?)
    };
    let (mut data, mut edges) = (Vec::new(), Vec::new());
    for row in rows {
        data.extend(row.tree.as_slice());
        let (first, second) = match row.parents.as_slice() {
            [] => (NO_PARENT, NO_PARENT),
            [first] => (position(first)?, NO_PARENT),
            [first, second] => (position(first)?, position(second)?),
            [first, others @ ..] => {
                let start = narrow(edges.len() / 4)? | EDGES;
                for (left, other) in (0..others.len()).rev().zip(others) {
                    let last = if left == 0 { EDGES } else { 0 };
                    edges.extend((position(other)? | last).to_be_bytes());
                }
                (position(first)?, start)
            }
        };
        data.extend(first.to_be_bytes());
        data.extend(second.to_be_bytes());
        data.extend((u64::from(row.generation) << 34 | row.time).to_be_bytes());
    }
    Ok((data, edges))
}

/// Positions have 30 bits and a little; a history that long is beyond the format.
fn narrow(position: usize) -> Result<u32> {
    let limit = u64::from(NO_PARENT) - 1;
    u32::try_from(position)
        .ok()
        .filter(|position| *position < NO_PARENT)
        .ok_or(Error::TooLarge { what: "the number of commits in a commit graph", limit })
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
