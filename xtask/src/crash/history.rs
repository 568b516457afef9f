//! Many clients on a few branches at once, and a server that is killed again and again: each branch must have had one history.
//!
//! Clients push, delete and list, and note when they began, what they meant to change, and what they heard. Afterwards
//! the notes of each branch must fit into one order in which every change begins where the one before ended, nothing comes before
//! something that was over when it began, and nothing that was acknowledged is missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::Tally;
use super::house::{House, Running};
use crate::process::{answers, output, pause, program};

/// Branches that everybody changes.
const BRANCHES: usize = 5;
/// Clients at one time.
const CLIENTS: usize = 20;
/// The repository.
const REPO: &str = "history";

/// What one client did to a branch, by the ids that it named; nothing stands for no such branch.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Deed {
    Change { from: Option<String>, to: Option<String> },
    Look { saw: Option<String> },
}

/// One note of a client. There is no end where it heard nothing: the deed may have been done or not.
#[derive(Debug, Clone)]
struct Note {
    branch: usize,
    deed: Deed,
    start: Duration,
    end: Option<Duration>,
}

/// Lets clients work for so long while the server is killed about every three seconds, and judges what they noted.
pub(super) fn run(house: &House, seconds: u64) -> Result<Tally> {
    let running = house.start()?;
    house.create(REPO)?;
    let seed = house.dir().join("seed");
    std::fs::create_dir_all(&seed)?;
    git(&seed, &["init", "--quiet", "--initial-branch=main"])?;
    git(&seed, &["commit", "--quiet", "--allow-empty", "-m", "First"])?;
    git(&seed, &["push", "--quiet", &house.url(&running, REPO), "main"])?;
    let (address, over) = (Mutex::new(house.url(&running, REPO)), AtomicBool::new(false));
    let (clock, mut random) = (Instant::now(), Random(1));
    let mut kills = 0;
    let (notes, running) = std::thread::scope(|scope| -> Result<(Vec<Note>, Running)> {
        let (address, over) = (&address, &over);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let place = house.dir().join(format!("client-{number}"));
                scope.spawn(move || Client::new(place, number, clock)?.work(address, over))
            })
            .collect();
        let mut running = running;
        while clock.elapsed() < Duration::from_secs(seconds) {
            std::thread::sleep(Duration::from_millis(1000 + random.below(4000)));
            running = start_again(house, running, address)?;
            kills += 1;
        }
        over.store(true, Ordering::Relaxed);
        let mut notes = Vec::new();
        for client in clients {
            notes.extend(client.join().map_err(|_| anyhow!("a client panicked"))??);
        }
        Ok((notes, running))
    })?;
    let url = house.url(&running, REPO);
    let at_the_end = listed(&url).ok_or_else(|| anyhow!("the server does not answer at the end"))?;
    let mut faults = Vec::new();
    for branch in 0..BRANCHES {
        let own: Vec<&Note> = notes.iter().filter(|note| note.branch == branch).collect();
        faults.extend(
            judge(&own, at_the_end.get(&branch)).into_iter().map(|fault| format!("b{branch}: {fault}")),
        );
    }
    let mirror = house.dir().join("mirror.git");
    output(program("git").args(["clone", "--quiet", "--mirror", &url]).arg(&mirror))?;
    git(&mirror, &["fsck", "--full", "--strict"])?;
    running.kill()?;
    let is_change = |note: &&Note| matches!(note.deed, Deed::Change { .. });
    let acknowledged = notes.iter().filter(is_change).filter(|note| note.end.is_some()).count();
    let runs = notes.iter().filter(is_change).count();
    faults.extend((acknowledged == 0).then(|| "damaged: nobody was ever acknowledged".to_owned()));
    crate::report::note(&format!("{kills} kills, {} notes", notes.len()));
    let lost = faults.iter().filter(|fault| fault.contains("lost")).count();
    let damaged = faults.len() - lost;
    Ok(Tally { runs, cut: runs - acknowledged, acknowledged, lost, damaged, faults })
}

fn start_again(house: &House, running: Running, address: &Mutex<String>) -> Result<Running> {
    running.kill()?;
    let running = house.start()?;
    *address.lock().map_err(|_| anyhow!("a client panicked"))? = house.url(&running, REPO);
    Ok(running)
}

/// Somebody with a repository of their own.
struct Client {
    place: PathBuf,
    tree: String,
    number: usize,
    clock: Instant,
    random: Random,
    notes: Vec<Note>,
}

impl Client {
    fn new(place: PathBuf, number: usize, clock: Instant) -> Result<Self> {
        std::fs::create_dir_all(&place)?;
        git(&place, &["init", "--quiet", "--bare"])?;
        let tree = git(&place, &["mktree"])?;
        let random = Random(u64::try_from(number)? + 7);
        Ok(Self { place, tree, number, clock, random, notes: Vec::new() })
    }

    fn work(mut self, address: &Mutex<String>, over: &AtomicBool) -> Result<Vec<Note>> {
        let mut round = 0;
        while !over.load(Ordering::Relaxed) {
            let url = address.lock().map_err(|_| anyhow!("the address is gone"))?.clone();
            let branch = usize::try_from(self.random.below(5))?.min(BRANCHES - 1);
            let start = self.clock.elapsed();
            let Some(seen) = listed(&url) else {
                pause();
                continue;
            };
            let saw = seen.get(&branch).cloned();
            self.note(branch, Deed::Look { saw: saw.clone() }, start, true);
            let to = match (&saw, self.random.below(5)) {
                (_, 4) => continue,
                (Some(_), 0) => None,
                _ => Some(self.commit(round)?),
            };
            round += 1;
            let start = self.clock.elapsed();
            let is_done = self.push(&url, branch, saw.as_deref(), to.as_deref());
            self.note(branch, Deed::Change { from: saw, to }, start, is_done);
        }
        Ok(self.notes)
    }

    /// A commit that nobody else makes.
    fn commit(&self, round: usize) -> Result<String> {
        git(&self.place, &["commit-tree", &self.tree, "-m", &format!("{} {round}", self.number)])
    }

    /// Changes the branch if it is still where it was seen; says whether that was acknowledged.
    fn push(&self, url: &str, branch: usize, from: Option<&str>, to: Option<&str>) -> bool {
        let name = format!("refs/heads/b{branch}");
        let lease = format!("--force-with-lease={name}:{}", from.unwrap_or_default());
        let spec = format!("{}:{name}", to.unwrap_or_default());
        answers(program("git").arg("-C").arg(&self.place).args(["push", "--quiet", &lease, url, &spec]))
    }

    fn note(&mut self, branch: usize, deed: Deed, start: Duration, is_known: bool) {
        let end = is_known.then(|| self.clock.elapsed());
        self.notes.push(Note { branch, deed, start, end });
    }
}

/// What is wrong with the notes of one branch that ended here.
fn judge(notes: &[&Note], last: Option<&String>) -> Vec<String> {
    let mut faults = Vec::new();
    // Every id is made once, so at most one change leads to it and at most one leads on from it.
    let (mut made, mut left) = (BTreeMap::new(), BTreeMap::<&String, Vec<&Note>>::new());
    for note in notes {
        let Deed::Change { from, to } = &note.deed else { continue };
        made.extend(to.as_ref().map(|to| (to, *note)));
        if let Some(from) = from {
            left.entry(from).or_default().push(note);
        }
    }
    for (from, changes) in &left {
        if changes.iter().filter(|note| note.end.is_some()).count() > 1 {
            faults.push(format!("two changes of {from} were acknowledged"));
        }
        if let Some(birth) = made.get(from) {
            for change in changes.iter().filter(|change| ended_before(change, birth.start)) {
                faults.push(format!("{from} was changed at {:?}, before it was pushed", change.end));
            }
        }
    }
    for (to, note) in &made {
        if note.end.is_some() && last != Some(to) && !left.contains_key(to) {
            faults.push(format!("lost: {to} was acknowledged, and nobody changed it"));
        }
    }
    for note in notes {
        let Deed::Look { saw: Some(saw) } = &note.deed else { continue };
        match made.get(saw) {
            None => faults.push(format!("somebody saw {saw}, which nobody pushed")),
            Some(birth) if ended_before(note, birth.start) => {
                faults.push(format!("somebody saw {saw} before it was pushed"));
            }
            Some(_) => {}
        }
        let changes = left.get(saw).map(Vec::as_slice).unwrap_or_default();
        if changes.iter().any(|change| ended_before(change, note.start)) {
            faults.push(format!("somebody saw {saw} after it had been changed"));
        }
    }
    faults
}

/// Whether a deed was known to be over at a moment.
fn ended_before(note: &Note, moment: Duration) -> bool {
    note.end.is_some_and(|end| end < moment)
}

/// The branches by their numbers; nothing if nobody answers.
fn listed(url: &str) -> Option<BTreeMap<usize, String>> {
    let text = output(program("git").args(["ls-remote", url])).ok()?;
    let branch = |line: &str| {
        let (id, name) = line.split_once('\t')?;
        Some((name.strip_prefix("refs/heads/b")?.parse().ok()?, id.to_owned()))
    };
    Some(text.lines().filter_map(branch).collect())
}

fn git(dir: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = program("git");
    command.arg("-C").arg(dir).args(["-c", "user.name=Crash", "-c", "user.email=crash@example.org"]);
    output(command.args(arguments).stdin(std::process::Stdio::null()))
}

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) % limit.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(deed: Deed, start: u64, end: Option<u64>) -> Note {
        Note { branch: 0, deed, start: Duration::from_secs(start), end: end.map(Duration::from_secs) }
    }

    fn change(from: &str, to: &str, start: u64, end: Option<u64>) -> Note {
        let id = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        note(Deed::Change { from: id(from), to: id(to) }, start, end)
    }

    fn look(saw: &str, start: u64, end: u64) -> Note {
        note(Deed::Look { saw: Some(saw.to_owned()) }, start, Some(end))
    }

    fn faults(notes: &[Note], last: &str) -> usize {
        judge(&notes.iter().collect::<Vec<_>>(), Some(&last.to_owned()).filter(|last| !last.is_empty())).len()
    }

    #[test]
    fn one_order_is_found_where_there_is_one() {
        let whole = [
            change("", "a", 0, Some(2)),
            look("a", 1, 2),
            change("a", "b", 2, None),
            look("b", 3, 4),
            change("a", "x", 3, None),
            change("b", "", 4, Some(5)),
            change("", "c", 5, Some(6)),
        ];
        assert_eq!(faults(&whole, "c"), 0);
        assert_eq!(faults(&whole, ""), 1, "c is lost");
    }

    #[test]
    fn what_cannot_have_been_is_told() {
        assert_eq!(faults(&[change("", "a", 0, Some(1))], "b"), 1, "a is lost");
        let twice = [change("", "a", 0, Some(1)), change("a", "b", 2, Some(3)), change("a", "c", 2, Some(3))];
        assert_eq!(faults(&twice, "b"), 2, "changed twice, and c is lost");
        let stale = [change("", "a", 0, Some(1)), change("a", "b", 2, Some(3)), look("a", 4, 5)];
        assert_eq!(faults(&stale, "b"), 1);
        assert_eq!(faults(&[look("z", 0, 1)], ""), 1, "from nowhere");
        assert_eq!(faults(&[look("a", 0, 1), change("", "a", 2, Some(3))], "a"), 1, "too early");
    }
}
