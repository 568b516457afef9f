//! From the words of an address to a commit.
//!
//! A typed id is the one way to name something that no ref names, so it is the one place where reachability is asked: a
//! pack may hold commits that were pushed and withdrawn, or belong to refs that this reader may not see. They are not there.

use forge_core::code::{Resolved, ResolvedAs};
use forge_core::ref_name::{HEADS, MAX_REF_NAME, TAGS};
use forge_core::{FilePath, ObjectId};
use gix_object::Kind;

use super::Browser;
use super::walk::Queue;
use crate::hash::IdSet;
use crate::{Cancel, Error, Head, Ref, RefSnapshot, Result, hash};

/// The fewest digits of an abbreviated id.
const MIN_DIGITS: usize = 7;

/// All commits that some refs lead to. True as long as those refs do not move, so it may be kept with them.
#[derive(Debug, Clone, Default)]
pub struct ReachableCommits(IdSet);

impl ReachableCommits {
    /// Whether the refs lead to this commit.
    pub fn contains(&self, commit: &ObjectId) -> bool {
        self.0.contains(&hash::to_gix(commit))
    }

    /// How many commits there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Browser {
    /// The commit that a branch, a tag, a full ref name, `HEAD` or an id of at least seven digits names.
    ///
    /// A branch comes before a tag, and both before an id. Ids lead only to what the refs reach; `known`, if the caller kept it
    /// with the refs, saves the walk that finds that out.
    pub fn resolve(
        &self,
        refs: &RefSnapshot,
        text: &str,
        known: Option<&ReachableCommits>,
        cancel: &Cancel,
    ) -> Result<Resolved> {
        match self.resolve_ref(refs, text)? {
            Some(resolved) => Ok(resolved),
            None => self.resolve_id(refs, text, known, cancel),
        }
    }

    /// Splits `feature/x/src/a.R` into a ref and a path. The longest ref wins; the path need not exist.
    pub fn resolve_with_path(
        &self,
        refs: &RefSnapshot,
        text: &[u8],
        known: Option<&ReachableCommits>,
        cancel: &Cancel,
    ) -> Result<(Resolved, FilePath)> {
        let text = text.strip_suffix(b"/").unwrap_or(text);
        let path_behind = |at: usize| {
            let rest = text.get(at + 1..).unwrap_or_default();
            FilePath::new(rest).map_err(|_| not_found(&String::from_utf8_lossy(text)))
        };
        let cuts: Vec<usize> = std::iter::once(text.len())
            .chain(text.iter().enumerate().rev().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at))
            .filter(|at| *at <= MAX_REF_NAME)
            .collect();
        for at in &cuts {
            let Some(name) = text.get(..*at).and_then(|name| std::str::from_utf8(name).ok()) else {
                continue;
            };
            if let Some(resolved) = self.resolve_ref(refs, name)? {
                return Ok((resolved, path_behind(*at)?));
            }
        }
        let first = cuts.last().copied().unwrap_or(text.len());
        let name = String::from_utf8_lossy(text.get(..first).unwrap_or_default()).into_owned();
        Ok((self.resolve_id(refs, &name, known, cancel)?, path_behind(first)?))
    }

    /// Whether a ref leads to the commit. Newest commits are looked at first, so a yes is usually quick; a no walks all history.
    pub fn is_reachable(&self, refs: &RefSnapshot, commit: &ObjectId, cancel: &Cancel) -> Result<bool> {
        let wanted = hash::to_gix(commit);
        if !matches!(self.header(&wanted)?, Some((Kind::Commit, _))) {
            return Ok(false);
        }
        let mut found = false;
        self.walk_all(refs, cancel, |id| {
            found = *id == wanted;
            !found
        })?;
        Ok(found)
    }

    /// All commits that the refs lead to: one walk over all history.
    pub fn reachable_commits(&self, refs: &RefSnapshot, cancel: &Cancel) -> Result<ReachableCommits> {
        self.walk_all(refs, cancel, |_| true).map(ReachableCommits)
    }

    fn walk_all(
        &self,
        refs: &RefSnapshot,
        cancel: &Cancel,
        mut goes_on: impl FnMut(&gix_hash::ObjectId) -> bool,
    ) -> Result<IdSet> {
        let mut seen = IdSet::default();
        let mut queue = Queue::default();
        let head = match refs.head() {
            Some(Head::Detached(id)) => Some(*id),
            _ => None,
        };
        for target in refs.refs().iter().map(|found| found.peeled.unwrap_or(found.target)).chain(head) {
            let id = hash::to_gix(&target);
            if matches!(self.header(&id)?, Some((Kind::Commit, _))) && seen.insert(id) {
                queue.push(self.node(&id)?.time, id);
            }
        }
        while let Some(id) = queue.pop() {
            cancel.check()?;
            if !goes_on(&id) {
                break;
            }
            for parent in &self.node(&id)?.parents {
                if seen.insert(*parent) {
                    queue.push(self.node(parent)?.time, *parent);
                }
            }
        }
        Ok(seen)
    }

    fn resolve_ref(&self, refs: &RefSnapshot, text: &str) -> Result<Option<Resolved>> {
        if text == "HEAD" {
            return match refs.head() {
                Some(Head::Symbolic(name)) => match refs.find(name.as_str()) {
                    Some(found) => self.peel_to_commit(found, ResolvedAs::Head(name.clone())),
                    None => Ok(None),
                },
                Some(Head::Detached(id)) => Ok(Some(Resolved { commit: *id, named: ResolvedAs::Commit })),
                None => Ok(None),
            };
        }
        if let Some(found) = refs.find(&format!("{HEADS}{text}")) {
            return self.peel_to_commit(found, ResolvedAs::Branch(found.name.clone()));
        }
        if let Some(found) = refs.find(&format!("{TAGS}{text}")) {
            return self.peel_to_commit(found, ResolvedAs::Tag(found.name.clone()));
        }
        let Some(found) = refs.find(text) else { return Ok(None) };
        let name = found.name.clone();
        let named = if name.as_branch().is_some() {
            ResolvedAs::Branch(name)
        } else if name.as_tag().is_some() {
            ResolvedAs::Tag(name)
        } else {
            ResolvedAs::Ref(name)
        };
        self.peel_to_commit(found, named)
    }

    /// A tag may name a tree or a blob: then it names no commit.
    fn peel_to_commit(&self, found: &Ref, named: ResolvedAs) -> Result<Option<Resolved>> {
        let (commit, kind) = self.peel(&found.peeled.unwrap_or(found.target))?;
        if kind == Kind::Commit {
            Ok(Some(Resolved { commit, named }))
        } else {
            Err(not_found(found.name.as_str()))
        }
    }

    /// The commit that an id of at least seven digits names, if the refs lead to it.
    pub(crate) fn resolve_id(
        &self,
        refs: &RefSnapshot,
        text: &str,
        known: Option<&ReachableCommits>,
        cancel: &Cancel,
    ) -> Result<Resolved> {
        let digits = text.len();
        if !(MIN_DIGITS..=self.format().byte_len() * 2).contains(&digits)
            || !text.bytes().all(|b| b.is_ascii_hexdigit())
        {
            return Err(not_found(text));
        }
        // A prefix has to be of the repository's own hash, which its few digits do not tell.
        let padded =
            gix_hash::ObjectId::from_hex(format!("{text:0<0$}", self.format().byte_len() * 2).as_bytes());
        let prefix = padded.and_then(|id| gix_hash::Prefix::new(&id, digits)).map_err(|_| not_found(text))?;
        let mut commit = None;
        for candidate in self.handle.with_prefix(prefix)? {
            let candidate = hash::from_gix(&candidate)?;
            let (id, _) = self.peel(&candidate)?;
            // A tag object is there if a ref names it; a commit if a ref leads to it.
            let is_there = if id == candidate {
                match known {
                    Some(known) => known.contains(&id),
                    None => self.is_reachable(refs, &id, cancel)?,
                }
            } else {
                refs.refs().iter().any(|found| found.target == candidate)
            };
            if is_there && commit.replace(id).is_some_and(|other| other != id) {
                return Err(not_found(text));
            }
        }
        let commit = commit.ok_or_else(|| not_found(text))?;
        if !matches!(self.header(&hash::to_gix(&commit))?, Some((Kind::Commit, _))) {
            return Err(not_found(text));
        }
        Ok(Resolved { commit, named: ResolvedAs::Commit })
    }
}

fn not_found(text: &str) -> Error {
    Error::NotFound(format!("the branch, tag or commit {}", text.chars().take(100).collect::<String>()))
}

#[cfg(test)]
mod tests {
    use forge_core::{ObjectFormat, RefName};

    use super::*;
    use crate::browse::testing::{Repo, path};

    #[test]
    fn resolves_whatever_an_address_names() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let repo = Repo::new(format);
            let first = repo.commit("a", b"1", "One");
            repo.git(&["tag", "-a", "-m", "Release", "v1.0"]);
            repo.git(&["tag", "same"]);
            let second = repo.commit("a", b"2", "Two");
            repo.git(&["branch", "same"]);
            repo.git(&["branch", "feature/x"]);
            repo.git(&["tag", "tree", "HEAD^{tree}"]);
            repo.git(&["update-ref", "refs/merge-requests/1/head", &first.to_string()]);
            let (browser, refs, cancel) = (repo.browser(), repo.refs(), Cancel::new());
            let resolve = |text: &str| browser.resolve(&refs, text, None, &cancel);
            for (text, commit) in [
                ("main", second),
                ("v1.0", first),
                ("same", second),
                ("refs/tags/same", first),
                ("HEAD", second),
                ("refs/merge-requests/1/head", first),
                (&first.to_string(), first),
                (&second.to_string()[..7], second),
                (&first.to_string().to_uppercase(), first),
                (&repo.git(&["rev-parse", "v1.0"]), first),
            ] {
                assert_eq!(resolve(text).unwrap().commit, commit, "{text}");
            }
            assert_eq!(resolve("v1.0").unwrap().named, ResolvedAs::Tag(RefName::tag("v1.0").unwrap()));
            assert_eq!(resolve("HEAD").unwrap().label(), "main");
            let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
            for gone in [
                "",
                "nope",
                &first.to_string()[..6],
                "tree",
                &tree,
                "HEAD~1",
                "..",
                &"0".repeat(40),
                &"f".repeat(99),
            ] {
                assert!(matches!(resolve(gone), Err(Error::NotFound(_))), "{gone}");
            }
        }
    }

    #[test]
    fn what_no_ref_reaches_is_not_there() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let kept = repo.commit("a", b"1", "Kept");
        let withdrawn = repo.commit("a", b"2", "Withdrawn");
        repo.git(&["reset", "-q", "--hard", &kept.to_string()]);
        let (browser, refs, cancel) = (repo.browser(), repo.refs(), Cancel::new());
        assert!(browser.resolve(&refs, &kept.to_string(), None, &cancel).is_ok());
        assert!(browser.is_reachable(&refs, &kept, &cancel).unwrap());
        let known = browser.reachable_commits(&refs, &cancel).unwrap();
        assert_eq!((known.len(), known.contains(&kept), known.contains(&withdrawn)), (1, true, false));
        for known in [None, Some(&known)] {
            let answer = browser.resolve(&refs, &withdrawn.to_string(), known, &cancel);
            assert!(matches!(answer, Err(Error::NotFound(_))));
        }
        assert!(!browser.is_reachable(&refs, &withdrawn, &cancel).unwrap());
        assert!(browser.resolve(&RefSnapshot::default(), "HEAD", None, &cancel).is_err());
    }

    #[test]
    fn splits_refs_with_slashes_from_paths() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let first = repo.commit("a", b"1", "One");
        repo.git(&["branch", "feature/x"]);
        let second = repo.commit("a", b"2", "Two");
        repo.git(&["tag", "feature/x/src"]);
        let (browser, refs, cancel) = (repo.browser(), repo.refs(), Cancel::new());
        let split = |text: &[u8]| browser.resolve_with_path(&refs, text, None, &cancel);
        for (text, commit, at) in [
            ("main", second, ""),
            ("main/", second, ""),
            ("feature/x/a.R", first, "a.R"),
            ("feature/x", first, ""),
            ("feature/x/src/a.R", second, "a.R"),
            ("refs/heads/main/b/c", second, "b/c"),
            (&format!("{first}/b c/#.R"), first, "b c/#.R"),
            ("HEAD/x", second, "x"),
        ] {
            let (resolved, found) = split(text.as_bytes()).unwrap();
            assert_eq!((resolved.commit, found), (commit, path(at)), "{text}");
        }
        assert_eq!(split(b"main/caf\xe9").unwrap().1.as_bytes(), b"caf\xe9");
        for bad in [&b"nope/x"[..], b"feature/y", b"main//x", b"main/../x", b"", b"/", b"\xff"] {
            assert!(matches!(split(bad), Err(Error::NotFound(_))), "{bad:?}");
        }
    }
}
