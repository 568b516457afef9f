//! What a repository needs.

use forge_store::pack::{PackRole, PackState, StoredPack};
use time::OffsetDateTime;

/// Fewer packs that came with pushes than this are left alone, unless they hold much.
const FEW: usize = 8;
/// More objects than this in packs that came with pushes are worth a look, however few packs they are in.
const MUCH: u64 = 10_000;
/// Of what a roll leaves, each pack is at least this many times as large as all smaller ones together.
const RATIO: u64 = 2;
/// A closed pack is renewed when a third as much has come since.
const RENEW_AT: u64 = 3;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Need {
    /// It is in order.
    Nothing,
    /// These are put together.
    Roll(Vec<StoredPack>),
    /// All of it is packed anew.
    Full,
}

/// Decides by what the rows say of the packs.
///
/// Small packs are put together geometrically, so that over its life an object is copied a number of times that grows with the
/// logarithm of the repository. Packing all anew costs as much as the repository is large, and happens when it has grown
/// by a third, so that it costs a constant factor of what was pushed.
pub(super) fn decide(packs: &[PackState], leftover_before: OffsetDateTime) -> Need {
    let of = |role| packs.iter().filter(move |state| state.role == role).map(|state| &state.pack);
    if of(PackRole::Leftover).any(|pack| pack.created_at < leftover_before) {
        return Need::Full;
    }
    let mut open: Vec<&StoredPack> = of(PackRole::Pushed).collect();
    let base: u64 = of(PackRole::Closed).map(|pack| pack.objects).sum();
    let pushed: u64 = open.iter().map(|pack| pack.objects).sum();
    let is_first_push = base == 0 && open.len() < 2;
    if is_first_push || (open.len() < FEW && pushed < MUCH) {
        return Need::Nothing;
    }
    if pushed.saturating_mul(RENEW_AT) >= base {
        return Need::Full;
    }
    if open.len() < FEW {
        return Need::Nothing;
    }
    open.sort_by_key(|pack| pack.objects);
    let (mut sum, mut roll) = (0_u64, 0);
    for (at, pack) in open.iter().enumerate() {
        if pack.objects < sum.saturating_mul(RATIO) {
            roll = at + 1;
        }
        sum = sum.saturating_add(pack.objects);
    }
    open.truncate(roll);
    if roll < 2 { Need::Nothing } else { Need::Roll(open.into_iter().cloned().collect()) }
}

#[cfg(test)]
mod tests {
    use forge_core::{ObjectId, PackId};

    use super::*;

    fn state(role: PackRole, objects: u64, second: i64) -> PackState {
        let pack = StoredPack {
            id: PackId::new(objects, [1; 10]),
            checksum: ObjectId::Sha1([2; 20]),
            bytes: objects * 100,
            objects,
            created_at: OffsetDateTime::from_unix_timestamp(second).unwrap(),
        };
        PackState { pack, role, verified_at: None, damage: None }
    }

    fn pushed(sizes: &[u64]) -> Vec<PackState> {
        sizes.iter().map(|size| state(PackRole::Pushed, *size, 5)).collect()
    }

    fn decide_now(packs: &[PackState]) -> Need {
        decide(packs, OffsetDateTime::from_unix_timestamp(0).unwrap())
    }

    fn rolled(need: Need) -> Vec<u64> {
        match need {
            Need::Roll(packs) => packs.iter().map(|pack| pack.objects).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_first_push_and_a_few_small_ones_are_left_alone() {
        assert_eq!(decide_now(&[]), Need::Nothing);
        assert_eq!(decide_now(&pushed(&[1_000_000])), Need::Nothing);
        assert_eq!(decide_now(&pushed(&[5, 5, 5])), Need::Nothing);
        assert_eq!(decide_now(&pushed(&[5; 8])), Need::Full, "nothing is closed yet");
    }

    #[test]
    fn small_packs_are_rolled_up_and_large_ones_are_not_touched() {
        let mut packs = pushed(&[3, 3, 3, 3, 3, 3, 3, 3]);
        packs.push(state(PackRole::Closed, 100_000, 5));
        assert_eq!(rolled(decide_now(&packs)), [3; 8]);
        let mut packs = pushed(&[4000, 900, 3, 3, 3, 3, 3, 3]);
        packs.push(state(PackRole::Closed, 100_000, 5));
        assert_eq!(rolled(decide_now(&packs)), [3; 6]);
        let mut packs = pushed(&[1, 2, 6, 18, 54, 162, 486, 1458]);
        packs.push(state(PackRole::Closed, 100_000, 5));
        assert_eq!(decide_now(&packs), Need::Nothing, "they are in order");
    }

    #[test]
    fn a_third_more_or_leftovers_whose_time_is_over_renew_all() {
        let mut packs = pushed(&[20_000]);
        packs.push(state(PackRole::Closed, 100_000, 5));
        assert_eq!(decide_now(&packs), Need::Nothing);
        packs.push(state(PackRole::Pushed, 14_000, 5));
        assert_eq!(decide_now(&packs), Need::Full);
        let packs = [state(PackRole::Closed, 9, 5), state(PackRole::Leftover, 1, 5)];
        assert_eq!(decide_now(&packs), Need::Nothing);
        assert_eq!(decide(&packs, OffsetDateTime::from_unix_timestamp(6).unwrap()), Need::Full);
    }

    /// However many pushes, the packs stay few and each object is copied a number of times that hardly grows.
    #[test]
    fn packs_stay_few_over_a_long_life() {
        let mut packs = vec![state(PackRole::Closed, 1000, 5)];
        let (mut copied, mut most) = (0, 0);
        for _ in 0..5000 {
            packs.push(state(PackRole::Pushed, 3, 5));
            most = most.max(packs.len());
            match decide_now(&packs) {
                Need::Nothing => {}
                Need::Full => {
                    let all = packs.iter().map(|state| state.pack.objects).sum();
                    copied += all;
                    packs = vec![state(PackRole::Closed, all, 5)];
                }
                Need::Roll(rolled) => {
                    let sum = rolled.iter().map(|pack| pack.objects).sum();
                    copied += sum;
                    let mut left = rolled.len();
                    packs.sort_by_key(|state| (state.role != PackRole::Pushed, state.pack.objects));
                    packs.retain(|state| {
                        let goes = left > 0 && state.role == PackRole::Pushed;
                        left -= usize::from(goes);
                        !goes
                    });
                    packs.push(state(PackRole::Pushed, sum, 5));
                }
            }
        }
        assert!(most <= 20, "{most} packs");
        assert!(copied < 12 * 16_000, "{copied} objects copied for 15,000 pushed");
    }
}
