//! What changed in one file.

use askama::Template;

use super::RequestTop;
use crate::view::{DiffFile, Link, PageContext, RepoHeader};

/// One file of a commit, of a comparison or of a merge request.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/changed_file.html")]
pub struct ChangedFile {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The top of the merge request that it is a part of.
    pub top: Option<RequestTop>,
    /// What it is a part of, such as `Changes of !12`.
    pub whole: Link,
    /// The file.
    pub file: DiffFile,
    /// Whether it is shown side by side.
    pub is_split: bool,
}
