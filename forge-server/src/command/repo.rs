//! `forge repo`.

use forge_app::{App, NewRepository, Origin, Start};

use crate::cli::RepoAction;
use crate::command::{CONSOLE, answer};

pub(crate) async fn run(app: &App, action: RepoAction) -> anyhow::Result<()> {
    let RepoAction::Create { path, visibility, object_format, description } = action;
    let owner = app.authorize_owner(&CONSOLE, &path.owner).await?;
    let new = NewRepository {
        name: path.name,
        description,
        visibility,
        format: object_format,
        start: Start::default(),
    };
    let created = app.create_repository(&owner, &Origin::console(), &new).await?;
    answer(&created.path.to_string());
    Ok(())
}
