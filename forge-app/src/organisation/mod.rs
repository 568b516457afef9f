//! Organisations, their members and their teams.

mod ceiling;
mod leaver;
mod member;
mod member_leaver;
mod ods;
mod policy;
mod relocate;
mod team;

pub use ceiling::AboveCeiling;
pub(crate) use ceiling::policy_of;
pub use leaver::Leaver;
pub(crate) use leaver::{held_alone, transfer_all};
pub use member_leaver::MemberLeaver;
pub use ods::{OdsImported, OdsStanding, RegisterOverview};
pub use policy::PolicyOverview;
pub use team::NewTeam;

use forge_core::{Actor, Duties, Membership, OdsCode, OrgName, OrgRole, Organisation, User, Username};
use forge_store::{PageRequest, organisation, owner, user};
use serde_json::json;

use crate::access::{MeAccess, OrgAccess, SignedIn, SiteAccess};
use crate::account::checked_display_name;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::page::Page;

/// What a new organisation is made of.
#[derive(Debug, Clone)]
pub struct NewOrganisation {
    /// Its name in addresses.
    pub name: OrgName,
    /// Its name in words; empty for the same.
    pub display_name: String,
    /// What it does.
    pub description: String,
    /// Its code in the Organisation Data Service.
    pub ods_code: Option<OdsCode>,
}

/// What an organisation says about itself.
#[derive(Debug, Clone, Default)]
pub struct OrganisationAbout {
    /// Its name in words.
    pub display_name: String,
    /// What it does.
    pub description: String,
    /// Its own pages: an `https` address, or empty.
    pub website: String,
    /// Its code in the Organisation Data Service.
    pub ods_code: Option<OdsCode>,
}

impl App {
    /// Makes an organisation that the person owns.
    pub async fn create_organisation(
        &self,
        me: &MeAccess,
        origin: &Origin,
        new: &NewOrganisation,
    ) -> Result<Organisation> {
        let actor = Actor::Person(me.person().clone());
        self.insert_organisation(&actor, origin, new, Some(&me.person().name)).await
    }

    /// Makes an organisation on the server's own command line.
    pub async fn create_organisation_for(
        &self,
        access: &SiteAccess,
        origin: &Origin,
        new: &NewOrganisation,
        owner: Option<&Username>,
    ) -> Result<Organisation> {
        self.insert_organisation(access.actor(), origin, new, owner).await
    }

    async fn insert_organisation(
        &self,
        actor: &Actor,
        origin: &Origin,
        new: &NewOrganisation,
        owned_by: Option<&Username>,
    ) -> Result<Organisation> {
        let display_name =
            if new.display_name.trim().is_empty() { new.name.as_str() } else { &new.display_name };
        let created = Organisation {
            id: self.ambient().id(),
            name: new.name.clone(),
            display_name: checked_display_name(display_name)?,
            description: checked_description(&new.description)?,
            ods_code: new.ods_code.clone(),
            parent: None,
            website: String::new(),
            created_at: self.ambient().now(),
        };
        code_is_for_administrators(actor, new.ods_code.is_some())?;
        let tx = self.store().begin().await?;
        if owner::by_name(&tx, &new.name.clone().into()).await?.is_some() {
            return Err(Error::invalid("name", "This name is taken. Choose another."));
        }
        organisation::insert(&tx, &created).await.map_err(code_taken)?;
        if let Some(name) = owned_by {
            let first = user::by_name(&tx, name)
                .await?
                .ok_or_else(|| Error::invalid("owner", "There is no such person."))?;
            let membership = Membership {
                org: created.id,
                user: first.id,
                role: OrgRole::Owner,
                duties: Duties::default(),
                since: created.created_at,
            };
            organisation::set_member(&tx, &membership).await?;
        }
        let subject = Subject::new(&created.id, created.name.as_str());
        record(&tx, self.ambient(), actor, origin, "organisation.create", subject, json!({})).await?;
        tx.commit().await?;
        Ok(created)
    }

    /// An organisation by name.
    pub async fn organisation(&self, _access: &SignedIn, name: &OrgName) -> Result<Organisation> {
        let rows = self.store().read().await?;
        organisation::by_name(&rows, name).await?.ok_or(Error::NotFound)
    }

    /// All organisations, by name.
    pub async fn organisations(
        &self,
        _access: &SignedIn,
        page: Page,
    ) -> Result<forge_store::Page<Organisation>> {
        let rows = self.store().read().await?;
        Ok(organisation::list(&rows, PageRequest { offset: page.offset, limit: page.limit }).await?)
    }

    /// Every organisation with how many members it has, for administrators.
    pub async fn every_organisation(
        &self,
        _access: &SiteAccess,
        page: Page,
    ) -> Result<forge_store::Page<(Organisation, u64)>> {
        let rows = self.store().read().await?;
        let part = PageRequest { offset: page.offset, limit: page.limit };
        let found = organisation::list(&rows, part).await?;
        let mut items = Vec::with_capacity(found.items.len());
        for org in found.items {
            let members = organisation::members(&rows, org.id).await?.len();
            items.push((org, u64::try_from(members).unwrap_or(u64::MAX)));
        }
        Ok(forge_store::Page { items, total: found.total })
    }

    /// The organisation above one, and those right below it.
    pub async fn organisations_around(
        &self,
        _access: &SignedIn,
        of: &Organisation,
    ) -> Result<(Option<Organisation>, Vec<Organisation>)> {
        let rows = self.store().read().await?;
        let above = match of.parent {
            Some(id) => organisation::by_id(&rows, id).await?,
            None => None,
        };
        Ok((above, organisation::below(&rows, of.id).await?))
    }

    /// The organisations that somebody is in.
    pub async fn organisations_of(
        &self,
        _access: &SignedIn,
        of: &User,
    ) -> Result<Vec<(Organisation, OrgRole)>> {
        let rows = self.store().read().await?;
        Ok(organisation::of_user(&rows, of.id).await?)
    }

    /// Changes what an organisation says about itself.
    pub async fn update_organisation(
        &self,
        access: &OrgAccess,
        origin: &Origin,
        about: &OrganisationAbout,
    ) -> Result<()> {
        let before = access.organisation().ods_code.as_ref().map(OdsCode::as_str);
        let after = about.ods_code.as_ref().map(OdsCode::as_str);
        code_is_for_administrators(access.actor(), before != after)?;
        let detail = if before == after { json!({}) } else { json!({ "ods_code": after, "before": before }) };
        let changed = Organisation {
            display_name: checked_display_name(&about.display_name)?,
            description: checked_description(&about.description)?,
            website: checked_website(&about.website)?,
            ods_code: about.ods_code.clone(),
            ..access.organisation().clone()
        };
        let tx = self.store().begin().await?;
        organisation::update(&tx, &changed).await.map_err(code_taken)?;
        let subject = Subject::new(&changed.id, changed.name.as_str());
        record(&tx, self.ambient(), access.actor(), origin, "organisation.update", subject, detail).await?;
        Ok(tx.commit().await?)
    }
}

/// A code says who an organisation is, and people may be let in by it: only administrators of the site, who can check it, give
/// one or take it away.
fn code_is_for_administrators(actor: &Actor, is_changed: bool) -> Result<()> {
    if is_changed && !actor.is_site_admin() {
        return Err(Error::invalid(
            "ods_code",
            "Only an administrator of the site gives an organisation its code. Ask one, and leave it as it is.",
        ));
    }
    Ok(())
}

fn code_taken(error: forge_store::Error) -> Error {
    match error {
        forge_store::Error::Conflict(_) => {
            Error::invalid("ods_code", "Another organisation has this ODS code.")
        }
        other => other.into(),
    }
}

/// Checks the address of an organisation's own pages: `https`, or nothing.
fn checked_website(text: &str) -> Result<String> {
    let text = text.trim();
    let host = text.strip_prefix("https://").unwrap_or_default();
    let is_plain = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`'));
    if text.is_empty() || (is_plain && text.len() <= 200 && host.contains('.') && !host.contains('@')) {
        return Ok(text.to_owned());
    }
    Err(Error::invalid("website", "Enter an address that begins with https://, or leave it empty."))
}

/// Checks a description: one paragraph within the limit.
pub(crate) fn checked_description(text: &str) -> Result<String> {
    let text = text.trim();
    let longest = forge_core::repository::MAX_DESCRIPTION;
    if text.chars().count() > longest || text.chars().any(char::is_control) {
        return Err(Error::invalid(
            "description",
            format!("Enter one line of at most {longest} characters."),
        ));
    }
    Ok(text.to_owned())
}
