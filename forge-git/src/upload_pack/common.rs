//! What client and server both have, as far as the client has said.

use gix_hash::ObjectId;
use gix_object::Kind;

use crate::Result;
use crate::commits::{Commits, Marks, Number};
use crate::hash::IdSet;
use crate::revwalk::{self, View};

const THEY_HAVE: u8 = 1;
const REACHES: u8 = 2;

/// What is known of a `have`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Have {
    /// We do not have it.
    Unknown,
    /// Both sides have it.
    Common,
}

/// Everything common so far.
#[derive(Debug, Default)]
pub(super) struct Common {
    ids: Vec<ObjectId>,
    known: IdSet,
    marks: Marks,
    oldest: Option<i64>,
}

impl Common {
    /// Takes note of one object that the client has.
    pub(super) fn add(&mut self, commits: &mut Commits<'_>, id: &ObjectId) -> Result<Have> {
        let Some(kind) = commits.objects().kind(id)? else { return Ok(Have::Unknown) };
        if kind == Kind::Commit {
            let number = commits.number(id);
            let already = self.marks.has(number, THEY_HAVE);
            self.marks.add(number, THEY_HAVE);
            let time = commits.time(number)?;
            self.oldest = Some(self.oldest.map_or(time, |oldest| oldest.min(time)));
            for at in commits.parents(number)? {
                self.marks.add(commits.parent(at), THEY_HAVE);
            }
            if already {
                return Ok(Have::Common);
            }
        }
        if self.known.insert(*id) {
            self.ids.push(*id);
        }
        Ok(Have::Common)
    }

    /// The common objects that no other one was seen to imply.
    pub(super) fn ids(&self) -> &[ObjectId] {
        &self.ids
    }

    /// Whether every want leads to something common, so that more haves would hardly help.
    pub(super) fn is_enough(&mut self, commits: &mut Commits<'_>, wants: &[ObjectId]) -> Result<bool> {
        let Some(oldest) = self.oldest else { return Ok(false) };
        let mut from: Vec<Number> = Vec::new();
        for want in wants {
            match commits.peel(want)? {
                Some(number) => from.push(number),
                // Trees and blobs lead nowhere.
                None => return Ok(false),
            }
        }
        let nothing = Marks::default();
        revwalk::all_reach(
            commits,
            &View { cut: &nothing },
            &from,
            (&mut self.marks, THEY_HAVE, REACHES),
            oldest,
        )
    }
}
