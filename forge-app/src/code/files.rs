//! Directories and files.

use std::io::Read as _;
use std::sync::Arc;

use forge_core::code::{Blob, LanguageShares, LastCommits, TreeEntry, TreeListing};
use forge_core::{FilePath, ObjectId};
use forge_git::Cancel;
use forge_git::browse::{Browser, Budget, TreePage};

use crate::code::Code;
use crate::error::{Error, Result};
use crate::git::Output;
use crate::jobs::Job;

/// A directory with what is worth saying of it.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Its entries.
    pub listing: TreeListing,
    /// The last commit of each entry.
    pub last_commits: Arc<LastCommits>,
    /// The README in it.
    pub readme: Option<FilePath>,
}

/// A file or link.
#[derive(Debug, Clone)]
pub struct File {
    /// What it is.
    pub blob: Blob,
    /// Where it leads, if it is a link.
    pub link: Option<Vec<u8>>,
}

/// A file as it is, as a stream.
#[derive(Debug)]
pub struct RawFile {
    /// Its object, for caches.
    pub id: ObjectId,
    /// How many bytes follow.
    pub size: u64,
    /// The first bytes, for telling what it is.
    pub start: Vec<u8>,
    /// All bytes.
    pub content: Output,
}

/// Bytes at the start of a file that tell text from the rest.
const START: u64 = 8 * 1024;

impl Code {
    /// What is at a path of a commit.
    pub async fn entry(&self, commit: ObjectId, path: FilePath) -> Result<TreeEntry> {
        self.ask(move |browser, _| browser.entry(&commit, &path)).await?.ok_or(Error::NotFound)
    }

    /// A directory, a page of at most 1,000 entries of it.
    ///
    /// Where the last commits take longer than a page may, the rest is found in the background for the next visitor.
    pub async fn directory(&self, commit: ObjectId, path: FilePath, skip: usize) -> Result<Directory> {
        let code = self.clone();
        let kept = self.app.kept().last_commits.get(&(self.repo, commit, path.clone()));
        let place = path.clone();
        let directory = self
            .ask(move |browser, cancel| {
                let page = TreePage { skip, ..TreePage::default() };
                let listing = browser.tree(&commit, &path, page, cancel)?;
                let readme = browser.readme(&commit, &path)?;
                let last_commits = match kept {
                    Some(kept) => kept,
                    None => code.app.kept().find_last_commits(
                        &code.objects,
                        code.repo,
                        &commit,
                        &path,
                        Budget::PAGE,
                        cancel,
                    )?,
                };
                Ok(Directory { listing, last_commits, readme })
            })
            .await?;
        if !directory.last_commits.complete {
            self.complete_later(&commit, &place).await;
        }
        Ok(directory)
    }

    /// The names of a directory's entries that are text, in the tree's own order; at most 1,000.
    pub(crate) async fn names_in(&self, commit: ObjectId, path: FilePath) -> Result<Vec<String>> {
        let listing = self
            .ask(move |browser, cancel| browser.tree(&commit, &path, TreePage::default(), cancel))
            .await?;
        let names = listing.entries.into_iter().filter_map(|entry| String::from_utf8(entry.name).ok());
        Ok(names.collect())
    }

    /// Has an answer completed in the background. The page is made in any case.
    async fn complete_later(&self, commit: &ObjectId, path: &FilePath) {
        if self.app.kept().is_being_completed(self.repo, commit, path) {
            return;
        }
        if let Err(error) = self.app.submit(&Job::complete_directory(self.repo, commit, path)).await {
            tracing::warn!(%error, "a directory will not be completed");
        }
    }

    /// A file or link; content over `limit` bytes is left out.
    pub async fn file(&self, commit: ObjectId, path: FilePath, limit: u64) -> Result<File> {
        self.ask(move |browser, _| {
            let blob = browser.blob(&commit, &path, limit)?;
            let link = if blob.kind.is_file() { None } else { browser.symlink_target(&blob.id)? };
            Ok(File { blob, link })
        })
        .await
    }

    /// Where a submodule comes from, as `.gitmodules` says.
    pub async fn submodule_url(&self, commit: ObjectId, path: FilePath) -> Result<Option<String>> {
        self.ask(move |browser, _| browser.submodule_url(&commit, &path)).await
    }

    /// The path of the licence of a commit.
    pub async fn licence(&self, commit: ObjectId) -> Result<Option<FilePath>> {
        self.ask(move |browser, _| browser.licence(&commit)).await
    }

    /// How many bytes there are of each language.
    pub async fn languages(&self, commit: ObjectId) -> Result<Arc<LanguageShares>> {
        if let Some(kept) = self.app.kept().languages.get(&(self.repo, commit)) {
            return Ok(kept);
        }
        let code = self.clone();
        let (repo, budget) = (self.repo, Budget::PAGE);
        let found = self.ask(move |_, cancel| {
            code.app.kept().find_languages(&code.objects, repo, &commit, budget, cancel)
        });
        let found = found.await?;
        if !found.complete && !self.app.kept().is_being_completed(self.repo, &commit, &FilePath::root()) {
            let warmed = self.app.submit(&Job::WarmPages { repo }).await;
            if let Err(error) = warmed {
                tracing::warn!(%error, "a language bar will not be completed");
            }
        }
        Ok(found)
    }

    /// A file as it is, streamed: memory does not grow with it.
    pub async fn raw_file(&self, commit: ObjectId, path: FilePath) -> Result<RawFile> {
        let blob = self.ask(move |browser, _| browser.blob(&commit, &path, 0)).await?;
        let id = blob.id;
        let start = self
            .ask(move |browser, _| {
                let mut start = Vec::new();
                browser.blob_reader(&id)?.take(START).read_to_end(&mut start)?;
                Ok(start)
            })
            .await?;
        let turn = self.app.repositories().turn().await?;
        let objects = self.objects.clone();
        let content = Output::of(self.app.tasks(), Cancel::new(), move |writer| {
            let _turn = turn;
            let mut reader = Browser::open(&objects).blob_reader(&id)?;
            std::io::copy(&mut reader, writer).map_err(Error::internal)?;
            Ok(())
        });
        Ok(RawFile { id, size: blob.size, start, content })
    }
}
