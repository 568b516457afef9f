//! One mail a day about everything, for those who want that.
//!
//! Running it twice sends one: the mail goes in with the note that it went.

use std::fmt::Write as _;

use forge_core::notification::MailChoice;
use forge_core::{UserId, Visibility};
use forge_store::{notification, repository};
use time::Duration;

use crate::app::App;
use crate::error::Result;
use crate::jobs::{Job, JobError, Task};
use crate::notification::letter::item_path;

/// How long lies between two.
const DAY: Duration = Duration::hours(24);
/// The most items that one mail names.
const MOST: u64 = 100;

impl App {
    /// Puts in the mails that are due.
    pub(crate) async fn schedule_digests(&self) -> Result<()> {
        let due = {
            let rows = self.store().read().await?;
            notification::digests_due(&rows, self.ambient().now() - DAY).await?
        };
        for user in due {
            self.submit(&Job::Digest { user }).await?;
        }
        Ok(())
    }
}

/// Sends one person's mail, if there is anything to say.
pub(crate) async fn run(task: &Task, id: UserId) -> Result<(), JobError> {
    let app = &task.app;
    let now = app.ambient().now();
    let rows = app.store().read().await?;
    let Some(since) = notification::digest_since(&rows, id).await? else { return Ok(()) };
    let Some(person) = app.active_user(&rows, id).await?.filter(|_| since + DAY <= now) else {
        return Ok(());
    };
    let mut text = String::new();
    for (told, item) in notification::unread_since(&rows, id, since, MOST).await? {
        let Some(repo) = repository::by_id(&rows, item.repo).await? else { continue };
        if !app.may_be_told(&person, &item).await? {
            continue;
        }
        let shows_content = app.sign_in_options().mail.private_content
            || (repo.visibility >= Visibility::Internal && !item.is_confidential);
        let title = if shows_content { format!(" {}", item.title) } else { String::new() };
        let url = app.page_url(&item_path(&repo, &item));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "[{}] {}{title}\n  {} ({})\n\n",
            repo.path,
            item.reference(),
            url,
            told.reason.sentence()
        );
    }
    drop(rows);
    let tx = app.store().begin().await?;
    if !text.is_empty() {
        let settings = app.page_url("/settings/notifications");
        let _ = write!(text, "-- \nYou get this mail once a day. Choose what you get by mail: {settings}\n");
        app.post(&tx, &person.email, "what happened since yesterday", &text).await?;
    }
    notification::set_mail_choice(&tx, id, MailChoice::Digest, now).await?;
    tx.commit().await?;
    app.wake_workers();
    Ok(())
}
