//! Each path by itself: who changed it, and what comes there.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Instant;

use forge_core::FilePath;
use forge_core::code::{Conflict, ConflictKind, EntryKind, FileSide, MergePiece};
use gix_hash::ObjectId;
use gix_object::Kind;

use super::MergeLimits;
use super::moves::same_type;
use super::text::TextMerge;
use super::walk::{BASE, OURS, Slot, Stages, THEIRS};
use super::write::Edits;
use crate::browse::Browser;
use crate::browse::budget::Meter;
use crate::browse::diff::lines::is_binary;
use crate::{Cancel, Error, Result, hash};

/// What is known of a path before it is decided.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) stages: Stages,
    /// Where a stage comes from, if that is another path.
    pub(super) from: [Option<Vec<u8>>; 3],
    /// What a conflict here is called, if not by what joining the two sides shows.
    pub(super) kind: Option<ConflictKind>,
    /// Whether it is a conflict whatever joining shows.
    pub(super) is_certain: bool,
    /// Whether a moved file came here: that one side has nothing then does not mean that it agrees.
    pub(super) is_moved: bool,
    /// Whether one of the stages holds a conflict itself.
    pub(super) is_unsure: bool,
}

/// A conflict with what each side would put in its place.
#[derive(Debug, Clone)]
pub(super) struct Clash {
    pub(super) conflict: Conflict,
    /// Path and entry of our side and of theirs.
    pub(super) kept: [Option<(Vec<u8>, Slot)>; 2],
}

/// What came of joining two versions of a file.
pub(super) struct Joined {
    pub(super) slot: Slot,
    pub(super) clash: Option<(ConflictKind, Vec<MergePiece>)>,
}

/// One merge of three trees.
pub(super) struct Merge<'a> {
    pub(super) browser: &'a Browser,
    pub(super) limits: MergeLimits,
    pub(super) cancel: &'a Cancel,
    pub(super) meter: Meter<'a>,
    /// How deep it is below the merge that somebody asked for; zero for that itself.
    pub(super) depth: usize,
    pub(super) states: BTreeMap<Vec<u8>, State>,
    pub(super) results: Edits,
    pub(super) clashes: Vec<Clash>,
    pub(super) more_conflicts: usize,
    pub(super) all_moves_found: bool,
    /// Bytes of the texts of conflicts so far.
    text_bytes: usize,
    /// Our tree, on which the results are written.
    ours: Option<ObjectId>,
    started: Instant,
}

impl<'a> Merge<'a> {
    pub(super) fn new(browser: &'a Browser, limits: &MergeLimits, cancel: &'a Cancel) -> Self {
        Self {
            browser,
            limits: *limits,
            cancel,
            meter: limits.budget().start(cancel),
            depth: 0,
            states: BTreeMap::new(),
            results: Edits::new(),
            clashes: Vec::new(),
            more_conflicts: 0,
            all_moves_found: true,
            text_bytes: 0,
            ours: None,
            started: Instant::now(),
        }
    }

    /// The limits of a merge that is a part of this one.
    pub(super) fn remaining(&self) -> MergeLimits {
        self.limits.after(self.started)
    }

    /// Merges three trees into one.
    pub(super) fn trees(&mut self, trees: [Option<ObjectId>; 3]) -> Result<ObjectId> {
        self.ours = trees[OURS];
        let differing = self.browser.differing_paths(trees, &self.limits, &mut self.meter)?;
        let state = |stages| State { stages, ..State::default() };
        self.states = differing.into_iter().map(|(path, stages)| (path, state(stages))).collect();
        self.follow_moves()?;
        for (path, state) in std::mem::take(&mut self.states) {
            self.settle(&path, &state)?;
        }
        self.keep_directories()?;
        self.clashes.sort_by(|a, b| a.conflict.path.cmp(&b.conflict.path));
        self.write()
    }

    /// Writes what came out.
    pub(super) fn write(&self) -> Result<ObjectId> {
        self.browser.edited_tree(self.ours, &self.results)
    }

    pub(super) fn into_conflicts(self) -> Vec<Conflict> {
        self.clashes.into_iter().map(|clash| clash.conflict).collect()
    }

    /// Decides about one path.
    fn settle(&mut self, path: &[u8], state: &State) -> Result<()> {
        let [base, ours, theirs] = state.stages;
        if state.kind.is_none() && !state.is_moved {
            let agreed = if ours == theirs || base == theirs {
                Some(ours)
            } else if base == ours {
                Some(theirs)
            } else {
                None
            };
            if let Some(result) = agreed {
                self.results.insert(path.to_vec(), result);
                return Ok(());
            }
        }
        let (result, clash) = match (ours, theirs) {
            (Some(ours), Some(theirs)) if same_type(ours, theirs) => {
                let joined = self.join(base, ours, theirs)?;
                (Some(joined.slot), joined.clash)
            }
            (Some(_), Some(_)) => (self.stand_in(state.stages), Some((ConflictKind::TypeChange, Vec::new()))),
            (None, None) => (None, None),
            (one, None) | (None, one) if base.is_none() => (one, None),
            _ => (self.stand_in(state.stages), Some((ConflictKind::ModifyDelete, Vec::new()))),
        };
        self.results.insert(path.to_vec(), result);
        let (kind, pieces) = match (state.kind, clash) {
            (Some(kind), Some((_, pieces))) => (kind, pieces),
            (Some(kind), None) if state.is_certain => (kind, Vec::new()),
            (_, None) => return Ok(()),
            (None, Some(clash)) => clash,
        };
        // Text that already has markers in it is no help to anybody.
        let pieces = if state.is_unsure { Vec::new() } else { pieces };
        let place = |side: usize| state.from.get(side).and_then(Option::as_deref).unwrap_or(path);
        let from = [place(BASE), place(OURS), place(THEIRS)];
        let clash = Self::clash(kind, path, state.stages, from, [path, path], state.stages, pieces)?;
        self.add(clash);
        Ok(())
    }

    /// What stands where one side has to be chosen.
    fn stand_in(&self, [base, ours, theirs]: Stages) -> Option<Slot> {
        if self.depth > 0 { base } else { ours.or(theirs) }
    }

    /// Notes a conflict of a file that each side has at its own path.
    pub(super) fn report(
        &mut self,
        kind: ConflictKind,
        stages: Stages,
        from: [&[u8]; 3],
        kept: Stages,
        pieces: Vec<MergePiece>,
    ) -> Result<()> {
        let clash = Self::clash(kind, from[OURS], stages, from, [from[OURS], from[THEIRS]], kept, pieces)?;
        self.add(clash);
        Ok(())
    }

    fn clash(
        kind: ConflictKind,
        path: &[u8],
        stages: Stages,
        from: [&[u8]; 3],
        to: [&[u8]; 2],
        kept: Stages,
        pieces: Vec<MergePiece>,
    ) -> Result<Clash> {
        let path_of = |bytes: &[u8]| FilePath::new(bytes).map_err(|error| Error::invalid(error.to_string()));
        let side = |slot: Option<Slot>, path: &[u8]| {
            slot.map(|slot| {
                Ok::<_, Error>(FileSide {
                    path: path_of(path)?,
                    kind: slot.kind,
                    id: hash::from_gix(&slot.id)?,
                })
            })
            .transpose()
        };
        let conflict = Conflict {
            path: path_of(path)?,
            kind,
            base: side(stages[BASE], from[BASE])?,
            ours: side(stages[OURS], from[OURS])?,
            theirs: side(stages[THEIRS], from[THEIRS])?,
            pieces,
        };
        let kept = [(to[0], kept[OURS]), (to[1], kept[THEIRS])]
            .map(|(path, slot)| slot.map(|slot| (path.to_vec(), slot)));
        Ok(Clash { conflict, kept })
    }

    fn add(&mut self, mut clash: Clash) {
        if self.clashes.len() >= self.limits.conflicts {
            self.more_conflicts += 1;
            return;
        }
        let bytes: usize = clash.conflict.pieces.iter().map(piece_bytes).sum();
        if self.depth > 0 || self.text_bytes + bytes > self.limits.conflict_bytes {
            clash.conflict.pieces.clear();
        } else {
            self.text_bytes += bytes;
        }
        self.clashes.push(clash);
    }

    /// Joins two versions of a file, link or submodule that both sides may have changed.
    pub(super) fn join(&mut self, base: Option<Slot>, ours: Slot, theirs: Slot) -> Result<Joined> {
        let base_kind = base.map(|base| base.kind);
        let (kind, kinds_fit) = if ours.kind == theirs.kind || Some(ours.kind) == base_kind {
            (theirs.kind, true)
        } else {
            (ours.kind, Some(theirs.kind) == base_kind)
        };
        let base_id = base.map(|base| base.id);
        let mode_clash = (!kinds_fit).then(|| (ConflictKind::Mode, Vec::new()));
        let slot = |id| Slot { kind, id };
        if ours.id == theirs.id || Some(ours.id) == base_id {
            return Ok(Joined { slot: slot(theirs.id), clash: mode_clash });
        }
        if Some(theirs.id) == base_id {
            return Ok(Joined { slot: slot(ours.id), clash: mode_clash });
        }
        let stand_in = self.stand_in([base, Some(ours), Some(theirs)]).unwrap_or(ours);
        let clash = match kind {
            EntryKind::Symlink => ConflictKind::Symlink,
            EntryKind::Submodule | EntryKind::Directory => ConflictKind::Submodule,
            EntryKind::File | EntryKind::Executable => {
                let base = base.filter(|base| same_type(*base, ours)).map(|base| base.id);
                return self.join_texts(kind, base, ours, theirs, mode_clash);
            }
        };
        Ok(Joined { slot: stand_in, clash: Some((clash, Vec::new())) })
    }

    fn join_texts(
        &mut self,
        kind: EntryKind,
        base: Option<ObjectId>,
        ours: Slot,
        theirs: Slot,
        mode_clash: Option<(ConflictKind, Vec<MergePiece>)>,
    ) -> Result<Joined> {
        super::walk::spend(&mut self.meter, self.limits.time)?;
        let binary = |merge: &Self| -> Result<Joined> {
            let id = match (merge.depth > 0, base) {
                (false, _) => ours.id,
                (true, Some(base)) => base,
                (true, None) => merge.browser.make(Kind::Blob, Vec::new())?,
            };
            Ok(Joined { slot: Slot { kind, id }, clash: Some((ConflictKind::Binary, Vec::new())) })
        };
        let mut texts = [Vec::new(), Vec::new(), Vec::new()];
        for (text, id) in texts.iter_mut().zip([base, Some(ours.id), Some(theirs.id)]) {
            let Some(id) = id else { continue };
            let (_, size) = self.browser.header(&id)?.ok_or_else(|| crate::browse::missing(&id))?;
            if size > self.limits.file_bytes {
                return binary(self);
            }
            *text = self.browser.read(&id, Kind::Blob, self.limits.file_bytes)?;
            if is_binary(text) {
                return binary(self);
            }
        }
        let merge = TextMerge::new(&texts[BASE], &texts[OURS], &texts[THEIRS]);
        if merge.is_clean() || self.depth > 0 {
            let marker = 7 + 2 * self.depth;
            let text = merge.text(marker, ["Temporary merge branch 1", "Temporary merge branch 2"]);
            let slot = Slot { kind, id: self.browser.make(Kind::Blob, text)? };
            let clash = (!merge.is_clean()).then(|| (ConflictKind::Content, Vec::new())).or(mode_clash);
            return Ok(Joined { slot, clash });
        }
        let clash = if base.is_none() { ConflictKind::AddAdd } else { ConflictKind::Content };
        Ok(Joined { slot: ours, clash: Some((clash, merge.pieces())) })
    }

    /// A file cannot be where a directory stays: the directory keeps its place.
    fn keep_directories(&mut self) -> Result<()> {
        let mut clashing = Vec::new();
        for (path, slot) in &self.results {
            let Some(slot) = slot else { continue };
            let below = [path.as_slice(), b"/"].concat();
            let after = (Bound::Excluded(below.clone()), Bound::Unbounded);
            let mut inside =
                self.results.range::<Vec<u8>, _>(after).take_while(|(other, _)| other.starts_with(&below));
            if inside.any(|(_, slot)| slot.is_some()) {
                clashing.push((path.clone(), *slot));
            }
        }
        for (path, slot) in clashing {
            self.results.insert(path.clone(), None);
            if self.depth > 0 {
                self.results.insert([path.as_slice(), b"~"].concat(), Some(slot));
            }
            let is_ours = match self.ours {
                Some(tree) => FilePath::new(path.clone())
                    .ok()
                    .map(|path| self.browser.entry_at(&tree, &path))
                    .transpose()?
                    .flatten()
                    .is_some_and(|(mode, _)| mode != EntryKind::Directory.mode()),
                None => false,
            };
            let stages = if is_ours { [None, Some(slot), None] } else { [None, None, Some(slot)] };
            let name = path.as_slice();
            let clash = Self::clash(
                ConflictKind::FileDirectory,
                name,
                stages,
                [name; 3],
                [name; 2],
                stages,
                Vec::new(),
            )?;
            self.clashes.retain(|other| other.conflict.path != clash.conflict.path);
            self.add(clash);
        }
        Ok(())
    }
}

fn piece_bytes(piece: &MergePiece) -> usize {
    match piece {
        MergePiece::Agreed(lines) => lines.len(),
        MergePiece::Clash(hunk) => hunk.ours.len() + hunk.base.len() + hunk.theirs.len(),
    }
}
