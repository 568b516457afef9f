//! A forge in a directory, started and killed again and again.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::bench::{free_port, wait_for};
use crate::process::{output, program};

/// The one person there is.
const NAME: &str = "crash";

/// Where one forge has everything.
pub(super) struct House {
    binary: PathBuf,
    dir: PathBuf,
    data: PathBuf,
    token: String,
}

/// Its running process.
pub(super) struct Running {
    child: Child,
    port: u16,
}

impl House {
    /// A house whose data are below a directory of its own.
    pub(super) fn new(binary: &Path, dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let (binary, dir, data) = (binary.to_owned(), dir.to_owned(), dir.join("data"));
        Ok(Self { binary, dir, data, token: String::new() })
    }

    /// The same, with its data at another place.
    pub(super) fn moved(&self, data: &Path) -> Self {
        let Self { binary, dir, token, .. } = self;
        Self { binary: binary.clone(), dir: dir.clone(), data: data.to_owned(), token: token.clone() }
    }

    /// Where files are that are not the forge's.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// A command of the program.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(&self.binary);
        command.args(arguments).env("FORGE_DATA_DIR", &self.data).env("FORGE_PASSWORD_MEMORY", "8 KiB");
        command
    }

    /// Makes the person and their token.
    pub(super) fn settle(mut self) -> Result<Self> {
        let create = ["user", "create", NAME, "--email", "crash@example.org", "--password-stdin"];
        let mut user = self.command(&create).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        user.stdin
            .take()
            .context("no way to say the password")?
            .write_all(b"three plain words and more\n")?;
        if !user.wait()?.success() {
            bail!("the account could not be made");
        }
        let token = ["token", "create", "--user", NAME, "--name", "t", "--scope", "repository:write"];
        self.token = output(&mut self.command(&token))?;
        Ok(self)
    }

    /// Starts the forge.
    pub(super) fn start(&self) -> Result<Running> {
        let port = free_port()?;
        let log = std::fs::File::options().create(true).append(true).open(self.dir.join("forge.log"))?;
        let mut command = self.command(&["serve"]);
        command.env("FORGE_HTTP_LISTEN", format!("127.0.0.1:{port}")).env("FORGE_SSH_ENABLED", "false");
        command.env("FORGE_JOBS_WORKERS", "0").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let running = Running { child: command.spawn()?, port };
        wait_for(port)?;
        Ok(running)
    }

    /// The address of a repository.
    pub(super) fn url(&self, running: &Running, repo: &str) -> String {
        format!("http://{NAME}:{}@127.0.0.1:{}/{NAME}/{repo}.git", self.token, running.port)
    }

    /// Makes a repository by the command line.
    pub(super) fn create(&self, repo: &str) -> Result<()> {
        output(&mut self.command(&["repo", "create", &format!("{NAME}/{repo}")])).map(drop)
    }
}

impl Running {
    /// Its number.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, if it is not dead yet.
    pub(super) fn kill(mut self) -> Result<()> {
        let _ = self.child.kill();
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
