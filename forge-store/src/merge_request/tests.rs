use forge_core::merge_request::MergeMethod;
use forge_core::merge_request::Version;
use forge_core::merge_request::VersionReason;
use forge_core::merge_request::check::StatusState;
use forge_core::merge_request::review::{Approval, ApprovalStatus, Dismissal, Review, Verdict};
use forge_core::merge_request::thread::{Anchor, Comment, Side, StoredSuggestion, Thread};
use forge_core::{FilePath, ItemKind, OwnerId, User, Visibility};

use super::*;
use crate::Error;
use crate::Store;
use crate::harness::on_both;
use crate::sample::{add_person, add_repo, at, by, id, item, oid, ref_name};

async fn town(store: &Store) -> (User, User, RepoId) {
    let (ann, rosa) = (add_person(store, "ann").await, add_person(store, "rosa").await);
    let repo = add_repo(store, OwnerId::User(ann.id), "ann/beds", Visibility::Private).await.id;
    (ann, rosa, repo)
}

pub(super) fn request(repo: RepoId, number: u64, author: &User) -> MergeRequest {
    MergeRequest {
        item: item(repo, number, ItemKind::MergeRequest, author),
        target_branch: ref_name("refs/heads/main"),
        source: Source { repo: Some(repo), path: "ann/beds".into(), branch: ref_name("refs/heads/work") },
        is_draft: false,
        version: 0,
        merged: None,
        auto_merge: None,
    }
}

fn version_of(request: &MergeRequest, number: u32, author: &User) -> Version {
    Version {
        item: request.item.id,
        number,
        base: oid(1),
        target_head: oid(1),
        head: oid(2),
        reason: VersionReason::Push,
        patch_id: Some(oid(3)),
        pushed_by: by(author),
        pushed_at: at(1),
    }
}

#[tokio::test]
async fn a_request_is_found_by_its_branches_until_it_is_merged_once() {
    on_both(async |store| {
        let (ann, rosa, repo) = town(&store).await;
        let tx = store.begin().await.unwrap();
        let first = request(repo, 1, &ann);
        insert(&tx, &first).await.unwrap();
        let one = version_of(&first, 1, &ann);
        insert_version(&tx, &one).await.unwrap();
        let stored = MergeRequest { version: 1, ..first.clone() };
        assert_eq!(by_number(&tx, repo, 1).await, Ok(Some(stored.clone())));
        assert_eq!(version(&tx, first.item.id, 1).await, Ok(Some(one.clone())));
        assert_eq!(versions(&tx, first.item.id).await, Ok(vec![one]));
        let (main, work) = (ref_name("refs/heads/main"), ref_name("refs/heads/work"));
        assert_eq!(open_at(&tx, repo, &work, End::Source).await, Ok(vec![stored.clone()]));
        assert_eq!(open_at(&tx, repo, &main, End::Target).await, Ok(vec![stored]));
        assert_eq!(open_at(&tx, repo, &main, End::Source).await, Ok(vec![]));
        set_draft(&tx, first.item.id, true).await.unwrap();
        set_target(&tx, first.item.id, &work).await.unwrap();
        let auto = AutoMerge { by: ann.id, method: MergeMethod::Squash, message: "Beds".into() };
        set_auto_merge(&tx, first.item.id, Some(&auto)).await.unwrap();
        assert_eq!(armed(&tx).await, Ok(vec![first.item.id]));
        assert_eq!(armed_in(&tx, repo).await, Ok(vec![(first.item.id, work.clone())]));
        let found = by_id(&tx, first.item.id).await.unwrap().unwrap();
        assert_eq!((found.is_draft, found.target_branch, found.auto_merge), (true, work.clone(), Some(auto)));
        let merged = Merged { at: at(9), by: Some(rosa.id), commit: oid(7), method: MergeMethod::Merge };
        set_merged(&tx, first.item.id, &merged).await.unwrap();
        assert!(set_merged(&tx, first.item.id, &merged).await.is_err(), "once");
        let found = by_id(&tx, first.item.id).await.unwrap().unwrap();
        assert_eq!(
            (found.merged, found.auto_merge, found.item.state),
            (Some(merged), None, ItemState::Merged)
        );
        assert_eq!(open_at(&tx, repo, &work, End::Source).await, Ok(vec![]));
        // A ticket is no merge request.
        work_item::insert(&tx, &item(repo, 2, ItemKind::Ticket, &ann)).await.unwrap();
        assert_eq!(by_number(&tx, repo, 2).await, Ok(None));
    })
    .await;
}

#[tokio::test]
async fn a_pending_review_is_seen_by_its_author_alone() {
    on_both(async |store| {
        let (ann, rosa, repo) = town(&store).await;
        let tx = store.begin().await.unwrap();
        let of = request(repo, 1, &ann);
        insert(&tx, &of).await.unwrap();
        let item = of.item.id;
        let review = Review {
            id: id(),
            item,
            author: by(&rosa),
            version: 1,
            verdict: Verdict::Comment,
            body: String::new(),
            started_at: at(1),
            submitted_at: None,
            dismissed: None,
        };
        insert_review(&tx, &review).await.unwrap();
        let suggestion = StoredSuggestion {
            position: 0,
            lines: (3, 4),
            original: "a\nb\n".into(),
            replacement: "c\n".into(),
            applied: None,
        };
        let mut thread = Thread {
            id: id(),
            item,
            anchor: Some(Anchor {
                version: 1,
                side: Side::New,
                path: Some(FilePath::new(b"R/beds.R").unwrap()),
                lines: Some((3, 4)),
                point: None,
                blob: Some(oid(5)),
            }),
            excerpt: "+a\n+b".into(),
            is_resolvable: true,
            resolved: None,
            created_at: at(2),
            comments: vec![],
        };
        add_thread(&tx, &thread).await.unwrap();
        let comment = Comment {
            id: id(),
            thread: thread.id,
            review: Some(review.id),
            is_pending: true,
            author: by(&rosa),
            body: "Why?".into(),
            resolves: None,
            created_at: at(2),
            edited_at: None,
            suggestions: vec![suggestion.clone()],
        };
        add_comment(&tx, &comment).await.unwrap();
        add_suggestion(&tx, comment.id, &suggestion).await.unwrap();
        thread.comments.push(comment.clone());
        assert_eq!(threads(&tx, item, Some(rosa.id)).await, Ok(vec![thread.clone()]));
        assert_eq!(threads(&tx, item, Some(ann.id)).await, Ok(vec![]));
        assert_eq!(threads(&tx, item, None).await, Ok(vec![]));
        assert_eq!(open_threads(&tx, item).await, Ok(0));
        assert_eq!(pending_review(&tx, item, rosa.id).await, Ok(Some(review.clone())));
        set_review_text(&tx, review.id, Verdict::RequestChanges, "Please").await.unwrap();
        submit_review(&tx, review.id, 2, at(5)).await.unwrap();
        assert!(submit_review(&tx, review.id, 2, at(6)).await.is_err(), "once");
        let seen = threads(&tx, item, None).await.unwrap();
        assert_eq!((seen[0].comments[0].is_pending, seen[0].comments[0].created_at), (false, at(5)));
        assert_eq!(open_threads(&tx, item).await, Ok(1));
        let submitted = reviews(&tx, item).await.unwrap();
        assert_eq!((submitted[0].verdict, submitted[0].version), (Verdict::RequestChanges, 2));
        let dismissal = Dismissal { at: at(7), by: "ann".into(), reason: "Settled in person".into() };
        dismiss_review(&tx, review.id, &dismissal).await.unwrap();
        let found = review_by_id(&tx, item, review.id).await.unwrap().unwrap();
        assert_eq!(found.dismissed, Some(dismissal));
        set_resolved(&tx, thread.id, Some(&by(&ann)), at(8)).await.unwrap();
        assert_eq!(open_threads(&tx, item).await, Ok(0));
        let suggestion = comment.suggestions[0].clone();
        let other = StoredSuggestion { replacement: "else\n".to_owned(), ..suggestion.clone() };
        let apply = async |which| applied(&tx, comment.id, which, &oid(9), Some(ann.id), at(8)).await;
        assert!(apply(&other).await.is_err(), "it says something else now");
        apply(&suggestion).await.unwrap();
        assert!(apply(&suggestion).await.is_err(), "once");
        edit_comment(&tx, comment.id, "Why not?", at(9)).await.unwrap();
        let (found, said) = comment_by_id(&tx, item, comment.id, None).await.unwrap().unwrap();
        assert_eq!((found.resolved, said.edited_at), (Some((at(8), by(&ann))), Some(at(9))));
        delete_comment(&tx, comment.id, thread.id).await.unwrap();
        assert_eq!(threads(&tx, item, None).await, Ok(vec![]));
    })
    .await;
}

#[tokio::test]
async fn a_review_that_is_thrown_away_leaves_nothing() {
    on_both(async |store| {
        let (ann, rosa, repo) = town(&store).await;
        let tx = store.begin().await.unwrap();
        let of = request(repo, 1, &ann);
        insert(&tx, &of).await.unwrap();
        let item = of.item.id;
        let review = Review {
            id: id(),
            item,
            author: by(&rosa),
            version: 1,
            verdict: Verdict::Comment,
            body: String::new(),
            started_at: at(1),
            submitted_at: None,
            dismissed: None,
        };
        insert_review(&tx, &review).await.unwrap();
        let thread = Thread {
            id: id(),
            item,
            anchor: None,
            excerpt: String::new(),
            is_resolvable: false,
            resolved: None,
            created_at: at(2),
            comments: vec![],
        };
        add_thread(&tx, &thread).await.unwrap();
        let comment = Comment {
            id: id(),
            thread: thread.id,
            review: Some(review.id),
            is_pending: true,
            author: by(&rosa),
            body: "Why?".into(),
            resolves: None,
            created_at: at(2),
            edited_at: None,
            suggestions: vec![],
        };
        add_comment(&tx, &comment).await.unwrap();
        delete_review(&tx, item, review.id).await.unwrap();
        assert_eq!(threads(&tx, item, Some(rosa.id)).await, Ok(vec![]));
        assert_eq!(pending_review(&tx, item, rosa.id).await, Ok(None));
    })
    .await;
}

#[tokio::test]
async fn a_second_pending_review_is_a_conflict() {
    on_both(async |store| {
        let (ann, rosa, repo) = town(&store).await;
        let tx = store.begin().await.unwrap();
        let of = request(repo, 1, &ann);
        insert(&tx, &of).await.unwrap();
        let review = |submitted| Review {
            id: id(),
            item: of.item.id,
            author: by(&rosa),
            version: 1,
            verdict: Verdict::Comment,
            body: String::new(),
            started_at: at(1),
            submitted_at: submitted,
            dismissed: None,
        };
        insert_review(&tx, &review(Some(at(1)))).await.unwrap();
        insert_review(&tx, &review(None)).await.unwrap();
        assert!(matches!(insert_review(&tx, &review(None)).await, Err(Error::Conflict(_))));
    })
    .await;
}

#[tokio::test]
async fn approvals_end_and_are_carried() {
    on_both(async |store| {
        let (ann, rosa, repo) = town(&store).await;
        let tx = store.begin().await.unwrap();
        let of = request(repo, 1, &ann);
        insert(&tx, &of).await.unwrap();
        let approval = Approval {
            id: id(),
            item: of.item.id,
            user: by(&rosa),
            version: 1,
            head: oid(2),
            target_branch: of.target_branch.clone(),
            patch_id: Some(oid(3)),
            status: ApprovalStatus::Active,
            carried_from: None,
            reason: String::new(),
            at: at(1),
            ended_at: None,
        };
        insert_approval(&tx, &approval).await.unwrap();
        let next = Approval { id: id(), version: 2, head: oid(4), carried_from: Some(1), ..approval.clone() };
        carry_approval(&tx, &approval, &next, at(2)).await.unwrap();
        let found = approvals(&tx, of.item.id).await.unwrap();
        let states: Vec<_> = found.iter().map(|approval| (approval.version, approval.status)).collect();
        assert_eq!(states.len(), 2);
        assert!(
            states.contains(&(1, ApprovalStatus::Lapsed)) && states.contains(&(2, ApprovalStatus::Active))
        );
        end_approval(&tx, next.id, ApprovalStatus::Withdrawn, "", at(3)).await.unwrap();
        assert!(end_approval(&tx, next.id, ApprovalStatus::Lapsed, "", at(3)).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn turns_reviewers_viewed_files_and_statuses() {
    on_both(async |store| {
        let (ann, rosa, repo) = town(&store).await;
        let tx = store.begin().await.unwrap();
        let of = request(repo, 1, &ann);
        insert(&tx, &of).await.unwrap();
        let item = of.item.id;
        ask_reviewer(&tx, item, rosa.id, "ann", at(1)).await.unwrap();
        ask_reviewer(&tx, item, rosa.id, "ann", at(2)).await.unwrap();
        assert_eq!(reviewers(&tx, item).await, Ok(vec![rosa.clone()]));
        let turn = |second| Turn { item, put_by: "ann".into(), reason: "asked".into(), since: at(second) };
        give_turn(&tx, rosa.id, &turn(1)).await.unwrap();
        give_turn(&tx, rosa.id, &turn(5)).await.unwrap();
        assert_eq!(turns(&tx, item).await, Ok(vec![(rosa.clone(), turn(1))]), "the place in the queue stays");
        assert_eq!(all_turns_of(&tx, rosa.id, 10).await, Ok(vec![turn(1)]));
        end_turn(&tx, item, rosa.id).await.unwrap();
        give_turn(&tx, ann.id, &turn(6)).await.unwrap();
        end_turns(&tx, item).await.unwrap();
        assert_eq!(turns(&tx, item).await, Ok(vec![]));
        take_back_reviewer(&tx, item, rosa.id).await.unwrap();
        assert_eq!(reviewers(&tx, item).await, Ok(vec![]));
        let who = (rosa.id, item);
        set_viewed(&tx, who, b"a.R", Some(b"one"), at(1)).await.unwrap();
        set_viewed(&tx, who, b"a.R", Some(b"two"), at(2)).await.unwrap();
        set_viewed(&tx, who, b"b.R", Some(b"x"), at(2)).await.unwrap();
        set_viewed(&tx, who, b"b.R", None, at(3)).await.unwrap();
        assert_eq!(viewed(&tx, rosa.id, item).await, Ok(vec![(b"a.R".to_vec(), b"two".to_vec())]));
        let status = |state, second| CommitStatus {
            repo,
            commit: oid(2),
            context: "tests".into(),
            state,
            description: String::new(),
            target_url: String::new(),
            set_by: by(&ann),
            at: at(second),
        };
        set_status(&tx, &status(StatusState::Pending, 1)).await.unwrap();
        set_status(&tx, &status(StatusState::Success, 2)).await.unwrap();
        assert_eq!(statuses(&tx, repo, &oid(2)).await, Ok(vec![status(StatusState::Success, 2)]));
        assert_eq!(statuses(&tx, repo, &oid(3)).await, Ok(vec![]));
    })
    .await;
}
