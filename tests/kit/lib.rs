//! What the integration tests stand on: a forge on free ports, the real git and ssh, an HTTP client and a browser.
//!
//! ```no_run
//! # async fn example() {
//! use forge_tests::Forge;
//! let forge = Forge::new().await;
//! let alice = forge.user("alice").await;
//! forge.repo(&alice, "beds").await;
//! let work = alice.work_tree();
//! work.commit("README.md", "# Beds\n");
//! work.git(&["push", &forge.https(&alice, "alice/beds"), "HEAD:main"]).unwrap();
//! # }
//! ```

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
mod clients;
mod clock;
mod forge;
mod gate;
mod git;
mod http;
mod mail_server;
mod postgres;
mod process;
mod provider;
mod rule;
mod tls;

pub use browser::{Browser, Page};
pub use bucket::BucketServer;
pub use clients::{asked, asked_text, client, client_folder, version_of};
pub use clock::TestClock;
pub use forge::{Forge, PASSWORD, Person};
pub use gate::Gate;
pub use git::{Output, WorkTree, git, git_fed};
pub use http::{Answer, Client};
pub use mail_server::MailServer;
pub use postgres::empty_database;
pub use process::{Disk, Meddler, Process, Town, system};
pub use provider::ProviderSite;
