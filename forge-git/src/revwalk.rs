//! Walks over history: what a client wants and lacks, and what can be reached from where.

use std::collections::BinaryHeap;

use crate::Result;
use crate::commits::{Commits, Marks, Number};

const SEEN: u8 = 1;
const UNINTERESTING: u8 = 2;
const WAITING: u8 = 4;

/// Commits to look at after the last interesting one, in case clocks were wrong. Looking at too few only sends too much.
const SLOP: usize = 8;

/// Commits that the client lacks, and the edge to what it has.
#[derive(Debug, Default)]
pub(crate) struct Range {
    /// Wanted and not at the client, newest first by the committers' clocks.
    pub(crate) commits: Vec<Number>,
    /// Parents of those that the client has.
    pub(crate) boundary: Vec<Number>,
    marks: Marks,
}

impl Range {
    /// Whether the walk found the commit to be at the client.
    pub(crate) fn is_excluded(&self, number: Number) -> bool {
        self.marks.has(number, UNINTERESTING)
    }
}

/// History as a client with missing parents sees it.
pub(crate) struct View<'s> {
    /// Commits whose parents the client does not have and will not get.
    pub(crate) cut: &'s Marks,
}

/// The one mark in [`View::cut`].
pub(crate) const CUT: u8 = 1;

impl View<'_> {
    /// The parents in this view.
    pub(crate) fn parents(
        &self,
        commits: &mut Commits<'_>,
        number: Number,
    ) -> Result<std::ops::Range<usize>> {
        if self.cut.has(number, CUT) { Ok(0..0) } else { commits.parents(number) }
    }
}

/// All commits reachable from `wants` but not from `haves`, in the client's view of history.
///
/// What is left out is always truly reachable from a have; with wrong clocks a few commits too many may be in.
pub(crate) fn range(
    commits: &mut Commits<'_>,
    view: &View<'_>,
    wants: &[Number],
    haves: &[Number],
) -> Result<Range> {
    Ok(range_within(commits, view, wants, haves, usize::MAX)?.unwrap_or_default())
}

/// As [`range`]; nothing if more than `most` commits would have to be looked at.
pub(crate) fn range_within(
    commits: &mut Commits<'_>,
    view: &View<'_>,
    wants: &[Number],
    haves: &[Number],
    most: usize,
) -> Result<Option<Range>> {
    let mut left = most;
    let mut marks = Marks::default();
    let mut queue = BinaryHeap::new();
    // How many of those that wait in the queue are interesting.
    let mut interesting = 0_usize;
    for have in haves {
        if marks.add(*have, SEEN | UNINTERESTING | WAITING) {
            queue.push((commits.time(*have)?, *have));
        }
    }
    for want in wants {
        if !marks.has(*want, SEEN) {
            marks.add(*want, SEEN | WAITING);
            queue.push((commits.time(*want)?, *want));
            interesting += 1;
        }
    }
    let mut found = Vec::new();
    let mut slop = SLOP;
    let mut oldest = i64::MAX;
    while let Some((time, number)) = queue.pop() {
        let Some(fewer) = left.checked_sub(1) else { return Ok(None) };
        left = fewer;
        marks.remove(number, WAITING);
        let parents = view.parents(commits, number)?;
        let excluded = marks.has(number, UNINTERESTING);
        if excluded {
            if interesting > 0 || time >= oldest {
                slop = SLOP;
            } else if slop == 0 {
                break;
            } else {
                slop -= 1;
            }
        } else {
            interesting -= 1;
            oldest = oldest.min(time);
            found.push(number);
        }
        for at in parents {
            let parent = commits.parent(at);
            if excluded && marks.has(parent, SEEN) {
                interesting -= spread(commits, view, &mut marks, parent)?;
            } else if !marks.has(parent, SEEN) {
                marks.add(parent, SEEN | WAITING | if excluded { UNINTERESTING } else { 0 });
                match commits.time(parent) {
                    Ok(time) => queue.push((time, parent)),
                    // What the client has need not be here to the last commit.
                    Err(_) if excluded && !commits.is_there(parent)? => {}
                    Err(error) => return Err(error),
                }
                interesting += usize::from(!excluded);
            }
        }
    }
    found.retain(|number| !marks.has(*number, UNINTERESTING));
    let mut boundary = Vec::new();
    for number in &found {
        for at in view.parents(commits, *number)? {
            let parent = commits.parent(at);
            if marks.has(parent, UNINTERESTING) {
                boundary.push(parent);
            }
        }
    }
    boundary.sort_unstable();
    boundary.dedup();
    Ok(Some(Range { commits: found, boundary, marks }))
}

/// Marks a commit and its seen ancestors as uninteresting; returns how many of them waited as interesting.
fn spread(commits: &mut Commits<'_>, view: &View<'_>, marks: &mut Marks, start: Number) -> Result<usize> {
    let mut changed = 0;
    let mut stack = vec![start];
    while let Some(number) = stack.pop() {
        if !marks.has(number, SEEN) || marks.has(number, UNINTERESTING) {
            continue;
        }
        marks.add(number, UNINTERESTING);
        if marks.has(number, WAITING) {
            // Its parents follow when its turn comes.
            changed += 1;
            continue;
        }
        for at in view.parents(commits, number)? {
            stack.push(commits.parent(at));
        }
    }
    Ok(changed)
}

/// Whether every one of `from` is, or reaches, a commit with `mark` in `marks`.
///
/// Commits older than `oldest` are not looked at: what has the mark is never older. Results are remembered in `marks` as
/// `known`.
pub(crate) fn all_reach(
    commits: &mut Commits<'_>,
    view: &View<'_>,
    from: &[Number],
    (marks, mark, known): (&mut Marks, u8, u8),
    oldest: i64,
) -> Result<bool> {
    let mut visited = Marks::default();
    for start in from {
        // A path from `start` to where we are, so that all of it is known to reach once its end does.
        let mut path = vec![(*start, view.parents(commits, *start)?)];
        let mut reached = marks.has(*start, mark | known);
        while !reached {
            commits.work().step()?;
            let Some((_, parents)) = path.last_mut() else { return Ok(false) };
            let Some(at) = parents.next() else {
                path.pop();
                continue;
            };
            let parent = commits.parent(at);
            reached = marks.has(parent, mark | known);
            if !reached && visited.add(parent, 1) && commits.time(parent)? >= oldest {
                let parents = view.parents(commits, parent)?;
                path.push((parent, parents));
            }
        }
        for (number, _) in path {
            marks.add(number, known);
        }
    }
    Ok(true)
}

/// Those of `wanted` that cannot be reached from `tips`. Stops as soon as all are found.
pub(crate) fn unreachable(
    commits: &mut Commits<'_>,
    tips: &[Number],
    wanted: &[Number],
) -> Result<Vec<Number>> {
    const WANTED: u8 = 2;
    let mut marks = Marks::default();
    let mut left = 0_usize;
    for number in wanted {
        if marks.add(*number, WANTED) {
            left += 1;
        }
    }
    let mut queue = BinaryHeap::new();
    for tip in tips {
        if marks.add(*tip, SEEN) {
            queue.push((commits.time(*tip)?, *tip));
        }
    }
    while left > 0 {
        let Some((_, number)) = queue.pop() else { break };
        if marks.has(number, WANTED) {
            marks.remove(number, WANTED);
            left -= 1;
        }
        for at in commits.parents(number)? {
            let parent = commits.parent(at);
            if marks.add(parent, SEEN) {
                queue.push((commits.time(parent)?, parent));
            }
        }
    }
    Ok(wanted.iter().copied().filter(|number| marks.has(*number, WANTED)).collect())
}
