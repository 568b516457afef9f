//! Between the engine, which blocks, and the network, which does not.
//!
//! The engine runs on the blocking pool. It reads the client's bytes through a bridge and writes into a bounded
//! channel, so a slow client holds back the engine instead of filling memory, and one that goes away stops it.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use forge_git::Cancel;
use futures::Stream;
use tokio::io::AsyncRead;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::error::{Error, Result};
use crate::git::watch::{Watch, lost};

/// What a client sends.
pub type Input = Pin<Box<dyn AsyncRead + Send>>;

/// How a client and the engine take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// One request, one answer, nothing kept between: HTTP. The advertisement is asked for separately.
    Stateless,
    /// A conversation that starts with the advertisement: SSH.
    Stateful,
}

/// Bytes gathered before they are handed on.
const CHUNK: usize = 64 * 1024;
/// Chunks that wait for a slow client.
const WAITING: usize = 8;

/// What goes back to the client: a stream of chunks, and at its end how it went.
#[derive(Debug)]
pub struct Output {
    chunks: mpsc::Receiver<Bytes>,
    work: Option<JoinHandle<Result<()>>>,
    cancel: Cancel,
    watch: Option<(Watch, Ended)>,
}

/// Completes when the transfer may not go on.
type Ended = Pin<Box<WaitForCancellationFutureOwned>>;

impl Output {
    /// Runs blocking work that writes the answer.
    pub(crate) fn of(
        tasks: &crate::tasks::Tasks,
        cancel: Cancel,
        work: impl FnOnce(&mut OutputWriter) -> Result<()> + Send + 'static,
    ) -> Self {
        let (sender, chunks) = mpsc::channel(WAITING);
        let span = tracing::Span::current();
        let work = tasks.spawn_blocking(move || {
            let _entered = span.enter();
            let mut writer = OutputWriter { sender, gathered: BytesMut::with_capacity(CHUNK) };
            let result = work(&mut writer);
            let flushed = writer.flush();
            result.and(flushed.map_err(Error::internal))
        });
        Self { chunks, work: Some(work), cancel, watch: None }
    }

    /// The same, ending when the watch says that whoever runs it may no longer.
    pub(crate) fn under(mut self, watch: Watch) -> Self {
        let ended = watch.ended();
        self.watch = Some((watch, ended));
        self
    }

    /// The next bytes for the client; nothing at the end.
    pub async fn next(&mut self) -> Option<Bytes> {
        match &mut self.watch {
            None => self.chunks.recv().await,
            Some((_, ended)) => tokio::select! {
                biased;
                () = ended => None,
                chunk = self.chunks.recv() => chunk,
            },
        }
    }

    /// Waits for the work to end and says how it went.
    pub async fn finish(mut self) -> Result<()> {
        while self.next().await.is_some() {}
        if self.watch.as_ref().is_some_and(|(watch, _)| watch.has_ended()) {
            return Err(lost());
        }
        match self.work.take() {
            Some(work) => work.await.map_err(Error::internal)?,
            None => Ok(()),
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// For an answer over HTTP: a failure in mid-stream breaks the connection, so that no client takes half for all.
impl Stream for Output {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Some((_, ended)) = &mut self.watch
            && ended.as_mut().poll(ctx).is_ready()
        {
            return Poll::Ready(Some(Err(io::Error::other(lost()))));
        }
        match self.chunks.poll_recv(ctx) {
            Poll::Ready(Some(chunk)) => Poll::Ready(Some(Ok(chunk))),
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => {
                let Some(mut work) = self.work.take() else { return Poll::Ready(None) };
                match Pin::new(&mut work).poll(ctx) {
                    Poll::Pending => {
                        self.work = Some(work);
                        Poll::Pending
                    }
                    Poll::Ready(Ok(Ok(()))) => Poll::Ready(None),
                    Poll::Ready(Ok(Err(error))) => Poll::Ready(Some(Err(io::Error::other(error)))),
                    Poll::Ready(Err(error)) => Poll::Ready(Some(Err(io::Error::other(error)))),
                }
            }
        }
    }
}

/// Where the engine writes.
pub(crate) struct OutputWriter {
    sender: mpsc::Sender<Bytes>,
    gathered: BytesMut,
}

impl Write for OutputWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gathered.capacity() - self.gathered.len() < bytes.len() {
            // Room for a whole chunk and the packet that fills it, so that it never moves while it grows.
            self.gathered.reserve(bytes.len().max(2 * CHUNK));
        }
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let chunk = self.gathered.split().freeze();
        self.sender
            .blocking_send(chunk)
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the client went away"))
    }
}

/// Lets the engine read what a client sends.
pub(crate) fn blocking_reader(input: Input) -> impl io::Read {
    tokio_util::io::SyncIoBridge::new(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::Tasks;

    #[tokio::test]
    async fn hands_on_everything_and_the_verdict() {
        let tasks = Tasks::new();
        let mut output = Output::of(&tasks, Cancel::new(), |writer| {
            writer.write_all(&vec![7; 200_000]).map_err(Error::internal)?;
            Err(Error::NotFound)
        });
        let mut length = 0;
        while let Some(chunk) = output.next().await {
            length += chunk.len();
        }
        assert_eq!(length, 200_000);
        assert!(matches!(output.finish().await, Err(Error::NotFound)));
    }

    #[tokio::test]
    async fn stops_the_engine_when_the_client_goes() {
        let tasks = Tasks::new();
        let cancel = Cancel::new();
        let (done, ended) = tokio::sync::oneshot::channel();
        let output = Output::of(&tasks, cancel.clone(), move |writer| {
            let result = loop {
                if let Err(error) = writer.write_all(&[0; 4096]) {
                    break error;
                }
            };
            let _ = done.send(result.kind());
            Ok(())
        });
        drop(output);
        assert_eq!(ended.await.unwrap(), io::ErrorKind::BrokenPipe);
        assert!(cancel.is_cancelled());
    }
}
