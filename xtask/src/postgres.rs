//! A PostgreSQL cluster of our own: made in a temporary folder, on a free port of 127.0.0.1, gone at the end.
//!
//! PostgreSQL refuses to run as root, so root hands over to the user `postgres`. The server is a child of this program
//! and, where `setpriv` is at hand, told by the kernel when its parent dies: an interrupted run leaves no server behind.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{answers, output, pause, program, succeeds};
use crate::tools::{is_root, on_path};

/// How long the server may take to answer.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How often another port is tried when somebody else was quicker to take the free one.
const PORTS_TRIED: usize = 5;
/// The system's user under which the server runs when this program runs as root.
const SERVER_USER: &str = "postgres";

/// A running cluster; dropping it stops the server and removes the files.
pub(crate) struct Cluster {
    server: Child,
    folder: PathBuf,
    url: String,
}

impl Cluster {
    /// Makes a cluster with the programs in `programs` and waits until it answers.
    pub(crate) fn start(programs: &Path) -> Result<Self> {
        let folder = temporary_folder()?;
        let outcome = make(programs, &folder).and_then(|()| start_on_a_free_port(programs, &folder));
        match outcome {
            Ok((server, port)) => {
                let password = fs::read_to_string(folder.join("password"))?;
                let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
                Ok(Self { server, folder, url })
            }
            Err(error) => {
                let _ = fs::remove_dir_all(&folder);
                Err(error)
            }
        }
    }

    /// Where the tests reach it; the account may create databases.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let id = self.server.id().to_string();
        // SIGQUIT is PostgreSQL's immediate shutdown: nothing in this cluster is worth saving.
        let asked = succeeds(program("kill").args(["-QUIT", &id])).unwrap_or(false);
        if !asked {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn temporary_folder() -> Result<PathBuf> {
    let folder = PathBuf::from(output(program("mktemp").args(["-d", "-t", "forge-postgres.XXXXXXXX"]))?);
    let password = random_hex()?;
    fs::write(folder.join("password"), password)?;
    if is_root()? {
        output(program("chown").args(["-R", SERVER_USER]).arg(&folder))
            .context("the system has no user `postgres`; the PostgreSQL server package makes it")?;
    }
    Ok(folder)
}

fn make(programs: &Path, folder: &Path) -> Result<()> {
    let password = format!("--pwfile={}", folder.join("password").display());
    let mut initdb = as_server_user(&programs.join("initdb"), folder)?;
    initdb.arg("-D").arg(folder.join("data")).args([
        "--username=postgres",
        "--auth=scram-sha-256",
        &password,
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]);
    output(&mut initdb).context("initdb could not make a cluster")?;
    Ok(())
}

fn start_on_a_free_port(programs: &Path, folder: &Path) -> Result<(Child, u16)> {
    for _ in 0..PORTS_TRIED {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut server = start(programs, folder, port)?;
        if is_ready(programs, &mut server, port)? {
            return Ok((server, port));
        }
    }
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    bail!("the PostgreSQL server did not start; its log says:\n{log}")
}

fn start(programs: &Path, folder: &Path, port: u16) -> Result<Child> {
    let log = fs::File::create(folder.join("log"))?;
    let mut command = as_server_user(&programs.join("postgres"), folder)?;
    command.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string()).arg("-k").arg(folder);
    // Speed over safety: the data lives as long as the run.
    for setting in [
        "listen_addresses=127.0.0.1",
        "max_connections=200",
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
    ] {
        command.args(["-c", setting]);
    }
    let error_log = log.try_clone()?;
    command.stdin(Stdio::null()).stdout(log).stderr(error_log);
    command.spawn().context("the PostgreSQL server could not be started")
}

/// Waits until the server answers; `false` when it ended by itself, as it does when the port is taken.
fn is_ready(programs: &Path, server: &mut Child, port: u16) -> Result<bool> {
    let start = Instant::now();
    let port = port.to_string();
    while start.elapsed() < START_LIMIT {
        if server.try_wait()?.is_some() {
            return Ok(false);
        }
        let mut question = program(programs.join("pg_isready"));
        if answers(question.args(["--quiet", "--host=127.0.0.1", "--port", &port])) {
            return Ok(server.try_wait()?.is_none());
        }
        pause();
    }
    server.kill()?;
    server.wait()?;
    bail!("the PostgreSQL server did not answer within {} s", START_LIMIT.as_secs())
}

/// A program run as the user who owns the cluster, ended by the kernel when this program ends.
fn as_server_user(wanted: &Path, folder: &Path) -> Result<Command> {
    let root = is_root()?;
    let mut command = match on_path(&["setpriv"]) {
        Some(setpriv) => {
            let mut command = program(setpriv);
            command.args(["--pdeathsig", "QUIT"]);
            if root {
                command.args(["--reuid", SERVER_USER, "--regid", SERVER_USER, "--init-groups"]);
            }
            command.arg(wanted);
            command
        }
        None if root => bail!("`setpriv` is missing (Debian: util-linux); PostgreSQL does not run as root"),
        None => program(wanted),
    };
    // The workspace may lie where that user cannot go.
    command.current_dir(folder);
    Ok(command)
}

fn random_hex() -> Result<String> {
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
