//! One channel: variables, then one command, then its end.

use std::sync::Arc;

use bytes::Bytes;
use forge_app::{App, Version};
use forge_core::Actor;
use russh::server::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::sync::OwnedSemaphorePermit;

use crate::command::Command;
use crate::connection::{Connection, Identity};
use crate::error::Refusal;
use crate::git_protocol;
use crate::input::{Feeder, pipe};
use crate::options::PublicAddress;
use crate::transfer;

/// Where the answers go.
pub(crate) type Outgoing = ChannelWriteHalf<Msg>;

/// Standard error, in extended data (RFC 4254, section 5.2).
const STDERR: u32 = 1;

/// What a channel needs of its connection.
pub(crate) struct Context {
    /// The house.
    pub(crate) app: App,
    /// The connection it is in.
    pub(crate) connection: Arc<Connection>,
    /// For addresses in messages.
    pub(crate) public: Arc<PublicAddress>,
}

/// Why a command did not end well.
pub(crate) enum Failure {
    /// It is refused, in words.
    Refused(Refusal),
    /// Nobody is there any more to tell.
    Gone,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<russh::Error> for Failure {
    fn from(_: russh::Error) -> Self {
        Self::Gone
    }
}

/// What the client wants.
enum Request {
    Exec(Vec<u8>),
    Shell,
}

/// Serves one channel to its end.
pub(crate) async fn serve(context: Context, channel: Channel<Msg>, permit: OwnedSemaphorePermit) {
    let (mut incoming, outgoing) = channel.split();
    let connection = Arc::clone(&context.connection);
    let conversation = async {
        let Some((request, version)) = first_request(&mut incoming).await else { return };
        let Some(identity) = connection.identity() else { return };
        let _running = connection.run();
        let (feeder, input) = pipe();
        let work = answer(&context, &identity, request, version, Box::pin(input), &outgoing);
        // Whoever closes the channel or vanishes ends the work: dropping it stops the engine.
        tokio::select! {
            () = pump(&mut incoming, feeder, &connection) => {}
            () = work => {}
        }
    };
    tokio::select! {
        () = connection.gone.cancelled() => {}
        () = conversation => {}
    }
    drop(permit);
}

/// Reads variables until a command comes; nothing if the channel ends before.
///
/// The channel is read from the start, so that a client cannot fill it with requests that nobody takes.
async fn first_request(incoming: &mut ChannelReadHalf) -> Option<(Request, Version)> {
    let mut version = Version::V0;
    loop {
        match incoming.wait().await? {
            ChannelMsg::SetEnv { variable_name, variable_value, .. } => {
                if let Some(requested) = git_protocol::requested(&variable_name, &variable_value) {
                    version = requested;
                }
            }
            ChannelMsg::Exec { command, .. } => return Some((Request::Exec(command), version)),
            ChannelMsg::RequestShell { .. } => return Some((Request::Shell, version)),
            ChannelMsg::Close => return None,
            _ => {}
        }
    }
}

/// Hands what the client sends to the command; ends when the client closes the channel or is gone.
async fn pump(incoming: &mut ChannelReadHalf, mut feeder: Feeder, connection: &Connection) {
    while let Some(message) = incoming.wait().await {
        match message {
            ChannelMsg::Data { data } => {
                connection.touch();
                feeder.feed(data).await;
            }
            ChannelMsg::Eof => feeder.end().await,
            ChannelMsg::Close => return,
            _ => {}
        }
    }
}

/// Runs the command and tells the client how it ended.
async fn answer(
    context: &Context,
    identity: &Identity,
    request: Request,
    version: Version,
    input: forge_app::Input,
    outgoing: &Outgoing,
) {
    let (name, result) = match request {
        Request::Shell => ("shell", greet(context, identity, outgoing).await),
        Request::Exec(line) => exec(context, identity, &line, version, input, outgoing).await,
    };
    let outcome = match &result {
        Ok(()) => "done",
        Err(Failure::Refused(refusal)) => refusal.outcome,
        Err(Failure::Gone) => "gone",
    };
    metrics::counter!("forge_ssh_commands_total", "command" => name, "outcome" => outcome).increment(1);
    let who = identity.actor.person().map(|person| person.name.to_string());
    tracing::info!(command = name, outcome, who, "command ended");
    // If the client is gone by now there is nobody to miss this.
    let _ = end(result, outgoing).await;
}

async fn exec(
    context: &Context,
    identity: &Identity,
    line: &[u8],
    version: Version,
    input: forge_app::Input,
    outgoing: &Outgoing,
) -> (&'static str, Result<(), Failure>) {
    match Command::parse(line) {
        Ok(Command::UploadPack(address)) => {
            ("upload-pack", transfer::upload_pack(context, identity, address, version, input, outgoing).await)
        }
        Ok(Command::ReceivePack(address)) => (
            "receive-pack",
            transfer::receive_pack(context, identity, address, version, input, outgoing).await,
        ),
        Ok(Command::UploadArchive(address)) => {
            ("upload-archive", transfer::upload_archive(context, identity, address, input, outgoing).await)
        }
        Ok(Command::LargeFiles) => ("lfs", Err(Refusal::large_files().into())),
        Ok(Command::Nothing) => ("shell", greet(context, identity, outgoing).await),
        Err(error) => {
            tracing::debug!(line = ?String::from_utf8_lossy(line.get(..200).unwrap_or(line)), %error, "command refused");
            ("invalid", Err(Refusal::from(error).into()))
        }
    }
}

/// Tells somebody who asked for a shell that they have signed in.
async fn greet(context: &Context, identity: &Identity, outgoing: &Outgoing) -> Result<(), Failure> {
    let name = match &identity.actor {
        Actor::Person(person) => person.name.to_string(),
        Actor::Machine(machine) => format!("deploy key {}", machine.name),
        Actor::Nobody | Actor::System { .. } => "there".to_owned(),
    };
    let greeting = format!(
        "Hi {name}! You are signed in to Forge. Shell access is not offered; use git, for example: git clone {}/OWNER/REPOSITORY.git\n",
        context.public
    );
    Ok(outgoing.data_bytes(greeting).await?)
}

/// Says a line on standard error.
pub(crate) async fn say(outgoing: &Outgoing, line: String) -> Result<(), Failure> {
    Ok(outgoing.extended_data_bytes(STDERR, Bytes::from(line)).await?)
}

async fn end(result: Result<(), Failure>, outgoing: &Outgoing) -> Result<(), Failure> {
    let status = match result {
        Ok(()) => 0,
        Err(Failure::Gone) => return Ok(()),
        Err(Failure::Refused(refusal)) => {
            say(outgoing, refusal.line).await?;
            refusal.status
        }
    };
    outgoing.eof().await?;
    outgoing.exit_status(status).await?;
    Ok(outgoing.close().await?)
}
