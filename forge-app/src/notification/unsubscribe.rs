//! The link in a mail that ends the mails about one item, without signing in.
//!
//! The link holds who and what, sealed with the server's key: nobody can make one for somebody else, and it says
//! nothing. It works for as long as the key stays.

use forge_core::notification::{Reason, Subscription};
use forge_core::{ItemId, UserId};
use forge_store::work_item;

use crate::app::App;
use crate::error::{Error, Result};

/// Where such a text opens, and nowhere else.
const PLACE: &str = "unsubscribe";
/// Bytes of an identifier.
const LENGTH: usize = 16;

/// Whom and of what a link is about. It names nobody and nothing: whoever has a mail that was passed on has the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribed {
    user: UserId,
    item: ItemId,
}

impl App {
    /// The part of the link that is secret.
    pub(super) async fn unsubscribe_secret(&self, user: UserId, item: ItemId) -> Result<String> {
        let text = [user.to_bytes(), item.to_bytes()].concat();
        Ok(hex::encode(self.server_key().seal(self.ambient(), PLACE, &text).await?))
    }

    /// What a link is about. `NotFound` for what is no link of ours.
    pub async fn read_unsubscribe_link(&self, secret: &str) -> Result<Unsubscribed> {
        if secret.len() > 500 {
            return Err(Error::NotFound);
        }
        let sealed = hex::decode(secret).map_err(|_| Error::NotFound)?;
        let opened = self.server_key().open(self.ambient(), PLACE, &sealed).await?.ok_or(Error::NotFound)?;
        let text = opened.expose();
        let (user, item) = text.split_first_chunk::<LENGTH>().ok_or(Error::NotFound)?;
        let item: [u8; LENGTH] = item.try_into().map_err(|_| Error::NotFound)?;
        Ok(Unsubscribed { user: UserId::from_bytes(*user), item: ItemId::from_bytes(item) })
    }

    /// Ends what a link is about. Doing it again changes nothing.
    pub async fn unsubscribe(&self, link: Unsubscribed) -> Result<()> {
        let tx = self.store().begin().await?;
        if work_item::by_id(&tx, link.item).await?.is_none() {
            return Ok(());
        }
        work_item::subscribe(&tx, link.item, link.user, Subscription::None, Reason::Subscribed).await?;
        Ok(tx.commit().await?)
    }
}
