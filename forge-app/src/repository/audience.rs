//! Who can see a repository, and why.

use std::collections::BTreeMap;

use forge_core::policy::Permission;
use forge_core::{AccountState, Grantee, OrgRole, OwnerId, User, UserId};
use forge_store::{PageRequest, Rows, grant, organisation, team, user};
use time::OffsetDateTime;

use crate::access::{Admin, RepoAccess};
use crate::app::App;
use crate::error::Result;

/// Why somebody can see a repository, in what a person may want to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is theirs.
    Owns,
    /// Their role in the organisation that owns it.
    Role(OrgRole),
    /// A grant to themself.
    Granted(Permission, Option<OffsetDateTime>),
    /// A grant to a team that they are in or below, by its name in words.
    Team(String, Permission, Option<OffsetDateTime>),
    /// They administer the site, in a browser.
    Administrator,
}

impl Why {
    /// What it gives by itself.
    pub fn gives(&self) -> Permission {
        match self {
            Self::Owns | Self::Administrator => Permission::Admin,
            Self::Role(role) => role.permission(),
            Self::Granted(permission, _) | Self::Team(_, permission, _) => *permission,
        }
    }
}

/// Everybody who is named by something, and organisations whose members can see it without being named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// Each with every reason, in the order of their names.
    pub people: Vec<(User, Vec<Why>)>,
    /// The names in words of the organisations that the owner is in, where their members can see it.
    pub colleagues_in: Vec<String>,
}

#[derive(Default)]
struct Found(BTreeMap<UserId, (Option<User>, Vec<Why>)>);

impl Found {
    fn add(&mut self, user: User, why: Why) {
        let (known, reasons) = self.0.entry(user.id).or_default();
        *known = Some(user);
        if !reasons.contains(&why) {
            reasons.push(why);
        }
    }
}

impl App {
    /// Everybody who can see a repository, with every reason. People whose account is switched off are left out.
    pub async fn audience(&self, access: &RepoAccess<Admin>) -> Result<Audience> {
        let (repo, now) = (access.repo(), self.ambient().now());
        let rows = self.store().read().await?;
        let mut found = Found::default();
        match repo.owner {
            OwnerId::User(id) => {
                if let Some(owner) = user::by_id(&rows, id).await? {
                    found.add(owner, Why::Owns);
                }
            }
            OwnerId::Org(org) => {
                for (member, membership) in organisation::members(&rows, org).await? {
                    found.add(member, Why::Role(membership.role));
                }
            }
        }
        for held in grant::of_repository(&rows, repo.id).await? {
            if held.expires_at.is_some_and(|end| end <= now) {
                continue;
            }
            match held.grantee {
                Grantee::User(id) => {
                    if let Some(holder) = user::by_id(&rows, id).await? {
                        found.add(holder, Why::Granted(held.permission, held.expires_at));
                    }
                }
                Grantee::Team(id) => {
                    let name = team::by_id(&rows, id).await?.map(|team| team.display_name);
                    for (member, _) in team::members(&rows, id, true).await? {
                        let name = name.clone().unwrap_or_default();
                        found.add(member, Why::Team(name, held.permission, held.expires_at));
                    }
                }
            }
        }
        for administrator in administrators(&rows).await? {
            found.add(administrator, Why::Administrator);
        }
        let mut people: Vec<(User, Vec<Why>)> = found
            .0
            .into_values()
            .filter_map(|(user, reasons)| Some((user?, reasons)))
            .filter(|(user, _)| user.state == AccountState::Active)
            .collect();
        people.sort_by_cached_key(|(user, _)| user.name.key());
        let colleagues_in = match repo.owner {
            OwnerId::User(id) => {
                let found = organisation::of_user(&rows, id).await?;
                found.into_iter().map(|(organisation, _)| organisation.display_name).collect()
            }
            OwnerId::Org(_) => Vec::new(),
        };
        Ok(Audience { people, colleagues_in })
    }
}

async fn administrators(rows: &impl Rows) -> Result<Vec<User>> {
    let mut found = Vec::new();
    let mut request = PageRequest { offset: 0, limit: forge_store::MAX_PAGE };
    loop {
        let page = user::administrators(rows, request).await?;
        let count = u64::try_from(page.len()).unwrap_or(u64::MAX);
        found.extend(page);
        if count < request.limit {
            return Ok(found);
        }
        request.offset += count;
    }
}
