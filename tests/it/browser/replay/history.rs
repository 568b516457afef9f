//! Where the changes come from: the last merges of a history, each as a branch on top of what is merged already.

use forge_tests::{WorkTree, asked, asked_text};

/// Merges that are taken of a repository of somebody else's, if no other number is asked for.
const USUAL: u64 = 30;
/// Branches of the history that is made here.
const OWN: usize = 4;

/// A repository that has the whole history.
pub(super) struct History {
    pub(super) work: WorkTree,
    pub(super) merges: Vec<Merge>,
}

/// A merge of that history.
pub(super) struct Merge {
    id: String,
    /// What its message begins with.
    pub(super) title: String,
    first_parent: String,
    second_parent: String,
}

impl History {
    /// The history of the repository that `FORGE_TEST_REPLAY` names, or one that is made here.
    pub(super) fn take(work: WorkTree) -> Self {
        let most = if let Some(place) = asked_text("FORGE_TEST_REPLAY") {
            work.git(&["fetch", "--quiet", &place, "HEAD:refs/heads/history"]).unwrap();
            asked("FORGE_TEST_REPLAY_MERGES").unwrap_or(USUAL)
        } else {
            make(&work);
            u64::MAX
        };
        let merges = merges(&work, most);
        assert!(!merges.is_empty(), "no merge to do again");
        work.git(&["checkout", "--quiet", "-B", "main", &merges[0].first_parent]).unwrap();
        Self { work, merges }
    }

    /// Checks out a branch on top of `main` that brings what the merge brought; nothing if that is there already.
    ///
    /// Its own commits are made again, where git can; where it cannot, or the merge itself changed something, one commit
    /// brings the rest.
    pub(super) fn branch(&self, merge: &Merge, name: &str) -> Option<()> {
        let git = |arguments: &[&str]| self.work.git(arguments).unwrap().trim().to_owned();
        git(&["checkout", "--quiet", "-B", name, "main"]);
        let range = format!("{}..{}", merge.first_parent, merge.second_parent);
        let own = git(&["rev-list", "--reverse", "--no-merges", &range]);
        let picked =
            own.lines().all(|commit| self.work.try_git(&["cherry-pick", "--allow-empty", commit]).ok);
        if !picked {
            let _ = self.work.try_git(&["cherry-pick", "--abort"]);
            git(&["reset", "--quiet", "--hard", "main"]);
        }
        let wanted = git(&["rev-parse", &format!("{}^{{tree}}", merge.id)]);
        if git(&["rev-parse", "HEAD^{tree}"]) != wanted {
            git(&["read-tree", "--reset", "-u", &wanted]);
            git(&["commit", "--quiet", "-m", &merge.title]);
        }
        (git(&["rev-parse", "HEAD^{tree}"]) != git(&["rev-parse", "main^{tree}"])).then_some(())
    }
}

fn merges(work: &WorkTree, most: u64) -> Vec<Merge> {
    let count = format!("--max-count={most}");
    let mut arguments = vec!["log", "--first-parent", "--merges", "--format=%H %P%x09%s"];
    if most < u64::MAX {
        arguments.push(&count);
    }
    arguments.push("history");
    let listed = work.git(&arguments).unwrap();
    let mut found: Vec<Merge> = listed
        .lines()
        .filter_map(|line| {
            let (ids, title) = line.split_once('\t')?;
            let mut ids = ids.split(' ').map(str::to_owned);
            let (id, first_parent, second_parent) = (ids.next()?, ids.next()?, ids.next()?);
            Some(Merge { id, title: title.to_owned(), first_parent, second_parent })
        })
        .collect();
    found.reverse();
    found
}

/// A history of merges: a script that grows, a table, a note.
fn make(work: &WorkTree) {
    let step = |line: usize, rounds: usize| {
        let arguments = if line < rounds { 2 } else { 1 };
        format!("step_{line} <- read_beds({arguments})\n")
    };
    let script = |rounds: usize| (0..12).map(|line| step(line, rounds)).collect::<Vec<_>>().concat();
    work.write("R/beds.R", script(0));
    work.write("data/wards.csv", "ward,beds\nA,1\nB,2\n");
    work.commit("README.md", "# Beds\n");
    work.git(&["checkout", "--quiet", "-b", "history"]).unwrap();
    for number in 1..=OWN {
        let topic = format!("topic-{number}");
        work.git(&["checkout", "--quiet", "-b", &topic, "history"]).unwrap();
        work.write("R/beds.R", script(number));
        work.commit(&format!("notes/{number}.md"), format!("# Note {number}\n\nWhat was decided.\n"));
        work.commit("data/wards.csv", format!("ward,beds\nA,{number}\nB,2\n"));
        work.git(&["checkout", "--quiet", "history"]).unwrap();
        let message = format!("Merge the change {number}");
        work.git(&["merge", "--quiet", "--no-ff", "-m", &message, &topic]).unwrap();
    }
}
