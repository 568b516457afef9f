//! Values for tests: each call makes a new one, with names that the test chooses.

use std::sync::atomic::{AtomicU64, Ordering};

use forge_core::{
    AccountState, By, Duties, Email, Id, ItemKind, ItemState, Membership, ObjectFormat, ObjectId, OrgId,
    OrgName, OrgRole, Organisation, OwnerId, OwnerName, RefName, RefUpdate, RepoId, RepoName, RepoPath,
    Repository, Team, TeamId, TeamName, User, UserId, Username, Visibility, WorkItem,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::git_ref::RefChange;
use crate::{PageRequest, Store, organisation, repository, user};

/// The first page, with room for everything that a test makes.
pub(crate) const FIRST: PageRequest = PageRequest { offset: 0, limit: 100 };

/// A new identifier.
pub(crate) fn id<T: Id>() -> T {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    T::new(1_790_000_000_000 + number, random)
}

/// So many seconds, and a microsecond, after ten in the morning.
pub(crate) fn at(seconds: i64) -> OffsetDateTime {
    datetime!(2026-11-22 10:00:00.000001 UTC) + Duration::seconds(seconds)
}

/// An object id that is all one byte.
pub(crate) fn oid(byte: u8) -> ObjectId {
    ObjectId::Sha1([byte; 20])
}

/// A ref name.
pub(crate) fn ref_name(name: &str) -> RefName {
    RefName::new(name).unwrap()
}

/// The change of a ref.
pub(crate) fn change(name: &str, old: Option<ObjectId>, new: Option<ObjectId>) -> RefChange {
    RefChange { update: RefUpdate { name: ref_name(name), old, new }, peeled: None }
}

/// A person.
pub(crate) fn person(name: &str) -> User {
    User {
        id: id(),
        name: Username::new(name).unwrap(),
        display_name: format!("Name of {name}"),
        email: Email::new(&format!("{name}@example.com")).unwrap(),
        bio: String::new(),
        is_admin: false,
        state: AccountState::Active,
        created_at: at(0),
    }
}

/// An organisation.
pub(crate) fn org(name: &str) -> Organisation {
    Organisation {
        id: id(),
        name: OrgName::new(name).unwrap(),
        display_name: format!("Trust {name}"),
        description: String::new(),
        ods_code: None,
        parent: None,
        website: String::new(),
        created_at: at(0),
    }
}

/// A repository of `owner/name`.
pub(crate) fn repo(owner: OwnerId, path: &str, visibility: Visibility) -> Repository {
    let (owner_name, name) = path.split_once('/').unwrap();
    Repository {
        id: id(),
        owner,
        path: RepoPath::new(OwnerName::new(owner_name).unwrap(), RepoName::new(name).unwrap()),
        description: String::new(),
        visibility,
        format: ObjectFormat::Sha1,
        default_branch: ref_name("refs/heads/main"),
        generation: 0,
        archived: false,
        merge_methods: forge_core::MergeMethods::default(),
        forked_from: None,
        created_at: at(0),
        pushed_at: None,
    }
}

/// Adds a person.
pub(crate) async fn add_person(store: &Store, name: &str) -> User {
    let person = person(name);
    let tx = store.begin().await.unwrap();
    user::insert(&tx, &person, "hash").await.unwrap();
    tx.commit().await.unwrap();
    person
}

/// Adds an organisation with members.
pub(crate) async fn add_org(store: &Store, name: &str, members: &[(UserId, OrgRole)]) -> Organisation {
    let org = org(name);
    let tx = store.begin().await.unwrap();
    organisation::insert(&tx, &org).await.unwrap();
    for (user, role) in members {
        organisation::set_member(&tx, &member(org.id, *user, *role)).await.unwrap();
    }
    tx.commit().await.unwrap();
    org
}

/// Adds a repository.
pub(crate) async fn add_repo(
    store: &Store,
    owner: OwnerId,
    path: &str,
    visibility: Visibility,
) -> Repository {
    let repo = repo(owner, path, visibility);
    let tx = store.begin().await.unwrap();
    repository::insert(&tx, &repo, None).await.unwrap();
    tx.commit().await.unwrap();
    repo
}

/// An open item of a repository.
pub(crate) fn item(repo: RepoId, number: u64, kind: ItemKind, author: &User) -> WorkItem {
    WorkItem {
        id: id(),
        repo,
        number,
        kind,
        title: format!("Item {number}"),
        body: String::new(),
        author: by(author),
        state: ItemState::Open,
        is_confidential: false,
        is_locked: false,
        milestone: None,
        created_at: at(0),
        updated_at: at(0),
        closed_at: None,
    }
}

/// A person as the one who did something.
pub(crate) fn by(user: &User) -> By {
    By { id: Some(user.id), name: user.name.to_string() }
}

/// A person's place in an organisation.
pub(crate) fn member(org: OrgId, user: UserId, role: OrgRole) -> Membership {
    Membership { org, user, role, duties: Duties::default(), since: at(1) }
}

/// A team.
pub(crate) fn team(org: OrgId, name: &str, parent: Option<TeamId>) -> Team {
    Team {
        id: id(),
        org,
        parent,
        name: TeamName::new(name).unwrap(),
        display_name: format!("Team {name}"),
        description: String::new(),
        created_at: at(0),
    }
}
