//! Networks, as settings name them.

use core::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

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

/// Whether an address is in one of several networks; where none is named, every address is.
pub fn is_open_to(networks: &[Network], address: IpAddr) -> bool {
    networks.is_empty() || networks.iter().any(|network| network.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
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
    fn no_network_means_every_network() {
        let address = "192.0.2.1".parse().unwrap();
        assert!(is_open_to(&[], address) && is_open_to(&[network("192.0.2.0/24")], address));
        assert!(!is_open_to(&[network("10.0.0.0/8"), network("fd00::/8")], address));
    }
}
