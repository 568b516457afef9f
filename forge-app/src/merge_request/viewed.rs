//! Which files somebody has looked at: by what the files are, so that it survives a rebase.

use std::collections::BTreeSet;

use forge_core::FilePath;
use forge_core::code::FileDiff;
use forge_store::merge_request;

use super::person;
use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};

/// The name of a change of one file: what it was, what it is, and whether it may be run.
pub fn fingerprint(file: &FileDiff) -> Vec<u8> {
    let mut text = Vec::new();
    for side in [&file.old, &file.new] {
        match side {
            Some(side) => {
                text.extend_from_slice(side.id.as_bytes());
                text.extend_from_slice(&side.kind.mode().to_be_bytes());
            }
            None => text.push(0),
        }
    }
    text
}

impl App {
    /// Notes that somebody has looked at a file, or that they want to look again.
    pub async fn set_viewed(
        &self,
        access: &RepoAccess<Read>,
        number: u64,
        path: &FilePath,
        fingerprint: Option<&[u8]>,
    ) -> Result<()> {
        let who = person(access.actor())?.id;
        if fingerprint.is_some_and(|bytes| bytes.len() > 100) {
            return Err(Error::invalid("fingerprint", "This is no fingerprint of a file."));
        }
        let tx = self.store().begin().await?;
        let request =
            merge_request::by_number(&tx, access.repo().id, number).await?.ok_or(Error::NotFound)?;
        let key = (who, request.item.id);
        merge_request::set_viewed(&tx, key, path.as_bytes(), fingerprint, self.ambient().now()).await?;
        Ok(tx.commit().await?)
    }

    /// The paths of the files that somebody has looked at as they are now.
    pub async fn viewed_files(
        &self,
        access: &RepoAccess<Read>,
        number: u64,
        files: &[FileDiff],
    ) -> Result<BTreeSet<FilePath>> {
        let Some(who) = access.actor().person() else { return Ok(BTreeSet::new()) };
        let rows = self.store().read().await?;
        let request =
            merge_request::by_number(&rows, access.repo().id, number).await?.ok_or(Error::NotFound)?;
        let kept = merge_request::viewed(&rows, who.id, request.item.id).await?;
        Ok(files
            .iter()
            .filter_map(|file| {
                let path = file.path()?;
                let is_same =
                    kept.iter().any(|(name, print)| name == path.as_bytes() && *print == fingerprint(file));
                is_same.then(|| path.clone())
            })
            .collect())
    }
}
