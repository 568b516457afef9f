//! How an empty database gets its tables.

use forge_store::Store;
use futures::future::BoxFuture;

use crate::error::{Error, Result};

/// Applies every change of the schema that a database lacks. The changes are the binary's business, so it passes this
/// in; the error is a sentence.
#[derive(Debug, Clone, Copy)]
pub struct Schema(pub fn(Store) -> BoxFuture<'static, Result<(), String>>);

impl Schema {
    pub(super) async fn apply(self, store: &Store) -> Result<()> {
        (self.0)(store.clone()).await.map_err(Error::Conflict)
    }
}
