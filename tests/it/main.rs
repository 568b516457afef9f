//! The integration tests: one binary, one module per subject, named like the code it proves.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and so does what it stands on"
)]

mod browser;
mod bucket;
mod client;
mod differential;
mod fault;
mod hostile;
mod house;
mod journey;
mod operate;
mod permissions;
mod random;
mod ssh;
mod web;
