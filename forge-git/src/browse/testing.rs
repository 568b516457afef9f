//! Repositories made by the real git, for tests.

use std::cell::Cell;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use forge_core::{FilePath, ObjectFormat, ObjectId, RefName};

use super::Browser;
use crate::{Head, Limits, ObjectStore, Ref, RefSnapshot};

/// A path that is known to be good.
pub(crate) fn path(text: &str) -> FilePath {
    FilePath::new(text).expect("a path")
}

/// A repository with a work tree, in a directory that goes away.
pub(crate) struct Repo {
    directory: tempfile::TempDir,
    format: ObjectFormat,
    clock: Cell<u64>,
}

impl Repo {
    pub(crate) fn new(format: ObjectFormat) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let repo = Self { directory, format, clock: Cell::new(1_700_000_000) };
        repo.git(&["init", "-q", "-b", "main", &format!("--object-format={format}")]);
        repo.git(&["config", "core.quotePath", "false"]);
        repo
    }

    /// A git command without anybody's settings, at the next minute of the repository's own clock.
    #[expect(clippy::disallowed_methods, reason = "the one home of git in these tests")]
    fn command(&self, args: &[&str]) -> Command {
        self.clock.set(self.clock.get() + 60);
        let date = format!("{} +0100", self.clock.get());
        let mut command = Command::new("git");
        command.args(args).current_dir(self.directory.path()).env_clear();
        for (key, value) in [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("HOME", "/nonexistent"),
            ("GIT_AUTHOR_NAME", "Ada Example"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Bob Example"),
            ("GIT_COMMITTER_EMAIL", "bob@example.org"),
            ("GIT_AUTHOR_DATE", date.as_str()),
            ("GIT_COMMITTER_DATE", date.as_str()),
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
        ] {
            command.env(key, value);
        }
        command
    }

    pub(crate) fn git_bytes(&self, args: &[&str]) -> Vec<u8> {
        let output = self.command(args).stdin(Stdio::null()).output().expect("git runs");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        String::from_utf8(self.git_bytes(args)).expect("text").trim_end().to_owned()
    }

    /// Runs git although it may say no, as a conflicting merge does.
    pub(crate) fn git_may_fail(&self, args: &[&str]) -> String {
        let output = self.command(args).stdin(Stdio::null()).output().expect("git runs");
        String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
    }

    /// Runs git at a moment, with input.
    pub(crate) fn git_at(&self, seconds: u64, args: &[&str], input: &[u8]) -> String {
        let mut command = self.command(args);
        let date = format!("@{seconds} +0000");
        command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git runs");
        child.stdin.take().expect("a pipe").write_all(input).expect("git reads");
        let output = child.wait_with_output().expect("git ends");
        assert!(output.status.success(), "git {args:?}");
        String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
    }

    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        self.write_bytes_name(name.as_bytes(), content);
    }

    pub(crate) fn write_bytes_name(&self, name: &[u8], content: &[u8]) {
        let file = self.root().join(OsStr::from_bytes(name));
        std::fs::create_dir_all(file.parent().expect("a directory")).expect("made");
        std::fs::write(file, content).expect("written");
    }

    pub(crate) fn executable(&self, name: &str, content: &[u8]) {
        self.write(name, content);
        std::fs::set_permissions(self.root().join(name), std::fs::Permissions::from_mode(0o755))
            .expect("set");
    }

    pub(crate) fn symlink(&self, name: &str, target: &str) {
        symlink(target, self.root().join(name)).expect("linked");
    }

    /// Commits everything in the work tree, even nothing.
    pub(crate) fn commit_all(&self, message: &str) -> ObjectId {
        self.git(&["add", "-A"]);
        self.git(&[
            "commit",
            "-q",
            "--allow-empty",
            "--allow-empty-message",
            "--cleanup=verbatim",
            "-m",
            message,
        ]);
        self.head()
    }

    pub(crate) fn commit(&self, name: &str, content: &[u8], message: &str) -> ObjectId {
        self.write(name, content);
        self.commit_all(message)
    }

    pub(crate) fn raw_object(&self, kind: &str, content: &[u8]) -> ObjectId {
        let args = ["hash-object", "-t", kind, "--literally", "-w", "--stdin"];
        self.git_at(0, &args, content).parse().expect("an id")
    }

    pub(crate) fn id(&self, revision: &str) -> ObjectId {
        self.git(&["rev-parse", revision]).parse().expect("an id")
    }

    pub(crate) fn head(&self) -> ObjectId {
        self.id("HEAD")
    }

    pub(crate) fn store(&self) -> ObjectStore {
        ObjectStore::open(&self.root().join(".git/objects"), self.format, &Limits::default())
            .expect("a store")
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::open(&self.store())
    }

    pub(crate) fn refs(&self) -> RefSnapshot {
        let text = self.git(&["for-each-ref", "--format=%(refname) %(objectname) %(*objectname)"]);
        let refs = text.lines().map(|line| {
            let mut words = line.split(' ');
            let mut word = || words.next().unwrap_or_default();
            let name = RefName::new(word()).expect("a name");
            Ref::direct(name, word().parse().expect("an id"), word().parse().ok())
        });
        let head = RefName::new(self.git(&["symbolic-ref", "HEAD"])).expect("a name");
        RefSnapshot::new(Some(Head::Symbolic(head)), refs.collect())
    }
}
