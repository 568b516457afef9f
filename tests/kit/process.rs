//! A forge that is a process of its own: it can be killed, told to stop, traced, and kept short of things.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::clients::asked_text;
use crate::git::{Output, WorkTree, answer, make_key, program, run};
use crate::http::Client;

/// How long the process may take to open its doors.
const PATIENCE: Duration = Duration::from_mins(1);
/// The one person there is.
const NAME: &str = "alice";
/// Their repository.
const REPO: &str = "alice/beds";

/// Everything that outlives one process: directories, settings, and a person with a repository.
pub struct Town {
    program: PathBuf,
    settings: Vec<(String, String)>,
    dir: TempDir,
    key: PathBuf,
    token: String,
}

/// One running process.
pub struct Process {
    child: Child,
    http: String,
    ssh: String,
    log: PathBuf,
}

impl Town {
    /// Directories for a program and its settings, as variables without `FORGE_`.
    pub fn new(program: impl Into<PathBuf>, settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let data = dir.path().join("data").display().to_string();
        let mut all = vec![("DATA_DIR".to_owned(), data)];
        let usual = [
            ("HTTP_LISTEN", "127.0.0.1:0"),
            ("HTTP_METRICS", "true"),
            ("HTTP_DRAIN", "10 s"),
            ("SSH_LISTEN", "127.0.0.1:0"),
            ("PASSWORD_MEMORY", "8 KiB"),
            ("PASSWORD_PASSES", "1"),
            ("JOBS_WORKERS", "0"),
        ];
        for (name, value) in usual.iter().chain(settings) {
            all.retain(|(known, _)| known != name);
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
        let key = dir.path().join("id_ed25519");
        make_key(&key);
        Self { program: program.into(), settings: all, dir, key, token: String::new() }
    }

    /// The same people and repository on another node: only what is on this one's disk is its own.
    #[must_use]
    pub fn neighbour(&self) -> Self {
        let mut town = Self::new(&self.program, &[]);
        let own =
            town.settings.remove(town.settings.iter().position(|(name, _)| name == "DATA_DIR").expect("it"));
        town.settings = self.settings.iter().filter(|(name, _)| name != "DATA_DIR").cloned().collect();
        town.settings.push(own);
        town.token.clone_from(&self.token);
        town.key.clone_from(&self.key);
        town
    }

    /// A token of the person's.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The directory of data.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Makes the person, their token, their key and their repository, by the command line.
    pub fn settle(&mut self) {
        self.console(
            &["user", "create", NAME, "--email", "alice@example.nhs.uk", "--password-stdin"],
            "tea biscuits umbrella\n",
        );
        let scope = "repository:write";
        let token = self.console(&["token", "create", "--user", NAME, "--name", "t", "--scope", scope], "");
        token.trim().clone_into(&mut self.token);
        let public = self.key.with_extension("pub").display().to_string();
        self.console(&["ssh-key", "add", "--user", NAME, "--name", "laptop", &public], "");
        self.console(&["repo", "create", REPO], "");
    }

    /// Runs a command of the program; it must succeed.
    pub fn console(&self, arguments: &[&str], input: &str) -> String {
        let output = self.try_console(arguments, input);
        assert!(output.ok, "{arguments:?}: {output:?}");
        output.stdout
    }

    /// Runs a command of the program.
    pub fn try_console(&self, arguments: &[&str], input: &str) -> Output {
        use std::io::Seek as _;
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(input.as_bytes()).expect("a full file");
        file.rewind().expect("a file from its start");
        answer(self.command(&[]).args(arguments).stdin(file))
    }

    fn command(&self, wrapper: &[&str]) -> Command {
        let own = self.program.display().to_string();
        let words: Vec<&str> = wrapper.iter().copied().chain([own.as_str()]).collect();
        let mut command = program(words[0]);
        command.args(&words[1..]).current_dir(self.dir.path()).env_clear().env("PATH", env!("PATH"));
        command.envs(self.settings.iter().map(|(name, value)| (format!("FORGE_{name}"), value)));
        command
    }

    /// Starts the forge and waits until its doors are open.
    pub fn start(&self) -> Process {
        self.start_under(&[])
    }

    /// Starts the forge as an argument of another program.
    pub fn start_under(&self, wrapper: &[&str]) -> Process {
        let log = self.dir.path().join("forge.log");
        let file = std::fs::File::options().create(true).append(true).open(&log).expect("a log");
        let mut command = self.command(wrapper);
        command.arg("serve").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file);
        let mut child = command.spawn().expect("the forge starts");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, said) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let find = |start: &str| {
            let since = Instant::now();
            while let Ok(line) = said.recv_timeout(PATIENCE.saturating_sub(since.elapsed())) {
                if let Some(rest) = line.strip_prefix(start) {
                    return rest.to_owned();
                }
            }
            panic!("no {start:?}: {}", std::fs::read_to_string(&log).unwrap_or_default())
        };
        let (http, ssh) = (find("Forge is at "), find("Git over SSH is at "));
        Process { child, http, ssh, log }
    }

    /// The repository over HTTP.
    pub fn https(&self, process: &Process) -> String {
        let address = process.http.replace("http://", "");
        format!("http://{NAME}:{}@{address}/{REPO}.git", self.token)
    }

    /// The repository over SSH.
    pub fn ssh(&self, process: &Process) -> String {
        format!("{}/{REPO}.git", process.ssh)
    }

    /// A new repository on somebody's computer.
    pub fn work_tree(&self) -> WorkTree {
        WorkTree::init(self.dir.path(), &self.key, &[])
    }

    /// Clones from a process.
    pub fn clone_of(&self, remote: &str) -> Result<WorkTree, Output> {
        WorkTree::clone_of(self.dir.path(), &self.key, remote, &[])
    }
}

impl Process {
    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A browser without a screen.
    pub fn client(&self) -> Client {
        Client::new(self.address().parse().expect("an address"))
    }

    /// Whether it has ended by itself, or was killed by somebody else.
    pub fn is_dead(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_some()
    }

    /// Waits until it is dead, by somebody else's hand.
    pub fn wait_until_dead(&mut self) {
        self.child.wait().expect("it ends");
    }

    /// What it has written to its log, and those before it.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Where HTTP is served, as host and port.
    pub fn address(&self) -> &str {
        self.http.trim_start_matches("http://")
    }

    /// The body of a page that needs nobody.
    pub fn page(&self, path: &str) -> String {
        use std::io::Read as _;
        let mut stream = std::net::TcpStream::connect(self.address()).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address())
            .expect("a request");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).expect("a body")
    }

    /// Kills it, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Tells it to stop, and waits until it has.
    pub fn stop(self) -> (ExitStatus, Duration) {
        let since = Instant::now();
        self.ask_to_stop();
        (self.ended(), since.elapsed())
    }

    /// Tells it to stop.
    pub fn ask_to_stop(&self) {
        let told = run(program("kill").args(["-TERM", &self.id().to_string()]));
        assert!(told.ok, "{told:?}");
    }

    /// Waits until it has ended.
    pub fn ended(mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program of the machine that must be there; what it printed.
pub fn system(name: &str, arguments: &[&str]) -> Output {
    run(program(name).args(arguments))
}

/// Something that happens to a process or a disk until it is dropped: a tracer, a lock.
pub struct Meddler(Child);

impl Meddler {
    /// Starts a program and waits for a line on its standard output or error that holds some words.
    pub fn start(name: &str, arguments: &[&str], words: &str) -> Self {
        let mut command = program(name);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // It is waited for when it is dropped.
        let mut started = Self(command.spawn().expect("the program starts"));
        let child = &mut started.0;
        let (sender, said) = mpsc::channel();
        let outputs: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().expect("output")), Box::new(child.stderr.take().expect("errors"))];
        for output in outputs {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        let since = Instant::now();
        while let Ok(line) = said.recv_timeout(PATIENCE.saturating_sub(since.elapsed())) {
            if line.contains(words) {
                return started;
            }
        }
        panic!("{name} did not say {words:?}")
    }

    /// Ends it in good order and waits for that.
    pub fn stop(&mut self) {
        let _ = run(program("kill").args(["-INT", &self.0.id().to_string()]));
        let _ = self.0.wait();
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A small file system of its own, which needs the rights of root.
pub struct Disk(PathBuf);

impl Disk {
    /// Mounts one with options of `tmpfs`. Says why where that is not possible.
    pub fn mount(at: &Path, options: &str) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a directory");
        let place = at.display().to_string();
        let mounted = system("mount", &["-t", "tmpfs", "-o", options, "tmpfs", &place]);
        if !mounted.ok {
            assert!(asked_text("FORGE_TEST_FAULTS").is_none(), "FORGE_TEST_FAULTS is set: {mounted:?}");
            eprintln!("NOT RUN: a disk of its own needs the rights of root: {}", mounted.stderr.trim());
            return None;
        }
        Some(Self(at.to_owned()))
    }

    /// Changes its options.
    pub fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let changed = system("mount", &["-o", &options, &self.0.display().to_string()]);
        assert!(changed.ok, "{changed:?}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = system("umount", &["--lazy", &self.0.display().to_string()]);
    }
}
