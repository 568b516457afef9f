//! Where history ends for a client that does not want all of it.

use std::collections::{HashSet, VecDeque};

use gix_hash::ObjectId;

use super::fetch::{Fetch, INFINITE_DEPTH};
use crate::commits::{Commits, Marks, Number};
use crate::hash::IdSet;
use crate::revwalk::CUT;
use crate::{Error, Result};

const INSIDE: u8 = 1;
const BORDER: u8 = 2;
const CLIENT: u8 = 4;
const EXCLUDED: u8 = 8;

/// The new border, and what follows from it.
#[derive(Debug, Default)]
pub(super) struct Border {
    /// Commits that the client has to note as without parents.
    pub(super) shallow: Vec<ObjectId>,
    /// Commits whose parents it gets now.
    pub(super) unshallow: Vec<ObjectId>,
    /// Parents of the latter: they are wanted too.
    pub(super) wants: Vec<Number>,
    /// The latter themselves: the client has them.
    pub(super) edges: Vec<Number>,
    /// Every commit that has no parents at the client, before or after.
    pub(super) cut: Marks,
    /// Whether the client was or gets shallow at all.
    pub(super) is_shallow: bool,
    /// Whether the client expects an answer about it.
    pub(super) is_answered: bool,
}

/// What decides beside the request.
pub(super) struct Given<'a> {
    /// What the asker may have the history of.
    pub(super) tips: &'a IdSet,
    /// Whether that is everything in the store.
    pub(super) anything: bool,
    /// Whether the store itself lacks the parents of some commits.
    pub(super) store_is_shallow: bool,
    /// Whether a shallow store tells its own border even if unasked.
    pub(super) explicit: bool,
}

/// Works out the border for what a fetch asks.
pub(super) fn border(commits: &mut Commits<'_>, fetch: &Fetch, given: &Given<'_>) -> Result<Border> {
    let Given { store_is_shallow, explicit, .. } = *given;
    let mut marks = Marks::default();
    let mut client = Vec::new();
    for id in &fetch.client_shallow {
        // Commits that we do not have are the client's own affair.
        match commits.objects().kind(id)? {
            Some(gix_object::Kind::Commit) => {
                let number = commits.number(id);
                if marks.add(number, CLIENT) {
                    client.push(number);
                }
            }
            Some(_) => return Err(Error::invalid(format!("invalid shallow object {id}"))),
            None => {}
        }
    }
    let mut wants = Vec::new();
    // A fetch of everything need not know where its wants lead.
    if fetch.depth.is_some() || fetch.deepens_by_history() || store_is_shallow {
        for want in &fetch.wants {
            wants.extend(commits.peel(want)?);
        }
    }
    let mut border = Border { is_shallow: !client.is_empty(), ..Border::default() };
    let found = if let Some(depth) = fetch.depth {
        border.is_answered = true;
        deepen(commits, (depth, fetch.deepen_relative), &client, &wants, given, &mut marks)?
    } else if fetch.deepens_by_history() {
        border.is_answered = true;
        by_history(commits, fetch, &wants, &mut marks)?
    } else if store_is_shallow && explicit {
        border.is_answered = true;
        by_depth(commits, INFINITE_DEPTH, &wants, &mut marks)?
    } else {
        border.is_answered = explicit && border.is_shallow;
        Vec::new()
    };
    for number in found {
        if !marks.has(number, CLIENT | INSIDE) {
            border.shallow.push(*commits.id(number));
            border.cut.add(number, CUT);
            border.is_shallow = true;
        }
    }
    for number in client {
        if marks.has(number, INSIDE) {
            border.unshallow.push(*commits.id(number));
            border.edges.push(number);
            for at in commits.parents(number)? {
                border.wants.push(commits.parent(at));
            }
        }
        // Also for those: that the client has the commit says nothing of the parents, which are wanted by themselves.
        border.cut.add(number, CUT);
    }
    Ok(border)
}

fn deepen(
    commits: &mut Commits<'_>,
    (depth, relative): (u32, bool),
    client: &[Number],
    wants: &[Number],
    given: &Given<'_>,
    marks: &mut Marks,
) -> Result<Vec<Number>> {
    if depth == INFINITE_DEPTH && !given.store_is_shallow {
        let all = if given.anything { client.to_vec() } else { reached(commits, client, given.tips)? };
        for number in all {
            marks.add(number, INSIDE);
        }
        return Ok(Vec::new());
    }
    if !relative {
        return by_depth(commits, depth, wants, marks);
    }
    // Deepening starts at the client's border, wherever what is wanted leads.
    let reached = reached(commits, client, given.tips)?;
    by_depth(commits, depth.saturating_add(1), &reached, marks)
}

/// Those commits of the client's border that the asker may have the history of. That it names a commit proves nothing: the
/// parents of one that was deleted or hidden are not given out for that.
fn reached(commits: &mut Commits<'_>, client: &[Number], tips: &IdSet) -> Result<Vec<Number>> {
    let mut starts = Vec::new();
    for tip in tips {
        starts.extend(commits.peel(tip)?);
    }
    let missing: HashSet<_> = crate::revwalk::unreachable(commits, &starts, client)?.into_iter().collect();
    Ok(client.iter().copied().filter(|number| !missing.contains(number)).collect())
}

/// Marks what is less than `depth` commits away as inside; returns the commits at that distance.
fn by_depth(
    commits: &mut Commits<'_>,
    depth: u32,
    heads: &[Number],
    marks: &mut Marks,
) -> Result<Vec<Number>> {
    let mut seen = Marks::default();
    let mut queue = VecDeque::new();
    let mut found = Vec::new();
    for head in heads {
        if seen.add(*head, INSIDE) {
            queue.push_back((*head, 1_u32));
        }
    }
    while let Some((number, level)) = queue.pop_front() {
        let parents = commits.parents(number)?;
        if (depth != INFINITE_DEPTH && level >= depth) || commits.is_cut(number) {
            found.push(number);
            continue;
        }
        marks.add(number, INSIDE);
        for at in parents {
            let parent = commits.parent(at);
            if seen.add(parent, INSIDE) {
                queue.push_back((parent, level.saturating_add(1)));
            }
        }
    }
    Ok(found)
}

/// Marks what is new enough, and not in the history of excluded refs, as inside; returns the last of these commits.
fn by_history(
    commits: &mut Commits<'_>,
    fetch: &Fetch,
    wants: &[Number],
    marks: &mut Marks,
) -> Result<Vec<Number>> {
    let mut stack = Vec::new();
    for id in &fetch.deepen_not {
        stack.extend(commits.peel(id)?);
    }
    while let Some(number) = stack.pop() {
        if marks.add(number, EXCLUDED) {
            for at in commits.parents(number)? {
                stack.push(commits.parent(at));
            }
        }
    }
    let since = fetch.deepen_since.unwrap_or(i64::MIN);
    let mut inside = Vec::new();
    stack.extend(wants);
    while let Some(number) = stack.pop() {
        if marks.has(number, EXCLUDED | INSIDE) || commits.time(number)? < since {
            continue;
        }
        marks.add(number, INSIDE);
        inside.push(number);
        for at in commits.parents(number)? {
            stack.push(commits.parent(at));
        }
    }
    if inside.is_empty() {
        return Err(Error::invalid("no commits selected for shallow requests"));
    }
    let mut found = Vec::new();
    for number in inside {
        let mut at_border = commits.is_cut(number);
        for at in commits.parents(number)? {
            at_border |= !marks.has(commits.parent(at), INSIDE | BORDER);
        }
        if at_border {
            marks.add(number, BORDER);
            found.push(number);
        }
    }
    for number in &found {
        marks.remove(*number, INSIDE);
    }
    Ok(found)
}

impl Border {
    /// Tells the client what to note and what to forget.
    pub(super) fn write(&self, out: &mut dyn std::io::Write) -> Result<()> {
        for id in &self.shallow {
            crate::pktline::write_data(out, format!("shallow {id}").as_bytes())?;
        }
        for id in &self.unshallow {
            crate::pktline::write_data(out, format!("unshallow {id}").as_bytes())?;
        }
        Ok(())
    }
}
