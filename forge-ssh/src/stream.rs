//! A connection's socket, read in large pieces, acknowledged at once while messages are small, and cut from outside.
//!
//! - russh reads each packet's length by itself, so there is a buffer between it and the socket.
//! - OpenSSH's client leaves Nagle's algorithm on: between two small messages it waits for our acknowledgement, which
//!   Linux delays by 40 ms. That happens twice before a command starts. So every small read asks for quick
//!   acknowledgements again, since the kernel forgets the wish.
//! - A session of russh runs in a task of its own that cannot be aborted. When its socket fails it ends.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncBufRead as _, AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Room for the largest usual packet.
const BUFFER: usize = 36 * 1024;
/// A read that brings fewer bytes than this is part of a conversation and not of a transfer.
const SMALL: usize = 4 * 1024;

/// A socket that can be cut.
pub(crate) struct Line {
    socket: BufReader<TcpStream>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Line {
    /// Wraps a socket. Reading and writing fail from when the token is cancelled.
    pub(crate) fn new(socket: TcpStream, cut: CancellationToken) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        acknowledge_quickly(&socket);
        Ok(Self { socket: BufReader::with_capacity(BUFFER, socket), cut: Box::pin(cut.cancelled_owned()) })
    }

    fn check(&mut self, ctx: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(ctx) {
            Poll::Ready(()) => {
                Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the server ended the connection"))
            }
            Poll::Pending => Ok(()),
        }
    }
}

#[cfg(target_os = "linux")]
fn acknowledge_quickly(socket: &TcpStream) {
    // Only speed depends on it.
    let _ = socket.set_quickack(true);
}

#[cfg(not(target_os = "linux"))]
fn acknowledge_quickly(_socket: &TcpStream) {}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(ctx)?;
        if self.socket.buffer().is_empty() {
            match Pin::new(&mut self.socket).poll_fill_buf(ctx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Ready(Ok(bytes)) => {
                    if !bytes.is_empty() && bytes.len() < SMALL {
                        acknowledge_quickly(self.socket.get_ref());
                    }
                }
            }
        }
        let bytes = self.socket.buffer();
        let taken = bytes.len().min(out.remaining());
        out.put_slice(bytes.get(..taken).unwrap_or_default());
        Pin::new(&mut self.socket).consume(taken);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, ctx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(ctx)?;
        Pin::new(&mut self.socket).poll_write(ctx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(ctx)?;
        Pin::new(&mut self.socket).poll_flush(ctx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(ctx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    async fn pair(cut: &CancellationToken) -> (Line, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        (Line::new(server, cut.clone()).unwrap(), client)
    }

    #[tokio::test]
    async fn carries_bytes_both_ways() {
        let (mut line, mut client) = pair(&CancellationToken::new()).await;
        let sent: Vec<u8> = (0..200_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let copy = sent.clone();
        let writer = async move {
            client.write_all(&copy).await.unwrap();
            let mut answer = [0; 5];
            client.read_exact(&mut answer).await.unwrap();
            answer
        };
        let reader = async {
            let mut received = vec![0; sent.len()];
            line.read_exact(&mut received).await.unwrap();
            line.write_all(b"taken").await.unwrap();
            received
        };
        let (answer, received) = tokio::join!(writer, reader);
        assert_eq!(&answer, b"taken");
        assert!(received == sent);
        assert_eq!(line.read(&mut [0; 1]).await.unwrap(), 0, "the client has closed");
    }

    #[tokio::test]
    async fn fails_once_it_is_cut() {
        let cut = CancellationToken::new();
        let (mut line, _client) = pair(&cut).await;
        let mut byte = [0; 1];
        let (read, ()) = tokio::join!(line.read(&mut byte), async { cut.cancel() });
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        assert_eq!(line.write(b"x").await.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }

    #[tokio::test]
    async fn a_write_that_nobody_takes_ends_when_it_is_cut() {
        let cut = CancellationToken::new();
        let (mut line, _client) = pair(&cut).await;
        let flood = vec![0; 64 << 20];
        let (written, ()) = tokio::join!(line.write_all(&flood), async { cut.cancel() });
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }
}
