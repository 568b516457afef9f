//! What administrators do.

mod delete_account;
mod duplicate;
mod jobs;
mod leaver;
mod lists;
mod new_person;
mod people;
mod providers;
mod register;
mod second_factor;
mod site;
mod storage;

pub(super) use delete_account::{ask_delete_account, delete_account};
pub(super) use duplicate::{merge_duplicate, show_duplicate};
pub(super) use jobs::{change_job, show_jobs};
pub(super) use leaver::{hand_over, held, show_leaver};
pub(super) use lists::{show_organisations, show_repositories, show_settings};
pub(super) use new_person::{create_person, new_person};
pub(super) use people::{change_person, show_people};
pub(super) use providers::{show_claims, show_providers, test_provider};
pub(super) use register::show_register;
pub(super) use second_factor::{reset_second_factor, show_second_factor};
pub(super) use site::{change_announcement, publish_terms, show_announcement, show_edit_terms};
pub(super) use storage::show_storage;
