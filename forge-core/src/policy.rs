//! Who may do what: pure, total functions, with what a credential may reach at most applied inside.

use std::str::FromStr;

use crate::credential::{Reach, Scope, Scopes};
use crate::organisation::{OrgRole, OwnerId};
use crate::ref_name::{HEADS, TAGS};
use crate::ref_rule::{ChangeFacts, Forbidden, Pusher, RefPattern, RefRule, Way, judge};
use crate::repository::Visibility;
use crate::{Machine, RefName, RepoId, SessionId, SshKeyId, TokenId, UserId, Username};

/// What somebody may do with a repository. Each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// For them it is not there.
    None,
    /// See and clone.
    Read,
    /// Push.
    Write,
    /// Look after: description, default branch.
    Maintain,
    /// Everything: visibility, name, owner, deletion.
    Admin,
}

impl Permission {
    /// Those that can be given, the least first.
    pub const GIVEN: [Self; 4] = [Self::Read, Self::Write, Self::Maintain, Self::Admin];

    /// The word in rows, forms and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }
}

/// The word names no permission that can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a permission is read, write, maintain or admin")]
pub struct InvalidPermission;

impl FromStr for Permission {
    type Err = InvalidPermission;
    fn from_str(text: &str) -> Result<Self, InvalidPermission> {
        Self::GIVEN.into_iter().find(|given| given.name() == text).ok_or(InvalidPermission)
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who is not signed in.
    Nobody,
    /// A person, by one of their credentials.
    Person(Person),
    /// A program, by a key that belongs to a repository.
    Machine(Machine),
    /// The forge itself.
    System {
        /// Why, for the audit log.
        reason: &'static str,
    },
}

/// A person and the credential that let them in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// The name they have now.
    pub name: Username,
    /// Whether they administer the site.
    pub is_admin: bool,
    /// What let them in.
    pub credential: Credential,
}

/// What let a person in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A signed-in browser.
    Session(SessionId),
    /// An access token: what it may do, and where.
    Token(TokenId, Scopes, Reach),
    /// An SSH key.
    SshKey(SshKeyId),
    /// An SSH certificate: what its authority calls it, its number there, and until when it counts.
    Certificate {
        /// What the authority calls it.
        key_id: String,
        /// Its number at the authority.
        serial: u64,
        /// Until when it counts, in seconds since 1970.
        valid_before: u64,
    },
    /// Name and password, given by a git client.
    Password,
}

impl Credential {
    /// The most that it reaches in a repository, whatever its owner may do.
    pub fn ceiling(&self, repo: RepoId) -> Permission {
        match self {
            Self::Session(_) => Permission::Admin,
            Self::SshKey(_) | Self::Certificate { .. } | Self::Password => Permission::Write,
            Self::Token(_, _, reach) if !reach.includes(repo) => Permission::None,
            Self::Token(_, scopes, _) if scopes.contains(Scope::RepositoryWrite) => Permission::Write,
            Self::Token(_, scopes, _) if scopes.contains(Scope::RepositoryRead) => Permission::Read,
            Self::Token(..) => Permission::None,
        }
    }

    /// Whether it is a browser that is signed in: the only one that changes what lets its owner in, and that carries
    /// the rights of a site administrator into other people's repositories.
    pub fn is_browser(&self) -> bool {
        matches!(self, Self::Session(_))
    }

    /// Whether it may be used for a scope. A token that is limited to repositories serves for nothing else.
    pub fn covers(&self, scope: Scope) -> bool {
        match self {
            Self::Session(_) => true,
            Self::SshKey(_) | Self::Certificate { .. } | Self::Password => {
                matches!(scope, Scope::RepositoryRead | Scope::RepositoryWrite)
            }
            Self::Token(_, scopes, Reach::Everything) => scopes.contains(scope),
            Self::Token(_, scopes, Reach::Only(_)) => {
                matches!(scope, Scope::RepositoryRead | Scope::RepositoryWrite) && scopes.contains(scope)
            }
        }
    }
}

impl Actor {
    /// The person, if it is one.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Nobody | Self::Machine(_) | Self::System { .. } => None,
        }
    }

    /// Whether they may administer the site. A token needs the scope for it, and opens no repository by it.
    pub fn is_site_admin(&self) -> bool {
        match self {
            Self::Person(person) => person.is_admin && person.credential.covers(Scope::AdminWrite),
            Self::System { .. } => true,
            Self::Nobody | Self::Machine(_) => false,
        }
    }
}

/// What must be known of a repository, and of the actor's place in it, to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepoFacts {
    /// Which.
    pub id: RepoId,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whose it is.
    pub owner: OwnerId,
    /// The actor's role in the organisation that owns it.
    pub role: Option<OrgRole>,
    /// Whether the actor and the owner are in one organisation.
    pub shares_organisation: bool,
    /// The most that a grant in force gives the actor, or a team that they are in.
    pub granted: Permission,
    /// Whether the site lets people read public repositories who are not signed in.
    pub public_reading: bool,
}

/// Why somebody may do something with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It is theirs.
    Owns,
    /// Their role in the organisation that owns it.
    Role(OrgRole),
    /// A grant to them or to a team that they are in.
    Granted(Permission),
    /// They share an organisation with its owner, and it is visible to such.
    Colleague,
    /// They are signed in, and it is visible to everybody who is.
    SignedIn,
    /// It is public, and the site lets everybody read what is.
    Public,
    /// They administer the site, by a browser.
    Administrator,
    /// It is the forge itself.
    System,
}

impl Reason {
    /// What it gives by itself.
    pub fn gives(self) -> Permission {
        match self {
            Self::Owns | Self::Administrator | Self::System => Permission::Admin,
            Self::Role(role) => role.permission(),
            Self::Granted(permission) => permission,
            Self::Colleague | Self::SignedIn | Self::Public => Permission::Read,
        }
    }
}

/// Everything that gives an actor something in a repository, before what their credential reaches is applied.
pub fn reasons(actor: &Actor, facts: &RepoFacts) -> impl Iterator<Item = Reason> {
    let person = actor.person();
    let own = match (facts.owner, facts.role) {
        (OwnerId::User(owner), _) => person.is_some_and(|person| person.id == owner).then_some(Reason::Owns),
        (OwnerId::Org(_), role) => role.filter(|_| person.is_some()).map(Reason::Role),
    };
    let granted =
        (facts.granted > Permission::None && person.is_some()).then_some(Reason::Granted(facts.granted));
    let seen = match facts.visibility {
        Visibility::Organisation if facts.shares_organisation => person.map(|_| Reason::Colleague),
        Visibility::Private | Visibility::Organisation => None,
        Visibility::Internal => person.map(|_| Reason::SignedIn),
        Visibility::Public if facts.public_reading => Some(Reason::Public),
        Visibility::Public => person.map(|_| Reason::SignedIn),
    };
    let administered = match actor {
        Actor::System { .. } => Some(Reason::System),
        _ => person
            .is_some_and(|person| person.is_admin && person.credential.is_browser())
            .then_some(Reason::Administrator),
    };
    [own, granted, seen, administered].into_iter().flatten()
}

/// Decides what an actor may do with a repository.
pub fn decide(actor: &Actor, facts: &RepoFacts) -> Permission {
    if let Actor::Machine(machine) = actor {
        return of_machine(machine, facts.id);
    }
    let most = reasons(actor, facts).map(Reason::gives).max().unwrap_or(Permission::None);
    let ceiling = actor.person().map_or(Permission::Admin, |person| person.credential.ceiling(facts.id));
    most.min(ceiling)
}

/// A deploy key opens its own repository, and for it there is no other.
fn of_machine(machine: &Machine, repo: RepoId) -> Permission {
    match (machine.repo == repo, machine.writes) {
        (false, _) => Permission::None,
        (true, true) => Permission::Write,
        (true, false) => Permission::Read,
    }
}

/// What a push wants to do with one ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateKind {
    /// The ref is new.
    Create,
    /// The new commit has the old one among its ancestors.
    FastForward,
    /// Commits would be lost from the ref.
    Rewind,
    /// The ref goes.
    Delete,
}

/// Why a change of a ref is refused. The text is for the person who pushed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not enough permission.
    #[error("you may read this repository but not push to it")]
    ReadOnly,
    /// The repository is archived.
    #[error("this repository is archived: an owner can unarchive it in its settings")]
    Archived,
    /// Not a branch or a tag.
    #[error("only branches (refs/heads/), tags (refs/tags/) and notes (refs/notes/) can be pushed")]
    Namespace,
    /// A branch by the name that means whatever is checked out.
    #[error("a branch cannot be called HEAD: say which one you mean, as in git push origin main")]
    NamedHead,
    /// History of the default branch is kept.
    #[error(
        "the history of the default branch is kept: fetch and merge first, then push again without force"
    )]
    RewindsDefaultBranch,
    /// The default branch stays.
    #[error("the default branch cannot be deleted: choose another default branch in the settings first")]
    DeletesDefaultBranch,
    /// A rule of the repository does not let them, or not this.
    #[error("the rule for {pattern} {forbidden}")]
    Rule {
        /// Which names the rule is for.
        pattern: RefPattern,
        /// What it does not let.
        forbidden: Forbidden,
    },
}

/// What must be known of a repository to judge the change of one ref.
#[derive(Debug, Clone, Copy)]
pub struct UpdateFacts<'a> {
    /// What the pusher may do, by the credential that they use.
    pub permission: Permission,
    /// What they may do by themselves: who they are counts for rules, and no credential for git reaches further than pushing.
    pub standing: Permission,
    /// Whether the repository is archived.
    pub archived: bool,
    /// The default branch.
    pub default_branch: &'a RefName,
    /// The rules for its branches and tags.
    pub rules: &'a [RefRule],
    /// Who pushes.
    pub pusher: Pusher<'a>,
    /// How.
    pub way: Way,
    /// Whether all that is new is signed by somebody known.
    pub signed: bool,
    /// Whether something new is a merge of two histories.
    pub has_merges: bool,
}

/// Where people may push. Every other namespace is ours, or would change how objects are read (`refs/replace/`).
const PUSHABLE: [&str; 3] = [HEADS, TAGS, "refs/notes/"];

/// Judges one change of a ref.
pub fn decide_update(facts: &UpdateFacts<'_>, name: &RefName, kind: UpdateKind) -> Result<(), Refusal> {
    let is_default = name == facts.default_branch;
    if facts.permission < Permission::Write {
        return Err(Refusal::ReadOnly);
    }
    if facts.archived {
        return Err(Refusal::Archived);
    }
    if !PUSHABLE.iter().any(|namespace| name.as_str().starts_with(namespace)) {
        return Err(Refusal::Namespace);
    }
    if name.as_branch() == Some("HEAD") && kind != UpdateKind::Delete {
        return Err(Refusal::NamedHead);
    }
    match kind {
        UpdateKind::Delete if is_default => Err(Refusal::DeletesDefaultBranch),
        UpdateKind::Rewind if is_default => Err(Refusal::RewindsDefaultBranch),
        _ => judge_by_rules(facts, name, kind),
    }
}

/// Every rule that matches must let it.
fn judge_by_rules(facts: &UpdateFacts<'_>, name: &RefName, kind: UpdateKind) -> Result<(), Refusal> {
    let change = ChangeFacts {
        pusher: facts.pusher,
        permission: facts.standing,
        way: facts.way,
        signed: facts.signed,
        has_merges: facts.has_merges,
    };
    for rule in facts.rules.iter().filter(|rule| rule.matches(name)) {
        judge(rule, &change, kind)
            .map_err(|forbidden| Refusal::Rule { pattern: rule.pattern.clone(), forbidden })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OrgId;

    fn person(number: u8, is_admin: bool, credential: Credential) -> Actor {
        let name = Username::new(format!("p{number}")).unwrap();
        Actor::Person(Person { id: UserId::new(u64::from(number), [number; 10]), name, is_admin, credential })
    }

    fn beds() -> RepoId {
        RepoId::from_bytes([7; 16])
    }

    fn session() -> Credential {
        Credential::Session(SessionId::new(1, [1; 10]))
    }

    fn of_person(number: u8, visibility: Visibility) -> RepoFacts {
        let owner = OwnerId::User(UserId::new(u64::from(number), [number; 10]));
        RepoFacts {
            id: beds(),
            visibility,
            owner,
            role: None,
            shares_organisation: false,
            granted: Permission::None,
            public_reading: false,
        }
    }

    fn of_org(visibility: Visibility, role: Option<OrgRole>) -> RepoFacts {
        let owner = OwnerId::Org(OrgId::new(9, [9; 10]));
        RepoFacts {
            id: beds(),
            visibility,
            owner,
            role,
            shares_organisation: role.is_some(),
            granted: Permission::None,
            public_reading: false,
        }
    }

    #[test]
    fn owners_members_and_strangers() {
        use Visibility::{Internal, Organisation, Private};
        let alice = person(1, false, session());
        assert_eq!(decide(&alice, &of_person(1, Private)), Permission::Admin);
        assert_eq!(decide(&alice, &of_person(2, Private)), Permission::None);
        assert_eq!(decide(&alice, &of_person(2, Organisation)), Permission::None);
        assert_eq!(
            decide(&alice, &RepoFacts { shares_organisation: true, ..of_person(2, Organisation) }),
            Permission::Read
        );
        assert_eq!(
            decide(&alice, &RepoFacts { shares_organisation: true, ..of_person(2, Private) }),
            Permission::None
        );
        assert_eq!(decide(&alice, &of_person(2, Internal)), Permission::Read);
        for (role, given) in OrgRole::ALL.into_iter().zip(Permission::GIVEN) {
            assert_eq!(decide(&alice, &of_org(Private, Some(role))), given, "{role}");
        }
        assert_eq!(decide(&Actor::Nobody, &of_org(Internal, None)), Permission::None);
    }

    #[test]
    fn a_credential_never_reaches_further_than_its_ceiling() {
        let read: Scopes = "repository:read".parse().unwrap();
        let token = person(1, true, Credential::Token(TokenId::new(1, [0; 10]), read, Reach::Everything));
        assert_eq!(decide(&token, &of_person(1, Visibility::Private)), Permission::Read);
        assert_eq!(
            decide(&token, &of_person(2, Visibility::Private)),
            Permission::None,
            "no administration by token"
        );
        let write: Scopes = "repository:write admin:write".parse().unwrap();
        let elsewhere = Reach::Only(vec![RepoId::from_bytes([8; 16])]);
        for (reach, own) in [
            (elsewhere, Permission::None),
            (Reach::Only(vec![beds()]), Permission::Write),
            (Reach::Everything, Permission::Write),
        ] {
            let token =
                person(1, true, Credential::Token(TokenId::new(1, [0; 10]), write.clone(), reach.clone()));
            assert_eq!(decide(&token, &of_person(1, Visibility::Private)), own);
            assert_eq!(
                decide(&token, &of_person(2, Visibility::Private)),
                Permission::None,
                "not even with the scope"
            );
            assert_eq!(
                token.is_site_admin(),
                reach == Reach::Everything,
                "a limited token administers nothing"
            );
        }
        let key = person(1, true, Credential::SshKey(SshKeyId::new(1, [0; 10])));
        assert_eq!(decide(&key, &of_person(1, Visibility::Private)), Permission::Write);
        assert_eq!(decide(&key, &of_person(2, Visibility::Private)), Permission::None);
        assert_eq!(
            decide(&person(1, true, session()), &of_person(2, Visibility::Private)),
            Permission::Admin
        );
    }

    #[test]
    fn a_deploy_key_opens_one_repository() {
        let key = |repo, writes| {
            let key = crate::DeployKeyId::new(1, [1; 10]);
            Actor::Machine(Machine { key, name: "CI".to_owned(), repo, writes })
        };
        let internal = of_person(1, Visibility::Internal);
        assert_eq!(decide(&key(beds(), false), &internal), Permission::Read);
        assert_eq!(decide(&key(beds(), true), &internal), Permission::Write);
        let other = RepoId::from_bytes([8; 16]);
        assert_eq!(decide(&key(other, true), &internal), Permission::None, "not even what everybody reads");
        assert!(!key(beds(), true).is_site_admin() && key(beds(), true).person().is_none());
    }

    #[test]
    fn public_is_for_everybody_only_where_the_site_says_so() {
        let public = of_org(Visibility::Public, None);
        let open = RepoFacts { public_reading: true, ..public };
        assert_eq!(decide(&Actor::Nobody, &public), Permission::None);
        assert_eq!(decide(&Actor::Nobody, &open), Permission::Read);
        for visibility in [Visibility::Private, Visibility::Organisation, Visibility::Internal] {
            assert_eq!(decide(&Actor::Nobody, &RepoFacts { visibility, ..open }), Permission::None);
        }
        for facts in [public, open] {
            assert_eq!(decide(&person(1, false, session()), &facts), Permission::Read);
        }
        let scopeless =
            Credential::Token(TokenId::new(1, [0; 10]), "account:read".parse().unwrap(), Reach::Everything);
        assert_eq!(
            decide(&person(1, false, scopeless), &open),
            Permission::None,
            "the ceiling counts here too"
        );
    }

    #[test]
    fn a_grant_adds_and_never_takes_away() {
        let alice = person(1, false, session());
        let with = |facts: RepoFacts, granted| RepoFacts { granted, ..facts };
        for granted in Permission::GIVEN {
            let facts = with(of_person(2, Visibility::Private), granted);
            assert_eq!(decide(&alice, &facts), granted, "an outside collaborator");
            assert_eq!(granted.name().parse(), Ok(granted));
            assert_eq!(decide(&Actor::Nobody, &facts), Permission::None, "nobody holds a grant");
        }
        let maintainer = of_org(Visibility::Private, Some(OrgRole::Maintainer));
        assert_eq!(decide(&alice, &with(maintainer, Permission::Read)), Permission::Maintain);
        let found: Vec<_> = reasons(&alice, &with(maintainer, Permission::Admin)).collect();
        assert_eq!(found, [Reason::Role(OrgRole::Maintainer), Reason::Granted(Permission::Admin)]);
        assert_eq!("none".parse::<Permission>(), Err(InvalidPermission));
    }

    #[test]
    fn refs_are_judged_one_by_one() {
        let main = RefName::branch("main").unwrap();
        let topic = RefName::branch("topic").unwrap();
        let tag = RefName::tag("v1").unwrap();
        let replace = RefName::new("refs/replace/abc").unwrap();
        let facts = UpdateFacts {
            permission: Permission::Write,
            standing: Permission::Write,
            archived: false,
            default_branch: &main,
            rules: &[],
            pusher: Pusher::default(),
            way: Way::Push,
            signed: false,
            has_merges: false,
        };
        assert_eq!(decide_update(&facts, &main, UpdateKind::FastForward), Ok(()));
        assert_eq!(decide_update(&facts, &main, UpdateKind::Rewind), Err(Refusal::RewindsDefaultBranch));
        assert_eq!(decide_update(&facts, &main, UpdateKind::Delete), Err(Refusal::DeletesDefaultBranch));
        assert_eq!(decide_update(&facts, &topic, UpdateKind::Rewind), Ok(()));
        assert_eq!(decide_update(&facts, &topic, UpdateKind::Delete), Ok(()));
        assert_eq!(decide_update(&facts, &tag, UpdateKind::Create), Ok(()));
        assert_eq!(decide_update(&facts, &replace, UpdateKind::Create), Err(Refusal::Namespace));
        let head = RefName::new("refs/heads/HEAD").unwrap();
        assert_eq!(decide_update(&facts, &head, UpdateKind::Create), Err(Refusal::NamedHead));
        assert_eq!(decide_update(&facts, &head, UpdateKind::Delete), Ok(()), "it can be cleared away");
        let rule = |pattern: &str, push: &str| RefRule {
            id: crate::RefRuleId::new(1, [0; 10]),
            repo: crate::RepoId::new(1, [0; 10]),
            kind: crate::RefKind::Branch,
            pattern: RefPattern::new(pattern).unwrap(),
            push: push.parse().unwrap(),
            force_push: "nobody".parse().unwrap(),
            delete: "nobody".parse().unwrap(),
            merge: "nobody".parse().unwrap(),
            signed: false,
            linear: false,
            merging: crate::MergeRule::default(),
        };
        let several = [rule("*", "developers"), rule("to*", "maintainers"), rule("x*", "nobody")];
        let ruled = UpdateFacts { rules: &several, ..facts };
        let by_second =
            Refusal::Rule { pattern: RefPattern::new("to*").unwrap(), forbidden: Forbidden::Push };
        assert_eq!(
            decide_update(&ruled, &topic, UpdateKind::FastForward),
            Err(by_second),
            "all that match count"
        );
        assert_eq!(decide_update(&ruled, &main, UpdateKind::FastForward), Ok(()));
        assert_eq!(
            decide_update(&ruled, &tag, UpdateKind::Delete),
            Ok(()),
            "rules for branches are not for tags"
        );
        let maintaining = UpdateFacts { standing: Permission::Maintain, ..ruled };
        assert_eq!(
            decide_update(&maintaining, &topic, UpdateKind::FastForward),
            Ok(()),
            "a maintainer by a token for pushing"
        );
        let archived = UpdateFacts { archived: true, ..facts };
        assert_eq!(decide_update(&archived, &topic, UpdateKind::Create), Err(Refusal::Archived));
        let reader = UpdateFacts { permission: Permission::Read, ..facts };
        assert_eq!(decide_update(&reader, &topic, UpdateKind::Create), Err(Refusal::ReadOnly));
    }
}
