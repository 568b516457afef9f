//! How the entries of the audit log hang together.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};

use crate::entity::audit_event::{self, Column as Events, Entity};
use crate::value::unsigned;
use crate::{Result, Rows};

/// What comes before the first entry.
pub(super) const START: [u8; 32] = [0; 32];

/// How many entries are read at a time.
const BATCH: u64 = 1000;

/// What a check of the chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainCheck {
    /// How many entries fit together from the first on.
    pub checked: u64,
    /// The number of the first entry that does not.
    pub broken_at: Option<u64>,
}

/// Reads the whole log and computes every hash again.
pub async fn verify(rows: &impl Rows) -> Result<ChainCheck> {
    let mut last = 0_i64;
    let mut previous = START.to_vec();
    loop {
        let batch = Entity::find()
            .filter(Events::Seq.gt(last))
            .order_by_asc(Events::Seq)
            .limit(BATCH)
            .all(rows.connection())
            .await?;
        if batch.is_empty() {
            return Ok(ChainCheck { checked: unsigned(last)?, broken_at: None });
        }
        for row in batch {
            if row.seq != last + 1 || row.previous_hash != previous || row.hash != hash(&row) {
                return Ok(ChainCheck { checked: unsigned(last)?, broken_at: Some(unsigned(last + 1)?) });
            }
            last = row.seq;
            previous = row.hash;
        }
    }
}

/// The hash over the hash before, then every field. Each is led by its length, so that no two entries read alike.
pub(super) fn hash(row: &audit_event::Model) -> Vec<u8> {
    let mut hasher = Sha256::new();
    let (seq, happened_at) = (row.seq.to_be_bytes(), row.happened_at.to_be_bytes());
    let fields: [&[u8]; 11] = [
        &row.previous_hash,
        &seq,
        row.id.as_bytes(),
        &happened_at,
        row.actor_id.as_bytes(),
        row.actor.as_bytes(),
        row.action.as_bytes(),
        row.subject_id.as_bytes(),
        row.subject.as_bytes(),
        row.address.as_bytes(),
        row.detail.as_bytes(),
    ];
    for field in fields {
        let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
        hasher.update(length.to_be_bytes());
        hasher.update(field);
    }
    hasher.finalize().to_vec()
}
