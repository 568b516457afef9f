//! One connection: from the handshake to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use forge_app::Tasks;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tower::ServiceExt as _;

use super::options::WebLimits;
use super::stall::Stall;
use super::tls::Tls;

/// A TLS handshake takes no longer.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// An HTTP/2 connection without requests is closed after this.
const IDLE: Duration = Duration::from_mins(3);
/// Bytes of all headers of a request together.
const HEADER_BYTES: usize = 32 * 1024;
/// Headers of a request.
const HEADERS: usize = 100;
/// Requests at one time on one HTTP/2 connection.
const STREAMS: u32 = 100;

/// Who is at the other end of the connection. Every request of it carries this.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// What every connection needs.
#[derive(Clone)]
pub(crate) struct Serving {
    pub(crate) router: Router,
    pub(crate) tasks: Tasks,
    pub(crate) limits: WebLimits,
    pub(crate) tls: Option<Tls>,
}

impl Serving {
    /// Serves a connection until it ends, fails, or the forge stops.
    pub(crate) async fn run(self, stream: TcpStream, peer: SocketAddr) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot send small packets at once");
        }
        let Some(tls) = &self.tls else {
            return self.drive(stream, peer, false).await;
        };
        match tokio::time::timeout(HANDSHAKE, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                self.drive(stream, peer, http2).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, %peer, "no TLS handshake"),
            Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
        }
    }

    /// Speaks the version that was agreed on. Guessing it from the first bytes has no time limit in the library.
    async fn drive<S>(self, stream: S, peer: SocketAddr, http2: bool)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let asked = Arc::new(Notify::new());
        let service = service_fn(|mut request: Request<Incoming>| {
            asked.notify_one();
            request.extensions_mut().insert(Peer(peer));
            answer(self.router.clone(), request)
        });
        let builder = self.builder(http2);
        let io = TokioIo::new(Stall::new(stream, self.limits.transfer_silence));
        let mut connection = pin!(builder.serve_connection(io, service));
        let result = tokio::select! {
            result = connection.as_mut() => Some(result),
            () = self.tasks.stopping() => None,
            () = idle(&asked), if http2 => None,
        };
        let result = if let Some(result) = result {
            result
        } else {
            // What is running may end; nothing new begins.
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                result = connection.as_mut() => result,
                () = self.too_late() => {
                    return tracing::warn!(%peer, "a connection was cut at the end of the drain time");
                }
            }
        };
        if let Err(error) = result {
            tracing::debug!(error, %peer, "a connection ended early");
        }
    }

    async fn too_late(&self) {
        self.tasks.stopping().await;
        tokio::time::sleep(self.limits.drain).await;
    }

    fn builder(&self, http2: bool) -> auto::Builder<OnTasks> {
        let mut builder = auto::Builder::new(OnTasks(self.tasks.clone()));
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.headers)
            .max_headers(HEADERS)
            .max_buf_size(HEADER_BYTES);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX))
            .keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(20));
        if http2 { builder.http2_only() } else { builder.http1_only() }
    }
}

async fn answer(router: Router, request: Request<Incoming>) -> Result<Response, Infallible> {
    router.oneshot(request.map(Body::new)).await
}

/// Completes when there was no request for a while.
async fn idle(asked: &Notify) {
    while tokio::time::timeout(IDLE, asked.notified()).await.is_ok() {}
}

/// Runs what the library wants to run in the background, so that a shutdown waits for it.
#[derive(Clone)]
struct OnTasks(Tasks);

impl<F> hyper::rt::Executor<F> for OnTasks
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}
