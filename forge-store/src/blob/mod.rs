//! Blobs: what is too large for a row and never changes, kept in a bucket that speaks S3.
//!
//! A blob's key names its repository and the row that it belongs to, so a key is used once and for one thing: whoever
//! writes it again writes the same bytes, and a blob that no row names will never be named. That is what makes it
//! safe to sweep them, whatever other nodes are doing.

mod bucket;
mod key;
mod transfer;

pub use bucket::{Bucket, BucketOptions};
pub use key::{BlobKey, Part};

use time::OffsetDateTime;

/// A blob as the bucket lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Where it is.
    pub key: BlobKey,
    /// How large it is.
    pub bytes: u64,
    /// When it was written, by the bucket's clock.
    pub modified: OffsetDateTime,
}
