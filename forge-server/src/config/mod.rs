//! Settings: one TOML file, then `FORGE_<SECTION>_<KEY>` from the environment.
//!
//! Every key is checked before anything starts: an unknown key, a wrong value or an unsafe combination is fatal, and
//! the message names the key, where it came from and what to write instead.

mod example;
mod in_force;
mod load;
mod mail;
mod oidc;
mod sign_in;
mod storage;
mod value;

use std::net::SocketAddr;
use std::path::PathBuf;

use forge_app::AuditSink;
use forge_core::certificate::CertificateRules;
use forge_core::ssh_public_key::SshPublicKey;
use forge_web::Network;
use serde::Deserialize;
use url::Url;

pub use example::example;
pub use in_force::{Given, InForce, in_force};
pub use load::{ConfigError, Source, load};
pub use mail::{Mail, Security, Transport};
pub use oidc::{ClientAuth, Oidc};
pub use sign_in::{Demand, SignIn, SignUp};
pub use storage::Storage;
pub use value::{ByteSize, Seconds};

/// All settings.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where things are kept.
    pub data: Data,
    /// Which database.
    pub database: Database,
    /// Where packs are kept.
    pub storage: Storage,
    /// Pages and git over HTTPS.
    pub http: Http,
    /// Git over SSH.
    pub ssh: Ssh,
    /// What one transfer may use.
    pub limits: Limits,
    /// Work in the background.
    pub jobs: Jobs,
    /// How repositories are looked after.
    pub maintenance: Maintenance,
    /// Passwords for programs.
    pub tokens: Tokens,
    /// How passwords are kept.
    pub password: Password,
    /// How people sign in.
    pub sign_in: SignIn,
    /// Where the audit log is copied to.
    pub audit: Audit,
    /// How mail is sent.
    pub mail: Mail,
    /// Who may see what at most.
    pub access: Access,
    /// Other sites that vouch for people.
    pub oidc: Vec<Oidc>,
    /// What is written to standard error.
    pub log: Log,
    /// What was given, and where; the rest are defaults.
    #[serde(skip)]
    pub given: Vec<Given>,
}

/// Who may see what at most.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Whether repositories may be public, to be read by people who are not signed in.
    pub public_repositories: bool,
    /// Addresses or networks that the site is open to; with none, it is open to all.
    #[serde(deserialize_with = "value::networks")]
    pub networks: Vec<Network>,
}

/// Where things are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Data {
    /// The directory for repositories, keys and the embedded database.
    pub dir: PathBuf,
    /// The file with the key that seals what a copy of the database must not give away; made at first need in the data
    /// directory when empty. Several machines with one database have the same file.
    pub secret_key: Option<PathBuf>,
}

impl Default for Data {
    fn default() -> Self {
        Self { dir: PathBuf::from("data"), secret_key: None }
    }
}

/// Which database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// Empty for an SQLite file in the data directory, or `postgres://user:password@host/name`.
    pub url: String,
    /// Connections for reading at most.
    pub max_readers: u32,
    /// How long a statement may take before the database counts as out of reach.
    pub patience: Seconds,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: String::new(), max_readers: 16, patience: Seconds(30) }
    }
}

/// Pages and git over HTTPS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address that people type, when it is not the one listened on: behind a proxy, or with a name.
    pub public_url: Option<Url>,
    /// A PEM file with the certificate chain, for HTTPS without a proxy.
    pub tls_certificate: Option<PathBuf>,
    /// A PEM file with the key of the certificate.
    pub tls_key: Option<PathBuf>,
    /// Addresses or networks of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    #[serde(deserialize_with = "value::networks")]
    pub trusted_proxies: Vec<Network>,
    /// Whether `/metrics` is answered on this address. Leave it off where the address is public.
    pub metrics: bool,
    /// How long running requests may take to end when the forge stops.
    pub drain: Seconds,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            public_url: None,
            tls_certificate: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            metrics: false,
            drain: Seconds(30),
        }
    }
}

/// Git over SSH.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ssh {
    /// Whether it is served at all.
    pub enabled: bool,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The host and port that people type, as `host` or `host:port`, when it is not the one listened on.
    pub public_host: Option<String>,
    /// The ed25519 host key; made in the data directory at first start when empty.
    pub host_key: Option<PathBuf>,
    /// Whether a key lets in only once its owner has proven that it is theirs.
    pub verified_keys_only: bool,
    /// Public keys of authorities whose user certificates let in the person they name.
    pub user_certificate_authorities: Vec<String>,
    /// Serial numbers of certificates that were taken back.
    pub revoked_certificate_serials: Vec<u64>,
    /// Key ids of certificates that were taken back.
    pub revoked_certificate_ids: Vec<String>,
}

impl Default for Ssh {
    fn default() -> Self {
        Self {
            enabled: true,
            listen: SocketAddr::from(([127, 0, 0, 1], 2222)),
            public_host: None,
            host_key: None,
            verified_keys_only: false,
            user_certificate_authorities: Vec::new(),
            revoked_certificate_serials: Vec::new(),
            revoked_certificate_ids: Vec::new(),
        }
    }
}

impl Ssh {
    /// What is believed of certificates.
    pub fn certificates(&self) -> Result<CertificateRules, String> {
        let fingerprint = |line: &String| {
            SshPublicKey::parse(line)
                .map(|key| key.fingerprint().to_owned())
                .map_err(|error| format!("ssh.user_certificate_authorities: {error}"))
        };
        Ok(CertificateRules {
            authorities: self
                .user_certificate_authorities
                .iter()
                .map(fingerprint)
                .collect::<Result<_, _>>()?,
            revoked_serials: self.revoked_certificate_serials.clone(),
            revoked_key_ids: self.revoked_certificate_ids.clone(),
        })
    }
}

/// What one transfer may use.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest pack that a push may send.
    pub push: ByteSize,
    /// The largest file that a push may hold.
    pub file: ByteSize,
    /// Objects in one push at most.
    pub objects: u64,
    /// Fetches and pushes at one time; the rest wait.
    pub transfers: usize,
    /// How long one fetch or push may take.
    pub transfer_time: Seconds,
    /// How long one may stay without a byte moving either way.
    pub silence: Seconds,
    /// The size of a repository from which on clones are offered most of it as one bundle; 0 offers none.
    pub bundles: ByteSize,
    /// Disk for packs that were sent before, for those who ask again; 0 keeps none.
    pub answers: ByteSize,
    /// How often what runs asks again whether it may go on.
    pub recheck: Seconds,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            push: ByteSize(2 << 30),
            file: ByteSize(512 << 20),
            objects: 10_000_000,
            transfers: 128,
            transfer_time: Seconds(2 * 60 * 60),
            silence: Seconds(5 * 60),
            bundles: ByteSize(64 << 20),
            answers: ByteSize(2 << 30),
            recheck: Seconds(20),
        }
    }
}

/// Work in the background.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Jobs {
    /// Workers for quick work and as many for heavy work; with 0 other processes on the database do it.
    pub workers: usize,
    /// How often a worker looks for work that another process put in.
    pub poll: Seconds,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { workers: 1, poll: Seconds(5) }
    }
}

/// How repositories are looked after.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Maintenance {
    /// How long objects stay that no ref reaches.
    pub grace: Seconds,
    /// How often every pack is read again to find damage.
    pub scrub_every: Seconds,
}

impl Default for Maintenance {
    fn default() -> Self {
        Self { grace: Seconds(14 * 24 * 60 * 60), scrub_every: Seconds(24 * 60 * 60) }
    }
}

/// Passwords for programs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tokens {
    /// The longest life of an access token, in days.
    pub longest_days: u16,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { longest_days: 365 }
    }
}

/// How passwords are kept: the cost of Argon2id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Password {
    /// Memory for one hash.
    pub memory: ByteSize,
    /// Passes over it.
    pub passes: u32,
    /// Hashes at one time.
    pub at_once: usize,
}

impl Default for Password {
    fn default() -> Self {
        Self { memory: ByteSize(64 << 20), passes: 3, at_once: 2 }
    }
}

/// Where the audit log is copied to.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// Empty for nowhere, or `file:/path`, `syslog:udp://host:port` or `syslog:tcp://host:port`.
    pub sink: String,
}

impl Audit {
    /// Where to copy to, if anywhere.
    pub fn sink(&self) -> Result<Option<AuditSink>, String> {
        if self.sink.is_empty() {
            return Ok(None);
        }
        self.sink.parse().map(Some).map_err(|error| format!("audit.sink: {error}"))
    }
}

/// What is written to standard error.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Lines for people or JSON for programs.
    pub format: LogFormat,
    /// What to write, as in `info` or `warn,forge_git=debug`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Human, level: "info,sea_orm_migration=warn,russh=error".to_owned() }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// The URL that people type, without a slash at its end.
    pub fn public_url(&self) -> String {
        if let Some(url) = &self.http.public_url {
            return url.as_str().trim_end_matches('/').to_owned();
        }
        let scheme = if self.http.tls_certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.http.listen)
    }

    /// The host and port that people type for SSH.
    pub fn public_ssh_address(&self) -> (String, u16) {
        let text = self.ssh.public_host.clone().unwrap_or_else(|| self.ssh.listen.to_string());
        match text.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') => match port.parse() {
                Ok(port) => (host.to_owned(), port),
                Err(_) => (text, 22),
            },
            _ => (text, 22),
        }
    }

    /// What stands before `/owner/repo.git` in an SSH remote.
    pub fn public_ssh(&self) -> String {
        match self.public_ssh_address() {
            (host, 22) => format!("ssh://git@{host}"),
            (host, port) => format!("ssh://git@{host}:{port}"),
        }
    }

    /// The database to connect to.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            let file = self.data.dir.join("forge.db");
            let file = std::path::absolute(&file).unwrap_or(file);
            format!("sqlite://{}", file.display())
        } else {
            self.database.url.clone()
        }
    }

    /// How to connect to it.
    pub fn database_options(&self) -> forge_store::Options {
        forge_store::Options {
            url: self.database_url(),
            max_readers: self.database.max_readers,
            patience: self.database.patience.duration(),
        }
    }

    /// Where the SSH host key is.
    pub fn host_key(&self) -> PathBuf {
        self.ssh.host_key.clone().unwrap_or_else(|| self.data.dir.join("ssh_host_ed25519_key"))
    }

    /// Refuses combinations that are not safe. The text names the key and what to write instead.
    pub fn validate(&self) -> Result<(), String> {
        let http = &self.http;
        if http.tls_certificate.is_some() != http.tls_key.is_some() {
            return Err("http.tls_certificate and http.tls_key: set both or neither".to_owned());
        }
        if http.tls_certificate.is_none()
            && !http.listen.ip().is_loopback()
            && http.trusted_proxies.is_empty()
        {
            return Err(format!(
                "http.listen: {} is not a loopback address, and passwords would cross the network in clear text; set \
                 http.tls_certificate and http.tls_key, or name your proxy in http.trusted_proxies",
                http.listen
            ));
        }
        if let Some(url) = &http.public_url {
            if !matches!(url.scheme(), "http" | "https") || url.path() != "/" || url.query().is_some() {
                return Err(format!(
                    "http.public_url: {url} must be https://host or http://host with nothing behind it"
                ));
            }
            let local =
                url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
            if url.scheme() == "http" && !local {
                return Err(format!(
                    "http.public_url: {url} must start with https:// because it is not this machine"
                ));
            }
        }
        if !self.database.url.is_empty()
            && !self.database.url.starts_with("postgres")
            && !self.database.url.starts_with("sqlite:")
        {
            return Err(
                "database.url: write postgres://user:password@host/name, or leave it empty for SQLite"
                    .to_owned(),
            );
        }
        if self.password.memory.0 < 8 << 10 || self.password.passes == 0 || self.limits.transfers == 0 {
            return Err(
                "password.memory needs at least 8 KiB, password.passes and limits.transfers at least 1"
                    .to_owned(),
            );
        }
        if !(1..=3650).contains(&self.tokens.longest_days) {
            return Err("tokens.longest_days: write a number from 1 to 3650".to_owned());
        }
        if !(1..=60).contains(&self.limits.recheck.0) {
            return Err("limits.recheck: write 1s to 60s, because access that was taken away must end within a minute".to_owned());
        }
        if self.limits.silence.0 == 0 {
            return Err(
                "limits.silence: write at least 1s; clients need a moment between two bytes".to_owned()
            );
        }
        if self.jobs.workers > 64 || self.jobs.poll.0 == 0 {
            return Err("jobs.workers: write a number from 0 to 64, and at least 1s for jobs.poll".to_owned());
        }
        if self.maintenance.grace.0 < self.limits.transfer_time.0 {
            return Err(
                "maintenance.grace: write at least as long as limits.transfer_time, or running pushes may lose objects"
                    .to_owned(),
            );
        }
        if self.maintenance.scrub_every.0 < 60 {
            return Err("maintenance.scrub_every: write at least 1 min".to_owned());
        }
        self.storage.validate()?;
        self.sign_in.validate()?;
        self.audit.sink()?;
        self.ssh.certificates()?;
        self.mail.validate()?;
        oidc::validate(&self.oidc)?;
        if !(1..=1024).contains(&self.database.max_readers) {
            return Err("database.max_readers: write a number from 1 to 1024".to_owned());
        }
        if self.database.patience.0 == 0 {
            return Err("database.patience: write at least 1s".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_safe() {
        let config = Config::default();
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.public_url(), "http://127.0.0.1:3000");
        assert_eq!(config.public_ssh(), "ssh://git@127.0.0.1:2222");
    }

    #[test]
    fn unsafe_settings_are_refused_with_what_to_write() {
        let mut config = Config::default();
        config.http.listen = "0.0.0.0:80".parse().unwrap();
        assert!(config.validate().unwrap_err().contains("tls_certificate"));
        config.http.trusted_proxies.push("10.0.0.1".parse().unwrap());
        assert_eq!(config.validate(), Ok(()));
        config.http.public_url = Some("http://forge.example.nhs.uk".parse().unwrap());
        assert!(config.validate().unwrap_err().contains("https://"));
    }
}
