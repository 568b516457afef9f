//! Lists of branches and tags.

use forge_core::ObjectId;
use forge_core::code::{AheadBehind, Branch, Tag, TagNote};
use forge_core::ref_name::{HEADS, TAGS};
use gix_object::Kind;

use super::parse;
use super::{Browser, Budget, MAX_STRUCTURE, commit};
use crate::{Cancel, Head, RefSnapshot, Result, hash};

impl Browser {
    /// All branches, newest tip first, the default branch before all others.
    ///
    /// How each stands to the default branch is another question: see [`Browser::against_default`].
    pub fn branches(&self, refs: &RefSnapshot, cancel: &Cancel) -> Result<Vec<Branch>> {
        let default = match refs.head() {
            Some(Head::Symbolic(name)) => Some(name),
            _ => None,
        };
        let mut branches = Vec::new();
        for found in refs.starting_with(HEADS) {
            cancel.check()?;
            let tip = self.commit_summary(&found.target)?;
            let is_default = default == Some(&found.name);
            branches.push(Branch { name: found.name.clone(), tip, is_default, against_default: None });
        }
        branches.sort_by(|a, b| {
            let newest = b.tip.committer.at.cmp(&a.tip.committer.at);
            b.is_default.cmp(&a.is_default).then(newest).then_with(|| a.name.cmp(&b.name))
        });
        Ok(branches)
    }

    /// Fills in how each branch stands to the default branch, until the budget is spent.
    ///
    /// `known` may answer from what the caller kept: the numbers of (branch tip, default tip) never change.
    pub fn against_default(
        &self,
        branches: &mut [Branch],
        budget: Budget,
        cancel: &Cancel,
        mut known: impl FnMut(&ObjectId, &ObjectId) -> Option<AheadBehind>,
    ) -> Result<()> {
        let Some(default) = branches.iter().find(|branch| branch.is_default).map(|branch| branch.tip.id)
        else {
            return Ok(());
        };
        let started = std::time::Instant::now();
        for branch in branches.iter_mut().filter(|branch| !branch.is_default) {
            branch.against_default = known(&branch.tip.id, &default);
            let left = Budget { time: budget.time.saturating_sub(started.elapsed()), ..budget };
            if branch.against_default.is_none() && !left.time.is_zero() {
                let counts = self.ahead_behind(&branch.tip.id, &default, left, cancel)?;
                branch.against_default = counts.complete.then_some(counts);
            }
        }
        Ok(())
    }

    /// All tags, newest first: by the tagger's time, or that of the commit.
    pub fn tags(&self, refs: &RefSnapshot, cancel: &Cancel) -> Result<Vec<Tag>> {
        let mut tags = Vec::new();
        for found in refs.starting_with(TAGS) {
            cancel.check()?;
            let (target, kind) = self.peel(&found.peeled.unwrap_or(found.target))?;
            let commit = if kind == Kind::Commit { Some(self.commit_summary(&target)?) } else { None };
            let note = if found.target == target { None } else { Some(self.tag_note(&found.target)?) };
            tags.push(Tag { name: found.name.clone(), commit, target, note });
        }
        let when = |tag: &Tag| {
            let tagger = tag.note.as_ref().and_then(|note| note.tagger.as_ref());
            tagger.or(tag.commit.as_ref().map(|commit| &commit.committer)).map(|person| person.at)
        };
        tags.sort_by(|a, b| when(b).cmp(&when(a)).then_with(|| b.name.cmp(&a.name)));
        Ok(tags)
    }

    /// What an annotated tag says.
    pub fn tag_note(&self, id: &ObjectId) -> Result<TagNote> {
        let data = self.read(&hash::to_gix(id), Kind::Tag, MAX_STRUCTURE)?;
        let tag = parse::Tag::parse(&data, self.format())?;
        let decode = |bytes: &[u8]| commit::decode(bytes, None);
        Ok(TagNote {
            id: *id,
            tagger: tag.tagger.map(|line| parse::identity(line, decode)),
            text: decode(tag.message),
            signature: tag.signature,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use forge_core::ObjectFormat;

    use super::*;
    use crate::browse::testing::Repo;

    #[test]
    fn lists_branches_with_how_they_stand() {
        let repo = Repo::new(ObjectFormat::Sha1);
        repo.commit("a", b"1", "One");
        repo.git(&["branch", "old"]);
        repo.commit("a", b"2", "Two");
        repo.git(&["checkout", "-q", "-b", "feature/x", "old"]);
        repo.commit("b", b"1", "Side");
        repo.git(&["checkout", "-q", "main"]);
        let (browser, cancel) = (repo.browser(), Cancel::new());
        let mut branches = browser.branches(&repo.refs(), &cancel).unwrap();
        let names: Vec<_> = branches.iter().map(|branch| branch.name.short()).collect();
        assert_eq!(names, ["main", "feature/x", "old"]);
        browser.against_default(&mut branches, Budget::PAGE, &cancel, |_, _| None).unwrap();
        let numbers: Vec<_> = branches
            .iter()
            .map(|branch| branch.against_default.map(|counts| (counts.ahead, counts.behind)))
            .collect();
        assert_eq!(numbers, [None, Some((1, 1)), Some((0, 1))]);
        let nothing = Budget { time: Duration::ZERO, ..Budget::PAGE };
        let kept = AheadBehind { ahead: 7, behind: 8, complete: true };
        browser
            .against_default(&mut branches, nothing, &cancel, |tip, _| {
                (*tip == repo.id("old")).then_some(kept)
            })
            .unwrap();
        assert_eq!(
            branches.iter().map(|branch| branch.against_default).collect::<Vec<_>>(),
            [None, None, Some(kept)]
        );
    }

    #[test]
    fn lists_tags_with_what_they_say() {
        let repo = Repo::new(ObjectFormat::Sha256);
        let first = repo.commit("a", b"1", "One");
        repo.git(&["tag", "light"]);
        repo.git(&["tag", "-a", "-m", "Release one\n\nNotes", "v1.0"]);
        repo.git(&["tag", "-a", "-m", "Of a tag", "twice", "v1.0"]);
        repo.git(&["tag", "a-tree", "HEAD^{tree}"]);
        let tags = repo.browser().tags(&repo.refs(), &Cancel::new()).unwrap();
        let names: Vec<_> = tags.iter().map(|tag| tag.name.short()).collect();
        assert_eq!(names, ["twice", "v1.0", "light", "a-tree"]);
        let note = tags[1].note.as_ref().unwrap();
        assert_eq!(
            (note.text.as_str(), note.tagger.as_ref().unwrap().name.as_str()),
            ("Release one\n\nNotes\n", "Bob Example")
        );
        assert_eq!(tags[0].commit.as_ref().unwrap().id, first);
        assert!(tags[2].note.is_none() && tags[3].commit.is_none());
    }
}
