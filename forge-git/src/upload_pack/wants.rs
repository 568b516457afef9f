//! What a client may ask for.
//!
//! An object is given out only if a visible ref names it or leads to it. That its name is known proves nothing: deleted branches,
//! refused pushes and hidden refs leave objects behind whose names people remember.

use forge_core::ObjectFormat;
use gix_hash::ObjectId;
use gix_object::Kind;

use super::{UploadPack, WantPolicy};
use crate::commits::{Commits, Marks};
use crate::filter::Filter;
use crate::hash::{self, IdSet};
use crate::list_objects::{self, Extras};
use crate::objects::Objects;
use crate::reach::closure::{Ground, closure};
use crate::revwalk::{self, View};
use crate::work::Work;
use crate::{Error, Result};

/// Reads an object id of the right length.
pub(super) fn parse_id(text: &str, format: ObjectFormat, what: &str) -> Result<ObjectId> {
    let id = text.parse::<forge_core::ObjectId>().ok().filter(|id| id.format() == format);
    let id = id.ok_or_else(|| {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
        Error::invalid(format!("{what}: expected an object id, got '{shown}'"))
    })?;
    Ok(hash::to_gix(&id))
}

/// Fails at the first object that the asker may not have.
pub(super) fn check(
    visit: &UploadPack<'_>,
    objects: &Objects,
    wants: &[ObjectId],
    policy: WantPolicy,
) -> Result<()> {
    let refused = refused(visit, objects, wants, policy)?;
    match wants.iter().find(|want| refused.contains(*want)) {
        Some(want) => Err(Error::invalid(format!("upload-pack: not our ref {want}"))),
        None => Ok(()),
    }
}

/// Those of the wants that the asker may not have, or that are not there.
pub(super) fn refused(
    visit: &UploadPack<'_>,
    objects: &Objects,
    wants: &[ObjectId],
    policy: WantPolicy,
) -> Result<IdSet> {
    let tips = tips(visit, policy);
    let mut refused = IdSet::default();
    let mut others = Vec::new();
    for want in wants.iter().filter(|want| !tips.contains(*want)) {
        match objects.kind(want)? {
            Some(_) if policy.any => {}
            Some(kind) if policy.reachable => others.push((*want, kind)),
            _ => {
                refused.insert(*want);
            }
        }
    }
    if !others.is_empty() {
        let allowed = reachable(visit, objects, &others)?;
        refused.extend(others.iter().map(|(id, _)| *id).filter(|id| !allowed.contains(id)));
    }
    Ok(refused)
}

/// What visible refs name, with and without their tags.
pub(super) fn tips(visit: &UploadPack<'_>, policy: WantPolicy) -> IdSet {
    let mut tips = IdSet::default();
    let hidden = visit.refs.refs().iter().filter(|_| policy.hidden_tips);
    for found in visit.visible().chain(hidden) {
        tips.insert(hash::to_gix(&found.target));
        tips.extend(found.peeled.as_ref().map(hash::to_gix));
    }
    if !visit.options.hidden.hides("HEAD") {
        tips.extend(visit.refs.head_target().map(hash::to_gix));
    }
    tips
}

/// Those of `others` that visible refs lead to.
fn reachable(visit: &UploadPack<'_>, objects: &Objects, others: &[(ObjectId, Kind)]) -> Result<IdSet> {
    let mut allowed = IdSet::default();
    let tips = tips(visit, WantPolicy { hidden_tips: false, reachable: false, any: false });
    let work = Work::new(visit.cancel);
    let mut commits = Commits::new(objects, cut(visit), &work);
    let ground = Ground::of(&*visit.store.packs()?).filter(|_| visit.options.cut.is_empty());
    let kind = |id: &ObjectId| match ground.as_ref().and_then(|ground| ground.kind(id)) {
        Some(kind) => Ok(Some(kind)),
        None => objects.kind(id),
    };
    let mut starts = Vec::new();
    let mut extras = Extras::default();
    for tip in &tips {
        let mut id = *tip;
        // Tags on the way are given out like what they lead to.
        while kind(&id)? == Some(Kind::Tag) && allowed.insert(id) {
            id = objects.tag_target(&id)?.0;
        }
        match kind(&id)? {
            Some(Kind::Commit) => starts.push(commits.number(&id)),
            Some(kind @ (Kind::Tree | Kind::Blob)) => extras.wanted.push((id, kind)),
            _ => {}
        }
    }
    if let Some(ground) = &ground {
        let trees = extras.wanted.iter().filter(|(_, kind)| *kind == Kind::Tree);
        let trees: Vec<_> = trees.map(|(id, _)| *id).collect();
        match closure(ground, &mut commits, &starts, &trees, None, &visit.options.limits) {
            Ok(all) => {
                allowed.extend(extras.wanted.iter().map(|(id, _)| *id));
                let ids = others.iter().map(|(id, _)| *id);
                allowed.extend(ids.filter(|id| all.has(&ground.pack, id)));
                return Ok(allowed);
            }
            Err(Error::Corrupt(error)) => {
                tracing::warn!(%error, "bitmaps cannot say what may be asked for, walking instead");
            }
            Err(error) => return Err(error),
        }
    }
    let wanted: Vec<_> =
        others.iter().filter(|(_, kind)| *kind == Kind::Commit).map(|(id, _)| commits.number(id)).collect();
    let missing: std::collections::HashSet<_> =
        revwalk::unreachable(&mut commits, &starts, &wanted)?.into_iter().collect();
    allowed
        .extend(wanted.iter().filter(|number| !missing.contains(number)).map(|number| *commits.id(*number)));
    if others.iter().any(|(_, kind)| matches!(kind, Kind::Tree | Kind::Blob)) {
        let nothing = Marks::default();
        let view = View { cut: &nothing };
        let range = revwalk::range(&mut commits, &view, &starts, &[])?;
        let filter = Filter::default();
        let all = list_objects::list(&mut commits, &view, &range, &extras, &filter, &visit.options.limits)?;
        allowed.extend(others.iter().map(|(id, _)| *id).filter(|id| all.item(id).is_some()));
    }
    Ok(allowed)
}

/// Commits whose parents the store lacks.
pub(super) fn cut(visit: &UploadPack<'_>) -> IdSet {
    visit.options.cut.iter().map(hash::to_gix).collect()
}
