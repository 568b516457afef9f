//! Commits made without a clone: the first files of a new repository, the editor in the browser.
//!
//! Objects are made and handed back; nothing is stored and no ref moves. They go the way of every push from there, as a pack
//! made by [`crate::pack`] through the same door, the same checks and the same limits.

use std::collections::BTreeMap;

use forge_core::code::{Change, ChangeKind, EntryKind, Identity};
use forge_core::{FilePath, ObjectId};
use gix_object::Kind;
use gix_validate::path::component;

use super::Browser;
use super::parse::Entries;
use crate::{Error, Result, hash};

/// Changes in one commit. More than that is a push.
const MAX_CHANGES: usize = 10_000;
/// Bytes of a message.
const MAX_MESSAGE: usize = 64 << 10;
/// Bytes of a name or an address.
const MAX_NAME: usize = 1000;

/// A commit that exists only in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltCommit {
    /// The commit.
    pub id: ObjectId,
    /// Its files.
    pub tree: ObjectId,
    /// Every object that may be new: blobs, then trees from the bottom up, then the commit.
    pub objects: Vec<(Kind, Vec<u8>)>,
}

/// One entry of a tree being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    mode: u32,
    id: gix_hash::ObjectId,
}

impl Slot {
    fn kind(&self) -> Option<EntryKind> {
        EntryKind::of_mode(self.mode)
    }
}

/// A change, and what is left of its path.
type Step<'a> = (Vec<&'a [u8]>, &'a Change);

impl Browser {
    /// Makes a commit on `parent`, or a root without one, that makes the changes.
    ///
    /// Fails with [`Error::Conflict`] where a change no longer fits what is there, and with [`Error::Invalid`] for paths that git
    /// or a computer of our users cannot hold, an empty message, and a commit that changes nothing.
    pub fn commit_on(
        &self,
        parent: Option<&ObjectId>,
        changes: &[Change],
        author: &Identity,
        committer: &Identity,
        message: &str,
    ) -> Result<BuiltCommit> {
        crate::limits::check(
            changes.len(),
            u64::try_from(MAX_CHANGES).unwrap_or(u64::MAX),
            "the number of changes",
        )?;
        let message = check_message(message)?;
        let old = parent.map(|parent| Ok::<_, Error>(self.node(&hash::to_gix(parent))?.tree)).transpose()?;
        let mut build = Build { browser: self, objects: Vec::new() };
        let steps = changes.iter().map(|change| (change.path.parts().collect(), change)).collect();
        let tree = match build.directory(&FilePath::root(), old, steps)? {
            Some(tree) => tree,
            None => build.add(Kind::Tree, Vec::new())?,
        };
        if old == Some(tree) {
            return Err(Error::invalid("the commit would change nothing"));
        }
        let parent = parent.map(|parent| format!("parent {parent}\n")).unwrap_or_default();
        let (author, committer) = (line(author)?, line(committer)?);
        let text = format!("tree {tree}\n{parent}author {author}\ncommitter {committer}\n\n{message}");
        let id = build.add(Kind::Commit, text.into_bytes())?;
        Ok(BuiltCommit { id: hash::from_gix(&id)?, tree: hash::from_gix(&tree)?, objects: build.objects })
    }
}

struct Build<'a> {
    browser: &'a Browser,
    objects: Vec<(Kind, Vec<u8>)>,
}

impl Build<'_> {
    fn add(&mut self, kind: Kind, content: Vec<u8>) -> Result<gix_hash::ObjectId> {
        let id = gix_object::compute_hash(hash::kind(self.browser.format()), kind, &content)?;
        self.objects.push((kind, content));
        Ok(id)
    }

    /// Makes a directory anew; nothing if it would be empty.
    fn directory(
        &mut self,
        at: &FilePath,
        old: Option<gix_hash::ObjectId>,
        steps: Vec<Step<'_>>,
    ) -> Result<Option<gix_hash::ObjectId>> {
        let data = old.map_or_else(|| Ok(Vec::new()), |old| self.browser.tree_bytes(&old))?;
        let mut slots: BTreeMap<Vec<u8>, Slot> = Entries::new(&data, self.browser.format())
            .map(|entry| (entry.name.to_vec(), Slot { mode: entry.mode, id: entry.id.to_owned() }))
            .collect();
        let mut by_name: BTreeMap<&[u8], Vec<Step<'_>>> = BTreeMap::new();
        for (parts, change) in steps {
            let Some((first, rest)) = parts.split_first() else {
                return Err(Error::invalid("the top of the repository is not a file"));
            };
            by_name.entry(first).or_default().push((rest.to_vec(), change));
        }
        for (name, steps) in by_name {
            let path = at.join(name).map_err(|error| Error::invalid(error.to_string()))?;
            match self.entry(&path, slots.get(name).copied(), steps)? {
                Some(slot) => slots.insert(name.to_vec(), slot),
                None => slots.remove(name),
            };
        }
        if slots.is_empty() {
            return Ok(None);
        }
        let is_tree = |slot: &Slot| slot.kind() == Some(EntryKind::Directory);
        let mut sorted: Vec<_> = slots.into_iter().collect();
        sorted.sort_by(|a, b| gix_object::tree::name_order(&a.0, is_tree(&a.1), &b.0, is_tree(&b.1)));
        let mut content = Vec::new();
        for (name, slot) in sorted {
            content.extend(format!("{:o} ", slot.mode).into_bytes());
            content.extend(name);
            content.push(0);
            content.extend_from_slice(slot.id.as_bytes());
        }
        self.add(Kind::Tree, content).map(Some)
    }

    /// Makes what is at one path anew; nothing if it goes.
    fn entry(&mut self, path: &FilePath, old: Option<Slot>, steps: Vec<Step<'_>>) -> Result<Option<Slot>> {
        let (here, below): (Vec<Step<'_>>, Vec<Step<'_>>) =
            steps.into_iter().partition(|(rest, _)| rest.is_empty());
        let (removes, puts): (Vec<_>, Vec<_>) =
            here.into_iter().map(|(_, change)| &change.kind).partition(|kind| **kind == ChangeKind::Remove);
        if removes.len() > 1 || puts.len() > 1 || (!puts.is_empty() && !below.is_empty()) {
            return Err(Error::invalid(format!("{path} is changed twice")));
        }
        if old.is_none() && !removes.is_empty() {
            return Err(Error::Conflict(format!("{path} is no longer there")));
        }
        let is_new = old.is_none();
        let old = if removes.is_empty() { old } else { None };
        if let Some(ChangeKind::Put { bytes, executable }) = puts.first() {
            return self.file(path, is_new, old, bytes, *executable).map(Some);
        }
        if below.is_empty() {
            return Ok(old);
        }
        let tree = match old.map(|old| (old.kind(), old.id)) {
            None => None,
            Some((Some(EntryKind::Directory), id)) => Some(id),
            Some(_) => return Err(Error::Conflict(format!("{path} is a file, not a directory"))),
        };
        if is_new {
            check_name(path)?;
        }
        let id = self.directory(path, tree, below)?;
        Ok(id.map(|id| Slot { mode: EntryKind::Directory.mode(), id }))
    }

    fn file(
        &mut self,
        path: &FilePath,
        is_new: bool,
        old: Option<Slot>,
        bytes: &[u8],
        executable: Option<bool>,
    ) -> Result<Slot> {
        let kind = old.and_then(|old| old.kind());
        match kind {
            Some(EntryKind::Directory) => return Err(Error::Conflict(format!("{path} is a directory"))),
            Some(EntryKind::Submodule) => return Err(Error::Conflict(format!("{path} is a submodule"))),
            _ => {}
        }
        if is_new {
            check_name(path)?;
        }
        let is_executable = executable.unwrap_or(kind == Some(EntryKind::Executable));
        let kind = if is_executable { EntryKind::Executable } else { EntryKind::File };
        Ok(Slot { mode: kind.mode(), id: self.add(Kind::Blob, bytes.to_vec())? })
    }
}

/// A new name has to work on our users' computers, Windows among them; an old one may stay what it is.
pub(crate) fn check_name(path: &FilePath) -> Result<()> {
    component(path.name().into(), None, component::Options::default())
        .map(|_| ())
        .map_err(|error| Error::invalid(format!("{path} cannot be the name of a file: {error}")))
}

pub(crate) fn check_message(message: &str) -> Result<String> {
    let message = message.replace("\r\n", "\n");
    let message = message.trim_matches(['\n', ' ', '\t']);
    if message.is_empty() || message.contains('\0') {
        return Err(Error::invalid("a commit needs a message, without NUL characters"));
    }
    if message.len() > MAX_MESSAGE {
        return Err(Error::TooLarge {
            what: "the message",
            limit: u64::try_from(MAX_MESSAGE).unwrap_or(u64::MAX),
        });
    }
    Ok(format!("{message}\n"))
}

/// `Name <email> seconds offset`, without the characters that would end a part early.
pub(crate) fn line(person: &Identity) -> Result<String> {
    let clean = |text: &str| {
        let text: String =
            text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).take(MAX_NAME).collect();
        // Git itself takes these away from the ends.
        text.trim_matches(|c: char| c.is_whitespace() || ".,:;\"'\\".contains(c)).to_owned()
    };
    let name = clean(&person.name);
    if name.is_empty() {
        return Err(Error::invalid("the author and the committer need a name"));
    }
    let offset = person.at.offset();
    let sign = if offset.is_negative() { '-' } else { '+' };
    let (hours, minutes, _) = offset.as_hms();
    let seconds = person.at.unix_timestamp().max(0);
    Ok(format!("{name} <{}> {seconds} {sign}{:02}{:02}", clean(&person.email), hours.abs(), minutes.abs()))
}

#[cfg(test)]
mod tests {
    use forge_core::ObjectFormat;
    use time::{OffsetDateTime, UtcOffset};

    use super::*;
    use crate::browse::testing::{Repo, path};

    fn person(name: &str) -> Identity {
        let at = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        let at = at.to_offset(UtcOffset::from_hms(-3, -30, 0).unwrap());
        Identity { name: name.into(), email: "a@example.org".into(), at }
    }

    fn build(repo: &Repo, parent: Option<&ObjectId>, changes: &[Change]) -> Result<BuiltCommit> {
        repo.browser().commit_on(
            parent,
            changes,
            &person("Ada <x>\nExample"),
            &person("Bob"),
            "Edit\r\n\r\nBody\r\n\n",
        )
    }

    /// Stores the objects with git, which checks them, and looks at the commit.
    fn store(repo: &Repo, built: &BuiltCommit) -> String {
        for (kind, content) in &built.objects {
            repo.git_at(0, &["hash-object", "-w", "-t", &kind.to_string(), "--stdin"], content);
        }
        repo.git(&["update-ref", "refs/heads/main", &built.id.to_string()]);
        repo.git(&["fsck", "--strict"]);
        repo.git(&["ls-tree", "-r", "--format=%(objectmode) %(path)", "main"])
    }

    #[test]
    fn makes_what_git_finds_sound() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let repo = Repo::new(format);
            let first = build(
                &repo,
                None,
                &[
                    Change::put(path("README.md"), "# x\n"),
                    Change::put(path("a/b/c.txt"), "1"),
                    Change::put(path("a.b"), "2"),
                    Change::put(path("a-b"), "2"),
                    Change {
                        path: path("run.sh"),
                        kind: ChangeKind::Put { bytes: b"#!".to_vec(), executable: Some(true) },
                    },
                ],
            )
            .unwrap();
            assert_eq!(
                store(&repo, &first),
                "100644 README.md\n100644 a-b\n100644 a.b\n100644 a/b/c.txt\n100755 run.sh"
            );
            let second = build(
                &repo,
                Some(&first.id),
                &[
                    Change::put(path("run.sh"), "#!/bin/sh"),
                    Change::remove(path("a/b/c.txt")),
                    Change::remove(path("a-b")),
                    Change::put(path("a-b/now a directory"), ""),
                ],
            )
            .unwrap();
            assert_eq!(
                store(&repo, &second),
                "100644 README.md\n100644 a-b/now a directory\n100644 a.b\n100755 run.sh"
            );
            let log = repo.git(&["log", "-1", "--format=%an|%ad|%cn|%B", "--date=raw", "main"]);
            assert_eq!(log, "Ada xExample|1700000000 -0330|Bob|Edit\n\nBody");
            let empty = build(
                &repo,
                Some(&second.id),
                &["README.md", "a-b", "a.b", "run.sh"].map(|at| Change::remove(path(at))),
            )
            .unwrap();
            assert_eq!(store(&repo, &empty), "");
        }
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let repo = Repo::new(ObjectFormat::Sha1);
        repo.write("dir/CON", b"old");
        let head = repo.commit("file", b"x", "Start");
        let try_ = |changes: &[Change]| build(&repo, Some(&head), changes);
        let put = |at: &str| Change::put(path(at), "new");
        for bad in [".git", ".GIT/config", "a/.git", "git~1", ".git\u{200c}/x", "con", "a\\b", "x:y", "end."]
        {
            assert!(matches!(try_(&[put(bad)]), Err(Error::Invalid(_))), "{bad}");
        }
        assert!(matches!(try_(&[put("")]), Err(Error::Invalid(_))));
        assert!(matches!(try_(&[put("a"), put("a")]), Err(Error::Invalid(_))));
        assert!(matches!(try_(&[put("a"), put("a/b")]), Err(Error::Invalid(_))));
        assert!(matches!(try_(&[Change::put(path("file"), "x")]), Err(Error::Invalid(_))));
        for clash in
            [put("dir"), put("file/x"), Change::remove(path("gone")), Change::remove(path("dir/gone"))]
        {
            assert!(matches!(try_(&[clash]), Err(Error::Conflict(_))));
        }
        // What already has such a name can still be worked on.
        assert!(try_(&[put("dir/CON")]).is_ok());
        assert!(try_(&[Change::remove(path("file")), put("file/x")]).is_ok());
        let browser = repo.browser();
        let named = |name: &str, message: &str| {
            browser.commit_on(None, &[put("a")], &person(name), &person("B"), message).is_err()
        };
        assert!(
            named("<>", "x") && named("A", " \n") && named("A", "x\0") && named("A", &"x".repeat(70_000))
        );
    }
}
