//! Rows as the tables hold them, one module a table. They never leave this crate.

pub(crate) mod access_token;
pub(crate) mod audit_event;
pub(crate) mod authenticator;
pub(crate) mod ceremony;
pub(crate) mod git_ref;
pub(crate) mod job;
pub(crate) mod maintenance;
pub(crate) mod membership;
pub(crate) mod organisation;
pub(crate) mod owner;
pub(crate) mod pack;
pub(crate) mod passkey;
pub(crate) mod pending_sign_in;
pub(crate) mod purged_object;
pub(crate) mod push;
pub(crate) mod push_update;
pub(crate) mod recovery_code;
pub(crate) mod redirect;
pub(crate) mod replaced_pack;
pub(crate) mod repository;
pub(crate) mod session;
pub(crate) mod setup_secret;
pub(crate) mod ssh_key;
pub(crate) mod token_repository;
pub(crate) mod user;
