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
    /// The branches that a merge request comes from and goes to.
    pub branches: Option<(String, String)>,
}

/// What stands beside the talk about an item: its people, labels and milestone, and what it has to do with.
#[derive(Debug, Clone, Default)]
pub struct ItemSide {
    /// Who works on it.
    pub assignees: Vec<Link>,
    /// Its labels.
    pub labels: Vec<LabelTag>,
    /// What it is a part of.
    pub milestone: Option<Link>,
    /// Items that it names or that name it, by what that means.
    pub linked: Vec<LinkedGroup>,
    /// Whether the reader is told of what happens.
    pub is_subscribed: bool,
    /// Where that is changed, by POST, for those who have signed in.
    pub subscription_url: Option<String>,
    /// Where it is sorted, for those who may.
    pub sort_url: Option<String>,
}

/// Items that have to do with one in the same way.
#[derive(Debug, Clone, Default)]
pub struct LinkedGroup {
    /// How, as in `Closes`.
    pub title: String,
    /// Its place on the page.
    pub anchor: String,
    /// The items, each with how far it is.
    pub items: Vec<(Link, StateTag)>,
}

/// The field in which people write, with what they wrote shown as it will look.
#[derive(Debug, Clone)]
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

impl Default for WriteBox {
    fn default() -> Self {
        Self { id: "body".to_owned(), label: "Your comment".to_owned(), value: String::new(), preview: None }
    }
}
