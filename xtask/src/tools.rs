//! The programs that the tests need: found, installed where this machine lets us, or asked for by name.
//!
//! Programs of the system come from apt on Debian and its relatives, and only for root; anybody else is told the
//! command to type. Cargo's own helpers are built from their published source, without optimisation: they run for
//! seconds, and a quick build matters more on a fresh machine.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{answers, cargo, output, program, succeeds, variable};
use crate::report::note;

/// The programs that the test suite has to be told about.
pub(crate) struct Tools {
    /// A Chromium that can run without a screen.
    pub(crate) browser: PathBuf,
    /// The program that drives it for the tests.
    pub(crate) browser_driver: PathBuf,
    /// A server that speaks S3 and keeps buckets in a folder.
    pub(crate) s3_server: PathBuf,
    /// The folder with `initdb`, `postgres` and `pg_isready`.
    pub(crate) postgres: PathBuf,
}

/// A part of the system that the tests use.
struct Need {
    /// What it is, for a reader.
    what: &'static str,
    /// Debian's packages that bring it.
    packages: &'static [&'static str],
    /// Whether it is here.
    find: fn() -> Option<PathBuf>,
}

const NEEDS: &[Need] = &[
    Need { what: "git", packages: &["git"], find: || on_path(&["git"]) },
    Need { what: "OpenSSH client (ssh)", packages: &["openssh-client"], find: || on_path(&["ssh"]) },
    Need { what: "ssh-keygen", packages: &["openssh-client"], find: || on_path(&["ssh-keygen"]) },
    Need { what: "GnuPG", packages: &["gnupg"], find: || on_path(&["gpg"]) },
    Need { what: "PostgreSQL server", packages: &["postgresql"], find: find_postgres },
    Need { what: "Chromium", packages: &["chromium", "fonts-liberation"], find: find_browser },
    Need { what: "chromedriver", packages: &["chromium-driver"], find: find_browser_driver },
];

/// Cargo's helpers: the subcommand, and the package that brings it.
const CARGO_HELPERS: &[(&str, &str)] = &[("nextest", "cargo-nextest"), ("deny", "cargo-deny")];

/// The S3 server: its program, its package and the newest version that our toolchain builds.
const S3_SERVER: (&str, &str) = ("s3s-fs", "s3s-fs@0.14.1");

/// Parts of the Rust toolchain itself: the subcommand, and rustup's name for it.
const COMPONENTS: &[(&str, &str)] = &[("fmt", "rustfmt"), ("clippy", "clippy")];

/// Finds every tool, installs what is missing where it may, or says what to install.
pub(crate) fn ready() -> Result<Tools> {
    toolchain()?;
    system()?;
    cargo_helpers()?;
    let s3_server = s3_server()?;
    let found = |path: Option<PathBuf>, what: &str| path.with_context(|| format!("{what} is still missing"));
    Ok(Tools {
        browser: found(find_browser(), "Chromium")?,
        browser_driver: found(find_browser_driver(), "chromedriver")?,
        s3_server,
        postgres: found(find_postgres(), "the PostgreSQL server")?,
    })
}

/// Whether this process is root's.
pub(crate) fn is_root() -> Result<bool> {
    Ok(output(program("id").arg("-u"))? == "0")
}

fn toolchain() -> Result<()> {
    for (subcommand, component) in COMPONENTS {
        let here = || answers(&mut cargo(&[subcommand, "--version"]));
        if here() {
            continue;
        }
        note(&format!("installing {component} with rustup"));
        let added = on_path(&["rustup"]).is_some()
            && succeeds(program("rustup").args(["component", "add", component]))?;
        if !added || !here() {
            bail!("{component} is missing; install it with: rustup component add {component}");
        }
    }
    Ok(())
}

fn system() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let what: Vec<_> = missing.iter().map(|need| need.what).collect();
    let mut packages: Vec<_> = missing.iter().flat_map(|need| need.packages).copied().collect();
    packages.dedup();
    let what = what.join(", ");
    let by_hand = format!("sudo apt-get install {}", packages.join(" "));
    if on_path(&["apt-get"]).is_none() || !is_root()? {
        bail!(
            "missing: {what}. Install them and run this again. On Debian or Ubuntu: {by_hand}. Elsewhere: the \
             packages that bring these programs, with their programs on the PATH"
        );
    }
    note(&format!("installing with apt-get: {}", packages.join(" ")));
    succeeds(apt().arg("update"))?;
    let mut install = apt();
    install.args(["install", "--yes", "--no-install-recommends"]).args(&packages);
    if !succeeds(&mut install)? {
        bail!("apt-get could not install {what}; its own words are above. By hand: {by_hand}");
    }
    match self::missing().first() {
        None => Ok(()),
        Some(need) => bail!("{} was installed but cannot be found on the PATH", need.what),
    }
}

fn missing() -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| (need.find)().is_none()).collect()
}

/// `apt-get`, asking nothing.
pub(crate) fn apt() -> std::process::Command {
    let mut command = program("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["--quiet", "-o", "DPkg::Lock::Timeout=300"]);
    command
}

fn cargo_helpers() -> Result<()> {
    for (subcommand, package) in CARGO_HELPERS {
        let here = || answers(&mut cargo(&[subcommand, "--version"]));
        if here() {
            continue;
        }
        if !install(package, &[])? || !here() {
            bail!("{package} could not be installed; by hand: cargo install --locked {package}");
        }
    }
    Ok(())
}

/// The server that stands in for a bucket: found on the PATH or where cargo installs, or built.
fn s3_server() -> Result<PathBuf> {
    let (name, package) = S3_SERVER;
    let installed = || variable("CARGO_HOME").or_else(|| Some(format!("{}/.cargo", variable("HOME")?)));
    let find = || {
        let there = installed().map(|home| PathBuf::from(home).join("bin").join(name));
        on_path(&[name]).or(there.filter(|program| program.is_file()))
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    let built = install(package, &["--features", "binary"])?;
    find().filter(|_| built).with_context(|| {
        format!("an S3 server is missing, without which packs in a bucket are not tested; by hand: cargo install --locked --features binary {package}")
    })
}

/// Builds a program from its published source.
fn install(package: &str, more: &[&str]) -> Result<bool> {
    note(&format!("building {package} (some minutes, once per machine)"));
    let mut install = cargo(&["install", "--debug", "--locked", package]);
    // Outside the workspace, so that its settings and its target directory stay out of the way.
    install
        .args(more)
        .current_dir(env::temp_dir())
        .env_remove("CARGO_TARGET_DIR")
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    succeeds(&mut install)
}

fn find_browser() -> Option<PathBuf> {
    on_path(&["chromium", "chromium-browser", "google-chrome"])
}

fn find_browser_driver() -> Option<PathBuf> {
    on_path(&["chromedriver"])
}

/// The folder of PostgreSQL's server programs: Debian keeps it off the PATH, one folder per version.
fn find_postgres() -> Option<PathBuf> {
    let is_whole =
        |folder: &Path| ["initdb", "postgres", "pg_isready"].iter().all(|name| folder.join(name).is_file());
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, folder)| is_whole(folder))
        .max();
    if let Some((_, folder)) = newest {
        return Some(folder);
    }
    let folder = on_path(&["postgres"])?.parent()?.to_path_buf();
    is_whole(&folder).then_some(folder)
}

/// The first of these names that is a file in a folder of the PATH.
pub(crate) fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names
        .iter()
        .find_map(|name| env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_on_the_path_and_nothing_else() {
        assert!(on_path(&["no-such-program-here", "sh"]).is_some_and(|path| path.ends_with("sh")));
        assert_eq!(on_path(&["no-such-program-here"]), None);
    }

    #[test]
    fn every_need_names_its_packages() {
        for need in NEEDS {
            assert!(!need.packages.is_empty(), "{} has no package", need.what);
        }
    }
}
