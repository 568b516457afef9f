//! What people were told of, and what they want to be told.

use askama::Template;

use crate::view::{Choice, FormErrors, Link, PageContext, Paging, StateTag, When};

/// What somebody was told of.
#[derive(Debug, Clone, Template)]
#[template(path = "page/notification/list.html")]
pub struct Notifications {
    /// The frame.
    pub page: PageContext,
    /// New ones, and all.
    pub tabs: Vec<Link>,
    /// Whether only new ones are shown.
    pub is_unread_only: bool,
    /// What they were told of.
    pub rows: Vec<NotificationRow>,
    /// Whether any of it is new.
    pub has_unread: bool,
    /// The parts before and after.
    pub paging: Paging,
}

/// Something that somebody was told of.
#[derive(Debug, Clone, Default)]
pub struct NotificationRow {
    /// Which, in forms.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its page.
    pub url: String,
    /// How far it is.
    pub state: StateTag,
    /// The repository and the number.
    pub place: String,
    /// Why they were told.
    pub reason: &'static str,
    /// When something last happened.
    pub when: When,
    /// Whether they have not looked since.
    pub is_unread: bool,
}

/// What somebody wants to be told.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/notifications.html")]
pub struct NotificationSettings {
    /// The frame.
    pub page: PageContext,
    /// What is wrong; the form has nothing to get wrong.
    pub errors: FormErrors,
    /// What they may want by mail.
    pub choices: Vec<Choice>,
}

/// The page behind the link in a mail.
#[derive(Debug, Clone, Template)]
#[template(path = "page/notification/unsubscribe.html")]
pub struct Unsubscribe {
    /// The frame.
    pub page: PageContext,
    /// Where the button leads.
    pub action: String,
    /// Whether it is done.
    pub is_done: bool,
}
