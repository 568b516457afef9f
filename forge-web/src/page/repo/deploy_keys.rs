//! Deploy keys of a repository.

use askama::Template;

use crate::view::{Choice, FormErrors, PageContext, RepoHeader, When};

/// The keys that open this repository alone.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/deploy_keys.html")]
pub struct DeployKeys {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The keys.
    pub keys: Vec<DeployKeyRow>,
    /// What is wrong with the form that adds one.
    pub errors: FormErrors,
    /// What was written.
    pub name: String,
    /// What was written.
    pub key: String,
    /// Whether it may push.
    pub writes: bool,
    /// How long it may count.
    pub lifetimes: Vec<Choice>,
    /// Where the forms go.
    pub action: String,
}

/// A deploy key.
#[derive(Debug, Clone, Default)]
pub struct DeployKeyRow {
    /// Which one to remove.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its fingerprint, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// Whether it may push.
    pub writes: bool,
    /// When it was added.
    pub added: When,
    /// Who added it.
    pub added_by: String,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
    /// The network it was last used from.
    pub from: Option<String>,
    /// When it ends, if ever.
    pub expires: Option<When>,
    /// Whether that time is past.
    pub is_expired: bool,
}
