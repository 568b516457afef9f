//! Writes a repository out as a plain bare directory that any git reads.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use forge_core::ObjectFormat;

use crate::{Cancel, Error, Head, Limits, ObjectStore, RefSnapshot, Result, commit_graph};

/// Makes a bare repository in `dir`, which must be new or empty; `packs` are the `.pack` files, with their indices beside them.
///
/// The packs are copied, so that nothing done to the export reaches back. `HEAD` comes last: what a crash leaves half
/// written is no repository to git.
pub fn write_bare(dir: &Path, format: ObjectFormat, refs: &RefSnapshot, packs: &[PathBuf]) -> Result<()> {
    refuse_full(dir)?;
    for part in ["objects/pack", "objects/info", "refs/heads", "refs/tags", "info"] {
        fs::create_dir_all(dir.join(part))?;
    }
    for pack in packs {
        for file in [pack.clone(), pack.with_extension("idx")] {
            let name = file.file_name().ok_or_else(|| Error::corrupt("a pack has no name"))?;
            fs::copy(&file, dir.join("objects/pack").join(name)).map_err(|error| {
                std::io::Error::new(error.kind(), format!("{} cannot be copied: {error}", file.display()))
            })?;
        }
    }
    write_commit_graph(dir, format, refs);
    fs::write(dir.join("packed-refs"), packed_refs(refs))?;
    fs::write(dir.join("config"), config(format))?;
    let head = match refs.head() {
        Some(Head::Symbolic(name)) => format!("ref: {name}\n"),
        Some(Head::Detached(id)) => format!("{id}\n"),
        None => "ref: refs/heads/main\n".to_owned(),
    };
    Ok(fs::write(dir.join("HEAD"), head)?)
}

/// Writes what makes history quick to walk. An export without it is as good.
fn write_commit_graph(dir: &Path, format: ObjectFormat, refs: &RefSnapshot) {
    let tips: Vec<_> = refs.refs().iter().map(|found| found.target).collect();
    let written = ObjectStore::open(&dir.join("objects"), format, &Limits::default())
        .and_then(|store| commit_graph::write(&store, &tips, &Cancel::new()));
    if let Err(error) = written {
        tracing::warn!(dir = %dir.display(), %error, "an export has no commit graph");
    }
}

/// What an export or a backup is written into must hold nothing yet.
pub fn refuse_full(dir: &Path) -> Result<()> {
    match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Conflict(format!("{} is not empty: name a new directory", dir.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::Conflict(format!("{} cannot be written into: {error}", dir.display()))),
    }
}

fn packed_refs(refs: &RefSnapshot) -> String {
    let mut text = "# pack-refs with: peeled fully-peeled sorted \n".to_owned();
    for found in refs.refs() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{} {}", found.target, found.name);
        if let Some(peeled) = &found.peeled {
            let _ = writeln!(text, "^{peeled}");
        }
    }
    text
}

fn config(format: ObjectFormat) -> &'static str {
    match format {
        ObjectFormat::Sha1 => "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n",
        ObjectFormat::Sha256 => {
            "[core]\n\trepositoryformatversion = 1\n\tfilemode = true\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n"
        }
    }
}
