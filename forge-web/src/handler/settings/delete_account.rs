//! The end of the person's own account.

use forge_app::{MeAccess, Recent};
use forge_core::Username;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, again, page, wrong};
use crate::form::Form;
use crate::handler::account::leave;
use crate::handler::admin::held;
use crate::notice::Notice;
use crate::page::leaver::DeleteAccount;
use crate::url;
use crate::view::FormErrors;

pub(in crate::handler) async fn ask_delete_account(ctx: Ctx, MeRecently(me): MeRecently) -> Answer {
    page(&view(&ctx, &me, FormErrors::none()).await?)
}

/// The username of the account, typed again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct DeleteForm {
    confirm: String,
}

impl DeleteForm {
    /// What is wrong, unless it is the account's username.
    pub(in crate::handler) fn check(&self, name: &Username) -> Result<(), FormErrors> {
        if self.confirm.trim() == name.as_str() {
            return Ok(());
        }
        Err(FormErrors::one("confirm", format!("Enter {name} to confirm")))
    }
}

pub(in crate::handler) async fn delete_account(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(form): Form<DeleteForm>,
) -> Answer {
    if let Err(errors) = form.check(&me.person().name) {
        return again(&view(&ctx, &me, errors).await?);
    }
    match ctx.app().delete_my_account(&me, &ctx.origin).await {
        Ok(()) => leave(&ctx, Notice::AccountDeleted),
        Err(error) => again(&view(&ctx, &me, wrong(error, &[])?).await?),
    }
}

async fn view(ctx: &Ctx, me: &MeAccess<Recent>, errors: FormErrors) -> Result<DeleteAccount, Failure> {
    let found = ctx.app().my_holdings(me).await?;
    Ok(DeleteAccount {
        page: ctx.frame(),
        action: url::SETTINGS_DELETE_ACCOUNT.to_owned(),
        errors,
        is_own: true,
        held: held(&found),
        name: found.user.display_name,
        username: found.user.name.to_string(),
        hand_over_url: String::new(),
    })
}
