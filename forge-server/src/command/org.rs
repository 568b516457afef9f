//! `forge org`.

use std::path::Path;

use anyhow::Context as _;
use forge_app::{App, NewOrganisation, Origin};
use forge_core::Duties;
use forge_core::ods::MAX_ODS_BYTES;

use crate::cli::{MemberAction, OrgAction};
use crate::command::{CONSOLE, answer, console_access};

pub(crate) async fn run(app: &App, action: OrgAction) -> anyhow::Result<()> {
    match action {
        OrgAction::Create { name, display_name, ods, owner } => {
            let new = NewOrganisation { name, display_name, description: String::new(), ods_code: ods };
            let site = console_access(app)?;
            let created =
                app.create_organisation_for(&site, &Origin::console(), &new, owner.as_ref()).await?;
            answer(created.name.as_str());
            Ok(())
        }
        OrgAction::Member { action } => member(app, action).await,
        OrgAction::ImportOds { file } => import_ods(app, &file).await,
    }
}

async fn member(app: &App, action: MemberAction) -> anyhow::Result<()> {
    let origin = Origin::console();
    match action {
        MemberAction::Set { org, name, role, duty } => {
            let duties = Duties::of_names(duty.iter().map(String::as_str))?;
            let access = app.authorize_org(&CONSOLE, &org).await?;
            app.set_member(&access, &origin, &name, role, duties).await?;
            answer(&format!("{name} is {role} of {org}"));
        }
        MemberAction::Remove { org, name } => {
            let access = app.authorize_org(&CONSOLE, &org).await?;
            app.remove_member(&access, &origin, &name).await?;
            answer(&format!("{name} is no member of {org} any more"));
        }
    }
    Ok(())
}

/// Says what was taken, and what was not with the reason; fails if nothing was.
async fn import_ods(app: &App, file: &Path) -> anyhow::Result<()> {
    let length = std::fs::metadata(file).with_context(|| format!("{}", file.display()))?.len();
    anyhow::ensure!(
        length <= u64::try_from(MAX_ODS_BYTES)?,
        "{} has more than {MAX_ODS_BYTES} bytes: split it into several",
        file.display()
    );
    let bytes = std::fs::read(file).with_context(|| format!("{}", file.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let done = app.import_ods(&console_access(app)?, &Origin::console(), &text).await?;
    answer(&format!(
        "took {} organisations, {} of them closed, and {} successors",
        done.organisations, done.closed, done.successions
    ));
    if done.unknown > 0 {
        answer(&format!(
            "{} successions are of organisations that are not in the register: take in the file with those, then this again",
            done.unknown
        ));
    }
    for (line, why) in &done.reasons {
        answer(&format!("line {line} was not taken: {why}"));
    }
    answer(&format!("the register has {} organisations; {} lines were not taken", done.total, done.refused));
    anyhow::ensure!(
        done.organisations + done.successions > 0 || done.refused == 0,
        "nothing was taken: is this a CSV file of the Organisation Data Service?"
    );
    Ok(())
}
