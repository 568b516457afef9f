//! Rules for branches and tags: who may change which, and what a change must be like.
//!
//! A rule is for every branch, or every tag, whose name its pattern matches: `*` stands for any run of characters, slashes
//! too, and everything else for itself. Where several rules match, every one of them must allow the change.

use std::fmt;
use std::str::FromStr;

use crate::merge_demand::MergeRule;
use crate::policy::{Permission, UpdateKind};
use crate::{RefName, RefRuleId, RepoId, TeamId, UserId};

/// The longest pattern, in bytes.
pub const MAX_PATTERN: usize = 200;
/// How many people and teams one action of a rule names at most.
pub const MAX_NAMED: usize = 50;
/// How many rules a repository has at most.
pub const MAX_RULES: usize = 100;

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefKind {
    /// Branches.
    Branch,
    /// Tags.
    Tag,
}

impl RefKind {
    /// The word in rows and forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Branch => "branch",
            Self::Tag => "tag",
        }
    }
}

/// The words are not what a rule has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRule {
    /// Neither branch nor tag.
    #[error("a rule is for a branch or a tag")]
    Kind,
    /// No name could be like that.
    #[error(
        "a pattern is a name in which * stands for anything, such as main or release/*, with at most {MAX_PATTERN} characters"
    )]
    Pattern,
    /// Not who may do something.
    #[error("choose nobody, maintainers or developers, and name at most {MAX_NAMED} people and teams")]
    Allowed,
}

impl FromStr for RefKind {
    type Err = InvalidRule;
    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        [Self::Branch, Self::Tag].into_iter().find(|kind| kind.name() == text).ok_or(InvalidRule::Kind)
    }
}

/// A name in which `*` stands for anything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefPattern(String);

impl RefPattern {
    /// Checks a pattern: with something in the place of each `*`, it could be the name of a ref.
    pub fn new(text: &str) -> Result<Self, InvalidRule> {
        let text = text.trim();
        let example = text.replace('*', "x");
        if text.len() > MAX_PATTERN || text.contains("**") || RefName::branch(&example).is_err() {
            return Err(InvalidRule::Pattern);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for a name.
    pub fn matches(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let mut parts: Vec<&str> = parts.collect();
        let Some(last) = parts.pop() else { return rest.is_empty() };
        for part in parts {
            // The earliest place leaves the most for what follows.
            let Some(at) = rest.find(part) else { return false };
            rest = rest.get(at + part.len()..).unwrap_or_default();
        }
        rest.ends_with(last)
    }
}

impl fmt::Display for RefPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// From which permission on something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AllowedLevel {
    /// Nobody but those who are named.
    Nobody,
    /// Whoever may look after the repository.
    Maintainers,
    /// Whoever may push to it.
    Developers,
}

impl AllowedLevel {
    /// Every one, the strictest first.
    pub const ALL: [Self; 3] = [Self::Nobody, Self::Maintainers, Self::Developers];

    /// The word in rows and forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Maintainers => "maintainers",
            Self::Developers => "developers",
        }
    }
}

impl FromStr for AllowedLevel {
    type Err = InvalidRule;
    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        Self::ALL.into_iter().find(|level| level.name() == text).ok_or(InvalidRule::Allowed)
    }
}

/// Who may do something: everybody from a permission on, and some by name who may push at least.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Allowed {
    /// From which permission on.
    pub level: AllowedLevel,
    /// People by name.
    pub people: Vec<UserId>,
    /// Teams by name, with those below them.
    pub teams: Vec<TeamId>,
}

impl Allowed {
    /// Everybody from a permission on, and nobody by name.
    pub fn from_level(level: AllowedLevel) -> Self {
        Self { level, people: Vec::new(), teams: Vec::new() }
    }

    /// Whether somebody may.
    fn lets(&self, pusher: &Pusher<'_>, permission: Permission) -> bool {
        let by_level = match self.level {
            AllowedLevel::Nobody => false,
            AllowedLevel::Maintainers => permission >= Permission::Maintain,
            AllowedLevel::Developers => permission >= Permission::Write,
        };
        let by_name = pusher.user.is_some_and(|user| self.people.contains(&user))
            || pusher.teams.iter().any(|team| self.teams.contains(team));
        by_level || (by_name && permission >= Permission::Write)
    }
}

/// As a row holds it: the level, then each name with its kind.
impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.level.name())?;
        for user in &self.people {
            write!(f, " user:{user}")?;
        }
        for team in &self.teams {
            write!(f, " team:{team}")?;
        }
        Ok(())
    }
}

impl FromStr for Allowed {
    type Err = InvalidRule;
    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        let mut words = text.split(' ');
        let mut allowed = Self::from_level(words.next().unwrap_or_default().parse()?);
        for word in words {
            match word.split_once(':') {
                Some(("user", id)) => allowed.people.push(id.parse().map_err(|_| InvalidRule::Allowed)?),
                Some(("team", id)) => allowed.teams.push(id.parse().map_err(|_| InvalidRule::Allowed)?),
                _ => return Err(InvalidRule::Allowed),
            }
        }
        if allowed.people.len() + allowed.teams.len() > MAX_NAMED {
            Err(InvalidRule::Allowed)
        } else {
            Ok(allowed)
        }
    }
}

/// A rule for branches or tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefRule {
    /// Which.
    pub id: RefRuleId,
    /// Where.
    pub repo: RepoId,
    /// What it is about.
    pub kind: RefKind,
    /// Which of them.
    pub pattern: RefPattern,
    /// Who may make them and add to them.
    pub push: Allowed,
    /// Who of those may also rewrite them.
    pub force_push: Allowed,
    /// Who may delete them.
    pub delete: Allowed,
    /// Who may merge into them without pushing.
    pub merge: Allowed,
    /// Whether every new commit or tag must be signed by somebody known.
    pub signed: bool,
    /// Whether nothing new may be a merge of two histories.
    pub linear: bool,
    /// What is demanded of merge requests into them, where they are branches.
    pub merging: MergeRule,
}

impl RefRule {
    /// Whether it is about a ref.
    pub fn matches(&self, name: &RefName) -> bool {
        let short = match self.kind {
            RefKind::Branch => name.as_branch(),
            RefKind::Tag => name.as_tag(),
        };
        short.is_some_and(|short| self.pattern.matches(short))
    }
}

/// Who changes a ref.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pusher<'a> {
    /// The person; nothing for a program with a key of its own, whom no rule names.
    pub user: Option<UserId>,
    /// The teams that they are in, and those above.
    pub teams: &'a [TeamId],
}

/// How a change comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// Somebody pushes, or commits on a page.
    #[default]
    Push,
    /// A merge request is merged.
    Merge,
}

/// What a rule forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// To make it or add to it.
    Push,
    /// To rewrite it.
    ForcePush,
    /// To delete it.
    Delete,
    /// To merge into it.
    Merge,
    /// What is not signed by somebody known.
    Unsigned,
    /// Merges of two histories.
    MergeCommits,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Push => "does not let you push here: push to another branch and ask for a merge",
            Self::ForcePush => {
                "does not let you rewrite history here: fetch and merge first, then push again without force"
            }
            Self::Delete => "does not let you delete this",
            Self::Merge => "does not let you merge here: ask somebody who may",
            Self::Unsigned => "takes only what is signed with a key whose owner has proven here that it is theirs: sign it, or push fewer commits at a time",
            Self::MergeCommits => {
                "keeps history in one line: rebase your commits so that none is a merge, then push again"
            }
        })
    }
}

/// What must be known of a change to hold it against a rule.
#[derive(Debug, Clone, Copy)]
pub struct ChangeFacts<'a> {
    /// Who.
    pub pusher: Pusher<'a>,
    /// What they may do in the repository by themselves, however they came in.
    pub permission: Permission,
    /// How.
    pub way: Way,
    /// Whether all that is new is signed by somebody known.
    pub signed: bool,
    /// Whether something new is a merge of two histories.
    pub has_merges: bool,
}

/// Holds one change of a ref against one rule that matches it.
pub fn judge(rule: &RefRule, facts: &ChangeFacts<'_>, kind: UpdateKind) -> Result<(), Forbidden> {
    let lets = |allowed: &Allowed| allowed.lets(&facts.pusher, facts.permission);
    if kind == UpdateKind::Delete {
        return if lets(&rule.delete) { Ok(()) } else { Err(Forbidden::Delete) };
    }
    match facts.way {
        Way::Push if !lets(&rule.push) => return Err(Forbidden::Push),
        Way::Merge if !lets(&rule.merge) => return Err(Forbidden::Merge),
        Way::Push | Way::Merge => {}
    }
    if kind == UpdateKind::Rewind && !lets(&rule.force_push) {
        return Err(Forbidden::ForcePush);
    }
    if rule.signed && !facts.signed {
        return Err(Forbidden::Unsigned);
    }
    if rule.linear && facts.has_merges {
        return Err(Forbidden::MergeCommits);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u8) -> UserId {
        UserId::new(u64::from(number), [number; 10])
    }

    fn team(number: u8) -> TeamId {
        TeamId::new(u64::from(number), [number; 10])
    }

    fn rule(kind: RefKind, pattern: &str) -> RefRule {
        let maintainers = || Allowed::from_level(AllowedLevel::Maintainers);
        RefRule {
            id: RefRuleId::new(1, [1; 10]),
            repo: RepoId::new(1, [1; 10]),
            kind,
            pattern: RefPattern::new(pattern).unwrap(),
            push: maintainers(),
            force_push: Allowed::from_level(AllowedLevel::Nobody),
            delete: Allowed::from_level(AllowedLevel::Nobody),
            merge: Allowed::from_level(AllowedLevel::Developers),
            signed: false,
            linear: false,
            merging: MergeRule::default(),
        }
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, yes, no) in [
            ("main", &["main"][..], &["main2", "mai", "a/main", ""][..]),
            ("release/*", &["release/1", "release/1/2", "release/"], &["release", "xrelease/1"]),
            ("*-stable", &["1-stable", "a/b-stable", "-stable"], &["stable", "1-stables"]),
            ("v*.*", &["v1.0", "v.", "va/b.c"], &["v1", "1.0"]),
            ("*", &["main", "a/b"], &[]),
            ("a*a", &["aa", "aba"], &["a", "ab"]),
            ("a*bc*bc", &["abcbc", "axbcbcbc"], &["abc", "abcb"]),
        ] {
            let pattern = RefPattern::new(pattern).unwrap();
            for name in yes {
                assert!(pattern.matches(name), "{pattern} {name}");
            }
            for name in no {
                assert!(!pattern.matches(name), "{pattern} {name}");
            }
        }
        for bad in ["", "a b", "a..b", "**", "-x", "a?", "[a]", &"x".repeat(300)] {
            assert_eq!(RefPattern::new(bad), Err(InvalidRule::Pattern), "{bad}");
        }
    }

    #[test]
    fn rules_are_for_their_kind() {
        let branch = rule(RefKind::Branch, "v*");
        assert!(branch.matches(&RefName::branch("v1").unwrap()));
        assert!(!branch.matches(&RefName::tag("v1").unwrap()));
        assert!(rule(RefKind::Tag, "v*").matches(&RefName::tag("v1").unwrap()));
        assert!(!branch.matches(&RefName::new("refs/notes/v1").unwrap()));
    }

    #[test]
    fn a_key_of_a_program_is_nobody_by_name() {
        let mut rule = rule(RefKind::Branch, "main");
        rule.push.level = AllowedLevel::Nobody;
        rule.push.people.push(user(1));
        let program = ChangeFacts {
            pusher: Pusher::default(),
            permission: Permission::Write,
            way: Way::Push,
            signed: true,
            has_merges: false,
        };
        let forward = UpdateKind::FastForward;
        assert_eq!(judge(&rule, &program, forward), Err(Forbidden::Push));
        rule.push = Allowed::from_level(AllowedLevel::Maintainers);
        assert_eq!(judge(&rule, &program, forward), Err(Forbidden::Push));
        rule.push = Allowed::from_level(AllowedLevel::Developers);
        assert_eq!(judge(&rule, &program, forward), Ok(()), "it may push");
    }

    #[test]
    fn levels_and_names_let_and_nothing_else_does() {
        use Permission::{Maintain, Write};
        let mut rule = rule(RefKind::Branch, "main");
        let teams = [team(7)];
        let facts = |number: u8, permission| ChangeFacts {
            pusher: Pusher { user: Some(user(number)), teams: &teams },
            permission,
            way: Way::Push,
            signed: false,
            has_merges: true,
        };
        let forward = UpdateKind::FastForward;
        assert_eq!(judge(&rule, &facts(1, Write), forward), Err(Forbidden::Push));
        assert_eq!(judge(&rule, &facts(1, Maintain), forward), Ok(()));
        assert_eq!(judge(&rule, &facts(1, Maintain), UpdateKind::Rewind), Err(Forbidden::ForcePush));
        assert_eq!(judge(&rule, &facts(1, Permission::Admin), UpdateKind::Delete), Err(Forbidden::Delete));
        let merging = ChangeFacts { way: Way::Merge, ..facts(1, Write) };
        assert_eq!(judge(&rule, &merging, forward), Ok(()), "who may merge need not push");
        rule.push.people.push(user(1));
        assert_eq!(judge(&rule, &facts(1, Write), forward), Ok(()));
        assert_eq!(judge(&rule, &facts(2, Write), forward), Err(Forbidden::Push));
        assert_eq!(
            judge(&rule, &facts(1, Permission::Read), forward),
            Err(Forbidden::Push),
            "a name gives no writing"
        );
        rule.delete.teams.push(team(7));
        assert_eq!(judge(&rule, &facts(2, Write), UpdateKind::Delete), Ok(()));
        rule.force_push = Allowed::from_level(AllowedLevel::Developers);
        assert_eq!(
            judge(&rule, &facts(2, Write), UpdateKind::Rewind),
            Err(Forbidden::Push),
            "rewriting is pushing too"
        );
        rule.linear = true;
        assert_eq!(judge(&rule, &facts(1, Write), forward), Err(Forbidden::MergeCommits));
        rule.signed = true;
        assert_eq!(judge(&rule, &facts(1, Write), forward), Err(Forbidden::Unsigned));
        let good = ChangeFacts { signed: true, has_merges: false, ..facts(1, Write) };
        assert_eq!(judge(&rule, &good, forward), Ok(()));
        assert_eq!(
            judge(&rule, &facts(2, Write), UpdateKind::Delete),
            Ok(()),
            "nothing new comes by deleting"
        );
    }

    #[test]
    fn who_is_allowed_comes_back_from_its_row() {
        let allowed =
            Allowed { level: AllowedLevel::Nobody, people: vec![user(1), user(2)], teams: vec![team(3)] };
        assert_eq!(allowed.to_string().parse(), Ok(allowed));
        for bad in ["", "everybody", "nobody x", "nobody user:1"] {
            assert_eq!(bad.parse::<Allowed>(), Err(InvalidRule::Allowed), "{bad}");
        }
        let many =
            Allowed { people: vec![user(1); MAX_NAMED + 1], ..Allowed::from_level(AllowedLevel::Nobody) };
        assert!(many.to_string().parse::<Allowed>().is_err());
    }
}
