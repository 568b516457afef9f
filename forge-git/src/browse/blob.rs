//! Contents of files.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use flate2::{Decompress, FlushDecompress, Status};
use forge_core::code::{Blob, EntryKind};
use forge_core::{FilePath, ObjectId};
use gix_object::Kind;
use gix_pack::data::entry::Header;

use super::path::not_found;
use super::{Browser, missing};
use crate::pack::packs::Packs;
use crate::{Error, Result, hash};

/// Blobs up to this size are unpacked in memory; larger ones are streamed where their pack allows it.
const IN_MEMORY: u64 = 1 << 20;

impl Browser {
    /// A file or link at a commit. Content over `limit` bytes is left out, its size is still there.
    pub fn blob(&self, commit: &ObjectId, path: &FilePath, limit: u64) -> Result<Blob> {
        let root = self.node(&hash::to_gix(commit))?.tree;
        let (mode, id) = self.entry_at(&root, path)?.ok_or_else(|| not_found(path))?;
        let kind = EntryKind::of_mode(mode).filter(|kind| kind.is_blob()).ok_or_else(|| not_found(path))?;
        let (_, size) = self.header(&id)?.ok_or_else(|| missing(&id))?;
        let content = if size <= limit { Some(self.read(&id, Kind::Blob, limit)?) } else { None };
        Ok(Blob { id: hash::from_gix(&id)?, kind, size, content })
    }

    /// Reads a blob from its start to its end, without holding it in memory if its pack allows it.
    ///
    /// A large blob that is stored as a delta has to be put together in memory; the store's own bound on allocations holds.
    pub fn blob_reader(&self, blob: &ObjectId) -> Result<BlobReader> {
        let id = hash::to_gix(blob);
        match self.header(&id)? {
            None => return Err(Error::NotFound(format!("blob {blob}"))),
            Some((kind, _)) if kind != Kind::Blob => return Err(Error::NotFound(format!("blob {blob}"))),
            Some((_, size)) if size > IN_MEMORY => {
                if let Some(packed) = self.packed(&id)? {
                    return Ok(BlobReader { size, source: Source::Packed(packed) });
                }
                if let Some(loose) = self.loose(&id)? {
                    return Ok(BlobReader { size, source: Source::Loose(loose.take(size)) });
                }
            }
            Some(_) => {}
        }
        let content = self.read(&id, Kind::Blob, u64::MAX)?;
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        Ok(BlobReader { size, source: Source::Memory(Cursor::new(content)) })
    }

    /// The blob where a pack holds it whole and not as a delta.
    fn packed(&self, id: &gix_hash::oid) -> Result<Option<Packed>> {
        let packs = self.store.packs()?;
        let mut found = None;
        for (number, pack, position) in packs.places(id) {
            let offset = pack.offset_at(position);
            let entry = pack.entry(offset)?;
            if matches!(entry.header, Header::Blob) {
                found = Some((number, entry.data_offset, pack.end_of(offset)));
                break;
            }
        }
        let inflate = Box::new(Decompress::new(true));
        Ok(found.map(|(number, next, end)| Packed { packs, number, next, end, inflate, ended: false }))
    }

    /// The blob where it lies in a file of its own, behind its header.
    fn loose(&self, id: &gix_hash::oid) -> Result<Option<Loose>> {
        let hex = id.to_string();
        let (directory, name) = hex.split_at(2);
        let file = match File::open(self.store.objects_dir().join(directory).join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut reader = flate2::read::ZlibDecoder::new(file);
        let mut byte = [1_u8];
        while byte != [0] {
            reader.read_exact(&mut byte)?;
        }
        Ok(Some(reader))
    }
}

type Loose = flate2::read::ZlibDecoder<File>;

/// Reads one blob. It knows the size before the first byte.
pub struct BlobReader {
    size: u64,
    source: Source,
}

enum Source {
    Memory(Cursor<Vec<u8>>),
    Packed(Packed),
    Loose(io::Take<Loose>),
}

impl BlobReader {
    /// How many bytes it will give.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Read for BlobReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match &mut self.source {
            Source::Memory(cursor) => cursor.read(out),
            Source::Packed(packed) => packed.read(out),
            Source::Loose(loose) => loose.read(out),
        }
    }
}

impl std::fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobReader").field("size", &self.size).finish_non_exhaustive()
    }
}

/// A blob being inflated straight from its mapped pack.
struct Packed {
    packs: Arc<Packs>,
    number: u32,
    next: u64,
    end: u64,
    inflate: Box<Decompress>,
    ended: bool,
}

impl Packed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let pack = self.packs.pack(self.number).ok_or(io::ErrorKind::NotFound)?;
        while !self.ended && !out.is_empty() {
            let input = pack.slice(self.next, self.end).map_err(io::Error::other)?;
            let (taken, given) = (self.inflate.total_in(), self.inflate.total_out());
            let status =
                self.inflate.decompress(input, out, FlushDecompress::None).map_err(io::Error::other)?;
            let taken = self.inflate.total_in() - taken;
            let given = self.inflate.total_out() - given;
            self.next += taken;
            self.ended = status == Status::StreamEnd;
            if given > 0 {
                return usize::try_from(given).map_err(io::Error::other);
            }
            if taken == 0 && !self.ended {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use forge_core::ObjectFormat;
    use forge_core::code::{LineEndings, TextEncoding};

    use super::*;
    use crate::browse::testing::{Repo, path};

    #[test]
    fn reads_contents_as_they_are() {
        let repo = Repo::new(ObjectFormat::Sha1);
        repo.write("bom.csv", b"\xef\xbb\xbfa;b\r\nc;d\r\n");
        repo.write("latin.sql", b"-- caf\xe9\nselect 1");
        repo.write("empty", b"");
        repo.write("image.png", b"\x89PNG\0\0");
        repo.symlink("link", "empty");
        let head = repo.commit_all("Files");
        let browser = repo.browser();
        let blob = |name: &str| browser.blob(&head, &path(name), 1000).unwrap();
        let bom = blob("bom.csv").text().unwrap();
        assert_eq!((bom.encoding, bom.line_endings), (TextEncoding::Utf8Bom, LineEndings::CrLf));
        let latin = blob("latin.sql").text().unwrap();
        assert_eq!((latin.text.as_str(), latin.has_final_newline), ("-- café\nselect 1", false));
        assert_eq!(blob("empty").content.as_deref(), Some(&b""[..]));
        assert!(blob("image.png").is_binary());
        assert_eq!(blob("link").kind, EntryKind::Symlink);
        let cut = browser.blob(&head, &path("bom.csv"), 3).unwrap();
        assert_eq!((cut.size, cut.content), (13, None));
        for gone in ["", "none", "empty/x"] {
            assert!(matches!(browser.blob(&head, &path(gone), 9), Err(Error::NotFound(_))), "{gone}");
        }
    }

    #[test]
    fn streams_large_blobs_from_packs_and_from_files() {
        // Not compressible, so that git keeps it whole; larger than what is read in memory.
        let mut state = 7_u32;
        let large: Vec<u8> = (0..3_000_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        let repo = Repo::new(ObjectFormat::Sha1);
        repo.commit("large.bin", &large, "Large");
        let id = repo.id("HEAD:large.bin");
        for packed in [false, true] {
            if packed {
                repo.git(&["repack", "-adq"]);
            }
            let mut reader = repo.browser().blob_reader(&id).unwrap();
            assert!(matches!(
                (&reader.source, packed),
                (Source::Loose(_), false) | (Source::Packed(_), true)
            ));
            assert_eq!(reader.size(), 3_000_000);
            let mut content = Vec::new();
            reader.read_to_end(&mut content).unwrap();
            assert!(content == large);
        }
        assert!(matches!(repo.browser().blob_reader(&repo.head()), Err(Error::NotFound(_))));
    }
}
