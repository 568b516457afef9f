//! History.
//!
//! A queue of commits, newest first, as git's own `log`. Clocks go wrong, so the queue is read a little ahead and the window
//! is put in an order in which nothing comes before what was built on it: git needs the whole history for that, a page does not.

use std::collections::HashMap;
use std::sync::Arc;

use forge_core::code::{CommitCount, LogPage};
use forge_core::{FilePath, ObjectId};

use super::parse::Node;
use super::path::Lookup;
use super::walk::Queue;
use super::{Browser, Budget};
use crate::hash::IdSet;
use crate::{Cancel, Result, hash};

/// How far the queue is read ahead to find commits whose clocks were wrong.
const AHEAD: usize = 100;

/// A commit that the walk came by.
struct Step {
    id: gix_hash::ObjectId,
    time: i64,
    parents: Vec<gix_hash::ObjectId>,
    is_shown: bool,
}

impl Browser {
    /// A page of the history of a commit, newest first; with a path, of the commits that changed what is there.
    ///
    /// A merge that took the path unchanged from one side is followed to that side only, as git does.
    pub fn log(
        &self,
        commit: &ObjectId,
        path: Option<&FilePath>,
        skip: usize,
        limit: usize,
        budget: Budget,
        cancel: &Cancel,
    ) -> Result<LogPage> {
        let mut meter = budget.start(cancel);
        let mut lookup = path.filter(|path| !path.is_root()).map(|path| Lookup::new(self, path));
        let wanted = skip.saturating_add(limit).saturating_add(1);
        let start = hash::to_gix(commit);
        let mut queue = Queue::default();
        let mut seen = IdSet::default();
        queue.push(self.node(&start)?.time, start);
        seen.insert(start);
        let (mut steps, mut shown, mut ahead, mut complete) = (Vec::new(), 0, 0, true);
        while let Some(id) = queue.pop() {
            if !meter.spend()? {
                complete = false;
                break;
            }
            let node = self.node(&id)?;
            let (is_shown, parents) = match &mut lookup {
                None => (true, node.parents.clone()),
                Some(lookup) => self.simplify(&node, lookup)?,
            };
            for parent in &parents {
                if seen.insert(*parent) {
                    queue.push(self.node(parent)?.time, *parent);
                }
            }
            shown += usize::from(is_shown);
            steps.push(Step { id, time: node.time, parents, is_shown });
            if shown >= wanted {
                ahead += 1;
                if ahead > AHEAD {
                    break;
                }
            }
        }
        // A page that is full does not care that the look ahead was cut short.
        complete |= shown >= wanted;
        let commits = in_order(&steps)
            .into_iter()
            .filter(|step| step.is_shown)
            .skip(skip)
            .take(limit)
            .map(|step| self.commit_summary(&hash::from_gix(&step.id)?))
            .collect::<Result<Vec<_>>>()?;
        Ok(LogPage { commits, skipped: skip.min(shown), has_more: shown >= wanted || !complete, complete })
    }

    /// Whether a commit changed the path, and which parents tell its history.
    fn simplify(&self, node: &Arc<Node>, lookup: &mut Lookup<'_>) -> Result<(bool, Vec<gix_hash::ObjectId>)> {
        let here = lookup.find(&node.tree)?;
        for parent in &node.parents {
            let tree = self.node(parent)?.tree;
            if tree == node.tree || lookup.find(&tree)? == here {
                return Ok((false, vec![*parent]));
            }
        }
        // A root that has nothing at the path did not change it.
        let is_shown = !node.parents.is_empty() || here.is_some();
        Ok((is_shown, node.parents.clone()))
    }

    /// How many commits a commit's history has, itself among them.
    pub fn count(&self, commit: &ObjectId, budget: Budget, cancel: &Cancel) -> Result<CommitCount> {
        let mut meter = budget.start(cancel);
        let start = hash::to_gix(commit);
        let mut seen = IdSet::default();
        seen.insert(start);
        let mut waiting = vec![start];
        let mut commits = 0;
        while let Some(id) = waiting.pop() {
            if !meter.spend()? {
                return Ok(CommitCount { commits, complete: false });
            }
            commits += 1;
            waiting.extend(self.node(&id)?.parents.iter().filter(|parent| seen.insert(**parent)));
        }
        Ok(CommitCount { commits, complete: true })
    }
}

/// Newest first, but never before a commit of the window that was built on it.
fn in_order(steps: &[Step]) -> Vec<&Step> {
    let mut children: HashMap<&gix_hash::ObjectId, usize> = HashMap::with_capacity(steps.len());
    let by_id: HashMap<&gix_hash::ObjectId, &Step> = steps.iter().map(|step| (&step.id, step)).collect();
    for parent in steps.iter().flat_map(|step| &step.parents) {
        *children.entry(parent).or_default() += 1;
    }
    let mut queue = Queue::default();
    for step in steps.iter().filter(|step| !children.contains_key(&step.id)) {
        queue.push(step.time, step.id);
    }
    let mut ordered = Vec::with_capacity(steps.len());
    while let Some(step) = queue.pop().and_then(|id| by_id.get(&id).copied()) {
        ordered.push(step);
        for parent in &step.parents {
            let Some(waiting) = children.get_mut(parent) else { continue };
            *waiting -= 1;
            if *waiting == 0
                && let Some(parent) = by_id.get(parent)
            {
                queue.push(parent.time, parent.id);
            }
        }
    }
    ordered
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use forge_core::ObjectFormat;

    use super::*;
    use crate::browse::testing::{Repo, path};

    /// Two branches, a merge with changes of its own, an orphan joined in the middle, a revert.
    pub(crate) fn tangled(repo: &Repo) -> ObjectId {
        repo.commit("a.txt", b"1\n", "a1");
        repo.commit("dir/b.txt", b"1\n", "b1");
        repo.git(&["checkout", "-q", "-b", "side"]);
        repo.commit("dir/b.txt", b"2\n", "b2 on side");
        repo.commit("c.txt", b"1\n", "c1 on side");
        repo.git(&["checkout", "-q", "main"]);
        repo.commit("a.txt", b"2\n", "a2");
        repo.git(&["merge", "-q", "--no-ff", "-m", "merge side", "side"]);
        repo.git(&["checkout", "-q", "--orphan", "other"]);
        repo.git(&["rm", "-rqf", "."]);
        repo.commit("o.txt", b"1\n", "orphan root");
        repo.git(&["checkout", "-q", "main"]);
        repo.git(&["merge", "-q", "--allow-unrelated-histories", "-m", "merge orphan", "other"]);
        repo.git(&["checkout", "-q", "-b", "evil", "HEAD~1"]);
        repo.commit("dir/b.txt", b"3\n", "b3 on evil");
        repo.git(&["checkout", "-q", "main"]);
        repo.commit("dir/b.txt", b"4\n", "b4");
        repo.git_may_fail(&["merge", "-q", "evil"]);
        repo.write("dir/b.txt", b"5\n");
        repo.commit_all("merge evil with its own b5");
        repo.commit("a.txt", b"1\n", "a back to 1");
        repo.git(&["rm", "-q", "c.txt"]);
        repo.commit_all("c gone")
    }

    fn ids(page: &LogPage) -> Vec<String> {
        page.commits.iter().map(|commit| commit.id.to_string()).collect()
    }

    #[test]
    fn agrees_with_git_on_tangled_history() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let repo = Repo::new(format);
            let head = tangled(&repo);
            let browser = repo.browser();
            for at in ["", "a.txt", "dir", "dir/b.txt", "c.txt", "o.txt", "nope", "dir/b.txt/x"] {
                let found =
                    browser.log(&head, Some(&path(at)), 0, 100, Budget::BACKGROUND, &Cancel::new()).unwrap();
                let text = if at.is_empty() {
                    repo.git(&["log", "--format=%H", "--date-order"])
                } else {
                    repo.git(&["log", "--format=%H", "--", at])
                };
                assert_eq!(ids(&found), text.lines().collect::<Vec<_>>(), "{at}");
                assert!(found.complete && !found.has_more);
            }
            let count = browser.count(&head, Budget::BACKGROUND, &Cancel::new()).unwrap();
            assert_eq!(count.commits.to_string(), repo.git(&["rev-list", "--count", "HEAD"]));
        }
    }

    #[test]
    fn pages_fit_together() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let head = tangled(&repo);
        let browser = repo.browser();
        let log =
            |skip, limit| browser.log(&head, None, skip, limit, Budget::BACKGROUND, &Cancel::new()).unwrap();
        let whole = log(0, 1000);
        let mut pieces = Vec::new();
        for page in 0..20 {
            let part = log(page * 3, 3);
            assert_eq!(part.has_more, (page + 1) * 3 < whole.commits.len());
            pieces.extend(part.commits);
        }
        assert_eq!(pieces, whole.commits);
    }

    #[test]
    fn wrong_clocks_do_not_put_a_commit_before_its_children() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let tree = repo.git(&["mktree"]);
        let commit = |time: u64, parents: &[&str]| {
            let mut args = vec!["commit-tree", "-m", "x", tree.as_str()];
            for parent in parents {
                args.extend(["-p", parent]);
            }
            repo.git_at(time, &args, b"")
        };
        let root = commit(5000, &[]);
        let old_child = commit(10, &[&root]);
        let new_child = commit(6000, &[&root]);
        let merge = commit(7000, &[&new_child, &old_child]);
        let page =
            repo.browser().log(&merge.parse().unwrap(), None, 0, 9, Budget::PAGE, &Cancel::new()).unwrap();
        assert_eq!(ids(&page), [merge, new_child, old_child, root]);
    }

    #[test]
    fn a_spent_budget_is_said() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let head = tangled(&repo);
        let browser = repo.browser();
        let budget = Budget { objects: 3, time: Duration::from_mins(1) };
        let page = browser.log(&head, Some(&path("o.txt")), 0, 9, budget, &Cancel::new()).unwrap();
        assert!(!page.complete && page.has_more && page.commits.is_empty());
        let count = browser.count(&head, budget, &Cancel::new()).unwrap();
        assert_eq!((count.commits, count.complete), (3, false));
        let stopped = Cancel::new();
        stopped.cancel();
        assert!(browser.log(&head, None, 0, 9, budget, &stopped).is_err());
    }
}
