//! `forge repo`.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;

use forge_app::{App, Haste, NewRepository, Origin, Start, StorageFigures};
use forge_core::{ObjectId, RepoPath, Visibility};

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
        RepoAction::Gc { path, now } => gc(app, &path, if now { Haste::Now } else { Haste::InTime }).await,
        RepoAction::Purge { path, object } => purge(app, &path, &object).await,
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

/// Says what there was and what there is.
async fn gc(app: &App, path: &RepoPath, haste: Haste) -> anyhow::Result<()> {
    let site = console_access(app)?;
    let shows = std::io::stderr().is_terminal();
    let progress = move |objects: u64| {
        if shows {
            eprint!("\r{objects} objects");
        }
    };
    let done = app.collect_garbage(&site, path, haste, Arc::new(progress)).await?;
    if shows {
        eprint!("\r\u{1b}[K");
    }
    answer(&format!("before: {}", figures(&done.before)));
    answer(&format!("after:  {}", figures(&done.after)));
    let after = &done.after;
    if after.unreachable_objects > 0 {
        answer(&format!(
            "{} objects, {}, are reached by no ref and wait for their time of grace to pass",
            after.unreachable_objects,
            size(after.unreachable_bytes)
        ));
    }
    if after.replaced_bytes > 0 {
        answer(&format!(
            "{} of replaced packs will be deleted once no transfer can need them",
            size(after.replaced_bytes)
        ));
    }
    if done.deleted > 0 {
        answer(&format!("deleted {} packs that were replaced earlier", done.deleted));
    }
    answer(&format!("took {:.1} s", done.took.as_secs_f64()));
    Ok(())
}

fn figures(figures: &StorageFigures) -> String {
    format!("{} packs, {} objects, {}", figures.packs, figures.objects, size(figures.bytes))
}

/// Bytes in a unit that people read.
fn size(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let Some((unit, shift)) = units.into_iter().find(|(_, shift)| bytes >> shift > 0) else {
        return format!("{bytes} B");
    };
    let tenths = (u128::from(bytes) * 10) >> shift;
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

async fn purge(app: &App, path: &RepoPath, object: &ObjectId) -> anyhow::Result<()> {
    let purged = app.purge_object(&console_access(app)?, &Origin::console(), path, object).await?;
    answer(&match purged.packs {
        0 => format!("{object} was in no pack of {path}, and no push will bring it"),
        packs => format!("{object} is gone from {packs} packs of {path}, and no push will bring it back"),
    });
    answer(
        "Restart the server, which may remember packs that it sent. Clones and backups are not changed by this.",
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
