//! What the site may be used for, and the yes to it.

use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, SignedIn, again, page};
use crate::form::Form;
use crate::handler::prose::paragraphs;
use crate::notice::Notice;
use crate::page::site::AcceptableUse;
use crate::url;
use crate::view::{FormErrors, When};

pub(in crate::handler) async fn show_terms(ctx: Ctx, access: SignedIn) -> Answer {
    page(&view(&ctx, &access.0, FormErrors::none()).await?)
}

/// What has to be ticked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct TermsForm {
    version: String,
    #[serde(default)]
    accept: bool,
}

pub(in crate::handler) async fn accept_terms(
    ctx: Ctx,
    Me(me): Me,
    access: SignedIn,
    Form(form): Form<TermsForm>,
) -> Answer {
    let refused = if form.accept {
        match ctx.app().accept_terms(&me, &ctx.origin, form.version.parse().unwrap_or(0)).await {
            Ok(()) => return ctx.done(url::ACCEPTABLE_USE, Notice::TermsAccepted),
            Err(error) => crate::extract::wrong(error, &[])?,
        }
    } else {
        FormErrors::one("accept", "Tick the box if you have read it and agree")
    };
    again(&view(&ctx, &access.0, refused).await?)
}

async fn view(ctx: &Ctx, access: &forge_app::SignedIn, errors: FormErrors) -> Result<AcceptableUse, Failure> {
    let terms = ctx.app().terms(access).await?;
    let must_accept = match ctx.app().authorize_me(&ctx.visitor.actor) {
        Ok(me) => ctx.app().must_accept_terms(&me).await?,
        Err(_) => false,
    };
    Ok(AcceptableUse {
        page: ctx.frame(),
        errors,
        version: terms.as_ref().map_or(0, |terms| terms.version).to_string(),
        since: terms.as_ref().map(|terms| When::on(terms.published_at)),
        paragraphs: terms.map(|terms| paragraphs(&terms.text)).unwrap_or_default(),
        must_accept,
    })
}
