//! Slows down guessing of passwords, by account and by network address.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use time::OffsetDateTime;

use crate::error::{Error, Result};

/// Wrong guesses that cost nothing.
const FREE: u32 = 5;
/// The longest wait. Nobody is locked out for good.
const LONGEST: Duration = Duration::from_mins(15);
/// Wrong guesses from one address, over all accounts, that cost nothing: many people share one behind a hospital's gateway.
const FREE_BY_ADDRESS: u32 = 100;
/// When to throw away what no longer matters.
const CROWDED: usize = 100_000;

#[derive(Clone, Copy)]
struct Misses {
    count: u32,
    last: OffsetDateTime,
}

impl Misses {
    fn wait(self, free: u32) -> Duration {
        let over = self.count.saturating_sub(free);
        if over == 0 { Duration::ZERO } else { Duration::from_secs(1 << over.min(10)).min(LONGEST) }
    }
}

/// Counts wrong guesses. It lives in memory: a restart forgives.
#[derive(Default)]
pub(crate) struct Throttle {
    misses: Mutex<HashMap<String, Misses>>,
}

impl Throttle {
    /// Refuses for a while after too many wrong guesses.
    pub(crate) fn check(&self, now: OffsetDateTime, account: &str, address: &str) -> Result<()> {
        let misses = self.misses.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let keys = [(account_key(account), FREE), (address_key(address), FREE_BY_ADDRESS)];
        for (key, free) in keys {
            let Some(found) = misses.get(&key) else { continue };
            let until = found.last + found.wait(free);
            if until > now {
                let retry_after = Duration::try_from(until - now).unwrap_or(LONGEST);
                return Err(Error::RateLimited { retry_after });
            }
        }
        Ok(())
    }

    /// Notes a wrong guess, and says how many there were for the account.
    pub(crate) fn missed(&self, now: OffsetDateTime, account: &str, address: &str) -> u32 {
        let mut misses = self.misses.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if misses.len() > CROWDED {
            misses.retain(|_, found| found.last + LONGEST > now);
        }
        let mut count = 0;
        for key in [address_key(address), account_key(account)] {
            let found = misses.entry(key).or_insert(Misses { count: 0, last: now });
            if found.last + LONGEST < now {
                found.count = 0;
            }
            found.count = found.count.saturating_add(1);
            found.last = now;
            count = found.count;
        }
        count
    }

    /// Forgets the wrong guesses of an account whose owner got in.
    pub(crate) fn passed(&self, account: &str) {
        self.misses.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&account_key(account));
    }
}

fn account_key(account: &str) -> String {
    format!("account {}", account.to_lowercase())
}

fn address_key(address: &str) -> String {
    format!("address {address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let throttle = Throttle::default();
        let start = OffsetDateTime::UNIX_EPOCH;
        for _ in 0..FREE {
            assert!(throttle.check(start, "dev", "10.0.0.1").is_ok());
            throttle.missed(start, "dev", "10.0.0.1");
        }
        throttle.missed(start, "DEV", "10.0.0.2");
        assert!(matches!(throttle.check(start, "dev", "10.0.0.3"), Err(Error::RateLimited { .. })));
        assert!(throttle.check(start, "olive", "10.0.0.1").is_ok(), "others are not in the way");
        assert!(throttle.check(start + Duration::from_secs(3), "dev", "10.0.0.3").is_ok());
        for _ in 0..1000 {
            throttle.missed(start, "dev", "10.0.0.1");
        }
        assert!(throttle.check(start + LONGEST, "dev", "10.0.0.9").is_ok(), "never locked for good");
        throttle.passed("dev");
        assert!(throttle.check(start, "dev", "10.0.0.9").is_ok());
    }
}
