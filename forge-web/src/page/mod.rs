//! Pages: a struct with values ready to show, beside each template.

pub mod account;
pub mod admin;
pub mod approvals;
pub mod audit;
pub mod duplicate;
pub mod error;
pub mod explore;
pub mod feed;
pub mod home;
pub mod invitation;
pub mod item;
pub mod key;
pub mod leaver;
pub mod notification;
pub mod organisation;
pub mod owner;
pub mod prose;
pub mod register;
pub mod repo;
pub mod settings;
pub mod site;
pub mod storage;
pub mod ticket;

#[cfg(test)]
mod check;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sample_account;
#[cfg(test)]
mod sample_admin;
#[cfg(test)]
mod sample_changes;
#[cfg(test)]
mod sample_demands;
#[cfg(test)]
mod sample_fork;
#[cfg(test)]
mod sample_rendered;
#[cfg(test)]
mod sample_repo;
#[cfg(test)]
mod sample_request;
#[cfg(test)]
mod sample_rules;
#[cfg(test)]
mod sample_team;
#[cfg(test)]
mod sample_ticket;
