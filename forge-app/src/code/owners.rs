//! The file that says who owns which files: reading it for pages, and writing it through the door of every push.

use std::sync::Arc;

use forge_core::code::Change;
use forge_core::code_owners::{CODE_OWNERS_PATHS, CodeOwners, MAX_CODE_OWNERS};
use forge_core::{FilePath, ObjectId};
use forge_git::browse::Browser;

use crate::access::{RepoAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::git::{Expected, NewCommit};

/// The owners' file of a commit.
#[derive(Debug, Clone)]
pub struct OwnersFile {
    /// Where it is.
    pub path: FilePath,
    /// Its object.
    pub blob: ObjectId,
    /// Its text; nothing if it is too large to be read.
    pub text: Option<Arc<str>>,
    /// What it says.
    pub rules: Arc<CodeOwners>,
}

/// What a file says: read once for each object, because every page of a file asks for it.
#[derive(Debug, Clone)]
pub(crate) struct OwnersSaid {
    text: Option<Arc<str>>,
    rules: Arc<CodeOwners>,
}

impl OwnersSaid {
    fn of(content: Option<&[u8]>) -> Self {
        let text = content.map(String::from_utf8_lossy);
        let rules = Arc::new(CodeOwners::parse(content.unwrap_or_default()));
        Self { text: text.map(Arc::from), rules }
    }

    /// About how many bytes it takes to keep it: the text, and patterns that were made of it.
    pub(crate) fn weight(&self) -> u32 {
        let text = self.text.as_ref().map_or(0, |text| text.len());
        u32::try_from(text.saturating_mul(4).saturating_add(200)).unwrap_or(u32::MAX)
    }
}

/// Where the owners' file of a commit is, and what: the first place where there is one. Blocks.
fn owners_place(browser: &Browser, commit: &ObjectId) -> forge_git::Result<Option<(FilePath, ObjectId)>> {
    for place in CODE_OWNERS_PATHS {
        let Ok(path) = FilePath::new(place) else { continue };
        if let Some(entry) = browser.entry(commit, &path)?.filter(|entry| entry.kind.is_file()) {
            return Ok(Some((path, entry.id)));
        }
    }
    Ok(None)
}

impl App {
    /// The owners' file of a commit. Blocks.
    pub(crate) fn find_owners(
        &self,
        browser: &Browser,
        repo: forge_core::RepoId,
        commit: &ObjectId,
    ) -> forge_git::Result<Option<OwnersFile>> {
        let Some((path, blob)) = owners_place(browser, commit)? else { return Ok(None) };
        let said = if let Some(kept) = self.kept().owners.get(&(repo, blob)) {
            kept
        } else {
            let limit = u64::try_from(MAX_CODE_OWNERS).unwrap_or(u64::MAX).saturating_add(1);
            let said = OwnersSaid::of(browser.blob(commit, &path, limit)?.content.as_deref());
            self.kept().owners.insert((repo, blob), said.clone());
            said
        };
        Ok(Some(OwnersFile { path, blob, text: said.text, rules: said.rules }))
    }
}

impl Code {
    /// The owners' file of a commit, if it has one.
    pub async fn owners_file(&self, commit: ObjectId) -> Result<Option<OwnersFile>> {
        let (app, repo) = (self.app.clone(), self.repo);
        self.ask(move |browser, _| app.find_owners(browser, repo, &commit)).await
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
            Some(tip) => owners_place(&Browser::open(&objects), &tip),
            None => Ok(None),
        });
        let found = work.await.map_err(Error::internal)??;
        if found.as_ref().map(|(_, blob)| *blob) != expected {
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
            expected: tip.map_or(Expected::Absent, Expected::At),
            changes: vec![Change::put(path, text)],
            message: "Say who owns which files\n".to_owned(),
            author: None,
        };
        self.commit(access, origin, new).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_says_nothing() {
        let said = OwnersSaid::of(Some(b"* @ada\n"));
        assert_eq!((said.text.as_deref(), said.rules.sections[0].rules.len()), (Some("* @ada\n"), 1));
        let none = OwnersSaid::of(None);
        assert!(none.text.is_none() && none.rules.sections.iter().all(|section| section.rules.is_empty()));
    }
}
