//! Which commits a ref would bring that others do not have.

use std::collections::BinaryHeap;

use forge_core::ObjectId;
use gix_object::Kind;

use super::Objects;
use super::commits::parse;
use crate::hash::{self, IdMap, IdSet};
use crate::{Cancel, ObjectStore, Result};

/// How much older than its child a commit may claim to be younger.
const CLOCK_SLOP: i64 = 24 * 60 * 60;
const NEW: u8 = 1;
const KNOWN: u8 = 2;

/// The commits that `new` has in its history and none of the `known` ones has; nothing when there are more than `most`.
///
/// Where clocks of committers disagree by more than a day, a commit may be counted as new that is not: whoever asks learns
/// of too many and never of too few.
pub fn brought(
    store: &ObjectStore,
    known: &[ObjectId],
    new: &ObjectId,
    most: usize,
    cancel: &Cancel,
) -> Result<Option<Vec<ObjectId>>> {
    let objects = Objects::new(store, &[]);
    let mut flags: IdMap<u8> = IdMap::default();
    let mut queue: BinaryHeap<(i64, ObjectId)> = BinaryHeap::new();
    // What waits in the queue and is reached from the new side only.
    let mut waiting = IdSet::default();
    let mut found: Vec<(ObjectId, i64)> = Vec::new();
    let mut bytes = Vec::new();
    let mut pending: Vec<(ObjectId, u8)> = known.iter().map(|id| (*id, KNOWN)).chain([(*new, NEW)]).collect();
    loop {
        for (id, flag) in std::mem::take(&mut pending) {
            // A known ref may name something else, and a shallow history ends somewhere.
            if objects.kind(&id)? != Some(Kind::Commit) {
                continue;
            }
            let key = hash::to_gix(&id);
            let held = flags.entry(key).or_insert(0);
            let before = *held;
            *held |= flag;
            if before == *held {
                continue;
            }
            if *held == NEW {
                waiting.insert(key);
            } else {
                waiting.remove(&key);
            }
            objects.read(&id, Kind::Commit, &mut bytes)?;
            let date = parse(&bytes, objects.format).map_or(0, |commit| commit.date);
            if *held == NEW {
                found.push((id, date));
            }
            queue.push((date, id));
        }
        cancel.check()?;
        let is_new = |(id, _): &(ObjectId, i64)| flags.get(&hash::to_gix(id)) == Some(&NEW);
        // Old history that was met before its border was known is forgotten now and then.
        if waiting.is_empty() || found.len() > most.saturating_mul(2) {
            found.retain(is_new);
            if found.len() > most {
                return Ok(None);
            }
        }
        // What is left in the queue is known: only what is about as old as something new can still show that to be known.
        let oldest = found.iter().map(|(_, date)| *date).min();
        let is_over = match (oldest, queue.peek()) {
            (Some(oldest), Some((date, _))) => *date < oldest.saturating_sub(CLOCK_SLOP),
            _ => true,
        };
        if waiting.is_empty() && is_over {
            return Ok(Some(found.into_iter().map(|(id, _)| id).collect()));
        }
        let Some((_, id)) = queue.pop() else { return Ok(Some(Vec::new())) };
        waiting.remove(&hash::to_gix(&id));
        let flag = flags.get(&hash::to_gix(&id)).copied().unwrap_or_default();
        objects.read(&id, Kind::Commit, &mut bytes)?;
        let parents = parse(&bytes, objects.format).map(|commit| commit.parents).unwrap_or_default();
        pending.extend(parents.into_iter().map(|parent| (parent, flag)));
    }
}
