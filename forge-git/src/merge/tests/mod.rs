//! Merges beside the real git, over random histories.

mod commits;
pub(crate) mod history;
mod kinds;

use forge_core::{ObjectFormat, ObjectId};

use self::history::{Dice, History, change, start};
use super::*;
use crate::browse::testing::Repo;

/// What git says: the tree, and the paths in conflict.
fn git_merge(repo: &Repo, ours: &ObjectId, theirs: &ObjectId) -> (String, Vec<String>) {
    let text = repo.git_may_fail(&[
        "-c",
        "merge.directoryRenames=false",
        "merge-tree",
        "--write-tree",
        "--name-only",
        "--no-messages",
        &ours.to_string(),
        &theirs.to_string(),
    ]);
    let mut lines = text.lines().map(str::to_owned);
    (lines.next().unwrap_or_default(), lines.collect())
}

fn agree(repo: &Repo, pairs: &[(ObjectId, ObjectId)], what: &str) -> usize {
    let (mut clean, mut wrong) = (0, Vec::new());
    for (ours, theirs) in pairs {
        let (tree, conflicts) = git_merge(repo, ours, theirs);
        let merged = repo.browser().merge(ours, theirs, &MergeLimits::default(), &Cancel::new()).unwrap();
        let ok = if conflicts.is_empty() {
            clean += 1;
            !merged.has_conflicts() && merged.tree.to_string() == tree
        } else {
            merged.has_conflicts()
        };
        if !ok {
            let found: Vec<_> = merged
                .conflicts
                .iter()
                .map(|conflict| format!("{} {:?}", conflict.path, conflict.kind))
                .collect();
            wrong.push(format!(
                "{ours} {theirs}: git {conflicts:?}, here {found:?}\n{}",
                repo.git_may_fail(&["diff", "--stat", &tree, &merged.tree.to_string()])
            ));
        }
    }
    assert!(wrong.is_empty(), "{what}: {} of {} differ:\n{}", wrong.len(), pairs.len(), wrong.join("\n"));
    clean
}

#[test]
fn merges_random_branches_as_git_does() {
    for (format, cases) in [(ObjectFormat::Sha1, 160), (ObjectFormat::Sha256, 30)] {
        let repo = Repo::new(format);
        let mut history = History::new(format.byte_len() * 2);
        let mut pairs = Vec::new();
        for case in 0..cases {
            let mut dice = Dice::new(case);
            let base = start(&mut dice);
            let root = history.commit(&base, &[], "Base");
            let ours = history.commit(&change(&mut dice, &base), &[root], "Ours");
            let theirs = history.commit(&change(&mut dice, &base), &[root], "Theirs");
            pairs.push((ours, theirs));
        }
        let ids = history.import(&repo);
        let pairs: Vec<_> = pairs.into_iter().map(|(a, b)| (ids[a - 1], ids[b - 1])).collect();
        let clean = agree(&repo, &pairs, "branches");
        assert!(clean * 4 > pairs.len(), "only {clean} clean merges say little");
    }
}

#[test]
fn merges_branches_that_were_merged_into_each_other() {
    let repo = Repo::new(ObjectFormat::Sha1);
    let mut history = History::new(40);
    let mut pairs = Vec::new();
    for case in 0..60 {
        let mut dice = Dice::new(5000 + case);
        let base = start(&mut dice);
        let root = history.commit(&base, &[], "Base");
        let (left, right) = (change(&mut dice, &base), change(&mut dice, &base));
        let (a, b) = (history.commit(&left, &[root], "A"), history.commit(&right, &[root], "B"));
        // Somebody merged both ways, and took files from either side.
        let mut mixed = left.clone();
        for (path, file) in &right {
            if dice.roll(2) == 0 && base.contains_key(path) && mixed.contains_key(path) {
                mixed.insert(path.clone(), file.clone());
            }
        }
        let (ours, theirs) = (change(&mut dice, &mixed), change(&mut dice, &mixed));
        pairs.push((history.commit(&ours, &[a, b], "C"), history.commit(&theirs, &[b, a], "D")));
    }
    let ids = history.import(&repo);
    let pairs: Vec<_> = pairs.into_iter().map(|(a, b)| (ids[a - 1], ids[b - 1])).collect();
    let clean = agree(&repo, &pairs, "tangled");
    assert!(clean > 10, "only {clean} clean merges say little");
}
