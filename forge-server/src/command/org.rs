//! `forge org`.

use forge_app::{App, NewOrganisation, Origin};

use crate::cli::OrgAction;
use crate::command::{answer, console_access};

pub(crate) async fn run(app: &App, action: OrgAction) -> anyhow::Result<()> {
    let OrgAction::Create { name, display_name, ods, owner } = action;
    let new = NewOrganisation { name, display_name, description: String::new(), ods_code: ods };
    let created =
        app.create_organisation_for(&console_access(app)?, &Origin::console(), &new, owner.as_ref()).await?;
    answer(created.name.as_str());
    Ok(())
}
