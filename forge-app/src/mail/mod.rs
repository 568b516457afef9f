//! Mail: written in the transaction of the act it tells of, and sent by a job.
//!
//! The job's row is the outbox. What a mail says is sealed in it with the server's key, because a link in it may let
//! somebody in, and a copy of the database must not. A mail may be sent twice, if the server stops between sending and
//! noting it; it is never lost once the act is committed.

mod decision;
mod notice;
mod send;
mod template;
mod transport;

pub(crate) use send::run as send;
pub(crate) use template::{AlreadyHere, ChangeEmail, FinishSignUp, Invited, Notice, ResetPassword};
pub use transport::{MailOptions, MailTransport, SmtpOptions, SmtpSecurity};

use std::fmt::Display;

use forge_core::Email;
use forge_store::Tx;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Job;

/// A mail as it waits in its row.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    #[serde(default)]
    pub(crate) threading: Option<Threading>,
}

/// What joins mails about one thing, and the way out of them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Threading {
    /// Its own identifier, in angle brackets.
    pub(crate) message_id: String,
    /// That of the first mail about the thing, for all others.
    pub(crate) in_reply_to: Option<String>,
    /// What the mails have in common, as in `name <identifier>`.
    pub(crate) list_id: String,
    /// The address that ends them, by a POST without signing in.
    pub(crate) unsubscribe: String,
}

impl App {
    /// Puts a mail in with the caller's transaction.
    pub(crate) async fn post(&self, tx: &Tx, to: &Email, subject: &str, body: &impl Display) -> Result<()> {
        let letter = Letter {
            to: to.as_str().to_owned(),
            subject: format!("{}: {subject}", self.sign_in_options().site_name),
            body: body.to_string(),
            threading: None,
        };
        self.put_in(tx, &letter).await
    }

    /// Puts a mail in that is one of several about one thing.
    pub(crate) async fn post_threaded(
        &self,
        tx: &Tx,
        to: &Email,
        subject: String,
        body: &impl Display,
        threading: Threading,
    ) -> Result<()> {
        let to = to.as_str().to_owned();
        let letter = Letter { to, subject, body: body.to_string(), threading: Some(threading) };
        self.put_in(tx, &letter).await
    }

    async fn put_in(&self, tx: &Tx, letter: &Letter) -> Result<()> {
        let text = serde_json::to_vec(letter).map_err(Error::internal)?;
        let id = hex::encode(self.ambient().random::<16>());
        let sealed = self.server_key().seal(self.ambient(), &place(&id), &text).await?;
        self.enqueue(tx, &Job::SendMail { id, sealed: hex::encode(sealed) }).await
    }

    /// The address of a page, for a mail. It is made of the address in the settings and of nothing that a request says.
    pub(crate) fn page_url(&self, path: &str) -> String {
        let site = self.public_url().map(|url| url.as_str().trim_end_matches('/').to_owned());
        format!("{}{path}", site.unwrap_or_default())
    }
}

/// Where a mail is at home: it opens nowhere else.
pub(crate) fn place(id: &str) -> String {
    format!("mail {id}")
}
