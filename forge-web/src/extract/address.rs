//! The parts of an address, decoded once.

use forge_core::{OrgName, OwnerName, RepoName, RepoPath, TeamName};
use http::Uri;

use crate::url;

/// The path of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address<'a> {
    path: &'a str,
}

impl<'a> Address<'a> {
    pub(crate) fn of(uri: &'a Uri) -> Self {
        Self { path: uri.path() }
    }

    fn segments(self) -> impl Iterator<Item = &'a str> {
        self.path.strip_prefix('/').unwrap_or(self.path).split('/')
    }

    /// A part between slashes, as text.
    pub(crate) fn segment(self, number: usize) -> Option<String> {
        String::from_utf8(url::decode(self.segments().nth(number)?)?).ok()
    }

    /// Everything behind the first parts, as it stands in the address.
    pub(crate) fn raw_rest(self, skip: usize) -> &'a str {
        let mut rest = self.path.strip_prefix('/').unwrap_or(self.path);
        for _ in 0..skip {
            rest = rest.split_once('/').map_or("", |(_, rest)| rest);
        }
        rest
    }

    /// Everything behind the first parts, as bytes; a slash at the end does not count.
    pub(crate) fn rest(self, skip: usize) -> Option<Vec<u8>> {
        url::decode(self.raw_rest(skip).trim_end_matches('/'))
    }

    /// The repository that the first two parts name.
    pub(crate) fn repo(self) -> Option<RepoPath> {
        Some(RepoPath::new(self.owner(0)?, RepoName::new(self.segment(1)?).ok()?))
    }

    /// The same for git, which may write `.git` behind it.
    pub(crate) fn git_repo(self) -> Option<RepoPath> {
        let name = self.segment(1)?;
        let name = name.strip_suffix(".git").unwrap_or(&name);
        Some(RepoPath::new(self.owner(0)?, RepoName::new(name).ok()?))
    }

    pub(crate) fn owner(self, number: usize) -> Option<OwnerName> {
        OwnerName::new(self.segment(number)?).ok()
    }

    pub(crate) fn team(self, number: usize) -> Option<TeamName> {
        TeamName::new(self.segment(number)?).ok()
    }

    pub(crate) fn org(self, number: usize) -> Option<OrgName> {
        OrgName::new(self.segment(number)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(uri: &Uri) -> Address<'_> {
        Address::of(uri)
    }

    #[test]
    fn takes_an_address_apart() {
        let uri: Uri = "/rr8/beds/blob/main/R%20scripts/a%2520b.R?x=1".parse().unwrap();
        assert_eq!(address(&uri).repo().unwrap().to_string(), "rr8/beds");
        assert_eq!(address(&uri).rest(3).unwrap(), b"main/R scripts/a%20b.R", "decoded once");
        assert_eq!(address(&uri).segment(9), None);
        let uri: Uri = "/rr8/beds.git/info/refs".parse().unwrap();
        assert!(address(&uri).repo().is_none());
        assert_eq!(address(&uri).git_repo().unwrap().to_string(), "rr8/beds");
        let uri: Uri = "/rr8/beds/tree/main/".parse().unwrap();
        assert_eq!(address(&uri).rest(3).unwrap(), b"main");
    }

    #[test]
    fn what_is_no_name_is_nothing() {
        for path in [
            "/rr8",
            "/../x",
            "/%2e%2e/x",
            "/a/b%2fc",
            "/a/%ff",
            "/a/b%00",
            "/settings/x.css",
            "/a/b.git.git",
            "/a/%zz",
        ] {
            let uri: Uri = path.parse().unwrap();
            assert!(address(&uri).git_repo().is_none(), "{path}");
        }
    }
}
