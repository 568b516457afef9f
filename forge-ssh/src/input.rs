//! What a client sends, on its way to the engine.
//!
//! A bounded number of packets waits for the engine. When they are full the connection reads no more, and the client
//! stops when it has used up its window. An end that the client announced differs from one that it did not: the engine
//! must not take half of something for all of it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::mpsc;

/// Packets that wait, each of at most 32 KiB.
const WAITING: usize = 8;

/// Makes both ends.
pub(crate) fn pipe() -> (Feeder, ClientInput) {
    let (sender, packets) = mpsc::channel(WAITING);
    (Feeder { sender: Some(sender) }, ClientInput { packets, rest: Bytes::new(), ended: false })
}

/// Where the connection puts packets.
pub(crate) struct Feeder {
    sender: Option<mpsc::Sender<Bytes>>,
}

impl Feeder {
    /// Hands on a packet, waiting while the engine is behind. Once the engine wants no more, the rest is dropped.
    pub(crate) async fn feed(&mut self, packet: Bytes) {
        // An empty packet would look like the end.
        if packet.is_empty() {
            return;
        }
        if let Some(sender) = &self.sender
            && sender.send(packet).await.is_err()
        {
            self.sender = None;
        }
    }

    /// Hands on that the client has sent everything.
    pub(crate) async fn end(&mut self) {
        if let Some(sender) = self.sender.take() {
            let _ = sender.send(Bytes::new()).await;
        }
    }
}

/// Where the engine reads.
pub(crate) struct ClientInput {
    packets: mpsc::Receiver<Bytes>,
    rest: Bytes,
    ended: bool,
}

impl AsyncRead for ClientInput {
    fn poll_read(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.is_empty() && !self.ended {
            match self.packets.poll_recv(ctx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(packet)) if packet.is_empty() => self.ended = true,
                Poll::Ready(Some(packet)) => self.rest = packet,
                Poll::Ready(None) => {
                    let error = io::Error::new(io::ErrorKind::UnexpectedEof, "the client went away");
                    return Poll::Ready(Err(error));
                }
            }
        }
        let taken = self.rest.len().min(out.remaining());
        out.put_slice(self.rest.get(..taken).unwrap_or_default());
        self.rest.advance(taken);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn hands_on_everything_in_order() {
        let (mut feeder, mut input) = pipe();
        let feeding = async move {
            for number in 0..100_u8 {
                feeder.feed(Bytes::from(vec![number; 1000])).await;
                feeder.feed(Bytes::new()).await;
            }
            feeder.end().await;
        };
        let mut received = Vec::new();
        let ((), read) = tokio::join!(feeding, input.read_to_end(&mut received));
        assert_eq!(read.unwrap(), 100_000);
        assert!(
            received.chunks(1000).zip(0..).all(|(chunk, number)| chunk.iter().all(|byte| *byte == number))
        );
        assert_eq!(input.read(&mut [0; 8]).await.unwrap(), 0, "the end stays the end");
    }

    #[tokio::test]
    async fn a_slow_engine_holds_back_the_client() {
        let (mut feeder, mut input) = pipe();
        for _ in 0..WAITING {
            feeder.feed(Bytes::from_static(b"x")).await;
        }
        let more = tokio::select! {
            biased;
            () = feeder.feed(Bytes::from_static(b"y")) => "taken",
            () = std::future::ready(()) => "held back",
        };
        assert_eq!(more, "held back");
        assert_eq!(input.read(&mut [0; 1]).await.unwrap(), 1);
        feeder.feed(Bytes::from_static(b"y")).await;
    }

    #[tokio::test]
    async fn an_engine_that_has_ended_holds_back_nobody() {
        let (mut feeder, input) = pipe();
        drop(input);
        for _ in 0..10 * WAITING {
            feeder.feed(Bytes::from_static(b"x")).await;
        }
        feeder.end().await;
    }

    #[tokio::test]
    async fn an_end_that_was_not_announced_is_an_error() {
        let (mut feeder, mut input) = pipe();
        feeder.feed(Bytes::from_static(b"half")).await;
        drop(feeder);
        let mut received = Vec::new();
        let error = input.read_to_end(&mut received).await.unwrap_err();
        assert_eq!((received.as_slice(), error.kind()), (b"half".as_slice(), io::ErrorKind::UnexpectedEof));
    }
}
