//! Downloads of a whole commit as tar, tar.gz or ZIP, streamed and the same bytes every time.
//!
//! The list of what will be in it is made first, so that a limit is a clear refusal and not a broken download. What the
//! `.gitattributes` of the packed tree say with `export-ignore` and `export-subst` holds, as in git itself.

mod items;
mod placeholders;
mod tar;
mod zip;

use std::io::{self, Read, Write};

use flate2::{Compression, GzBuilder};
use forge_core::code::{ArchiveFormat, EntryKind};
use forge_core::{FilePath, ObjectId};
use gix_object::Kind;

use super::Browser;
use super::path::not_found;
use crate::{Cancel, Error, RefSnapshot, Result, hash};
use items::Item;
use placeholders::Placeholders;

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

/// What a download holds, and how it is packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveRequest {
    /// The commit or directory.
    pub content: ArchiveContent,
    /// What it is packed as.
    pub format: ArchiveFormat,
    /// Stands before every path as it is: usually the name of a directory and a slash, or nothing.
    pub prefix: Vec<u8>,
    /// Only what is at these paths; everything if there are none.
    pub paths: Vec<FilePath>,
    /// How hard to pack, from 0 to 9; nothing for the usual. Plain tar is never packed.
    pub level: Option<u32>,
    /// How refs name the commit, for files that want to know: `HEAD -> main`, `tag: v1`.
    pub names: Vec<String>,
    /// Attributes that count more than those of the tree. Only plain directories have any.
    pub attributes: Vec<u8>,
}

impl ArchiveRequest {
    /// A whole commit below a directory of this name.
    pub fn of_commit(commit: ObjectId, format: ArchiveFormat, directory: &FilePath) -> Self {
        let mut prefix = directory.as_bytes().to_vec();
        if !prefix.is_empty() {
            prefix.push(b'/');
        }
        Self { prefix, ..Self::of(ArchiveContent::Commit(commit), format) }
    }

    /// Everything, without a prefix.
    pub fn of(content: ArchiveContent, format: ArchiveFormat) -> Self {
        let (prefix, paths, level) = (Vec::new(), Vec::new(), None);
        Self { content, format, prefix, paths, level, names: Vec::new(), attributes: Vec::new() }
    }

    /// The same, with the names that branches and tags give the commit.
    #[must_use]
    pub fn named_by(self, refs: &RefSnapshot) -> Self {
        let names = match &self.content {
            ArchiveContent::Commit(commit) => placeholders::names(refs, commit),
            ArchiveContent::Tree(..) => Vec::new(),
        };
        Self { names, ..self }
    }
}

/// Where the files of a download come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveContent {
    /// A commit: its time is that of every file, and its id stands in the download.
    Commit(ObjectId),
    /// A tree of no commit, with a time in seconds since 1970.
    Tree(ObjectId, i64),
}

/// What an entry is called: its path, and its object where no path fits.
#[derive(Debug, Clone, Copy)]
struct Name<'a> {
    path: &'a [u8],
    id: &'a gix_hash::oid,
}

/// What both kinds of writers can do.
trait Writer {
    /// Adds a directory.
    fn directory(&mut self, name: Name<'_>) -> io::Result<()>;
    /// Adds a symbolic link.
    fn symlink(&mut self, name: Name<'_>, target: &[u8]) -> io::Result<()>;
    /// Adds a file of exactly `size` bytes.
    fn file(&mut self, name: Name<'_>, executable: bool, size: u64, content: &mut dyn Read)
    -> io::Result<()>;
    /// Writes the end.
    fn finish(&mut self) -> io::Result<()>;
}

impl Browser {
    /// Writes files to `out`.
    ///
    /// Links stay links, submodules are empty directories, and every time is that of the commit.
    pub fn archive(
        &self,
        request: &ArchiveRequest,
        limits: &ArchiveLimits,
        out: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<()> {
        let (tree, commit, time) = match &request.content {
            ArchiveContent::Commit(commit) => {
                let node = self.node(&hash::to_gix(commit))?;
                (node.tree, Some(commit), node.time)
            }
            ArchiveContent::Tree(tree, time) => (hash::to_gix(tree), None, *time),
        };
        for path in &request.paths {
            self.entry_at(&tree, path)?.ok_or_else(|| not_found(path))?;
        }
        let items = self.items(&tree, request, limits, cancel)?;
        let time = u64::try_from(time).unwrap_or_default();
        let level = request.level.map_or_else(Compression::default, Compression::new);
        let mut placeholders = commit.map(|commit| Placeholders::new(self, commit, &request.names));
        let mut fill = |writer: &mut dyn Writer| {
            let top = Name { path: &request.prefix, id: &tree };
            self.fill(writer, top, &items, placeholders.as_mut(), cancel)
        };
        match request.format {
            ArchiveFormat::Tar => fill(&mut tar::Tar::new(out, commit, time)?),
            ArchiveFormat::Zip => fill(&mut zip::Zip::new(out, commit, time, level)),
            ArchiveFormat::TarGz => {
                let mut gzip = GzBuilder::new().mtime(0).write(out, level);
                fill(&mut tar::Tar::new(&mut gzip, commit, time)?)?;
                gzip.finish()?;
                Ok(())
            }
        }
    }

    /// What to pack of the commit or tree that an object leads to: all, or the directory at a path of it.
    pub(crate) fn archive_content(
        &self,
        target: &ObjectId,
        below: &FilePath,
        now: i64,
    ) -> Result<ArchiveContent> {
        let (id, kind) = self.peel(target)?;
        let tree = match kind {
            Kind::Commit if below.is_root() => return Ok(ArchiveContent::Commit(id)),
            Kind::Commit => self.node(&hash::to_gix(&id))?.tree,
            Kind::Tree => hash::to_gix(&id),
            Kind::Blob | Kind::Tag => return Err(Error::invalid("this names no directory")),
        };
        match self.entry_at(&tree, below)? {
            Some((mode, id)) if EntryKind::of_mode(mode) == Some(EntryKind::Directory) => {
                Ok(ArchiveContent::Tree(hash::from_gix(&id)?, now))
            }
            _ => Err(not_found(below)),
        }
    }

    fn fill(
        &self,
        writer: &mut dyn Writer,
        top: Name<'_>,
        items: &[Item],
        mut placeholders: Option<&mut Placeholders<'_>>,
        cancel: &Cancel,
    ) -> Result<()> {
        if let Some(path) = top.path.strip_suffix(b"/") {
            writer.directory(Name { path, ..top })?;
        }
        for item in items {
            cancel.check()?;
            let path = [top.path, item.path.as_bytes()].concat();
            let name = Name { path: &path, id: &item.id };
            match item.kind {
                EntryKind::Directory | EntryKind::Submodule => writer.directory(name)?,
                EntryKind::Symlink => {
                    let target = self.read(&item.id, Kind::Blob, u64::MAX)?;
                    writer.symlink(name, &target)?;
                }
                EntryKind::File | EntryKind::Executable => {
                    let is_executable = item.kind == EntryKind::Executable;
                    if item.has_placeholders
                        && let Some(placeholders) = &mut placeholders
                        && let Some(content) = placeholders.filled(item)?
                    {
                        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
                        writer.file(name, is_executable, size, &mut &content[..])?;
                        continue;
                    }
                    let mut content =
                        Watched { inner: self.blob_reader(&hash::from_gix(&item.id)?)?, cancel };
                    writer.file(name, is_executable, item.size, &mut content)?;
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
mod attribute_tests;
#[cfg(test)]
mod tests;
