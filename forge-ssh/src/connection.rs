//! One connection: who it is, what runs in it, and the watch that ends it in time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use forge_app::App;
use forge_core::Actor;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::admission::Place;
use crate::options::SshLimits;

/// Channels that may be open at once in one connection.
const CHANNELS: usize = 2;
/// How long a client gets to take in the end of its last command before it is told to leave. A client of OpenSSH that
/// is told drops what it has received and not yet passed on.
const DIGEST: Duration = Duration::from_secs(5);

/// What the tasks of one connection share.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Where it comes from.
    pub(crate) peer: SocketAddr,
    /// What the log and the person both see, to find one from the other.
    pub(crate) reference: String,
    /// Cancelled when it is over, for whatever reason.
    pub(crate) gone: CancellationToken,
    /// Free channels.
    pub(crate) channels: Arc<Semaphore>,
    limits: SshLimits,
    place: Place,
    since: Instant,
    /// Milliseconds after `since` at which something last happened.
    last_activity: AtomicU64,
    /// How many commands run. Every change makes the watch look again.
    running: watch::Sender<usize>,
    identity: Mutex<Option<Identity>>,
}

/// Whose verified key it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Of the key.
    pub(crate) fingerprint: String,
    /// Who it lets in.
    pub(crate) actor: Actor,
}

/// Why the watch ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It did not sign in in time.
    TooLate,
    /// It has not signed in and others need the place.
    MakeRoom,
    /// Nothing runs and nothing happens.
    Idle,
    /// Something runs and nothing moves.
    Stalled,
    /// The key or its owner may not come in any more.
    Revoked,
    /// The server stops.
    Stopping,
}

impl Verdict {
    /// What the client is told.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::TooLate => "Signing in took too long.",
            Self::MakeRoom => "Too many connections are signing in. Try again.",
            Self::Idle => "Nothing happened for a while.",
            Self::Stalled => "The transfer stood still for too long.",
            Self::Revoked => "This key does not let you in any more.",
            Self::Stopping => "The server is stopping. Try again in a minute.",
        }
    }

    /// One word for the metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TooLate => "too_late",
            Self::MakeRoom => "make_room",
            Self::Idle => "idle",
            Self::Stalled => "stalled",
            Self::Revoked => "revoked",
            Self::Stopping => "stopping",
        }
    }
}

/// A command that runs. Dropping it ends the running.
#[derive(Debug)]
pub(crate) struct Running<'a>(&'a Connection);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.touch();
        self.0.running.send_modify(|running| *running = running.saturating_sub(1));
    }
}

impl Connection {
    pub(crate) fn new(peer: SocketAddr, reference: String, limits: SshLimits, place: Place) -> Arc<Self> {
        Arc::new(Self {
            peer,
            reference,
            gone: CancellationToken::new(),
            channels: Arc::new(Semaphore::new(CHANNELS)),
            limits,
            place,
            since: Instant::now(),
            last_activity: AtomicU64::new(0),
            running: watch::Sender::new(0),
            identity: Mutex::new(None),
        })
    }

    /// When signing in must be done.
    fn deadline(&self) -> Instant {
        self.since + self.limits.sign_in_time
    }

    /// Notes that something happened.
    pub(crate) fn touch(&self) {
        let millis = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_activity.store(millis, Ordering::Relaxed);
    }

    fn last_activity(&self) -> Instant {
        self.since + Duration::from_millis(self.last_activity.load(Ordering::Relaxed))
    }

    /// Notes that a command runs for as long as the value lives.
    pub(crate) fn run(&self) -> Running<'_> {
        self.touch();
        self.running.send_modify(|running| *running += 1);
        Running(self)
    }

    /// Notes who it is. Only for a key whose signature has been verified.
    pub(crate) fn sign_in(&self, identity: Identity) {
        *self.lock_identity() = Some(identity);
        self.place.signed_in();
        self.touch();
        self.running.send_modify(|_| {});
    }

    /// Who it is, at most a moment old.
    pub(crate) fn identity(&self) -> Option<Identity> {
        self.lock_identity().clone()
    }

    fn lock_identity(&self) -> MutexGuard<'_, Option<Identity>> {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches until there is a reason to end the connection.
    pub(crate) async fn watch(&self, app: &App) -> Verdict {
        let checks = async {
            loop {
                tokio::time::sleep(self.limits.recheck).await;
                if !self.may_stay(app).await {
                    return Verdict::Revoked;
                }
            }
        };
        tokio::select! {
            verdict = self.clocks() => verdict,
            verdict = checks => verdict,
            () = self.place.dismissed() => Verdict::MakeRoom,
            () = self.farewell(app) => Verdict::Stopping,
        }
    }

    /// Completes when the server has been asked to stop and what runs here has ended or had time enough.
    async fn farewell(&self, app: &App) {
        app.tasks().stopping().await;
        if self.identity().is_none() {
            return;
        }
        let mut running = self.running.subscribe();
        let ended = async {
            let _ = running.wait_for(|running| *running == 0).await;
            tokio::time::sleep_until(self.last_activity() + DIGEST).await;
        };
        let _ = tokio::time::timeout(self.limits.farewell, ended).await;
    }

    /// Asks again whom the key lets in, so that a removed key or a disabled account ends its connections.
    async fn may_stay(&self, app: &App) -> bool {
        let Some(identity) = self.identity() else { return true };
        match app.still_lets_in(&identity.actor).await {
            Ok(Some(actor)) => {
                *self.lock_identity() = Some(Identity { actor, ..identity });
                true
            }
            Ok(None) => false,
            // Whatever a command does next asks the same database for permission and gets none.
            Err(error) => {
                tracing::warn!(%error, "cannot check a key again");
                true
            }
        }
    }

    /// Completes when one of the time limits has passed.
    async fn clocks(&self) -> Verdict {
        let mut changes = self.running.subscribe();
        loop {
            let running = *changes.borrow_and_update();
            let (end, verdict) = self.next_limit(running);
            if end <= Instant::now() {
                return verdict;
            }
            tokio::select! {
                () = tokio::time::sleep_until(end) => {}
                _ = changes.changed() => {}
            }
        }
    }

    /// The limit that applies now, and when it will have passed if nothing more happens.
    fn next_limit(&self, running: usize) -> (Instant, Verdict) {
        if self.lock_identity().is_none() {
            return (self.deadline(), Verdict::TooLate);
        }
        let last = self.last_activity();
        if running > 0 {
            (last + self.limits.stalled, Verdict::Stalled)
        } else {
            (last + self.limits.idle, Verdict::Idle)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::Admission;

    fn connection(limits: SshLimits) -> Arc<Connection> {
        let peer: SocketAddr = "192.0.2.1:4711".parse().unwrap();
        let place = Admission::new(limits).admit(peer.ip()).unwrap();
        Connection::new(peer, "0badcafe".to_owned(), limits, place)
    }

    fn somebody() -> Identity {
        Identity { fingerprint: "SHA256:x".to_owned(), actor: Actor::System { reason: "test" } }
    }

    #[test]
    fn signing_in_has_one_deadline_whatever_happens() {
        let connection = connection(SshLimits::default());
        connection.last_activity.store(19_000, Ordering::Relaxed);
        assert_eq!(connection.next_limit(0), (connection.since + Duration::from_secs(20), Verdict::TooLate));
    }

    #[test]
    fn who_signed_in_is_judged_by_what_runs() {
        let connection = connection(SshLimits::default());
        connection.sign_in(somebody());
        connection.last_activity.store(5_000, Ordering::Relaxed);
        assert_eq!(connection.next_limit(0), (connection.since + Duration::from_secs(65), Verdict::Idle));
        assert_eq!(connection.next_limit(1), (connection.since + Duration::from_secs(605), Verdict::Stalled));
    }

    #[test]
    fn counts_what_runs() {
        let connection = connection(SshLimits::default());
        let first = connection.run();
        let second = connection.run();
        assert_eq!(*connection.running.borrow(), 2);
        drop((first, second));
        assert_eq!(*connection.running.borrow(), 0);
    }

    #[tokio::test]
    async fn the_clocks_notice_a_change() {
        let moment = Duration::from_millis(1);
        let limits =
            SshLimits { idle: moment, sign_in_time: Duration::from_hours(1), ..SshLimits::default() };
        let connection = connection(limits);
        let (verdict, ()) = tokio::join!(connection.clocks(), async { connection.sign_in(somebody()) });
        assert_eq!(verdict, Verdict::Idle);
    }

    #[test]
    fn knows_nobody_until_they_signed_in() {
        let connection = connection(SshLimits::default());
        assert_eq!(connection.identity(), None);
        connection.sign_in(somebody());
        assert_eq!(connection.identity(), Some(somebody()));
    }
}
