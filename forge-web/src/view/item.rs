//! What pages of tickets and of merge requests have in common.

use super::{Link, When};
use crate::SafeHtml;

/// How far an item is, as a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StateTag {
    /// What it says.
    pub label: &'static str,
    /// Its colour.
    pub colour: &'static str,
}

/// A label, as a tag.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelTag {
    /// What it says.
    pub name: String,
    /// Its colour.
    pub colour: &'static str,
    /// The items that have it.
    pub url: String,
}

/// An item in a list.
#[derive(Debug, Clone, Default)]
pub struct ItemRow {
    /// Its title.
    pub title: String,
    /// Its page.
    pub url: String,
    /// Its mark and number.
    pub reference: String,
    /// How far it is.
    pub state: StateTag,
    /// Whether only few may see it.
    pub is_confidential: bool,
    /// Its labels.
    pub labels: Vec<LabelTag>,
    /// Who opened it.
    pub author: String,
    /// When it was opened.
    pub opened: When,
    /// How many comments it has, in words; empty for none.
    pub comments: String,
    /// Who works on it, in words; empty for nobody.
    pub assignees: String,
    /// What it is a part of; empty for nothing.
    pub milestone: String,
}

/// Something that somebody wrote.
#[derive(Debug, Clone, Default)]
pub struct CommentView {
    /// Which one, in forms.
    pub id: String,
    /// Its place on the page.
    pub anchor: String,
    /// Who wrote it.
    pub author: String,
    /// Their page, while they have an account.
    pub author_url: Option<String>,
    /// When.
    pub when: When,
    /// When it was changed.
    pub edited: Option<When>,
    /// What they wrote, laid out.
    pub html: SafeHtml,
    /// What they wrote, where it cannot be laid out.
    pub plain: String,
    /// Where it is changed, for those who may.
    pub edit_url: Option<String>,
    /// Where it is deleted, by POST, for those who may.
    pub delete_action: Option<String>,
}

/// Something that happened.
#[derive(Debug, Clone, Default)]
pub struct EventView {
    /// Who did it.
    pub who: String,
    /// Their page, while they have an account.
    pub who_url: Option<String>,
    /// What they did.
    pub did: String,
    /// What it was about.
    pub link: Option<Link>,
    /// When.
    pub when: When,
}

/// What was said and what happened, in one line.
#[derive(Debug, Clone)]
pub enum TimelineEntry {
    /// Something that somebody wrote.
    Comment(CommentView),
    /// Something that happened.
    Event(EventView),
}

/// The field in which people write, with what they wrote shown as it will look.
#[derive(Debug, Clone, Default)]
pub struct WriteBox {
    /// The name and the id of the field.
    pub id: String,
    /// What the field is for.
    pub label: String,
    /// What was written.
    pub value: String,
    /// The same, laid out, where somebody asked for it.
    pub preview: Option<SafeHtml>,
}
