//! `forge git receive-pack`: one push to a plain directory over stdin and stdout.
//!
//! Object checks and connectivity are always on here. Of `receive.*` only what says which updates to deny is heeded;
//! nothing is ever executed, and work trees are never touched.

mod arguments;
mod ref_files;
mod rules;

use std::io::{Read, Write};
use std::path::Path;

use forge_core::{ObjectId, RefName};

pub use self::arguments::ReceivePackArguments;
use self::ref_files::{Edit, Failure, RefFiles, Signature};
use self::rules::{Rules, Verdict};
use super::{Environment, PlainRepository, ProtocolVersion};
use crate::pktline::PacketReader;
use crate::receive::{
    Answer, Command, Commands, FUNNY_NAME, Offer, Quarantine, RefReport, advertise, drain, read_commands,
    unpack_status,
};
use crate::{Cancel, Error, Head, Limits, ObjectStore, RefSnapshot, Result, fsck};

/// Receives one push. `now` is the time for reflogs, in seconds since 1970.
pub fn receive_pack(
    arguments: &ReceivePackArguments,
    environment: &Environment,
    now: i64,
    input: &mut dyn Read,
    out: &mut dyn Write,
) -> Result<()> {
    let mut limits = Limits::default();
    if arguments.reject_thin {
        limits.max_thin_bases = 0;
    }
    let repository = PlainRepository::open(Path::new(&arguments.dir), false, environment)?;
    if let Some(bytes) = repository.settings().number("receive.maxinputsize").filter(|bytes| *bytes > 0) {
        limits.max_pack_bytes = limits.max_pack_bytes.min(bytes);
    }
    let store = repository.store(&limits)?;
    if arguments.advertise || !arguments.stateless {
        write_advertisement(&repository, &store, environment, out)?;
    }
    if arguments.advertise {
        return Ok(());
    }
    let mut reader = PacketReader::new(input);
    let Some(mut commands) = read_commands(&mut reader, repository.format(), &limits)? else { return Ok(()) };
    commands.capabilities.quiet |= arguments.quiet;
    take_foreign_names(&mut commands);
    let mut answer = Answer::new(out, &commands.capabilities);
    let push = Push {
        repository: &repository,
        store: &store,
        limits: &limits,
        cancel: &Cancel::new(),
        commands: &commands,
        signature: signature(&repository, environment, now),
        skip_connectivity: arguments.skip_connectivity,
    };
    let source = reader.source_mut();
    match push.receive(source, &mut answer) {
        Ok(refs) => answer.report(Ok(()), &refs),
        Err(error) => {
            if arguments.stateless {
                drain(source, limits.max_pack_bytes, push.cancel);
            }
            let refused = |command: &Command| RefReport::refused(command.written.as_str(), "unpacker error");
            let refs: Vec<RefReport> = commands.commands.iter().map(refused).collect();
            answer.report(Err(&unpack_status(&error)), &refs)?;
            if !arguments.stateless {
                // The client reads the answer once it has sent everything, and then hangs up.
                drain(source, limits.max_pack_bytes, push.cancel);
            }
            match error {
                Error::Io(_) | Error::Corrupt(_) => Err(error),
                _ => Ok(()),
            }
        }
    }
}

/// Takes long names, and for deleting them names of two parts: git itself makes such refs.
fn take_foreign_names(commands: &mut Commands) {
    let is_funny = |command: &&mut Command| command.name.as_ref().is_err_and(|why| why == FUNNY_NAME);
    for command in commands.commands.iter_mut().filter(is_funny) {
        let is_full = command.new.is_none() || command.written.split('/').count() >= 3;
        if let Ok(name) = RefName::foreign(command.written.as_str())
            && is_full
        {
            command.name = Ok(name);
        }
    }
}

fn write_advertisement(
    repository: &PlainRepository,
    store: &ObjectStore,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<()> {
    let refs = repository.snapshot(store)?;
    let hidden = rules::hidden(repository);
    let seen = refs.refs().iter().filter(|found| !hidden.hides(found.name.as_str())).cloned().collect();
    let settings = repository.settings();
    let offer = Offer {
        agent: concat!("forge/", env!("CARGO_PKG_VERSION")),
        push_options: settings.flag("receive.advertisepushoptions").unwrap_or(false),
        atomic: settings.flag("receive.advertiseatomic").unwrap_or(true),
        hidden: "",
        version_1: environment.protocol() == ProtocolVersion::V1,
    };
    advertise(out, repository.format(), &RefSnapshot::new(None, seen), &offer)
}

/// Who is written into reflogs: as git would find out, without asking the machine.
fn signature(repository: &PlainRepository, environment: &Environment, now: i64) -> Signature {
    let settings = repository.settings();
    let find = |variable: &str, key: &str, fallback: &str| {
        let found = environment.find(variable).or_else(|| settings.text(key)).unwrap_or(fallback);
        found.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect()
    };
    let date = environment.find("GIT_COMMITTER_DATE").and_then(|date| date.split(' ').next());
    Signature {
        name: find("GIT_COMMITTER_NAME", "user.name", "Forge"),
        email: find("GIT_COMMITTER_EMAIL", "user.email", "forge@localhost"),
        seconds: date.and_then(|date| date.trim_start_matches('@').parse().ok()).unwrap_or(now),
    }
}

struct Push<'a> {
    repository: &'a PlainRepository,
    store: &'a ObjectStore,
    limits: &'a Limits,
    cancel: &'a Cancel,
    commands: &'a Commands,
    signature: Signature,
    skip_connectivity: bool,
}

impl Push<'_> {
    /// Does everything between the commands and the report. An error means that no ref was changed.
    fn receive<W: Write>(&self, source: &mut dyn Read, answer: &mut Answer<W>) -> Result<Vec<RefReport>> {
        let quarantine = if self.commands.has_pack() {
            self.store.ingest(source, self.limits, self.level(), answer, self.cancel)?
        } else {
            Quarantine::empty(self.store, self.limits)
        };
        for remark in quarantine.remarks() {
            answer.message(&format!("{remark}\n"))?;
        }
        let files = RefFiles::lock(self.repository, self.signature.clone())?;
        let refs = self.repository.snapshot(self.store)?;
        let mut verdicts = self.judge(&refs, &quarantine)?;
        if !self.skip_connectivity {
            self.check_connected(&refs, &quarantine, &mut verdicts, answer)?;
        }
        if self.commands.capabilities.atomic && verdicts.iter().any(|verdict| verdict.refused.is_some()) {
            refuse_all(&mut verdicts, "atomic push failure");
        }
        for warning in verdicts.iter().filter_map(|verdict| verdict.warning.as_deref()) {
            answer.message(warning)?;
        }
        if verdicts.iter().any(|verdict| verdict.refused.is_none()) {
            let published = quarantine.publish()?;
            let changed = self.change_refs(&files, &refs, &mut verdicts);
            if let Some(pack) = published.filter(|_| !changed) {
                pack.retract()?;
            }
        }
        let reports =
            self.commands.commands.iter().zip(&verdicts).map(|(command, verdict)| match &verdict.refused {
                Some(reason) => RefReport::refused(command.written.as_str(), reason.as_str()),
                None => RefReport::done(command.written.as_str()),
            });
        Ok(reports.collect())
    }

    /// Git checks objects only if it is told to; here what is dangerous or unreadable is refused in any case.
    fn level(&self) -> fsck::Level {
        let settings = self.repository.settings();
        let strict = settings.flag("receive.fsckobjects").or_else(|| settings.flag("transfer.fsckobjects"));
        if strict == Some(true) { fsck::Level::Strict } else { fsck::Level::Import }
    }

    fn judge(&self, refs: &RefSnapshot, quarantine: &Quarantine) -> Result<Vec<Verdict>> {
        let rules = Rules::new(self.repository, refs);
        let mut verdicts = Vec::with_capacity(self.commands.commands.len());
        for command in &self.commands.commands {
            verdicts.push(match &command.name {
                Ok(name) => {
                    let full = format!("{}{name}", self.repository.namespace());
                    rules.judge(command, name, &full, quarantine, self.cancel)?
                }
                Err(reason) => Verdict { refused: Some(reason.clone()), ..Verdict::default() },
            });
        }
        rules.judge_together(self.commands, &mut verdicts);
        Ok(verdicts)
    }

    /// Checks all tips at once, and one by one if that fails.
    fn check_connected<W: Write>(
        &self,
        refs: &RefSnapshot,
        quarantine: &Quarantine,
        verdicts: &mut [Verdict],
        answer: &mut Answer<W>,
    ) -> Result<()> {
        let wanted =
            |(command, verdict): (&Command, &Verdict)| command.new.filter(|_| verdict.refused.is_none());
        let tips: Vec<ObjectId> = self.commands.commands.iter().zip(&*verdicts).filter_map(wanted).collect();
        if quarantine.check_connected(refs, &tips, answer, self.cancel).is_ok() {
            return Ok(());
        }
        let is_shallow = !self.commands.shallow.is_empty();
        for (command, verdict) in self.commands.commands.iter().zip(verdicts) {
            let Some(tip) = command.new.filter(|_| verdict.refused.is_none()) else { continue };
            match quarantine.check_connected(refs, &[tip], answer, self.cancel) {
                Ok(()) => {}
                Err(Error::Invalid(_)) if is_shallow => {
                    verdict.refused = Some("shallow update not allowed".to_owned());
                }
                Err(error @ (Error::Invalid(_) | Error::TooLarge { .. })) => {
                    verdict.refused = Some(error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Changes the refs and says whether any may have changed.
    fn change_refs(&self, files: &RefFiles, refs: &RefSnapshot, verdicts: &mut [Verdict]) -> bool {
        let namespace = self.repository.namespace();
        // Through `HEAD`, so that its reflog knows as well; an unborn branch cannot be reached that way.
        let path = |command: &Command, name: &RefName| match refs.head() {
            Some(Head::Symbolic(branch))
                if branch == name && command.old.is_some() && command.new.is_some() =>
            {
                format!("{namespace}HEAD")
            }
            _ => format!("{namespace}{name}"),
        };
        let mut edits = Vec::new();
        for (at, (command, verdict)) in self.commands.commands.iter().zip(&*verdicts).enumerate() {
            if let (None, false, Ok(name)) = (&verdict.refused, verdict.skip, &command.name) {
                edits.push((at, Edit { name: path(command, name), old: command.old, new: command.new }));
            }
        }
        if self.commands.capabilities.atomic {
            return change_all(files, &edits, verdicts);
        }
        // Deletions first: they may make room for other names.
        let (deletions, others): (Vec<_>, Vec<_>) =
            edits.into_iter().partition(|(_, edit)| edit.new.is_none());
        let deleted = change_each(files, &deletions, verdicts);
        change_each(files, &others, verdicts) || deleted
    }
}

/// Changes all refs or none, and says whether any may have changed.
fn change_all(files: &RefFiles, edits: &[(usize, Edit)], verdicts: &mut [Verdict]) -> bool {
    let all: Vec<Edit> = edits.iter().map(|(_, edit)| edit.clone()).collect();
    match files.change(&all) {
        Ok(()) => true,
        Err(Failure::Nothing(error)) => {
            tracing::info!(%error, "a push found refs other than it expected");
            refuse_all(verdicts, "atomic push failure");
            false
        }
        Err(Failure::Halfway(error)) => {
            tracing::error!(%error, "refs may have been changed in part");
            refuse_all(verdicts, "failed to update ref");
            true
        }
    }
}

/// Changes the refs that can be changed, and says whether any may have been.
fn change_each(files: &RefFiles, edits: &[(usize, Edit)], verdicts: &mut [Verdict]) -> bool {
    let all: Vec<Edit> = edits.iter().map(|(_, edit)| edit.clone()).collect();
    if all.is_empty() {
        return false;
    }
    let mut refuse = |at: usize, error: &Error| {
        tracing::info!(%error, "a push found a ref other than it expected");
        if let Some(verdict) = verdicts.get_mut(at) {
            verdict.refused = Some("failed to update ref".to_owned());
        }
    };
    match files.change(&all) {
        Ok(()) => return true,
        Err(Failure::Halfway(error)) => {
            for (at, _) in edits {
                refuse(*at, &error);
            }
            return true;
        }
        Err(Failure::Nothing(_)) => {}
    }
    // One of them is not as it was expected: the others still can be changed.
    let mut changed = false;
    for (at, edit) in edits {
        match files.change(std::slice::from_ref(edit)) {
            Ok(()) => changed = true,
            Err(Failure::Nothing(error)) => refuse(*at, &error),
            Err(Failure::Halfway(error)) => {
                refuse(*at, &error);
                changed = true;
            }
        }
    }
    changed
}

fn refuse_all(verdicts: &mut [Verdict], reason: &str) {
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.refused.is_none()) {
        verdict.refused = Some(reason.to_owned());
    }
}

#[cfg(test)]
mod tests;
