//! Other sites that can sign the person in.

use forge_app::{Errand, MeAccess};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, again, page};
use crate::form::Form;
use crate::handler::account::lead_away;
use crate::notice::Notice;
use crate::page::settings::{LinkedRow, Providers};
use crate::url;
use crate::view::{Choice, FormErrors, When};

pub(in crate::handler) async fn show_providers(ctx: Ctx, MeRecently(me): MeRecently) -> Answer {
    page(&view(&ctx, &me, FormErrors::none()).await?)
}

/// What the buttons have: a site to go to, or what is to end.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct ProvidersForm {
    link: Option<String>,
    issuer: Option<String>,
    subject: Option<String>,
}

pub(in crate::handler) async fn change_providers(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(form): Form<ProvidersForm>,
) -> Answer {
    if let Some(name) = &form.link {
        return lead_away(&ctx, name, Errand::Link).await;
    }
    let (Some(issuer), Some(subject)) = (form.issuer, form.subject) else { return Err(Failure::not_found()) };
    ctx.app().unlink_provider(&me, &ctx.origin, &issuer, &subject).await?;
    ctx.done(url::SETTINGS_PROVIDERS, Notice::ProviderUnlinked)
}

/// Shows the page with what went wrong on the way.
pub(in crate::handler) async fn linking_failed(ctx: &Ctx, me: &MeAccess, errors: FormErrors) -> Answer {
    again(&view(ctx, me, errors).await?)
}

async fn view<F>(ctx: &Ctx, me: &MeAccess<F>, errors: FormErrors) -> Result<Providers, Failure> {
    let now = ctx.now();
    let linked = ctx.app().linked_providers(me).await?;
    let linked = linked
        .into_iter()
        .map(|linked| LinkedRow {
            label: linked.label,
            issuer: linked.identity.issuer,
            subject: linked.identity.subject,
            since: When::on(linked.identity.created_at),
            last_used: linked.identity.last_used_at.map(|at| When::ago(at, now)),
        })
        .collect();
    let offered = ctx.app().providers().iter();
    let offered = offered
        .map(|provider| Choice {
            value: provider.name.clone(),
            label: provider.label.clone(),
            ..Choice::default()
        })
        .collect();
    Ok(Providers { page: ctx.frame(), errors, linked, offered })
}
