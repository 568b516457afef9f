//! The one place from which this program starts others and reads its own environment.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::report::note;

/// How often a waiting loop looks again.
const PAUSE: Duration = Duration::from_millis(100);

/// A program about to be started, in the workspace's root.
#[expect(clippy::disallowed_methods, reason = "starting programs is what this crate is for")]
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// Cargo itself: the one that runs this program, without the variables it set for it.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = program(variable("CARGO").unwrap_or_else(|| "cargo".to_owned()));
    command.args(arguments);
    for (name, _) in env::vars_os() {
        let inherited = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME"
        });
        if inherited {
            command.env_remove(name);
        }
    }
    command
}

/// A variable of the environment, unless it is missing or empty.
#[expect(clippy::disallowed_methods, reason = "the environment of a chore is its configuration")]
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The `forge` that was named, or one that is built for release; nothing if that failed.
pub(crate) fn release_forge(named: Option<&Path>) -> Result<Option<PathBuf>> {
    if let Some(named) = named {
        return Ok(Some(std::path::absolute(named)?));
    }
    note("building forge");
    let built = succeeds(&mut cargo(&["build", "--release", "--package", "forge-server"]))?;
    Ok(built.then(|| root().join("target/release/forge")))
}

/// A directory of the workspace, made anew with nothing in it.
pub(crate) fn empty_dir(name: &str) -> Result<PathBuf> {
    let dir = root().join(name);
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// Runs a program to its end, its output passed through, and answers whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> Result<bool> {
    let status = command.status().with_context(|| format!("could not start {}", name_of(command)))?;
    Ok(status.success())
}

/// Runs a program quietly and returns what it printed when it succeeded.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = name_of(command);
    let answer = command.stdin(Stdio::null()).output().with_context(|| format!("could not start {name}"))?;
    if !answer.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&answer.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

/// Whether a program can be started at all with these arguments, and ends well.
pub(crate) fn answers(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Which of a program's two output streams to read along with.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Error,
}

/// Runs a program, passes its output through, and shows every line of one stream to `reader` as well.
pub(crate) fn read_along(
    command: &mut Command,
    stream: Stream,
    mut reader: impl FnMut(&str),
) -> Result<bool> {
    match stream {
        Stream::Out => command.stdout(Stdio::piped()),
        Stream::Error => command.stderr(Stdio::piped()),
    };
    let name = name_of(command);
    let mut child = command.spawn().with_context(|| format!("could not start {name}"))?;
    match stream {
        Stream::Out => copy(child.stdout.take(), std::io::stdout(), &mut reader)?,
        Stream::Error => copy(child.stderr.take(), std::io::stderr(), &mut reader)?,
    }
    Ok(child.wait()?.success())
}

fn copy(from: Option<impl std::io::Read>, mut to: impl Write, reader: &mut impl FnMut(&str)) -> Result<()> {
    let Some(from) = from else { bail!("the output could not be read") };
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        to.flush()?;
        reader(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    Ok(())
}

/// Waits for a program to end by itself; stops it at the limit and answers `None`.
pub(crate) fn ends_within(child: &mut Child, limit: Duration) -> Result<Option<bool>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        pause();
    }
}

/// Waits a moment before looking again.
pub(crate) fn pause() {
    std::thread::sleep(PAUSE);
}

fn name_of(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_along_and_tells_success() {
        let mut seen = Vec::new();
        let mut command = program("sh");
        command.args(["-c", "echo one; echo two; exit 3"]);
        let fine = read_along(&mut command, Stream::Out, |line| seen.push(line.to_owned())).unwrap();
        assert!(!fine);
        assert_eq!(seen, ["one", "two"]);
    }

    #[test]
    fn stops_what_does_not_end() {
        let mut child = program("cat").stdin(Stdio::piped()).spawn().unwrap();
        assert_eq!(ends_within(&mut child, Duration::from_millis(1)).unwrap(), None);
    }

    #[test]
    fn names_the_program_that_is_missing() {
        let error = output(&mut program("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("no-such-program-here"), "{error}");
    }
}
