//! Transfers that end when whoever runs them may no longer.
//!
//! A clone of a large repository takes minutes, and a push may take an hour. While one runs, it is asked again and again
//! whether its credential still stands and still reaches the repository. When it does not, the engine is stopped, what
//! waits to be sent is thrown away, and what the client sends is read no further: a disabled person, a revoked token or
//! a lost role ends what is under way, at every door alike.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use forge_core::{Actor, RepoId};
use forge_git::Cancel;
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};

use crate::access::Level;
use crate::app::App;
use crate::error::Error;
use crate::git::pipe::Input;

/// Times in a row that the question may stay without an answer before the transfer ends all the same.
const UNANSWERED: u32 = 3;

/// A transfer that is watched over. Dropping it ends the watch.
#[derive(Debug)]
pub(crate) struct Watch {
    ended: CancellationToken,
    _over: DropGuard,
}

impl App {
    /// Watches over a transfer for as long as the value lives, and stops its engine when the permission is gone.
    pub(crate) fn watch_over<L: Level>(&self, actor: &Actor, repo: RepoId, cancel: &Cancel) -> Watch {
        let (ended, over) = (CancellationToken::new(), CancellationToken::new());
        let (app, actor) = (self.clone(), actor.clone());
        let (lost, done, cancel) = (ended.clone(), over.clone(), cancel.clone());
        self.tasks().spawn(async move {
            tokio::select! {
                () = done.cancelled() => {}
                () = app.until_lost::<L>(&actor, repo) => {
                    tracing::info!(%repo, "a transfer ends because its permission is gone");
                    metrics::counter!("forge_git_transfers_cut_total").increment(1);
                    cancel.cancel();
                    lost.cancel();
                }
            }
        });
        Watch { ended, _over: over.drop_guard() }
    }

    /// Completes when the actor may no longer do this in the repository.
    async fn until_lost<L: Level>(&self, actor: &Actor, repo: RepoId) {
        let mut unanswered = 0;
        loop {
            tokio::time::sleep(self.repositories().limits().recheck).await;
            match self.authorize_by_id::<L>(actor, repo).await {
                Ok(_) => unanswered = 0,
                Err(Error::NotFound | Error::Forbidden(_) | Error::Unauthenticated) => return,
                Err(error) => {
                    unanswered += 1;
                    tracing::warn!(%error, "cannot ask whether a transfer may go on");
                    if unanswered == UNANSWERED {
                        return;
                    }
                }
            }
        }
    }
}

impl Watch {
    /// What the client sends, for as long as it may.
    pub(crate) fn input(&self, input: Input) -> Input {
        Box::pin(Watched { input, ended: Box::pin(self.ended.clone().cancelled_owned()) })
    }

    /// Whether the transfer has ended for want of permission.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_cancelled()
    }

    /// Completes when the transfer has ended for want of permission.
    pub(crate) fn ended(&self) -> Pin<Box<WaitForCancellationFutureOwned>> {
        Box::pin(self.ended.clone().cancelled_owned())
    }
}

/// What whoever may not go on is told.
pub(crate) fn lost() -> Error {
    Error::Forbidden("This transfer was stopped, because your access has ended.".to_owned())
}

struct Watched {
    input: Input,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ended.as_mut().poll(ctx).is_ready() {
            return Poll::Ready(Err(io::Error::other(lost())));
        }
        self.input.as_mut().poll_read(ctx, buffer)
    }
}
