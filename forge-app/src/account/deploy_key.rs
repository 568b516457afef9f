//! Deploy keys: adding them to a repository, and removing them.

use forge_core::ssh_public_key::SshPublicKey;
use forge_core::{Actor, DeployKey, DeployKeyId, Machine};
use forge_store::deploy_key;
use serde_json::json;
use time::Duration;

use crate::access::{Admin, MeAccess, Recent, RepoAccess};
use crate::account::{checked_label, coarse, note_use};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// How precisely the last use is kept.
const TOUCH_SECONDS: i64 = 60;
/// Keys that one repository may have.
const MAX_KEYS: usize = 50;
/// The longest life of a key that ends, in days.
const MAX_DAYS: u16 = 3650;

/// What a new deploy key is made of.
#[derive(Debug, Clone)]
pub struct NewDeployKey {
    /// What to call it; the comment of the key if empty.
    pub name: String,
    /// The line as in `id_ed25519.pub`.
    pub line: String,
    /// Whether it may push.
    pub writes: bool,
    /// How many days it lasts; nothing for ever.
    pub days: Option<u16>,
}

impl App {
    /// The deploy keys of a repository, the newest first.
    pub async fn deploy_keys(&self, access: &RepoAccess<Admin>) -> Result<Vec<DeployKey>> {
        let rows = self.store().read().await?;
        Ok(deploy_key::of_repo(&rows, access.repo().id).await?)
    }

    /// Adds a key that opens the repository, and stays whoever leaves: so whoever adds it has just said who they are.
    pub async fn add_deploy_key(
        &self,
        access: &RepoAccess<Admin>,
        _me: &MeAccess<Recent>,
        origin: &Origin,
        new: &NewDeployKey,
    ) -> Result<DeployKey> {
        let public = SshPublicKey::parse(&new.line).map_err(|error| Error::invalid("key", error))?;
        let name = if new.name.trim().is_empty() { public.comment() } else { &new.name };
        let name = checked_label(name)?;
        let now = self.ambient().now();
        let expires_at = ends(now, new.days)?;
        let tx = self.store().begin().await?;
        if deploy_key::is_taken(&tx, public.fingerprint()).await? {
            return Err(Error::invalid(
                "key",
                "This key is in use already. Make another for this repository with ssh-keygen -t ed25519.",
            ));
        }
        if deploy_key::of_repo(&tx, access.repo().id).await?.len() >= MAX_KEYS {
            return Err(Error::Conflict(format!("There are {MAX_KEYS} deploy keys. Remove one first.")));
        }
        let added_by = access.actor().person().map_or("console", |person| person.name.as_str()).to_owned();
        let key = DeployKey {
            id: self.ambient().id(),
            repo: access.repo().id,
            name,
            fingerprint: public.fingerprint().to_owned(),
            public_key: public.line().to_owned(),
            writes: new.writes,
            added_by,
            created_at: now,
            expires_at,
            last_used_at: None,
            last_used_from: None,
        };
        deploy_key::insert(&tx, &key).await?;
        let detail = json!({ "key": key.name, "fingerprint": key.fingerprint, "writes": key.writes, "days": new.days });
        let path = access.repo().path.to_string();
        let subject = Subject::new(&access.repo().id, &path);
        record(&tx, self.ambient(), access.actor(), origin, "deploy_key.add", subject, detail).await?;
        tx.commit().await?;
        Ok(key)
    }

    /// Removes a deploy key.
    pub async fn remove_deploy_key(
        &self,
        access: &RepoAccess<Admin>,
        origin: &Origin,
        id: DeployKeyId,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let found = deploy_key::by_id(&tx, id).await?;
        if !deploy_key::delete(&tx, access.repo().id, id).await? {
            return Err(Error::NotFound);
        }
        let detail = json!({ "key": found.map(|key| key.name), "id": id.to_string() });
        let path = access.repo().path.to_string();
        let subject = Subject::new(&access.repo().id, &path);
        record(&tx, self.ambient(), access.actor(), origin, "deploy_key.remove", subject, detail).await?;
        Ok(tx.commit().await?)
    }

    /// Whom a deploy key lets in. Only for a key whose signature has been verified.
    pub(super) async fn actor_of_verified_deploy_key(
        &self,
        origin: &Origin,
        fingerprint: &str,
    ) -> Result<Option<Actor>> {
        let now = self.ambient().now();
        let find = async {
            let rows = self.store().read().await?;
            Ok(deploy_key::by_fingerprint(&rows, fingerprint).await?)
        };
        let found = self.doorkeeper().deploy_keys.get(self.store(), fingerprint.to_owned(), find).await?;
        let Some(key) = found.filter(|key| key.expires_at.is_none_or(|end| end > now)) else {
            return Ok(None);
        };
        if key.last_used_at.is_none_or(|last| last + Duration::seconds(TOUCH_SECONDS) <= now) {
            let noting = async {
                let tx = self.store().begin().await?;
                deploy_key::touch(&tx, key.id, now, &coarse(&origin.address)).await?;
                Ok(tx.commit().await?)
            };
            note_use("a deploy key", noting).await;
        }
        Ok(Some(Actor::Machine(Machine { key: key.id, name: key.name, repo: key.repo, writes: key.writes })))
    }
}

/// When a key ends that lasts so many days.
pub(super) fn ends(now: time::OffsetDateTime, days: Option<u16>) -> Result<Option<time::OffsetDateTime>> {
    match days {
        None => Ok(None),
        Some(days) if (1..=MAX_DAYS).contains(&days) => Ok(Some(now + Duration::days(i64::from(days)))),
        Some(_) => Err(Error::invalid("lifetime", format!("A key lasts between 1 and {MAX_DAYS} days."))),
    }
}
