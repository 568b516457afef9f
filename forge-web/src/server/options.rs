//! What this door must be told.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ::url::{Host, Url};

use super::network::Network;
use crate::page::admin::SettingRow;

/// Gives the text that `/metrics` answers with.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// How to serve pages and git over HTTP.
#[derive(Clone)]
pub struct WebOptions {
    /// The address that people use, such as `https://forge.example.nhs.uk/`.
    pub public_url: Url,
    /// The start of SSH addresses, such as `ssh://git@forge.example.nhs.uk:2222`, where SSH is served.
    pub ssh_url: Option<String>,
    /// The fingerprint of the SSH host key, for people to compare.
    pub ssh_fingerprint: Option<String>,
    /// Certificate and key, where this server ends TLS itself.
    pub tls: Option<TlsFiles>,
    /// Proxies in front whose word about the client's address counts.
    pub trusted_proxies: Vec<Network>,
    /// Networks that the site is open to; with none, it is open to all.
    pub networks: Vec<Network>,
    /// The realm that git clients are told. Credential helpers know a forge they can talk to by `Gitea`.
    pub git_realm: String,
    /// How many connections, how slow, how long.
    pub limits: WebLimits,
    /// Where security problems are reported: an address for `security.txt`, `mailto:` or `https:`.
    pub security_contact: Option<String>,
    /// Whom the accessibility statement names.
    pub accessibility_contact: String,
    /// Serves `/metrics`, if it is to be served here.
    pub metrics: Option<RenderMetrics>,
    /// The settings in force, for administrators to see.
    pub settings: Vec<SettingRow>,
}

/// A certificate chain and its private key, both PEM. They are read again when they change.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The chain, the server's own certificate first.
    pub certificates: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// Bounds on connections and requests.
#[derive(Debug, Clone, Copy)]
pub struct WebLimits {
    /// Connections in all.
    pub connections: usize,
    /// Connections from one network address, proxies not counted.
    pub connections_per_address: usize,
    /// From the first byte to the end of the headers, and between two requests.
    pub headers: Duration,
    /// A whole page.
    pub page: Duration,
    /// How long a client may send nothing in the middle of a push, or take nothing of an answer.
    pub transfer_silence: Duration,
    /// How long running requests may go on when the forge stops.
    pub drain: Duration,
}

impl Default for WebLimits {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_per_address: 1024,
            headers: Duration::from_secs(20),
            page: Duration::from_secs(30),
            transfer_silence: Duration::from_mins(5),
            drain: Duration::from_secs(25),
        }
    }
}

impl WebOptions {
    /// Options with everything at its default.
    pub fn new(public_url: Url) -> Self {
        Self {
            public_url,
            ssh_url: None,
            ssh_fingerprint: None,
            tls: None,
            trusted_proxies: Vec::new(),
            networks: Vec::new(),
            git_realm: "Gitea".to_owned(),
            limits: WebLimits::default(),
            security_contact: None,
            accessibility_contact: String::new(),
            metrics: None,
            settings: Vec::new(),
        }
    }

    /// Whether people come over HTTPS.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The public address without a slash at its end.
    pub fn site(&self) -> String {
        self.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// Refuses what would not be safe.
    pub fn check(&self, listens_on: IpAddr) -> Result<(), UnsafeOptions> {
        let is_plain_site = !self.public_url.path().is_empty() && self.public_url.path() != "/";
        if is_plain_site || self.public_url.query().is_some() || self.public_url.fragment().is_some() {
            return Err(UnsafeOptions::PublicUrlHasPath(self.public_url.to_string()));
        }
        match self.public_url.scheme() {
            "https" => {}
            "http" if self.public_url.host().is_some_and(|host| is_loopback(&host)) => {}
            "http" => return Err(UnsafeOptions::PublicUrlIsPlain(self.public_url.to_string())),
            _ => return Err(UnsafeOptions::PublicUrlIsNoWeb(self.public_url.to_string())),
        }
        if self.tls.is_none() && !listens_on.is_loopback() && self.trusted_proxies.is_empty() {
            return Err(UnsafeOptions::ListensPlain(listens_on));
        }
        Ok(())
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl fmt::Debug for WebOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebOptions")
            .field("public_url", &self.public_url.as_str())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Why the forge will not serve with these options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsafeOptions {
    /// Pages are served at the root of a host only.
    #[error(
        "the public URL {0} has a path; the forge needs a host name of its own, like https://forge.example.nhs.uk/"
    )]
    PublicUrlHasPath(String),
    /// Cookies need HTTPS.
    #[error(
        "the public URL {0} is not https; plain http is only for trying the forge on one machine, at http://127.0.0.1 or http://localhost"
    )]
    PublicUrlIsPlain(String),
    /// Another scheme.
    #[error("the public URL {0} does not start with https://")]
    PublicUrlIsNoWeb(String),
    /// Passwords would cross the network in the clear.
    #[error(
        "listening on {0} without TLS would send passwords in the clear: give a certificate and key, \
         or name the proxies in front as trusted_proxies, or listen on 127.0.0.1"
    )]
    ListensPlain(IpAddr),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str, address: &str, proxies: &[&str]) -> Result<(), UnsafeOptions> {
        let mut options = WebOptions::new(url.parse().unwrap());
        options.trusted_proxies = proxies.iter().map(|text| text.parse().unwrap()).collect();
        options.check(address.parse().unwrap())
    }

    #[test]
    fn refuses_to_start_unsafe() {
        assert_eq!(checked("http://127.0.0.1:3000", "127.0.0.1", &[]), Ok(()));
        assert_eq!(checked("http://localhost:3000", "::1", &[]), Ok(()));
        assert_eq!(checked("https://forge.example.org", "127.0.0.1", &[]), Ok(()));
        assert_eq!(checked("https://forge.example.org", "0.0.0.0", &["10.0.0.0/8"]), Ok(()));
        assert!(matches!(
            checked("https://forge.example.org", "0.0.0.0", &[]),
            Err(UnsafeOptions::ListensPlain(_))
        ));
        assert!(matches!(
            checked("http://forge.example.org", "127.0.0.1", &[]),
            Err(UnsafeOptions::PublicUrlIsPlain(_))
        ));
        assert!(matches!(
            checked("https://a.example/forge", "127.0.0.1", &[]),
            Err(UnsafeOptions::PublicUrlHasPath(_))
        ));
        assert!(matches!(
            checked("ftp://a.example", "127.0.0.1", &[]),
            Err(UnsafeOptions::PublicUrlIsNoWeb(_))
        ));
    }
}
