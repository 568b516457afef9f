//! Settings of the person who is signed in.

mod password;
mod profile;
mod sessions;
mod ssh_keys;
mod tokens;

pub(super) use password::{change_password, show_password};
pub(super) use profile::{change_profile, show_profile, show_settings};
pub(super) use sessions::{end_sessions, show_sessions};
pub(super) use ssh_keys::{change_ssh_keys, show_ssh_keys};
pub(super) use tokens::{change_tokens, show_tokens};
