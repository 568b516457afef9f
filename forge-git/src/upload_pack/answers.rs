//! Packs that went out before, for those who ask the very same question.
//!
//! Build machines ask for the same clone again and again. The second time a question comes, the pack that answers it
//! is kept while it goes out, and from the third time on it is read back instead of made. (Three in four questions
//! never come again: keeping the first answer would cost a disk write each.) What decides about a pack is part of its
//! key, first of all the state of the repository, so nothing has to be declared invalid. Kept packs have no names: they
//! are gone when they are forgotten, or with the process.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::Served;
use super::fetch::Fetch;
use super::hidden::HiddenRefs;
use crate::Result;

/// Questions remembered without an answer.
const QUESTIONS: u64 = 10_000;
/// What a kept pack counts at least, in KiB: each holds a file open.
const LEAST_WEIGHT: u32 = 1024;

type Key = [u8; 32];

/// A bounded memory of answers, shared by all repositories.
#[derive(Clone)]
pub struct Answers {
    dir: PathBuf,
    largest: u64,
    asked: Cache<Key, ()>,
    kept: Cache<Key, Arc<Kept>>,
}

/// The memory, and the state of the repository that a visit sees.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// Where answers are kept.
    pub answers: Answers,
    /// Names the repository and everything in it that can change what is sent.
    pub state: String,
}

/// A pack that went out before.
pub(super) struct Kept {
    file: File,
    pub(super) served: Served,
}

/// What the memory says of a question.
pub(super) enum Memory {
    /// Here is the answer.
    Kept(Arc<Kept>),
    /// It was asked before: the answer is worth keeping.
    Again(Keeping),
    /// It is new, or there is no memory.
    New,
}

impl Answers {
    /// A memory in a directory, of so many bytes. A single answer may take a quarter of them.
    pub fn new(dir: &Path, bytes: u64) -> io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let kept = Cache::builder()
            .weigher(|_, kept: &Arc<Kept>| {
                u32::try_from(kept.served.pack_bytes / 1024).unwrap_or(u32::MAX).max(LEAST_WEIGHT)
            })
            .max_capacity(bytes / 1024)
            .build();
        Ok(Self { dir: dir.to_owned(), largest: bytes / 4, asked: Cache::new(QUESTIONS), kept })
    }

    fn look(&self, key: Key) -> Memory {
        if let Some(kept) = self.kept.get(&key) {
            return Memory::Kept(kept);
        }
        if !self.asked.contains_key(&key) {
            self.asked.insert(key, ());
            return Memory::New;
        }
        match tempfile::tempfile_in(&self.dir) {
            Ok(file) => Memory::Again(Keeping { answers: self.clone(), key, file, bytes: 0, failed: false }),
            Err(error) => {
                tracing::warn!(%error, "answers cannot be kept");
                Memory::New
            }
        }
    }
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Remembered {
    /// Looks a fetch up. Everything that it says about the pack is in the key.
    pub(super) fn look(&self, fetch: &Fetch, haves: &[gix_hash::ObjectId], hidden: &HiddenRefs) -> Memory {
        let sorted = |ids: &[gix_hash::ObjectId]| {
            let mut ids = ids.to_vec();
            ids.sort_unstable();
            ids
        };
        let question = (
            (sorted(&fetch.wants), sorted(haves), sorted(&fetch.client_shallow)),
            (fetch.depth, fetch.deepen_since, sorted(&fetch.deepen_not), fetch.deepen_relative),
            (&fetch.filter, fetch.thin, fetch.offset_deltas, fetch.include_tag, hidden),
        );
        let digest = Sha256::new()
            .chain_update(&self.state)
            .chain_update([0])
            .chain_update(format!("{question:?}"))
            .finalize();
        self.answers.look(digest.into())
    }
}

impl Kept {
    /// Hands the pack on in pieces of at most `size` bytes.
    pub(super) fn each(&self, size: usize, mut piece: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        use std::os::unix::fs::FileExt;
        let mut buffer = vec![0; size];
        let mut at = 0;
        while at < self.served.pack_bytes {
            let left = usize::try_from(self.served.pack_bytes - at).unwrap_or(size).min(size);
            let Some(part) = buffer.get_mut(..left) else { break };
            self.file.read_exact_at(part, at)?;
            piece(part)?;
            at += u64::try_from(left).unwrap_or(u64::MAX);
        }
        Ok(())
    }
}

/// A pack that is kept while it goes out.
pub(super) struct Keeping {
    answers: Answers,
    key: Key,
    file: File,
    bytes: u64,
    failed: bool,
}

impl Keeping {
    /// Keeps the next piece. Nothing that goes wrong here concerns the client.
    pub(super) fn add(&mut self, piece: &[u8]) {
        if self.failed {
            return;
        }
        self.bytes += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if self.bytes > self.answers.largest {
            self.failed = true;
        } else if let Err(error) = self.file.write_all(piece) {
            tracing::warn!(%error, "an answer could not be kept");
            self.failed = true;
        }
    }

    /// The pack has gone out whole.
    pub(super) fn finish(self, served: Served) {
        if !self.failed && self.bytes == served.pack_bytes {
            self.answers.kept.insert(self.key, Arc::new(Kept { file: self.file, served }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(dir: &tempfile::TempDir) -> (Remembered, Fetch) {
        let answers = Answers::new(dir.path(), 8 << 20).expect("a memory");
        (Remembered { answers, state: "one".to_owned() }, Fetch::default())
    }

    fn ask(memory: &Remembered, fetch: &Fetch, pack: &[u8]) -> Option<Vec<u8>> {
        match memory.look(fetch, &[], &HiddenRefs::default()) {
            Memory::Kept(kept) => {
                let mut got = Vec::new();
                kept.each(3, |piece| {
                    got.extend_from_slice(piece);
                    Ok(())
                })
                .expect("readable");
                Some(got)
            }
            Memory::Again(mut keeping) => {
                pack.chunks(2).for_each(|piece| keeping.add(piece));
                let pack_bytes = u64::try_from(pack.len()).expect("a length");
                keeping.finish(Served { pack_bytes, ..Served::default() });
                None
            }
            Memory::New => None,
        }
    }

    #[test]
    fn the_third_to_ask_gets_what_the_second_got() {
        let dir = tempfile::tempdir().expect("a directory");
        let (memory, fetch) = question(&dir);
        assert_eq!(ask(&memory, &fetch, b"first"), None);
        assert_eq!(ask(&memory, &fetch, b"second"), None);
        assert_eq!(ask(&memory, &fetch, b""), Some(b"second".to_vec()));
        let later = Remembered { state: "two".to_owned(), ..memory.clone() };
        assert!(
            matches!(later.look(&fetch, &[], &HiddenRefs::default()), Memory::New),
            "another state is another question"
        );
        let thin = Fetch { thin: true, ..Fetch::default() };
        assert!(matches!(memory.look(&thin, &[], &HiddenRefs::default()), Memory::New));
        let hidden = HiddenRefs::new(["refs/tags"], "");
        assert!(matches!(memory.look(&fetch, &[], &hidden), Memory::New));
        let id = gix_hash::ObjectId::null(gix_hash::Kind::Sha1);
        assert!(matches!(memory.look(&fetch, &[id], &HiddenRefs::default()), Memory::New));
    }

    #[test]
    fn what_is_too_large_or_was_cut_is_not_kept() {
        let dir = tempfile::tempdir().expect("a directory");
        let (memory, fetch) = question(&dir);
        assert_eq!(ask(&memory, &fetch, b""), None);
        assert_eq!(ask(&memory, &fetch, &vec![7; (2 << 20) + 1]), None);
        assert_eq!(ask(&memory, &fetch, b"short"), None, "too large to be kept");
        let cut = Remembered { state: "cut".to_owned(), ..memory };
        assert_eq!(ask(&cut, &fetch, b""), None);
        let Memory::Again(mut keeping) = cut.look(&fetch, &[], &HiddenRefs::default()) else {
            panic!("asked twice")
        };
        keeping.add(b"half");
        drop(keeping);
        assert!(
            matches!(cut.look(&fetch, &[], &HiddenRefs::default()), Memory::Again(_)),
            "half an answer is none"
        );
    }
}
