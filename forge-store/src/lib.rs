//! Rows and blobs: what the forge remembers in SQLite or PostgreSQL, and what it keeps in a bucket.
//!
//! A [`Store`] hands out a [`Reader`] or a [`Tx`]; one module per noun holds the questions and the changes. Only the
//! types of `forge_core` and plain values come out. *Invariant:* every change happens inside a [`Tx`], and a [`Tx`]
//! that is dropped has changed nothing.
//!
//! Times are kept to the microsecond, text is compared byte by byte, and both engines answer alike: the tests run
//! every function on both.

mod connect;
mod entity;
mod error;
mod lock;
mod page;
mod patience;
mod store;
mod value;
mod watch;

pub mod access_token;
pub mod audit;
pub mod audit_sink;
pub mod auditor;
pub mod authenticator;
pub mod blob;
pub mod ceremony;
pub mod deploy_key;
pub mod duplicate;
pub mod git_ref;
pub mod gpg_key;
pub mod grant;
pub mod guess;
pub mod health;
pub mod identity;
pub mod invitation;
pub mod job;
pub mod label;
pub mod maintenance;
pub mod merge_request;
pub mod milestone;
pub mod notification;
pub mod ods;
pub mod organisation;
pub mod organisation_policy;
pub mod owner;
pub mod pack;
pub mod passkey;
pub mod pending_sign_in;
pub mod push;
pub mod recovery_code;
pub mod ref_rule;
pub mod repository;
pub mod session;
pub mod setup;
pub mod site;
pub mod snapshot;
pub mod ssh_key;
pub mod storage;
pub mod team;
pub mod tombstone;
pub mod user;
pub mod visibility_change;
pub mod work_item;

pub use error::{Error, Result};
pub use page::{MAX_PAGE, Page, PageRequest};
pub use repository::{RepoFilter, RepoSort, Viewer};
pub use store::{Engine, Options, Reader, Rows, Store, Tx};

#[cfg(test)]
mod harness;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod schema;
