//! How mail leaves the house.

use std::path::{Path, PathBuf};
use std::time::Duration;

use forge_core::Secret;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::{Letter, Threading};

/// How long a mail server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How mail is sent.
#[derive(Debug, Clone)]
pub struct MailOptions {
    /// The sender, as in `Forge <forge@example.nhs.uk>`.
    pub from: String,
    /// By what way.
    pub transport: MailTransport,
    /// Whether mails about tickets and merge requests of repositories that not everybody can see say what was written.
    pub private_content: bool,
}

impl Default for MailOptions {
    fn default() -> Self {
        Self {
            from: "Forge <forge@localhost>".to_owned(),
            transport: MailTransport::Log,
            private_content: true,
        }
    }
}

/// By what way mail goes.
#[derive(Debug, Clone)]
pub enum MailTransport {
    /// To a mail server.
    Smtp(SmtpOptions),
    /// Into a folder, one file each, for somebody or something else to send.
    Folder(PathBuf),
    /// Nowhere. The log says to whom it would have gone, and never what it says.
    Log,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct SmtpOptions {
    /// Its name.
    pub host: String,
    /// Its port; the usual one of the security when none is given.
    pub port: Option<u16>,
    /// How the connection is kept private.
    pub security: SmtpSecurity,
    /// Certificates of authorities that it is believed by beside the public ones, in PEM.
    pub authority: Option<Vec<u8>>,
    /// User and password, if it asks for them.
    pub credentials: Option<(String, Secret<String>)>,
}

/// How the connection to a mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte.
    Tls,
    /// TLS after a greeting; without it nothing is sent.
    StartTls,
    /// Not at all: only for a server on this machine.
    None,
}

/// Makes the message that goes out.
pub(super) fn message(from: &str, letter: &Letter) -> Result<Message, String> {
    let from: Mailbox = from.parse().map_err(|error| format!("mail.from: {error}"))?;
    let to: Mailbox = letter.to.parse().map_err(|error| format!("the recipient: {error}"))?;
    let builder = Message::builder()
        .from(from)
        .to(to)
        // A name that people chose may be in it: one line, whatever it holds.
        .subject(letter.subject.replace(char::is_control, " "))
        .header(ContentType::TEXT_PLAIN);
    let builder = letter.threading.iter().fold(builder, threaded);
    builder.body(letter.body.clone()).map_err(|error| error.to_string())
}

/// Adds the lines that join mails about one thing, and the way out of them.
fn threaded(builder: MessageBuilder, threading: &Threading) -> MessageBuilder {
    let line = |name, text: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), text);
    let builder = builder
        .message_id(Some(threading.message_id.clone()))
        .raw_header(line("List-Id", threading.list_id.clone()))
        .raw_header(line("List-Unsubscribe", format!("<{}>", threading.unsubscribe)))
        .raw_header(line("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()))
        .raw_header(line("Auto-Submitted", "auto-generated".to_owned()));
    match &threading.in_reply_to {
        Some(first) => builder.in_reply_to(first.clone()).references(first.clone()),
        None => builder,
    }
}

/// Sends a message.
pub(super) async fn deliver(transport: &MailTransport, id: &str, message: Message) -> Result<(), String> {
    match transport {
        MailTransport::Log => {
            let to: Vec<_> = message.envelope().to().iter().map(ToString::to_string).collect();
            tracing::info!(to = to.join(", "), "mail is not sent: mail.transport is log");
            Ok(())
        }
        MailTransport::Folder(folder) => {
            let (folder, name, bytes) = (folder.clone(), format!("{id}.eml"), message.formatted());
            let written = tokio::task::spawn_blocking(move || keep(&folder, &name, &bytes)).await;
            written.map_err(|error| error.to_string())?.map_err(|error| format!("mail.folder: {error}"))
        }
        MailTransport::Smtp(options) => {
            let server = server(options)?;
            server.send(message).await.map(drop).map_err(|error| error.to_string())
        }
    }
}

/// Writes one file, whole or not at all.
fn keep(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::create_dir_all(folder)?;
    let beside = folder.join(format!(".{name}"));
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.sync_all()?;
    std::fs::rename(beside, folder.join(name))
}

fn server(options: &SmtpOptions) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&options.host);
    let parameters = || {
        let mut tls = TlsParameters::builder(options.host.clone());
        if let Some(pem) = &options.authority {
            let found = Certificate::from_pem(pem).map_err(|error| format!("mail.authority: {error}"))?;
            tls = tls.add_root_certificate(found);
        }
        tls.build().map_err(|error| error.to_string())
    };
    let (tls, port) = match options.security {
        SmtpSecurity::Tls => (Tls::Wrapper(parameters()?), 465),
        SmtpSecurity::StartTls => (Tls::Required(parameters()?), 587),
        SmtpSecurity::None => (Tls::None, 25),
    };
    builder = builder.tls(tls).port(options.port.unwrap_or(port)).timeout(Some(TIMEOUT));
    if let Some((user, password)) = &options.credentials {
        builder = builder.credentials(Credentials::new(user.clone(), password.expose().clone()));
    }
    Ok(builder.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &str, subject: &str) -> Letter {
        Letter { to: to.to_owned(), subject: subject.to_owned(), body: "Hello\n".to_owned(), threading: None }
    }

    #[test]
    fn nothing_in_a_mail_adds_a_header() {
        let from = "Forge <forge@example.nhs.uk>";
        let hostile = letter("a@example.nhs.uk", "x\r\nBcc: evil@example.org");
        let text = String::from_utf8(message(from, &hostile).unwrap().formatted()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        for to in ["a@example.nhs.uk, b@example.org", "a@example.nhs.uk\r\nBcc: b@example.org", ""] {
            assert!(message(from, &letter(to, "x")).is_err(), "{to:?}");
        }
        assert!(message("nobody", &letter("a@example.nhs.uk", "x")).is_err());
    }

    #[test]
    fn mails_about_one_thing_are_one_thread_with_a_way_out() {
        let threading = Threading {
            message_id: "<act.2@forge.example>".to_owned(),
            in_reply_to: Some("<item.1@forge.example>".to_owned()),
            list_id: "rr8/beds <beds.forge.example>".to_owned(),
            unsubscribe: "https://forge.example/unsubscribe/ab".to_owned(),
        };
        let about = Letter { threading: Some(threading), ..letter("a@example.nhs.uk", "x") };
        let text = String::from_utf8(message("Forge <forge@x.org>", &about).unwrap().formatted()).unwrap();
        for line in [
            "Message-ID: <act.2@forge.example>",
            "In-Reply-To: <item.1@forge.example>",
            "References: <item.1@forge.example>",
            "List-Id: rr8/beds <beds.forge.example>",
            "List-Unsubscribe: <https://forge.example/unsubscribe/ab>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
        }
    }

    #[tokio::test]
    async fn a_folder_gets_one_file_for_each_mail() {
        let dir = tempfile::tempdir().unwrap();
        let transport = MailTransport::Folder(dir.path().join("mail"));
        let from = "Forge <forge@example.nhs.uk>";
        for id in ["a", "b", "a"] {
            let message = message(from, &letter("a@example.nhs.uk", "x")).unwrap();
            deliver(&transport, id, message).await.unwrap();
        }
        let names: Vec<_> = std::fs::read_dir(dir.path().join("mail"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names.len(), 2, "sent again, it is the same file: {names:?}");
        deliver(&MailTransport::Log, "c", message(from, &letter("a@example.nhs.uk", "x")).unwrap())
            .await
            .unwrap();
    }
}
