//! The engine on plain directories behind `git://`, inside of the test's own process: quick, and every protocol version.

use std::io::{BufReader, BufWriter, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use forge_git::pktline::{Packet, PacketReader};
use forge_git::plain::{Environment, ReceivePackArguments, UploadPackArguments, receive_pack, upload_pack};

/// What the directories' own configuration would say.
const SETTINGS: &str = "'uploadpack.allowFilter'='true' 'uploadpack.allowAnySHA1InWant'='true'";

/// Listens until it is dropped.
pub(super) struct Daemon {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    listener: Option<std::thread::JoinHandle<()>>,
}

impl Daemon {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let asked = stop.clone();
        let listener = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if asked.load(Ordering::Relaxed) {
                    return;
                }
                let connection = connection.unwrap();
                std::thread::spawn(move || serve(&connection));
            }
        });
        Self { address, stop, listener: Some(listener) }
    }

    /// The address of a directory.
    pub(super) fn url(&self, dir: &std::path::Path) -> String {
        format!("git://{}{}", self.address, dir.display())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            listener.join().unwrap();
        }
    }
}

/// One connection: a packet like `git-upload-pack /path\0host=…\0\0version=2\0`, then what the service speaks.
fn serve(connection: &TcpStream) {
    let mut input = BufReader::new(connection);
    let mut reader = PacketReader::new(&mut input);
    let Ok(Packet::Data(first)) = reader.expect() else { return };
    let first = String::from_utf8(first.to_vec()).unwrap();
    let mut parts = first.split('\0');
    let (service, dir) = parts.next().unwrap().split_once(' ').unwrap();
    let version = parts.find(|part| part.starts_with("version=")).unwrap_or_default();
    let variables = [("GIT_PROTOCOL", version), ("GIT_CONFIG_PARAMETERS", SETTINGS)];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (environment, arguments) = (Environment::new(variables), [dir.to_owned()]);
    let mut out = BufWriter::new(connection);
    let served = match service {
        "git-upload-pack" => {
            let arguments = UploadPackArguments::parse(&arguments).unwrap();
            upload_pack(&arguments, &environment, &mut input, &mut out).map(drop)
        }
        "git-receive-pack" => {
            let arguments = ReceivePackArguments::parse(&arguments).unwrap();
            receive_pack(&arguments, &environment, 1_700_000_000, &mut input, &mut out)
        }
        other => panic!("{other}"),
    };
    // What went wrong, the client says.
    drop(served);
    let _ = out.flush();
}
