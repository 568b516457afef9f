//! The accept loop, and one task for each connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use forge_app::App;
use forge_core::network::{Network, is_open_to};
use russh::Disconnect;
use russh::server::{Config, RunningSession, run_stream};
use tokio::net::{TcpListener, TcpStream};
use tracing::Instrument as _;

use crate::admission::{Admission, Full, Place};
use crate::algorithms;
use crate::connection::{Connection, Verdict};
use crate::handler::ClientHandler;
use crate::options::{InvalidLimit, PublicAddress, SshLimits, SshOptions};
use crate::stream::Line;

/// How long nothing is accepted after the operating system had nothing to give, such as a file descriptor.
const BREATH: Duration = Duration::from_millis(100);
/// How long a client gets to read why it must go.
const GOODBYE: Duration = Duration::from_secs(2);

/// What every connection needs.
#[derive(Clone)]
struct Door {
    app: App,
    config: Arc<Config>,
    public: Arc<PublicAddress>,
    limits: SshLimits,
    networks: Arc<[Network]>,
}

/// Serves git over SSH on a listener until the application is asked to stop.
pub async fn serve(app: App, listener: TcpListener, options: SshOptions) -> Result<(), InvalidLimit> {
    options.limits.check()?;
    let admission = Admission::new(options.limits);
    let door = Door {
        app,
        config: Arc::new(algorithms::config(&options)),
        public: Arc::new(options.public),
        limits: options.limits,
        networks: options.networks.into(),
    };
    loop {
        let accepted = tokio::select! {
            () = door.app.tasks().stopping() => return Ok(()),
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => door.receive(&admission, socket, peer),
            Err(error) => {
                tracing::warn!(%error, "cannot accept SSH connections for a moment");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

impl Door {
    fn receive(&self, admission: &Arc<Admission>, socket: TcpStream, peer: SocketAddr) {
        metrics::counter!("forge_ssh_connections_total").increment(1);
        if !is_open_to(&self.networks, peer.ip()) {
            metrics::counter!("forge_ssh_connections_refused_total", "scope" => "closed").increment(1);
            tracing::info!(%peer, "the site is not open to this network");
            let _ = socket.try_write(b"This site is not open to your network.\r\n");
            return;
        }
        match admission.admit(peer.ip()) {
            Ok(place) => {
                let span = tracing::info_span!("ssh", %peer, reference = tracing::field::Empty);
                self.app.tasks().spawn(self.clone().attend(socket, peer, place).instrument(span));
            }
            Err(full) => {
                let scope = match full {
                    Full::Server => "server",
                    Full::Network => "network",
                };
                metrics::counter!("forge_ssh_connections_refused_total", "scope" => scope).increment(1);
                tracing::warn!(%peer, scope, "too many SSH connections");
                // Clients show lines that come before the protocol's first. If it does not fit, so be it.
                let _ = socket.try_write(b"Too many connections. Try again in a minute.\r\n");
            }
        }
    }

    /// Attends to one connection until it is over.
    async fn attend(self, socket: TcpStream, peer: SocketAddr, place: Place) {
        let reference = hex(self.app.ambient().random::<6>());
        tracing::Span::current().record("reference", reference.as_str());
        let connection = Connection::new(peer, reference, self.limits, place);
        // However this ends, and be it by a panic: the tasks of the connection end and its socket fails.
        let over = connection.gone.clone().drop_guard();
        let Ok(line) = Line::new(socket, connection.gone.clone()) else { return };
        let handler = ClientHandler::new(self.app.clone(), Arc::clone(&connection), Arc::clone(&self.public));
        let introduced = run_stream(Arc::clone(&self.config), line, handler);
        let mut session = tokio::select! {
            session = introduced => match session {
                Ok(session) => session,
                Err(error) => return tracing::debug!(%error, "no SSH connection"),
            },
            verdict = connection.watch(&self.app) => return ended(verdict),
        };
        let verdict = tokio::select! {
            result = &mut session => return report(result),
            verdict = connection.watch(&self.app) => verdict,
        };
        ended(verdict);
        if !has_left(&mut session, verdict).await {
            drop(over);
            let _ = tokio::time::timeout(GOODBYE, session).await;
        }
    }
}

/// Tells the client why it must go; true if it has gone.
async fn has_left(session: &mut RunningSession<ClientHandler>, verdict: Verdict) -> bool {
    // A client that has not even exchanged keys would not hear it.
    if matches!(verdict, Verdict::TooLate | Verdict::MakeRoom) {
        return false;
    }
    let handle = session.handle();
    let goodbye = async {
        // This waits for its turn, and fails if the session has ended.
        let _ =
            handle.disconnect(Disconnect::ByApplication, verdict.sentence().to_owned(), String::new()).await;
        session.await
    };
    tokio::time::timeout(GOODBYE, goodbye).await.is_ok()
}

fn ended(verdict: Verdict) {
    metrics::counter!("forge_ssh_connections_ended_total", "reason" => verdict.name()).increment(1);
    match verdict {
        // What scanners and sleepers do all day is counted, and told only to those who ask for more.
        Verdict::TooLate | Verdict::MakeRoom | Verdict::Idle => {
            tracing::debug!(reason = verdict.name(), "{}", verdict.sentence());
        }
        Verdict::Stalled | Verdict::Revoked | Verdict::Stopping => {
            tracing::info!(reason = verdict.name(), "{}", verdict.sentence());
        }
    }
}

fn report(result: Result<(), russh::Error>) {
    match result {
        Ok(()) | Err(russh::Error::Disconnect | russh::Error::HUP | russh::Error::IO(_)) => {
            tracing::debug!("connection over");
        }
        // The session's own task has panicked; it took only this connection with it.
        Err(russh::Error::Join(error)) => {
            metrics::counter!("forge_ssh_panics_total").increment(1);
            tracing::error!(%error, "a connection failed");
        }
        Err(error) => tracing::info!(%error, "connection ended"),
    }
}

fn hex(bytes: [u8; 6]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for digit in [byte >> 4, byte & 0xf] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_short_and_plain() {
        assert_eq!(hex([0, 1, 0xab, 0xff, 16, 9]), "0001abff1009");
    }
}
