//! Object checks: the rules of `git fsck`, under git's names, applied to each object that is received.
//!
//! Nothing here looks at a store: a [`Checker`] is handed one object after another, remembers which blobs are
//! `.gitmodules` or `.gitattributes`, and is handed those again (or told that they are not there) at the end.

mod config;
mod contents;
mod dotfile;
mod headers;
mod ident;
mod rule;
mod tree;

use std::collections::BTreeSet;

use forge_core::{ObjectFormat, ObjectId};

pub use rule::{Level, Problem, Rule, Severity};
pub use tree::{Entries, Entry, EntryKind, Malformed, Special};

use crate::{Error, Result};

/// Remarks kept for the person who pushes; more are only counted.
const MAX_REMARKS: usize = 20;
/// Special files remembered by one checker. Each distinct version of a `.gitmodules` is one.
const MAX_SPECIAL: usize = 1_000_000;

/// Checks the objects of one push.
#[derive(Debug)]
pub struct Checker {
    format: ObjectFormat,
    level: Level,
    special: BTreeSet<(ObjectId, Special)>,
    remarks: Vec<String>,
    more_remarks: u64,
}

impl Checker {
    /// Starts with nothing seen.
    pub fn new(format: ObjectFormat, level: Level) -> Self {
        Self { format, level, special: BTreeSet::new(), remarks: Vec::new(), more_remarks: 0 }
    }

    /// Checks a commit, tree or tag; the contents of blobs are checked by [`Checker::check_special`] only.
    ///
    /// The first problem that the level does not forgive is the error.
    pub fn check(&mut self, id: &ObjectId, kind: gix_object::Kind, bytes: &[u8]) -> Result<()> {
        let mut problems = Problems::default();
        let mut found = Vec::new();
        match kind {
            gix_object::Kind::Commit => {
                headers::check_commit(bytes, self.format, &mut |p| problems.add(p, self.level));
            }
            gix_object::Kind::Tag => {
                headers::check_tag(bytes, self.format, &mut |p| problems.add(p, self.level));
            }
            gix_object::Kind::Tree => {
                let report = &mut |p| problems.add(p, self.level);
                tree::check(bytes, self.format, report, &mut |id, special| found.push((id, special)));
            }
            gix_object::Kind::Blob => {}
        }
        self.special.extend(found);
        if self.special.len() > MAX_SPECIAL {
            let limit = u64::try_from(MAX_SPECIAL).unwrap_or(u64::MAX);
            return Err(Error::TooLarge {
                what: "the number of .gitmodules and .gitattributes files",
                limit,
            });
        }
        self.settle(id, problems)
    }

    /// The special files met so far, each with what it is.
    pub fn special(&self) -> impl Iterator<Item = (ObjectId, Special)> + '_ {
        self.special.iter().copied()
    }

    /// Checks a special file by what is stored under its id; nothing if it is not there.
    pub fn check_special(
        &mut self,
        id: &ObjectId,
        special: Special,
        stored: Option<(gix_object::Kind, &[u8])>,
    ) -> Result<()> {
        let mut problems = Problems::default();
        let report = &mut |p| problems.add(p, self.level);
        match (stored, special) {
            (Some((gix_object::Kind::Blob, bytes)), Special::Modules) => {
                contents::check_modules(bytes, report);
            }
            (Some((gix_object::Kind::Blob, bytes)), Special::Attributes) => {
                contents::check_attributes(bytes, report);
            }
            (Some(_), Special::Modules) => {
                report(Problem::new(Rule::GitmodulesBlob, ".gitmodules is no blob"));
            }
            (Some(_), Special::Attributes) => {
                report(Problem::new(Rule::GitattributesBlob, ".gitattributes is no blob"));
            }
            (None, Special::Modules) => {
                report(Problem::new(Rule::GitmodulesMissing, ".gitmodules is not there"));
            }
            (None, Special::Attributes) => {
                report(Problem::new(Rule::GitattributesMissing, ".gitattributes is not there"));
            }
        }
        self.settle(id, problems)
    }

    /// What was forgiven, in lines that a person can read.
    pub fn remarks(&self) -> Vec<String> {
        let mut lines = self.remarks.clone();
        if self.more_remarks > 0 {
            lines.push(format!("warning: and {} more remarks about objects", self.more_remarks));
        }
        lines
    }

    fn settle(&mut self, id: &ObjectId, problems: Problems) -> Result<()> {
        if let Some(problem) = problems.refused {
            return Err(Error::invalid(format!("object {id}: {problem}")));
        }
        for problem in problems.forgiven {
            if self.remarks.len() < MAX_REMARKS {
                self.remarks.push(format!("warning: object {id}: {problem}"));
            } else {
                self.more_remarks = self.more_remarks.saturating_add(1);
            }
        }
        Ok(())
    }
}

/// What was found in one object: the first that refuses it, and a few that do not.
#[derive(Default)]
struct Problems {
    refused: Option<Problem>,
    forgiven: Vec<Problem>,
}

impl Problems {
    fn add(&mut self, problem: Problem, level: Level) {
        if level.refuses(problem.rule) {
            self.refused.get_or_insert(problem);
        } else if !self.forgiven.contains(&problem) {
            self.forgiven.push(problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: &str = "A <a@b> 1 +0000";
    const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    #[test]
    fn levels_differ_on_old_habits_only() {
        let id = ObjectFormat::Sha1.null();
        let old = format!("tree {TREE}\nauthor A <a@b> 1 +000000\ncommitter {WHO}\n\nx\n");
        let mut strict = Checker::new(ObjectFormat::Sha1, Level::Strict);
        let error = strict.check(&id, gix_object::Kind::Commit, old.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("badTimezone"), "{error}");
        let mut import = Checker::new(ObjectFormat::Sha1, Level::Import);
        import.check(&id, gix_object::Kind::Commit, old.as_bytes()).unwrap();
        assert_eq!(import.remarks().len(), 1);
        let evil = b"40000 .git\0aaaaaaaaaaaaaaaaaaaa";
        assert!(import.check(&id, gix_object::Kind::Tree, evil).is_err());
    }

    #[test]
    fn special_files_are_checked_when_their_bytes_are_there() {
        let mut checker = Checker::new(ObjectFormat::Sha1, Level::Strict);
        let id = ObjectFormat::Sha1.null();
        checker.check(&id, gix_object::Kind::Tree, b"100644 .gitmodules\0aaaaaaaaaaaaaaaaaaaa").unwrap();
        let (blob, special) = checker.special().next().unwrap();
        assert_eq!((blob, special), (ObjectId::Sha1([b'a'; 20]), Special::Modules));
        let evil: &[u8] = b"[submodule \"x\"]\nurl = -oProxyCommand=x\n";
        let stored = Some((gix_object::Kind::Blob, evil));
        let error = checker.check_special(&blob, special, stored).unwrap_err().to_string();
        assert!(error.contains("gitmodulesUrl"), "{error}");
        assert!(checker.check_special(&blob, special, None).is_err());
        assert!(checker.check_special(&blob, special, Some((gix_object::Kind::Tree, evil))).is_err());
    }
}
