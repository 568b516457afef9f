//! The refs of a repository as one request sees them.

use std::sync::{Arc, Mutex, PoisonError};

use forge_core::{ObjectId, RefName};

/// Listings that one snapshot remembers. Clients ask in few ways: all refs, or branches and tags, or one branch.
const LISTINGS: usize = 4;
/// The longest listing that is worth its memory.
const LONGEST_LISTING: usize = 4 << 20;

/// One ref and what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ref {
    /// The full name.
    pub name: RefName,
    /// The object it names: a commit, or an annotated tag.
    pub target: ObjectId,
    /// What an annotated tag finally names; nothing if the target is no tag.
    pub peeled: Option<ObjectId>,
    /// The ref it stands for, if it is symbolic. Only plain directories have such refs besides `HEAD`.
    pub symbolic: Option<RefName>,
}

impl Ref {
    /// A ref that names an object directly.
    pub fn direct(name: RefName, target: ObjectId, peeled: Option<ObjectId>) -> Self {
        Self { name, target, peeled, symbolic: None }
    }
}

/// What `HEAD` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// The default branch, which may not exist yet.
    Symbolic(RefName),
    /// A commit outside of any branch.
    Detached(ObjectId),
}

/// All refs at one moment, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RefSnapshot {
    head: Option<Head>,
    refs: Vec<Ref>,
    listings: Listings,
}

/// Listings of the refs as they went out before. A snapshot never changes, so they stay right; they are no part of what
/// it says.
#[derive(Debug, Default)]
struct Listings(Mutex<Vec<Listing>>);

/// A request and what it was answered with.
type Listing = (Vec<u8>, Arc<[u8]>);

impl Clone for Listings {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Listings {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Listings {}

impl RefSnapshot {
    /// Sorts the refs; of two with one name the first stays.
    pub fn new(head: Option<Head>, mut refs: Vec<Ref>) -> Self {
        refs.sort_by(|a, b| a.name.cmp(&b.name));
        refs.dedup_by(|a, b| a.name == b.name);
        Self { head, refs, listings: Listings::default() }
    }

    /// What `HEAD` says, if the repository has one.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// The object behind `HEAD`; nothing while its branch is unborn.
    pub fn head_target(&self) -> Option<&ObjectId> {
        match self.head.as_ref()? {
            Head::Detached(id) => Some(id),
            Head::Symbolic(name) => self.find(name.as_str()).map(|found| &found.target),
        }
    }

    /// All refs, sorted by name.
    pub fn refs(&self) -> &[Ref] {
        &self.refs
    }

    /// The ref of that full name.
    pub fn find(&self, name: &str) -> Option<&Ref> {
        let at = self.refs.binary_search_by(|found| found.name.as_str().cmp(name)).ok()?;
        self.refs.get(at)
    }

    /// The refs whose full names start with `prefix`.
    pub fn starting_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Ref> + 'a {
        let start = self.refs.partition_point(|found| found.name.as_str() < prefix);
        self.refs
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(move |found| found.name.as_str().starts_with(prefix))
    }

    /// The listing that `request` stands for, made if it is not remembered.
    pub(crate) fn listing<E>(
        &self,
        request: Vec<u8>,
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Arc<[u8]>, E> {
        let known = || self.listings.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, listing)) = known().iter().find(|(asked, _)| *asked == request) {
            return Ok(Arc::clone(listing));
        }
        let listing: Arc<[u8]> = make()?.into();
        if listing.len() + request.len() <= LONGEST_LISTING {
            let mut known = known();
            if known.len() >= LISTINGS {
                known.remove(0);
            }
            known.push((request, Arc::clone(&listing)));
        }
        Ok(listing)
    }

    /// Whether there is no ref at all.
    pub fn is_empty(&self) -> bool {
        self.refs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, byte: u8) -> Ref {
        Ref::direct(RefName::new(name).expect("a valid name"), ObjectId::Sha1([byte; 20]), None)
    }

    fn snapshot() -> RefSnapshot {
        let main = RefName::new("refs/heads/main").expect("a valid name");
        let refs = vec![named("refs/tags/v1", 3), named("refs/heads/main", 1), named("refs/heads/main-2", 2)];
        RefSnapshot::new(Some(Head::Symbolic(main)), refs)
    }

    #[test]
    fn finds_by_name_and_prefix() {
        let refs = snapshot();
        assert_eq!(refs.find("refs/tags/v1").map(|found| found.target), Some(ObjectId::Sha1([3; 20])));
        assert_eq!(refs.find("refs/heads/mai"), None);
        let names: Vec<_> = refs.starting_with("refs/heads/main").map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["refs/heads/main", "refs/heads/main-2"]);
    }

    #[test]
    fn remembers_a_few_short_listings() {
        let refs = snapshot();
        let list = |request: u8, size: usize| {
            let mut made = false;
            let listing = refs.listing(vec![request], || {
                made = true;
                Ok::<_, ()>(vec![request; size])
            });
            assert_eq!(listing.as_deref(), Ok(vec![request; size].as_slice()));
            made
        };
        assert!(list(0, 10));
        assert!(!list(0, 10), "made twice");
        assert!(list(1, LONGEST_LISTING) && list(1, LONGEST_LISTING), "too long to be remembered");
        assert!((2..6).all(|request| list(request, 1)));
        assert!(list(0, 10), "the oldest goes first");
    }

    #[test]
    fn head_leads_to_its_branch_if_that_is_born() {
        assert_eq!(snapshot().head_target(), Some(&ObjectId::Sha1([1; 20])));
        let unborn = RefName::new("refs/heads/later").expect("a valid name");
        assert_eq!(RefSnapshot::new(Some(Head::Symbolic(unborn)), Vec::new()).head_target(), None);
    }
}
