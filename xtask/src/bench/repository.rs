//! A repository with a believable shape, made up the same way every time.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::process::{program, succeeds};

const COMMITS: u64 = 3000;
const FILES: u64 = 400;

/// Makes the repository: one branch whose commits each change two files of a few hundred lines.
pub(crate) fn make(path: &Path) -> Result<PathBuf> {
    if !succeeds(program("git").args(["init", "--quiet", "--bare", "--initial-branch=main"]).arg(path))? {
        bail!("git could not make {}", path.display());
    }
    let mut import = program("git")
        .arg("-C")
        .arg(path)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .context("git fast-import")?;
    let mut input = import.stdin.take().context("git fast-import takes no input")?;
    let mut contents = vec![String::new(); usize::try_from(FILES)?];
    let mut state = 1_u64;
    for commit in 0..COMMITS {
        let mut text = format!(
            "commit refs/heads/main\ncommitter A <a@example.org> {} +0000\ndata <<EOM\nchange {commit}\nEOM\n",
            1_700_000_000 + commit * 600
        );
        for change in 0..2 {
            let file = if commit < FILES / 2 { commit * 2 + change } else { next(&mut state) % FILES };
            let content = contents.get_mut(usize::try_from(file)?).context("a file")?;
            for line in 0..20 {
                writeln!(content, "line {line} of {commit}: {:016x}", next(&mut state))?;
            }
            write!(text, "M 100644 inline src/part{}/file{file}.R\ndata {}\n", file % 20, content.len())?;
            text.push_str(content);
            text.push('\n');
        }
        input.write_all(text.as_bytes())?;
    }
    drop(input);
    if !import.wait()?.success() {
        bail!("git fast-import failed");
    }
    Ok(path.to_owned())
}

/// The next number of a fixed sequence (xorshift).
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}
