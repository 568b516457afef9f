//! Whose turn it is: what people change by hand.

use forge_core::Username;
use forge_store::merge_request::{self, Turn};
use forge_store::user;

use super::{by, person};
use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// Says that a merge request waits for somebody, or no longer does. Everybody may do so who may speak.
    pub async fn set_turn(
        &self,
        access: &RepoAccess<Read>,
        number: u64,
        name: &Username,
        waits: bool,
    ) -> Result<()> {
        person(access.actor())?;
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        self.may_speak(&tx, access, &request.item).await?;
        let unknown = || Error::invalid("name", format!("Nobody called {name} can see this repository."));
        let user = user::by_name(&tx, name).await?.ok_or_else(unknown)?;
        if waits {
            if !request.is_open() || request.is_draft {
                return Err(Error::Conflict(
                    "Nobody is waited for while it is closed or a draft.".to_owned(),
                ));
            }
            if !self.may_read(&tx, request.item.repo, user.id).await? {
                return Err(unknown());
            }
            let turn = Turn {
                item: request.item.id,
                put_by: by(access.actor()).name,
                reason: "put here by hand".to_owned(),
                since: self.ambient().now(),
            };
            merge_request::give_turn(&tx, user.id, &turn).await?;
        } else {
            merge_request::end_turn(&tx, request.item.id, user.id).await?;
        }
        Ok(tx.commit().await?)
    }
}
