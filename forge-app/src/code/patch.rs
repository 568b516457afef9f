//! Differences as text for `git apply` and `git am`.

use bytes::Bytes;
use forge_git::Cancel;
use forge_git::browse::Browser;
use forge_git::patch::PatchLimits;
use serde_json::json;

use crate::access::Read;
use crate::audit::Origin;
use crate::code::Code;
use crate::code::changes::Between;
use crate::error::Result;
use crate::git::Output;

/// How a difference is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchForm {
    /// As one difference: `git apply` takes it.
    Diff,
    /// As a mailbox with one message a commit: `git am` makes the same commits of it.
    Mailbox,
}

/// A difference as text, as a stream. That it begins shows that it is within the limits that are known before.
#[derive(Debug)]
pub struct Patch {
    /// The first bytes.
    pub first: Bytes,
    /// The rest.
    pub rest: Output,
}

impl Code {
    /// Writes down what changed. A mailbox has the commits that the new side has and the old one has not.
    pub async fn patch(&self, origin: &Origin, between: Between, form: PatchForm) -> Result<Patch> {
        self.note_download(origin, json!({ "commit": between.new.to_string(), "patch": true }));
        let turn = self.app.repositories().turn().await?;
        let objects = self.objects.clone();
        let cancel = Cancel::within(self.app.repositories().limits().longest);
        let watch = self.app.watch_over::<Read>(&self.actor, self.repo, &cancel);
        let work = Output::of(self.app.tasks(), cancel.clone(), move |writer| {
            let _turn = turn;
            let (browser, limits) = (Browser::open(&objects), PatchLimits::default());
            match (form, &between.old) {
                (PatchForm::Mailbox, Some(old)) => {
                    browser.write_mailbox(old, &between.new, &limits, writer, &cancel)?;
                }
                (_, old) => browser.write_diff(old.as_ref(), &between.new, &limits, writer, &cancel)?,
            }
            Ok(())
        });
        let mut rest = work.under(watch);
        if let Some(first) = rest.next().await {
            return Ok(Patch { first, rest });
        }
        rest.finish().await?;
        Ok(Patch { first: Bytes::new(), rest: Output::of(self.app.tasks(), Cancel::new(), |_| Ok(())) })
    }
}
