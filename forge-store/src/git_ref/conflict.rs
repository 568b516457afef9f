//! A ref's name is like a path: what is a file cannot be a directory too.
//!
//! Our rows could hold both, but no clone could: git keeps refs as files, and refuses to fetch such a pair.

use std::collections::{BTreeSet, HashSet};

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::RefChange;
use crate::entity::git_ref::{Column as Refs, Entity};
use crate::{Error, Result, Tx, user::CHUNK};

/// How many names are asked for in one question about what lies below them.
const BELOW: usize = 100;

/// Refuses a batch after which one new ref would lie below another ref, or the other way round. What the batch deletes
/// is out of the way.
pub(super) async fn check(tx: &Tx, repo: Uuid, changes: &[RefChange]) -> Result<()> {
    let is_new = |change: &&RefChange| change.update.old.is_none() && change.update.new.is_some();
    let created: BTreeSet<&str> =
        changes.iter().filter(is_new).map(|change| change.update.name.as_str()).collect();
    if created.is_empty() {
        return Ok(());
    }
    let gone = |change: &&RefChange| change.update.new.is_none();
    let deleted: HashSet<&str> =
        changes.iter().filter(gone).map(|change| change.update.name.as_str()).collect();

    let above: BTreeSet<&str> = created.iter().flat_map(|name| directories(name)).collect();
    let existing = existing_among(tx, repo, &above).await?;
    for name in &created {
        let taken = |directory: &&str| {
            created.contains(directory) || (existing.contains(*directory) && !deleted.contains(directory))
        };
        if directories(name).any(|directory| taken(&directory)) {
            return Err(Error::Conflict((*name).to_owned()));
        }
    }
    nothing_below(tx, repo, &created, &deleted).await
}

/// `refs/heads/a` for `refs/heads/a/b`. A ref has at least three parts, so shorter names are never taken.
fn directories(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').skip(2).filter_map(|(at, _)| name.get(..at))
}

async fn existing_among(tx: &Tx, repo: Uuid, names: &BTreeSet<&str>) -> Result<HashSet<String>> {
    let names: Vec<&str> = names.iter().copied().collect();
    let mut found = HashSet::new();
    for names in names.chunks(CHUNK) {
        let query = Entity::find()
            .select_only()
            .column(Refs::Name)
            .filter(Refs::RepositoryId.eq(repo))
            .filter(Refs::Name.is_in(names.iter().copied()))
            .into_tuple::<String>();
        found.extend(query.all(&tx.inner).await?);
    }
    Ok(found)
}

async fn nothing_below(tx: &Tx, repo: Uuid, created: &BTreeSet<&str>, deleted: &HashSet<&str>) -> Result<()> {
    let created: Vec<&str> = created.iter().copied().collect();
    // So many can be out of the way at most: one more, and there is a conflict, however many there are.
    let enough = u64::try_from(deleted.len()).unwrap_or(u64::MAX).saturating_add(1);
    for names in created.chunks(BELOW) {
        let mut below = Condition::any();
        for name in names {
            // `0` is the byte after `/`.
            let inside = Condition::all()
                .add(Refs::Name.gt(format!("{name}/")))
                .add(Refs::Name.lt(format!("{name}0")));
            below = below.add(inside);
        }
        let query = Entity::find()
            .select_only()
            .column(Refs::Name)
            .filter(Refs::RepositoryId.eq(repo))
            .filter(below)
            .limit(enough)
            .into_tuple::<String>();
        let found = query.all(&tx.inner).await?;
        if let Some(name) = found.into_iter().find(|name| !deleted.contains(name.as_str())) {
            return Err(Error::Conflict(name));
        }
    }
    Ok(())
}
