//! A push by a git client: the conversation around the door.

use std::io::Write;

use forge_core::{ObjectFormat, RefUpdate};
use forge_git::fsck::Level;
use forge_git::pktline::PacketReader;
use forge_git::plain::ProtocolVersion;
use forge_git::receive::{
    Answer, Commands, Offer, Progress, Quarantine, RefReport, advertise, drain, read_commands, unpack_status,
    write_service_header,
};
use forge_git::{ObjectStore, RefSnapshot};

use crate::access::{RepoAccess, Write as CanWrite};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::git::pipe::{Exchange, Input, Output, blocking_reader};
use crate::git::push::{PushDoor, Verdict};
use crate::git::{AGENT, ask};

impl App {
    /// Runs a push: reads commands and pack, answers with a report.
    pub async fn receive_pack(
        &self,
        access: RepoAccess<CanWrite>,
        origin: Origin,
        version: ProtocolVersion,
        exchange: Exchange,
        input: Input,
    ) -> Result<Output> {
        let turn = self.repositories().turn().await?;
        let door = PushDoor::open(self, access, origin).await?;
        let cancel = door.cancel.clone();
        let watch = self.watch_over::<CanWrite>(door.access.actor(), door.access.repo().id, &cancel);
        let input = watch.input(input);
        let output = Output::of(self.tasks(), cancel, move |out| {
            let _turn = turn;
            if exchange == Exchange::Stateful {
                advertise_refs(out, &door.objects, &door.refs, version)?;
                out.flush().map_err(Error::internal)?;
            }
            converse(&door, blocking_reader(input), out)
        });
        Ok(output.under(watch))
    }
}

/// Writes what a client that wants to push is told first.
pub(crate) fn advertise_refs(
    out: &mut dyn Write,
    objects: &ObjectStore,
    refs: &RefSnapshot,
    version: ProtocolVersion,
) -> Result<()> {
    let offer = Offer {
        agent: AGENT,
        push_options: true,
        atomic: true,
        hidden: forge_core::merge_request::NAMESPACE,
        version_1: version == ProtocolVersion::V1,
    };
    Ok(advertise(out, objects.format(), refs, &offer)?)
}

/// The same for HTTP, with its header.
pub(crate) fn advertise_over_http(
    out: &mut dyn Write,
    objects: &ObjectStore,
    refs: &RefSnapshot,
    version: ProtocolVersion,
) -> Result<()> {
    write_service_header(out)?;
    advertise_refs(out, objects, refs, version)
}

fn converse(door: &PushDoor, input: impl std::io::Read, out: &mut dyn Write) -> Result<()> {
    let limits = &door.app.repositories().limits().git;
    let format: ObjectFormat = door.objects.format();
    let mut reader = PacketReader::new(input);
    let commands = match read_commands(&mut reader, format, limits) {
        Ok(Some(commands)) => commands,
        Ok(None) => return Ok(()),
        Err(error) => {
            if !error.is_disconnect() {
                tracing::info!(%error, "a push was not understood");
                forge_git::pktline::write_error(out, &error.to_string())?;
            }
            return Ok(());
        }
    };
    let mut answer = Answer::new(out, &commands.capabilities);
    let updates: Vec<RefUpdate> = commands
        .commands
        .iter()
        .filter_map(|command| {
            let name = command.name.as_ref().ok()?.clone();
            Some(RefUpdate { name, old: command.old, new: command.new })
        })
        .collect();
    match judge_and_accept(door, &commands, &updates, &mut reader, &mut answer) {
        Ok(verdicts) => {
            door.note_refusals(&updates, &verdicts);
            let options = &commands.push_options;
            ask::after_push(door, options, &updates, &verdicts, &mut |text| Ok(answer.message(text)?))?;
            let reports = reports(&commands, &updates, &verdicts);
            answer.report(Ok(()), &reports)?;
            Ok(())
        }
        Err(error) => {
            let reason = reason(&error);
            drain(reader.source_mut(), limits.max_pack_bytes, &door.cancel);
            let refused: Vec<_> = commands
                .commands
                .iter()
                .map(|command| RefReport::refused(&command.written, "unpacker error"))
                .collect();
            answer.report(Err(&reason), &refused)?;
            // The client has its answer; breaking the connection now would keep it from arriving.
            match error {
                Failure::Pack(error) => tracing::info!(%error, "a pack was refused"),
                Failure::House(error) => tracing::error!(%error, "a push failed"),
            }
            Ok(())
        }
    }
}

/// Why a push failed as a whole.
enum Failure {
    /// The pack is at fault, and the client is told how.
    Pack(forge_git::Error),
    /// We are, or somebody was faster.
    House(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::House(error)
    }
}

fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Pack(error) => unpack_status(error),
        Failure::House(error) => error.sentence(),
    }
}

fn judge_and_accept<R: std::io::Read, W: Write>(
    door: &PushDoor,
    commands: &Commands,
    updates: &[RefUpdate],
    reader: &mut PacketReader<R>,
    answer: &mut Answer<W>,
) -> Result<Vec<Verdict>, Failure> {
    door.app.refuse_if_disk_failed()?;
    let atomic = commands.capabilities.atomic;
    let option = ask::unknown(&commands.push_options);
    let mut verdicts: Vec<Verdict> = updates
        .iter()
        .map(|update| match &option {
            Some(option) => Err(format!("the push option `{option}` is not known here")),
            None => door.prejudge(update),
        })
        .collect();
    let unnamed = updates.len() < commands.commands.len();
    if atomic && (unnamed || verdicts.iter().any(Result::is_err)) {
        for verdict in verdicts.iter_mut().filter(|verdict| verdict.is_ok()) {
            *verdict = Err("atomic push failed: another ref was refused".to_owned());
        }
    }
    let limits = &door.app.repositories().limits().git;
    if verdicts.iter().all(Result::is_err) {
        // Nothing will be taken, so nothing is unpacked; but the client must have sent all before it listens.
        if commands.has_pack() {
            drain(reader.source_mut(), limits.max_pack_bytes, &door.cancel);
        }
        return Ok(verdicts);
    }
    let quarantine = if commands.has_pack() {
        let level = if door.refs.is_empty() { Level::Import } else { Level::Strict };
        let received = door.objects.ingest(reader.source_mut(), limits, level, answer, &door.cancel);
        received.map_err(
            |error| if is_ours(&error) { Failure::House(error.into()) } else { Failure::Pack(error) },
        )?
    } else {
        Quarantine::empty(&door.objects, limits)
    };
    for remark in quarantine.remarks().iter().take(10) {
        answer.message(&format!("{remark}\n")).map_err(Error::from)?;
    }
    let progress: &mut dyn Progress = answer;
    Ok(door.accept(quarantine, updates, verdicts, atomic, progress)?)
}

fn is_ours(error: &forge_git::Error) -> bool {
    !matches!(
        error,
        forge_git::Error::Invalid(_) | forge_git::Error::TooLarge { .. } | forge_git::Error::NotFound(_)
    )
}

/// One line for each command, in the client's order: those without a usable name were never judged.
fn reports(commands: &Commands, updates: &[RefUpdate], verdicts: &[Verdict]) -> Vec<RefReport> {
    let mut judged = updates.iter().zip(verdicts);
    commands
        .commands
        .iter()
        .map(|command| match &command.name {
            Err(reason) => RefReport::refused(&command.written, reason),
            Ok(_) => match judged.next() {
                Some((_, Err(reason))) => RefReport::refused(&command.written, reason),
                _ => RefReport::done(&command.written),
            },
        })
        .collect()
}
