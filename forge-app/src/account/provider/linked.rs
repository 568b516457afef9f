//! Sites that are joined to a person's account.

use forge_store::identity::{self, Identity};
use forge_store::{Tx, passkey, user};
use serde_json::json;

use super::site::issuer;
use super::{Provider, Returned};
use crate::access::{MeAccess, Recent};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// A site that an account is joined to.
#[derive(Debug, Clone)]
pub struct Linked {
    /// What the site is called.
    pub label: String,
    /// The name of the provider, in addresses.
    pub provider: String,
    /// Since when, and when it was last used.
    pub identity: Identity,
}

impl App {
    pub(super) async fn link(
        &self,
        me: &MeAccess<Recent>,
        origin: &Origin,
        provider: &Provider,
        subject: &str,
    ) -> Result<Returned> {
        let tx = self.store().begin().await?;
        if identity::by_subject(&tx, issuer(provider), subject).await?.is_some() {
            return Err(Error::invalid("", "This sign-in is joined to an account already."));
        }
        let new = Identity {
            issuer: issuer(provider).to_owned(),
            subject: subject.to_owned(),
            user: me.person().id,
            created_at: self.ambient().now(),
            last_used_at: None,
        };
        identity::insert(&tx, &new).await?;
        self.record_mine(&tx, me, origin, "identity.link", json!({ "provider": provider.name })).await?;
        tx.commit().await?;
        Ok(Returned::Linked)
    }

    /// The sites that the person's account is joined to.
    pub async fn linked_providers<F>(&self, me: &MeAccess<F>) -> Result<Vec<Linked>> {
        let rows = self.store().read().await?;
        let found = identity::of_user(&rows, me.person().id).await?;
        let named = |identity: Identity| {
            let provider = self.providers().iter().find(|provider| issuer(provider) == identity.issuer);
            let label = provider.map_or_else(|| identity.issuer.clone(), |provider| provider.label.clone());
            let provider = provider.map(|provider| provider.name.clone()).unwrap_or_default();
            Linked { label, provider, identity }
        };
        Ok(found.into_iter().map(named).collect())
    }

    /// Ends what joins the person's account to a site.
    pub async fn unlink_provider(
        &self,
        me: &MeAccess<Recent>,
        origin: &Origin,
        issuer: &str,
        subject: &str,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        if !identity::delete(&tx, me.person().id, issuer, subject).await? {
            return Err(Error::NotFound);
        }
        self.keep_a_way_in(&tx, me).await?;
        self.record_mine(&tx, me, origin, "identity.unlink", json!({ "issuer": issuer })).await?;
        Ok(tx.commit().await?)
    }

    /// Whether the person has a password; who came through another site may have none.
    pub async fn has_password<F>(&self, me: &MeAccess<F>) -> Result<bool> {
        let rows = self.store().read().await?;
        Ok(user::password_hash(&rows, me.person().id).await?.is_some())
    }

    /// After something that let the person in went, in its transaction: the last such thing stays.
    pub(crate) async fn keep_a_way_in(&self, tx: &Tx, me: &MeAccess<Recent>) -> Result<()> {
        let id = me.person().id;
        let has_one = user::password_hash(tx, id).await?.is_some()
            || passkey::count(tx, id).await? > 0
            || !identity::of_user(tx, id).await?.is_empty();
        if has_one {
            return Ok(());
        }
        Err(Error::Conflict(
            "This is your only way to sign in. Add a passkey first, or ask for a link that sets a password."
                .to_owned(),
        ))
    }
}
