//! Removing the second factor of somebody who has lost it.

use http::Uri;
use serde::Deserialize;

use super::leaver::person;
use crate::error::Answer;
use crate::extract::{Ctx, MeRecently, Site, page};
use crate::form::Form;
use crate::handler::present::counted;
use crate::notice::Notice;
use crate::page::admin::SecondFactor;
use crate::url;
use crate::view::When;

pub(in crate::handler) async fn show_second_factor(
    ctx: Ctx,
    Site(access): Site,
    MeRecently(_): MeRecently,
    uri: Uri,
) -> Answer {
    let name = person(&uri)?;
    let (account, factor) = ctx.app().second_factor_of(&access, &name).await?;
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    page(&SecondFactor {
        page: ctx.frame(),
        action: url::reset_second_factor(&name),
        name: account.display_name,
        username: account.name.to_string(),
        is_set_up: factor.is_set_up(),
        app_since: factor.app_since.map(When::on),
        passkeys: counted(count(factor.passkeys.len()), "passkey", "passkeys"),
        recovery_codes: counted(factor.recovery_codes, "recovery code", "recovery codes"),
    })
}

/// The form has a button only.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct ResetForm {}

pub(in crate::handler) async fn reset_second_factor(
    ctx: Ctx,
    Site(access): Site,
    MeRecently(_): MeRecently,
    uri: Uri,
    Form(ResetForm {}): Form<ResetForm>,
) -> Answer {
    ctx.app().reset_second_factor(&access, &ctx.origin, &person(&uri)?).await?;
    ctx.done(url::ADMIN_PEOPLE, Notice::SecondFactorReset)
}
