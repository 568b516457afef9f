//! Who may take a place: so many connections in all, so many from one network, so many that have not signed in.
//!
//! Those that have not signed in are the cheap ones to open in masses. When there are too many of them the oldest
//! leaves, so that silent connections cannot keep out people who sign in at once, even from the same address.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::options::SshLimits;

/// One IPv4 address, or the first 64 bits of an IPv6 address: what one subscriber usually has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Network(u64, bool);

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(u64::from(address.to_bits()), false),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                let high = [a, b, c, d].into_iter().fold(0, |high, part| high << 16 | u64::from(part));
                Self(high, true)
            }
        }
    }
}

/// Counts the connections.
#[derive(Debug)]
pub(crate) struct Admission {
    limits: SshLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_id: u64,
    open: usize,
    by_network: HashMap<Network, usize>,
    /// Those that have not signed in, the oldest first.
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    id: u64,
    network: Network,
    leave: CancellationToken,
}

/// A connection's place. Dropping it gives the place back.
#[derive(Debug)]
pub(crate) struct Place {
    admission: Arc<Admission>,
    id: u64,
    network: Network,
    leave: CancellationToken,
}

/// There is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// For nobody.
    Server,
    /// For this network.
    Network,
}

impl Admission {
    pub(crate) fn new(limits: SshLimits) -> Arc<Self> {
        Arc::new(Self { limits, state: Mutex::default() })
    }

    /// Gives a connection a place, at the cost of an older one that has not signed in if need be.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Place, Full> {
        let network = Network::of(address);
        let mut state = self.state();
        let from_network = state.by_network.get(&network).copied().unwrap_or(0);
        if from_network >= self.limits.connections_per_network && !state.dismiss_oldest(Some(network)) {
            return Err(Full::Network);
        }
        if state.open >= self.limits.connections && !state.dismiss_oldest(None) {
            return Err(Full::Server);
        }
        let waiting_here = state.waiting.iter().filter(|waiting| waiting.network == network).count();
        if waiting_here >= self.limits.signing_in_per_network {
            state.dismiss_oldest(Some(network));
        }
        if state.waiting.len() >= self.limits.signing_in {
            state.dismiss_oldest(None);
        }
        state.last_id += 1;
        let id = state.last_id;
        let leave = CancellationToken::new();
        state.open += 1;
        *state.by_network.entry(network).or_default() += 1;
        state.waiting.push_back(Waiting { id, network, leave: leave.clone() });
        Ok(Place { admission: Arc::clone(self), id, network, leave })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Tells the oldest that has not signed in to leave; false if there is none.
    ///
    /// It keeps its place in the counts until it has left, a moment later.
    fn dismiss_oldest(&mut self, network: Option<Network>) -> bool {
        let oldest =
            self.waiting.iter().position(|waiting| network.is_none_or(|network| waiting.network == network));
        let Some(waiting) = oldest.and_then(|index| self.waiting.remove(index)) else { return false };
        waiting.leave.cancel();
        true
    }
}

impl Place {
    /// Notes that somebody has signed in, who is not told to leave any more.
    pub(crate) fn signed_in(&self) {
        self.admission.state().waiting.retain(|waiting| waiting.id != self.id);
    }

    /// Completes when this connection must make room.
    pub(crate) async fn dismissed(&self) {
        self.leave.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.admission.state();
        state.waiting.retain(|waiting| waiting.id != self.id);
        state.open = state.open.saturating_sub(1);
        if let Some(count) = state.by_network.get_mut(&self.network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                state.by_network.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WARD: &str = "192.0.2.1";
    const CLINIC: &str = "198.51.100.9";

    fn admission() -> Arc<Admission> {
        Admission::new(SshLimits {
            connections: 6,
            connections_per_network: 4,
            signing_in: 3,
            signing_in_per_network: 2,
            ..SshLimits::default()
        })
    }

    fn admit(admission: &Arc<Admission>, address: &str) -> Result<Place, Full> {
        admission.admit(address.parse().unwrap())
    }

    fn must_leave(place: &Place) -> bool {
        place.leave.is_cancelled()
    }

    #[test]
    fn the_oldest_silent_one_makes_room_in_its_network() {
        let admission = admission();
        let first = admit(&admission, WARD).unwrap();
        let second = admit(&admission, WARD).unwrap();
        let elsewhere = admit(&admission, CLINIC).unwrap();
        assert!(!must_leave(&first));
        let third = admit(&admission, WARD).unwrap();
        assert!(must_leave(&first));
        assert!(!must_leave(&second) && !must_leave(&third) && !must_leave(&elsewhere));
    }

    #[test]
    fn the_oldest_silent_one_makes_room_in_the_server() {
        let admission = admission();
        let first = admit(&admission, WARD).unwrap();
        let _second = admit(&admission, CLINIC).unwrap();
        let _third = admit(&admission, CLINIC).unwrap();
        let fourth = admit(&admission, "203.0.113.5").unwrap();
        assert!(must_leave(&first));
        assert!(!must_leave(&fourth));
    }

    #[test]
    fn whoever_signed_in_stays() {
        let admission = admission();
        let mut places = Vec::new();
        for _ in 0..4 {
            let place = admit(&admission, WARD).unwrap();
            place.signed_in();
            places.push(place);
        }
        assert_eq!(admit(&admission, WARD).unwrap_err(), Full::Network);
        for _ in 0..2 {
            let place = admit(&admission, CLINIC).unwrap();
            place.signed_in();
            places.push(place);
        }
        assert_eq!(admit(&admission, CLINIC).unwrap_err(), Full::Server);
        assert!(places.iter().all(|place| !must_leave(place)));
        places.pop();
        assert!(admit(&admission, CLINIC).is_ok());
    }

    #[test]
    fn places_are_given_back() {
        let admission = admission();
        for _ in 0..100 {
            let _place = admit(&admission, WARD).unwrap();
        }
        let state = admission.state();
        assert_eq!((state.open, state.waiting.len(), state.by_network.len()), (0, 0, 0));
    }

    #[test]
    fn a_network_is_an_address_or_64_bits() {
        let network = |text: &str| Network::of(text.parse().unwrap());
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("0.0.0.1"), network("::1"));
    }
}
