//! The end of somebody else's account.

use forge_app::SiteAccess;
use forge_core::Username;
use http::Uri;

use super::leaver::{held, person};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, Site, again, page, wrong};
use crate::form::Form;
use crate::handler::settings::DeleteForm;
use crate::notice::Notice;
use crate::page::leaver::DeleteAccount;
use crate::url;
use crate::view::FormErrors;

pub(in crate::handler) async fn ask_delete_account(
    ctx: Ctx,
    Site(access): Site,
    MeRecently(_): MeRecently,
    uri: Uri,
) -> Answer {
    page(&view(&ctx, &access, &person(&uri)?, FormErrors::none()).await?)
}

pub(in crate::handler) async fn delete_account(
    ctx: Ctx,
    Site(access): Site,
    MeRecently(me): MeRecently,
    uri: Uri,
    Form(form): Form<DeleteForm>,
) -> Answer {
    let name = person(&uri)?;
    if let Err(errors) = form.check(&name) {
        return again(&view(&ctx, &access, &name, errors).await?);
    }
    match ctx.app().delete_account(&access, &me, &ctx.origin, &name).await {
        Ok(()) => ctx.done(url::ADMIN_PEOPLE, Notice::AccountDeleted),
        Err(error) => again(&view(&ctx, &access, &name, wrong(error, &[])?).await?),
    }
}

async fn view(
    ctx: &Ctx,
    access: &SiteAccess,
    name: &Username,
    errors: FormErrors,
) -> Result<DeleteAccount, Failure> {
    let found = ctx.app().leaver(access, name).await?;
    Ok(DeleteAccount {
        page: ctx.frame(),
        action: url::delete_account(&found.user.name),
        errors,
        is_own: false,
        held: held(&found),
        hand_over_url: url::leaver(&found.user.name),
        name: found.user.display_name,
        username: found.user.name.to_string(),
    })
}
