//! Pieces of work that a git client does against a server.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};

use super::server::Server;
use crate::process::{pause, program, succeeds};

/// One piece of work.
pub(crate) struct Scenario {
    name: &'static str,
    /// How often it is done for one measurement: short work is too short for the clock of the processor.
    times: u32,
    /// Brings the client to where the work starts.
    prepare: Option<fn(&Client) -> Result<()>>,
    /// The work itself.
    work: fn(&Client) -> Result<()>,
}

/// Every piece of work, the lightest first.
pub(crate) const ALL: &[Scenario] = &[
    Scenario { name: "ls-remote", times: 20, prepare: None, work: |client| git(&["ls-remote", &client.url]) },
    Scenario {
        name: "fetch, nothing new",
        times: 20,
        prepare: Some(clone),
        work: |client| client.inside(&["fetch", "--quiet"]),
    },
    Scenario { name: "clone", times: 1, prepare: None, work: clone },
    Scenario {
        name: "clone, right after a push",
        times: 1,
        prepare: Some(|client| clone(client).and_then(|()| push(client)).and_then(|()| client.forget())),
        work: clone,
    },
    Scenario {
        name: "clone --depth=1",
        times: 1,
        prepare: None,
        work: |client| client.clone_with("--depth=1"),
    },
    Scenario {
        name: "clone --filter=blob:none",
        times: 1,
        prepare: None,
        work: |client| client.clone_with("--filter=blob:none"),
    },
    Scenario { name: "push of one commit", times: 10, prepare: Some(clone), work: push },
];

/// The client's side of one run.
struct Client<'a> {
    url: String,
    dir: &'a Path,
}

/// Runs git quietly, as nobody in particular.
fn git(arguments: &[&str]) -> Result<()> {
    let mut git = program("git");
    git.args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "gc.auto=0"]);
    git.args(arguments).env("GIT_TERMINAL_PROMPT", "0").stdout(std::process::Stdio::null());
    if succeeds(&mut git)? { Ok(()) } else { bail!("git {} failed", arguments.first().unwrap_or(&"")) }
}

impl Client<'_> {
    fn inside(&self, arguments: &[&str]) -> Result<()> {
        let dir = self.dir.display().to_string();
        let mut all = vec!["-C", &dir];
        all.extend(arguments);
        git(&all)
    }

    fn clone_with(&self, option: &str) -> Result<()> {
        let dir = self.dir.display().to_string();
        git(&["clone", "--quiet", "--bare", option, &self.url, &dir])
    }

    fn forget(&self) -> Result<()> {
        if self.dir.exists() {
            std::fs::remove_dir_all(self.dir)?;
        }
        Ok(())
    }
}

fn clone(client: &Client) -> Result<()> {
    client.clone_with("--no-hardlinks")?;
    client.inside(&["config", "remote.origin.fetch", "+refs/heads/*:refs/heads/*"])
}

/// A commit with the tree of its parent, pushed to a branch of its own name.
fn push(client: &Client) -> Result<()> {
    client.inside(&["fetch", "--quiet", "--update-head-ok"])?;
    let dir = client.dir.display().to_string();
    let tree = crate::process::output(program("git").args(["-C", &dir, "rev-parse", "HEAD^{tree}"]))?;
    let commit = crate::process::output(program("git").args([
        "-C",
        &dir,
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.org",
        "commit-tree",
        &tree,
        "-p",
        "HEAD",
        "-m",
        &format!("{:?}", Instant::now()),
    ]))?;
    client.inside(&["push", "--quiet", "origin", &format!("+{commit}:refs/heads/bench")])
}

impl Scenario {
    /// Does the work in turns against both and writes a row of the table.
    pub(crate) fn measure(
        &self,
        forge: &impl Server,
        stock: &impl Server,
        dir: &Path,
        runs: usize,
    ) -> Result<String> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            ours.push(self.once(forge, dir)?);
            theirs.push(self.once(stock, dir)?);
        }
        let wall = |all: &[(f64, f64)]| median(all.iter().map(|(wall, _)| *wall).collect());
        let processor = |all: &[(f64, f64)]| mean(all.iter().map(|(_, processor)| *processor));
        let (wall_ours, wall_theirs) = (wall(&ours), wall(&theirs));
        let (ours, theirs) = (processor(&ours), processor(&theirs));
        Ok(format!(
            "| {} | {wall_ours:.1} | {wall_theirs:.1} | {:.2} | {ours:.1} | {theirs:.1} | {:.2} |",
            self.name,
            wall_ours / wall_theirs,
            ours / theirs
        ))
    }

    /// Wall and processor time of the work once, in milliseconds.
    fn once(&self, server: &impl Server, dir: &Path) -> Result<(f64, f64)> {
        let client = Client { url: server.url(), dir };
        client.forget()?;
        if let Some(prepare) = self.prepare {
            prepare(&client)?;
        }
        pause();
        let (used, start) = (server.group().used_ms()?, Instant::now());
        for _ in 0..self.times {
            (self.work)(&client)?;
        }
        let wall = start.elapsed().as_secs_f64() * 1000.0 / f64::from(self.times);
        pause();
        let used = server.group().used_ms()? - used;
        client.forget()?;
        Ok((wall, used / f64::from(self.times)))
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn mean(all: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = u32::try_from(all.len()).map_or(1.0, f64::from);
    all.sum::<f64>() / count
}
