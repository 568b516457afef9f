//! Commits made of merges, beside the real git.

use forge_core::code::Identity;
use time::OffsetDateTime;

use super::*;
use crate::browse::edit::BuiltCommit;

fn person(name: &str) -> Identity {
    let at = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
    Identity { name: name.into(), email: "c@example.org".into(), at }
}

/// Stores objects with git, which checks them.
pub(super) fn store(repo: &Repo, objects: &[(Kind, Vec<u8>)]) {
    for (kind, content) in objects {
        repo.git_at(0, &["hash-object", "-w", "-t", &kind.to_string(), "--stdin"], content);
    }
}

/// A random branch of three commits beside one commit, many times.
fn branches(repo: &Repo, cases: u64, seed: u64) -> Vec<(ObjectId, ObjectId, Vec<ObjectId>)> {
    let mut history = History::new(repo.browser().format().byte_len() * 2);
    let mut all = Vec::new();
    for case in 0..cases {
        let mut dice = Dice::new(seed + case);
        let mut files = start(&mut dice);
        let root = history.commit(&files, &[], "Base");
        let target = history.commit(&change(&mut dice, &files), &[root], "Target");
        let mut parent = root;
        let mut branch = Vec::new();
        for number in 0..3 {
            // Now and then the target has the change already, or there is none.
            if dice.roll(6) > 0 {
                files = change(&mut dice, &files);
            }
            parent = history.commit(&files, &[parent], &format!("Commit {number}\n\nBody {number}"));
            branch.push(parent);
        }
        all.push((root, target, branch));
    }
    let ids = history.import(repo);
    let id = |mark: usize| ids[mark - 1];
    all.into_iter()
        .map(|(root, target, branch)| (id(root), id(target), branch.into_iter().map(id).collect()))
        .collect()
}

/// What git's sequencer made of it: a tree, nothing because it was empty, or a conflict.
#[derive(Debug, PartialEq, Eq)]
enum Made {
    Tree(String),
    Nothing,
    Conflict,
}

fn git_made(repo: &Repo, onto: &ObjectId, args: &[&str]) -> Made {
    repo.git_may_fail(&["reset", "-q", "--hard"]);
    repo.git_may_fail(&["clean", "-qfdx", "-e", "marks"]);
    repo.git(&["checkout", "-q", "-f", "--detach", &onto.to_string()]);
    repo.git_may_fail(&[&["-c", "merge.directoryRenames=false"], args].concat());
    let conflicts = repo.git(&["ls-files", "-u"]);
    let is_conflict = !conflicts.is_empty();
    let head = repo.head();
    repo.git_may_fail(&[args[0], "--quit"]);
    match (is_conflict, head == *onto) {
        (true, _) => Made::Conflict,
        (false, true) => Made::Nothing,
        (false, false) => Made::Tree(repo.git(&["rev-parse", "HEAD^{tree}"])),
    }
}

fn made(result: Result<BuiltCommit, MergeError>) -> Made {
    match result {
        Ok(built) => Made::Tree(built.tree.to_string()),
        Err(MergeError::Refused(_)) => Made::Nothing,
        Err(MergeError::Conflicts { conflicts, .. }) => {
            assert!(!conflicts.is_empty());
            Made::Conflict
        }
        Err(MergeError::Engine(error)) => panic!("{error}"),
    }
}

#[test]
fn picks_and_reverts_as_git_does() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let (limits, cancel, ada) = (MergeLimits::default(), Cancel::new(), person("Ada"));
    let mut clean = 0;
    for (_, target, branch) in branches(&repo, 15, 900) {
        let commit = branch[1];
        let picked = made(repo.browser().cherry_pick(&target, &commit, &ada, None, &limits, &cancel));
        assert_eq!(
            picked,
            git_made(&repo, &target, &["cherry-pick", &commit.to_string()]),
            "{target} {commit}"
        );
        let text = CommitText { author: &ada, committer: &ada, message: "Revert" };
        let head = branch[2];
        let reverted = made(repo.browser().revert(&head, &commit, &text, &limits, &cancel));
        let expected = git_made(&repo, &head, &["revert", "--no-edit", &commit.to_string()]);
        assert_eq!(reverted, expected, "revert {commit}");
        clean +=
            usize::from(matches!(picked, Made::Tree(_))) + usize::from(matches!(reverted, Made::Tree(_)));
    }
    assert!(clean > 7, "only {clean}");
}

#[test]
fn rebases_as_git_does() {
    for (format, cases) in [(ObjectFormat::Sha1, 15), (ObjectFormat::Sha256, 4)] {
        let repo = Repo::new(format);
        let (limits, cancel, ada) = (MergeLimits::default(), Cancel::new(), person("Ada"));
        let mut clean = 0;
        for (_, target, branch) in branches(&repo, cases, 7000) {
            let head = branch[2];
            let rebased = repo.browser().rebase(&target, &head, MergeCommits::Refuse, &ada, &limits, &cancel);
            repo.git_may_fail(&["reset", "-q", "--hard"]);
            repo.git_may_fail(&["clean", "-qfdx", "-e", "marks"]);
            repo.git(&["checkout", "-q", "-f", "--detach", &head.to_string()]);
            repo.git_may_fail(&["-c", "merge.directoryRenames=false", "rebase", "-q", &target.to_string()]);
            if repo.git(&["ls-files", "-u"]).is_empty() {
                let rebased = rebased.unwrap_or_else(|error| panic!("{error}: {target} {head}"));
                clean += 1;
                assert_eq!(rebased.tree.to_string(), repo.git(&["rev-parse", "HEAD^{tree}"]));
                store(&repo, &rebased.objects);
                let log = ["log", "--format=%T %an %ae %ad %B"];
                let range = |head: &str| repo.git(&[&log[..], &[&format!("{target}..{head}")]].concat());
                assert_eq!(range(&rebased.id.to_string()), range("HEAD"));
                assert_eq!(rebased.commits.len(), 3);
                assert_eq!(repo.git(&["log", "-1", "--format=%cn", &rebased.id.to_string()]), "Ada");
            } else {
                repo.git_may_fail(&["rebase", "--abort"]);
                let Err(MergeError::Conflicts { commit: Some(commit), .. }) = rebased else {
                    panic!("git has a conflict with {target} {head}: {rebased:?}")
                };
                assert!(branch.contains(&commit));
            }
        }
        assert!(clean * 4 > cases, "only {clean}");
    }
}

#[test]
fn makes_merges_squashes_and_fast_copies() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let (limits, cancel, ada) = (MergeLimits::default(), Cancel::new(), person("Ada"));
    let root = repo.commit("a", b"1\n2\n3\n", "Base");
    let target = repo.commit("b", b"b\n", "Target");
    repo.git(&["checkout", "-q", "-b", "side", &root.to_string()]);
    let first = repo.commit("a", b"1\n2\nthree\n", "First\n\nCo-authored-by: Eve <eve@example.org>");
    let head = repo.commit("c", b"c\n", "Second");
    let text = CommitText { author: &ada, committer: &ada, message: "Merge it" };
    let browser = repo.browser();
    let merged = browser.merge_commit(&target, &head, &text, &limits, &cancel).unwrap();
    store(&repo, &merged.objects);
    repo.git(&["update-ref", "refs/heads/merged", &merged.id.to_string()]);
    repo.git(&["fsck", "--strict"]);
    assert_eq!(
        repo.git(&["log", "-1", "--format=%P %s %an", "merged"]),
        format!("{target} {head} Merge it Ada")
    );
    assert_eq!(repo.git(&["ls-tree", "--name-only", "merged"]), "a\nb\nc");
    // One tree and one commit are new: what is stored already is not sent again.
    assert_eq!(merged.objects.len(), 2);
    let squashed = browser.squash(&target, &head, &text, &limits, &cancel).unwrap();
    assert_eq!(squashed.tree, merged.tree);
    let refused = |result: Result<BuiltCommit, MergeError>| matches!(result, Err(MergeError::Refused(_)));
    assert!(refused(browser.merge_commit(&target, &root, &text, &limits, &cancel)));
    assert!(refused(browser.squash(&merged.id, &head, &text, &limits, &cancel)));
    // Nothing to copy: the branch stands on the target already.
    let kept = browser.rebase(&root, &head, MergeCommits::Refuse, &ada, &limits, &cancel).unwrap();
    assert_eq!((kept.id, kept.objects.len()), (head, 0));
    // The limit is about what is copied: these stay as they are.
    let none = MergeLimits { commits: 0, ..limits };
    assert!(browser.rebase(&root, &head, MergeCommits::Refuse, &ada, &none, &cancel).is_ok());
    let one = MergeLimits { commits: 1, ..limits };
    let refused_by = |result: Result<Rebased, MergeError>| result.unwrap_err().to_string();
    let text_of = refused_by(browser.rebase(&target, &head, MergeCommits::Refuse, &ada, &one, &cancel));
    assert_eq!(
        text_of,
        "a rebase copies at most 1 commit, and this branch has 2: merge or squash it, or rebase it with git"
    );
    // A merge inside the branch.
    repo.git(&["merge", "-q", "--no-edit", &target.to_string()]);
    let tangled = repo.commit("d", b"d\n", "After the merge");
    let onto = browser.merge_commit(&target, &first, &text, &limits, &cancel).unwrap();
    assert!(matches!(
        browser.rebase(&onto.id, &tangled, MergeCommits::Refuse, &ada, &limits, &cancel),
        Err(MergeError::Refused(_))
    ));
    let flat = browser.rebase(&onto.id, &tangled, MergeCommits::LeaveOut, &ada, &limits, &cancel).unwrap();
    assert_eq!(flat.commits.iter().map(|commit| commit.old).collect::<Vec<_>>(), [head, tangled]);
    // Histories that share nothing.
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    let other = repo.commit("z", b"z\n", "Another root");
    assert!(matches!(repo.browser().merge(&target, &other, &limits, &cancel), Err(MergeError::Refused(_))));
}

#[test]
fn ranges_are_those_of_git() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let head = crate::browse::log::tests::tangled(&repo);
    let browser = repo.browser();
    let (budget, cancel) = (Budget::BACKGROUND, Cancel::new());
    let all: Vec<String> = repo.git(&["rev-list", "--all"]).lines().map(str::to_owned).collect();
    for base in &all {
        let base: ObjectId = base.parse().unwrap();
        let range = browser.commits_between(&base, &head, 0..5, budget, &cancel).unwrap();
        let expected = repo.git(&["rev-list", &format!("{base}..{head}")]);
        assert_eq!(range.total, expected.lines().count());
        let mut shown: Vec<_> = range.commits.iter().map(ToString::to_string).collect();
        let topo = repo.git(&["rev-list", "--topo-order", &format!("{base}..{head}")]);
        if range.total <= 5 {
            shown.sort();
            let mut expected: Vec<_> = topo.lines().collect();
            expected.sort_unstable();
            assert_eq!(shown, expected);
        }
        let whole = browser.commits_between(&base, &head, 0..usize::MAX, budget, &cancel).unwrap().commits;
        let part = browser.commits_between(&base, &head, 2..4, budget, &cancel).unwrap();
        assert_eq!(part.commits, whole.iter().skip(2).take(2).copied().collect::<Vec<_>>());
        assert_eq!(part.total, whole.len());
        let is_ancestor = repo.git(&["merge-base", &base.to_string(), &head.to_string()]) == base.to_string();
        assert_eq!(browser.is_ancestor(&base, &head, budget, &cancel).unwrap(), is_ancestor);
    }
}

#[test]
fn names_who_wrote_and_what_was_touched() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let base = repo.commit("old/name.txt", b"1\n2\n3\n4\n", "Base");
    repo.git(&["mv", "old", "new"]);
    let head = repo.commit("x", b"x", "Change\n\nCo-authored-by: Eve <eve@example.org>\n");
    let browser = repo.browser();
    let people = browser.contributors(&base, &head, 10, Budget::BACKGROUND, &Cancel::new()).unwrap();
    let emails: Vec<_> = people.iter().map(|who| who.email.as_str()).collect();
    assert_eq!(emails, ["ada@example.org", "eve@example.org"]);
    assert!(browser.contributors(&base, &head, 0, Budget::BACKGROUND, &Cancel::new()).is_err());
    let (paths, left_out) =
        browser.touched_paths(&base, &head, &crate::browse::DiffOptions::default(), &Cancel::new()).unwrap();
    let paths: Vec<_> = paths.iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["new/name.txt", "old/name.txt", "x"]);
    assert!(left_out.is_nothing());
}
