//! Tickets, labels and milestones.

use askama::Template;

use crate::view::{
    Choice, CommentView, FormErrors, ItemRow, LabelTag, Link, PageContext, Paging, RepoHeader, StateTag,
    TimelineEntry, WriteBox,
};

/// The tickets of a repository.
#[derive(Debug, Clone, Template)]
#[template(path = "page/ticket/list.html")]
pub struct Tickets {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong; the form has nothing to get wrong.
    pub errors: FormErrors,
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
    /// The tickets.
    pub items: Vec<ItemRow>,
    /// The parts before and after.
    pub paging: Paging,
    /// Where a ticket is opened, for those who may.
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

/// A template of a ticket.
#[derive(Debug, Clone, Default)]
pub struct TemplateRow {
    /// Its name and where it begins.
    pub link: Link,
    /// When to use it; may be empty.
    pub about: String,
}

/// The form that opens a ticket.
#[derive(Debug, Clone, Template)]
#[template(path = "page/ticket/new.html")]
pub struct NewTicket {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong.
    pub errors: FormErrors,
    /// Where the form goes.
    pub action: String,
    /// Texts to begin with.
    pub templates: Vec<TemplateRow>,
    /// What was written.
    pub title: String,
    /// What was written.
    pub description: WriteBox,
    /// Whether only few are to see it.
    pub is_confidential: bool,
}

/// A ticket.
#[derive(Debug, Clone, Template)]
#[expect(clippy::struct_excessive_bools, reason = "each shows or hides a part of the page")]
#[template(path = "page/ticket/show.html")]
pub struct ShowTicket {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong with what was written.
    pub errors: FormErrors,
    /// Its title.
    pub title: String,
    /// Its mark and number.
    pub reference: String,
    /// How far it is.
    pub state: StateTag,
    /// Whether there is something to do.
    pub is_open: bool,
    /// Whether only few may see it.
    pub is_confidential: bool,
    /// Whether only those who may push may comment.
    pub is_locked: bool,
    /// Where the forms go.
    pub action: String,
    /// Where its text is changed, for those who may.
    pub edit_url: Option<String>,
    /// Where it is sorted, for those who may.
    pub sort_url: Option<String>,
    /// What it is about.
    pub description: CommentView,
    /// A part of what was said and done.
    pub entries: Vec<TimelineEntry>,
    /// The parts before and after.
    pub paging: Paging,
    /// Whether the reader may comment.
    pub can_comment: bool,
    /// Whether the reader may close it and open it again.
    pub can_close: bool,
    /// What the reader is writing.
    pub write: WriteBox,
    /// Who works on it.
    pub assignees: Vec<Link>,
    /// Its labels.
    pub labels: Vec<LabelTag>,
    /// What it is a part of.
    pub milestone: Option<Link>,
    /// Whether the reader is told of what happens.
    pub is_subscribed: bool,
}

/// The form that changes what somebody wrote.
#[derive(Debug, Clone, Template)]
#[template(path = "page/ticket/edit.html")]
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
    /// Which comment, where it is one.
    pub comment: Option<String>,
    /// What was written.
    pub write: WriteBox,
}

/// The form that sorts an item.
#[derive(Debug, Clone, Template)]
#[template(path = "page/ticket/sort.html")]
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

/// The labels of a repository.
#[derive(Debug, Clone, Template)]
#[template(path = "page/ticket/labels.html")]
pub struct Labels {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong.
    pub errors: FormErrors,
    /// Where the forms go.
    pub action: String,
    /// The tickets.
    pub back_url: String,
    /// The labels.
    pub labels: Vec<LabelRow>,
    /// Whether the reader may change them.
    pub can_change: bool,
    /// Which one is changed; nothing for a new one.
    pub id: Option<String>,
    /// What was written.
    pub name: String,
    /// What was written.
    pub description: String,
    /// Colours to choose.
    pub colours: Vec<Choice>,
}

/// A label in the list of all.
#[derive(Debug, Clone, Default)]
pub struct LabelRow {
    /// The label.
    pub label: LabelTag,
    /// When to use it.
    pub description: String,
    /// Where it is changed, for those who may.
    pub edit_url: Option<String>,
}

/// The milestones of a repository.
#[derive(Debug, Clone, Template)]
#[template(path = "page/ticket/milestones.html")]
pub struct Milestones {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong.
    pub errors: FormErrors,
    /// Where the forms go.
    pub action: String,
    /// The tickets.
    pub back_url: String,
    /// The milestones.
    pub milestones: Vec<MilestoneRow>,
    /// Whether the reader may change them.
    pub can_change: bool,
    /// Which one is changed; nothing for a new one.
    pub id: Option<String>,
    /// Whether that one is closed.
    pub is_closed: bool,
    /// What was written.
    pub title: String,
    /// What was written.
    pub description: String,
    /// What was written.
    pub due: String,
}

/// A milestone in the list of all.
#[derive(Debug, Clone, Default)]
pub struct MilestoneRow {
    /// What it is called.
    pub title: String,
    /// Its tickets.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// When it should be reached; may be empty.
    pub due: String,
    /// Whether that day is past and it is not closed.
    pub is_late: bool,
    /// Whether it is closed.
    pub is_closed: bool,
    /// How far it is, in words.
    pub progress: String,
    /// Where it is changed, for those who may.
    pub edit_url: Option<String>,
}
