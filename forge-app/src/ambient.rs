//! The clock and randomness, brought in from outside so that tests hold them still.

use std::sync::Arc;

use forge_core::{Id, Secret};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// Gives unpredictable bytes.
pub trait Rng: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// The computer's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the ambient clock")]
    fn now(&self) -> OffsetDateTime {
        // Rows keep microseconds; cutting here makes what is written equal to what is read back.
        let now = OffsetDateTime::now_utc();
        now.replace_nanosecond(now.microsecond() * 1_000).unwrap_or(now)
    }
}

/// The operating system's random number generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads ambient randomness")]
    #[expect(clippy::panic, reason = "a forge that cannot make secrets must not go on")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("the operating system gives no randomness: {error}");
        }
    }
}

/// Both together, as use cases need them.
#[derive(Clone)]
pub struct Ambient {
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl Ambient {
    /// Joins a clock and a source of randomness.
    pub fn new(clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self { clock, rng }
    }

    /// The ones of the computer.
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemRng))
    }

    /// Now, in UTC.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// A new identifier.
    pub fn id<T: Id>(&self) -> T {
        let millis = self.now().unix_timestamp_nanos() / 1_000_000;
        T::new(u64::try_from(millis).unwrap_or(0), self.random())
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill(&mut bytes);
        bytes
    }

    /// A new secret of 256 bits as 64 hexadecimal digits, and the hash to keep of it.
    pub(crate) fn secret(&self) -> (Secret<String>, [u8; 32]) {
        let text = hex::encode(self.random::<32>());
        let hash = hash_secret(&text);
        (Secret::new(text), hash)
    }
}

/// What is stored of a random secret. It needs no salt or slowness: there is nothing to guess.
pub(crate) fn hash_secret(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
