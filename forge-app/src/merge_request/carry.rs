//! Carrying commits between a fork and the repository that their merge request goes to.
//!
//! What a head needs and the target lacks is packed from the fork and received at the target as a push would be: in
//! quarantine, each object checked, nothing missing. Neither repository ever reads the objects of the other.

use std::io::{BufReader, BufWriter, Seek as _, Write as _};
use std::sync::Arc;

use forge_core::{ObjectId, Repository};
use forge_git::receive::{Quarantine, Silent};
use forge_git::{Cancel, Limits, ObjectStore, RefSnapshot, fsck, pack};
use time::OffsetDateTime;

use crate::app::App;
use crate::error::{Error, Result};
use crate::git::Objects;

/// A head of a fork on trial at the target.
pub(super) struct Carried {
    /// What came, with all that the target has.
    pub(super) quarantine: Quarantine,
    /// The refs of the target.
    pub(super) refs: Arc<RefSnapshot>,
    /// Since when.
    pub(super) opened_at: OffsetDateTime,
    /// The target stays on the disk.
    _objects: Objects,
}

/// Packs what a head needs and a repository lacks, and receives it there as a push is received. Blocks.
pub(super) fn carry(
    from: &ObjectStore,
    (refs, objects): (&RefSnapshot, &ObjectStore),
    head: ObjectId,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Quarantine> {
    let haves: Vec<ObjectId> = refs.refs().iter().map(|found| found.target).collect();
    let file = tempfile::tempfile_in(objects.objects_dir()).map_err(Error::internal)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    pack::write_all(from, &[head], &haves, limits, cancel, &mut out)?;
    out.flush().map_err(Error::internal)?;
    let mut file = out.into_inner().map_err(Error::internal)?;
    file.rewind().map_err(Error::internal)?;
    let source = &mut BufReader::with_capacity(1 << 20, file);
    Ok(objects.ingest(source, limits, fsck::Level::Strict, &mut Silent, cancel)?)
}

impl App {
    /// Brings what a head of a fork needs into quarantine at another repository.
    pub(super) async fn carry_over(
        &self,
        source: &Repository,
        target: &Repository,
        head: ObjectId,
        cancel: &Cancel,
    ) -> Result<Carried> {
        if source.format != target.format {
            return Err(Error::invalid("from", "The two repositories name their objects differently."));
        }
        let opened_at = self.ambient().now();
        let there = self.objects(source).await?;
        let (refs, objects) = self.open_repository(target).await?;
        let (limits, cancel) = (self.repositories().limits().git.clone(), cancel.clone());
        let work = self.tasks().spawn_blocking(move || {
            let quarantine = carry(&there, (&refs, &objects), head, &limits, &cancel)?;
            quarantine.check_connected(&refs, &[head], &mut Silent, &cancel)?;
            Ok(Carried { quarantine, refs, opened_at, _objects: objects })
        });
        work.await.map_err(Error::internal)?
    }
}
