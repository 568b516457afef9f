//! Who looks at a page, and with what browser.

use axum::extract::FromRequestParts;
use forge_core::{Actor, Secret, User};
use http::request::Parts;

use crate::error::Failure;
use crate::notice::Notice;
use crate::view::Announced;
use crate::web::Web;

/// Whoever asked for a page.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// As whom they act.
    pub(crate) actor: Actor,
    /// Their account.
    pub(crate) user: Option<User>,
    /// What stands on every page for a while.
    pub(crate) announcement: Option<Announced>,
    /// Whether they read the audit log of the site.
    pub(crate) reads_audit: bool,
    /// Of how many tickets and merge requests they were told since they last looked.
    pub(crate) unread: u64,
    /// What the tokens of their forms are made of.
    pub(crate) secret: Secret<String>,
    /// Whether the secret was made for this very request, so that the browser must still be told.
    pub(crate) is_new: bool,
    /// Whether they may do nothing yet but set up a second factor.
    pub(crate) must_enrol: bool,
    /// What the page is to say about what has just been done.
    pub(crate) notice: Option<Notice>,
    /// The address of the page, with its query.
    pub(crate) path: String,
}

impl Visitor {
    /// What the tokens of their forms are made of.
    pub(crate) fn form_secret(&self) -> &Secret<String> {
        &self.secret
    }
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Failure> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Failure::internal("a visitor outside the pages"))
    }
}
