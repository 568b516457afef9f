//! Choosing the commits that get a bitmap, and computing those.
//!
//! Tips are what clones ask for. Along the main line of each, a commit every so often keeps later walks short: from a branch that has
//! grown since, from one that has no bitmap itself, and from what a client has.

use std::collections::{BTreeSet, BinaryHeap, HashMap};

use roaring::RoaringBitmap;

use super::file::{MAX_CHAIN, Row};
use super::history::History;
use crate::work::Steps;
use crate::{Error, Result};

/// Tips with a bitmap: the newest.
const MAX_TIPS: usize = 256;
/// Bitmaps altogether.
const MAX_BITMAPS: usize = 1024;
/// Commits of a main line between two bitmaps at least.
const SPACING: usize = 128;
/// Bitmaps that a new one is held against, to store the difference.
const NEIGHBOURS: usize = 6;

/// The numbers of the commits that get one, ancestors first.
pub(super) fn select(history: &History, tips: &BTreeSet<u32>) -> BTreeSet<u32> {
    let time = |number: &u32| history.turn(*number).map_or(0, |turn| turn.time);
    let mut newest: Vec<u32> = tips.iter().copied().collect();
    newest.sort_by_key(|number| (std::cmp::Reverse(time(number)), *number));
    let mut selected: BTreeSet<u32> = newest.iter().copied().take(MAX_TIPS).collect();
    let spacing = SPACING.max(history.turns.len() / (MAX_BITMAPS / 2));
    let mut walked = vec![false; history.turns.len()];
    for tip in newest {
        let mut next = Some(tip);
        let mut steps = 0;
        while let Some(number) = next {
            let Some(walked) = walked.get_mut(usize::try_from(number).unwrap_or(usize::MAX)) else { break };
            if std::mem::replace(walked, true) || selected.len() >= MAX_BITMAPS {
                break;
            }
            steps += 1;
            if steps % spacing == 0 {
                selected.insert(number);
            }
            next = history.turn(number).and_then(|turn| history.parents(turn).first().copied());
        }
    }
    selected
}

/// The table and the bytes of the bitmaps.
pub(super) fn compute(
    history: &History,
    selected: &BTreeSet<u32>,
    work: &dyn Steps,
) -> Result<(Vec<Row>, Vec<u8>)> {
    let mut made: HashMap<u32, usize> = HashMap::new();
    let mut bitmaps: Vec<(RoaringBitmap, u32)> = Vec::new();
    let (mut rows, mut bytes) = (Vec::new(), Vec::new());
    for number in selected {
        let mut bitmap = RoaringBitmap::new();
        // By number, so that no ancestor is looked at before what leads to it.
        let mut queue = BinaryHeap::from([*number]);
        while let Some(next) = queue.pop() {
            work.step()?;
            let Some(turn) = history.turn(next).filter(|turn| !bitmap.contains(turn.rank)) else { continue };
            if let Some((known, _)) = made.get(&next).and_then(|at| bitmaps.get(*at)) {
                bitmap |= known;
                continue;
            }
            bitmap.extend(history.brought(turn));
            queue.extend(history.parents(turn));
        }
        let Some(turn) = history.turn(*number) else { continue };
        let mut best = (None, bitmap.clone(), 0);
        best.1.optimize();
        for (at, (neighbour, chain)) in bitmaps.iter().enumerate().rev().take(NEIGHBOURS) {
            if *chain >= MAX_CHAIN {
                continue;
            }
            let mut difference = &bitmap ^ neighbour;
            difference.optimize();
            if difference.serialized_size() < best.1.serialized_size() {
                best = (u32::try_from(at).ok(), difference, chain + 1);
            }
        }
        let (base, stored, chain) = best;
        rows.push(Row { rank: turn.rank, base, start: bytes.len() });
        stored.serialize_into(&mut bytes).map_err(Error::Io)?;
        made.insert(*number, bitmaps.len());
        bitmaps.push((bitmap, chain));
    }
    Ok((rows, bytes))
}
