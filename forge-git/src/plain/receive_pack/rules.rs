//! Which updates a plain repository takes, by git's own rules.

use std::collections::BTreeSet;
use std::path::Path;

use forge_core::{ObjectId, RefName};
use gix_object::Kind;

use crate::plain::{PlainRepository, Settings};
use crate::receive::{Command, Commands, Quarantine};
use crate::upload_pack::HiddenRefs;
use crate::{Cancel, Head, RefSnapshot, Result};

/// What a repository does about a questionable update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deny {
    Refuse,
    Warn,
    Ignore,
}

/// The rules of one repository at one moment.
pub(super) struct Rules<'a> {
    refs: &'a RefSnapshot,
    hidden: HiddenRefs,
    /// Branches that some work tree has checked out.
    checked_out: Vec<String>,
    current: Deny,
    delete_current: Deny,
    deny_deletes: bool,
    deny_rewrites: bool,
}

/// What becomes of one command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Why it is refused.
    pub(super) refused: Option<String>,
    /// What the person should hear.
    pub(super) warning: Option<String>,
    /// Nothing is to be done: another command of the push does it.
    pub(super) skip: bool,
}

impl Verdict {
    fn refuse(reason: &str) -> Self {
        Self { refused: Some(reason.to_owned()), ..Self::default() }
    }
}

impl<'a> Rules<'a> {
    pub(super) fn new(repository: &PlainRepository, refs: &'a RefSnapshot) -> Self {
        let settings = repository.settings();
        Self {
            refs,
            hidden: hidden(repository),
            checked_out: checked_out(repository),
            current: deny(settings, "receive.denycurrentbranch"),
            delete_current: deny(settings, "receive.denydeletecurrent"),
            deny_deletes: settings.flag("receive.denydeletes").unwrap_or(false),
            deny_rewrites: settings.flag("receive.denynonfastforwards").unwrap_or(false),
        }
    }

    /// Judges one command by itself.
    pub(super) fn judge(
        &self,
        command: &Command,
        name: &RefName,
        full: &str,
        quarantine: &Quarantine,
        cancel: &Cancel,
    ) -> Result<Verdict> {
        if self.hidden.hides(name.as_str()) {
            let reason = if command.new.is_some() {
                "deny updating a hidden ref"
            } else {
                "deny deleting a hidden ref"
            };
            return Ok(Verdict::refuse(reason));
        }
        let is_checked_out = self.checked_out.iter().any(|branch| branch == full);
        let Some(new) = &command.new else { return Ok(self.judge_deletion(command, name, is_checked_out)) };
        let mut verdict = Verdict::default();
        if is_checked_out {
            match self.current {
                Deny::Refuse => return Ok(Verdict::refuse("branch is currently checked out")),
                Deny::Warn => verdict.warning = Some("warning: updating the current branch\n".to_owned()),
                Deny::Ignore => {}
            }
        }
        match quarantine.kind(new)? {
            None => return Ok(Verdict::refuse("bad pack")),
            Some(kind) if name.as_branch().is_some() && kind != Kind::Commit => {
                return Ok(Verdict::refuse("a branch can only name a commit"));
            }
            Some(_) => {}
        }
        if self.deny_rewrites
            && name.as_branch().is_some()
            && loses_history(command, new, quarantine, cancel)?
        {
            return Ok(Verdict::refuse("non-fast-forward"));
        }
        Ok(verdict)
    }

    fn judge_deletion(&self, command: &Command, name: &RefName, is_checked_out: bool) -> Verdict {
        if self.deny_deletes && name.as_branch().is_some() {
            return Verdict::refuse("deletion prohibited");
        }
        let is_current = matches!(self.refs.head(), Some(Head::Symbolic(branch)) if branch == name);
        if command.old.is_some() && (is_checked_out || is_current) {
            match self.delete_current {
                Deny::Refuse => return Verdict::refuse("deletion of the current branch prohibited"),
                Deny::Warn => {
                    let warning = Some("warning: deleting the current branch\n".to_owned());
                    return Verdict { warning, ..Verdict::default() };
                }
                Deny::Ignore => {}
            }
        }
        if self.refs.find(name.as_str()).is_none() {
            let warning = Some("warning: deleting a non-existent ref\n".to_owned());
            return Verdict { skip: true, warning, refused: None };
        }
        Verdict::default()
    }

    /// Judges commands by each other: symbolic refs and their targets, names that exclude each other.
    pub(super) fn judge_together(&self, commands: &Commands, verdicts: &mut [Verdict]) {
        let atomic = commands.capabilities.atomic;
        // In the order in which they will be done: deletions first, unless all happen at once.
        let (deletions, others): (Vec<usize>, Vec<usize>) = (0..commands.commands.len())
            .partition(|at| commands.commands.get(*at).is_some_and(|command| command.new.is_none()));
        let commands = &commands.commands;
        self.judge_symbolic(commands, verdicts);
        let mut taken: BTreeSet<&str> = self.refs.refs().iter().map(|found| found.name.as_str()).collect();
        for at in deletions.into_iter().chain(others) {
            let (Some(command), Some(verdict)) = (commands.get(at), verdicts.get_mut(at)) else { continue };
            let Ok(name) = &command.name else { continue };
            if verdict.refused.is_some() || verdict.skip {
                continue;
            }
            if command.new.is_none() {
                if !atomic {
                    taken.remove(name.as_str());
                }
            } else if excludes(&taken, name.as_str()) {
                verdict.refused = Some("another ref stands in the way of this name".to_owned());
            } else {
                taken.insert(name.as_str());
            }
        }
    }

    fn judge_symbolic(&self, commands: &[Command], verdicts: &mut [Verdict]) {
        for (at, command) in commands.iter().enumerate() {
            let Ok(name) = &command.name else { continue };
            let target = self.refs.find(name.as_str()).and_then(|found| found.symbolic.as_ref());
            let Some(target) = target else { continue };
            let twin = commands.iter().position(|other| other.name.as_ref() == Ok(target));
            let Some(twin) = twin else { continue };
            let same =
                commands.get(twin).is_some_and(|other| other.old == command.old && other.new == command.new);
            if same {
                if let Some(verdict) = verdicts.get_mut(at) {
                    verdict.skip = true;
                }
                continue;
            }
            for index in [at, twin] {
                if let Some(verdict) = verdicts.get_mut(index) {
                    verdict.refused = Some("inconsistent aliased update".to_owned());
                    let warning = format!(
                        "refusing inconsistent update between symref '{name}' and its target '{target}'\n"
                    );
                    verdict.warning = Some(warning);
                }
            }
        }
    }
}

fn loses_history(
    command: &Command,
    new: &ObjectId,
    quarantine: &Quarantine,
    cancel: &Cancel,
) -> Result<bool> {
    match &command.old {
        Some(old) if quarantine.kind(old)?.is_some() => Ok(!quarantine.is_ancestor(old, new, cancel)?),
        _ => Ok(false),
    }
}

/// Whether a ref of that name would have to be a file and a directory at once.
fn excludes(taken: &BTreeSet<&str>, name: &str) -> bool {
    let below = format!("{name}/");
    let has_below = taken.range(below.as_str()..).next().is_some_and(|next| next.starts_with(&below));
    let is_below =
        name.match_indices('/').any(|(at, _)| name.get(..at).is_some_and(|above| taken.contains(above)));
    has_below || is_below
}

/// Which refs pushers neither see nor change.
pub(super) fn hidden(repository: &PlainRepository) -> HiddenRefs {
    let settings = repository.settings();
    let patterns = settings.all_of_either("transfer.hiderefs", "receive.hiderefs");
    HiddenRefs::new(patterns, repository.namespace())
}

fn deny(settings: &Settings, key: &str) -> Deny {
    match settings.text(key).map(str::to_ascii_lowercase).as_deref() {
        Some("ignore" | "false" | "no" | "off" | "0") => Deny::Ignore,
        Some("warn") => Deny::Warn,
        _ => Deny::Refuse,
    }
}

/// Full names of branches that a work tree shows. A bare repository has none of its own, but may have linked ones.
fn checked_out(repository: &PlainRepository) -> Vec<String> {
    let mut heads = Vec::new();
    let is_bare = repository.settings().flag("core.bare");
    let is_bare =
        is_bare.unwrap_or_else(|| repository.common_dir().file_name().is_none_or(|name| name != ".git"));
    let mut add = |dir: &Path| {
        let head = std::fs::read_to_string(dir.join("HEAD")).unwrap_or_default();
        if let Some(branch) = head.strip_prefix("ref:") {
            heads.push(branch.trim().to_owned());
        }
    };
    if !is_bare {
        add(repository.common_dir());
    }
    if let Ok(linked) = std::fs::read_dir(repository.common_dir().join("worktrees")) {
        for entry in linked.filter_map(std::result::Result::ok) {
            add(&entry.path());
        }
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_directories_exclude_each_other() {
        let taken = BTreeSet::from(["refs/heads/a/b", "refs/heads/c", "refs/heads/c-d"]);
        for bad in ["refs/heads/a", "refs/heads/a/b/c", "refs/heads/c/d/e"] {
            assert!(excludes(&taken, bad), "{bad}");
        }
        for good in ["refs/heads/a/c", "refs/heads/c", "refs/heads/c-d-e", "refs/heads/a/b-c", "refs/heads/b"]
        {
            assert!(!excludes(&taken, good), "{good}");
        }
    }
}
