//! Invitations: made by administrators for the site and by owners for their organisation, used once.
//!
//! What an inviter may do is asked again when the link is used: an invitation of somebody who has left, or who no longer
//! owns the organisation, is dead. A dead link, a used one and one that never was are the same.

use forge_core::{
    AccountState, Actor, Duties, Email, Invitation, InvitationId, InvitationState, MAX_INVITATION_DAYS,
    Membership, OrgId, OrgRole, Organisation, Secret, User,
};
use forge_store::{Rows, Tx, invitation, organisation, user};
use serde_json::json;
use time::Duration;

use crate::access::{MeAccess, OrgAccess, SiteAccess};
use crate::account::sign_in_options::SignUp;
use crate::ambient::hash_secret;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::mail::Invited;

/// Open invitations of the site, and of each organisation.
const MAX_OPEN: u64 = 500;
/// Invitations in a list.
const LISTED: u64 = 200;

/// What a new invitation is made of.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Whose it is: the link is mailed there, and lets nobody else in.
    pub email: Option<Email>,
    /// For how many days it works.
    pub days: u16,
}

/// An invitation as it is listed.
#[derive(Debug, Clone)]
pub struct InvitationShown {
    /// The invitation.
    pub invitation: Invitation,
    /// What became of it.
    pub state: InvitationState,
    /// Who made it.
    pub inviter: Option<User>,
    /// The organisation that it is for.
    pub organisation: Option<Organisation>,
}

impl App {
    /// What this site is called.
    pub fn site_name(&self) -> &str {
        &self.sign_in_options().site_name
    }

    /// Whether accounts can be made by invitation.
    pub fn takes_invitations(&self) -> bool {
        self.sign_in_options().sign_up != SignUp::Closed
    }

    /// Invites somebody to the site; says the link.
    pub async fn invite(
        &self,
        access: &SiteAccess,
        origin: &Origin,
        new: &NewInvitation,
    ) -> Result<Secret<String>> {
        self.insert_invitation(access.actor(), origin, new, None).await
    }

    /// Invites somebody to an organisation; says the link.
    pub async fn invite_to(
        &self,
        access: &OrgAccess,
        origin: &Origin,
        new: &NewInvitation,
        role: OrgRole,
    ) -> Result<Secret<String>> {
        self.insert_invitation(access.actor(), origin, new, Some((access.organisation(), role))).await
    }

    async fn insert_invitation(
        &self,
        actor: &Actor,
        origin: &Origin,
        new: &NewInvitation,
        to: Option<(&Organisation, OrgRole)>,
    ) -> Result<Secret<String>> {
        if !self.takes_invitations() {
            return Err(Error::Conflict(
                "Invitations are switched off here. Set sign_in.sign_up to \"invitation\" first.".to_owned(),
            ));
        }
        if !(1..=MAX_INVITATION_DAYS).contains(&new.days) {
            let text = format!("Enter a number of days from 1 to {MAX_INVITATION_DAYS}.");
            return Err(Error::invalid("days", text));
        }
        let (secret, hash) = self.ambient().secret();
        let now = self.ambient().now();
        let made = Invitation {
            id: self.ambient().id(),
            email: new.email.clone(),
            joins: to.map(|(org, role)| (org.id, role)),
            invited_by: actor.person().map(|person| person.id),
            created_at: now,
            expires_at: now + Duration::days(i64::from(new.days)),
            used_at: None,
            used_by: None,
            revoked_at: None,
        };
        let tx = self.store().begin().await?;
        let org = to.map(|(org, _)| org.id);
        if invitation::count_open(&tx, org, now).await? >= MAX_OPEN {
            let text = format!("At most {MAX_OPEN} invitations may be open at a time. Take one back first.");
            return Err(Error::TooLarge(text));
        }
        invitation::insert(&tx, &made, &hash).await?;
        let url = self.page_url(&format!("/invitations/{}", secret.expose()));
        if let Some(email) = &new.email {
            let place = to.map_or(self.sign_in_options().site_name.as_str(), |(org, _)| &org.display_name);
            self.post(&tx, email, "an invitation", &Invited { place, url: &url, days: new.days }).await?;
        }
        let detail = json!({
            "organisation": to.map(|(org, _)| org.name.to_string()),
            "role": to.map(|(_, role)| role.name()),
            "is_bound": new.email.is_some(),
            "days": new.days,
        });
        self.record_invitation(&tx, actor, origin, "invitation.create", &made, detail).await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(Secret::new(url))
    }

    /// The newest invitations of the site, those of organisations too.
    pub async fn invitations(&self, _access: &SiteAccess) -> Result<Vec<InvitationShown>> {
        self.shown_invitations(None).await
    }

    /// The newest invitations of an organisation.
    pub async fn invitations_to(&self, access: &OrgAccess) -> Result<Vec<InvitationShown>> {
        self.shown_invitations(Some(access.organisation().id)).await
    }

    async fn shown_invitations(&self, org: Option<OrgId>) -> Result<Vec<InvitationShown>> {
        let rows = self.store().read().await?;
        let now = self.ambient().now();
        let mut all = Vec::new();
        for found in invitation::list(&rows, org, LISTED).await? {
            all.push(shown(&rows, found, now).await?);
        }
        Ok(all)
    }

    /// Takes any invitation back.
    pub async fn revoke_invitation(
        &self,
        access: &SiteAccess,
        origin: &Origin,
        id: InvitationId,
    ) -> Result<()> {
        self.end_invitation(access.actor(), origin, id, None).await
    }

    /// Takes an invitation of the organisation back.
    pub async fn revoke_invitation_to(
        &self,
        access: &OrgAccess,
        origin: &Origin,
        id: InvitationId,
    ) -> Result<()> {
        self.end_invitation(access.actor(), origin, id, Some(access.organisation().id)).await
    }

    async fn end_invitation(
        &self,
        actor: &Actor,
        origin: &Origin,
        id: InvitationId,
        org: Option<OrgId>,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        if !invitation::revoke(&tx, id, org, self.ambient().now()).await? {
            return Err(Error::NotFound);
        }
        let ended = invitation::by_id(&tx, id).await?.ok_or(Error::NotFound)?;
        self.record_invitation(&tx, actor, origin, "invitation.revoke", &ended, json!({})).await?;
        Ok(tx.commit().await?)
    }

    /// The invitation of a link, if it works and its inviter may still make it.
    pub async fn open_invitation(&self, secret: &str) -> Result<InvitationShown> {
        let rows = self.store().read().await?;
        let found = invitation::by_token(&rows, &hash_secret(secret)).await?.ok_or(Error::NotFound)?;
        self.still_open(&rows, found).await
    }

    /// The same invitation, if it works and its inviter may still make it.
    pub(crate) async fn still_open(&self, rows: &impl Rows, found: Invitation) -> Result<InvitationShown> {
        let shown = shown(rows, found, self.ambient().now()).await?;
        let may_still = match (&shown.inviter, shown.invitation.invited_by, shown.invitation.joins) {
            (_, None, _) => true,
            (None, Some(_), _) => false,
            (Some(inviter), _, _) if inviter.state != AccountState::Active => false,
            (Some(inviter), _, Some((org, _))) => {
                inviter.is_admin || organisation::role(rows, org, inviter.id).await? == Some(OrgRole::Owner)
            }
            (Some(inviter), _, None) => inviter.is_admin,
        };
        let works = shown.state == InvitationState::Open && may_still && self.takes_invitations();
        if works { Ok(shown) } else { Err(Error::NotFound) }
    }

    /// Joins the organisation of an invitation with an account that is there already.
    pub async fn accept_invitation(
        &self,
        me: &MeAccess,
        origin: &Origin,
        secret: &str,
    ) -> Result<Organisation> {
        let tx = self.store().begin().await?;
        let found = invitation::by_token(&tx, &hash_secret(secret)).await?.ok_or(Error::NotFound)?;
        let open = self.still_open(&tx, found).await?;
        let account = user::by_id(&tx, me.person().id).await?.ok_or(Error::NotFound)?;
        let Some(org) = open.organisation else {
            return Err(Error::Conflict(
                "You have an account already. This invitation is for making one.".to_owned(),
            ));
        };
        if open.invitation.email.as_ref().is_some_and(|email| email.key() != account.email.key()) {
            return Err(Error::Conflict(
                "This invitation is for another email address than that of your account. Ask for one for yours.".to_owned(),
            ));
        }
        if organisation::role(&tx, org.id, account.id).await?.is_some() {
            return Err(Error::Conflict(format!("You are a member of {} already.", org.display_name)));
        }
        let actor = Actor::Person(me.person().clone());
        self.use_invitation(&tx, &actor, origin, &open.invitation, &account).await?;
        tx.commit().await?;
        self.remembered().forget(account.id);
        Ok(org)
    }

    /// Uses an invitation up for an account, which joins its organisation: of several who try at once, one does.
    pub(crate) async fn use_invitation(
        &self,
        tx: &Tx,
        actor: &Actor,
        origin: &Origin,
        used: &Invitation,
        account: &User,
    ) -> Result<()> {
        if !invitation::take(tx, used.id, account.id, self.ambient().now()).await? {
            return Err(Error::NotFound);
        }
        if let Some((org, role)) = used.joins {
            self.join(tx, actor, origin, org, role, account).await?;
        }
        let detail = json!({ "by": account.name.as_str() });
        self.record_invitation(tx, actor, origin, "invitation.use", used, detail).await
    }

    /// Makes somebody a member who is not one.
    pub(crate) async fn join(
        &self,
        tx: &Tx,
        actor: &Actor,
        origin: &Origin,
        org: OrgId,
        role: OrgRole,
        account: &User,
    ) -> Result<()> {
        let place = organisation::by_id(tx, org).await?.ok_or(Error::NotFound)?;
        let since = self.ambient().now();
        let membership = Membership { org, user: account.id, role, duties: Duties::default(), since };
        organisation::set_member(tx, &membership).await?;
        let detail = json!({ "member": account.name.as_str(), "role": role.name(), "before": null });
        let subject = Subject::new(&org, place.name.as_str());
        record(tx, self.ambient(), actor, origin, "organisation.set_member", subject, detail).await
    }

    async fn record_invitation(
        &self,
        tx: &Tx,
        actor: &Actor,
        origin: &Origin,
        action: &str,
        about: &Invitation,
        detail: serde_json::Value,
    ) -> Result<()> {
        let place = match about.joins {
            Some((org, _)) => organisation::by_id(tx, org).await?,
            None => None,
        };
        let subject = match &place {
            Some(place) => Subject::new(&place.id, place.name.as_str()),
            None => Subject::new(&about.id, "invitation"),
        };
        let mut detail = detail;
        if let Some(fields) = detail.as_object_mut() {
            fields.insert("invitation".to_owned(), about.id.to_string().into());
        }
        record(tx, self.ambient(), actor, origin, action, subject, detail).await
    }
}

async fn shown(rows: &impl Rows, found: Invitation, now: time::OffsetDateTime) -> Result<InvitationShown> {
    let inviter = match found.invited_by {
        Some(id) => user::by_id(rows, id).await?,
        None => None,
    };
    let organisation = match found.joins {
        Some((org, _)) => organisation::by_id(rows, org).await?,
        None => None,
    };
    Ok(InvitationShown { state: found.state(now), invitation: found, inviter, organisation })
}
