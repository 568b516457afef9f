//! The one way out: requests of our own to other servers.
//!
//! Whoever makes one says which hosts it may go to. A name is resolved once and the connection goes to the address that
//! was looked at; nothing is followed elsewhere; time and size have limits; what came back is never shown to anybody.
//! Private and special addresses are refused unless the administrator named the host.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use url::{Host, Url};

/// How long one request may take, from the name to the last byte.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 512 * 1024;

/// Where requests may go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Way {
    /// Hosts that the administrator named, in small letters. They may have private addresses.
    pub(crate) hosts: Vec<String>,
}

/// A request.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Name and value of the `Authorization` header and others.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Outgoing {
    /// Asks for something.
    pub(crate) fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: vec![("accept", "application/json".to_owned())],
            body: String::new(),
        }
    }

    /// Sends a form.
    pub(crate) fn form(url: Url, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = vec![
            ("accept", "application/json".to_owned()),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        Self { method: Method::POST, url, headers, body }
    }
}

impl Way {
    /// Whether a request may go there at all, by its address alone.
    pub(crate) fn allows(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let is_this_machine = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let scheme_fits = url.scheme() == "https" || (url.scheme() == "http" && is_this_machine);
        let is_plain = url.username().is_empty() && url.password().is_none();
        scheme_fits && is_plain && self.hosts.iter().any(|named| named.eq_ignore_ascii_case(host))
    }

    /// Makes the request, and reads an answer that says that it went well.
    pub(crate) async fn fetch(&self, request: Outgoing) -> Result<Vec<u8>, String> {
        if !self.allows(&request.url) {
            return Err(format!("{} is not among the hosts that the settings name", request.url));
        }
        let (name, addresses) = resolve(&request.url).await?;
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .https_only(request.url.scheme() == "https")
            .resolve_to_addrs(&name, &addresses)
            .build()
            .map_err(|error| error.to_string())?;
        let shown = request.url.host_str().unwrap_or_default().to_owned();
        let mut building = client.request(request.method, request.url).body(request.body);
        for (name, value) in request.headers {
            building = building.header(name, value);
        }
        // Errors of the client may hold the address with its query: only their kind is told.
        let mut answer = building.send().await.map_err(|error| format!("{shown}: {}", kind(&error)))?;
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| format!("{shown}: {}", kind(&error)))? {
            if body.len() + part.len() > MAX_ANSWER {
                return Err(format!("{shown} answered with more than {} KB", MAX_ANSWER / 1024));
            }
            body.extend_from_slice(&part);
        }
        if status.is_success() { Ok(body) } else { Err(format!("{shown} answered with {status}")) }
    }
}

fn kind(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "did not answer in time"
    } else if error.is_connect() {
        "cannot be reached, or has no certificate that is trusted"
    } else {
        "the connection broke"
    }
}

/// The addresses of a host, looked up once.
async fn resolve(url: &Url) -> Result<(String, Vec<SocketAddr>), String> {
    let port = url.port_or_known_default().unwrap_or(443);
    match url.host() {
        Some(Host::Domain(name)) => {
            let found = tokio::net::lookup_host((name, port)).await;
            let found: Vec<_> = found
                .map_err(|_| format!("{name} has no address"))?
                .filter(|one| is_usable(one.ip()))
                .collect();
            if found.is_empty() {
                Err(format!("{name} has no address"))
            } else {
                Ok((name.to_owned(), found))
            }
        }
        Some(Host::Ipv4(address)) => Ok((address.to_string(), vec![(address, port).into()])),
        Some(Host::Ipv6(address)) => Ok((address.to_string(), vec![(address, port).into()])),
        None => Err("the address names no host".to_owned()),
    }
}

/// Whether an address is one of a single machine. What is private is allowed, since only named hosts are asked.
fn is_usable(address: IpAddr) -> bool {
    !address.is_unspecified() && !address.is_multicast()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_go_to_named_hosts_only_and_in_private() {
        let way = Way { hosts: vec!["login.example.nhs.uk".to_owned(), "127.0.0.1".to_owned()] };
        let allows = |url: &str| way.allows(&url.parse().unwrap());
        assert!(allows("https://login.example.nhs.uk/token"));
        assert!(allows("https://LOGIN.example.nhs.uk/token"));
        assert!(allows("http://127.0.0.1:9000/token"), "this machine, since it is named");
        for bad in [
            "http://login.example.nhs.uk/token",
            "https://login.example.nhs.uk.evil.example/",
            "https://evil.example/",
            "https://user:password@login.example.nhs.uk/",
            "http://localhost/",
            "https://10.0.0.1/",
            "https://[::ffff:127.0.0.1]/",
            "file:///etc/passwd",
        ] {
            assert!(!allows(bad), "{bad}");
        }
    }
}
