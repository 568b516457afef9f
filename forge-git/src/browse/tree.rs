//! Directories.

use forge_core::code::{EntryKind, TreeEntry, TreeListing, well_known};
use forge_core::{FilePath, ObjectId};
use gix_object::Kind;

use super::Browser;
use super::parse::Entries;
use super::path::not_found;
use crate::{Cancel, Error, Result, hash};

/// Bytes of a symbolic link that are a target. Longer ones are not links that any system follows.
const MAX_LINK: u64 = 4096;
/// Bytes of a `.gitmodules` file that are read.
const MAX_GITMODULES: u64 = 1 << 20;

/// Which part of a directory is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreePage {
    /// Entries to pass over.
    pub skip: usize,
    /// Entries to give at most.
    pub limit: usize,
    /// Whether the sizes of files are looked up.
    pub sizes: bool,
}

impl Default for TreePage {
    /// The first 1,000 entries with sizes.
    fn default() -> Self {
        Self { skip: 0, limit: 1000, sizes: true }
    }
}

impl Browser {
    /// A directory at a commit: directories and submodules first, then the rest, each in byte order.
    pub fn tree(
        &self,
        commit: &ObjectId,
        path: &FilePath,
        page: TreePage,
        cancel: &Cancel,
    ) -> Result<TreeListing> {
        let id = self.directory(&hash::to_gix(commit), path)?;
        let data = self.tree_bytes(&id)?;
        let mut entries = Vec::new();
        for entry in Entries::new(&data, self.format()) {
            // A mode that stands for nothing cannot be shown; pushes with such modes are refused.
            let Some(kind) = EntryKind::of_mode(entry.mode) else { continue };
            entries.push((
                !matches!(kind, EntryKind::Directory | EntryKind::Submodule),
                entry.name,
                kind,
                entry.id,
            ));
        }
        entries.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        let total = entries.len();
        let mut shown = Vec::with_capacity(total.min(page.limit));
        for (_, name, kind, id) in entries.into_iter().skip(page.skip).take(page.limit) {
            cancel.check()?;
            let size =
                if page.sizes && kind.is_blob() { self.header(id)?.map(|(_, size)| size) } else { None };
            shown.push(TreeEntry { name: name.to_vec(), kind, id: hash::from_gix(id)?, size });
        }
        let skipped = page.skip.min(total);
        Ok(TreeListing { path: path.clone(), id: hash::from_gix(&id)?, entries: shown, total, skipped })
    }

    /// What is at a path of a commit; nothing if there is nothing. The root is a directory.
    pub fn entry(&self, commit: &ObjectId, path: &FilePath) -> Result<Option<TreeEntry>> {
        let root = self.node(&hash::to_gix(commit))?.tree;
        let Some((mode, id)) = self.entry_at(&root, path)? else { return Ok(None) };
        let kind = EntryKind::of_mode(mode).ok_or_else(|| Error::corrupt("a tree has an unknown mode"))?;
        let size = if kind.is_blob() { self.header(&id)?.map(|(_, size)| size) } else { None };
        Ok(Some(TreeEntry { name: path.name().to_vec(), kind, id: hash::from_gix(&id)?, size }))
    }

    /// Where a symbolic link points, as stored; nothing if it is longer than any system follows.
    pub fn symlink_target(&self, blob: &ObjectId) -> Result<Option<Vec<u8>>> {
        match self.read(&hash::to_gix(blob), Kind::Blob, MAX_LINK) {
            Ok(target) => Ok(Some(target)),
            Err(Error::TooLarge { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The address that `.gitmodules` gives for the submodule at a path. It is what somebody wrote: check it before linking.
    pub fn submodule_url(&self, commit: &ObjectId, path: &FilePath) -> Result<Option<String>> {
        let root = self.node(&hash::to_gix(commit))?.tree;
        let file = FilePath::new(".gitmodules").map_err(|error| Error::invalid(error.to_string()))?;
        let Some((mode, id)) = self.entry_at(&root, &file)? else { return Ok(None) };
        if !EntryKind::of_mode(mode).is_some_and(EntryKind::is_file) {
            return Ok(None);
        }
        match self.read(&id, Kind::Blob, MAX_GITMODULES) {
            Ok(content) => Ok(url_in(&String::from_utf8_lossy(&content), path)),
            Err(Error::TooLarge { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The README of a directory; for the root also the one in `docs` or `.github`, where there is none.
    pub fn readme(&self, commit: &ObjectId, directory: &FilePath) -> Result<Option<FilePath>> {
        let found = self.well_known(commit, directory, well_known::readme_rank)?;
        if found.is_some() || !directory.is_root() {
            return Ok(found);
        }
        for place in ["docs", ".github"] {
            let place = FilePath::new(place).map_err(|error| Error::invalid(error.to_string()))?;
            match self.well_known(commit, &place, well_known::readme_rank) {
                Ok(None) | Err(Error::NotFound(_)) => {}
                found => return found,
            }
        }
        Ok(None)
    }

    /// The licence of a repository: a file of that name in the root.
    pub fn licence(&self, commit: &ObjectId) -> Result<Option<FilePath>> {
        self.well_known(commit, &FilePath::root(), well_known::licence_rank)
    }

    fn well_known(
        &self,
        commit: &ObjectId,
        directory: &FilePath,
        rank: fn(&[u8]) -> Option<u8>,
    ) -> Result<Option<FilePath>> {
        let data = self.tree_bytes(&self.directory(&hash::to_gix(commit), directory)?)?;
        let files: Vec<&[u8]> = Entries::new(&data, self.format())
            .filter(|entry| EntryKind::of_mode(entry.mode).is_some_and(EntryKind::is_file))
            .map(|entry| entry.name)
            .collect();
        let best = well_known::best(files.iter().copied(), rank).and_then(|at| files.get(at));
        best.map(|name| directory.join(name).map_err(|_| not_found(directory))).transpose()
    }
}

/// Finds the `url` of the section whose `path` is this. Only what git itself writes is understood.
fn url_in(text: &str, path: &FilePath) -> Option<String> {
    let (mut here, mut url) = (false, None);
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            if here && url.is_some() {
                return url;
            }
            (here, url) = (false, None);
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.trim().trim_matches('"');
            match key.trim().to_ascii_lowercase().as_str() {
                "path" => here = value.as_bytes() == path.as_bytes(),
                "url" => url = Some(value.to_owned()),
                _ => {}
            }
        }
    }
    if here { url } else { None }
}

#[cfg(test)]
mod tests {
    use forge_core::ObjectFormat;

    use super::*;
    use crate::browse::testing::{Repo, path};

    #[test]
    fn lists_what_git_lists() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let repo = Repo::new(format);
            for name in ["z dir/inner.sql", "a b.txt", "it's \"quoted\"", "{{ x }}", "#%?.R", "é.md", "z"] {
                repo.write(name, b"12345");
            }
            repo.write_bytes_name(b"caf\xe9.txt", b"x");
            repo.symlink("link", "a b.txt");
            repo.executable("run.sh", b"#!/bin/sh\n");
            let head = repo.commit_all("Odd names");
            let listing =
                repo.browser().tree(&head, &FilePath::root(), TreePage::default(), &Cancel::new()).unwrap();
            let mut expected: Vec<(bool, Vec<u8>, String)> = repo
                .git_bytes(&["ls-tree", "-z", "-l", "HEAD"])
                .split(|byte| *byte == 0)
                .filter(|line| !line.is_empty())
                .map(|line| {
                    let tab = line.iter().position(|byte| *byte == b'\t').unwrap();
                    let head = String::from_utf8(line[..tab].to_vec()).unwrap();
                    let words: Vec<_> = head.split_whitespace().collect();
                    let text = [words[0], words[2], words[3]].join(" ");
                    (words[0] != "040000", line[tab + 1..].to_vec(), text)
                })
                .collect();
            expected.sort();
            let seen: Vec<_> = listing
                .entries
                .iter()
                .map(|entry| {
                    let size = entry.size.map_or_else(|| "-".to_owned(), |size| size.to_string());
                    let text = format!("{:06o} {} {size}", entry.kind.mode(), entry.id);
                    (entry.kind != EntryKind::Directory, entry.name.clone(), text)
                })
                .collect();
            assert_eq!(seen, expected);
            assert_eq!(listing.entries[0].name, b"z dir");
            let link = listing.entries.iter().find(|entry| entry.name == b"link").unwrap();
            assert_eq!(repo.browser().symlink_target(&link.id).unwrap().as_deref(), Some(&b"a b.txt"[..]));
        }
    }

    #[test]
    fn pages_a_large_directory_and_says_what_is_left() {
        let repo = Repo::new(ObjectFormat::Sha1);
        for n in 0..25 {
            repo.write(&format!("f{n:02}"), b"");
        }
        let head = repo.commit_all("Many");
        let page = TreePage { skip: 10, limit: 10, sizes: false };
        let listing = repo.browser().tree(&head, &FilePath::root(), page, &Cancel::new()).unwrap();
        assert_eq!((listing.total, listing.entries.len(), listing.has_more()), (25, 10, true));
        assert_eq!((listing.entries[0].name.as_slice(), listing.entries[0].size), (&b"f10"[..], None));
        let page = TreePage { skip: 90, ..page };
        let listing = repo.browser().tree(&head, &FilePath::root(), page, &Cancel::new()).unwrap();
        assert!(listing.entries.is_empty() && !listing.has_more());
    }

    #[test]
    fn an_empty_tree_is_a_directory_and_a_file_is_not() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let empty = repo.commit_all("Nothing");
        let browser = repo.browser();
        assert_eq!(
            browser.tree(&empty, &FilePath::root(), TreePage::default(), &Cancel::new()).unwrap().total,
            0
        );
        let full = repo.commit("a", b"x", "File");
        let list = |at: &str| browser.tree(&full, &path(at), TreePage::default(), &Cancel::new());
        assert!(matches!(list("a"), Err(Error::NotFound(_))));
        assert!(matches!(list("a/b"), Err(Error::NotFound(_))));
        assert!(matches!(list("b"), Err(Error::NotFound(_))));
        assert_eq!(browser.entry(&full, &path("a")).unwrap().unwrap().size, Some(1));
        assert_eq!(browser.entry(&full, &path("a/b")).unwrap(), None);
        assert_eq!(browser.entry(&full, &FilePath::root()).unwrap().unwrap().kind, EntryKind::Directory);
    }

    #[test]
    fn finds_submodules_readme_and_licence() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let first = repo.commit("docs/readme.TXT", b"x", "Docs");
        assert_eq!(repo.browser().readme(&first, &FilePath::root()).unwrap(), Some(path("docs/readme.TXT")));
        repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{first},sub/mod")]);
        repo.write(".gitmodules", b"[submodule \"o\"]\n\tpath = other\n\turl = ../o\n[submodule \"m\"]\n\turl = https://example.org/m.git\n\tpath = sub/mod\n");
        repo.write("README.md", b"# Hello");
        repo.write("LICENCE", b"MIT");
        repo.git(&["add", ".gitmodules", "README.md", "LICENCE"]);
        repo.git(&["commit", "-q", "-m", "Submodule"]);
        let head = repo.head();
        let browser = repo.browser();
        assert_eq!(browser.entry(&head, &path("sub/mod")).unwrap().unwrap().kind, EntryKind::Submodule);
        assert_eq!(
            browser.submodule_url(&head, &path("sub/mod")).unwrap().as_deref(),
            Some("https://example.org/m.git")
        );
        assert_eq!(browser.submodule_url(&head, &path("sub")).unwrap(), None);
        assert_eq!(browser.readme(&head, &FilePath::root()).unwrap(), Some(path("README.md")));
        assert_eq!(browser.licence(&head).unwrap(), Some(path("LICENCE")));
        assert_eq!(browser.readme(&head, &path("sub")).unwrap(), None);
    }
}
