//! How two commits stand to each other: what only one of them has, and where they parted.

use forge_core::ObjectId;
use forge_core::code::AheadBehind;

use super::walk::Queue;
use super::{Browser, Budget};
use crate::hash::IdMap;
use crate::{Cancel, Result, hash};

const FIRST: u8 = 1;
const SECOND: u8 = 2;
const BOTH: u8 = FIRST | SECOND;
/// Behind a commit that both have.
const STALE: u8 = 4;

/// How many more commits are looked at once all that wait belong to both: clocks go wrong.
const SLOP: usize = 128;

/// What one walk over two histories shows.
pub(crate) struct Parting {
    pub(crate) counts: AheadBehind,
    /// Commits that both have and that lie behind no other such commit, newest first.
    pub(crate) bases: Vec<gix_hash::ObjectId>,
    /// Who has each commit that was seen.
    flags: IdMap<u8>,
}

impl Parting {
    /// The commits that only the first history has, in no order.
    pub(crate) fn only_first(&self) -> impl Iterator<Item = gix_hash::ObjectId> {
        self.flags.iter().filter(|(_, flags)| **flags & BOTH == FIRST).map(|(id, _)| *id)
    }
}

impl Browser {
    /// How many commits `first` has that `second` has not, and the other way round.
    pub fn ahead_behind(
        &self,
        first: &ObjectId,
        second: &ObjectId,
        budget: Budget,
        cancel: &Cancel,
    ) -> Result<AheadBehind> {
        Ok(self.parting(first, second, budget, cancel)?.counts)
    }

    /// The newest commit on which both were built; nothing for unrelated histories, or where the budget ran out.
    pub fn merge_base(
        &self,
        first: &ObjectId,
        second: &ObjectId,
        budget: Budget,
        cancel: &Cancel,
    ) -> Result<Option<ObjectId>> {
        let bases = self.parting(first, second, budget, cancel)?.bases;
        bases.first().map(|base| hash::from_gix(base)).transpose()
    }

    /// Paints both histories until they have met everywhere.
    pub(crate) fn parting(
        &self,
        first: &ObjectId,
        second: &ObjectId,
        budget: Budget,
        cancel: &Cancel,
    ) -> Result<Parting> {
        self.parting_of(&[hash::to_gix(first)], &[hash::to_gix(second)], budget, cancel)
    }

    /// The same for histories that have several tips each.
    pub(crate) fn parting_of(
        &self,
        first: &[gix_hash::ObjectId],
        second: &[gix_hash::ObjectId],
        budget: Budget,
        cancel: &Cancel,
    ) -> Result<Parting> {
        let mut meter = budget.start(cancel);
        let mut flags: IdMap<u8> = IdMap::default();
        let mut queue = Queue::default();
        let firsts = first.iter().map(|id| (*id, FIRST));
        for (id, flag) in firsts.chain(second.iter().map(|id| (*id, SECOND))) {
            *flags.entry(id).or_default() |= flag;
            queue.push(self.node(&id)?.time, id);
        }
        // Commits in the queue that are not yet known to both, and the pops since there was one.
        let mut open = flags.values().filter(|flag| **flag != BOTH).count();
        let (mut slop, mut complete, mut met) = (0, true, Vec::new());
        while let Some(id) = queue.pop() {
            slop = if open == 0 { slop + 1 } else { 0 };
            if slop > SLOP {
                break;
            }
            if !meter.spend()? {
                complete = false;
                break;
            }
            let here = flags.get(&id).copied().unwrap_or_default();
            open -= usize::from(here & BOTH != BOTH && open > 0);
            if here & (BOTH | STALE) == BOTH && !met.contains(&id) {
                met.push(id);
            }
            let passed = if here & BOTH == BOTH { here | STALE } else { here };
            for parent in &self.node(&id)?.parents {
                let flag = flags.entry(*parent).or_default();
                let before = *flag;
                *flag |= passed;
                if *flag != before {
                    open += usize::from(*flag & BOTH != BOTH);
                    queue.push(self.node(parent)?.time, *parent);
                }
            }
        }
        let count = |wanted: u8| flags.values().filter(|flag| **flag & BOTH == wanted).count();
        let counts = AheadBehind {
            ahead: u64::try_from(count(FIRST)).unwrap_or(u64::MAX),
            behind: u64::try_from(count(SECOND)).unwrap_or(u64::MAX),
            complete,
        };
        met.retain(|id| flags.get(id).is_some_and(|flag| flag & STALE == 0));
        Ok(Parting { counts, bases: met, flags })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use forge_core::ObjectFormat;

    use super::*;
    use crate::browse::log::tests::tangled;
    use crate::browse::testing::Repo;

    #[test]
    fn agrees_with_git_on_every_pair() {
        let repo = Repo::new(ObjectFormat::Sha1);
        tangled(&repo);
        let all: Vec<String> = repo.git(&["rev-list", "--all"]).lines().map(str::to_owned).collect();
        let browser = repo.browser();
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))).step_by(3) {
            let (first, second) = (a.parse().unwrap(), b.parse().unwrap());
            let found = browser.parting(&first, &second, Budget::BACKGROUND, &Cancel::new()).unwrap();
            let text = repo.git(&["rev-list", "--left-right", "--count", &format!("{a}...{b}")]);
            assert_eq!(format!("{}\t{}", found.counts.ahead, found.counts.behind), text, "{a} {b}");
            let mut bases: Vec<_> = found.bases.iter().map(ToString::to_string).collect();
            bases.sort();
            let expected = repo.git_may_fail(&["merge-base", "--all", a, b]);
            let mut expected: Vec<_> = expected.lines().map(str::to_owned).collect();
            expected.sort();
            assert_eq!(bases, expected, "{a} {b}");
        }
    }

    #[test]
    fn a_spent_budget_is_said() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let head = tangled(&repo);
        let root = repo.id("main~3");
        let budget = Budget { objects: 1, time: Duration::from_mins(1) };
        assert!(!repo.browser().ahead_behind(&head, &root, budget, &Cancel::new()).unwrap().complete);
    }
}
