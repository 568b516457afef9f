//! What follows when the disk has failed to keep something: nothing more is taken, and everybody who can help is told.

use metrics::gauge;

use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// Why nothing can be pushed at the moment, for administrators; nothing as long as all is well.
    pub fn disk_failure(&self) -> Option<&'static str> {
        let failure = forge_git::durable::failure();
        gauge!("forge_disk_read_only").set(if failure.is_some() { 1.0 } else { 0.0 });
        failure
    }

    /// Fails once the disk has failed to keep something.
    pub(crate) fn refuse_if_disk_failed(&self) -> Result<()> {
        match self.disk_failure() {
            None => Ok(()),
            Some(_) => Err(Error::Unavailable(
                "The forge's disk has failed to keep what was written to it. Reading works; nothing can be pushed until \
                 an administrator has looked at it."
                    .to_owned(),
            )),
        }
    }
}
