//! Files that a side moved: what the other side did to the old path belongs to the new one.

use std::collections::BTreeMap;

use forge_core::FilePath;
use forge_core::code::ConflictKind;
use gix_hash::ObjectId;

use super::decide::{Merge, State};
use super::walk::{BASE, OURS, Slot, Stages, THEIRS};
use crate::Result;
use crate::hash;

/// Where each side moved a file to.
type Targets = [Option<Vec<u8>>; 3];

impl Merge<'_> {
    /// Finds moved files and brings the three sides of each together at its new path.
    pub(super) fn follow_moves(&mut self) -> Result<()> {
        let mut moves: BTreeMap<Vec<u8>, Targets> = BTreeMap::new();
        for side in [OURS, THEIRS] {
            for (from, to) in self.moves_of(side)? {
                if let Some(target) = moves.entry(from).or_default().get_mut(side) {
                    *target = Some(to);
                }
            }
        }
        for (from, [_, ours, theirs]) in moves {
            match (ours, theirs) {
                (Some(ours), Some(theirs)) if ours == theirs => self.moved_alike(&from, &ours),
                (Some(ours), Some(theirs)) => self.moved_apart(&from, &ours, &theirs)?,
                (Some(ours), None) => self.moved_by(OURS, &from, &ours)?,
                (None, Some(theirs)) => self.moved_by(THEIRS, &from, &theirs)?,
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// The moves of one side. Of files that changed on the way only those matter whose old path the other side touched.
    fn moves_of(&mut self, side: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let other = OURS + THEIRS - side;
        let empty = ObjectId::empty_blob(hash::kind(self.browser.format()));
        let stage = |stages: &Stages, side: usize| {
            stages.get(side).copied().flatten().filter(|slot| slot.id != empty)
        };
        let (mut gone, mut new) = (Vec::new(), Vec::new());
        for (path, state) in &self.states {
            // A path that pages cannot show can still be merged, only not as a moved one.
            let Ok(name) = FilePath::new(path.clone()) else { continue };
            let (base, here) =
                (state.stages.first().copied().flatten(), state.stages.get(side).copied().flatten());
            if let (Some(slot), None) = (stage(&state.stages, BASE), here) {
                gone.push((name, slot.kind, slot.id));
            } else if let (None, Some(slot)) = (base, stage(&state.stages, side)) {
                new.push((name, slot.kind, slot.id));
            }
        }
        let relevant = |path: &FilePath| {
            self.states.get(path.as_bytes()).is_some_and(|state| {
                state.stages.first().copied().flatten() != state.stages.get(other).copied().flatten()
            })
        };
        let pairs = self.limits.rename_pairs;
        let (moved, complete) = self.browser.pair_moves(gone, new, relevant, pairs, &mut self.meter)?;
        self.all_moves_found &= complete;
        let bytes = |path: FilePath| path.as_bytes().to_vec();
        Ok(moved.into_iter().map(|(from, to)| (bytes(from), bytes(to))).collect())
    }

    /// Takes the old path away; nothing comes there.
    fn take_away(&mut self, from: &[u8]) -> Stages {
        self.results.insert(from.to_vec(), None);
        self.states.remove(from).map(|state| state.stages).unwrap_or_default()
    }

    /// Both sides moved it to the same place.
    fn moved_alike(&mut self, from: &[u8], to: &[u8]) {
        let base = self.take_away(from).first().copied().flatten();
        let state = self.states.entry(to.to_vec()).or_default();
        state.set(BASE, base, from);
        state.is_moved = true;
    }

    /// Both sides moved it, to different places: that is a conflict, but what they changed may still fit together.
    fn moved_apart(&mut self, from: &[u8], ours_to: &[u8], theirs_to: &[u8]) -> Result<()> {
        let base = self.take_away(from).first().copied().flatten();
        let ours = self.states.get(ours_to).and_then(|state| state.stages[OURS]);
        let theirs = self.states.get(theirs_to).and_then(|state| state.stages[THEIRS]);
        let (Some(ours), Some(theirs)) = (ours, theirs) else { return Ok(()) };
        let (ours_kept, theirs_kept, pieces) = if same_type(ours, theirs) {
            let joined = self.join(base, ours, theirs)?;
            match joined.clash {
                Some((ConflictKind::Content | ConflictKind::AddAdd, pieces)) => {
                    (joined.slot, joined.slot, pieces)
                }
                Some(_) => (ours, theirs, Vec::new()),
                None => (joined.slot, joined.slot, Vec::new()),
            }
        } else {
            (ours, theirs, Vec::new())
        };
        let (ours_kept, theirs_kept) =
            if pieces.is_empty() || self.depth > 0 { (ours_kept, theirs_kept) } else { (ours, theirs) };
        for (side, to, kept) in [(OURS, ours_to, ours_kept), (THEIRS, theirs_to, theirs_kept)] {
            if let Some(state) = self.states.get_mut(to) {
                state.set(side, Some(kept), to);
            }
        }
        let stages = [base, Some(ours), Some(theirs)];
        let kept = [None, Some(ours_kept), Some(theirs_kept)];
        self.report(ConflictKind::RenameRename, stages, [from, ours_to, theirs_to], kept, pieces)
    }

    /// One side moved it; the other side changed it, deleted it or left it alone.
    fn moved_by(&mut self, side: usize, from: &[u8], to: &[u8]) -> Result<()> {
        let other = OURS + THEIRS - side;
        let at = |stages: &Stages, side: usize| stages.get(side).copied().flatten();
        let old = self.states.get(from).map(|state| state.stages).unwrap_or_default();
        let new = self.states.get(to).map(|state| state.stages).unwrap_or_default();
        let (base, other_old) = (at(&old, BASE), at(&old, other));
        let Some(moved) = at(&new, side) else { return Ok(()) };
        let is_other_type = other_old.is_some_and(|slot| slot.kind.is_file() != moved.kind.is_file());
        let collides = at(&new, other).is_some() && !is_other_type;
        if !is_other_type {
            self.take_away(from);
        } else if let Some(state) = self.states.get_mut(from) {
            state.stages[BASE] = None;
        }
        let mut kept = moved;
        let mut pieces_clash = false;
        if let (true, Some(changed)) = (collides, other_old) {
            // A different file of the other side is there already: first bring together what belongs together.
            let (ours, theirs) = if side == OURS { (moved, changed) } else { (changed, moved) };
            if same_type(ours, theirs) {
                let joined = self.join(base, ours, theirs)?;
                pieces_clash = joined.clash.is_some();
                kept = joined.slot;
            }
        }
        let state = self.states.entry(to.to_vec()).or_default();
        if collides {
            state.set(side, Some(kept), from);
            state.kind = Some(ConflictKind::RenameCollision);
            state.is_unsure |= pieces_clash;
            state.is_certain |= pieces_clash || other_old.is_none();
            return Ok(());
        }
        state.set(BASE, base, from);
        state.is_moved = true;
        if other_old.is_none() {
            state.kind = Some(ConflictKind::RenameDelete);
            state.is_certain = true;
        } else if !is_other_type {
            state.set(other, other_old, from);
        }
        Ok(())
    }
}

/// Whether two entries are both files, both links or both submodules.
pub(super) fn same_type(a: Slot, b: Slot) -> bool {
    a.kind == b.kind || (a.kind.is_file() && b.kind.is_file())
}

impl State {
    /// Puts one side of a path, and where it comes from.
    fn set(&mut self, side: usize, slot: Option<Slot>, from: &[u8]) {
        if let (Some(stage), Some(place)) = (self.stages.get_mut(side), self.from.get_mut(side)) {
            *stage = slot;
            *place = Some(from.to_vec());
        }
    }
}
