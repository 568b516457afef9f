//! Fetches, pushes and archives: permission first, then bytes both ways.

use forge_app::{Error, Exchange, Input, Origin, Output, Read, RepoAccess, Version, Write};
use forge_core::{Door, RepoPath, Repository};

use crate::command::Address;
use crate::connection::Identity;
use crate::error::Refusal;
use crate::session::{Context, Failure, Outgoing, say};

/// Serves a clone or a fetch.
pub(crate) async fn upload_pack(
    context: &Context,
    identity: &Identity,
    address: Address,
    version: Version,
    input: Input,
    outgoing: &Outgoing,
) -> Result<(), Failure> {
    let (asked, access) = authorize::<Read>(context, identity, address).await?;
    hint(context, &asked, access.repo(), outgoing).await?;
    let started = context.app.upload_pack(access, origin(context), version, Exchange::Stateful, input).await;
    relay(context, started, outgoing).await
}

/// Serves a push.
pub(crate) async fn receive_pack(
    context: &Context,
    identity: &Identity,
    address: Address,
    version: Version,
    input: Input,
    outgoing: &Outgoing,
) -> Result<(), Failure> {
    let (asked, access) = authorize::<Write>(context, identity, address).await?;
    hint(context, &asked, access.repo(), outgoing).await?;
    let started = context.app.receive_pack(access, origin(context), version, Exchange::Stateful, input).await;
    relay(context, started, outgoing).await
}

/// Serves `git archive --remote`.
pub(crate) async fn upload_archive(
    context: &Context,
    identity: &Identity,
    address: Address,
    input: Input,
    outgoing: &Outgoing,
) -> Result<(), Failure> {
    let (asked, access) = authorize::<Read>(context, identity, address).await?;
    hint(context, &asked, access.repo(), outgoing).await?;
    let started = context.app.upload_archive(access, origin(context), Exchange::Stateful, input).await;
    relay(context, started, outgoing).await
}

/// Where the request comes from.
fn origin(context: &Context) -> Origin {
    Origin { door: Door::Ssh, address: context.connection.peer.ip().to_canonical().to_string() }
}

async fn authorize<L: forge_app::access::Level>(
    context: &Context,
    identity: &Identity,
    address: Address,
) -> Result<(RepoPath, RepoAccess<L>), Failure> {
    let asked = address.ok_or_else(|| refusal(context, &Error::NotFound))?;
    let access = context
        .app
        .authorize::<L>(&identity.actor, &asked)
        .await
        .map_err(|error| refusal(context, &error))?;
    Ok((asked, access))
}

/// Tells people who use an old address of a repository the new one.
async fn hint(
    context: &Context,
    asked: &RepoPath,
    repo: &Repository,
    outgoing: &Outgoing,
) -> Result<(), Failure> {
    if same(asked, &repo.path) {
        return Ok(());
    }
    let url = context.public.clone_url(&repo.path);
    let line = format!(
        "This repository has moved to {}. Use its new address: git remote set-url origin {url}\n",
        repo.path
    );
    say(outgoing, line).await
}

fn same(one: &RepoPath, other: &RepoPath) -> bool {
    one.owner.key() == other.owner.key() && one.name.key() == other.name.key()
}

/// Carries what the engine writes to the client, at the client's pace.
async fn relay(
    context: &Context,
    started: Result<Output, Error>,
    outgoing: &Outgoing,
) -> Result<(), Failure> {
    let mut output = started.map_err(|error| refusal(context, &error))?;
    while let Some(chunk) = output.next().await {
        context.connection.touch();
        outgoing.data_bytes(chunk).await?;
        context.connection.touch();
    }
    output.finish().await.map_err(|error| Failure::from(refusal(context, &error)))
}

/// Puts an error into words, and a fault of ours into the log.
fn refusal(context: &Context, error: &Error) -> Refusal {
    let reference = context.connection.reference.as_str();
    if let Error::Internal(_) = error {
        tracing::error!(%error, reference, "command failed");
    }
    Refusal::of(error, reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_other_letters_has_not_moved() {
        let path = |text: &str| text.parse::<RepoPath>().unwrap();
        assert!(same(&path("RR8/Beds"), &path("rr8/beds")));
        assert!(!same(&path("rr8/beds"), &path("rr8/wards")));
        assert!(!same(&path("rr8/beds"), &path("rr9/beds")));
    }
}
