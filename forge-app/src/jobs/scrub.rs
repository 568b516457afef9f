//! Reads packs again that were not read for long, and says which are damaged.
//!
//! Running it twice reads what is due and nothing else, one pack after the other, resting in between.

use super::{JobError, Task};

/// Packs that one job reads; the calendar makes another while more are due.
const AT_A_TIME: usize = 1000;

/// Reads what is due.
pub(super) async fn run(task: &Task) -> Result<(), JobError> {
    let moment = task.app.scrub_moment();
    for _ in 0..AT_A_TIME {
        task.cancel.check()?;
        if !task.app.scrub_one(moment, &task.cancel).await? {
            break;
        }
    }
    Ok(())
}
