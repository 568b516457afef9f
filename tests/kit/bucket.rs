//! An S3 server of one test, with a bucket of its own, which the test may stop and start again.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use forge_core::Secret;
use forge_server::config::Config;
use tempfile::TempDir;

use crate::git::program;

const KEY: &str = "forge";
const SECRET: &str = "tests-and-nothing-else";
/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; it stops, and the bucket goes, when it is dropped.
pub struct BucketServer {
    server: Option<Child>,
    program: PathBuf,
    port: u16,
    root: TempDir,
}

impl BucketServer {
    /// Starts a server; nothing where the test command has found none.
    pub fn start() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "the test command says where the S3 server is")]
        let program = std::env::var("FORGE_TEST_S3_SERVER").ok()?;
        let root = tempfile::tempdir().expect("a temporary directory");
        std::fs::create_dir(root.path().join("packs")).expect("a bucket");
        let port =
            TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr()).expect("a port").port();
        let mut server = Self { server: None, program: program.into(), port, root };
        server.resume();
        Some(server)
    }

    /// Starts the server again, with what was in the bucket.
    pub fn resume(&mut self) {
        let port = self.port.to_string();
        let mut command = program(&self.program);
        command.args(["--host", "127.0.0.1", "--port", &port, "--access-key", KEY, "--secret-key", SECRET]);
        command.arg(self.root.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.server = Some(command.spawn().expect("the S3 server starts"));
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(start.elapsed() < PATIENCE, "the S3 server does not answer");
            std::thread::yield_now();
        }
    }

    /// Stops the server: whoever asks it is refused at once.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Makes a forge keep its packs here.
    pub fn configure(&self, config: &mut Config) {
        let storage = &mut config.storage;
        "s3://packs/forge".clone_into(&mut storage.url);
        storage.endpoint = Some(format!("http://127.0.0.1:{}", self.port).parse().expect("an address"));
        storage.access_key_id = Some(KEY.to_owned());
        storage.secret_access_key = Some(Secret::from(SECRET));
    }

    /// The same as variables without `FORGE_`, for a process of its own.
    pub fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("STORAGE_URL", "s3://packs/forge".to_owned()),
            ("STORAGE_ENDPOINT", format!("http://127.0.0.1:{}", self.port)),
            ("STORAGE_ACCESS_KEY_ID", KEY.to_owned()),
            ("STORAGE_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ]
    }

    /// The files that hold packs and their indices.
    pub fn blobs(&self) -> Vec<PathBuf> {
        let (mut found, mut waiting) = (Vec::new(), vec![self.root.path().join("packs")]);
        while let Some(dir) = waiting.pop() {
            for entry in std::fs::read_dir(dir).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    waiting.push(path);
                } else if is_blob(&path) {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

fn is_blob(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("pack-") && path.extension().is_some_and(|end| end == "pack" || end == "idx")
}

impl Drop for BucketServer {
    fn drop(&mut self) {
        self.stop();
    }
}
