//! What other sites say of the administrator who asks: as it came, and as it is understood here.

use forge_app::{Errand, Mapped};
use serde::Deserialize;
use serde_json::Value;

use crate::error::Answer;
use crate::extract::{Ctx, Site, page};
use crate::form::Form;
use crate::handler::account::lead_away;
use crate::page::admin::{ClaimRow, Claims, Providers};
use crate::view::Choice;

pub(in crate::handler) async fn show_providers(ctx: Ctx, Site(_site): Site) -> Answer {
    let offered = ctx.app().providers().iter();
    let offered = offered
        .map(|provider| Choice {
            value: provider.name.clone(),
            label: provider.label.clone(),
            ..Choice::default()
        })
        .collect();
    page(&Providers { page: ctx.frame(), offered })
}

/// What the button has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct TestForm {
    provider: String,
}

pub(in crate::handler) async fn test_provider(
    ctx: Ctx,
    Site(_site): Site,
    Form(form): Form<TestForm>,
) -> Answer {
    lead_away(&ctx, &form.provider, Errand::Test).await
}

/// Shows what came. Only for somebody who administers the site, which the way back has proved again.
pub(in crate::handler) fn show_claims(ctx: &Ctx, claims: &Value, mapped: &Mapped, is_strong: bool) -> Answer {
    let row = |label, value: Option<&str>| ClaimRow { label, value: value.unwrap_or_default().to_owned() };
    let received = serde_json::to_string_pretty(claims).unwrap_or_default();
    page(&Claims {
        page: ctx.frame(),
        understood: vec![
            row("Username", mapped.username.as_deref()),
            row("Name", mapped.name.as_deref()),
            row("Email address", mapped.email.as_deref()),
            row("ODS codes", Some(&mapped.ods_codes.join(", "))),
        ],
        is_strong,
        received,
    })
}
