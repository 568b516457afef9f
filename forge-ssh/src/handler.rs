//! What a connection may ask for: signing in with a key, and channels that each carry one command.
//!
//! Everything that is not named here is refused by russh: passwords, forwarding of ports, sockets, agents
//! and displays.

use std::collections::HashSet;
use std::sync::Arc;

use forge_app::{App, Origin};
use forge_core::{Actor, Door};
use russh::keys::{Algorithm, Certificate, HashAlg, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty};
use tracing::{Instrument as _, Span};

use crate::algorithms;
use crate::connection::{Connection, Identity};
use crate::git_protocol;
use crate::options::PublicAddress;
use crate::session;

/// The one user name there is; who somebody is follows from their key.
const USER: &str = "git";
/// Channels that may be opened in the life of one connection. russh keeps a little of each until the end.
const CHANNELS_EVER: usize = 1000;

/// Answers what one client asks for.
pub(crate) struct ClientHandler {
    app: App,
    connection: Arc<Connection>,
    public: Arc<PublicAddress>,
    /// Of the connection: russh calls from a task of its own, which is outside of it.
    span: Span,
    /// Channels that have their command.
    busy: HashSet<ChannelId>,
    opened: usize,
}

impl ClientHandler {
    pub(crate) fn new(app: App, connection: Arc<Connection>, public: Arc<PublicAddress>) -> Self {
        Self { app, connection, public, span: Span::current(), busy: HashSet::new(), opened: 0 }
    }

    /// Answers the one request of a channel that starts something; a second one is refused.
    fn start(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        if self.busy.insert(channel) {
            session.channel_success(channel)
        } else {
            session.channel_failure(channel)
        }
    }

    fn origin(&self) -> Origin {
        Origin { door: Door::Ssh, address: self.connection.peer.ip().to_canonical().to_string() }
    }

    /// Gives the connection its identity, if what was verified lets anybody in.
    fn admit(&self, user: &str, fingerprint: String, found: Result<Option<Actor>, forge_app::Error>) -> Auth {
        match found {
            Ok(Some(actor)) => {
                let name = actor.person().map(|person| person.name.to_string());
                tracing::debug!(parent: &self.span, name, fingerprint, "signed in");
                self.app.note_connection(&actor, &self.origin(), &fingerprint);
                self.connection.sign_in(Identity { fingerprint, actor });
                Auth::Accept
            }
            Ok(None) => {
                tracing::info!(parent: &self.span, fingerprint, "a known key lets nobody in");
                self.app.note_refused_connection(&self.origin(), &fingerprint);
                self.refuse(user, "no_active_account")
            }
            Err(error) => {
                tracing::error!(parent: &self.span, %error, "cannot look up whom a key lets in");
                self.refuse(user, "unavailable")
            }
        }
    }

    fn refuse(&self, user: &str, why: &'static str) -> Auth {
        metrics::counter!("forge_ssh_sign_in_failures_total", "reason" => why).increment(1);
        tracing::debug!(parent: &self.span, ?user, why, "a key is refused");
        Auth::Reject { proceed_with_methods: Some(algorithms::methods()), partial_success: false }
    }
}

/// What a certificate says.
fn certificate_of(found: &Certificate) -> forge_core::certificate::Certificate {
    let options = found.critical_options().iter();
    forge_core::certificate::Certificate {
        authority: found.signature_key().fingerprint(HashAlg::Sha256).to_string(),
        key_id: found.key_id().to_owned(),
        serial: found.serial(),
        is_for_people: found.cert_type().is_user(),
        principals: found.valid_principals().to_vec(),
        valid_after: found.valid_after(),
        valid_before: found.valid_before(),
        critical_options: options.map(|(name, value)| (name.clone(), value.clone())).collect(),
    }
}

fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// Whether a user name and an algorithm can let anybody in at all; if not, why.
fn objection(user: &str, algorithm: &Algorithm) -> Option<&'static str> {
    if user != USER {
        Some("user_name")
    } else if !algorithms::is_accepted(algorithm) {
        Some("algorithm")
    } else {
        None
    }
}

impl Handler for ClientHandler {
    type Error = russh::Error;

    async fn auth_none(&mut self, _user: &str) -> Result<Auth, Self::Error> {
        Ok(Auth::Reject { proceed_with_methods: Some(algorithms::methods()), partial_success: false })
    }

    /// Says whether a signature by this key is worth making. It sets nothing: the client may go on with another key.
    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        if let Some(why) = objection(user, offer.algorithm) {
            return Ok(self.refuse(user, why));
        }
        if self.app.believes_certificates() {
            // A certificate is offered as the key in it. Whether that is so shows with the signature, which lets nobody
            // in whose key and certificate are not known.
            return Ok(Auth::Accept);
        }
        match self.app.knows_ssh_key(&fingerprint(offer.public_key)).await {
            Ok(true) => Ok(Auth::Accept),
            Ok(false) => Ok(self.refuse(user, "unknown_key")),
            Err(error) => {
                tracing::error!(parent: &self.span, %error, "cannot look up a key");
                Ok(self.refuse(user, "unavailable"))
            }
        }
    }

    /// Lets somebody in: the one place where a connection gets its identity.
    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        if let Some(why) = objection(user, key.algorithm) {
            return Ok(self.refuse(user, why));
        }
        let fingerprint = fingerprint(key.public_key);
        let found = self.app.actor_of_verified_ssh_key(&self.origin(), &fingerprint).await;
        Ok(self.admit(user, fingerprint, found))
    }

    /// Lets in whoever bears a certificate of an authority that is believed. Its signature and its bearer's are right.
    async fn auth_openssh_certificate(
        &mut self,
        user: &str,
        certificate: &Certificate,
    ) -> Result<Auth, Self::Error> {
        // Of an RSA key in a certificate, the signature's hash was judged when it was offered.
        let algorithm = match certificate.public_key().algorithm() {
            Algorithm::Rsa { .. } => Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
            other => other,
        };
        if let Some(why) = objection(user, &algorithm) {
            return Ok(self.refuse(user, why));
        }
        let said = certificate_of(certificate);
        let shown = format!("certificate {} of {}", said.key_id, said.authority);
        let found = self.app.actor_of_verified_certificate(&self.origin(), &said).await;
        Ok(self.admit(user, shown, found))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.connection.identity().is_none() || self.app.tasks().is_stopping() {
            reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
            return Ok(());
        }
        let permit = match Arc::clone(&self.connection.channels).try_acquire_owned() {
            Ok(permit) if self.opened < CHANNELS_EVER => permit,
            _ => {
                reply.reject(ChannelOpenFailure::ResourceShortage).await;
                return Ok(());
            }
        };
        self.opened += 1;
        self.connection.touch();
        reply.accept().await;
        let context = session::Context {
            app: self.app.clone(),
            connection: Arc::clone(&self.connection),
            public: Arc::clone(&self.public),
        };
        self.app.tasks().spawn(session::serve(context, channel, permit).instrument(self.span.clone()));
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.start(channel, session)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.start(channel, session)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        variable_name: &str,
        variable_value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        match git_protocol::requested(variable_name, variable_value) {
            Some(_) => session.channel_success(channel),
            None => session.channel_failure(channel),
        }
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _col_width: u32,
        _row_height: u32,
        _pix_width: u32,
        _pix_height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single_connection: bool,
        _x11_auth_protocol: &str,
        _x11_auth_cookie: &str,
        _x11_screen_number: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        _col_width: u32,
        _row_height: u32,
        _pix_width: u32,
        _pix_height: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_git_signs_in_and_never_with_sha1() {
        let ed25519 = Algorithm::Ed25519;
        assert_eq!(objection("git", &ed25519), None);
        for user in ["root", "", "Git", "git ", "alice", "git\0"] {
            assert_eq!(objection(user, &ed25519), Some("user_name"), "{user:?}");
        }
        assert_eq!(objection("git", &Algorithm::Rsa { hash: None }), Some("algorithm"));
        assert_eq!(objection("git", &Algorithm::Dsa), Some("algorithm"));
        assert_eq!(objection("git", &Algorithm::Rsa { hash: Some(HashAlg::Sha256) }), None);
    }
}
