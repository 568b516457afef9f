//! A directory of a repository.

use askama::Template;

use crate::view::{Crumb, PageContext, RefPicker, RepoHeader, When};

/// A directory.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/tree.html")]
pub struct Tree {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// Which revision is shown, and what else could be.
    pub picker: RefPicker,
    /// The way to this directory, beginning with the repository.
    pub crumbs: Vec<Crumb>,
    /// Its name.
    pub name: String,
    /// The newest commit that touches it.
    pub last_commit: Option<LastCommit>,
    /// What is in it.
    pub listing: Listing,
    /// Its history.
    pub history_url: String,
}

/// What is in a directory.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The directory above.
    pub parent_url: Option<String>,
    /// Directories first, then files.
    pub entries: Vec<EntryRow>,
    /// How many more there are than are shown.
    pub left_out: usize,
}

/// Something in a directory.
#[derive(Debug, Clone, Default)]
pub struct EntryRow {
    /// What it is.
    pub kind: EntryKind,
    /// Its name.
    pub name: String,
    /// Its page. A submodule of another site has none.
    pub url: Option<String>,
    /// What was last said about it; empty if that took too long to find out.
    pub commit_title: String,
    /// That commit's page.
    pub commit_url: String,
    /// When that was.
    pub when: Option<When>,
}

/// What an entry of a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A file.
    #[default]
    File,
    /// A symbolic link.
    Symlink,
    /// A commit of another repository.
    Submodule,
}

impl EntryKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Directory => "Folder",
            Self::File => "File",
            Self::Symlink => "Symbolic link",
            Self::Submodule => "Submodule",
        }
    }

    /// The class of its icon.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Directory => "dir",
            Self::File => "file",
            Self::Symlink => "link",
            Self::Submodule => "sub",
        }
    }
}

/// The newest commit above a listing.
#[derive(Debug, Clone, Default)]
pub struct LastCommit {
    /// Who wrote it.
    pub author: String,
    /// The first line of what was said.
    pub title: String,
    /// Its page.
    pub url: String,
    /// The first digits of its id.
    pub short_id: String,
    /// When it was made.
    pub when: When,
}
