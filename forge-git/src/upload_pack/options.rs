//! What a caller decides about a visit.

use std::time::Duration;

use forge_core::ObjectId;

use super::answers::Remembered;
use super::hidden::HiddenRefs;
use crate::filter::{Condition, Filter};
use crate::{Error, Limits, Result};

/// Which objects may be asked for by name, besides what visible refs name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantPolicy {
    /// What hidden refs name.
    pub hidden_tips: bool,
    /// What can be reached from visible refs.
    pub reachable: bool,
    /// Whatever is in the store. Never for a store with anything in it that some readers must not see.
    pub any: bool,
}

impl Default for WantPolicy {
    fn default() -> Self {
        Self { hidden_tips: false, reachable: true, any: false }
    }
}

/// Which filters are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterPolicy {
    /// Whether filters are offered at all.
    pub enabled: bool,
    /// Whether those not named in `exceptions` are taken.
    pub allow: bool,
    /// Sorts of filter by git's names (`blob:none`, `combine`, …), and whether they are taken.
    pub exceptions: Vec<(String, bool)>,
    /// The deepest `tree:<n>` that is taken.
    pub max_tree_depth: Option<u64>,
}

impl Default for FilterPolicy {
    fn default() -> Self {
        Self { enabled: true, allow: true, exceptions: Vec::new(), max_tree_depth: None }
    }
}

impl FilterPolicy {
    /// Fails if a filter is not to be taken.
    pub(super) fn check(&self, filter: &Filter) -> Result<()> {
        if filter.is_combined() {
            self.check_name("combine")?;
        }
        for condition in filter.conditions() {
            self.check_name(condition.name())?;
            if let (Condition::TreeDepth(depth), Some(max)) = (condition, self.max_tree_depth)
                && *depth > max
            {
                return Err(Error::invalid(format!("tree filter allows max depth {max}, but got {depth}")));
            }
        }
        Ok(())
    }

    fn check_name(&self, name: &str) -> Result<()> {
        let exception =
            self.exceptions.iter().rev().find(|(known, _)| known == name).map(|(_, allowed)| *allowed);
        if exception.unwrap_or(self.allow) {
            return Ok(());
        }
        Err(Error::invalid(format!("filter '{name}' not supported")))
    }
}

/// What clients of protocol 2 learn about a `HEAD` without commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unborn {
    /// It is offered and told.
    #[default]
    Advertise,
    /// It is told to those who ask anyway.
    Allow,
    /// Nothing.
    Ignore,
}

/// Which bundles a client of protocol 2 may fetch before it asks for the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bundles {
    /// Somebody else's, as keys and values of git's own.
    Listed(Vec<(String, String)>),
    /// The one that [`Bundle::find`](crate::bundle::Bundle::find) makes of a pack from so many bytes on. The caller serves it at
    /// `bundles/<checksum>.bundle` below the address of the repository, to the same people.
    Prepared(u64),
}

/// The options of a visit.
#[derive(Debug, Clone)]
pub struct UploadOptions {
    /// What we call ourselves, without spaces.
    pub agent: String,
    /// A name for this visit that both sides can log.
    pub session_id: Option<String>,
    /// Refs that are not shown.
    pub hidden: HiddenRefs,
    /// What may be asked for.
    pub wants: WantPolicy,
    /// Which filters are taken.
    pub filters: FilterPolicy,
    /// Whether refs may be wanted by name.
    pub ref_in_want: bool,
    /// What is said of an unborn `HEAD`.
    pub unborn: Unborn,
    /// Whether sizes of objects can be asked for.
    pub object_info: bool,
    /// Bundles to fetch first; nothing means that they are not offered.
    pub bundles: Option<Bundles>,
    /// Commits whose parents the store itself lacks.
    pub cut: Vec<ObjectId>,
    /// Whether bases of deltas are looked for deep in what the client has, where no bitmaps tell.
    pub deep_bases: bool,
    /// How long the line may be silent while a pack is prepared.
    pub keepalive: Duration,
    /// Packs that went out before; nothing means that each is made anew.
    pub remembered: Option<Remembered>,
    /// Bounds on the request.
    pub limits: Limits,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            agent: concat!("forge/", env!("CARGO_PKG_VERSION")).to_owned(),
            session_id: None,
            hidden: HiddenRefs::default(),
            wants: WantPolicy::default(),
            filters: FilterPolicy::default(),
            ref_in_want: true,
            unborn: Unborn::default(),
            object_info: true,
            bundles: None,
            cut: Vec::new(),
            deep_bases: true,
            keepalive: Duration::from_secs(5),
            remembered: None,
            limits: Limits::default(),
        }
    }
}
