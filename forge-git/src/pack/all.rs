//! Packs everything that some tips need, for taking a repository elsewhere.

use std::io::Write;

use forge_core::ObjectId;
use gix_object::Kind;

use crate::commits::{Commits, Marks};
use crate::filter::Filter;
use crate::hash::{self, IdSet};
use crate::list_objects::{self, Extras, ObjectSet};
use crate::objects::{self, Objects};
use crate::pack::{plan, write};
use crate::revwalk::{self, View};
use crate::work::Work;
use crate::{Cancel, Limits, ObjectStore, Result};

/// Writes a pack of all that `tips` need and `haves` do not hold already; returns its length in bytes.
///
/// An object that is missing fails the work before or while the pack is written, so the reader gets no whole pack.
/// Of `haves`, those that this store does not know are passed over.
pub fn write_all(
    store: &ObjectStore,
    tips: &[ObjectId],
    haves: &[ObjectId],
    limits: &Limits,
    cancel: &Cancel,
    out: &mut dyn Write,
) -> Result<u64> {
    let work = Work::new(cancel);
    let objects = Objects::new(store);
    let set = closure(&objects, tips, haves, limits, &work)?;
    let plan = plan::plan(set, store.packs()?, &objects, false, None, &work)?;
    Ok(write::write(&plan, &objects, hash::kind(store.format()), true, out, &work)?.bytes)
}

/// Everything that the tips need and `haves` do not hold already.
pub(crate) fn closure(
    objects: &Objects,
    tips: &[ObjectId],
    haves: &[ObjectId],
    limits: &Limits,
    work: &Work<'_>,
) -> Result<ObjectSet> {
    let mut commits = Commits::new(objects, IdSet::default(), work);
    let mut extras = Extras::default();
    let (mut starts, mut had) = (Vec::new(), Vec::new());
    for tip in tips {
        let mut id = hash::to_gix(tip);
        // A chain of tags is followed, so that each of them is packed.
        loop {
            match objects.kind(&id)?.ok_or_else(|| objects::missing(&id))? {
                Kind::Commit => {
                    starts.push(commits.number(&id));
                    break;
                }
                Kind::Tag => {
                    extras.wanted.push((id, Kind::Tag));
                    id = objects.tag_target(&id)?.0;
                }
                kind => {
                    extras.wanted.push((id, kind));
                    break;
                }
            }
        }
    }
    for have in haves {
        let id = hash::to_gix(have);
        match objects.kind(&id)? {
            Some(Kind::Commit) => had.push(commits.number(&id)),
            Some(_) => extras.had.push(id),
            None => {}
        }
    }
    let cut = Marks::default();
    let view = View { cut: &cut };
    let range = revwalk::range(&mut commits, &view, &starts, &had)?;
    list_objects::list(&mut commits, &view, &range, &extras, &Filter::default(), limits)
}
