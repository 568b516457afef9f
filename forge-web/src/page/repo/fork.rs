//! Forking a repository, and its forks.

use askama::Template;

use crate::view::{Choice, FormErrors, Link, PageContext, Paging, RepoHeader, RepoRow};

/// The form that makes a fork.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/fork.html")]
pub struct ForkRepo {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong.
    pub errors: FormErrors,
    /// The person and the organisations that it may belong to.
    pub owners: Vec<Choice>,
    /// Its name.
    pub name: String,
    /// Who may see it.
    pub visibilities: Vec<Choice>,
}

/// The forks of a repository that the reader can see.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/forks.html")]
pub struct Forks {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// How many there are, as in `2 forks`.
    pub count: String,
    /// Those of this part of the list.
    pub repos: Vec<RepoRow>,
    /// The other parts.
    pub paging: Paging,
    /// Where one is made, for those who may.
    pub fork_url: Option<String>,
}

/// What a repository has to do with forks.
#[derive(Debug, Clone, Default)]
pub struct ForkLinks {
    /// What it was copied from, for those who may see that.
    pub from: Option<Link>,
    /// What it was copied from and is gone, for those who may know.
    pub gone: Option<String>,
    /// How many forks of it the reader can see.
    pub forks: Link,
    /// Where one is made, for those who may.
    pub fork_url: Option<String>,
}
