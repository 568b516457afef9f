//! The two servers, each on a free port with the same repository, and what their processes have used.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{output, pause, program, succeeds};
use crate::tools::is_root;

/// What a scenario needs of either server.
pub(crate) trait Server {
    /// The address of the repository, with credentials where they are needed.
    fn url(&self) -> String;
    /// The group that all of its processes are in.
    fn group(&self) -> &Group;
}

/// A control group: it counts the processor time also of those that nobody waits for, such as a web server's children.
pub(crate) struct Group(PathBuf);

impl Group {
    fn new(name: &str) -> Result<Self> {
        for base in ["/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup"] {
            let dir = Path::new(base).join(format!("forge-bench-{}-{name}", std::process::id()));
            if std::fs::create_dir(&dir).is_ok() {
                let group = Self(dir);
                if group.used_ms().is_ok() {
                    return Ok(group);
                }
            }
        }
        bail!("counting processor time needs a control group of its own, which only root can make here")
    }

    /// A program that is in the group before it starts anything.
    fn program(&self, name: &Path) -> std::process::Command {
        let mut command = program("sh");
        command.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(self.0.join("cgroup.procs")).arg(name);
        command
    }

    /// Processor time used so far, in milliseconds.
    pub(crate) fn used_ms(&self) -> Result<f64> {
        if let Ok(text) = std::fs::read_to_string(self.0.join("cpuacct.usage")) {
            return Ok(text.trim().parse::<f64>()? / 1e6);
        }
        let text = std::fs::read_to_string(self.0.join("cpu.stat"))?;
        let used = text.lines().find_map(|line| line.strip_prefix("usage_usec "));
        Ok(used.context("cpu.stat has no usage_usec")?.parse::<f64>()? / 1e3)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// Forge, with an embedded database.
pub(crate) struct Forge {
    child: Child,
    url: String,
    group: Group,
}

impl Forge {
    pub(crate) fn start(work: &Path, binary: &Path, source: &Path) -> Result<Self> {
        let (http, ssh) = (free_port()?, free_port()?);
        let group = Group::new("forge")?;
        let settings = |mut command: std::process::Command, arguments: &[&str]| {
            command.args(arguments).env("FORGE_DATA_DIR", work.join("data"));
            command.env("FORGE_HTTP_LISTEN", format!("127.0.0.1:{http}"));
            command.env("FORGE_SSH_LISTEN", format!("127.0.0.1:{ssh}"));
            command
        };
        let forge = |arguments: &[&str]| settings(program(binary), arguments);
        let log = std::fs::File::create(work.join("forge.log"))?;
        let child =
            settings(group.program(binary), &["serve"]).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut started = Self { child, url: String::new(), group };
        wait_for(http)?;
        let mut user =
            forge(&["user", "create", "bench", "--email", "bench@example.org", "--password-stdin"]);
        let mut user = user.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let password = user.stdin.take().context("no way to say the password")?;
        std::io::Write::write_all(&mut &password, b"three plain words and more\n")?;
        drop(password);
        if !user.wait()?.success() {
            bail!("the account could not be made");
        }
        let token = output(&mut forge(&[
            "token",
            "create",
            "--user",
            "bench",
            "--name",
            "b",
            "--scope",
            "repository:read",
            "--scope",
            "repository:write",
        ]))?;
        output(&mut forge(&["repo", "create", "bench/bench"]))?;
        started.url = format!("http://bench:{token}@127.0.0.1:{http}/bench/bench.git");
        push_all(source, &started.url)?;
        output(&mut forge(&["repo", "gc", "bench/bench"]))?;
        Ok(started)
    }

    /// The address of the site, without a slash at its end.
    pub(crate) fn site(&self) -> Result<String> {
        let host = self.url.split('@').nth(1).and_then(|rest| rest.split('/').next());
        Ok(format!("http://{}", host.context("an address without a host")?))
    }

    /// Memory that is the server's own, in MiB.
    pub(crate) fn anonymous_mib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).context("no RssAnon")?;
        Ok(kib.parse::<u64>()? / 1024)
    }
}

impl Server for Forge {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn group(&self) -> &Group {
        &self.group
    }
}

impl Drop for Forge {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// `git http-backend` behind nginx.
pub(crate) struct Stock {
    nginx: Child,
    wrapper: Child,
    port: u16,
    group: Group,
}

impl Stock {
    pub(crate) fn start(work: &Path, source: &Path) -> Result<Self> {
        let root = work.join("stock");
        let repository = root.join("bench.git");
        std::fs::create_dir_all(&root)?;
        let git = |arguments: &[&str]| {
            let mut command = program("git");
            command.arg("-C").arg(&repository).args(arguments);
            command
        };
        output(program("git").args(["clone", "--quiet", "--bare"]).arg(source).arg(&repository))?;
        output(&mut git(&["config", "http.receivepack", "true"]))?;
        output(&mut git(&["config", "uploadpack.allowFilter", "true"]))?;
        output(&mut git(&["repack", "-adq", "--write-bitmap-index"]))?;
        output(&mut git(&["commit-graph", "write", "--reachable"]))?;
        let port = free_port()?;
        let (socket, conf) = (work.join("fcgi.sock"), work.join("nginx.conf"));
        std::fs::write(
            &conf,
            configuration(
                is_root()?,
                work,
                &root,
                &socket,
                port,
                &output(program("git").arg("--exec-path"))?,
            ),
        )?;
        let group = Group::new("stock")?;
        let wrapper = group
            .program(&system("fcgiwrap"))
            .args(["-c", "16", "-s", &format!("unix:{}", socket.display())])
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*")
            .spawn()?;
        let nginx = group.program(&system("nginx")).arg("-c").arg(&conf).args(["-p"]).arg(work).spawn()?;
        let started = Self { nginx, wrapper, port, group };
        wait_for(port)?;
        Ok(started)
    }
}

impl Server for Stock {
    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/bench.git", self.port)
    }

    fn group(&self) -> &Group {
        &self.group
    }
}

impl Drop for Stock {
    fn drop(&mut self) {
        stop(&mut self.nginx);
        stop(&mut self.wrapper);
    }
}

fn configuration(
    is_root: bool,
    work: &Path,
    root: &Path,
    socket: &Path,
    port: u16,
    exec_path: &str,
) -> String {
    let (work, root, socket) = (work.display(), root.display(), socket.display());
    // As root, its workers would become somebody who may not write to the socket.
    let user = if is_root { "user root;\n" } else { "" };
    format!(
        "{user}daemon off; worker_processes 2; pid {work}/nginx.pid; error_log {work}/nginx.log;\n\
         events {{ worker_connections 512; }}\n\
         http {{ access_log off; client_max_body_size 0; client_body_temp_path {work}/body; fastcgi_temp_path {work}/fastcgi;\n\
         proxy_temp_path {work}/p; uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;\n\
         server {{ listen 127.0.0.1:{port}; location / {{ fastcgi_pass unix:{socket}; fastcgi_buffering off;\n\
         fastcgi_request_buffering off; fastcgi_read_timeout 600; fastcgi_param SCRIPT_FILENAME {exec_path}/git-http-backend;\n\
         fastcgi_param GIT_PROJECT_ROOT {root}; fastcgi_param GIT_HTTP_EXPORT_ALL 1; fastcgi_param PATH_INFO $uri;\n\
         fastcgi_param REMOTE_USER bench; fastcgi_param QUERY_STRING $query_string; fastcgi_param REQUEST_METHOD $request_method;\n\
         fastcgi_param CONTENT_TYPE $content_type; fastcgi_param CONTENT_LENGTH $content_length;\n\
         fastcgi_param GIT_PROTOCOL $http_git_protocol; fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding; }} }} }}\n"
    )
}

fn push_all(source: &Path, url: &str) -> Result<()> {
    let mut push = program("git");
    push.arg("-C").arg(source).args([
        "push",
        "--quiet",
        url,
        "refs/heads/*:refs/heads/*",
        "refs/tags/*:refs/tags/*",
    ]);
    if succeeds(&mut push)? { Ok(()) } else { bail!("the repository could not be pushed") }
}

/// A program of the system, also where only root's PATH leads.
fn system(name: &str) -> PathBuf {
    let beside = Path::new("/usr/sbin").join(name);
    if beside.is_file() { beside } else { PathBuf::from(name) }
}

/// A port that nobody listens on at this moment.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until somebody listens on a port.
pub(crate) fn wait_for(port: u16) -> Result<()> {
    for _ in 0..100 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        pause();
    }
    bail!("nothing listens on port {port}")
}

/// Asks the process to end, as an administrator would, and waits until it has.
fn stop(child: &mut Child) {
    let asked = succeeds(program("kill").arg(child.id().to_string()));
    if !matches!(asked, Ok(true)) {
        let _ = child.kill();
    }
    let _ = child.wait();
}
