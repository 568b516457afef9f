//! What must be true before a merge request is merged: what the rules for its target and the policies of the organisation
//! demand together, and the ways of merging that are left.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::merge_request::MergeMethod;
use crate::merge_request::check::Demands;
use crate::ref_rule::RefRule;
use crate::{EffectivePolicy, RefName};

/// The longest name of a status, in characters.
pub const MAX_STATUS_NAME: usize = 100;
/// How many statuses one rule demands at most.
pub const MAX_STATUSES: usize = 20;

/// The name under which a program reports whether a commit passes, as in `ci/tests`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusName(String);

/// No program reports under a name like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStatus {
    /// The name itself.
    #[error(
        "the name of a status has 1 to {MAX_STATUS_NAME} characters on one line, without spaces around it"
    )]
    Name,
    /// Too many of them.
    #[error("a rule demands at most {MAX_STATUSES} statuses")]
    TooMany,
}

impl StatusName {
    /// Checks a name.
    pub fn new(text: &str) -> Result<Self, InvalidStatus> {
        let length = text.chars().count();
        if length == 0
            || length > MAX_STATUS_NAME
            || text.trim() != text
            || text.chars().any(char::is_control)
        {
            return Err(InvalidStatus::Name);
        }
        Ok(Self(text.to_owned()))
    }

    /// As programs report it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Several names, one on each line, as a form and a row have them.
    pub fn lines(text: &str) -> Result<BTreeSet<Self>, InvalidStatus> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let names: BTreeSet<Self> = lines.take(MAX_STATUSES * 2).map(Self::new).collect::<Result<_, _>>()?;
        if names.len() > MAX_STATUSES { Err(InvalidStatus::TooMany) } else { Ok(names) }
    }
}

impl fmt::Display for StatusName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one rule demands of a merge into the branches it is for. The default demands nothing, and lets approvals lapse.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a demand of its own")]
pub struct MergeRule {
    /// How many people must approve.
    pub approvals: u8,
    /// Whether those who own the changed files must approve.
    pub owners_approval: bool,
    /// Whether approvals lapse when the source gets new commits.
    pub approvals_lapse: bool,
    /// Whether every thread must be resolved.
    pub threads_resolved: bool,
    /// The statuses that must have passed.
    pub statuses: BTreeSet<StatusName>,
    /// Whether the source must have everything that the target has.
    pub up_to_date: bool,
}

impl Default for MergeRule {
    fn default() -> Self {
        Self {
            approvals: 0,
            owners_approval: false,
            approvals_lapse: true,
            threads_resolved: false,
            statuses: BTreeSet::new(),
            up_to_date: false,
        }
    }
}

/// What a merge into one branch must be like: the strictest of all that has a say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a demand of its own")]
pub struct MergeDemands {
    /// How many people must approve.
    pub approvals: u8,
    /// Whether those who own the changed files must approve.
    pub owners_approval: bool,
    /// Whether approvals lapse when the source gets new commits. Only a rule for the branch can say that they stay.
    pub approvals_lapse: bool,
    /// Whether every thread must be resolved.
    pub threads_resolved: bool,
    /// The statuses that must have passed.
    pub statuses: BTreeSet<StatusName>,
    /// Whether the source must have everything that the target has.
    pub up_to_date: bool,
    /// Whether the history must stay in one line, without merge commits.
    pub linear: bool,
    /// Whether everything new must be signed by somebody known.
    pub signed: bool,
}

/// What the rules and the policy together demand of a merge into a branch, who merges aside: that is judged when the ref
/// moves, as for a push.
pub fn merge_demands(rules: &[RefRule], policy: &EffectivePolicy, branch: &RefName) -> MergeDemands {
    let mut all = MergeDemands {
        approvals: policy.required_reviews.value,
        owners_approval: false,
        approvals_lapse: true,
        threads_resolved: false,
        statuses: BTreeSet::new(),
        up_to_date: false,
        linear: false,
        signed: false,
    };
    let matching: Vec<&RefRule> = rules.iter().filter(|rule| rule.matches(branch)).collect();
    all.approvals_lapse = matching.is_empty() || matching.iter().any(|rule| rule.merging.approvals_lapse);
    for rule in matching {
        all.approvals = all.approvals.max(rule.merging.approvals);
        all.owners_approval |= rule.merging.owners_approval;
        all.threads_resolved |= rule.merging.threads_resolved;
        all.statuses.extend(rule.merging.statuses.iter().cloned());
        all.up_to_date |= rule.merging.up_to_date;
        all.linear |= rule.linear;
        all.signed |= rule.signed;
    }
    all
}

impl MergeDemands {
    /// What the checks of a merge request ask for in a repository that allows these ways of merging.
    pub fn asked(&self, allowed: &MergeMethods) -> Demands {
        Demands {
            approvals: u32::from(self.approvals),
            owners: self.owners_approval,
            threads_resolved: self.threads_resolved,
            statuses: self.statuses.iter().map(|name| name.as_str().to_owned()).collect(),
            up_to_date: self.up_to_date,
            methods: allowed.left_by(self),
        }
    }
}

/// The words name no ways of merging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("choose at least one of merge, squash, rebase and fast-forward")]
pub struct InvalidMergeMethods;

/// The ways of merging that a repository allows: at least one, in the order in which they are offered. As words with a space
/// between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeMethods(Vec<MergeMethod>);

impl MergeMethods {
    /// Those given, if there is one.
    pub fn new(given: &[MergeMethod]) -> Result<Self, InvalidMergeMethods> {
        let methods: Vec<_> = MergeMethod::ALL.into_iter().filter(|method| given.contains(method)).collect();
        if methods.is_empty() { Err(InvalidMergeMethods) } else { Ok(Self(methods)) }
    }

    /// Whether one is among them.
    pub fn contains(&self, method: MergeMethod) -> bool {
        self.0.contains(&method)
    }

    /// Every one, in the order in which they are offered.
    pub fn iter(&self) -> impl Iterator<Item = MergeMethod> + '_ {
        self.0.iter().copied()
    }

    /// Those that the demands of a branch leave: where history stays in one line, no merge commits. There may be none.
    pub fn left_by(&self, demands: &MergeDemands) -> Vec<MergeMethod> {
        self.iter().filter(|method| !(demands.linear && *method == MergeMethod::Merge)).collect()
    }
}

impl Default for MergeMethods {
    fn default() -> Self {
        Self(MergeMethod::ALL.to_vec())
    }
}

impl fmt::Display for MergeMethods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(MergeMethod::name).collect();
        f.write_str(&words.join(" "))
    }
}

impl FromStr for MergeMethods {
    type Err = InvalidMergeMethods;
    fn from_str(text: &str) -> Result<Self, InvalidMergeMethods> {
        let given: Result<Vec<MergeMethod>, _> = text.split(' ').map(str::parse).collect();
        Self::new(&given.map_err(|_| InvalidMergeMethods)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::organisation_policy::{OrgPolicy, strictest};
    use crate::ref_rule::{Allowed, AllowedLevel, RefKind, RefPattern};
    use crate::{OrgId, RefRuleId, RepoId};

    fn rule(pattern: &str, merging: MergeRule) -> RefRule {
        let anybody = || Allowed::from_level(AllowedLevel::Developers);
        RefRule {
            id: RefRuleId::new(1, [1; 10]),
            repo: RepoId::new(1, [1; 10]),
            kind: RefKind::Branch,
            pattern: RefPattern::new(pattern).unwrap(),
            push: anybody(),
            force_push: anybody(),
            delete: anybody(),
            merge: anybody(),
            signed: false,
            linear: false,
            merging,
        }
    }

    fn policy(required_reviews: u8) -> EffectivePolicy {
        let said = OrgPolicy { required_reviews, ..OrgPolicy::default() };
        strictest([(OrgId::new(1, [1; 10]), said)])
    }

    fn names(lines: &str) -> BTreeSet<StatusName> {
        StatusName::lines(lines).unwrap()
    }

    #[test]
    fn what_several_rules_and_the_policy_say_adds_up() {
        let main = RefName::branch("main").unwrap();
        let first = MergeRule { approvals: 1, statuses: names("ci/tests"), ..MergeRule::default() };
        let second = MergeRule {
            owners_approval: true,
            approvals_lapse: false,
            statuses: names("ci/lint\nci/tests"),
            threads_resolved: true,
            up_to_date: true,
            ..MergeRule::default()
        };
        let other = MergeRule { approvals: 5, ..MergeRule::default() };
        let mut linear = rule("main", second.clone());
        linear.linear = true;
        let rules = [rule("*", first), linear, rule("release/*", other)];
        let found = merge_demands(&rules, &policy(2), &main);
        assert_eq!(
            found,
            MergeDemands {
                approvals: 2,
                owners_approval: true,
                approvals_lapse: true,
                threads_resolved: true,
                statuses: names("ci/lint\nci/tests"),
                up_to_date: true,
                linear: true,
                signed: false,
            }
        );
        let asked = found.asked(&MergeMethods::default());
        assert_eq!(
            (asked.approvals, asked.owners, asked.threads_resolved, asked.up_to_date),
            (2, true, true, true)
        );
        assert_eq!(asked.statuses, ["ci/lint", "ci/tests"]);
        assert_eq!(asked.methods, [MergeMethod::Squash, MergeMethod::Rebase, MergeMethod::FastForward]);
        let stays = merge_demands(&[rule("main", second)], &policy(0), &main);
        assert!(!stays.approvals_lapse, "the only rule for it says that they stay");
        let nothing = merge_demands(&[], &policy(0), &main);
        assert!(nothing.approvals_lapse && nothing.approvals == 0 && nothing.statuses.is_empty());
        let mut tags = rule("main", MergeRule { approvals: 3, ..MergeRule::default() });
        tags.kind = RefKind::Tag;
        assert_eq!(merge_demands(&[tags], &policy(0), &main), nothing, "a rule for tags is not for branches");
    }

    #[test]
    fn methods_are_words_and_a_straight_history_leaves_no_merge_commits() {
        let all = MergeMethods::default();
        assert_eq!(all.to_string(), "merge squash rebase fast-forward");
        assert_eq!(all.to_string().parse(), Ok(all.clone()));
        assert_eq!("squash merge".parse::<MergeMethods>().unwrap().to_string(), "merge squash");
        for bad in ["", "merge,squash", "octopus", " "] {
            assert_eq!(bad.parse::<MergeMethods>(), Err(InvalidMergeMethods), "{bad:?}");
        }
        let free = merge_demands(&[], &EffectivePolicy::default(), &RefName::branch("main").unwrap());
        let straight = MergeDemands { linear: true, ..free.clone() };
        assert_eq!(all.left_by(&free), MergeMethod::ALL);
        assert_eq!(
            all.left_by(&straight),
            [MergeMethod::Squash, MergeMethod::Rebase, MergeMethod::FastForward]
        );
        assert!("merge".parse::<MergeMethods>().unwrap().left_by(&straight).is_empty());
    }

    #[test]
    fn names_of_statuses_are_lines() {
        assert_eq!(names(" ci/tests \r\n\n Lint and style\n"), names("Lint and style\nci/tests"));
        assert_eq!(StatusName::new(" x"), Err(InvalidStatus::Name));
        assert_eq!(StatusName::lines(&"x".repeat(101)), Err(InvalidStatus::Name));
        assert_eq!(StatusName::lines("a\tb"), Err(InvalidStatus::Name));
        let many: Vec<String> = (0..=MAX_STATUSES).map(|number| format!("s{number}")).collect();
        assert_eq!(StatusName::lines(&many.join("\n")), Err(InvalidStatus::TooMany));
    }

    fn merge_rules() -> impl Strategy<Value = MergeRule> {
        let statuses = proptest::collection::btree_set("[a-c]", 0..3);
        (0_u8..=5, any::<[bool; 4]>(), statuses).prop_map(
            |(approvals, [owners_approval, approvals_lapse, threads_resolved, up_to_date], statuses)| {
                MergeRule {
                    approvals,
                    owners_approval,
                    approvals_lapse,
                    threads_resolved,
                    statuses: statuses.iter().map(|name| StatusName::new(name).unwrap()).collect(),
                    up_to_date,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn one_more_rule_never_loosens(
            line in proptest::collection::vec(merge_rules(), 1..5), more in merge_rules(), reviews in 0_u8..=5,
        ) {
            let main = RefName::branch("main").unwrap();
            let rules: Vec<RefRule> = line.into_iter().map(|merging| rule("main", merging)).collect();
            let before = merge_demands(&rules, &policy(reviews), &main);
            let longer: Vec<RefRule> = rules.into_iter().chain([rule("m*", more)]).collect();
            let after = merge_demands(&longer, &policy(reviews), &main);
            prop_assert!(after.approvals >= before.approvals && before.approvals >= reviews);
            prop_assert!(after.owners_approval >= before.owners_approval);
            prop_assert!(after.approvals_lapse >= before.approvals_lapse);
            prop_assert!(after.statuses.is_superset(&before.statuses));
            prop_assert!(after.threads_resolved >= before.threads_resolved);
            prop_assert!(after.up_to_date >= before.up_to_date);
        }
    }
}
