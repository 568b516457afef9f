//! A person who leaves: what they alone own or look after, and handing it over.

use forge_core::{
    AccountState, Actor, Duties, Membership, OrgRole, Organisation, Owner, OwnerId, Repository, Team,
    TeamMembership, User, Username,
};
use forge_store::{Rows, Tx, organisation, repository, team, user};
use serde_json::json;

use crate::access::SiteAccess;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// Somebody, and what nobody else could look after without them.
#[derive(Debug, Clone)]
pub struct Leaver {
    /// Who.
    pub user: User,
    /// Their own repositories.
    pub repositories: Vec<Repository>,
    /// Organisations that they alone own.
    pub organisations: Vec<Organisation>,
    /// Teams that they alone maintain, with whose they are.
    pub teams: Vec<(Organisation, Team)>,
}

impl Leaver {
    /// Whether there is nothing to hand over.
    pub fn is_free(&self) -> bool {
        self.repositories.is_empty() && self.organisations.is_empty() && self.teams.is_empty()
    }
}

impl App {
    /// What somebody alone owns or looks after.
    pub async fn leaver(&self, _access: &SiteAccess, name: &Username) -> Result<Leaver> {
        let rows = self.store().read().await?;
        let found = user::by_name(&rows, name).await?.ok_or(Error::NotFound)?;
        held_alone(&rows, found).await
    }

    /// Hands everything that somebody alone owns or looks after to somebody else, all or nothing, and switches their account
    /// off afterwards if that is asked for.
    pub async fn hand_over(
        &self,
        access: &SiteAccess,
        origin: &Origin,
        from: &Username,
        to: &Username,
        switch_off: bool,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let from = user::by_name(&tx, from).await?.ok_or(Error::NotFound)?;
        let heir = user::by_name(&tx, to).await?;
        let heir = heir.filter(|heir| heir.state == AccountState::Active && heir.id != from.id).ok_or_else(
            || Error::invalid("successor", "Enter the username of somebody else whose account is in use."),
        )?;
        let held = held_alone(&tx, from).await?;
        let target = Owner {
            id: OwnerId::User(heir.id),
            name: heir.name.clone().into(),
            display_name: heir.display_name.clone(),
        };
        let by = (access.actor(), origin);
        transfer_all(self, &tx, by, &held.repositories, &target, "successor").await?;
        for org in &held.organisations {
            make_owner(self, &tx, (access.actor(), origin), org, &heir).await?;
        }
        for (org, team) in &held.teams {
            make_maintainer(self, &tx, (access.actor(), origin), (org, team), &heir).await?;
        }
        let subject = Subject::new(&held.user.id, held.user.name.as_str());
        let detail = json!({
            "to": heir.name.as_str(),
            "repositories": held.repositories.len(),
            "organisations": held.organisations.len(),
            "teams": held.teams.len(),
        });
        record(&tx, self.ambient(), access.actor(), origin, "account.hand_over", subject, detail).await?;
        tx.commit().await?;
        if switch_off {
            self.set_account_state(access, origin, &held.user.name, AccountState::Disabled).await?;
        }
        Ok(())
    }
}

/// Gives all of some repositories to another owner. What is in the way is said of a field of the form.
pub(crate) async fn transfer_all(
    app: &App,
    tx: &Tx,
    (actor, origin): (&Actor, &Origin),
    repositories: &[Repository],
    target: &Owner,
    field: &'static str,
) -> Result<()> {
    for repo in repositories {
        repository::relocate(tx, repo.id, target, &repo.path.name).await.map_err(|error| match error {
            forge_store::Error::Conflict(_) => Error::invalid(
                field,
                format!(
                    "{} has a repository called {}. Rename one of them first.",
                    target.name, repo.path.name
                ),
            ),
            other => other.into(),
        })?;
        app.narrow_forks(tx, actor, origin, repo.id).await?;
        let name = repo.path.to_string();
        let detail = json!({ "to": format!("{}/{}", target.name, repo.path.name), "why": "hand-over" });
        let subject = Subject::new(&repo.id, &name);
        record(tx, app.ambient(), actor, origin, "repository.transfer", subject, detail).await?;
    }
    Ok(())
}

/// Makes somebody an owner of an organisation as well.
pub(super) async fn make_owner(
    app: &App,
    tx: &Tx,
    (actor, origin): (&Actor, &Origin),
    org: &Organisation,
    heir: &User,
) -> Result<()> {
    let duties = organisation::membership(tx, org.id, heir.id).await?.map(|place| place.duties);
    let duties = duties.unwrap_or_default();
    let since = app.ambient().now();
    let place = Membership { org: org.id, user: heir.id, role: OrgRole::Owner, duties, since };
    organisation::set_member(tx, &place).await?;
    let subject = Subject::new(&org.id, org.name.as_str());
    let detail = json!({ "member": heir.name.as_str(), "role": "owner", "why": "hand-over" });
    record(tx, app.ambient(), actor, origin, "organisation.set_member", subject, detail).await
}

/// Makes somebody a maintainer of a team as well, and a reader of its organisation if they are not in it.
pub(super) async fn make_maintainer(
    app: &App,
    tx: &Tx,
    (actor, origin): (&Actor, &Origin),
    (org, team): (&Organisation, &Team),
    heir: &User,
) -> Result<()> {
    let since = app.ambient().now();
    if organisation::role(tx, org.id, heir.id).await?.is_none() {
        let (role, duties) = (OrgRole::Reader, Duties::default());
        let place = Membership { org: org.id, user: heir.id, role, duties, since };
        organisation::set_member(tx, &place).await?;
        let subject = Subject::new(&org.id, org.name.as_str());
        let detail = json!({ "member": heir.name.as_str(), "role": role.name(), "why": "hand-over" });
        record(tx, app.ambient(), actor, origin, "organisation.set_member", subject, detail).await?;
    }
    let place = TeamMembership { team: team.id, user: heir.id, is_maintainer: true, since };
    team::set_member(tx, &place).await?;
    let name = format!("{}/{}", org.name, team.name);
    let subject = Subject::new(&team.id, &name);
    let detail = json!({ "member": heir.name.as_str(), "maintainer": true, "why": "hand-over" });
    record(tx, app.ambient(), actor, origin, "team.set_member", subject, detail).await
}

pub(crate) async fn held_alone(rows: &impl Rows, user: User) -> Result<Leaver> {
    let mut teams = Vec::new();
    for team in team::alone_maintained_by(rows, user.id).await? {
        if let Some(org) = organisation::by_id(rows, team.org).await? {
            teams.push((org, team));
        }
    }
    Ok(Leaver {
        repositories: repository::of_owner(rows, OwnerId::User(user.id)).await?,
        organisations: organisation::alone_owned_by(rows, user.id).await?,
        teams,
        user,
    })
}
