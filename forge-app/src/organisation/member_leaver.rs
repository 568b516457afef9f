//! A member who leaves an organisation, as its owners see it: what of the organisation depends on them alone, and handing that
//! over. What they have elsewhere is not for its owners to know.

use forge_core::{AccountState, Team, User, Username};
use forge_store::{Rows, organisation, team, user};
use serde_json::json;

use crate::access::OrgAccess;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::organisation::leaver::{make_maintainer, make_owner};

/// A member, and what of the organisation nobody else could look after.
#[derive(Debug, Clone)]
pub struct MemberLeaver {
    /// Who.
    pub user: User,
    /// Whether nobody else owns the organisation.
    pub is_last_owner: bool,
    /// Teams that they alone maintain.
    pub teams: Vec<Team>,
}

impl MemberLeaver {
    /// Whether there is nothing to hand over.
    pub fn is_free(&self) -> bool {
        !self.is_last_owner && self.teams.is_empty()
    }
}

impl App {
    /// What of an organisation depends on one member alone.
    pub async fn member_leaver(&self, access: &OrgAccess, name: &Username) -> Result<MemberLeaver> {
        held_alone(&self.store().read().await?, access, name).await
    }

    /// Hands that over to another member and removes the first from the organisation: all or nothing. Where there is nothing
    /// to hand over, nobody needs to take it.
    pub async fn release_member(
        &self,
        access: &OrgAccess,
        origin: &Origin,
        from: &Username,
        to: Option<&Username>,
    ) -> Result<()> {
        let org = access.organisation();
        let tx = self.store().begin().await?;
        let held = held_alone(&tx, access, from).await?;
        let heir = match to {
            Some(name) => user::by_name(&tx, name).await?,
            None => None,
        };
        if !held.is_free() {
            let heir = heir.filter(|heir| heir.state == AccountState::Active && heir.id != held.user.id);
            let heir = match heir {
                Some(heir) if organisation::role(&tx, org.id, heir.id).await?.is_some() => heir,
                _ => {
                    return Err(Error::invalid(
                        "successor",
                        "Enter the username of another member whose account is in use.",
                    ));
                }
            };
            if held.is_last_owner {
                make_owner(self, &tx, (access.actor(), origin), org, &heir).await?;
            }
            for team in &held.teams {
                make_maintainer(self, &tx, (access.actor(), origin), (org, team), &heir).await?;
            }
            let subject = Subject::new(&org.id, org.name.as_str());
            let detail = json!({
                "member": held.user.name.as_str(),
                "to": heir.name.as_str(),
                "owner": held.is_last_owner,
                "teams": held.teams.len(),
            });
            record(&tx, self.ambient(), access.actor(), origin, "organisation.hand_over", subject, detail)
                .await?;
        }
        self.remove_in(&tx, access, origin, &held.user).await?;
        Ok(tx.commit().await?)
    }
}

async fn held_alone(rows: &impl Rows, access: &OrgAccess, name: &Username) -> Result<MemberLeaver> {
    let org = access.organisation();
    let found = user::by_name(rows, name).await?.ok_or(Error::NotFound)?;
    organisation::role(rows, org.id, found.id).await?.ok_or(Error::NotFound)?;
    let owned = organisation::alone_owned_by(rows, found.id).await?;
    let teams = team::alone_maintained_by(rows, found.id).await?;
    Ok(MemberLeaver {
        is_last_owner: owned.iter().any(|owned| owned.id == org.id),
        teams: teams.into_iter().filter(|team| team.org == org.id).collect(),
        user: found,
    })
}
