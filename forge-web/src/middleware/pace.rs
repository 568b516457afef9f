//! A lower bound on how fast a request's body arrives.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a client may be waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// In one go.
    pub(crate) silence: Duration,
    /// In all, before the bytes that arrived are counted.
    pub(crate) grace: Duration,
    /// Each of so many bytes buys one more second.
    pub(crate) bytes_per_second: u64,
}

/// The client sends more slowly than is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooSlow;

impl TooSlow {
    /// Whether an error comes from this.
    pub(crate) fn caused(error: &(dyn Error + 'static)) -> bool {
        let mut next = Some(error);
        while let Some(error) = next {
            if error.is::<Self>() {
                return true;
            }
            next = error.source();
        }
        false
    }
}

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request's body arrives too slowly")
    }
}

impl Error for TooSlow {}

/// Puts the bound on the body of every request.
pub(crate) async fn pace(State(pace): State<Pace>, request: Request, next: Next) -> Response {
    next.run(
        request.map(|body| Body::new(Paced { body, pace, taken: 0, waited: Duration::ZERO, waiting: None })),
    )
    .await
}

/// A body that is waited for only so long. Time in which nobody asks for more does not count.
struct Paced {
    body: Body,
    pace: Pace,
    taken: u64,
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Paced {
    fn patience(&self) -> Duration {
        let earned = Duration::from_secs(self.taken / self.pace.bytes_per_second.max(1));
        (self.pace.grace + earned).saturating_sub(self.waited).min(self.pace.silence)
    }
}

impl http_body::Body for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(ctx) {
            if let Some((since, _)) = self.waiting.take() {
                self.waited += since.elapsed();
            }
            if let Some(Ok(frame)) = &frame
                && let Some(data) = frame.data_ref()
            {
                self.taken = self.taken.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
            }
            return Poll::Ready(frame);
        }
        let patience = self.patience();
        let now = Instant::now();
        let (_, sleep) = self.waiting.get_or_insert_with(|| (now, Box::pin(sleep_until(now + patience))));
        ready!(sleep.as_mut().poll(ctx));
        Poll::Ready(Some(Err(axum::Error::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures::stream::{self, StreamExt as _};
    use http_body_util::BodyExt as _;

    use super::*;

    const PACE: Pace =
        Pace { silence: Duration::from_mins(1), grace: Duration::from_secs(20), bytes_per_second: 100 };

    async fn read(chunk: &'static [u8], every: Duration, count: usize) -> Result<usize, axum::Error> {
        let chunks = stream::iter(0..count).then(move |_| async move {
            tokio::time::sleep(every).await;
            Ok::<_, std::convert::Infallible>(Bytes::from_static(chunk))
        });
        let body = Body::from_stream(chunks);
        let paced = Paced { body, pace: PACE, taken: 0, waited: Duration::ZERO, waiting: None };
        Ok(paced.collect().await?.to_bytes().len())
    }

    #[tokio::test(start_paused = true)]
    async fn drops_of_bytes_are_not_waited_for() {
        let error = read(b"x", Duration::from_secs(5), 1000).await.unwrap_err();
        assert!(TooSlow::caused(&error));
        let error = read(&[b'x'; 10_000], Duration::from_secs(61), 3).await.unwrap_err();
        assert!(TooSlow::caused(&error), "silence counts however much came before");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_is_waited_for() {
        assert_eq!(read(&[b'x'; 1000], Duration::from_secs(9), 100).await.unwrap(), 100_000);
        assert_eq!(read(b"x", Duration::from_millis(100), 50).await.unwrap(), 50);
    }
}
