//! A gate on the way to a server: shut, nobody gets through, and whoever is on the way is cut off; held, whoever is on the
//! way stands still and hears nothing.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often somebody looks whether the gate has moved.
const BEAT: Duration = Duration::from_millis(5);

/// Stands between a forge and what it depends on, and looks to it as that server itself does when it stops.
pub struct Gate {
    way: Arc<Way>,
    address: SocketAddr,
    keeper: Option<JoinHandle<()>>,
}

struct Way {
    server: String,
    is_shut: AtomicBool,
    is_held: AtomicBool,
    inside: Mutex<Vec<TcpStream>>,
}

impl Gate {
    /// Opens a gate before the server of a database; gives its address with the gate in it.
    pub fn before(url: &str) -> (Self, String) {
        let start = url.rfind('@').map_or_else(|| url.find("//").map_or(0, |at| at + 2), |at| at + 1);
        let end = url[start..].find('/').map_or(url.len(), |at| start + at);
        let way = Arc::new(Way {
            server: url[start..end].to_owned(),
            is_shut: AtomicBool::new(true),
            is_held: AtomicBool::new(false),
            inside: Mutex::default(),
        });
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut gate = Self { way, address, keeper: None };
        gate.open();
        let through = format!("{}{}{}", &url[..start], gate.address, &url[end..]);
        (gate, through)
    }

    /// Lets everybody through.
    pub fn open(&mut self) {
        if self.keeper.is_none() {
            let listener = TcpListener::bind(self.address).expect("the gate's own port");
            listener.set_nonblocking(true).expect("a patient listener");
            self.address = listener.local_addr().expect("an address");
            self.way.is_shut.store(false, Ordering::SeqCst);
            let way = Arc::clone(&self.way);
            self.keeper = Some(std::thread::spawn(move || way.keep(&listener)));
        }
    }

    /// Lets nothing pass either way until [`Gate::release`], as a server does that hangs.
    pub fn hold(&self) {
        self.way.is_held.store(true, Ordering::SeqCst);
    }

    /// Lets pass again, what waited first.
    pub fn release(&self) {
        self.way.is_held.store(false, Ordering::SeqCst);
    }

    /// Refuses everybody and cuts off who is inside, as a server does that is stopped.
    pub fn shut(&mut self) {
        self.way.is_shut.store(true, Ordering::SeqCst);
        if let Some(keeper) = self.keeper.take() {
            keeper.join().expect("the keeper goes");
        }
        for stream in self.way.inside.lock().expect("the streams").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shut();
    }
}

impl Way {
    /// Lets callers in until the gate is shut.
    fn keep(self: &Arc<Self>, listener: &TcpListener) {
        while !self.is_shut.load(Ordering::SeqCst) {
            let Ok((caller, _)) = listener.accept() else {
                std::thread::sleep(BEAT);
                continue;
            };
            let Ok(server) = TcpStream::connect(&self.server) else { continue };
            caller.set_nonblocking(false).expect("a stream that waits");
            for (from, to) in [(&caller, &server), (&server, &caller)] {
                let (from, to) = (from.try_clone().expect("a stream"), to.try_clone().expect("a stream"));
                let way = Arc::clone(self);
                std::thread::spawn(move || way.carry(from, to));
            }
            self.inside.lock().expect("the streams").extend([caller, server]);
        }
    }

    fn carry(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let count = from.read(&mut bytes).unwrap_or(0);
            while self.is_held.load(Ordering::SeqCst) && !self.is_shut.load(Ordering::SeqCst) {
                std::thread::sleep(BEAT);
            }
            if count == 0 || to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }
}
