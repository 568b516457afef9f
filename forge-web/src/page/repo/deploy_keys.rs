//! Deploy keys of a repository.

use askama::Template;

use crate::page::key::KeyRow;
use crate::view::{Choice, FormErrors, PageContext, RepoHeader};

/// The keys that open this repository alone.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/deploy_keys.html")]
pub struct DeployKeys {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The keys.
    pub keys: Vec<KeyRow>,
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
