//! The client's address behind trusted proxies.

use std::net::IpAddr;

pub use forge_core::network::{InvalidNetwork, Network};
use http::HeaderMap;

/// Whether one of the trusted proxies is at this address.
pub(crate) fn is_trusted(proxies: &[Network], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(address))
}

/// The client's address: the peer's, or what trusted proxies say about whom they speak for.
///
/// Each proxy adds its own peer at the end of `X-Forwarded-For`, so the list is believed from its end only as far
/// as trusted proxies wrote it. Whatever a client put in front of it does not count.
pub(crate) fn client_address(proxies: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_trusted(proxies, peer) {
        return peer;
    }
    let mut client = peer;
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    for word in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Some(address) = forwarded(word.trim()) else { return client };
        client = address.to_canonical();
        if !is_trusted(proxies, client) {
            return client;
        }
    }
    client
}

/// Some proxies write the port too.
fn forwarded(word: &str) -> Option<IpAddr> {
    let bare = word.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| word.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    fn client(proxies: &[&str], peer: &str, lines: &[&str]) -> String {
        let proxies: Vec<_> = proxies.iter().copied().map(network).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        client_address(&proxies, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client(&[], "192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.2", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            client(&["10.0.0.0/8"], "10.0.0.2", &["1.1.1.1, 198.51.100.1"]),
            "198.51.100.1",
            "a client's own words"
        );
        assert_eq!(
            client(&["10.0.0.0/8"], "10.0.0.2", &["1.1.1.1", "198.51.100.1, 10.0.0.7"]),
            "198.51.100.1"
        );
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.2", &["nonsense"]), "10.0.0.2");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.2", &[]), "10.0.0.2");
        assert_eq!(client(&["10.0.0.0/8"], "::ffff:10.0.0.2", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.2", &["198.51.100.1:9000"]), "198.51.100.1");
    }
}
