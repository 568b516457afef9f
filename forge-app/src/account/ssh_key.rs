//! SSH keys.

use forge_core::ssh_public_key::SshPublicKey;
use forge_core::{Actor, Credential, SshKey, SshKeyId, Username};
use forge_store::{deploy_key, ssh_key, user};
use serde_json::json;
use time::Duration;

use crate::access::{MeAccess, Recent, SiteAccess};
use crate::account::deploy_key::ends;
use crate::account::note_use;
use crate::account::sign_in::person;
use crate::account::{checked_label, coarse};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// How precisely the last use is kept.
const TOUCH_SECONDS: i64 = 60;
/// Keys that one person may have.
const MAX_KEYS: usize = 50;

impl App {
    /// Adds a key to the person's account. The text is a line as in `id_ed25519.pub`.
    pub async fn add_ssh_key(
        &self,
        me: &MeAccess<Recent>,
        origin: &Origin,
        name: &str,
        line: &str,
        days: Option<u16>,
    ) -> Result<SshKey> {
        let actor = Actor::Person(me.person().clone());
        self.insert_ssh_key(&actor, &me.person().name, origin, name, line, days).await
    }

    /// Adds a key to somebody's account, on the server's own command line.
    pub async fn add_ssh_key_for(
        &self,
        access: &SiteAccess,
        origin: &Origin,
        owner: &Username,
        name: &str,
        line: &str,
    ) -> Result<SshKey> {
        self.insert_ssh_key(access.actor(), owner, origin, name, line, None).await
    }

    async fn insert_ssh_key(
        &self,
        actor: &Actor,
        owner: &Username,
        origin: &Origin,
        name: &str,
        line: &str,
        days: Option<u16>,
    ) -> Result<SshKey> {
        let public = SshPublicKey::parse(line).map_err(|error| Error::invalid("key", error))?;
        let name =
            if name.trim().is_empty() && !public.comment().is_empty() { public.comment() } else { name };
        let name = checked_label(name)?;
        let expires_at = ends(self.ambient().now(), days)?;
        let tx = self.store().begin().await?;
        let owner = user::by_name(&tx, owner).await?.ok_or(Error::NotFound)?;
        if deploy_key::is_taken(&tx, public.fingerprint()).await? {
            return Err(Error::invalid(
                "key",
                "This key is in use already. Make another with ssh-keygen -t ed25519.",
            ));
        }
        if ssh_key::of_user(&tx, owner.id).await?.len() >= MAX_KEYS {
            return Err(Error::Conflict(format!("You have {MAX_KEYS} keys. Remove one first.")));
        }
        let key = SshKey {
            id: self.ambient().id(),
            user: owner.id,
            name,
            fingerprint: public.fingerprint().to_owned(),
            public_key: public.line().to_owned(),
            created_at: self.ambient().now(),
            expires_at,
            challenge: hex::encode(self.ambient().random::<16>()),
            verified_at: None,
            last_used_at: None,
            last_used_from: None,
        };
        ssh_key::insert(&tx, &key).await?;
        self.tell_owner(&tx, &owner, origin, "ssh_key.add").await?;
        let detail = json!({ "fingerprint": key.fingerprint });
        record(
            &tx,
            self.ambient(),
            actor,
            origin,
            "ssh_key.add",
            Subject::new(&owner.id, owner.name.as_str()),
            detail,
        )
        .await?;
        tx.commit().await?;
        Ok(key)
    }

    /// The person's keys, the newest first.
    pub async fn ssh_keys<F>(&self, me: &MeAccess<F>) -> Result<Vec<SshKey>> {
        let rows = self.store().read().await?;
        let mut all = ssh_key::of_user(&rows, me.person().id).await?;
        all.sort_by_key(|key| std::cmp::Reverse(key.created_at));
        Ok(all)
    }

    /// Removes one of the person's keys.
    pub async fn remove_ssh_key<F>(&self, me: &MeAccess<F>, origin: &Origin, id: SshKeyId) -> Result<()> {
        let tx = self.store().begin().await?;
        if !ssh_key::delete(&tx, me.person().id, id).await? {
            return Err(Error::NotFound);
        }
        self.record_mine(&tx, me, origin, "ssh_key.remove", json!({ "id": id.to_string() })).await?;
        Ok(tx.commit().await?)
    }

    /// Whether a key belongs to anybody, before its signature is checked. It lets nobody in.
    pub async fn knows_ssh_key(&self, fingerprint: &str) -> Result<bool> {
        let rows = self.store().read().await?;
        Ok(ssh_key::by_fingerprint(&rows, fingerprint).await?.is_some()
            || deploy_key::by_fingerprint(&rows, fingerprint).await?.is_some())
    }

    /// Whom a key lets in. Only for a key whose signature has been verified.
    pub async fn actor_of_verified_ssh_key(
        &self,
        origin: &Origin,
        fingerprint: &str,
    ) -> Result<Option<Actor>> {
        let now = self.ambient().now();
        let find = async {
            let rows = self.store().read().await?;
            let Some(key) = ssh_key::by_fingerprint(&rows, fingerprint).await? else { return Ok(None) };
            Ok(self.active_user(&rows, key.user).await?.map(|owner| (key, owner)))
        };
        let found = self.doorkeeper().keys.get(self.store(), fingerprint.to_owned(), find).await?;
        let Some((key, owner)) = found else {
            return self.actor_of_verified_deploy_key(origin, fingerprint).await;
        };
        let is_proven = key.verified_at.is_some() || !self.credentials().verified_ssh_keys_only;
        if key.expires_at.is_some_and(|end| end <= now) || !is_proven {
            return Ok(None);
        }
        if key.last_used_at.is_none_or(|last| last + Duration::seconds(TOUCH_SECONDS) <= now) {
            let noting = async {
                let tx = self.store().begin().await?;
                ssh_key::touch(&tx, key.id, now, &coarse(&origin.address)).await?;
                Ok(tx.commit().await?)
            };
            note_use("an SSH key", noting).await;
        }
        Ok(Some(person(&owner, Credential::SshKey(key.id))))
    }
}
