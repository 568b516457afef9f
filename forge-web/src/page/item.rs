//! What tickets and merge requests have in common: lists, and the forms that write, change and sort.

use askama::Template;

use crate::view::{Choice, FormErrors, ItemRow, Link, PageContext, Paging, RepoHeader, WriteBox};

/// The tickets or the merge requests of a repository.
#[derive(Debug, Clone, Template)]
#[template(path = "page/item/list.html")]
pub struct Items {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong; the form has nothing to get wrong.
    pub errors: FormErrors,
    /// Whether they are merge requests.
    pub are_requests: bool,
    /// Where the search goes.
    pub base: String,
    /// What was searched for.
    pub query: String,
    /// Whether anything but the open ones was asked for.
    pub is_searched: bool,
    /// What was asked for and is not there.
    pub notes: Vec<String>,
    /// The states, each with its number.
    pub tabs: Vec<Link>,
    /// The items.
    pub items: Vec<ItemRow>,
    /// The parts before and after.
    pub paging: Paging,
    /// Where one is opened, for those who may.
    pub new_url: Option<String>,
    /// The labels.
    pub labels_url: String,
    /// The milestones.
    pub milestones_url: String,
    /// Of what the reader may be told.
    pub watches: Vec<Choice>,
    /// Where that choice goes.
    pub watch_action: String,
}

/// A text to begin a ticket or a merge request with.
#[derive(Debug, Clone, Default)]
pub struct TemplateRow {
    /// Its name and where it begins.
    pub link: Link,
    /// When to use it; may be empty.
    pub about: String,
}

/// The form for a comment on some lines, or for an answer.
#[derive(Debug, Clone, Template)]
#[template(path = "page/item/comment.html")]
pub struct CommentPage {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong.
    pub errors: FormErrors,
    /// Where it is sent.
    pub action: String,
    /// The title of the item.
    pub title: String,
    /// Its mark and number.
    pub reference: String,
    /// The thread that is answered; empty for a new one.
    pub thread: String,
    /// What it is about.
    pub place: String,
    /// The lines.
    pub excerpt: Vec<(String, String)>,
    /// The version; empty for an answer.
    pub version: String,
    /// `old` or `new`.
    pub side: String,
    /// The path in hexadecimal digits.
    pub path_hex: String,
    /// The first line; empty for the whole file.
    pub start: String,
    /// The last line.
    pub end: String,
    /// What is being written.
    pub write: WriteBox,
    /// Lines that a suggestion starts from; empty where none can be made.
    pub suggestion: String,
    /// The picture of which a point is meant.
    pub picture: Option<PickedPicture>,
    /// The point from the left, in per cent.
    pub x: String,
    /// The point from the top, in per cent.
    pub y: String,
    /// The page to go on to, if it is not that of the changes.
    pub then: String,
    /// Whether it can wait for a review.
    pub can_wait: bool,
    /// The page to come back to.
    pub back: String,
}

/// A picture of which a point is chosen.
#[derive(Debug, Clone, Default)]
pub struct PickedPicture {
    /// Its bytes.
    pub url: String,
    /// Its width as it is shown; zero where it is not known, so that no point can be chosen by pointing.
    pub width: u32,
    /// Its height as it is shown.
    pub height: u32,
    /// How wide, high and large it is, in words.
    pub about: String,
    /// The point that is chosen, in pixels of what is shown.
    pub chosen: Option<(u32, u32)>,
}

/// The form that changes what somebody wrote.
#[derive(Debug, Clone, Template)]
#[template(path = "page/item/edit.html")]
pub struct EditText {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong.
    pub errors: FormErrors,
    /// What is changed, as in `comment on #12`.
    pub what: String,
    /// Where the form goes.
    pub action: String,
    /// Where the reader came from.
    pub back_url: String,
    /// The title, where there is one.
    pub title: Option<String>,
    /// What was written.
    pub write: WriteBox,
}

/// The form that sorts an item.
#[derive(Debug, Clone, Template)]
#[template(path = "page/item/sort.html")]
pub struct SortItem {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong.
    pub errors: FormErrors,
    /// Its title.
    pub title: String,
    /// Its mark and number.
    pub reference: String,
    /// Where the form goes.
    pub action: String,
    /// Where the reader came from.
    pub back_url: String,
    /// Where labels are made.
    pub labels_url: String,
    /// Labels to choose.
    pub labels: Vec<Choice>,
    /// Names of those who work on it.
    pub assignees: String,
    /// Milestones to choose; the first is none.
    pub milestones: Vec<Choice>,
    /// Whether only those who may push may comment.
    pub is_locked: bool,
    /// Whether only few may see it, where that can be chosen.
    pub is_confidential: Option<bool>,
}
