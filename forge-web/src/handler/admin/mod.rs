//! What administrators do.

mod jobs;
mod new_person;
mod people;

pub(super) use jobs::{change_job, show_jobs};
pub(super) use new_person::{create_person, new_person};
pub(super) use people::{change_person, show_people};
