//! A change of one file as its readers see it.

use askama::Template;

use super::RequestTop;
use crate::view::{Link, PageContext, Rendered, RepoHeader, ThreadBox};

/// A changed file of a merge request or of a commit.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/rendered.html")]
pub struct RenderedChange {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The top of the merge request, if it is about one.
    pub top: Option<RequestTop>,
    /// What the file is called now, or was called when it was deleted.
    pub path: String,
    /// What it was called before, if it has moved.
    pub old_path: Option<String>,
    /// What is compared, in words.
    pub compared: String,
    /// Where the change is shown line by line, with the others.
    pub back: Link,
    /// The whole file, if it is still there.
    pub view_url: Option<String>,
    /// Where the file as a whole is commented on, for those who may.
    pub comment_url: Option<String>,
    /// What was said of the whole, of points of pictures, and of what is not shown.
    pub threads: Vec<ThreadBox>,
    /// What is shown.
    pub body: Rendered,
}
