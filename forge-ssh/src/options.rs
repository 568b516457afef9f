//! What the door must be told.

use std::fmt;
use std::time::Duration;

use forge_core::RepoPath;
use forge_core::network::Network;

use crate::host_key::HostKey;

/// Settings of the SSH door.
#[derive(Debug)]
pub struct SshOptions {
    /// What the server proves itself with.
    pub host_key: HostKey,
    /// Where people reach it, for the addresses in messages.
    pub public: PublicAddress,
    /// How many, how long.
    pub limits: SshLimits,
    /// Networks that the door is open to; with none, it is open to all.
    pub networks: Vec<Network>,
}

/// The address that people put into `git clone`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicAddress {
    /// Host name, or an address (IPv6 in brackets).
    pub host: String,
    /// Port.
    pub port: u16,
}

impl PublicAddress {
    /// The address to clone a repository from.
    pub fn clone_url(&self, path: &RepoPath) -> String {
        format!("{self}/{path}.git")
    }
}

impl fmt::Display for PublicAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            22 => write!(f, "ssh://git@{}", self.host),
            port => write!(f, "ssh://git@{}:{port}", self.host),
        }
    }
}

/// How many connections there may be, and how long each may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SshLimits {
    /// Connections in all.
    pub connections: usize,
    /// Connections from one network: an IPv4 address, or the first 64 bits of an IPv6 address. A hospital may stand
    /// behind one address, so this is no small number.
    pub connections_per_network: usize,
    /// Connections that have not signed in yet, in all. One more makes the oldest of them leave.
    pub signing_in: usize,
    /// Connections from one network that have not signed in yet. One more makes the oldest of them leave.
    pub signing_in_per_network: usize,
    /// From the first byte to being signed in, in all.
    pub sign_in_time: Duration,
    /// Keys that a client may try.
    pub sign_in_attempts: usize,
    /// How long a connection stays without a running command.
    pub idle: Duration,
    /// How long a running command stays while not one byte flows either way.
    pub stalled: Duration,
    /// How often it is checked that the key still lets its owner in.
    pub recheck: Duration,
    /// How long running commands get to end when the server stops.
    pub farewell: Duration,
}

impl Default for SshLimits {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_per_network: 1024,
            signing_in: 1024,
            signing_in_per_network: 256,
            sign_in_time: Duration::from_secs(20),
            sign_in_attempts: 6,
            idle: Duration::from_mins(1),
            stalled: Duration::from_mins(10),
            recheck: Duration::from_secs(30),
            farewell: Duration::from_secs(20),
        }
    }
}

/// A limit of nothing would let nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the SSH limit `{0}` is zero: set it to at least one")]
pub struct InvalidLimit(&'static str);

impl SshLimits {
    /// Says which limit would let nobody in.
    pub fn check(&self) -> Result<(), InvalidLimit> {
        let zero = [
            ("connections", self.connections == 0),
            ("connections_per_network", self.connections_per_network == 0),
            ("signing_in", self.signing_in == 0),
            ("signing_in_per_network", self.signing_in_per_network == 0),
            ("sign_in_time", self.sign_in_time.is_zero()),
            ("sign_in_attempts", self.sign_in_attempts == 0),
            ("idle", self.idle.is_zero()),
            ("stalled", self.stalled.is_zero()),
            ("recheck", self.recheck.is_zero()),
        ];
        match zero.into_iter().find(|(_, is_zero)| *is_zero) {
            Some((name, _)) => Err(InvalidLimit(name)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_limit_that_lets_nobody_in() {
        assert_eq!(SshLimits::default().check(), Ok(()));
        let none = SshLimits { sign_in_attempts: 0, ..SshLimits::default() };
        assert_eq!(
            none.check().unwrap_err().to_string(),
            "the SSH limit `sign_in_attempts` is zero: set it to at least one"
        );
        let none = SshLimits { idle: Duration::ZERO, ..SshLimits::default() };
        assert_eq!(none.check(), Err(InvalidLimit("idle")));
    }

    #[test]
    fn leaves_out_the_usual_port() {
        let path: RepoPath = "rr8/beds".parse().unwrap();
        let address = |port| PublicAddress { host: "git.example.nhs.uk".to_owned(), port };
        assert_eq!(address(22).clone_url(&path), "ssh://git@git.example.nhs.uk/rr8/beds.git");
        assert_eq!(address(2222).clone_url(&path), "ssh://git@git.example.nhs.uk:2222/rr8/beds.git");
    }
}
