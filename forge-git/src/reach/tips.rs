//! What tips of any kind need: tags are followed to what they name in the end.

use forge_core::ObjectId;
use gix_object::Kind;

use super::closure::{Closure, Ground, closure};
use crate::commits::Commits;
use crate::objects::{Objects, missing};
use crate::{Limits, Result, hash};

/// Everything that tips need, themselves and the tags on the way included.
pub(crate) fn reached_from(
    ground: &Ground,
    objects: &Objects,
    commits: &mut Commits<'_>,
    tips: impl IntoIterator<Item = ObjectId>,
    limits: &Limits,
) -> Result<Closure> {
    let (mut starts, mut trees, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for tip in tips {
        let mut id = hash::to_gix(&tip);
        let mut kind = objects.kind(&id)?;
        while kind == Some(Kind::Tag) {
            others.push((id, Kind::Tag));
            id = objects.tag_target(&id)?.0;
            kind = objects.kind(&id)?;
        }
        match kind {
            Some(Kind::Commit) => starts.push(commits.number(&id)),
            Some(Kind::Tree) => trees.push(id),
            Some(kind) => others.push((id, kind)),
            None => return Err(missing(&id)),
        }
    }
    let mut set = closure(ground, commits, &starts, &trees, None, limits)?;
    for (id, kind) in others {
        set.add(&ground.pack, &id, kind, 0);
    }
    Ok(set)
}
