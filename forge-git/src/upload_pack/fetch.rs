//! What a fetch asks for, in whichever version it was said.

use forge_core::ObjectFormat;
use gix_hash::ObjectId;

use super::UploadPack;
use super::wants::parse_id;
use crate::filter::Filter;
use crate::hash::{self, IdSet};
use crate::limits;
use crate::sideband::Width;
use crate::{Error, Result};

/// `deepen` with this number means all of history.
pub(super) const INFINITE_DEPTH: u32 = 0x7fff_ffff;

/// How `have` lines are answered in protocol 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub(super) enum MultiAck {
    /// Only the first is.
    #[default]
    No,
    /// Each with `continue`.
    Yes,
    /// Each with `common` or `ready`.
    Detailed,
}

/// A fetch, as far as it was read.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the protocol")]
pub(super) struct Fetch {
    pub(super) wants: Vec<ObjectId>,
    pub(super) seen_wants: IdSet,
    pub(super) want_refs: Vec<(String, ObjectId)>,
    pub(super) haves: Vec<ObjectId>,
    pub(super) client_shallow: Vec<ObjectId>,
    pub(super) depth: Option<u32>,
    pub(super) deepen_since: Option<i64>,
    pub(super) deepen_not: Vec<ObjectId>,
    pub(super) deepen_relative: bool,
    pub(super) filter: Filter,
    pub(super) multi_ack: MultiAck,
    pub(super) no_done: bool,
    pub(super) thin: bool,
    pub(super) offset_deltas: bool,
    pub(super) include_tag: bool,
    pub(super) quiet: bool,
    pub(super) done: bool,
    pub(super) wait_for_done: bool,
    pub(super) sideband: Option<Width>,
}

impl Fetch {
    /// Reads a line that protocol 0 and 2 share; `false` if it is none.
    pub(super) fn read_line(&mut self, visit: &UploadPack<'_>, line: &str) -> Result<bool> {
        let format = visit.store.format();
        let limits = &visit.options.limits;
        if let Some(id) = line.strip_prefix("shallow ") {
            self.client_shallow.push(parse_id(id, format, "invalid shallow line")?);
            limits::check(self.client_shallow.len(), limits.max_shallow, "the number of shallow commits")?;
        } else if let Some(depth) = line.strip_prefix("deepen ") {
            let depth = depth.parse::<u32>().ok().filter(|depth| *depth > 0);
            let depth =
                depth.ok_or_else(|| Error::invalid(format!("Invalid deepen: {}", line.escape_debug())))?;
            self.depth = Some(depth.min(INFINITE_DEPTH));
        } else if let Some(time) = line.strip_prefix("deepen-since ") {
            let time = time.parse::<i64>().ok().filter(|time| *time > 0);
            let time =
                time.ok_or_else(|| Error::invalid(format!("Invalid deepen-since: {}", line.escape_debug())))?;
            self.deepen_since = Some(time);
        } else if let Some(name) = line.strip_prefix("deepen-not ") {
            self.deepen_not.push(find_name(visit, name)?);
            limits::check(self.deepen_not.len(), limits.max_shallow, "the number of deepen-not lines")?;
        } else if let Some(spec) = line.strip_prefix("filter ").filter(|_| visit.options.filters.enabled) {
            let filter = Filter::parse(spec)?;
            visit.options.filters.check(&filter)?;
            self.filter = filter;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Adds an object to the wants; asking twice is fine.
    pub(super) fn want(&mut self, visit: &UploadPack<'_>, id: ObjectId) -> Result<()> {
        if self.seen_wants.insert(id) {
            self.wants.push(id);
        }
        limits::check(self.wants.len(), visit.options.limits.max_wants, "the number of wants")
    }

    /// Adds an object to the haves.
    pub(super) fn have(&mut self, visit: &UploadPack<'_>, id: ObjectId) -> Result<()> {
        self.haves.push(id);
        limits::check(self.haves.len(), visit.options.limits.max_haves, "the number of haves")
    }

    /// Fails if depths are asked for in two ways that exclude each other.
    pub(super) fn check(&self) -> Result<()> {
        if self.depth.is_some() && self.deepens_by_history() {
            return Err(Error::invalid("deepen and deepen-since (or deepen-not) cannot be used together"));
        }
        Ok(())
    }

    /// Whether history is to be cut by date or by ref.
    pub(super) fn deepens_by_history(&self) -> bool {
        self.deepen_since.is_some() || !self.deepen_not.is_empty()
    }

    /// The name of what is wanted, for messages about it.
    pub(super) fn parse_want(text: &str, format: ObjectFormat) -> Result<ObjectId> {
        parse_id(text, format, "upload-pack: protocol error")
    }
}

/// A visible ref, by its full or its short name.
fn find_name(visit: &UploadPack<'_>, name: &str) -> Result<ObjectId> {
    let forms = ["", "refs/", "refs/tags/", "refs/heads/"];
    let found = forms.iter().find_map(|form| visit.find_visible(&format!("{form}{name}")));
    let target = match found {
        Some(found) => Some(&found.target),
        None if name == "HEAD" => visit.refs.head_target(),
        None => None,
    };
    target.map(hash::to_gix).ok_or_else(|| {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
        Error::invalid(format!("git upload-pack: ambiguous deepen-not: {shown}"))
    })
}
