//! Archives of a commit.

use std::sync::Arc;

use forge_core::code::ArchiveFormat;
use forge_core::{FilePath, ObjectId};
use forge_git::browse::{ArchiveLimits, ArchiveRequest, Browser};
use serde_json::json;

use crate::access::Read;
use crate::audit::Origin;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::git::Output;

/// An archive, as a stream.
#[derive(Debug)]
pub struct Archive {
    /// The name for saving it, without its ending.
    pub name: String,
    /// All bytes.
    pub content: Output,
}

impl Code {
    /// Packs the files of a commit into one, all under one directory of this name.
    pub async fn archive(
        &self,
        origin: &Origin,
        commit: ObjectId,
        format: ArchiveFormat,
        name: String,
    ) -> Result<Archive> {
        self.note_download(origin, json!({ "commit": commit.to_string(), "archive": name }));
        let turn = self.app.repositories().turn().await?;
        let (objects, refs) = (self.objects.clone(), Arc::clone(&self.refs));
        let cancel = forge_git::Cancel::within(self.app.repositories().limits().longest);
        let prefix = FilePath::new(name.as_str()).map_err(|error| Error::invalid("name", error))?;
        let watch = self.app.watch_over::<Read>(&self.actor, self.repo, &cancel);
        let content = Output::of(self.app.tasks(), cancel.clone(), move |writer| {
            let _turn = turn;
            let request = ArchiveRequest::of_commit(commit, format, &prefix).named_by(&refs);
            Browser::open(&objects).archive(&request, &ArchiveLimits::default(), writer, &cancel)?;
            Ok(())
        });
        Ok(Archive { name, content: content.under(watch) })
    }
}
