//! Slows down guessing, by account and by network address.
//!
//! Wrong guesses are rows: a restart forgets none, and processes that share a database count together. Whoever is right
//! at once costs one question; only misses, and the first right guess after some, are written.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use forge_store::guess::{self, Misses};
use forge_store::{Rows, Tx};
use time::OffsetDateTime;

use crate::ambient::hash_secret;
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// Wrong guesses that cost nothing.
const FREE: u64 = 5;
/// The longest wait. Nobody is locked out for good.
const LONGEST: Duration = Duration::from_mins(15);
/// Wrong guesses from one address, over all accounts, that cost nothing: many people share one behind a hospital's gateway.
const FREE_BY_ADDRESS: u64 = 100;
/// Rows that are kept at most.
const CROWDED: u64 = 100_000;

/// What a guess is counted under: only hashes are kept, because people type passwords where names belong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guess {
    account: [u8; 32],
    address: [u8; 32],
}

impl Guess {
    /// A guess at what lets one account in, or at something else that is counted by itself.
    pub(crate) fn at(account: &str, origin: &Origin) -> Self {
        Self {
            account: hash_secret(&format!("guess account {}", account.to_lowercase())),
            address: hash_secret(&format!("guess address {}", network(&origin.address))),
        }
    }
}

/// Who has an address: in the newer protocol everybody has a whole network of them.
fn network(address: &str) -> String {
    match address.parse().map(|address: IpAddr| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let network = u128::from(address) >> 64 << 64;
            Ipv6Addr::from(network).to_string()
        }
        Ok(address) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// When the next guess may come.
fn opens(misses: Misses, free: u64) -> OffsetDateTime {
    match misses.count.saturating_sub(free) {
        0 => misses.last,
        over => misses.last + Duration::from_secs(1 << over.min(10)).min(LONGEST),
    }
}

impl App {
    /// Refuses for a while after too many wrong guesses; says whether any are counted for the account.
    pub(crate) async fn may_guess(&self, rows: &impl Rows, guess: &Guess) -> Result<bool> {
        let now = self.ambient().now();
        let [account, address] = guess::of(rows, [&guess.account, &guess.address]).await?;
        for (misses, free) in [(account, FREE), (address, FREE_BY_ADDRESS)] {
            let Some(until) = misses.map(|misses| opens(misses, free)).filter(|until| *until > now) else {
                continue;
            };
            // A clock that was set back makes nobody wait for longer; and whoever waits as told is let in.
            let wait = Duration::try_from(until - now).unwrap_or(LONGEST).min(LONGEST);
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return Err(Error::RateLimited { retry_after: Duration::from_secs(seconds) });
        }
        Ok(account.is_some())
    }

    /// Counts a wrong guess, in the transaction that writes it down, and says how many there were for the account.
    pub(crate) async fn missed(&self, tx: &Tx, guess: &Guess) -> Result<u64> {
        let now = self.ambient().now();
        // The address first, always: so no two that count wait for each other.
        guess::add(tx, &guess.address, now, now - LONGEST).await?;
        Ok(guess::add(tx, &guess.account, now, now - LONGEST).await?)
    }

    /// Counts a wrong guess that nothing else is written of.
    pub(crate) async fn note_miss(&self, guess: &Guess) -> Result<()> {
        let tx = self.store().begin().await?;
        self.missed(&tx, guess).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets the wrong guesses of an account whose owner got in.
    pub(crate) async fn forgive(&self, tx: &Tx, guess: &Guess) -> Result<()> {
        Ok(guess::forget(tx, &guess.account).await?)
    }

    /// Counts a request that costs somebody a mail, or refuses it for a while.
    pub(crate) async fn count_request(&self, about: &str, origin: &Origin) -> Result<()> {
        let guess = Guess::at(about, origin);
        self.may_guess(&self.store().read().await?, &guess).await?;
        self.note_miss(&guess).await
    }

    /// Forgets what no longer makes anybody wait.
    pub(crate) async fn sweep_guesses(&self) -> Result<()> {
        let tx = self.store().begin().await?;
        guess::sweep(&tx, self.ambient().now() - LONGEST, CROWDED).await?;
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let wait = |count, free| {
            let last = OffsetDateTime::UNIX_EPOCH;
            opens(Misses { count, last }, free) - last
        };
        for (count, seconds) in
            [(0, 0), (5, 0), (6, 2), (7, 4), (10, 32), (14, 512), (15, 900), (u64::MAX, 900)]
        {
            assert_eq!(wait(count, FREE), Duration::from_secs(seconds), "{count}");
        }
        assert_eq!(wait(100, FREE_BY_ADDRESS), Duration::ZERO);
        assert_eq!(wait(101, FREE_BY_ADDRESS), Duration::from_secs(2));
    }

    #[test]
    fn neighbours_in_one_network_are_one() {
        for (one, other, same) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("2001:db8:1:2::5", "2001:db8:1:2:aaaa:bbbb:cccc:dddd", true),
            ("2001:db8:1:2::5", "2001:db8:1:3::5", false),
            ("console", "console", true),
        ] {
            assert_eq!(network(one) == network(other), same, "{one} {other}");
        }
    }
}
