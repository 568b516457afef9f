//! `forge user`.

use std::io::Read as _;

use anyhow::Context as _;
use forge_app::{App, NewUser, Origin};
use forge_core::{Email, Secret};

use crate::cli::UserAction;
use crate::command::{answer, console_access};

/// More than any password: the rest of standard input is not read.
const MOST_INPUT: u64 = 4096;

pub(crate) async fn run(app: &App, action: UserAction) -> anyhow::Result<()> {
    let (access, origin) = (console_access(app)?, Origin::console());
    match action {
        UserAction::Create { name, email, display_name, admin, password_stdin: _ } => {
            let email = Email::new(&email)?;
            let mut password = String::new();
            std::io::stdin()
                .take(MOST_INPUT)
                .read_to_string(&mut password)
                .context("the password cannot be read")?;
            let password = Secret::new(password.trim_end_matches(['\r', '\n']).to_owned());
            let new = NewUser { name, display_name, email, password, is_admin: admin };
            let created = app.create_user(&access, &origin, &new).await?;
            answer(created.name.as_str());
        }
        UserAction::ResetSecondFactor { name } => {
            app.reset_second_factor(&access, &origin, &name).await?;
            answer(name.as_str());
        }
    }
    Ok(())
}
