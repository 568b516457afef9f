//! The file that says who owns which files: reading it for pages, and writing it through the door of every push.

use forge_core::code::{Blob, Change};
use forge_core::code_owners::{CODE_OWNERS_PATHS, CodeOwners, MAX_CODE_OWNERS};
use forge_core::{FilePath, ObjectId};
use forge_git::browse::Browser;

use crate::access::{RepoAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::git::NewCommit;

/// The owners' file of a commit.
#[derive(Debug, Clone)]
pub struct OwnersFile {
    /// Where it is.
    pub path: FilePath,
    /// Its object.
    pub blob: ObjectId,
    /// Its text; nothing if it is too large to be read.
    pub text: Option<String>,
}

impl OwnersFile {
    /// What it says.
    pub fn parsed(&self) -> CodeOwners {
        CodeOwners::parse(self.text.as_deref().unwrap_or_default().as_bytes())
    }
}

/// The owners' file of a commit, in the first place where there is one. Blocks.
pub(crate) fn find_owners(
    browser: &Browser,
    commit: &ObjectId,
) -> forge_git::Result<Option<(FilePath, Blob)>> {
    let limit = u64::try_from(MAX_CODE_OWNERS).unwrap_or(u64::MAX).saturating_add(1);
    for place in CODE_OWNERS_PATHS {
        let Ok(path) = FilePath::new(place) else { continue };
        if browser.entry(commit, &path)?.is_some_and(|entry| entry.kind.is_file()) {
            let blob = browser.blob(commit, &path, limit)?;
            return Ok(Some((path, blob)));
        }
    }
    Ok(None)
}

impl Code {
    /// The owners' file of a commit, if it has one.
    pub async fn owners_file(&self, commit: ObjectId) -> Result<Option<OwnersFile>> {
        let found = self.ask(move |browser, _| find_owners(browser, &commit)).await?;
        Ok(found.map(|(path, blob)| {
            let text = blob.content.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            OwnersFile { path, blob: blob.id, text }
        }))
    }
}

impl App {
    /// Writes the owners' file of the default branch as a commit. `expected` is the file that the person saw.
    pub async fn save_owners(
        &self,
        access: RepoAccess<Write>,
        origin: &Origin,
        expected: Option<ObjectId>,
        text: &str,
    ) -> Result<()> {
        let text = text.replace("\r\n", "\n");
        if text.len() > MAX_CODE_OWNERS {
            let limit = MAX_CODE_OWNERS >> 10;
            return Err(Error::invalid("text", format!("The file can have {limit} KiB at most.")));
        }
        let branch = access.repo().default_branch.clone();
        let (refs, objects) = self.open_repository(access.repo()).await?;
        let tip = refs.find(branch.as_str()).map(|found| found.target);
        let work = self.tasks().spawn_blocking(move || match tip {
            Some(tip) => find_owners(&Browser::open(&objects), &tip),
            None => Ok(None),
        });
        let found = work.await.map_err(Error::internal)??;
        if found.as_ref().map(|(_, blob)| blob.id) != expected {
            return Err(Error::Conflict(
                "Somebody has changed the file meanwhile. Look at it again, and then make your change."
                    .to_owned(),
            ));
        }
        let path = match found {
            Some((path, _)) => path,
            None => FilePath::new(CODE_OWNERS_PATHS[0]).map_err(Error::internal)?,
        };
        let new = NewCommit {
            branch,
            expected: tip,
            changes: vec![Change::put(path, text)],
            message: "Say who owns which files\n".to_owned(),
            author: None,
        };
        self.commit(access, origin, new).await.map(drop)
    }
}
