//! Pages and forms, as a client on the network sees them.

mod access;
mod account;
mod auto_merge;
mod changes;
mod forks;
mod forms;
mod headers;
mod invitations;
mod jobs;
mod mail;
mod merge_request_edges;
mod merge_request_talk;
mod merge_requests;
mod organisations;
mod people;
mod policies;
mod provider;
mod repositories;
mod requests;
mod rules;
mod second_factor;
mod sign_in;
mod site;
mod statuses;
mod suggestions;
mod visibility;
