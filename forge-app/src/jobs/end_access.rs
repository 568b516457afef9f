//! Takes back what was given until now.
//!
//! Running it twice does nothing the second time: what has ended is marked in the transaction that ends it.

use super::{JobError, Task};

/// Ends what is due.
pub(super) async fn run(task: &Task) -> Result<(), JobError> {
    Ok(task.app.end_access().await?)
}
