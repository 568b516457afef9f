use forge_core::{
    Door, OrgRole, Owner, OwnerId, Push, RefName, RepoName, RepoPath, Repository, UserId, Username,
    Visibility,
};

use super::*;
use crate::harness::on_both;
use crate::sample::{FIRST, add_org, add_person, add_repo, at, change, id, oid, repo};
use crate::{Error, PageRequest, Store, git_ref, owner, pack, push};

fn path(text: &str) -> RepoPath {
    text.parse().unwrap()
}

fn filter() -> RepoFilter {
    RepoFilter::default()
}

#[tokio::test]
async fn a_repository_comes_back_as_it_went_in() {
    on_both(async |store| {
        let alice = add_person(&store, "Alice").await;
        let mut beds = repo(OwnerId::User(alice.id), "Alice/Beds", Visibility::Organisation);
        beds.description = "Bed state".to_owned();
        beds.generation = 7;
        beds.pushed_at = Some(at(3));
        let tx = store.begin().await.unwrap();
        insert(&tx, &beds, Some(alice.id)).await.unwrap();
        assert_eq!(by_id(&tx, beds.id).await, Ok(Some(beds.clone())));
        assert_eq!(by_path(&tx, &path("alice/BEDS")).await, Ok(Some(beds.clone())));
        assert_eq!(by_path(&tx, &path("alice/wards")).await, Ok(None));
        assert_eq!(ids(&tx).await, Ok(vec![beds.id]));
        let again = repo(OwnerId::User(alice.id), "Alice/BEDS", Visibility::Private);
        assert_eq!(insert(&tx, &again, None).await, Err(Error::Conflict("name".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn settings_change_one_repository() {
    on_both(async |store| {
        let alice = add_person(&store, "alice").await;
        let owner = OwnerId::User(alice.id);
        let mut beds = add_repo(&store, owner, "alice/beds", Visibility::Private).await;
        let other = add_repo(&store, owner, "alice/other", Visibility::Private).await;
        let tx = store.begin().await.unwrap();
        let trunk = RefName::new("refs/heads/trunk").unwrap();
        set_description(&tx, beds.id, "x").await.unwrap();
        set_visibility(&tx, beds.id, Visibility::Internal).await.unwrap();
        set_default_branch(&tx, beds.id, &trunk).await.unwrap();
        set_archived(&tx, beds.id, true).await.unwrap();
        assert_eq!(pushed(&tx, beds.id, at(9)).await, Ok(1));
        assert_eq!(bump(&tx, beds.id).await, Ok(2));
        beds.description = "x".to_owned();
        beds.visibility = Visibility::Internal;
        beds.default_branch = trunk;
        beds.archived = true;
        beds.generation = 2;
        beds.pushed_at = Some(at(9));
        assert_eq!(by_id(&tx, beds.id).await, Ok(Some(beds)));
        assert_eq!(by_id(&tx, other.id).await, Ok(Some(other)));
        assert_eq!(set_archived(&tx, id(), true).await, Err(Error::NotFound));
        assert_eq!(bump(&tx, id()).await, Err(Error::NotFound));
    })
    .await;
}

#[tokio::test]
async fn old_addresses_lead_on_until_they_are_taken() {
    on_both(async |store| {
        let alice = add_person(&store, "alice").await;
        let trust = add_org(&store, "rr8", &[]).await;
        let mine = OwnerId::User(alice.id);
        let beds = add_repo(&store, mine, "alice/beds", Visibility::Private).await;
        let tx = store.begin().await.unwrap();
        let owner_of = async |id| -> Owner { owner::by_id(&tx, id).await.unwrap().unwrap() };
        let (me, them) = (owner_of(mine).await, owner_of(OwnerId::Org(trust.id)).await);
        let name = |name: &str| RepoName::new(name).unwrap();

        relocate(&tx, beds.id, &me, &name("wards")).await.unwrap();
        relocate(&tx, beds.id, &them, &name("wards")).await.unwrap();
        assert_eq!(by_path(&tx, &path("rr8/wards")).await.unwrap().unwrap().id, beds.id);
        assert_eq!(redirected(&tx, &path("Alice/Beds")).await, Ok(Some(beds.id)));
        assert_eq!(redirected(&tx, &path("alice/wards")).await, Ok(Some(beds.id)));
        assert_eq!(redirected(&tx, &path("rr8/wards")).await, Ok(None));
        assert_eq!(redirected(&tx, &path("nobody/wards")).await, Ok(None));

        let new = repo(mine, "alice/beds", Visibility::Private);
        insert(&tx, &new, None).await.unwrap();
        assert_eq!(redirected(&tx, &path("alice/beds")).await, Ok(None), "a new one takes the address");
        relocate(&tx, beds.id, &me, &name("wards")).await.unwrap();
        assert_eq!(redirected(&tx, &path("alice/wards")).await, Ok(None), "back at its old address");
        assert_eq!(redirected(&tx, &path("rr8/wards")).await, Ok(Some(beds.id)));
        relocate(&tx, beds.id, &me, &name("WARDS")).await.unwrap();
        assert_eq!(redirected(&tx, &path("alice/wards")).await, Ok(None), "only its capitals changed");
        let taken = relocate(&tx, beds.id, &me, &name("Beds")).await;
        assert_eq!(taken, Err(Error::Conflict("name".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn deleting_takes_everything_along() {
    on_both(async |store| {
        let alice = add_person(&store, "alice").await;
        let beds = add_repo(&store, OwnerId::User(alice.id), "alice/beds", Visibility::Private).await;
        let tx = store.begin().await.unwrap();
        git_ref::apply(&tx, beds.id, &[change("refs/heads/main", None, Some(oid(1)))]).await.unwrap();
        let stored = pack::StoredPack { id: id(), checksum: oid(1), bytes: 1, objects: 1, created_at: at(0) };
        pack::insert(&tx, beds.id, &stored).await.unwrap();
        let updates = vec![change("refs/heads/main", None, Some(oid(1))).update];
        let pushed = Push { id: id(), repo: beds.id, user: None, door: Door::Web, at: at(1), updates };
        push::insert(&tx, &pushed).await.unwrap();
        assert_eq!(push::of_repository(&tx, beds.id, FIRST).await.unwrap().total, 1);
        let me = owner::by_id(&tx, OwnerId::User(alice.id)).await.unwrap().unwrap();
        relocate(&tx, beds.id, &me, &RepoName::new("wards").unwrap()).await.unwrap();
        delete(&tx, beds.id).await.unwrap();
        assert_eq!(by_id(&tx, beds.id).await, Ok(None));
        assert_eq!(git_ref::all(&tx, beds.id).await, Ok(vec![]));
        assert_eq!(pack::list(&tx, beds.id).await, Ok(vec![]));
        assert_eq!(push::of_repository(&tx, beds.id, FIRST).await.unwrap().total, 0);
        assert_eq!(redirected(&tx, &path("alice/beds")).await, Ok(None));
        assert_eq!(delete(&tx, beds.id).await, Err(Error::NotFound));
    })
    .await;
}

/// Everybody that the rule tells apart, and a repository of each kind.
async fn world(store: &Store) -> (Vec<(UserId, Username)>, Vec<Repository>) {
    let mut people = Vec::new();
    for name in ["alice", "bob", "carol", "dave"] {
        people.push(add_person(store, name).await);
    }
    let (alice, bob) = (people[0].id, people[1].id);
    let trust = add_org(store, "rr8", &[(alice, OrgRole::Owner), (bob, OrgRole::Developer)]).await;
    let other = add_org(store, "other", &[(bob, OrgRole::Developer), (people[2].id, OrgRole::Owner)]).await;
    let mut repos = Vec::new();
    for visibility in [Visibility::Private, Visibility::Organisation, Visibility::Internal] {
        for (owner, name) in [
            (OwnerId::User(alice), "alice"),
            (OwnerId::User(people[3].id), "dave"),
            (OwnerId::Org(trust.id), "rr8"),
            (OwnerId::Org(other.id), "other"),
        ] {
            repos.push(add_repo(store, owner, &format!("{name}/{visibility}"), visibility).await);
        }
    }
    (people.into_iter().map(|user| (user.id, user.name)).collect(), repos)
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_cut_into_pages() {
    on_both(async |store| {
        let (people, repos) = world(&store).await;
        let alice =
            Viewer { user: Some(people[0].0), sees_everything: false, reads_public: false, now: at(0) };
        let admin =
            Viewer { user: Some(people[3].0), sees_everything: true, reads_public: false, now: at(0) };
        let tx = store.begin().await.unwrap();
        pushed(&tx, repos[5].id, at(100)).await.unwrap();
        pushed(&tx, repos[2].id, at(50)).await.unwrap();
        set_description(&tx, repos[3].id, "Bed State 50%").await.unwrap();
        tx.commit().await.unwrap();
        let rows = store.read().await.unwrap();
        let paths = async |viewer: &Viewer, filter: RepoFilter, request| -> Vec<String> {
            let page = visible(&rows, viewer, &filter, request).await.unwrap();
            page.items.into_iter().map(|repo| repo.path.to_string()).collect()
        };
        let mine = RepoFilter { member_only: true, ..filter() };
        assert_eq!(
            paths(&alice, mine.clone(), FIRST).await,
            [
                "alice/internal",
                "alice/organisation",
                "alice/private",
                "rr8/internal",
                "rr8/organisation",
                "rr8/private"
            ]
        );
        assert_eq!(
            paths(&admin, mine, FIRST).await,
            ["dave/internal", "dave/organisation", "dave/private"],
            "an administrator's own are few"
        );
        let theirs = RepoFilter { owner: Some(repos[1].owner), ..filter() };
        assert_eq!(paths(&alice, theirs, FIRST).await, ["dave/internal"]);
        let text = |text: &str| RepoFilter { text: Some(text.to_owned()), ..filter() };
        assert_eq!(paths(&admin, text("RR8/Pri"), FIRST).await, ["rr8/private"]);
        assert_eq!(paths(&admin, text("state 50%"), FIRST).await, ["other/private"]);
        assert_eq!(paths(&alice, text("state"), FIRST).await, [""; 0], "not readable, not found");
        let latest = RepoFilter { sort: RepoSort::Pushed, ..filter() };
        let two = PageRequest { offset: 0, limit: 2 };
        assert_eq!(paths(&admin, latest, two).await, ["dave/organisation", "rr8/private"]);
        let next = PageRequest { offset: 10, limit: 5 };
        assert_eq!(paths(&admin, filter(), next).await, ["rr8/organisation", "rr8/private"]);
    })
    .await;
}
