//! What the site says to everybody: the announcement, and the text that people accept before they push.

use forge_core::Actor;
use forge_core::site::{Acceptance, Announcement, MAX_ANNOUNCEMENT, MAX_TERMS, Terms};
use forge_store::{Rows, site};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::access::{MeAccess, SignedIn, SiteAccess};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// A version of the text, and how many have accepted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermsShown {
    /// The version.
    pub terms: Terms,
    /// How many people have accepted it.
    pub accepted: u64,
}

impl App {
    /// What stands on every page now, for everybody.
    pub async fn announcement_now(&self) -> Result<Option<Announcement>> {
        let find = async { Ok(Some(site::announcement(&self.store().read().await?).await?)) };
        let found = self.doorkeeper().announcements.get(self.store(), (), find).await?;
        let now = self.ambient().now();
        Ok(found.flatten().filter(|announcement| announcement.is_shown_at(now)))
    }

    /// The announcement, whether it is shown now or not.
    pub async fn announcement(&self, _access: &SiteAccess) -> Result<Option<Announcement>> {
        Ok(site::announcement(&self.store().read().await?).await?)
    }

    /// Says something to everybody, or stops saying it.
    pub async fn announce(
        &self,
        access: &SiteAccess,
        origin: &Origin,
        new: Option<&Announcement>,
    ) -> Result<()> {
        if let Some(new) = new {
            check_text(&new.text, MAX_ANNOUNCEMENT)?;
            if new.from.zip(new.until).is_some_and(|(from, until)| until <= from) {
                return Err(Error::invalid("until", "The last day must not be before the first."));
            }
        }
        let tx = self.store().begin().await?;
        site::announce(&tx, new).await?;
        let detail = json!({ "text": new.map(|new| &new.text), "level": new.map(|new| new.level.name()) });
        let subject = Subject::new(&String::new(), "site");
        record(&tx, self.ambient(), access.actor(), origin, "site.announce", subject, detail).await?;
        Ok(tx.commit().await?)
    }

    /// The text that counts now, for those who are signed in.
    pub async fn terms(&self, _access: &SignedIn) -> Result<Option<Terms>> {
        Ok(site::terms(&self.store().read().await?).await?)
    }

    /// Every version, with how many have accepted it.
    pub async fn all_terms(&self, _access: &SiteAccess) -> Result<Vec<TermsShown>> {
        let rows = self.store().read().await?;
        let mut shown = Vec::new();
        for terms in site::all_terms(&rows).await? {
            let accepted = site::count_accepted(&rows, terms.version).await?;
            shown.push(TermsShown { terms, accepted });
        }
        Ok(shown)
    }

    /// Publishes a new version. Everybody is asked again before their next push.
    pub async fn publish_terms(&self, access: &SiteAccess, origin: &Origin, text: &str) -> Result<Terms> {
        check_text(text, MAX_TERMS)?;
        let tx = self.store().begin().await?;
        let last = site::terms(&tx).await?.map_or(0, |terms| terms.version);
        let published_by =
            access.actor().person().map_or("console", |person| person.name.as_str()).to_owned();
        let new = Terms {
            version: last + 1,
            text: text.trim().to_owned(),
            published_at: self.ambient().now(),
            published_by,
        };
        site::publish(&tx, &new).await?;
        let subject = Subject::new(&String::new(), "site");
        let detail = json!({ "version": new.version });
        record(&tx, self.ambient(), access.actor(), origin, "terms.publish", subject, detail).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Whether the person still has to accept the text that counts now.
    pub async fn must_accept_terms(&self, me: &MeAccess) -> Result<bool> {
        let rows = self.store().read().await?;
        owes_acceptance(&rows, &Actor::Person(me.person().clone()), self.ambient().now()).await
    }

    /// Accepts a version: the one that was read, and only while it counts.
    pub async fn accept_terms(&self, me: &MeAccess, origin: &Origin, version: u32) -> Result<()> {
        let tx = self.store().begin().await?;
        let terms = site::terms(&tx).await?.ok_or(Error::NotFound)?;
        if terms.version != version {
            return Err(Error::invalid("accept", "The text has changed meanwhile. Read it again."));
        }
        site::accept(&tx, &Acceptance { user: me.person().id, version, at: self.ambient().now() }).await?;
        self.record_mine(&tx, me, origin, "terms.accept", json!({ "version": version })).await?;
        Ok(tx.commit().await?)
    }

    /// Refuses whoever has not accepted the text that counts now. Programs and the forge itself accept nothing.
    pub(crate) async fn check_terms(&self, rows: &impl Rows, actor: &Actor) -> Result<()> {
        if owes_acceptance(rows, actor, self.ambient().now()).await? {
            Err(Error::Forbidden(self.owed_words()))
        } else {
            Ok(())
        }
    }

    /// What somebody who has not accepted the text that counts now is told.
    pub(crate) async fn terms_owed(&self, actor: &Actor) -> Result<Option<String>> {
        let owes = owes_acceptance(&self.store().read().await?, actor, self.ambient().now()).await?;
        Ok(owes.then(|| self.owed_words()))
    }

    fn owed_words(&self) -> String {
        format!(
            "before you push, read and accept what this site may be used for: {}/acceptable-use",
            self.site_url()
        )
    }
}

/// For how long an acceptance counts: people are reminded of what they accepted once a year.
const ACCEPTED_FOR: Duration = Duration::days(365);

async fn owes_acceptance(rows: &impl Rows, actor: &Actor, now: OffsetDateTime) -> Result<bool> {
    let Some(person) = actor.person() else { return Ok(false) };
    let Some(terms) = site::terms(rows).await? else { return Ok(false) };
    let accepted = site::accepted_at(rows, person.id, terms.version).await?;
    Ok(accepted.is_none_or(|at| at + ACCEPTED_FOR <= now))
}

fn check_text(text: &str, longest: usize) -> Result<()> {
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.trim().is_empty() || text.chars().count() > longest || text.chars().any(is_odd) {
        return Err(Error::invalid("text", format!("Enter a text of 1 to {longest} characters.")));
    }
    Ok(())
}
