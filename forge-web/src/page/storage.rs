//! What the forge keeps.

use askama::Template;

use crate::view::{Link, PageContext, Paging, When};

/// What the forge keeps, by repository or by owner.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/storage.html")]
pub struct Storage {
    /// The frame.
    pub page: PageContext,
    /// How much of the disk is free, as in `12.3 GB`.
    pub free: String,
    /// How large it is.
    pub size: String,
    /// Whether that is too little.
    pub is_low: bool,
    /// Whether packs are in a bucket, and the disk only has copies of them.
    pub is_remote: bool,
    /// What can be counted together.
    pub groupings: Vec<Link>,
    /// What can come first.
    pub sorts: Vec<Link>,
    /// The day since which growth is counted, once one was noted.
    pub since: Option<When>,
    /// Whether owners are listed, each with their repositories counted.
    pub by_owner: bool,
    /// How many there are, as in `24 repositories`.
    pub count: String,
    /// Those of this part of the list.
    pub rows: Vec<KeptRow>,
    /// The other parts.
    pub paging: Paging,
}

/// What one repository or owner keeps.
#[derive(Debug, Clone, Default)]
pub struct KeptRow {
    /// Its name.
    pub name: String,
    /// Its page.
    pub url: String,
    /// How many repositories are counted.
    pub repositories: u64,
    /// How many packs.
    pub packs: u64,
    /// How large they are.
    pub bytes: String,
    /// How much of that is in closed packs.
    pub closed: String,
    /// How much came by pushes and was not packed anew yet.
    pub new: String,
    /// By how much it has grown.
    pub growth: String,
}
