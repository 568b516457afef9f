//! Fast is measured: the same work by the same git client against Forge and against stock git, in turns, as ratios.
//!
//! Stock git is `git http-backend` behind nginx and fcgiwrap, with bitmaps and a commit-graph, as a careful administrator would
//! run it. What counts first is the server's processor time, which hardly moves when the machine does other things
//! as well; then the wall. Forge asks who the caller is and writes its audit log, the other does not.

mod pages;
mod repository;
mod scenario;
mod server;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{empty_dir, release_forge};
use crate::report::note;
use crate::tools::on_path;
use server::{Forge, Stock};
pub(crate) use server::{free_port, wait_for};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// A bare repository to work with; one is made up if none is named.
    #[arg(long)]
    repository: Option<PathBuf>,
    /// How often each piece of work is done on each side.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Pages of very large merge requests instead: how long the server takes, and how much it sends.
    #[arg(long)]
    pages: bool,
    /// A built `forge`; it is built for release if none is named.
    #[arg(long)]
    forge: Option<PathBuf>,
}

/// Measures and prints a table.
pub(crate) fn run(options: &Options) -> Result<bool> {
    if options.pages {
        let Some(binary) = release_forge(options.forge.as_deref())? else { return Ok(false) };
        pages::measure(&empty_dir("target/bench")?, &binary, options.runs)?;
        return Ok(true);
    }
    for (name, package) in [("nginx", "nginx-light"), ("fcgiwrap", "fcgiwrap"), ("git", "git")] {
        if on_path(&[name]).is_none() && !Path::new("/usr/sbin").join(name).is_file() {
            bail!("{name} is missing; on Debian: apt-get install {package}");
        }
    }
    let Some(binary) = release_forge(options.forge.as_deref())? else { return Ok(false) };
    let work = empty_dir("target/bench")?;
    let source = match &options.repository {
        Some(source) => std::path::absolute(source)?,
        None => repository::make(&work.join("made.git"))?,
    };
    note("filling both servers");
    let stock = Stock::start(&work, &source).context("stock git")?;
    let forge = Forge::start(&work, &binary, &source).context("forge")?;
    let mut out = std::io::stdout();
    writeln!(out, "| work | wall ms: forge | stock | ratio | processor ms: forge | stock | ratio |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for scenario in scenario::ALL {
        let row = scenario.measure(&forge, &stock, &work.join("client"), options.runs)?;
        writeln!(out, "{row}")?;
    }
    writeln!(out, "\nForge's anonymous memory at the end: {} MiB", forge.anonymous_mib()?)?;
    Ok(true)
}
