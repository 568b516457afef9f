//! Settings of the person who is signed in.

mod delete_account;
mod email;
mod feeds;
mod gpg_keys;
mod notifications;
mod passkeys;
mod password;
mod profile;
mod providers;
mod second_factor;
mod sessions;
mod ssh_keys;
mod tokens;

pub(super) use delete_account::{DeleteForm, ask_delete_account, delete_account};
pub(super) use email::{change_email, show_email};
pub(super) use feeds::{change_feeds, show_feeds};
pub(super) use gpg_keys::{change_gpg_keys, show_gpg_keys};
pub(super) use notifications::{change_notification_settings, show_notification_settings};
pub(super) use passkeys::{begin_passkey, change_passkeys, show_passkeys};
pub(super) use password::{change_password, show_password};
pub(super) use profile::{change_profile, show_profile, show_settings};
pub(super) use providers::{change_providers, linking_failed, show_providers};
pub(super) use second_factor::{
    change_second_factor, confirm_authenticator, show_authenticator, show_second_factor,
};
pub(super) use sessions::{end_sessions, show_sessions};
pub(super) use ssh_keys::{change_ssh_keys, show_ssh_keys};
pub(super) use tokens::{change_tokens, show_tokens};
