//! Networks of trusted proxies, and the client's address behind them.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use http::HeaderMap;

/// An address, or all addresses with the same first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    length: u32,
}

/// The text is neither an address nor a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a network address like 10.0.0.5, 10.0.0.0/8 or fd00::/8")]
pub struct InvalidNetwork(String);

impl Network {
    /// Whether an address belongs to it.
    pub fn contains(&self, address: IpAddr) -> bool {
        (mapped(address) ^ self.bits).checked_shr(128 - self.length).unwrap_or(0) == 0
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let bad = || InvalidNetwork(text.to_owned());
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| bad())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Ok(longest), str::parse::<u32>).map_err(|_| bad())?;
        if length > longest {
            return Err(bad());
        }
        Ok(Self { bits: mapped(address), length: length + 128 - longest })
    }
}

/// An IPv4 address and the IPv6 address that stands for it are one.
fn mapped(address: IpAddr) -> u128 {
    let address: Ipv6Addr = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    address.to_bits()
}

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
    fn networks_hold_their_addresses() {
        assert!(network("10.0.0.0/8").contains("10.255.1.2".parse().unwrap()));
        assert!(network("10.0.0.0/8").contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!network("10.0.0.0/8").contains("11.0.0.1".parse().unwrap()));
        assert!(network("10.0.0.5").contains("10.0.0.5".parse().unwrap()));
        assert!(!network("10.0.0.5").contains("10.0.0.4".parse().unwrap()));
        assert!(network("fd00::/8").contains("fd12::1".parse().unwrap()));
        assert!(!network("fd00::/8").contains("10.0.0.1".parse().unwrap()));
        assert!(network("::/0").contains("192.0.2.1".parse().unwrap()));
        for bad in ["", "10.0.0.0/33", "10.0.0", "all", "10.0.0.0/", "fd00::/129", "10.0.0.0/-1"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
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
