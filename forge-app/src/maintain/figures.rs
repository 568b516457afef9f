//! How much a repository keeps.

use forge_core::RepoId;
use forge_store::pack::{PackRole, PackState};
use forge_store::{Rows, maintenance, pack};
use time::OffsetDateTime;

use crate::access::{Implies, Level, Maintain, RepoAccess};
use crate::app::App;
use crate::error::Result;

/// What a repository keeps on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StorageFigures {
    /// Packs.
    pub packs: u64,
    /// Objects in them; one that is in two packs counts twice.
    pub objects: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Objects that nothing reached at the last full repack, waiting for their time of grace to pass.
    pub unreachable_objects: u64,
    /// Bytes of those.
    pub unreachable_bytes: u64,
    /// Bytes of packs that were replaced and are deleted once no transfer needs them.
    pub replaced_bytes: u64,
    /// Packs in which damage was found.
    pub damaged: u64,
    /// When it was last looked after.
    pub looked_after_at: Option<OffsetDateTime>,
    /// When all of it was last packed anew.
    pub repacked_at: Option<OffsetDateTime>,
}

impl App {
    /// How much a repository keeps.
    pub async fn storage<L: Level + Implies<Maintain>>(
        &self,
        access: &RepoAccess<L>,
    ) -> Result<StorageFigures> {
        figures(&self.store().read().await?, access.repo().id).await
    }
}

pub(super) async fn figures(rows: &impl Rows, repo: RepoId) -> Result<StorageFigures> {
    let states = pack::states(rows, repo).await?;
    let replaced = maintenance::replaced(rows, repo).await?;
    let last = maintenance::last(rows, repo).await?;
    let is_leftover = |state: &&PackState| state.role == PackRole::Leftover;
    let count = |states: usize| u64::try_from(states).unwrap_or(u64::MAX);
    Ok(StorageFigures {
        packs: count(states.len()),
        objects: states.iter().map(|state| state.pack.objects).sum(),
        bytes: states.iter().map(|state| state.pack.bytes).sum(),
        unreachable_objects: states.iter().filter(is_leftover).map(|state| state.pack.objects).sum(),
        unreachable_bytes: states.iter().filter(is_leftover).map(|state| state.pack.bytes).sum(),
        replaced_bytes: replaced.iter().map(|pack| pack.bytes).sum(),
        damaged: count(states.iter().filter(|state| state.damage.is_some()).count()),
        looked_after_at: last.map(|last| last.at),
        repacked_at: last.and_then(|last| last.repacked_at),
    })
}
