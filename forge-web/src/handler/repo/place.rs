//! Where in a repository a page is: what the words behind `tree`, `blob` and the like stand for.

use forge_app::Code;
use forge_core::code::{Resolved, ResolvedAs};
use forge_core::{FilePath, ObjectId, RepoPath};
use http::Uri;

use crate::error::Failure;
use crate::extract::Address;
use crate::handler::repo::top;
use crate::url::{self, Rev};
use crate::view::{Crumb, RefPicker};

/// A commit as an address names it, and a path in it.
pub(super) struct Place {
    pub(super) repo: RepoPath,
    pub(super) commit: ObjectId,
    pub(super) rev: Rev,
    pub(super) path: FilePath,
    kind: &'static str,
}

impl Place {
    /// Reads `feature/x/src/a.R` behind the third part of the address.
    pub(super) async fn of(code: &Code, repo: &RepoPath, uri: &Uri) -> Result<Self, Failure> {
        let rest = Address::of(uri).rest(3).ok_or_else(Failure::not_found)?;
        let (resolved, path) = code.resolve_with_path(&rest).await?;
        Ok(Self::new(repo, &resolved, path))
    }

    /// The top of the default branch; of any other branch or tag if that has no commit yet.
    pub(super) async fn default(code: &Code, repo: &RepoPath) -> Result<Option<Self>, Failure> {
        match code.resolve("HEAD").await {
            Ok(resolved) => return Ok(Some(Self::new(repo, &resolved, FilePath::root()))),
            Err(forge_app::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        let (branches, tags) = code.ref_names();
        let Some(name) = branches.into_iter().chain(tags).next() else { return Ok(None) };
        match code.resolve(&name).await {
            Ok(resolved) => Ok(Some(Self::new(repo, &resolved, FilePath::root()))),
            Err(forge_app::Error::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn new(repo: &RepoPath, resolved: &Resolved, path: FilePath) -> Self {
        let rev = resolved.ref_name().map_or(Rev::Commit(resolved.commit), Rev::of_ref);
        let kind = match resolved.named {
            ResolvedAs::Branch(_) | ResolvedAs::Head(_) => "Branch",
            ResolvedAs::Tag(_) => "Tag",
            ResolvedAs::Ref(_) => "Ref",
            ResolvedAs::Commit => "Commit",
        };
        Self { repo: repo.clone(), commit: resolved.commit, rev, path, kind }
    }

    /// The same path as it is at this commit for ever.
    pub(super) fn permanent(&self) -> Rev {
        Rev::Commit(self.commit)
    }

    /// The list of branches and tags to look at instead.
    pub(super) fn picker(&self, code: &Code) -> RefPicker {
        top::picker(code, &self.repo, self.kind, &self.rev)
    }

    /// The way here from the top of the repository. The last part is what the page shows.
    pub(super) fn crumbs(&self) -> Vec<Crumb> {
        let top = url::tree(&self.repo, &self.rev, &FilePath::root());
        let mut crumbs = vec![Crumb { label: self.repo.name.to_string(), url: Some(top) }];
        let mut path = FilePath::root();
        for part in self.path.parts() {
            let Ok(next) = path.join(part) else { break };
            path = next;
            let label = String::from_utf8_lossy(part).into_owned();
            crumbs.push(Crumb { label, url: Some(url::tree(&self.repo, &self.rev, &path)) });
        }
        if let Some(last) = crumbs.last_mut() {
            last.url = None;
        }
        crumbs
    }

    /// What the last part of the path is called; the repository for its top.
    pub(super) fn name(&self) -> String {
        if self.path.is_root() {
            self.repo.name.to_string()
        } else {
            String::from_utf8_lossy(self.path.name()).into_owned()
        }
    }
}
