//! Saying again who one is, before a dangerous setting.

use forge_app::{Errand, Linked, Proof};
use forge_core::Secret;
use serde::Deserialize;

use super::provider::lead_away;
use super::sign_in::{on_site, remember};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, Query, again, page, see_other, wrong};
use crate::form::Form;
use crate::page::account::Confirm;
use crate::view::{Choice, FormErrors};

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct ConfirmQuery {
    then: Option<String>,
}

pub(in crate::handler) async fn show_confirm(
    ctx: Ctx,
    Me(me): Me,
    Query(query): Query<ConfirmQuery>,
) -> Answer {
    page(&view(&ctx, &me, query.then.as_deref().unwrap_or_default(), FormErrors::none()).await?)
}

/// What the form has: one of the three.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct ConfirmForm {
    #[serde(rename = "username")]
    _username: Option<String>,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    /// Another site that says who they are.
    provider: Option<String>,
    then: String,
}

pub(in crate::handler) async fn submit_confirm(
    ctx: Ctx,
    Me(me): Me,
    Form(form): Form<ConfirmForm>,
) -> Answer {
    if let Some(name) = &form.provider {
        return lead_away(&ctx, name, Errand::Confirm(on_site(&form.then).to_owned())).await;
    }
    let proof = if form.code.trim().is_empty() {
        Proof::Password(Secret::new(form.password))
    } else {
        Proof::Code(form.code)
    };
    match ctx.app().confirm(&me, &ctx.origin, &proof).await {
        Ok(secret) => {
            let mut response = see_other(on_site(&form.then))?;
            remember(&ctx, &mut response, &secret);
            Ok(response)
        }
        Err(error) => confirm_again(&ctx, &me, &form.then, wrong(error, &[])?).await,
    }
}

/// Shows the page again, with what is wrong.
pub(super) async fn confirm_again(
    ctx: &Ctx,
    me: &forge_app::MeAccess,
    then: &str,
    errors: FormErrors,
) -> Answer {
    again(&view(ctx, me, then, errors).await?)
}

async fn view(
    ctx: &Ctx,
    me: &forge_app::MeAccess,
    then: &str,
    errors: FormErrors,
) -> Result<Confirm, Failure> {
    let factor = ctx.app().second_factor(me).await?;
    let linked = ctx.app().linked_providers(me).await?;
    let choice = |linked: Linked| Choice { value: linked.provider, label: linked.label, ..Choice::default() };
    let providers = linked.into_iter().filter(|linked| !linked.provider.is_empty()).map(choice).collect();
    Ok(Confirm {
        page: ctx.frame(),
        errors,
        username: me.person().name.to_string(),
        has_password: ctx.app().has_password(me).await?,
        providers,
        has_second_factor: factor.is_set_up(),
        has_passkeys: !factor.passkeys.is_empty(),
        then: on_site(then).to_owned(),
    })
}
