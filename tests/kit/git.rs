//! The real git and ssh, with nobody's settings but ours.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// What a program answered.
#[derive(Clone)]
pub struct Output {
    /// Whether it succeeded.
    pub ok: bool,
    /// Its exit status.
    pub code: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

impl Output {
    /// The answer if it succeeded, itself as the error if not.
    pub fn success(self) -> Result<String, Self> {
        if self.ok { Ok(self.stdout) } else { Err(self) }
    }
}

/// A program of the test machine. The one home for starting programs in tests.
#[expect(clippy::disallowed_methods, reason = "journeys drive the real clients")]
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(name)
}

pub(crate) fn run(command: &mut Command) -> Output {
    answer(command.stdin(std::process::Stdio::null()))
}

pub(crate) fn answer(command: &mut Command) -> Output {
    let output = command.output().expect("the program starts");
    Output {
        ok: output.status.success(),
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs git in a directory with fixed names and dates and no settings of the machine.
pub fn git(dir: &Path, key: &Path, arguments: &[&str]) -> Output {
    run(hermetic(dir, key).args(arguments))
}

fn hermetic(dir: &Path, key: &Path) -> Command {
    hermetic_program("git", dir, key)
}

/// Any program that may run git or ssh, in a directory that is its home, with fixed names and dates.
pub(crate) fn hermetic_program(name: impl AsRef<std::ffi::OsStr>, dir: &Path, key: &Path) -> Command {
    let ssh = format!(
        "ssh -F none -i {} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
        key.display()
    );
    let mut command = program(name);
    command
        .current_dir(dir)
        .env_clear()
        .env("PATH", env!("PATH"))
        .env("HOME", dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_SSH_COMMAND", ssh)
        .env("GIT_AUTHOR_NAME", "Test")
        .env("GIT_AUTHOR_EMAIL", "test@example.nhs.uk")
        .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
        .env("GIT_COMMITTER_NAME", "Test")
        .env("GIT_COMMITTER_EMAIL", "test@example.nhs.uk")
        .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z");
    command
}

/// Runs git without any key, with bytes on its standard input.
pub fn git_fed(dir: &Path, arguments: &[&str], input: &[u8]) -> Output {
    use std::io::{Seek as _, Write as _};
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(input).expect("a full file");
    file.rewind().expect("a file from its start");
    let mut command = hermetic(dir, Path::new("/nonexistent"));
    answer(command.args(arguments).stdin(file))
}

/// Makes an ed25519 key pair at a path.
pub(crate) fn make_key(path: &Path) {
    let output =
        run(program("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "laptop", "-f"]).arg(path));
    assert!(output.ok, "{output:?}");
}

/// A repository on somebody's computer; it goes when dropped.
pub struct WorkTree {
    dir: TempDir,
    key: PathBuf,
}

impl WorkTree {
    pub(crate) fn init(home: &Path, key: &Path, options: &[&str]) -> Self {
        let tree = Self { dir: tempfile::tempdir_in(home).expect("a directory"), key: key.to_owned() };
        let mut arguments = vec!["init", "--quiet", "--initial-branch=main"];
        arguments.extend_from_slice(options);
        tree.git(&arguments).expect("git init");
        tree
    }

    pub(crate) fn clone_of(home: &Path, key: &Path, remote: &str, options: &[&str]) -> Result<Self, Output> {
        let tree = Self { dir: tempfile::tempdir_in(home).expect("a directory"), key: key.to_owned() };
        let mut arguments = vec!["clone", "--quiet"];
        arguments.extend_from_slice(options);
        arguments.extend_from_slice(&[remote, "."]);
        tree.git(&arguments)?;
        Ok(tree)
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Runs git in it.
    pub fn git(&self, arguments: &[&str]) -> Result<String, Output> {
        git(self.dir.path(), &self.key, arguments).success()
    }

    /// Runs git in it, whatever comes of it.
    pub fn try_git(&self, arguments: &[&str]) -> Output {
        git(self.dir.path(), &self.key, arguments)
    }

    /// Runs git in it with a variable of the environment.
    pub fn git_with(&self, name: &str, value: &str, arguments: &[&str]) -> Output {
        run(hermetic(self.dir.path(), &self.key).env(name, value).args(arguments))
    }

    /// Writes a file.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
        std::fs::write(path, bytes).expect("a file");
    }

    /// Writes a file and commits it; says which commit that is.
    pub fn commit(&self, path: &str, bytes: impl AsRef<[u8]>) -> String {
        self.write(path, bytes);
        self.git(&["add", "--all"]).expect("git add");
        self.git(&["commit", "--quiet", "--allow-empty", "-m", &format!("Change {path}")])
            .expect("git commit");
        self.head()
    }

    /// The commit that is checked out.
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).expect("a commit").trim().to_owned()
    }

    /// Fails unless git finds the repository whole.
    pub fn fsck(&self) {
        let output = self.try_git(&["fsck", "--full", "--strict"]);
        assert!(output.ok, "{output:?}");
    }
}
