//! Paging of lists.

/// Which part of a list to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Entries left out before it.
    pub offset: u64,
    /// Entries at most.
    pub limit: u64,
}

impl Page {
    /// The largest part that is shown at once.
    pub const MAX_LIMIT: u64 = 100;

    /// Page `number`, counted from 1, of pages of `size`.
    pub fn number(number: u64, size: u64) -> Self {
        let limit = size.clamp(1, Self::MAX_LIMIT);
        Self { offset: number.max(1).saturating_sub(1).saturating_mul(limit), limit }
    }
}
