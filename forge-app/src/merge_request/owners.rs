//! Whose approval the changed files need: the owners' file of the target branch, with names turned into people.

use forge_core::code_owners::Owner;
use forge_core::merge_request::check::OwnerGroup;
use forge_core::{Email, ObjectId, OrgName, TeamName, UserId, Username};
use forge_git::Cancel;
use forge_git::browse::{Browser, DiffOptions};
use forge_store::{Rows, organisation, team, user};

use super::facts::Known;
use crate::app::App;
use crate::error::{Error, Result};

/// The groups of owners who must approve. Nothing if it cannot be found out, which stands against merging. Blocks.
///
/// The file is read from the target branch: a change cannot appoint its own owners.
pub(super) fn owner_groups(
    app: &App,
    browser: &Browser,
    known: &Known,
    target: &ObjectId,
    cancel: &Cancel,
) -> Result<Option<Vec<OwnerGroup>>> {
    if !known.demands.owners {
        return Ok(Some(Vec::new()));
    }
    let found = app.find_owners(browser, known.request.item.repo, target)?;
    let Some(file) = found else { return Ok(Some(Vec::new())) };
    if file.text.is_none() {
        return Err(Error::TooLarge(format!("{} is too large to be read.", file.path.to_text())));
    }
    let (base, head) = (&known.version.base, &known.version.head);
    let (paths, left_out) = browser.touched_paths(base, head, &DiffOptions::default(), cancel)?;
    if left_out.files > 0 || left_out.more_files {
        return Ok(None);
    }
    let asked: Vec<(String, u32, Vec<Owner>)> = file
        .rules
        .ownerships(&paths)
        .into_iter()
        .filter(|found| !found.section.is_optional)
        .map(|found| {
            let name = if found.section.name.is_empty() { &found.rule.pattern } else { &found.section.name };
            (name.clone(), found.section.required, found.rule.owners.clone())
        })
        .collect();
    tokio::runtime::Handle::current().block_on(async {
        let rows = app.store().read().await?;
        let mut groups = Vec::with_capacity(asked.len());
        for (name, needed, owners) in asked {
            let mut people = Vec::new();
            for owner in &owners {
                people.extend(people_of(&rows, owner).await?);
            }
            people.sort_unstable();
            people.dedup();
            groups.push(OwnerGroup { name, people, needed });
        }
        Ok::<_, Error>(Some(groups))
    })
}

/// The people that an owner stands for. A name that nobody has stands for nobody.
async fn people_of(rows: &impl Rows, owner: &Owner) -> Result<Vec<UserId>> {
    match owner {
        Owner::Name(name) => {
            if let Ok(name) = Username::new(name)
                && let Some(found) = user::by_name(rows, &name).await?
            {
                return Ok(vec![found.id]);
            }
            let Ok(name) = OrgName::new(name) else { return Ok(Vec::new()) };
            let Some(org) = organisation::by_name(rows, &name).await? else { return Ok(Vec::new()) };
            let members = organisation::members(rows, org.id).await?;
            Ok(members.into_iter().map(|(member, _)| member.id).collect())
        }
        Owner::Team(org, name) => {
            let (Ok(org), Ok(name)) = (OrgName::new(org), TeamName::new(name)) else { return Ok(Vec::new()) };
            let Some(org) = organisation::by_name(rows, &org).await? else { return Ok(Vec::new()) };
            let Some(found) = team::by_name(rows, org.id, &name).await? else { return Ok(Vec::new()) };
            let members = team::members(rows, found.id, true).await?;
            Ok(members.into_iter().map(|(member, _)| member.id).collect())
        }
        Owner::Email(text) => {
            let Ok(email) = Email::new(text) else { return Ok(Vec::new()) };
            Ok(user::by_email(rows, &email).await?.map(|found| found.id).into_iter().collect())
        }
    }
}
