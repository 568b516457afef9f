//! Forks whose source fewer people may see from now on: they are narrowed with it, and their owners are told.

use std::fmt::{Display, Formatter};

use forge_core::{
    AccountState, Actor, ChangeState, OrgRole, OwnerId, Repository, User, Visibility, VisibilityChange,
};
use forge_store::{Rows, Tx, organisation, repository, user, visibility_change};
use serde_json::json;

use super::fork::forks_below;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// Why it happened, where people look for it.
const REASON: &str = "Fewer people may see what it was copied from.";
/// Owners of an organisation who are told.
const TOLD: usize = 50;

/// Tells an owner.
struct Narrowed<'a> {
    name: &'a str,
    fork: &'a str,
    from: Visibility,
    to: Visibility,
    url: &'a str,
}

impl Display for Narrowed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { name, fork, from, to, url } = self;
        write!(
            f,
            "Hello {name},\n\n{fork} is a fork, and fewer people may see what it was copied from. So it is {to} from \
             now on, and no longer {from}. It stays yours, and nothing in it has changed.\n\nEvery change is listed \
             here:\n\n  {url}\n"
        )
    }
}

impl App {
    /// Narrows the forks of a repository that more people could see than its new place allows, in its transaction.
    pub(crate) async fn narrow_forks(
        &self,
        tx: &Tx,
        actor: &Actor,
        origin: &Origin,
        source: forge_core::RepoId,
    ) -> Result<()> {
        let source = repository::by_id(tx, source).await?.ok_or(Error::NotFound)?;
        let now = self.ambient().now();
        for (fork, allowed) in forks_below(tx, &source).await? {
            let change = VisibilityChange {
                id: self.ambient().id(),
                repo: fork.id,
                from: fork.visibility,
                to: allowed,
                reason: REASON.to_owned(),
                asked_by: None,
                asked_at: now,
                days: None,
                ends_at: None,
                state: ChangeState::Made,
                decided_by: None,
                decided_at: Some(now),
                note: String::new(),
            };
            visibility_change::insert(tx, &change).await?;
            repository::set_visibility(tx, fork.id, allowed).await?;
            let name = fork.path.to_string();
            let detail = json!({ "from": fork.visibility.name(), "to": allowed.name(), "why": "source" });
            let subject = Subject::new(&fork.id, &name);
            record(tx, self.ambient(), actor, origin, "repository.narrow_fork", subject, detail).await?;
            self.tell_owners(tx, &fork, allowed).await?;
        }
        Ok(())
    }

    async fn tell_owners(&self, tx: &Tx, fork: &Repository, to: Visibility) -> Result<()> {
        let path = fork.path.to_string();
        let url = self.page_url(&format!("/{path}/settings/visibility"));
        for owner in owners(tx, fork.owner).await?.iter().take(TOLD) {
            let mail =
                Narrowed { name: &owner.display_name, fork: &path, from: fork.visibility, to, url: &url };
            self.post(tx, &owner.email, "fewer people see your fork", &mail).await?;
        }
        Ok(())
    }
}

/// The people who own what belongs to an owner.
async fn owners(rows: &impl Rows, owner: OwnerId) -> Result<Vec<User>> {
    let mut found = match owner {
        OwnerId::User(id) => user::by_id(rows, id).await?.into_iter().collect(),
        OwnerId::Org(org) => {
            let members = organisation::members(rows, org).await?;
            let owning = members.into_iter().filter(|(_, place)| place.role == OrgRole::Owner);
            owning.map(|(member, _)| member).collect::<Vec<_>>()
        }
    };
    found.retain(|owner| owner.state == AccountState::Active);
    Ok(found)
}
