//! Names of branches, tags and other refs.

use std::fmt;
use std::str::FromStr;

/// The longest ref name taken, in bytes. File systems of our users' clones hold no longer component.
pub const MAX_REF_NAME: usize = 250;

/// The longest ref name in a plain directory: git's own limit on a line of a request leaves less.
const MAX_FOREIGN_NAME: usize = 65_000;

/// Where branches live.
pub const HEADS: &str = "refs/heads/";
/// Where tags live.
pub const TAGS: &str = "refs/tags/";

/// A full ref name such as `refs/heads/main`, checked once by git's own rules (`git check-ref-format`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RefName(String);

/// Why a ref name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRefName {
    /// Too long.
    #[error("a ref name has at most {MAX_REF_NAME} bytes")]
    TooLong,
    /// Not under `refs/`, or nothing behind the namespace.
    #[error("a ref name starts with refs/ and has at least three parts")]
    NotFull,
    /// A part is empty, starts with a dot, or ends with `.lock`.
    #[error("no part of a ref name is empty, starts with a dot or ends with .lock")]
    BadPart,
    /// A character or sequence that git does not allow.
    #[error("a ref name has no spaces, control characters or any of ~^:?*[\\ and no .. or @{{")]
    BadCharacter,
}

impl RefName {
    /// Checks a full name.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidRefName> {
        let name = name.into();
        if name.len() > MAX_REF_NAME {
            return Err(InvalidRefName::TooLong);
        }
        if name.split('/').count() < 3 {
            return Err(InvalidRefName::NotFull);
        }
        Self::foreign(name)
    }

    /// Checks the name of a ref that git itself has made: it may be long, and have two parts as `refs/stash` has.
    ///
    /// For what lies in a plain directory only. No name that people may choose goes through here.
    pub fn foreign(name: impl Into<String>) -> Result<Self, InvalidRefName> {
        let name = name.into();
        if name.len() > MAX_FOREIGN_NAME {
            return Err(InvalidRefName::TooLong);
        }
        if !name.starts_with("refs/") {
            return Err(InvalidRefName::NotFull);
        }
        if name.contains("..") || name.contains("@{") || name.chars().any(is_forbidden) {
            return Err(InvalidRefName::BadCharacter);
        }
        let lock = |part: &str| part.len() >= 5 && part.get(part.len() - 5..) == Some(".lock");
        if name.ends_with('.')
            || name.split('/').any(|part| part.is_empty() || part.starts_with('.') || lock(part))
        {
            return Err(InvalidRefName::BadPart);
        }
        Ok(Self(name))
    }

    /// The ref of a branch by its short name.
    ///
    /// Stricter than git where a name would be taken for an option or for `HEAD`.
    pub fn branch(short: &str) -> Result<Self, InvalidRefName> {
        if short.starts_with('-') || short == "HEAD" {
            return Err(InvalidRefName::BadPart);
        }
        Self::new(format!("{HEADS}{short}"))
    }

    /// The ref of a tag by its short name.
    pub fn tag(short: &str) -> Result<Self, InvalidRefName> {
        if short.starts_with('-') {
            return Err(InvalidRefName::BadPart);
        }
        Self::new(format!("{TAGS}{short}"))
    }

    /// The full name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What people call it: `main` for `refs/heads/main`.
    pub fn short(&self) -> &str {
        self.as_branch().or_else(|| self.as_tag()).unwrap_or(&self.0)
    }

    /// The branch name, if it is one.
    pub fn as_branch(&self) -> Option<&str> {
        self.0.strip_prefix(HEADS)
    }

    /// The tag name, if it is one.
    pub fn as_tag(&self) -> Option<&str> {
        self.0.strip_prefix(TAGS)
    }
}

fn is_forbidden(c: char) -> bool {
    c.is_ascii_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\')
}

impl fmt::Display for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefName({})", self.0)
    }
}

impl FromStr for RefName {
    type Err = InvalidRefName;
    fn from_str(text: &str) -> Result<Self, InvalidRefName> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_check_ref_format() {
        for good in [
            "refs/heads/main",
            "refs/heads/a/b",
            "refs/tags/v1.0",
            "refs/heads/é",
            "refs/heads/@",
            "refs/heads/-x",
        ] {
            assert!(RefName::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "main",
            "refs/",
            "refs/heads",
            "refs/heads/",
            "refs/heads/a..b",
            "refs/heads/.a",
            "refs/heads/a.lock",
            "refs/heads/a.lock/b",
            "refs/heads/a b",
            "refs/heads/a~1",
            "refs/heads/a^",
            "refs/heads/a:b",
            "refs/heads/a\\b",
            "refs/heads/a?",
            "refs/heads/a*",
            "refs/heads/[a",
            "refs/heads/a@{1}",
            "refs/heads/a//b",
            "refs/heads/a.",
            "refs/heads/a\n",
            "refs/heads/a\u{7f}",
            "refs/heads/../x",
            "/refs/heads/a",
            "HEAD",
        ] {
            assert!(RefName::new(bad).is_err(), "{bad}");
        }
        assert!(RefName::new(format!("refs/heads/{}", "a".repeat(MAX_REF_NAME))).is_err());
    }

    #[test]
    fn git_itself_makes_others() {
        let long = format!("refs/heads/{}", "a/".repeat(1000) + "b");
        for name in ["refs/stash", "refs/foo", &long] {
            assert!(RefName::new(name).is_err() && RefName::foreign(name).is_ok(), "{name}");
        }
        for bad in ["HEAD", "refs/", "refs//a", "refs/a..b", "refs/.a", "refs/a.lock", "heads/a"] {
            assert!(RefName::foreign(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn new_branches_are_not_options() {
        assert!(RefName::branch("-x").is_err());
        assert!(RefName::branch("HEAD").is_err());
        assert_eq!(RefName::branch("main").map(|name| name.short().to_owned()), Ok("main".to_owned()));
    }
}
