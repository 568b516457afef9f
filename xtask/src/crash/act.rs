//! What is done while the server crashes, and what must be true afterwards.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::house::{House, Running};
use crate::process::{answers, output, program};

/// Something that a client has the server do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    SmallPush,
    LargePush,
    FirstPush,
    DeleteBranch,
    PushOfFive,
}

/// All of them.
pub(super) const ALL: &[Act] =
    &[Act::SmallPush, Act::LargePush, Act::FirstPush, Act::DeleteBranch, Act::PushOfFive];

/// Bytes of a large push.
const LARGE: usize = 8 << 20;

impl Act {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SmallPush => "small push",
            Self::LargePush => "push of 8 MiB",
            Self::FirstPush => "first push to a new repository",
            Self::DeleteBranch => "delete a branch",
            Self::PushOfFive => "atomic push of five branches",
        }
    }

    pub(super) fn slug(self) -> String {
        self.name().replace(' ', "-")
    }
}

/// One act, prepared: where the refs are before it, and where they shall be.
pub(super) struct Attempt {
    repo: String,
    work: PathBuf,
    specs: Vec<String>,
    /// Full names, with what they name before and after; nothing where there is no such ref.
    refs: Vec<(String, Option<String>, Option<String>)>,
}

fn git(dir: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = program("git");
    command.arg("-C").arg(dir).args(["-c", "user.name=Crash", "-c", "user.email=crash@example.org"]);
    output(command.args(arguments))
}

/// Bytes that do not pack, and never the same.
fn noise(bytes: usize, seed: usize) -> Vec<u8> {
    let mut state = u64::try_from(seed).unwrap_or_default().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let words = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(bytes).collect()
}

impl Attempt {
    /// Brings everything to where the act begins.
    pub(super) fn prepare(house: &House, running: &Running, act: Act, number: usize) -> Result<Self> {
        // A mirror of it is checked after each crash, so it should not grow.
        let is_own = matches!(act, Act::FirstPush | Act::LargePush);
        let repo = if is_own { format!("r{number}") } else { "r".to_owned() };
        let work = house.dir().join("work");
        if !work.exists() {
            std::fs::create_dir(&work)?;
            git(&work, &["init", "--quiet", "--initial-branch=main"])?;
            git(&work, &["commit", "--quiet", "--allow-empty", "-m", "First"])?;
            git(&work, &["tag", "first"])?;
        }
        if is_own {
            git(&work, &["reset", "--quiet", "--hard", "first"])?;
        }
        let url = house.url(running, &repo);
        if !answers(program("git").args(["ls-remote", &url])) {
            house.create(&repo)?;
            if act != Act::FirstPush {
                git(&work, &["push", "--quiet", &url, "main"])?;
            }
        }
        let bytes = if act == Act::LargePush { LARGE } else { 500 };
        std::fs::write(work.join("file"), noise(bytes, number + 1))?;
        git(&work, &["add", "file"])?;
        git(&work, &["commit", "--quiet", "--allow-empty", "-m", &format!("Change {number}")])?;
        let new = git(&work, &["rev-parse", "HEAD"])?;
        let mut names = vec!["refs/heads/main".to_owned()];
        match act {
            Act::DeleteBranch => {
                names = vec!["refs/heads/gone".to_owned()];
                git(&work, &["push", "--quiet", "--force", &url, "HEAD:refs/heads/gone"])?;
            }
            Act::PushOfFive => names.extend((1..5).map(|branch| format!("refs/heads/b{branch}"))),
            Act::SmallPush | Act::LargePush | Act::FirstPush => {}
        }
        let before = git(&work, &["ls-remote", &url])?;
        let goal = (act != Act::DeleteBranch).then_some(new);
        let refs: Vec<_> =
            names.into_iter().map(|name| (name.clone(), found(&before, &name), goal.clone())).collect();
        let from = if goal.is_some() { "HEAD" } else { "" };
        let specs = refs.iter().map(|(name, ..)| format!("{from}:{name}")).collect();
        Ok(Self { repo, work, specs, refs })
    }

    /// Does it; says whether the client heard that it was done.
    pub(super) fn perform(&self, house: &House, running: &Running) -> bool {
        let mut command = program("git");
        command.arg("-C").arg(&self.work).args(["push", "--quiet", "--atomic"]);
        command.arg(house.url(running, &self.repo)).args(&self.specs);
        answers(&mut command)
    }

    /// Whether the refs are where they shall be.
    pub(super) fn is_done(&self, house: &House, running: &Running) -> Result<bool> {
        let now = git(&self.work, &["ls-remote", &house.url(running, &self.repo)])?;
        Ok(self.refs.iter().all(|(name, _, new)| found(&now, name) == *new))
    }

    /// What is wrong after a crash: lost although it was acknowledged, or neither before nor after, or not whole.
    pub(super) fn judge(&self, house: &House, running: &Running, acknowledged: bool) -> Result<Vec<String>> {
        let url = house.url(running, &self.repo);
        let now = git(&self.work, &["ls-remote", &url])?;
        let mut faults = Vec::new();
        let is_new = self.refs.iter().all(|(name, _, new)| found(&now, name) == *new);
        let is_old = self.refs.iter().all(|(name, old, _)| found(&now, name) == *old);
        if acknowledged && !is_new {
            faults.push(format!("lost: {} of {}", self.specs.join(" "), self.repo));
        } else if !is_new && !is_old {
            faults.push(format!("half done: {} of {}", self.specs.join(" "), self.repo));
        }
        let mirror = house.dir().join("mirror.git");
        if mirror.exists() {
            std::fs::remove_dir_all(&mirror)?;
        }
        output(program("git").args(["clone", "--quiet", "--mirror", &url]).arg(&mirror))?;
        git(&mirror, &["fsck", "--full", "--strict"])?;
        Ok(faults)
    }
}

/// What a listing of refs says of a name.
fn found(listed: &str, name: &str) -> Option<String> {
    let line = listed.lines().find(|line| line.split('\t').nth(1) == Some(name))?;
    line.split('\t').next().map(str::to_owned)
}
