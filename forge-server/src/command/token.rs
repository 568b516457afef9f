//! `forge token`.

use forge_app::{App, NewToken, Origin};
use forge_core::Scopes;
use forge_core::credential::Scope;

use crate::cli::TokenAction;
use crate::command::{answer, console_access};

pub(crate) async fn run(app: &App, action: TokenAction) -> anyhow::Result<()> {
    let TokenAction::Create { user, name, scope, only, days } = action;
    let scopes = if scope.is_empty() { Scope::GIT.to_vec() } else { scope };
    let new = NewToken { name, scopes: Scopes::new(scopes)?, days, only };
    let (text, _) = app.create_token_for(&console_access(app)?, &Origin::console(), &user, &new).await?;
    answer(text.expose());
    Ok(())
}
