//! What handlers are given: who asks, proofs of permission, parts of the address.

mod address;
mod client;
mod ctx;
mod proof;
mod query;
mod visitor;

pub(crate) use address::Address;
pub(crate) use client::Client;
pub(crate) use ctx::{Ctx, again, frame, page, see_other, show, wrong};
pub(crate) use proof::{Audit, Feed, Looking, Me, MeRecently, Org, OrgAudit, Repo, SignedIn, Site, Team};
pub(crate) use query::Query;
pub(crate) use visitor::Visitor;
