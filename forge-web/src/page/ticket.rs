//! Tickets, labels and milestones.

use askama::Template;

use super::item::TemplateRow;
use crate::view::{
    Choice, CommentBox, FormErrors, ItemSide, LabelTag, PageContext, Paging, RepoHeader, StateTag,
    TimelineEntry, WriteBox,
};

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
    /// What it is about.
    pub description: CommentBox,
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
    /// What stands beside it.
    pub side: ItemSide,
}

impl ShowTicket {
    /// What the second button below the field does besides sending what was written; empty where there is none.
    fn state_action(&self) -> &'static str {
        match (self.can_close, self.is_open) {
            (false, _) => "",
            (true, true) => "close",
            (true, false) => "reopen",
        }
    }
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
