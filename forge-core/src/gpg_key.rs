//! OpenPGP keys of people.

use time::OffsetDateTime;

use crate::{GpgKeyId, UserId};

/// A key that signs what its owner makes. It lets nobody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpgKey {
    /// Which.
    pub id: GpgKeyId,
    /// Whose.
    pub user: UserId,
    /// The fingerprint of its primary key, in capital hexadecimal digits.
    pub fingerprint: String,
    /// The people it names, as it spells them. Nobody checked that.
    pub names: Vec<String>,
    /// The key in ASCII armour.
    pub public_key: String,
    /// When its owner proved that it is theirs.
    pub created_at: OffsetDateTime,
    /// Its parts that sign.
    pub signers: Vec<GpgSigner>,
}

/// A part of a key that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpgSigner {
    /// Its fingerprint, in capital hexadecimal digits.
    pub fingerprint: String,
    /// From when on what it signs counts.
    pub since: OffsetDateTime,
    /// Until when, if it ends or was taken back.
    pub until: Option<OffsetDateTime>,
}
