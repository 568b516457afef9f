//! What an organisation demands of itself and of every organisation below it.
//!
//! Policies only ever tighten on the way down: what holds is the strictest of an organisation and of all above it.

use crate::OrgId;
use crate::organisation::OrgRole;
use crate::repository::Visibility;

/// How deep organisations stand in one another at most.
pub const MAX_ORG_DEPTH: usize = 8;
/// The most reviews that can be demanded.
pub const MAX_REVIEWS: u8 = 5;
/// The longest that a token can be let live, in days.
pub const MAX_TOKEN_DAYS: u16 = 366;

/// What one organisation says. The default demands nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrgPolicy {
    /// The widest visibility that its repositories may have.
    pub visibility_ceiling: Option<Visibility>,
    /// Whether its members must sign in with a second factor.
    pub second_factor: bool,
    /// How many people must have reviewed a change before it is merged.
    pub required_reviews: u8,
    /// The longest life of an access token of its members, in days.
    pub longest_token_days: Option<u16>,
    /// Whether a second person must agree before more people can see a repository.
    pub widening_needs_second: bool,
    /// The least role that makes repositories.
    pub repository_makers: Option<OrgRole>,
}

/// A value, and the organisation that it comes from: nothing for what holds everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruled<T> {
    /// What holds.
    pub value: T,
    /// Who says so.
    pub from: Option<OrgId>,
}

impl<T> Ruled<T> {
    fn everywhere(value: T) -> Self {
        Self { value, from: None }
    }

    /// Takes a value over if it is stricter. Of two that are alike, the one from further up stays.
    fn tighten(&mut self, from: OrgId, value: T, is_stricter: impl FnOnce(&T, &T) -> bool) {
        if is_stricter(&value, &self.value) {
            *self = Self { value, from: Some(from) };
        }
    }
}

/// What holds in an organisation, and where each value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectivePolicy {
    /// The widest visibility that repositories may have.
    pub visibility_ceiling: Ruled<Visibility>,
    /// Whether members must sign in with a second factor.
    pub second_factor: Ruled<bool>,
    /// How many people must have reviewed a change before it is merged.
    pub required_reviews: Ruled<u8>,
    /// The longest life of an access token of members, in days; nothing for what the site says.
    pub longest_token_days: Ruled<Option<u16>>,
    /// Whether a second person must agree before more people can see a repository.
    pub widening_needs_second: Ruled<bool>,
    /// The least role that makes repositories.
    pub repository_makers: Ruled<OrgRole>,
}

impl EffectivePolicy {
    /// What repositories under these policies escape of others, in words that follow their owner's name; nothing if these are at
    /// least as strict. `widest` is what the site allows of visibility.
    pub fn looser_for_repositories(&self, than: &Self, widest: Visibility) -> Option<&'static str> {
        let ceiling = |policy: &Self| policy.visibility_ceiling.value.min(widest);
        if ceiling(self) > ceiling(than) {
            Some("lets more people see its repositories")
        } else if than.widening_needs_second.value && !self.widening_needs_second.value {
            Some("asks no second person before more people can see them")
        } else if self.required_reviews.value < than.required_reviews.value {
            Some("demands fewer reviews")
        } else {
            None
        }
    }
}

impl Default for EffectivePolicy {
    fn default() -> Self {
        Self {
            visibility_ceiling: Ruled::everywhere(Visibility::Public),
            second_factor: Ruled::everywhere(false),
            required_reviews: Ruled::everywhere(0),
            longest_token_days: Ruled::everywhere(None),
            widening_needs_second: Ruled::everywhere(false),
            repository_makers: Ruled::everywhere(OrgRole::Developer),
        }
    }
}

/// The strictest of several policies, those from further up first.
pub fn strictest(policies: impl IntoIterator<Item = (OrgId, OrgPolicy)>) -> EffectivePolicy {
    let mut all = EffectivePolicy::default();
    for (from, policy) in policies {
        if let Some(ceiling) = policy.visibility_ceiling {
            all.visibility_ceiling.tighten(from, ceiling, |new, old| new < old);
        }
        all.second_factor.tighten(from, policy.second_factor, |new, old| new > old);
        all.required_reviews.tighten(from, policy.required_reviews, |new, old| new > old);
        if policy.longest_token_days.is_some() {
            all.longest_token_days.tighten(from, policy.longest_token_days, |new, old| {
                old.is_none_or(|old| new.is_some_and(|new| new < old))
            });
        }
        all.widening_needs_second.tighten(from, policy.widening_needs_second, |new, old| new > old);
        if let Some(makers) = policy.repository_makers {
            all.repository_makers.tighten(from, makers, |new, old| new > old);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn org(number: u8) -> OrgId {
        OrgId::new(u64::from(number), [number; 10])
    }

    #[test]
    fn policies_are_compared_as_repositories_feel_them() {
        let of = |policy: OrgPolicy| strictest([(org(1), policy)]);
        let free = EffectivePolicy::default();
        let internal =
            of(OrgPolicy { visibility_ceiling: Some(Visibility::Internal), ..OrgPolicy::default() });
        let second = of(OrgPolicy { widening_needs_second: true, ..OrgPolicy::default() });
        let reviews = |required_reviews| of(OrgPolicy { required_reviews, ..OrgPolicy::default() });
        let looser = |this: &EffectivePolicy, than: &EffectivePolicy, widest| {
            this.looser_for_repositories(than, widest).is_some()
        };
        assert!(looser(&free, &internal, Visibility::Public));
        assert!(!looser(&free, &internal, Visibility::Internal), "the site allows no more anyway");
        assert!(
            looser(&free, &second, Visibility::Public)
                && looser(&reviews(1), &reviews(2), Visibility::Public)
        );
        for policy in [free, internal, second, reviews(2)] {
            assert!(
                !looser(&policy, &policy, Visibility::Public) && !looser(&policy, &free, Visibility::Public)
            );
        }
    }

    #[test]
    fn each_value_comes_from_the_strictest_and_highest() {
        let region = OrgPolicy {
            visibility_ceiling: Some(Visibility::Internal),
            second_factor: true,
            longest_token_days: Some(90),
            ..OrgPolicy::default()
        };
        let trust = OrgPolicy {
            visibility_ceiling: Some(Visibility::Public),
            second_factor: true,
            required_reviews: 2,
            longest_token_days: Some(30),
            repository_makers: Some(OrgRole::Reader),
            ..OrgPolicy::default()
        };
        let found = strictest([(org(1), region), (org(2), trust)]);
        assert_eq!(found.visibility_ceiling, Ruled { value: Visibility::Internal, from: Some(org(1)) });
        assert_eq!(found.second_factor, Ruled { value: true, from: Some(org(1)) });
        assert_eq!(found.required_reviews, Ruled { value: 2, from: Some(org(2)) });
        assert_eq!(found.longest_token_days, Ruled { value: Some(30), from: Some(org(2)) });
        assert_eq!(found.widening_needs_second, Ruled { value: false, from: None });
        assert_eq!(
            found.repository_makers,
            Ruled { value: OrgRole::Developer, from: None },
            "readers never do"
        );
        assert_eq!(strictest([]), EffectivePolicy::default());
    }

    fn policies() -> impl Strategy<Value = OrgPolicy> {
        let visibility = proptest::option::of(proptest::sample::select(Visibility::ALL.to_vec()));
        let role = proptest::option::of(proptest::sample::select(OrgRole::ALL.to_vec()));
        let days = proptest::option::of(1..=MAX_TOKEN_DAYS);
        (visibility, any::<bool>(), 0..=MAX_REVIEWS, days, any::<bool>(), role).prop_map(
            |(visibility_ceiling, second_factor, required_reviews, longest_token_days, second, makers)| {
                OrgPolicy {
                    visibility_ceiling,
                    second_factor,
                    required_reviews,
                    longest_token_days,
                    widening_needs_second: second,
                    repository_makers: makers,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn another_organisation_in_the_line_never_loosens(
            line in proptest::collection::vec(policies(), 0..6), more in policies(), at in 0_usize..6,
        ) {
            let numbered = |line: &[OrgPolicy]| {
                let policies = line.iter().zip(1_u8..).map(|(policy, number)| (org(number), *policy));
                strictest(policies.collect::<Vec<_>>())
            };
            let before = numbered(&line);
            let mut longer = line.clone();
            longer.insert(at.min(line.len()), more);
            let after = numbered(&longer);
            prop_assert!(after.visibility_ceiling.value <= before.visibility_ceiling.value);
            prop_assert!(after.second_factor.value >= before.second_factor.value);
            prop_assert!(after.required_reviews.value >= before.required_reviews.value);
            prop_assert!(after.widening_needs_second.value >= before.widening_needs_second.value);
            prop_assert!(after.repository_makers.value >= before.repository_makers.value);
            let days = |policy: &EffectivePolicy| policy.longest_token_days.value.unwrap_or(u16::MAX);
            prop_assert!(days(&after) <= days(&before));
        }
    }
}
