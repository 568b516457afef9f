//! What administrators do.

mod new_person;
mod people;

pub(super) use new_person::{create_person, new_person};
pub(super) use people::{change_person, show_people};
