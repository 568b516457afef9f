//! What a client sends, unpacked and bounded, as the engine reads it.

use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use flate2::write::GzDecoder;
use futures::stream::{self, Stream, StreamExt as _};
use tokio_util::io::StreamReader;

use super::protocol::Encoding;
use crate::error::Failure;
use crate::middleware::TooSlow;
use crate::page::error::Problem;

/// Packed bytes that are unpacked at a time. Deflate grows at most about a thousandfold, so this bounds memory.
const STEP: usize = 2048;

/// Why a body could not be read to its end, for the answer. The engine knows only that reading failed.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault(Arc<Mutex<Option<Why>>>);

/// How many times its size a packed request to fetch may unfold to. Object ids hardly pack: an honest one stays below four.
const MOST_UNFOLDED: u64 = 100;
/// What any request may unfold to.
const ALWAYS_UNFOLDED: u64 = 64 * 1024;

#[derive(Debug, Clone, Copy)]
enum Why {
    TooLarge(u64),
    Unfolds,
    TooSlow,
    NotGzip,
    Cut,
}

impl Fault {
    fn note(&self, why: Why) -> io::Error {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        io::Error::new(io::ErrorKind::InvalidData, "the request could not be read to its end")
    }

    /// The failure to answer with, if reading failed.
    pub(super) fn failure(&self) -> Option<Failure> {
        let why = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(match why {
            Why::TooLarge(most) => {
                let text = format!("This request takes at most {} MiB.", most / (1024 * 1024));
                Failure::of(Problem::TooLarge, text)
            }
            Why::Unfolds => {
                let text = format!("A packed request unfolds to at most {MOST_UNFOLDED} times its size.");
                Failure::of(Problem::TooLarge, text)
            }
            Why::TooSlow => Failure::TooSlow,
            Why::NotGzip => {
                Failure::bad_request("The request says that it is packed with gzip, but it is not.")
            }
            Why::Cut => Failure::bad_request("The request did not arrive whole."),
        })
    }
}

/// A body made ready for the engine.
pub(super) struct Input {
    pub(super) reader: forge_app::Input,
    pub(super) fault: Fault,
}

impl Input {
    /// At most `most` bytes come out, however the body is packed.
    pub(super) fn of(body: Body, encoding: Encoding, most: u64) -> Self {
        let fault = Fault::default();
        let bytes = arriving(body.into_data_stream(), fault.clone());
        let reader: forge_app::Input = match encoding {
            Encoding::Identity => Box::pin(StreamReader::new(Box::pin(bounded(bytes, most, fault.clone())))),
            Encoding::Gzip => {
                // Packs of a push may hold long runs of the same; they are measured by the engine.
                let ratio = if most == u64::MAX { u64::MAX } else { MOST_UNFOLDED };
                let unpacked = unpacked(Box::pin(bytes), ratio, fault.clone());
                Box::pin(StreamReader::new(Box::pin(bounded(unpacked, most, fault.clone()))))
            }
        };
        Self { reader, fault }
    }
}

fn arriving(body: BodyDataStream, fault: Fault) -> impl Stream<Item = io::Result<Bytes>> + Send {
    body.map(move |chunk| {
        chunk.map_err(|error| fault.note(if TooSlow::caused(&error) { Why::TooSlow } else { Why::Cut }))
    })
}

fn bounded(
    bytes: impl Stream<Item = io::Result<Bytes>> + Send,
    most: u64,
    fault: Fault,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let mut taken = 0_u64;
    bytes.map(move |chunk| {
        let chunk = chunk?;
        taken = taken.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if taken > most { Err(fault.note(Why::TooLarge(most))) } else { Ok(chunk) }
    })
}

struct Unpacking<S> {
    source: S,
    packed: Bytes,
    decoder: GzDecoder<Vec<u8>>,
    ended: bool,
    /// How many times the bytes taken in those given out may be.
    ratio: u64,
    taken: u64,
    given: u64,
    fault: Fault,
}

fn unpacked<S>(source: S, ratio: u64, fault: Fault) -> impl Stream<Item = io::Result<Bytes>> + Send
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin,
{
    let (packed, decoder) = (Bytes::new(), GzDecoder::new(Vec::new()));
    let state = Unpacking { source, packed, decoder, ended: false, ratio, taken: 0, given: 0, fault };
    stream::try_unfold(state, |mut state| async move {
        let chunk = state.next().await?;
        Ok(chunk.map(|chunk| (chunk, state)))
    })
}

impl<S: Stream<Item = io::Result<Bytes>> + Send + Unpin> Unpacking<S> {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        while !self.ended {
            if self.packed.is_empty() {
                match self.source.next().await {
                    Some(chunk) => self.packed = chunk?,
                    None => self.ended = true,
                }
            }
            let step = self.packed.split_to(self.packed.len().min(STEP));
            let (decoder, ended) = (&mut self.decoder, self.ended);
            let result = decoder
                .write_all(&step)
                .and_then(|()| if ended { decoder.try_finish() } else { decoder.flush() });
            result.map_err(|_| self.fault.note(Why::NotGzip))?;
            let plain = std::mem::take(self.decoder.get_mut());
            self.taken = self.taken.saturating_add(u64::try_from(step.len()).unwrap_or(u64::MAX));
            self.given = self.given.saturating_add(u64::try_from(plain.len()).unwrap_or(u64::MAX));
            if self.given > self.taken.saturating_mul(self.ratio).max(ALWAYS_UNFOLDED) {
                return Err(self.fault.note(Why::Unfolds));
            }
            if !plain.is_empty() {
                return Ok(Some(plain.into()));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    async fn read(body: Vec<u8>, encoding: Encoding, most: u64) -> Result<Vec<u8>, Failure> {
        let chunks: Vec<io::Result<Bytes>> =
            body.chunks(700).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        let mut input = Input::of(Body::from_stream(stream::iter(chunks)), encoding, most);
        let mut bytes = Vec::new();
        match input.reader.read_to_end(&mut bytes).await {
            Ok(_) => Ok(bytes),
            Err(_) => Err(input.fault.failure().unwrap()),
        }
    }

    #[tokio::test]
    async fn unpacks_what_git_packs() {
        let text: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(read(packed(&text), Encoding::Gzip, u64::MAX).await.unwrap(), text);
        assert_eq!(read(text.clone(), Encoding::Identity, u64::MAX).await.unwrap(), text);
        assert_eq!(read(packed(b""), Encoding::Gzip, 0).await.unwrap(), b"");
    }

    #[tokio::test]
    async fn a_bomb_is_refused_before_it_fills_memory() {
        let bomb = packed(&vec![0; 50_000_000]);
        assert!(bomb.len() < 100_000);
        assert_eq!(read(bomb, Encoding::Gzip, 1_000_000).await.unwrap_err().status(), 413);
        assert_eq!(read(vec![0; 11], Encoding::Identity, 10).await.unwrap_err().status(), 413);
    }

    #[tokio::test]
    async fn a_fetch_unfolds_to_a_hundredfold_a_push_to_anything() {
        let bomb = packed(&vec![0; 5_000_000]);
        let refused = read(bomb.clone(), Encoding::Gzip, 10_000_000).await.unwrap_err();
        assert!(refused.shown().1.contains("100 times"), "{:?}", refused.shown());
        assert_eq!(read(bomb, Encoding::Gzip, u64::MAX).await.unwrap().len(), 5_000_000);
        let small = packed(&vec![b'a'; 60_000]);
        assert_eq!(read(small, Encoding::Gzip, 10_000_000).await.unwrap().len(), 60_000);
    }

    #[tokio::test]
    async fn half_and_broken_bodies_are_the_clients_fault() {
        let whole = packed(b"0032want");
        for bad in [whole[..whole.len() - 3].to_vec(), b"0032want".to_vec(), [whole.clone(), whole].concat()]
        {
            assert_eq!(read(bad, Encoding::Gzip, 1_000).await.unwrap_err().status(), 400);
        }
    }
}
