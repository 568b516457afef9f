//! Two accounts of one person: an administrator makes one of them.
//!
//! What the account that ends has goes to the one that stays, in one transaction. The person may afterwards do what one of the two
//! could, and nothing that only the rights of an administrator gave; they count once wherever they counted twice; and what signed the
//! old account in, its sessions, tokens, passkeys, codes and password, is gone.

use forge_core::{AccountState, Owner, OwnerId, Repository, User, Username};
use forge_store::duplicate::{self, Belongings};
use forge_store::{Rows, repository, user};
use serde_json::json;

use crate::access::{MeAccess, Recent, SiteAccess};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::organisation::transfer_all;

/// Two accounts, and what would move.
#[derive(Debug, Clone)]
pub struct Duplicate {
    /// The account that ends.
    pub ends: User,
    /// The account that stays.
    pub stays: User,
    /// The repositories that move.
    pub repositories: Vec<Repository>,
    /// What else there is.
    pub belongings: Belongings,
}

impl App {
    /// The account that an administrator wants to end.
    pub async fn duplicate_account(&self, _access: &SiteAccess, ends: &Username) -> Result<User> {
        let rows = self.store().read().await?;
        user::by_name(&rows, ends).await?.ok_or(Error::NotFound)
    }

    /// What making one account of two would move. Changes nothing.
    pub async fn preview_duplicate(
        &self,
        access: &SiteAccess,
        ends: &Username,
        stays: &Username,
    ) -> Result<Duplicate> {
        let rows = self.store().read().await?;
        both(&rows, access, ends, stays).await
    }

    /// Makes one account of two.
    pub async fn merge_duplicate(
        &self,
        access: &SiteAccess,
        _me: &MeAccess<Recent>,
        origin: &Origin,
        ends: &Username,
        stays: &Username,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let found = both(&tx, access, ends, stays).await?;
        let target = Owner {
            id: OwnerId::User(found.stays.id),
            name: found.stays.name.clone().into(),
            display_name: found.stays.display_name.clone(),
        };
        transfer_all(self, &tx, (access.actor(), origin), &found.repositories, &target, "stays").await?;
        duplicate::merge(&tx, found.ends.id, found.stays.id, self.ambient().now()).await?;
        let subject = Subject::new(&found.stays.id, found.stays.name.as_str());
        let detail = json!({
            "ended": found.ends.name.as_str(),
            "ended_id": found.ends.id.to_string(),
            "repositories": found.repositories.len(),
        });
        record(&tx, self.ambient(), access.actor(), origin, "account.merge", subject, detail).await?;
        self.tell_owner(&tx, &found.stays, origin, "account.merge").await?;
        tx.commit().await?;
        self.wake_workers();
        self.remembered().forget(found.ends.id);
        Ok(())
    }
}

async fn both(rows: &impl Rows, access: &SiteAccess, ends: &Username, stays: &Username) -> Result<Duplicate> {
    let ends = user::by_name(rows, ends).await?.ok_or(Error::NotFound)?;
    let stays = user::by_name(rows, stays)
        .await?
        .filter(|stays| stays.state == AccountState::Active && stays.id != ends.id);
    let wrong = |why: &str| Error::invalid("stays", why);
    let stays = stays.ok_or_else(|| wrong("Enter the username of another account that is in use."))?;
    if ends.is_admin || access.actor().person().is_some_and(|person| person.id == ends.id) {
        return Err(wrong(
            "An administrator's account cannot end here. Take the administrator's rights away first.",
        ));
    }
    Ok(Duplicate {
        repositories: repository::of_owner(rows, OwnerId::User(ends.id)).await?,
        belongings: duplicate::belongings(rows, ends.id).await?,
        ends,
        stays,
    })
}
