//! A copy of the audit log on its way out of the machine: to a file, or to syslog.
//!
//! Somebody who rules the machine can rewrite the log with its chain; only a copy elsewhere shows that. Each entry is
//! sent at least once and in order, with its number, so that whoever receives them sees a gap. How far they were sent
//! stands in the database, and is put down after the sending: a crash in between sends a few of them twice.

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use forge_core::AuditEntry;
use forge_store::audit::{self, AuditFilter};
use forge_store::audit_sink;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, UdpSocket};

use crate::app::App;
use crate::error::{Error, Result};

/// Entries that are sent at a time.
const BATCH: u64 = 500;
/// How often new entries are looked for.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Facility 13, which RFC 5424 keeps for audit, with severity 6 for what was done and 5 for what was refused.
const DONE: u8 = 13 * 8 + 6;
const REFUSED: u8 = 13 * 8 + 5;

/// Where the copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditSink {
    /// A file that each entry is added to as a line of JSON. It may be moved away at any time: the next batch makes a
    /// new one.
    File(PathBuf),
    /// Syslog (RFC 5424) in datagrams. They can be lost on the way, which the numbers show.
    Udp(String),
    /// Syslog (RFC 5424) over a connection, each message led by its length (RFC 6587).
    Tcp(String),
}

/// The text names no sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write file:/var/log/forge/audit.jsonl, syslog:udp://host:514 or syslog:tcp://host:601")]
pub struct InvalidAuditSink;

impl FromStr for AuditSink {
    type Err = InvalidAuditSink;
    fn from_str(text: &str) -> Result<Self, InvalidAuditSink> {
        let place = |text: &str| match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text.to_owned()),
            _ => Err(InvalidAuditSink),
        };
        if let Some(path) = text.strip_prefix("file:") {
            let path = PathBuf::from(path);
            return if path.is_absolute() { Ok(Self::File(path)) } else { Err(InvalidAuditSink) };
        }
        if let Some(address) = text.strip_prefix("syslog:udp://") {
            return place(address).map(Self::Udp);
        }
        let address = text.strip_prefix("syslog:tcp://").ok_or(InvalidAuditSink)?;
        place(address).map(Self::Tcp)
    }
}

impl fmt::Display for AuditSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Udp(address) => write!(f, "syslog:udp://{address}"),
            Self::Tcp(address) => write!(f, "syslog:tcp://{address}"),
        }
    }
}

impl App {
    /// Starts to copy the log, from where an earlier run stopped.
    pub fn start_audit_sink(&self, sink: AuditSink) {
        let app = self.clone();
        self.tasks().spawn(async move {
            loop {
                let is_last = tokio::select! {
                    () = tokio::time::sleep(PAUSE) => false,
                    () = app.tasks().stopping() => true,
                };
                if let Err(error) = app.copy_audit(&sink).await {
                    metrics::counter!("forge_audit_sink_failures_total").increment(1);
                    tracing::error!(%error, %sink, "the audit log cannot be copied; it will be tried again");
                }
                if is_last {
                    return;
                }
            }
        });
    }

    /// Sends every entry that was not sent yet; says how many.
    pub async fn copy_audit(&self, sink: &AuditSink) -> Result<u64> {
        let target = sink.to_string();
        let mut sent = 0;
        loop {
            let batch = {
                let rows = self.store().read().await?;
                let position = audit_sink::position(&rows, &target).await?;
                audit::after(&rows, position, BATCH, &AuditFilter::default()).await?
            };
            let Some(last) = batch.last() else { return Ok(sent) };
            sink.send(self, &batch).await?;
            let tx = self.store().begin().await?;
            audit_sink::advance(&tx, &target, last.number).await?;
            tx.commit().await?;
            sent += u64::try_from(batch.len()).unwrap_or(u64::MAX);
        }
    }
}

impl AuditSink {
    async fn send(&self, app: &App, batch: &[AuditEntry]) -> Result<()> {
        let sending = async {
            match self {
                Self::File(path) => {
                    let (path, lines) = (path.clone(), batch.iter().map(line).collect::<String>());
                    let writing = app.tasks().spawn_blocking(move || add_to_file(&path, &lines));
                    writing.await.map_err(Error::internal)?.map_err(Error::internal)
                }
                Self::Udp(address) => send_datagrams(address, batch).await.map_err(Error::internal),
                Self::Tcp(address) => send_stream(address, batch).await.map_err(Error::internal),
            }
        };
        tokio::time::timeout(PATIENCE, sending)
            .await
            .map_err(|_| Error::Unavailable(format!("{self} does not answer")))?
    }
}

/// An entry as one line of JSON. JSON escapes every control character, so no entry can forge another.
pub fn line(entry: &AuditEntry) -> String {
    format!("{}\n", as_json(entry))
}

fn as_json(entry: &AuditEntry) -> Value {
    let event = &entry.event;
    let detail: Value =
        serde_json::from_str(&event.detail).unwrap_or_else(|_| Value::String(event.detail.clone()));
    json!({
        "number": entry.number,
        "id": event.id.to_string(),
        "at": event.at.format(&Rfc3339).unwrap_or_default(),
        "actor": event.actor,
        "actor_id": event.actor_id,
        "action": event.action,
        "outcome": if event.is_refusal() { "refused" } else { "done" },
        "subject": event.subject,
        "subject_id": event.subject_id,
        "address": event.address,
        "detail": detail,
        "hash": hex::encode(entry.hash),
    })
}

fn add_to_file(path: &std::path::Path, lines: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().append(true).create(true).mode(0o640).open(path)?;
    file.write_all(lines.as_bytes())?;
    file.sync_data()
}

/// A message of RFC 5424.
fn message(entry: &AuditEntry) -> String {
    let priority = if entry.event.is_refusal() { REFUSED } else { DONE };
    let at = entry.event.at.format(&Rfc3339).unwrap_or_else(|_| "-".to_owned());
    format!("<{priority}>1 {at} - forge - audit - {}", as_json(entry))
}

async fn send_datagrams(address: &str, batch: &[AuditEntry]) -> std::io::Result<()> {
    let to = tokio::net::lookup_host(address).await?.next().ok_or(std::io::ErrorKind::NotFound)?;
    let from = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(from).await?;
    socket.connect(to).await?;
    for entry in batch {
        socket.send(message(entry).as_bytes()).await?;
    }
    Ok(())
}

async fn send_stream(address: &str, batch: &[AuditEntry]) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    for entry in batch {
        let message = message(entry);
        stream.write_all(format!("{} {message}", message.len()).as_bytes()).await?;
    }
    stream.flush().await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use forge_core::{AuditEvent, AuditEventId};
    use time::OffsetDateTime;

    use super::*;

    fn entry() -> AuditEntry {
        let event = AuditEvent {
            id: AuditEventId::new(1, [1; 10]),
            at: OffsetDateTime::UNIX_EPOCH,
            actor_id: String::new(),
            actor: "nobody".to_owned(),
            action: "session.refuse".to_owned(),
            subject_id: String::new(),
            subject: "x\n<110>1 forged".to_owned(),
            address: "192.0.2.1".to_owned(),
            detail: r#"{"login_characters":3}"#.to_owned(),
        };
        AuditEntry { number: 7, event, hash: [0xab; 32] }
    }

    #[test]
    fn sinks_are_read_as_they_are_written() {
        for good in
            ["file:/var/log/audit.jsonl", "syslog:udp://192.0.2.1:514", "syslog:tcp://[2001:db8::1]:601"]
        {
            assert_eq!(good.parse::<AuditSink>().unwrap().to_string(), good);
        }
        for bad in ["", "audit.jsonl", "file:relative", "syslog:udp://host", "syslog:tls://host:1", "file:"] {
            assert_eq!(bad.parse::<AuditSink>(), Err(InvalidAuditSink), "{bad}");
        }
    }

    #[test]
    fn an_entry_is_one_line_whatever_it_holds() {
        let line = line(&entry());
        assert_eq!(line.matches('\n').count(), 1);
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&read["number"], &read["outcome"]), (&json!(7), &json!("refused")));
        assert_eq!(read["detail"]["login_characters"], 3);
        let message = message(&entry());
        assert!(message.starts_with("<109>1 1970-01-01T00:00:00Z - forge - audit - {"), "{message}");
        assert!(!message.contains('\n'));
    }
}
