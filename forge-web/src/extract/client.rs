//! The network address that a request came from.

use std::net::IpAddr;

use forge_core::network::is_open_to;
use http::{Extensions, HeaderMap};

use crate::server::{Network, Peer, client_address};

/// Whom the request came from, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client(Option<IpAddr>);

impl Client {
    /// Finds it out once, at the top of the stack.
    pub(crate) fn find(proxies: &[Network], extensions: &Extensions, headers: &HeaderMap) -> Self {
        Self(extensions.get::<Peer>().map(|peer| client_address(proxies, peer.0.ip(), headers)))
    }

    /// What the top of the stack found.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().copied().unwrap_or(Self(None))
    }

    /// Whether the site is open to it.
    pub(crate) fn may_come_from(self, networks: &[Network]) -> bool {
        networks.is_empty() || self.0.is_some_and(|address| is_open_to(networks, address))
    }

    /// For the audit log and for throttling.
    pub(crate) fn text(self) -> String {
        self.0.map_or_else(|| "unknown".to_owned(), |address| address.to_string())
    }
}
