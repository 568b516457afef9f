//! How mail is sent.

use std::path::{Path, PathBuf};

use forge_app::{MailOptions, MailTransport, SmtpOptions, SmtpSecurity};
use forge_core::Secret;
use serde::Deserialize;

/// How mail is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// By what way.
    pub transport: Transport,
    /// The sender.
    pub from: String,
    /// Whether mails about repositories that not everybody can see say what was written.
    pub private_content: bool,
    /// Where mail is put by the way `folder`; among the data when empty.
    pub folder: Option<PathBuf>,
    /// The mail server.
    pub host: String,
    /// Its port; the usual one of the security when empty.
    pub port: Option<u16>,
    /// How the connection to it is kept private.
    pub security: Security,
    /// A file with the certificate of an authority that vouches for it, beside the public ones.
    pub authority: Option<PathBuf>,
    /// The user it asks for.
    pub user: String,
    /// The password it asks for.
    pub password: String,
    /// A file with the password.
    pub password_file: Option<PathBuf>,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            transport: Transport::Folder,
            from: "Forge <forge@localhost>".to_owned(),
            private_content: true,
            folder: None,
            host: String::new(),
            port: None,
            security: Security::StartTls,
            authority: None,
            user: String::new(),
            password: String::new(),
            password_file: None,
        }
    }
}

/// By what way mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// To a mail server.
    Smtp,
    /// Into a folder, one file each.
    Folder,
    /// Nowhere: the log says to whom it would have gone.
    Log,
}

/// How the connection to a mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after a greeting.
    StartTls,
    /// Not at all, for a server on this machine.
    None,
}

impl Mail {
    /// Refuses what cannot work, or would show passwords to the network. The text names the key and what to write instead.
    pub(super) fn validate(&self) -> Result<(), String> {
        if self.transport == Transport::Smtp && self.host.is_empty() {
            return Err(
                "mail.host: write the name of the mail server, or set mail.transport to folder".to_owned()
            );
        }
        let is_local = matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if self.transport == Transport::Smtp && self.security == Security::None && !is_local {
            return Err(format!(
                "mail.security: {} is not this machine, and links that let people in would cross the network in clear \
                 text; write starttls or tls",
                self.host
            ));
        }
        if !self.password.is_empty() && self.password_file.is_some() {
            return Err("mail.password and mail.password_file: set one of them".to_owned());
        }
        if !self.from.contains('@') || self.from.contains(['\r', '\n']) {
            return Err("mail.from: write an address like Forge <forge@example.nhs.uk>".to_owned());
        }
        Ok(())
    }

    /// The same as the house takes it.
    pub(crate) fn options(&self, data: &Path) -> Result<MailOptions, String> {
        let transport = match self.transport {
            Transport::Log => MailTransport::Log,
            Transport::Folder => {
                MailTransport::Folder(self.folder.clone().unwrap_or_else(|| data.join("mail")))
            }
            Transport::Smtp => MailTransport::Smtp(SmtpOptions {
                host: self.host.clone(),
                port: self.port,
                security: match self.security {
                    Security::Tls => SmtpSecurity::Tls,
                    Security::StartTls => SmtpSecurity::StartTls,
                    Security::None => SmtpSecurity::None,
                },
                authority: self.authority()?,
                credentials: self.credentials()?,
            }),
        };
        Ok(MailOptions { from: self.from.clone(), transport, private_content: self.private_content })
    }

    fn authority(&self) -> Result<Option<Vec<u8>>, String> {
        let read = |file: &PathBuf| {
            std::fs::read(file).map_err(|error| format!("mail.authority: {}: {error}", file.display()))
        };
        self.authority.as_ref().map(read).transpose()
    }

    fn credentials(&self) -> Result<Option<(String, Secret<String>)>, String> {
        if self.user.is_empty() {
            return Ok(None);
        }
        let password = match &self.password_file {
            Some(file) => std::fs::read_to_string(file)
                .map_err(|error| format!("mail.password_file: {}: {error}", file.display()))?
                .trim_end_matches(['\r', '\n'])
                .to_owned(),
            None => self.password.clone(),
        };
        Ok(Some((self.user.clone(), Secret::new(password))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_does_not_cross_the_network_in_clear_text() {
        let mut mail = Mail { transport: Transport::Smtp, ..Mail::default() };
        assert!(mail.validate().unwrap_err().contains("mail.host"));
        "smtp.example.nhs.uk".clone_into(&mut mail.host);
        assert_eq!(mail.validate(), Ok(()));
        mail.security = Security::None;
        assert!(mail.validate().unwrap_err().contains("starttls"));
        "localhost".clone_into(&mut mail.host);
        assert_eq!(mail.validate(), Ok(()));
    }
}
