//! Mails about changes of visibility: to those who may decide, and to whoever asked.

use std::fmt::{Display, Formatter};

use forge_core::visibility_change::has_say;
use forge_core::{AccountState, Actor, OwnerId, Person, Repository, VisibilityChange};
use forge_store::{Tx, organisation, user};

use crate::app::App;
use crate::error::Result;

/// People who are told of one request at most.
const TOLD: usize = 50;

/// Asks somebody to decide.
struct Asked<'a> {
    name: &'a str,
    asker: &'a str,
    repo: &'a str,
    change: &'a VisibilityChange,
    url: &'a str,
}

impl Display for Asked<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { name, asker, repo, change, url } = self;
        let lasts = change.days.map(|days| format!(", for {days} days")).unwrap_or_default();
        write!(
            f,
            "Hello {name},\n\n{asker} asks to let more people see {repo}: {} instead of {}{lasts}.\n\nWhy: {}\n\nAgree or refuse \
             here:\n\n  {url}\n\nNothing changes before somebody has agreed.\n",
            change.to, change.from, change.reason
        )
    }
}

/// Says what was decided.
struct Decided<'a> {
    name: &'a str,
    by: &'a str,
    repo: &'a str,
    agrees: bool,
    change: &'a VisibilityChange,
    url: &'a str,
}

impl Display for Decided<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { name, by, repo, agrees, change, url } = self;
        let what = if *agrees { "agreed. It is changed" } else { "refused. Nothing has changed" };
        write!(
            f,
            "Hello {name},\n\nyou asked to let more people see {repo}: {} instead of {}. {by} has {what}.\n",
            change.to, change.from
        )?;
        if !change.note.is_empty() {
            write!(f, "\nWhat they say: {}\n", change.note)?;
        }
        write!(f, "\nEvery change is listed here:\n\n  {url}\n")
    }
}

impl App {
    /// Tells those in the organisation who may decide about a change that it waits, in its transaction. Administrators of the site
    /// find it on the page.
    pub(crate) async fn tell_deciders(
        &self,
        tx: &Tx,
        repo: &Repository,
        change: &VisibilityChange,
        asker: &Actor,
    ) -> Result<()> {
        let OwnerId::Org(org) = repo.owner else { return Ok(()) };
        let asker = asker.person().map_or("The forge", |person| person.name.as_str());
        let (path, url) = (repo.path.to_string(), self.page_url("/approvals"));
        let members = organisation::members(tx, org).await?;
        let told = members.iter().filter(|(member, place)| {
            member.state == AccountState::Active && has_say(place) && change.asked_by != Some(member.id)
        });
        for (member, _) in told.take(TOLD) {
            let mail = Asked { name: &member.display_name, asker, repo: &path, change, url: &url };
            self.post(tx, &member.email, "somebody waits for your decision", &mail).await?;
        }
        Ok(())
    }

    /// Tells whoever asked for a change what was decided, in its transaction.
    pub(crate) async fn tell_asker(
        &self,
        tx: &Tx,
        repo: &Repository,
        change: &VisibilityChange,
        by: &Person,
        agrees: bool,
    ) -> Result<()> {
        let Some(asker) = change.asked_by else { return Ok(()) };
        let Some(asker) = user::by_id(tx, asker).await? else { return Ok(()) };
        if asker.state != AccountState::Active {
            return Ok(());
        }
        let path = repo.path.to_string();
        let url = self.page_url(&format!("/{path}/settings/visibility"));
        let (name, by) = (asker.display_name.as_str(), by.name.as_str());
        let mail = Decided { name, by, repo: &path, agrees, change, url: &url };
        self.post(tx, &asker.email, "your request was decided", &mail).await
    }
}
