use forge_core::{OwnerId, Repository, Visibility};

use super::*;
use crate::harness::on_both;
use crate::sample::{add_person, add_repo, change, id, oid, ref_name};
use crate::{Error, Store};

async fn some_repo(store: &Store) -> Repository {
    let alice = add_person(store, "alice").await;
    add_repo(store, OwnerId::User(alice.id), "alice/beds", Visibility::Private).await
}

async fn commit(store: &Store, repo: RepoId, changes: &[RefChange]) -> Result<()> {
    let tx = store.begin().await?;
    apply(&tx, repo, changes).await?;
    tx.commit().await
}

async fn names(store: &Store, repo: RepoId) -> Vec<String> {
    let rows = store.read().await.unwrap();
    all(&rows, repo).await.unwrap().into_iter().map(|stored| stored.name.as_str().to_owned()).collect()
}

fn conflict(name: &str) -> Result<()> {
    Err(Error::Conflict(name.to_owned()))
}

#[tokio::test]
async fn refs_are_made_moved_and_deleted() {
    on_both(async |store| {
        let repo = some_repo(&store).await.id;
        let mut tag = change("refs/tags/v1", None, Some(oid(2)));
        tag.peeled = Some(oid(3));
        commit(&store, repo, &[change("refs/heads/main", None, Some(oid(1))), tag]).await.unwrap();
        let rows = store.read().await.unwrap();
        let main = StoredRef { name: ref_name("refs/heads/main"), target: oid(1), peeled: None };
        let v1 = StoredRef { name: ref_name("refs/tags/v1"), target: oid(2), peeled: Some(oid(3)) };
        assert_eq!(all(&rows, repo).await, Ok(vec![main.clone(), v1]));
        assert_eq!(by_name(&rows, repo, &main.name).await, Ok(Some(main.clone())));
        assert_eq!(by_name(&rows, repo, &ref_name("refs/heads/none")).await, Ok(None));

        let moved = change("refs/heads/main", Some(oid(1)), Some(oid(4)));
        let deleted = change("refs/tags/v1", Some(oid(2)), None);
        commit(&store, repo, &[moved, deleted]).await.unwrap();
        assert_eq!(all(&rows, repo).await, Ok(vec![StoredRef { target: oid(4), ..main }]));
        assert_eq!(apply(&store.begin().await.unwrap(), id(), &[]).await, Err(Error::NotFound));
    })
    .await;
}

#[tokio::test]
async fn names_come_in_the_order_of_their_bytes() {
    on_both(async |store| {
        let repo = some_repo(&store).await.id;
        let sorted = ["refs/heads/A-b", "refs/heads/B", "refs/heads/a", "refs/heads/a-b", "refs/heads/é"];
        let changes: Vec<_> = sorted.iter().rev().map(|name| change(name, None, Some(oid(1)))).collect();
        commit(&store, repo, &changes).await.unwrap();
        assert_eq!(names(&store, repo).await, sorted);
    })
    .await;
}

#[tokio::test]
async fn a_ref_that_is_elsewhere_refuses_the_whole_batch() {
    on_both(async |store| {
        let repo = some_repo(&store).await.id;
        commit(&store, repo, &[change("refs/heads/main", None, Some(oid(1)))]).await.unwrap();
        for wrong in [
            change("refs/heads/main", None, Some(oid(2))),
            change("refs/heads/main", Some(oid(9)), Some(oid(2))),
            change("refs/heads/main", Some(oid(9)), None),
        ] {
            let batch = [change("refs/heads/new", None, Some(oid(5))), wrong];
            assert_eq!(commit(&store, repo, &batch).await, conflict("refs/heads/main"));
        }
        let missing = change("refs/heads/none", Some(oid(1)), Some(oid(2)));
        assert_eq!(commit(&store, repo, &[missing]).await, conflict("refs/heads/none"));
        let twice = change("refs/heads/two", None, Some(oid(1)));
        assert_eq!(commit(&store, repo, &[twice.clone(), twice]).await, conflict("refs/heads/two"));
        assert_eq!(names(&store, repo).await, ["refs/heads/main"]);
    })
    .await;
}

#[tokio::test]
async fn a_name_is_not_a_file_and_a_directory() {
    on_both(async |store| {
        let repo = some_repo(&store).await.id;
        let create = |name: &str| change(name, None, Some(oid(1)));
        let delete = |name: &str| change(name, Some(oid(1)), None);
        commit(&store, repo, &[create("refs/heads/a/b"), create("refs/heads/a-b")]).await.unwrap();
        assert_eq!(commit(&store, repo, &[create("refs/heads/a")]).await, conflict("refs/heads/a/b"));
        assert_eq!(
            commit(&store, repo, &[create("refs/heads/a/b/c/d")]).await,
            conflict("refs/heads/a/b/c/d")
        );
        assert_eq!(
            commit(&store, repo, &[create("refs/heads/x/y"), create("refs/heads/x")]).await,
            conflict("refs/heads/x/y")
        );
        // What the batch deletes is out of the way, in either direction and in any order.
        commit(&store, repo, &[create("refs/heads/a"), delete("refs/heads/a/b")]).await.unwrap();
        commit(&store, repo, &[delete("refs/heads/a"), create("refs/heads/a/b")]).await.unwrap();
        let half = [delete("refs/heads/a/b"), create("refs/heads/a"), create("refs/heads/a/c")];
        assert_eq!(commit(&store, repo, &half).await, conflict("refs/heads/a/c"));
        assert_eq!(names(&store, repo).await, ["refs/heads/a-b", "refs/heads/a/b"]);
    })
    .await;
}

#[tokio::test]
async fn repositories_do_not_mix() {
    on_both(async |store| {
        let beds = some_repo(&store).await;
        let wards = add_repo(&store, beds.owner, "alice/wards", Visibility::Private).await;
        commit(&store, beds.id, &[change("refs/heads/a", None, Some(oid(1)))]).await.unwrap();
        commit(&store, wards.id, &[change("refs/heads/a/b", None, Some(oid(1)))]).await.unwrap();
        let wrong = [change("refs/heads/a", Some(oid(1)), None)];
        assert_eq!(commit(&store, wards.id, &wrong).await, conflict("refs/heads/a"));
    })
    .await;
}

#[tokio::test]
async fn thousands_of_refs_go_in_and_out_in_one_go() {
    on_both(async |store| {
        let repo = some_repo(&store).await.id;
        let all_names: Vec<_> = (0..1500).map(|n| format!("refs/heads/d{}/n{n}", n % 7)).collect();
        let make: Vec<_> = all_names.iter().map(|name| change(name, None, Some(oid(1)))).collect();
        commit(&store, repo, &make).await.unwrap();
        assert_eq!(names(&store, repo).await.len(), 1500);
        let move_all: Vec<_> =
            all_names.iter().map(|name| change(name, Some(oid(1)), Some(oid(2)))).collect();
        commit(&store, repo, &move_all).await.unwrap();
        let mut replace: Vec<_> = all_names.iter().map(|name| change(name, Some(oid(2)), None)).collect();
        replace.push(change("refs/heads/d3", None, Some(oid(3))));
        commit(&store, repo, &replace).await.unwrap();
        assert_eq!(names(&store, repo).await, ["refs/heads/d3"]);
    })
    .await;
}

#[tokio::test]
async fn of_pushes_that_start_from_the_same_commit_one_wins() {
    on_both(async |store| {
        let repo = some_repo(&store).await.id;
        commit(&store, repo, &[change("refs/heads/main", None, Some(oid(1)))]).await.unwrap();
        let push = async |byte: u8| {
            commit(&store, repo, &[change("refs/heads/main", Some(oid(1)), Some(oid(byte)))]).await
        };
        let boxed = |byte| Box::pin(push(byte));
        let results = tokio::join!(boxed(11), boxed(12), boxed(13), boxed(14));
        let results = [results.0, results.1, results.2, results.3];
        let winner = results.iter().position(std::result::Result::is_ok).unwrap();
        for (index, result) in results.iter().enumerate() {
            let expected = if index == winner { Ok(()) } else { conflict("refs/heads/main") };
            assert_eq!(*result, expected);
        }
        let rows = store.read().await.unwrap();
        let there = by_name(&rows, repo, &ref_name("refs/heads/main")).await.unwrap().unwrap();
        assert_eq!(there.target, oid(11 + u8::try_from(winner).unwrap()));
    })
    .await;
}

#[tokio::test]
async fn two_pushes_cannot_make_a_file_and_its_directory_at_once() {
    on_both(async |store| {
        let repo = some_repo(&store).await.id;
        let (one, two) =
            ([change("refs/heads/a", None, Some(oid(1)))], [change("refs/heads/a/b", None, Some(oid(1)))]);
        let (one, two) = tokio::join!(commit(&store, repo, &one), commit(&store, repo, &two));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert_eq!(names(&store, repo).await.len(), 1);
    })
    .await;
}
