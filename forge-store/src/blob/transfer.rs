//! Files into a bucket and out of it, in pieces: no piece holds up the rest, and none is larger than memory allows.

use std::io;
use std::path::Path;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::{ObjectStoreExt as _, WriteMultipart};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::bucket::refusal;
use super::{BlobKey, Bucket};
use crate::{Error, Result};

/// Bytes of one piece. A larger file goes up in several, ten thousand at most: 160 GiB.
const PIECE: u64 = 16 << 20;
/// Pieces that are under way at one time, for one file.
const AT_ONCE: usize = 4;
/// The largest blob that is copied in one request: what the protocol allows.
const COPIED: u64 = 5 << 30;

impl Bucket {
    /// Writes a file into the bucket. On return the bucket has all of it.
    ///
    /// Each request is signed together with the hash of what it carries, so the bucket itself refuses bytes that
    /// changed on the way; that the whole has the right size is asked afterwards.
    pub async fn put(&self, key: &BlobKey, file: &Path) -> Result<()> {
        let shown = |error: io::Error| Error::Io(format!("{}: {error}", file.display()));
        let mut source = File::open(file).await.map_err(shown)?;
        let size = source.metadata().await.map_err(shown)?.len();
        let path = self.path(key);
        if size <= PIECE {
            let whole = read_piece(&mut source, size).await.map_err(shown)?;
            self.store.put(&path, whole.into()).await.map_err(refusal)?;
        } else {
            let upload = self.store.put_multipart(&path).await.map_err(refusal)?;
            let mut upload =
                WriteMultipart::new_with_chunk_size(upload, usize::try_from(PIECE).unwrap_or(1 << 24));
            if let Err(error) = send_pieces(&mut upload, &mut source, size, &shown).await {
                // What is there of it takes room and can be seen by nobody.
                if let Err(error) = upload.abort().await {
                    tracing::warn!(%key, %error, "an upload that failed could not be taken back");
                }
                return Err(error);
            }
            upload.finish().await.map_err(refusal)?;
        }
        match self.size(key).await? {
            Some(there) if there == size => Ok(()),
            there => Err(Error::Bucket(format!("{key}: {size} bytes were sent and {there:?} are there"))),
        }
    }

    /// Copies a blob to another key within the bucket. On return the bucket has all of it; or it is larger than a server
    /// copies in one request, the answer is `false`, and the file has to be written anew.
    pub async fn copy(&self, from: &BlobKey, to: &BlobKey) -> Result<bool> {
        let size = self.size(from).await?.ok_or(Error::NotFound)?;
        if size > COPIED {
            return Ok(false);
        }
        self.store.copy(&self.path(from), &self.path(to)).await.map_err(refusal)?;
        match self.size(to).await? {
            Some(there) if there == size => Ok(true),
            there => Err(Error::Bucket(format!("{to}: {size} bytes were copied and {there:?} are there"))),
        }
    }

    /// Writes a blob into a new file, and says how many bytes it has. `NotFound` when it is not there.
    ///
    /// Whether they are the right ones is for the caller to find out, who knows what they are.
    pub async fn fetch(&self, key: &BlobKey, file: &Path) -> Result<u64> {
        let shown = |error: io::Error| Error::Io(format!("{}: {error}", file.display()));
        let size = self.size(key).await?.ok_or(Error::NotFound)?;
        let mut target = File::create_new(file).await.map_err(shown)?;
        let path = self.path(key);
        let pieces = (0..size.div_ceil(PIECE)).map(|number| {
            let start = number * PIECE;
            let range = start..size.min(start.saturating_add(PIECE));
            let path = &path;
            async move { self.store.get_range(path, range).await.map_err(refusal) }
        });
        let mut pieces = stream::iter(pieces).buffered(AT_ONCE);
        while let Some(piece) = pieces.try_next().await? {
            target.write_all(&piece).await.map_err(shown)?;
        }
        target.flush().await.map_err(shown)?;
        Ok(size)
    }
}

async fn send_pieces(
    upload: &mut WriteMultipart,
    source: &mut File,
    size: u64,
    shown: &impl Fn(io::Error) -> Error,
) -> Result<()> {
    let mut left = size;
    while left > 0 {
        let length = left.min(PIECE);
        let piece = read_piece(source, length).await.map_err(shown)?;
        upload.wait_for_capacity(AT_ONCE).await.map_err(refusal)?;
        upload.put(piece);
        left = left.saturating_sub(length);
    }
    Ok(())
}

async fn read_piece(source: &mut File, length: u64) -> io::Result<Bytes> {
    let mut piece = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    source.read_exact(&mut piece).await?;
    Ok(piece.into())
}
