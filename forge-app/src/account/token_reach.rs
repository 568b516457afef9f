//! Which repositories a token is limited to: chosen when it is made, from those that its owner reads.

use forge_core::{Credential, Reach, RepoId, RepoPath, User};
use forge_store::{Rows, repository};

use crate::access::Read;
use crate::account::sign_in::person;
use crate::app::App;
use crate::error::{Error, Result};

/// Repositories that one token may name.
const MAX_CHOSEN: usize = 100;

impl App {
    /// Finds the repositories that were named. None at all means every one, now and later.
    pub(super) async fn chosen_reach(&self, owner: &User, only: &[RepoPath]) -> Result<Reach> {
        if only.is_empty() {
            return Ok(Reach::Everything);
        }
        if only.len() > MAX_CHOSEN {
            return Err(Error::invalid(
                "repositories",
                format!("A token is limited to at most {MAX_CHOSEN} repositories. Make a second one."),
            ));
        }
        let actor = person(owner, Credential::Password);
        let mut chosen = Vec::with_capacity(only.len());
        for path in only {
            match self.authorize::<Read>(&actor, path).await {
                Ok(access) => chosen.push(access.repo().id),
                Err(Error::NotFound) => {
                    let words = format!("There is no repository {path}, or you do not have access to it.");
                    return Err(Error::invalid("repositories", words));
                }
                Err(error) => return Err(error),
            }
        }
        chosen.sort_unstable();
        chosen.dedup();
        Ok(Reach::Only(chosen))
    }

    /// The addresses of chosen repositories, as far as their chooser still reads them.
    pub(super) async fn still_read(
        &self,
        rows: &impl Rows,
        owner: &User,
        chosen: &[RepoId],
    ) -> Result<Vec<RepoPath>> {
        let actor = person(owner, Credential::Password);
        let mut paths = Vec::new();
        for id in chosen {
            let Some(repo) = repository::by_id(rows, *id).await? else { continue };
            match self.authorize::<Read>(&actor, &repo.path).await {
                Ok(access) => paths.push(access.repo().path.clone()),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        paths.sort();
        Ok(paths)
    }
}
