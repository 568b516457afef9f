//! The mail about an act: plain text, in one thread for each item, with a way out.

use std::fmt::{Display, Formatter, Result as Written};

use forge_core::notification::Reason;
use forge_core::{ItemKind, Repository, User, Visibility, WorkItem};
use forge_store::{Rows, Tx, merge_request, user};

use crate::app::App;
use crate::error::Result;
use crate::mail::Threading;
use crate::notification::{Act, Told, deliver};

/// The most of what was said that a mail has, in characters.
const MOST: usize = 10_000;

/// What happened, in words.
pub(crate) struct News {
    repo: Repository,
    /// What happened, as in `Ann Shah commented on`.
    did: String,
    /// What was said; may be empty.
    said: String,
}

/// What the mail says.
struct Letter<'a> {
    heading: String,
    said: &'a str,
    url: String,
    reason: Reason,
    unsubscribe: String,
    settings: String,
}

impl Display for Letter<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        let Self { heading, said, url, reason, unsubscribe, settings } = self;
        write!(f, "{heading}\n\n")?;
        if !said.is_empty() {
            write!(f, "{said}\n\n")?;
        }
        write!(
            f,
            "{url}\n\n-- \nYou get this mail because {}.\nNo more about this: {unsubscribe}\nChoose what you get by mail: \
             {settings}\n",
            reason.sentence()
        )
    }
}

impl App {
    /// What happened in an act, read now; nothing if what it was about is gone.
    pub(super) async fn news(
        &self,
        rows: &impl Rows,
        repo: &Repository,
        item: &WorkItem,
        act: &Act,
    ) -> Result<Option<News>> {
        let actor = deliver::by(act);
        let person = match actor.id {
            Some(id) => user::by_id(rows, id).await?,
            None => None,
        };
        let who = person.map_or(actor.name, |person| person.display_name);
        let kind = item.kind;
        let (did, said) = match act.what {
            Told::Opened => (format!("{who} opened this {kind}."), item.body.clone()),
            Told::Commented { comment } => {
                let found = merge_request::comment_by_id(rows, item.id, comment, None).await?;
                let Some((_, comment)) = found else { return Ok(None) };
                (format!("{who} commented on this {kind}."), comment.body)
            }
            Told::Reviewed { review } => {
                let found = merge_request::threads(rows, item.id, None).await?;
                let said: Vec<String> = found
                    .iter()
                    .flat_map(|thread| &thread.comments)
                    .filter(|comment| comment.review == Some(review))
                    .map(|comment| comment.body.clone())
                    .collect();
                (format!("{who} reviewed this {kind}."), said.join("\n\n"))
            }
            Told::Assigned => (format!("{who} gave this {kind} to somebody."), String::new()),
            Told::ReviewAsked => (format!("{who} asked for a review of this {kind}."), item.body.clone()),
            Told::NewVersion => (format!("{who} pushed a new version of this {kind}."), String::new()),
            Told::Merged => (format!("{who} merged this {kind}."), String::new()),
            Told::Closed => (format!("{who} closed this {kind}."), String::new()),
            Told::Reopened => (format!("{who} opened this {kind} again."), String::new()),
        };
        Ok(Some(News { repo: repo.clone(), did, said: said.chars().take(MOST).collect() }))
    }

    /// Puts the mail for one person in.
    pub(super) async fn mail_news(
        &self,
        tx: &Tx,
        person: &User,
        reason: Reason,
        item: &WorkItem,
        act: &Act,
        news: &News,
    ) -> Result<()> {
        let News { repo, did, said } = news;
        let shows_content = self.sign_in_options().mail.private_content
            || (repo.visibility >= Visibility::Internal && !item.is_confidential);
        let reference = item.reference();
        let subject = if shows_content {
            format!("[{}] {} ({reference})", repo.path, item.title)
        } else {
            format!("[{}] {reference}", repo.path)
        };
        let heading = match (shows_content, act.what) {
            (false, _) => format!("Something happened to the {} {reference} of {}.", item.kind, repo.path),
            (true, Told::Assigned) if reason == Reason::Assigned => {
                format!("{}: {}\n\nThis {} was given to you.", reference, item.title, item.kind)
            }
            (true, _) => format!("{reference}: {}\n\n{did}", item.title),
        };
        let secret = self.unsubscribe_secret(person.id, item.id).await?;
        let letter = Letter {
            heading,
            said: if shows_content { said } else { "" },
            url: self.page_url(&item_path(repo, item)),
            reason,
            unsubscribe: self.page_url(&format!("/unsubscribe/{secret}")),
            settings: self.page_url("/settings/notifications"),
        };
        let host = self.mail_host();
        let first = format!("<item.{}@{host}>", item.id);
        let is_first = act.what == Told::Opened;
        let threading = Threading {
            message_id: if is_first { first.clone() } else { format!("<act.{}@{host}>", act.id) },
            in_reply_to: (!is_first).then_some(first),
            list_id: format!("{} <{}.{host}>", repo.path, repo.id),
            unsubscribe: letter.unsubscribe.clone(),
        };
        self.post_threaded(tx, &person.email, subject, &letter, threading).await
    }

    /// The host that mails name in their identifiers.
    pub(super) fn mail_host(&self) -> String {
        let host = self.public_url().and_then(|url| url.host_str().map(str::to_owned));
        host.unwrap_or_else(|| "localhost".to_owned())
    }
}

/// The address of an item.
pub(super) fn item_path(repo: &Repository, item: &WorkItem) -> String {
    let kind = match item.kind {
        ItemKind::Ticket => "tickets",
        ItemKind::MergeRequest => "merge-requests",
    };
    format!("/{}/{kind}/{}", repo.path, item.number)
}
