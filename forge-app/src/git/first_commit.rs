//! What a new repository starts with.

use forge_core::code::Change;
use forge_core::{FilePath, Repository};
use time::OffsetDateTime;

use crate::error::{Error, Result};
use crate::git::commit::NewCommit;
use crate::repository::Start;

const MIT: &str = include_str!("mit.txt");

/// The first commit of a repository: a README that says what it is called, and a licence.
pub(crate) fn first_commit(
    repo: &Repository,
    start: Start,
    holder: &str,
    now: OffsetDateTime,
) -> Result<NewCommit> {
    let path = |name: &str| FilePath::new(name).map_err(Error::internal);
    let mut changes = Vec::new();
    if start.readme {
        let mut text = format!("# {}\n", repo.path.name);
        if !repo.description.is_empty() {
            text.extend(["\n", &repo.description, "\n"]);
        }
        changes.push(Change::put(path("README.md")?, text));
    }
    if start.licence {
        let text = MIT.replace("{year}", &now.year().to_string()).replace("{holder}", holder);
        changes.push(Change::put(path("LICENSE")?, text));
    }
    Ok(NewCommit {
        branch: repo.default_branch.clone(),
        expected: None,
        changes,
        message: "Start the repository\n".to_owned(),
        author: None,
    })
}
