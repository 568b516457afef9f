//! Tickets, labels and milestones.

mod labels;
mod milestones;
mod new;
mod show;

pub(in crate::handler) use labels::{change_labels, show_labels};
pub(in crate::handler) use milestones::{change_milestones, show_milestones};
pub(in crate::handler) use new::{new_ticket, open_ticket};
pub(in crate::handler) use show::{show_ticket, view};
