//! Who may see a repository: changing it with a reason, asking a second person, and falling back at the end.
//!
//! Letting fewer people see something is done at once. Letting more people see it needs a reason, stays below what the
//! organisation's policies and the site allow, and waits for a second person where a policy says so. What has an end falls
//! back within ten minutes of it, when the calendar is looked at.

use forge_core::organisation_policy::Ruled;
use forge_core::policy::Actor;
use forge_core::visibility_change::{MAX_REASON, MAX_VISIBLE_DAYS, MayNotDecide, may_decide};
use forge_core::{
    ChangeState, EffectivePolicy, OwnerId, Repository, User, UserId, Visibility, VisibilityChange,
    VisibilityChangeId,
};
use forge_store::{PageRequest, Rows, grant, organisation, repository, user, visibility_change};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::access::{Admin, MeAccess, RepoAccess};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::organisation::policy_of;

/// Who ends what has an end.
const CLOCK: Actor = Actor::System { reason: "its end has come" };
/// Changes of one repository that are shown.
const SHOWN: u64 = 50;

/// What is to be changed, and why.
#[derive(Debug, Clone)]
pub struct NewVisibility {
    /// Who is to see it.
    pub to: Visibility,
    /// Why. Needed where more people are to see it.
    pub reason: String,
    /// After how many days it falls back to what it is now, if it does.
    pub days: Option<u16>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisibilityOutcome {
    /// It is changed.
    Changed,
    /// It waits for a second person.
    Waiting,
}

/// A change that waits for somebody.
#[derive(Debug, Clone)]
pub struct WaitingChange {
    /// What is asked for.
    pub change: VisibilityChange,
    /// Of what.
    pub repo: Repository,
    /// Who asks; nothing when they are gone.
    pub asked_by: Option<User>,
    /// Whether the reader asked, so that somebody else must decide.
    pub is_own: bool,
}

impl App {
    /// Changes who may see a repository, or asks a second person to agree where a policy says so.
    pub async fn change_visibility(
        &self,
        access: &RepoAccess<Admin>,
        origin: &Origin,
        new: &NewVisibility,
    ) -> Result<VisibilityOutcome> {
        let (repo, now) = (access.repo(), self.ambient().now());
        let widens = new.to > repo.visibility;
        let reason = checked_reason("reason", &new.reason)?;
        if widens && reason.is_empty() {
            return Err(Error::invalid("reason", "Say why more people are to see it."));
        }
        if new.to == repo.visibility {
            return Err(Error::invalid("visibility", "That is who can see it already. Choose another."));
        }
        let days = match new.days {
            Some(days) if !widens || !(1..=MAX_VISIBLE_DAYS).contains(&days) => {
                return Err(Error::invalid(
                    "days",
                    format!(
                        "Enter a number of days from 1 to {MAX_VISIBLE_DAYS}, and only where more people are to see it; or leave it empty."
                    ),
                ));
            }
            days => days,
        };
        let tx = self.store().begin().await?;
        let policy = self.check_ceiling(&tx, repo.owner, new.to).await?;
        self.check_fork_ceiling(&tx, repo, repo.owner, new.to).await?;
        let waits = widens && policy.widening_needs_second.value;
        let change = VisibilityChange {
            id: self.ambient().id(),
            repo: repo.id,
            from: repo.visibility,
            to: new.to,
            reason,
            asked_by: access.actor().person().map(|person| person.id),
            asked_at: now,
            days,
            ends_at: if waits { None } else { end(days, now) },
            state: if waits { ChangeState::Waiting } else { ChangeState::Made },
            decided_by: None,
            decided_at: (!waits).then_some(now),
            note: String::new(),
        };
        visibility_change::insert(&tx, &change).await?;
        if waits {
            self.tell_deciders(&tx, repo, &change, access.actor()).await?;
        } else {
            repository::set_visibility(&tx, repo.id, new.to).await?;
            self.narrow_forks(&tx, access.actor(), origin, repo.id).await?;
        }
        let action = if waits { "repository.ask_visibility" } else { "repository.set_visibility" };
        self.record_change(&tx, access, origin, action, detail(&change)).await?;
        tx.commit().await?;
        if waits {
            self.wake_workers();
        }
        Ok(if waits { VisibilityOutcome::Waiting } else { VisibilityOutcome::Changed })
    }

    /// What was changed and asked for, the newest first, with who asked and who decided.
    pub async fn visibility_changes(
        &self,
        access: &RepoAccess<Admin>,
    ) -> Result<Vec<(VisibilityChange, Option<User>, Option<User>)>> {
        let rows = self.store().read().await?;
        let request = PageRequest { offset: 0, limit: SHOWN };
        let mut found = Vec::new();
        for change in visibility_change::of_repository(&rows, access.repo().id, request).await? {
            let asked_by = person(&rows, change.asked_by).await?;
            let decided_by = person(&rows, change.decided_by).await?;
            found.push((change, asked_by, decided_by));
        }
        Ok(found)
    }

    /// The changes that wait where the person has a say, the oldest first.
    pub async fn waiting_changes(&self, me: &MeAccess) -> Result<Vec<WaitingChange>> {
        let actor = Actor::Person(me.person().clone());
        let rows = self.store().read().await?;
        let mine: Vec<_> =
            organisation::of_user(&rows, me.person().id).await?.into_iter().map(|(org, _)| org.id).collect();
        let asked = if actor.is_site_admin() { None } else { Some(mine.as_slice()) };
        let mut found = Vec::new();
        for change in visibility_change::waiting(&rows, asked).await? {
            let Some(repo) = repository::by_id(&rows, change.repo).await? else { continue };
            match say(&rows, &actor, &repo, change.asked_by).await? {
                Err(MayNotDecide::NoSay) => {}
                say => {
                    let asked_by = person(&rows, change.asked_by).await?;
                    found.push(WaitingChange { change, repo, asked_by, is_own: say.is_err() });
                }
            }
        }
        Ok(found)
    }

    /// Agrees to a change that waits, or refuses it.
    pub async fn decide_visibility(
        &self,
        me: &MeAccess,
        origin: &Origin,
        id: VisibilityChangeId,
        agrees: bool,
        note: &str,
    ) -> Result<()> {
        let actor = Actor::Person(me.person().clone());
        let note = checked_reason("note", note)?;
        if !agrees && note.is_empty() {
            return Err(Error::invalid("note", "Say why not, so that they know what would change it."));
        }
        let now = self.ambient().now();
        let tx = self.store().begin().await?;
        let change = visibility_change::by_id(&tx, id).await?.ok_or(Error::NotFound)?;
        let repo = repository::by_id(&tx, change.repo).await?.ok_or(Error::NotFound)?;
        match say(&tx, &actor, &repo, change.asked_by).await? {
            Ok(()) => {}
            Err(MayNotDecide::NoSay) => return Err(Error::NotFound),
            Err(own @ MayNotDecide::OwnRequest) => return Err(Error::Forbidden(format!("{own}."))),
        }
        if change.state != ChangeState::Waiting || (agrees && repo.visibility != change.from) {
            return Err(Error::Conflict(
                "This was decided or changed meanwhile. Load the page again.".to_owned(),
            ));
        }
        let decided = VisibilityChange {
            state: if agrees { ChangeState::Made } else { ChangeState::Refused },
            ends_at: if agrees { end(change.days, now) } else { None },
            decided_by: Some(me.person().id),
            decided_at: Some(now),
            note,
            ..change
        };
        visibility_change::decide(&tx, &decided).await?;
        if agrees {
            self.check_ceiling(&tx, repo.owner, decided.to).await?;
            self.check_fork_ceiling(&tx, &repo, repo.owner, decided.to).await?;
            repository::set_visibility(&tx, repo.id, decided.to).await?;
        }
        self.tell_asker(&tx, &repo, &decided, me.person(), agrees).await?;
        let action = if agrees { "repository.agree_visibility" } else { "repository.refuse_visibility" };
        let name = repo.path.to_string();
        let subject = Subject::new(&repo.id, &name);
        record(&tx, self.ambient(), &actor, origin, action, subject, detail(&decided)).await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }

    /// Refuses a visibility that the site or the policies of the owner do not allow; gives the policies.
    pub(crate) async fn check_ceiling(
        &self,
        rows: &impl Rows,
        owner: OwnerId,
        to: Visibility,
    ) -> Result<EffectivePolicy> {
        if to == Visibility::Public && !self.has_public_reading() {
            return Err(Error::invalid(
                "visibility",
                "This site has no public repositories. Choose internal: everybody who can sign in sees it.",
            ));
        }
        let policy = policy_of(rows, owner).await?;
        let Ruled { value: ceiling, from } = policy.visibility_ceiling;
        if to > ceiling {
            let whose = match from {
                Some(org) => organisation::by_id(rows, org).await?.map(|org| org.display_name),
                None => None,
            };
            let whose = whose.unwrap_or_else(|| "the organisation".to_owned());
            return Err(Error::invalid(
                "visibility",
                format!(
                    "A policy of {whose} allows {ceiling} at most. Choose that, or ask one of its owners."
                ),
            ));
        }
        Ok(policy)
    }

    /// Whether something has come to its end.
    pub(crate) async fn is_access_due(&self) -> Result<bool> {
        let (rows, now) = (self.store().read().await?, self.ambient().now());
        Ok(!visibility_change::due(&rows, now).await?.is_empty() || grant::is_due(&rows, now).await?)
    }

    /// Lets visibilities fall back whose end has come, and removes grants that have ended.
    pub(crate) async fn end_access(&self) -> Result<()> {
        let now = self.ambient().now();
        let due = visibility_change::due(&self.store().read().await?, now).await?;
        for change in due {
            let tx = self.store().begin().await?;
            let Some(repo) = repository::by_id(&tx, change.repo).await? else { continue };
            let ended = VisibilityChange { state: ChangeState::Ended, ..change };
            match visibility_change::end(&tx, &ended).await {
                Ok(()) => {}
                Err(forge_store::Error::Conflict(_)) => continue,
                Err(error) => return Err(error.into()),
            }
            // Whoever narrowed it since knew better.
            let back = ended.from.min(repo.visibility);
            repository::set_visibility(&tx, repo.id, back).await?;
            let name = repo.path.to_string();
            let about = json!({ "from": repo.visibility.name(), "to": back.name() });
            let (origin, subject) = (Origin::console(), Subject::new(&repo.id, &name));
            self.narrow_forks(&tx, &CLOCK, &origin, repo.id).await?;
            record(&tx, self.ambient(), &CLOCK, &origin, "repository.end_visibility", subject, about).await?;
            tx.commit().await?;
        }
        let tx = self.store().begin().await?;
        if grant::sweep(&tx, now).await? > 0 {
            tx.commit().await?;
        }
        Ok(())
    }
}

async fn say(
    rows: &impl Rows,
    actor: &Actor,
    repo: &Repository,
    asked_by: Option<UserId>,
) -> Result<Result<(), MayNotDecide>> {
    let place = match (actor.person(), repo.owner) {
        (Some(person), OwnerId::Org(org)) => organisation::membership(rows, org, person.id).await?,
        _ => None,
    };
    Ok(may_decide(actor, place.as_ref(), asked_by))
}

async fn person(rows: &impl Rows, id: Option<UserId>) -> Result<Option<User>> {
    match id {
        Some(id) => Ok(user::by_id(rows, id).await?),
        None => Ok(None),
    }
}

fn end(days: Option<u16>, now: OffsetDateTime) -> Option<OffsetDateTime> {
    days.map(|days| now + Duration::days(i64::from(days)))
}

fn detail(change: &VisibilityChange) -> serde_json::Value {
    json!({
        "from": change.from.name(),
        "to": change.to.name(),
        "reason": change.reason,
        "days": change.days,
        "note": change.note,
    })
}

/// Checks a reason or a note: a paragraph within the limit.
fn checked_reason(field: &'static str, text: &str) -> Result<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > MAX_REASON || text.chars().any(char::is_control) {
        return Err(Error::invalid(field, format!("Enter at most {MAX_REASON} characters.")));
    }
    Ok(text)
}
