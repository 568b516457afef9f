//! The accept loop: takes connections, bounds them, and lets them end well.
//!
//! It is our own because the ready-made one sets no timer, so that a client may send its headers for ever.

mod connection;
mod network;
mod options;
mod stall;
#[cfg(test)]
mod tests;
mod tls;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use forge_app::App;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub(crate) use connection::Peer;
pub(crate) use network::client_address;
pub use network::{InvalidNetwork, Network};
pub use options::{RenderMetrics, TlsFiles, UnsafeOptions, WebLimits, WebOptions};
pub use tls::TlsError;

use connection::Serving;
use tls::Tls;

/// Why serving did not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The options are not safe.
    #[error(transparent)]
    Options(#[from] UnsafeOptions),
    /// The certificate is no good.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The listener is no good.
    #[error("cannot listen: {0}")]
    Listen(#[from] io::Error),
}

/// Serves pages and git over HTTP until the forge stops, and then until what is running has ended.
pub async fn serve(app: App, listener: TcpListener, options: WebOptions) -> Result<(), ServeError> {
    options.check(listener.local_addr()?.ip())?;
    let tls = options.tls.as_ref().map(Tls::load).transpose()?;
    if let Some(tls) = &tls {
        tls.watch(app.tasks());
    }
    let door = Door {
        places: Arc::new(Semaphore::new(options.limits.connections)),
        crowd: Crowd::new(options.limits.connections_per_address),
        plain_from: if tls.is_some() { None } else { Some(options.trusted_proxies.clone()) },
        proxies: options.trusted_proxies.clone(),
    };
    let limits = options.limits;
    let serving = Serving { tasks: app.tasks().clone(), limits, tls, router: crate::router(app, options) };
    door.accept(&listener, &serving).await;
    drop(listener);
    // Each connection ends by itself within the drain time; a little more, and nobody waits for a lost one.
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    let ended =
        tokio::time::timeout(limits.drain + Duration::from_secs(1), door.places.acquire_many(all)).await;
    if ended.is_err() {
        tracing::warn!("connections were still open at the end of the drain time");
    }
    Ok(())
}

struct Door {
    places: Arc<Semaphore>,
    crowd: Crowd,
    /// Without TLS: the networks that plain connections may come from beside this machine.
    plain_from: Option<Vec<Network>>,
    proxies: Vec<Network>,
}

impl Door {
    async fn accept(&self, listener: &TcpListener, serving: &Serving) {
        loop {
            // With every place taken, new connections wait in the kernel's queue.
            let place = tokio::select! {
                place = Arc::clone(&self.places).acquire_owned() => place,
                () = serving.tasks.stopping() => return,
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = serving.tasks.stopping() => return,
            };
            let (Ok(place), (stream, peer)) = (
                place,
                match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Out of file handles, most likely: some will come back.
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                },
            ) else {
                return;
            };
            let Some(guest) = self.admit(peer) else {
                tracing::debug!(%peer, "a connection was refused");
                continue;
            };
            let running = serving.clone().run(stream, peer);
            serving.tasks.spawn(async move {
                running.await;
                drop((place, guest));
            });
        }
    }

    fn admit(&self, peer: SocketAddr) -> Option<Guest> {
        let address = peer.ip().to_canonical();
        if let Some(plain_from) = &self.plain_from
            && !address.is_loopback()
            && !network::is_trusted(plain_from, address)
        {
            return None;
        }
        self.crowd.enter(address, !network::is_trusted(&self.proxies, address))
    }
}

/// Counts connections by address.
struct Crowd {
    most: usize,
    present: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Crowd {
    fn new(most: usize) -> Self {
        Self { most, present: Arc::default() }
    }

    fn enter(&self, address: IpAddr, is_bounded: bool) -> Option<Guest> {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let count = present.entry(address).or_insert(0);
        if is_bounded && *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Guest { address, present: Arc::clone(&self.present) })
    }
}

/// A connection that counts until it is dropped.
struct Guest {
    address: IpAddr,
    present: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = present.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                present.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod crowd_tests {
    use super::*;

    #[test]
    fn one_address_takes_only_its_share() {
        let crowd = Crowd::new(2);
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let first = crowd.enter(address, true).unwrap();
        let second = crowd.enter(address, true).unwrap();
        assert!(crowd.enter(address, true).is_none());
        assert!(crowd.enter(address, false).is_some(), "a trusted proxy speaks for many");
        assert!(crowd.enter("192.0.2.2".parse().unwrap(), true).is_some());
        drop(first);
        assert!(crowd.enter(address, true).is_some());
        drop(second);
        assert!(crowd.present.lock().unwrap().is_empty());
    }
}
