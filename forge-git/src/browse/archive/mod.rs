//! Downloads of a whole commit as tar, tar.gz or ZIP, streamed and the same bytes every time.
//!
//! The list of what will be in it is made first, so that a limit is a clear refusal and not a broken download.

mod tar;
mod zip;

use std::io::{self, Read, Write};

use flate2::{Compression, GzBuilder};
use forge_core::code::{ArchiveFormat, EntryKind};
use forge_core::{FilePath, ObjectId};

use gix_validate::path::component;

use super::parse::Entries;
use super::{Browser, missing};
use crate::{Cancel, Error, Result, hash};

/// Names that would mislead git on any system are left out; names that only Windows dislikes are what people pushed.
const SAFE: component::Options =
    component::Options { protect_windows: false, protect_hfs: true, protect_ntfs: true };
/// Bytes that are copied between two looks at the clock.
const CHUNK: usize = 64 << 10;

/// Bounds of one download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Files, links and directories. Default one million.
    pub entries: usize,
    /// Bytes of all files, unpacked. Default 4 GiB.
    pub bytes: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self { entries: 1_000_000, bytes: 4 << 30 }
    }
}

/// One thing in a download.
struct Item {
    /// Below the top of the repository.
    path: FilePath,
    kind: EntryKind,
    id: gix_hash::ObjectId,
    size: u64,
}

/// What both kinds of writers can do.
trait Writer {
    /// Adds a directory.
    fn directory(&mut self, path: &[u8]) -> io::Result<()>;
    /// Adds a symbolic link.
    fn symlink(&mut self, path: &[u8], target: &[u8]) -> io::Result<()>;
    /// Adds a file of exactly `size` bytes.
    fn file(&mut self, path: &[u8], executable: bool, size: u64, content: &mut dyn Read) -> io::Result<()>;
    /// Writes the end.
    fn finish(&mut self) -> io::Result<()>;
}

impl Browser {
    /// Writes a commit's files to `out`, all below the directory `prefix`.
    ///
    /// Links stay links, submodules are empty directories, and every time is that of the commit.
    pub fn archive(
        &self,
        commit: &ObjectId,
        format: ArchiveFormat,
        prefix: &FilePath,
        limits: &ArchiveLimits,
        out: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<()> {
        let node = self.node(&hash::to_gix(commit))?;
        let items = self.items(&node.tree, limits, cancel)?;
        let time = u64::try_from(node.time).unwrap_or_default();
        match format {
            ArchiveFormat::Tar => self.fill(&mut tar::Tar::new(out, commit, time)?, prefix, &items, cancel),
            ArchiveFormat::Zip => self.fill(&mut zip::Zip::new(out, commit, time), prefix, &items, cancel),
            ArchiveFormat::TarGz => {
                let mut gzip = GzBuilder::new().mtime(0).write(out, Compression::default());
                self.fill(&mut tar::Tar::new(&mut gzip, commit, time)?, prefix, &items, cancel)?;
                gzip.finish()?;
                Ok(())
            }
        }
    }

    /// Everything below a tree, directories before what is in them.
    fn items(&self, root: &gix_hash::ObjectId, limits: &ArchiveLimits, cancel: &Cancel) -> Result<Vec<Item>> {
        let (mut items, mut bytes) = (Vec::new(), 0_u64);
        let mut waiting =
            vec![Item { path: FilePath::root(), kind: EntryKind::Directory, id: *root, size: 0 }];
        while let Some(item) = waiting.pop() {
            cancel.check()?;
            let tree = (item.kind == EntryKind::Directory).then_some(item.id);
            let directory = item.path.clone();
            if !directory.is_root() {
                items.push(item);
            }
            let Some(tree) = tree else { continue };
            let data = self.tree_bytes(&tree)?;
            let first = waiting.len();
            for entry in Entries::new(&data, self.format()) {
                // What has no safe name or no known kind is not unpacked on anybody's disk.
                let Some(kind) = EntryKind::of_mode(entry.mode) else { continue };
                let Ok(path) = directory.join(entry.name) else { continue };
                if component(entry.name.into(), None, SAFE).is_err() {
                    continue;
                }
                let size = if kind.is_blob() {
                    self.header(entry.id)?.ok_or_else(|| missing(entry.id))?.1
                } else {
                    0
                };
                bytes = bytes.saturating_add(size);
                waiting.push(Item { path, kind, id: entry.id.to_owned(), size });
            }
            if items.len() + waiting.len() > limits.entries {
                let limit = u64::try_from(limits.entries).unwrap_or(u64::MAX);
                return Err(Error::TooLarge { what: "the number of files of the download", limit });
            }
            if bytes > limits.bytes {
                return Err(Error::TooLarge { what: "the size of the download", limit: limits.bytes });
            }
            // The stack gives back the last first.
            waiting.get_mut(first..).unwrap_or_default().reverse();
        }
        Ok(items)
    }

    fn fill(
        &self,
        writer: &mut dyn Writer,
        prefix: &FilePath,
        items: &[Item],
        cancel: &Cancel,
    ) -> Result<()> {
        let inside = |path: &FilePath| {
            let separator: &[u8] = if prefix.is_root() || path.is_root() { b"" } else { b"/" };
            [prefix.as_bytes(), separator, path.as_bytes()].concat()
        };
        if !prefix.is_root() {
            writer.directory(&inside(&FilePath::root()))?;
        }
        for item in items {
            cancel.check()?;
            let path = inside(&item.path);
            match item.kind {
                EntryKind::Directory | EntryKind::Submodule => writer.directory(&path)?,
                EntryKind::Symlink => {
                    let target = self.read(&item.id, gix_object::Kind::Blob, u64::MAX)?;
                    writer.symlink(&path, &target)?;
                }
                EntryKind::File | EntryKind::Executable => {
                    let mut content =
                        Watched { inner: self.blob_reader(&hash::from_gix(&item.id)?)?, cancel };
                    writer.file(&path, item.kind == EntryKind::Executable, item.size, &mut content)?;
                }
            }
        }
        Ok(writer.finish()?)
    }
}

/// A reader that stops when nobody waits any more.
struct Watched<'a, R> {
    inner: R,
    cancel: &'a Cancel,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "stopped"));
        }
        self.inner.read(out)
    }
}

/// Copies exactly `size` bytes: a header has promised them.
fn copy(content: &mut dyn Read, size: u64, mut write: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK.min(usize::try_from(size).unwrap_or(CHUNK))];
    let mut left = size;
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(CHUNK).min(buffer.len());
        let piece = buffer.get_mut(..wanted).unwrap_or_default();
        let count = content.read(piece)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        write(piece.get(..count).unwrap_or_default())?;
        left -= u64::try_from(count).map_err(io::Error::other)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
