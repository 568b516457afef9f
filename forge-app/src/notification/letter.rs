//! The mail about an act: plain text, in one thread for each item, with a way out.

use std::fmt::{Display, Formatter, Result as Written};

use forge_core::merge_request::review::{Review, Verdict};
use forge_core::merge_request::thread::Anchor;
use forge_core::notification::Reason;
use forge_core::user::tombstone;
use forge_core::{FilePath, ItemKind, Repository, User, Visibility, WorkItem};
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
    /// Where on the pages of the item it stands, behind its address.
    place: String,
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
        let who = match (person, actor.id) {
            (Some(person), _) => person.display_name,
            (None, Some(gone)) => tombstone(gone),
            (None, None) => actor.name,
        };
        let kind = item.kind;
        let (did, said) = match act.what {
            Told::Opened => (format!("{who} opened this {kind}."), item.body.clone()),
            Told::Commented { comment } => {
                let found = merge_request::comment_by_id(rows, item.id, comment, None).await?;
                let Some((_, comment)) = found else { return Ok(None) };
                (format!("{who} commented on this {kind}."), comment.body)
            }
            Told::Reviewed { review } => {
                let Some(found) = merge_request::review_by_id(rows, item.id, review).await? else {
                    return Ok(None);
                };
                (format!("{who} {}.", verdict(&found)), self.said_in(rows, item, &found).await?)
            }
            Told::Assigned => (format!("{who} gave this {kind} to somebody."), String::new()),
            Told::ReviewAsked => (format!("{who} asked for a review of this {kind}."), item.body.clone()),
            Told::NewVersion { version } => {
                (format!("{who} pushed version {version} of this {kind}."), String::new())
            }
            Told::Merged => (format!("{who} merged this {kind}."), String::new()),
            Told::Closed => (format!("{who} closed this {kind}."), String::new()),
            Told::Reopened => (format!("{who} opened this {kind} again."), String::new()),
        };
        let place = match act.what {
            Told::Commented { comment } => format!("#comment-{comment}"),
            Told::Reviewed { review } => format!("#review-{review}"),
            Told::NewVersion { version } => format!("/changes?from={}&version={version}", version - 1),
            _ => String::new(),
        };
        Ok(Some(News { repo: repo.clone(), did, said: said.chars().take(MOST).collect(), place }))
    }

    /// Everything that a review says: what is said of the whole, and each comment with the lines it is about.
    async fn said_in(&self, rows: &impl Rows, item: &WorkItem, review: &Review) -> Result<String> {
        let mut said: Vec<String> =
            Some(review.body.clone()).filter(|body| !body.is_empty()).into_iter().collect();
        for thread in merge_request::threads(rows, item.id, None).await? {
            let place = thread.anchor.as_ref().map(place_of).unwrap_or_default();
            let of_review = thread.comments.iter().filter(|comment| comment.review == Some(review.id));
            said.extend(of_review.map(|comment| format!("{place}{}", comment.body)));
        }
        Ok(said.join("\n\n"))
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
        let News { repo, did, said, place } = news;
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
            url: self.page_url(&format!("{}{place}", item_path(repo, item))),
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

/// What a review comes to, in words.
fn verdict(review: &Review) -> String {
    let word = match review.verdict {
        Verdict::Approve => "approved",
        Verdict::RequestChanges => "asked for changes to",
        Verdict::Comment => "reviewed",
    };
    format!("{word} version {} of this merge request", review.version)
}

/// A line that says what a comment is about.
fn place_of(anchor: &Anchor) -> String {
    let path = anchor.path.as_ref().map_or_else(|| "The commit message".to_owned(), FilePath::to_text);
    match anchor.lines {
        Some((first, last)) if first == last => format!("{path}, line {first}:\n"),
        Some((first, last)) => format!("{path}, lines {first} to {last}:\n"),
        None => format!("{path}:\n"),
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
