//! Bringing a plain git directory in, through the one door for every change: it is a push like any other.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use forge_core::{ObjectId, RefUpdate, RepoPath, Visibility};
use forge_git::pktline::{self, Packet, PacketReader};
use forge_git::plain::{Environment, PlainRepository, ProtocolVersion};
use forge_git::{Cancel, Head, Limits, ObjectStore, RefSnapshot, pack};
use tokio::io::DuplexStream;
use tokio_util::io::SyncIoBridge;

use crate::access::{Maintain, RepoAccess, SiteAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::git::{AGENT, Exchange};
use crate::repository::{NewRepository, Start};

/// Bytes between the reader of the source and the push door.
const PIPE: usize = 256 << 10;

/// What is brought in; everything else in a directory is somebody's own.
const BROUGHT: [&str; 3] = ["refs/heads/", "refs/tags/", "refs/notes/"];

/// What became of the refs of a directory.
#[derive(Debug, Default)]
pub struct Imported {
    /// Whether the repository was made for this.
    pub created: bool,
    /// Refs that are now where the source has them.
    pub taken: Vec<String>,
    /// How many were there already.
    pub unchanged: usize,
    /// Refs that were not taken, and why.
    pub refused: Vec<(String, String)>,
    /// How many refs are no branch, tag or note, and were left alone.
    pub left_out: usize,
}

/// A plain directory, opened.
struct Source {
    store: ObjectStore,
    refs: RefSnapshot,
    broken: Vec<String>,
}

impl App {
    /// Pushes all branches, tags and notes of a git directory, bare or not; makes the repository if it is not there.
    pub async fn import_repository(
        &self,
        site: &SiteAccess,
        origin: &Origin,
        path: &RepoPath,
        visibility: Visibility,
        dir: &Path,
    ) -> Result<Imported> {
        let limits = self.repositories().limits().git.clone();
        let dir = dir.to_owned();
        let opened = self.tasks().spawn_blocking(move || open(&dir, &limits));
        let source = Arc::new(opened.await.map_err(Error::internal)??);
        let (access, created) = self.destination(site, origin, path, visibility, &source).await?;
        let path = access.repo().path.clone();
        let there = self.refs(access.repo()).await?;
        let mut imported = Imported { created, ..Imported::default() };
        let updates = updates(&source, &there, &mut imported);
        let batch = usize::try_from(self.repositories().limits().git.max_refs_per_push).unwrap_or(usize::MAX);
        let mut haves: Vec<ObjectId> = there.refs().iter().map(|found| found.target).collect();
        for updates in updates.chunks(batch.max(1)) {
            let access = self.authorize(site.actor(), &path).await?;
            let taken = self.push_batch(access, origin, &source, updates, &haves, &mut imported).await?;
            haves.extend(taken);
        }
        if there.is_empty() {
            self.follow_head(site, origin, &path, &source).await?;
        }
        Ok(imported)
    }

    /// The repository of that name, made if it is not there.
    async fn destination(
        &self,
        site: &SiteAccess,
        origin: &Origin,
        path: &RepoPath,
        visibility: Visibility,
        source: &Source,
    ) -> Result<(RepoAccess<Write>, bool)> {
        match self.authorize::<Write>(site.actor(), path).await {
            // Behind an old address stands another repository, which nobody asked for here.
            Ok(access) if access.repo().path.name.key() == path.name.key() => {
                if access.repo().format != source.store.format() {
                    return Err(Error::Conflict(format!(
                        "{path} names its objects by {} and the directory by {}. Import into a new repository.",
                        access.repo().format,
                        source.store.format()
                    )));
                }
                return Ok((access, false));
            }
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
        let owner = self.authorize_owner(site.actor(), &path.owner).await.map_err(|error| match error {
            Error::NotFound => Error::invalid(
                "owner",
                format!("There is no {}. Make the account or organisation first.", path.owner),
            ),
            other => other,
        })?;
        let new = NewRepository {
            name: path.name.clone(),
            description: String::new(),
            visibility,
            format: source.store.format(),
            start: Start::default(),
        };
        let made = self.create_repository(&owner, origin, &new).await?;
        Ok((self.authorize(site.actor(), &made.path).await?, true))
    }

    /// One push; returns the tips that were taken.
    async fn push_batch(
        &self,
        access: RepoAccess<Write>,
        origin: &Origin,
        source: &Arc<Source>,
        updates: &[RefUpdate],
        haves: &[ObjectId],
        imported: &mut Imported,
    ) -> Result<Vec<ObjectId>> {
        let (near, far) = tokio::io::duplex(PIPE);
        let feeding = {
            let (source, updates, haves) = (Arc::clone(source), updates.to_vec(), haves.to_vec());
            let limits = self.repositories().limits().clone();
            let cancel = Cancel::within(limits.longest);
            self.tasks().spawn_blocking(move || feed(&source, &updates, &haves, &limits.git, &cancel, near))
        };
        let pushed = self
            .receive_pack(access, origin.clone(), ProtocolVersion::V0, Exchange::Stateless, Box::pin(far))
            .await;
        let mut report = Vec::new();
        let finished = match pushed {
            Ok(mut output) => {
                while let Some(chunk) = output.next().await {
                    report.extend_from_slice(&chunk);
                }
                output.finish().await
            }
            Err(error) => Err(error),
        };
        match feeding.await.map_err(Error::internal)? {
            // The door closed first, and says why itself.
            Err(error) if !error.is_disconnect() => return Err(unreadable(&error)),
            _ => {}
        }
        finished?;
        let reasons = read_report(&report)?;
        let mut taken = Vec::new();
        for update in updates {
            match reasons.get(update.name.as_str()) {
                Some(None) => {
                    imported.taken.push(update.name.to_string());
                    taken.extend(update.new);
                }
                Some(Some(reason)) => imported.refused.push((update.name.to_string(), reason.clone())),
                None => imported.refused.push((update.name.to_string(), "nothing was said of it".to_owned())),
            }
        }
        Ok(taken)
    }

    /// Makes the branch that the source's `HEAD` names the default one.
    async fn follow_head(
        &self,
        site: &SiteAccess,
        origin: &Origin,
        path: &RepoPath,
        source: &Source,
    ) -> Result<()> {
        let Some(Head::Symbolic(head)) = source.refs.head() else { return Ok(()) };
        let access = self.authorize::<Maintain>(site.actor(), path).await?;
        let is_there = self.refs(access.repo()).await?.find(head.as_str()).is_some();
        if &access.repo().default_branch != head && is_there {
            self.set_default_branch(&access, origin, head).await?;
        }
        Ok(())
    }
}

fn open(dir: &Path, limits: &Limits) -> Result<Source> {
    let repository = PlainRepository::open(dir, false, &Environment::default()).map_err(|error| {
        Error::invalid(
            "dir",
            format!(
                "{} cannot be imported: {error}. Name a git repository or its .git directory.",
                dir.display()
            ),
        )
    })?;
    if !repository.shallow()?.is_empty() {
        return Err(Error::invalid(
            "dir",
            format!(
                "{} is a shallow clone, and old history is missing. Run git fetch --unshallow there first.",
                dir.display()
            ),
        ));
    }
    let read = || {
        let store = repository.store(limits)?;
        let (refs, broken) = (repository.snapshot(&store)?, repository.broken_refs(&store)?);
        Ok(Source { store, refs, broken })
    };
    read().map_err(|error| unreadable(&error))
}

fn unreadable(error: &forge_git::Error) -> Error {
    Error::invalid(
        "dir",
        format!("The directory cannot be read: {error}. Run git fsck there to see what is wrong."),
    )
}

/// What has to be moved, and notes on what need not or cannot be.
fn updates(source: &Source, there: &RefSnapshot, imported: &mut Imported) -> Vec<RefUpdate> {
    let is_brought = |name: &str| BROUGHT.iter().any(|prefix| name.starts_with(prefix));
    for name in &source.broken {
        if is_brought(name) {
            let reason = "it is broken in the source: its object is missing or its name is not allowed";
            imported.refused.push((name.clone(), reason.to_owned()));
        } else {
            imported.left_out += 1;
        }
    }
    let mut updates = Vec::new();
    for found in source.refs.refs() {
        let old = there.find(found.name.as_str()).map(|found| found.target);
        if !is_brought(found.name.as_str()) {
            imported.left_out += usize::from(found.name.as_str() != "HEAD");
        } else if old == Some(found.target) {
            imported.unchanged += 1;
        } else {
            updates.push(RefUpdate { name: found.name.clone(), old, new: Some(found.target) });
        }
    }
    updates
}

/// Plays the client of a push: commands, then a pack that is written as it is read.
fn feed(
    source: &Source,
    updates: &[RefUpdate],
    haves: &[ObjectId],
    limits: &Limits,
    cancel: &Cancel,
    pipe: DuplexStream,
) -> forge_git::Result<()> {
    let format = source.store.format();
    let mut out = BufWriter::with_capacity(PIPE, SyncIoBridge::new(pipe));
    let capabilities = format!("\0report-status object-format={format} agent={AGENT}");
    for (number, update) in updates.iter().enumerate() {
        let id = |id: Option<ObjectId>| id.unwrap_or_else(|| format.null());
        let words = if number == 0 { capabilities.as_str() } else { "" };
        let line = format!("{} {} {}{words}", id(update.old), id(update.new), update.name);
        pktline::write_line(&mut out, &line)?;
    }
    pktline::write_flush(&mut out)?;
    let tips: Vec<ObjectId> = updates.iter().filter_map(|update| update.new).collect();
    pack::write_all(&source.store, &tips, haves, limits, cancel, &mut out)?;
    Ok(out.flush()?)
}

/// What the door said of each ref: nothing where it was taken, else why not.
fn read_report(report: &[u8]) -> Result<BTreeMap<String, Option<String>>> {
    let mut reader = PacketReader::new(report);
    let mut unpacked = None;
    let mut reasons = BTreeMap::new();
    while let Some(packet) = reader.read()? {
        let Some(line) = Packet::text(packet)? else { break };
        match line.split_once(' ') {
            Some(("unpack", "ok")) => {}
            Some(("unpack", reason)) => unpacked = Some(reason.to_owned()),
            Some(("ok", name)) => drop(reasons.insert(name.to_owned(), None)),
            Some(("ng", rest)) => {
                let (name, reason) = rest.split_once(' ').unwrap_or((rest, "refused"));
                let reason = unpacked.clone().unwrap_or_else(|| reason.to_owned());
                reasons.insert(name.to_owned(), Some(reason));
            }
            _ => return Err(Error::internal(format!("a report that cannot be read: {line}"))),
        }
    }
    Ok(reasons)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_ref_by_ref() {
        let mut report = Vec::new();
        for line in ["unpack ok", "ok refs/heads/main", "ng refs/heads/old fetch first"] {
            pktline::write_line(&mut report, line).unwrap();
        }
        pktline::write_flush(&mut report).unwrap();
        let read = read_report(&report).unwrap();
        assert_eq!(read.get("refs/heads/main"), Some(&None));
        assert_eq!(read.get("refs/heads/old"), Some(&Some("fetch first".to_owned())));
    }

    #[test]
    fn a_pack_that_was_refused_is_the_reason_of_all() {
        let mut report = Vec::new();
        for line in ["unpack object is too large", "ng refs/heads/main unpacker error"] {
            pktline::write_line(&mut report, line).unwrap();
        }
        let read = read_report(&report).unwrap();
        assert_eq!(read.get("refs/heads/main"), Some(&Some("object is too large".to_owned())));
        assert!(read_report(b"0009oops\n").is_err());
    }
}
