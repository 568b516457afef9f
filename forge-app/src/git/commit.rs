//! Commits made on the forge itself: they go through the same door as a push.

use forge_core::code::{Change, Identity};
use forge_core::{ObjectId, RefName, RefUpdate};
use forge_git::browse::Browser;
use forge_git::fsck::Level;
use forge_git::pack::build;
use forge_git::receive::{Quarantine, Silent};
use forge_git::{Cancel, Kind, Limits, ObjectStore};

use crate::access::{RepoAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::git::push::{Purpose, PushDoor};

/// What a branch has to be still when it is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expected {
    /// Whatever it is.
    #[default]
    Anything,
    /// Not there yet.
    Absent,
    /// At this commit.
    At(ObjectId),
}

impl Expected {
    /// Whether a branch is what was expected.
    fn fits(self, tip: Option<ObjectId>) -> bool {
        match self {
            Self::Anything => true,
            Self::Absent => tip.is_none(),
            Self::At(commit) => tip == Some(commit),
        }
    }
}

/// What a new commit is made of.
#[derive(Debug, Clone)]
pub struct NewCommit {
    /// The branch that gets it; made if it is not there.
    pub branch: RefName,
    /// What the branch has to be still.
    pub expected: Expected,
    /// What it changes.
    pub changes: Vec<Change>,
    /// What it says.
    pub message: String,
    /// Whose work it is; the person who acts if nothing is given.
    pub author: Option<Identity>,
}

/// Puts objects that were made in memory into quarantine, where they are checked as those of a push are. Blocks.
pub(crate) fn quarantined(
    store: &ObjectStore,
    objects: &[(Kind, Vec<u8>)],
    limits: &Limits,
    cancel: &Cancel,
) -> forge_git::Result<Quarantine> {
    if objects.is_empty() {
        return Ok(Quarantine::empty(store, limits));
    }
    let pack = build::build(store.format(), objects.iter().map(|(kind, bytes)| (*kind, bytes.as_slice())))?;
    store.ingest(&mut pack.as_slice(), limits, Level::Strict, &mut Silent, cancel)
}

impl App {
    /// Makes a commit on top of a branch and moves the branch to it.
    pub async fn commit(
        &self,
        access: RepoAccess<Write>,
        origin: &Origin,
        new: NewCommit,
    ) -> Result<ObjectId> {
        let committer = self.author_of(access.actor()).await?;
        let author = new.author.clone().unwrap_or_else(|| committer.clone());
        let mut door = PushDoor::open(self, access, origin.clone()).await?;
        door.purpose = Purpose::WebEdit;
        let work = self.tasks().spawn_blocking(move || {
            let old = door.refs.find(new.branch.as_str()).map(|found| found.target);
            if !new.expected.fits(old) {
                return Err(Error::Conflict("The branch has moved meanwhile. Look at it again.".to_owned()));
            }
            // A commit on the forge's clock would lie about work that was done earlier.
            let committer = if new.author.is_some() { author.clone() } else { committer };
            let built = Browser::open(&door.objects).commit_on(
                old.as_ref(),
                &new.changes,
                &author,
                &committer,
                &new.message,
            )?;
            let quarantine = door.quarantine(&built.objects)?;
            let update = RefUpdate { name: new.branch, old, new: Some(built.id) };
            let verdict = door.prejudge(&update);
            let verdicts = door.accept(quarantine, &[update], vec![verdict], true, &mut Silent)?;
            match verdicts.into_iter().next() {
                Some(Err(reason)) => Err(Error::Conflict(reason)),
                _ => Ok(built.id),
            }
        });
        work.await.map_err(Error::internal)?
    }
}
