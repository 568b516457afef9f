//! What somebody wants to be told.

use forge_core::notification::{MailChoice, Watch};
use forge_store::notification;

use crate::access::{MeAccess, Read, RepoAccess};
use crate::app::App;
use crate::error::Result;

impl App {
    /// What somebody wants by mail.
    pub async fn mail_choice(&self, me: &MeAccess) -> Result<MailChoice> {
        Ok(notification::mail_choice(&self.store().read().await?, me.person().id).await?)
    }

    /// Changes what somebody wants by mail.
    pub async fn set_mail_choice(&self, me: &MeAccess, choice: MailChoice) -> Result<()> {
        let tx = self.store().begin().await?;
        notification::set_mail_choice(&tx, me.person().id, choice, self.ambient().now()).await?;
        Ok(tx.commit().await?)
    }

    /// Of what in a repository somebody is told.
    pub async fn watch(&self, me: &MeAccess, access: &RepoAccess<Read>) -> Result<Watch> {
        let rows = self.store().read().await?;
        Ok(notification::watch(&rows, me.person().id, access.repo().id).await?)
    }

    /// Changes of what in a repository somebody is told.
    pub async fn set_watch(&self, me: &MeAccess, access: &RepoAccess<Read>, level: Watch) -> Result<()> {
        let tx = self.store().begin().await?;
        notification::set_watch(&tx, me.person().id, access.repo().id, level).await?;
        Ok(tx.commit().await?)
    }
}
