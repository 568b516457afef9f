//! Invitations: made and taken back by administrators and by owners of organisations.

use forge_app::{InvitationShown, NewInvitation, OrgAccess, SiteAccess};
use forge_core::{Email, InvitationId, InvitationState, OrgRole, Secret};
use serde::Deserialize;

use super::organisation::{role_label, roles};
use super::present::parsed;
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Org, Site, again, page, wrong};
use crate::form::Form;
use crate::notice::Notice;
use crate::page::invitation::{InvitationRow, Invitations};
use crate::url;
use crate::view::{FormErrors, When};

/// How long an invitation works if nobody says anything else.
const USUAL_DAYS: &str = "7";

/// Whose invitations they are.
enum Place {
    Site(SiteAccess),
    Org(OrgAccess),
}

/// What a button or the form asks for.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Create,
    Revoke,
}

/// What the form and the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InvitationsForm {
    action: Action,
    #[serde(default)]
    id: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    days: String,
    role: Option<String>,
}

pub(super) async fn show_site_invitations(ctx: Ctx, Site(access): Site) -> Answer {
    page(&view(&ctx, &Place::Site(access), FormErrors::none(), None).await?)
}

pub(super) async fn change_site_invitations(
    ctx: Ctx,
    Site(access): Site,
    Form(form): Form<InvitationsForm>,
) -> Answer {
    change(&ctx, &Place::Site(access), form).await
}

pub(super) async fn show_org_invitations(ctx: Ctx, Org(access): Org) -> Answer {
    page(&view(&ctx, &Place::Org(access), FormErrors::none(), None).await?)
}

pub(super) async fn change_org_invitations(
    ctx: Ctx,
    Org(access): Org,
    Form(form): Form<InvitationsForm>,
) -> Answer {
    change(&ctx, &Place::Org(access), form).await
}

async fn change(ctx: &Ctx, place: &Place, form: InvitationsForm) -> Answer {
    match form.action {
        Action::Create => create(ctx, place, form).await,
        Action::Revoke => revoke(ctx, place, &form.id).await,
    }
}

async fn create(ctx: &Ctx, place: &Place, form: InvitationsForm) -> Answer {
    match invite(ctx, place, &form).await? {
        Ok(link) => {
            let shown = view(ctx, place, FormErrors::none(), None).await?;
            page(&Invitations { link: link.expose().clone(), ..shown })
        }
        Err(errors) => again(&view(ctx, place, errors, Some(form)).await?),
    }
}

async fn invite(
    ctx: &Ctx,
    place: &Place,
    form: &InvitationsForm,
) -> Result<Result<Secret<String>, FormErrors>, Failure> {
    let mut errors = FormErrors::none();
    let email = match form.email.trim() {
        "" => Some(None),
        written => parsed(&mut errors, "email", Email::new(written)).map(Some),
    };
    // What is no number is none of the numbers that are allowed.
    let days = form.days.trim().parse().unwrap_or(0);
    let role = match place {
        Place::Site(_) => Some(OrgRole::Reader),
        Place::Org(_) => parsed(&mut errors, "role", form.role.as_deref().unwrap_or_default().parse()),
    };
    let (Some(email), Some(role)) = (email, role) else { return Ok(Err(errors)) };
    let new = NewInvitation { email, days };
    let made = match place {
        Place::Site(access) => ctx.app().invite(access, &ctx.origin, &new).await,
        Place::Org(access) => ctx.app().invite_to(access, &ctx.origin, &new, role).await,
    };
    match made {
        Ok(link) => Ok(Ok(link)),
        Err(error) => Ok(Err(wrong(error, &[])?)),
    }
}

async fn revoke(ctx: &Ctx, place: &Place, id: &str) -> Answer {
    let id: InvitationId = id.parse().map_err(|_| Failure::not_found())?;
    match place {
        Place::Site(access) => ctx.app().revoke_invitation(access, &ctx.origin, id).await?,
        Place::Org(access) => ctx.app().revoke_invitation_to(access, &ctx.origin, id).await?,
    }
    ctx.done(&address(place), Notice::InvitationRevoked)
}

fn address(place: &Place) -> String {
    match place {
        Place::Site(_) => url::ADMIN_INVITATIONS.to_owned(),
        Place::Org(access) => url::org_invitations(&access.organisation().name),
    }
}

async fn view(
    ctx: &Ctx,
    place: &Place,
    errors: FormErrors,
    written: Option<InvitationsForm>,
) -> Result<Invitations, Failure> {
    let found = match place {
        Place::Site(access) => ctx.app().invitations(access).await?,
        Place::Org(access) => ctx.app().invitations_to(access).await?,
    };
    let (organisation, organisation_url, roles) = match place {
        Place::Site(_) => (String::new(), String::new(), Vec::new()),
        Place::Org(access) => {
            let org = access.organisation();
            let chosen = written.as_ref().and_then(|form| form.role.as_deref()?.parse().ok());
            let home = url::owner(&org.name.clone().into());
            (org.display_name.clone(), home, roles(chosen.unwrap_or(OrgRole::Reader)))
        }
    };
    let (email, days) =
        written.map_or((String::new(), USUAL_DAYS.to_owned()), |form| (form.email, form.days));
    Ok(Invitations {
        page: ctx.frame(),
        organisation,
        organisation_url,
        action: address(place),
        is_allowed: ctx.app().takes_invitations(),
        link: String::new(),
        errors,
        email,
        days,
        roles,
        invitations: found.into_iter().map(row).collect(),
    })
}

fn row(shown: InvitationShown) -> InvitationRow {
    let role = shown.invitation.joins.map(|(_, role)| role);
    let joins = shown.organisation.zip(role);
    InvitationRow {
        id: shown.invitation.id.to_string(),
        email: shown.invitation.email.map(|email| email.as_str().to_owned()).unwrap_or_default(),
        joins: joins
            .map(|(org, role)| format!("{}: {}", org.display_name, role_label(role)))
            .unwrap_or_default(),
        inviter: shown.inviter.map(|user| user.display_name).unwrap_or_default(),
        since: When::on(shown.invitation.created_at),
        ends: When::on(shown.invitation.expires_at),
        is_open: shown.state == InvitationState::Open,
        state: match shown.state {
            InvitationState::Open => "Open",
            InvitationState::Used => "Used",
            InvitationState::Revoked => "Taken back",
            InvitationState::Expired => "Expired",
        },
    }
}
