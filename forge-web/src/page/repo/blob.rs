//! One file of a repository.

use askama::Template;

use super::LastCommit;
use crate::SafeHtml;
use crate::render::csv::CsvTable;
use crate::render::markdown::front_matter::Field;
use crate::render::notebook::{Cell, Notebook, Output};
use crate::view::{Crumb, Link, PageContext, RefPicker, RepoHeader};

/// A file.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/blob.html")]
pub struct Blob {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// Which revision is shown, and what else could be.
    pub picker: RefPicker,
    /// The way to this file, beginning with the repository.
    pub crumbs: Vec<Crumb>,
    /// Its name.
    pub name: String,
    /// The newest commit that touches it.
    pub last_commit: Option<LastCommit>,
    /// How large it is, as in `120 lines, 4.2 KB`.
    pub size: String,
    /// What it is written in.
    pub language: Option<String>,
    /// How its bytes were read if not as UTF-8, and other things to know: one sentence each.
    pub notes: Vec<String>,
    /// Who owns it, a line for each section of the owners' file.
    pub owners: Vec<String>,
    /// Where that is said.
    pub owners_url: String,
    /// Ways to look at it, such as rendered and source; none if there is only one.
    pub modes: Vec<BlobMode>,
    /// Its bytes, to look at.
    pub raw_url: Option<String>,
    /// Its bytes, to keep.
    pub download_url: Option<String>,
    /// Its history.
    pub history_url: String,
    /// This very version, for ever.
    pub permalink: String,
    /// What is shown.
    pub body: BlobBody,
}

/// A way to look at a file.
pub type BlobMode = Link;

/// What is shown of a file.
#[derive(Debug, Clone)]
pub enum BlobBody {
    /// Source, line by line.
    Code(Vec<SafeHtml>),
    /// Text that was laid out.
    Document {
        /// What it says of itself above its text.
        front: Vec<Field>,
        /// Its text.
        html: SafeHtml,
    },
    /// A picture.
    Image {
        /// Its bytes.
        url: String,
    },
    /// Rows and columns.
    Table(CsvTable),
    /// A notebook.
    Notebook(Notebook),
    /// Nothing: it has no bytes.
    Empty,
    /// Nothing: it is too large.
    TooLarge {
        /// The limit, as in `5 MB`.
        limit: String,
    },
    /// Nothing: it is no text.
    Binary,
    /// Where a symbolic link leads.
    Symlink {
        /// As it is written in the link.
        target: String,
        /// The page of what it leads to, if that is in the repository.
        url: Option<String>,
    },
    /// A commit of another repository.
    Submodule {
        /// Where that repository is, as it is written in `.gitmodules`.
        source: String,
        /// Its page, if it is on this site.
        url: Option<String>,
        /// The commit.
        commit: String,
    },
    /// The pointer of a file that is kept outside git.
    LargeFilePointer {
        /// How large the file is.
        size: String,
    },
}
