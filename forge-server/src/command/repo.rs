//! `forge repo`.

use std::path::Path;

use forge_app::{App, NewRepository, Origin, Start};
use forge_core::{RepoPath, Visibility};

use crate::cli::RepoAction;
use crate::command::{CONSOLE, answer, console_access};

/// Makes, imports or exports a repository.
pub async fn run(app: &App, action: RepoAction) -> anyhow::Result<()> {
    match action {
        RepoAction::Create { path, visibility, object_format, description } => {
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
        RepoAction::Import { path, dir, visibility } => import(app, &path, &dir, visibility).await,
        RepoAction::Export { path, dir } => export(app, &path, &dir).await,
    }
}

/// Says of each ref what became of it; fails unless all of them are in.
async fn import(app: &App, path: &RepoPath, dir: &Path, visibility: Visibility) -> anyhow::Result<()> {
    let site = console_access(app)?;
    let imported = app.import_repository(&site, &Origin::console(), path, visibility, dir).await?;
    if imported.created {
        answer(&format!("made {path}"));
    }
    for name in &imported.taken {
        answer(&format!("took {name}"));
    }
    for (name, reason) in &imported.refused {
        answer(&format!("did not take {name}: {reason}"));
    }
    if imported.unchanged > 0 {
        answer(&format!("{} refs were there already", imported.unchanged));
    }
    if imported.left_out > 0 {
        answer(&format!("{} refs are no branches, tags or notes and were left out", imported.left_out));
    }
    if imported.taken.is_empty() && imported.unchanged == 0 && imported.refused.is_empty() {
        answer("there was nothing to take: the directory has no branches, tags or notes");
    }
    anyhow::ensure!(
        imported.refused.is_empty(),
        "{} refs were not taken. Mend what is said of them above and import again: what is in stays in",
        imported.refused.len()
    );
    Ok(())
}

async fn export(app: &App, path: &RepoPath, dir: &Path) -> anyhow::Result<()> {
    let exported = app.export_repository(&console_access(app)?, path, dir).await?;
    answer(&format!(
        "{path} is in {}: {} refs, {} packs. Git reads it as it is: git clone {}",
        dir.display(),
        exported.refs,
        exported.packs,
        dir.display()
    ));
    Ok(())
}
