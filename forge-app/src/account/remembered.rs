//! Passwords that were right a moment ago.
//!
//! A git client sends its password with every request of one clone. Hashing it each time would cost a second of
//! work per clone, so a password that was right is remembered for a minute, as a keyed hash in memory only.

use std::time::Duration;

use forge_core::{Secret, User, UserId};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::ambient::Ambient;

const MOMENT: Duration = Duration::from_mins(1);
const MOST: u64 = 10_000;

pub(crate) struct Remembered {
    key: [u8; 32],
    right: Cache<UserId, [u8; 32]>,
}

impl Remembered {
    pub(crate) fn new(ambient: &Ambient) -> Self {
        Self {
            key: ambient.random(),
            right: Cache::builder().time_to_live(MOMENT).max_capacity(MOST).build(),
        }
    }

    pub(crate) fn note(&self, user: &User, password: &Secret<String>) {
        self.right.insert(user.id, self.digest(user.id, password));
    }

    pub(crate) fn knows(&self, user: &User, password: &Secret<String>) -> bool {
        use subtle::ConstantTimeEq;
        let digest = self.digest(user.id, password);
        self.right.get(&user.id).is_some_and(|known| known.ct_eq(&digest).into())
    }

    pub(crate) fn forget(&self, user: UserId) {
        self.right.invalidate(&user);
    }

    fn digest(&self, user: UserId, password: &Secret<String>) -> [u8; 32] {
        Sha256::new()
            .chain_update(self.key)
            .chain_update(user.to_bytes())
            .chain_update(password.expose())
            .finalize()
            .into()
    }
}
