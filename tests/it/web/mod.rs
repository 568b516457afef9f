//! Pages and forms, as a client on the network sees them.

mod access;
mod account;
mod forms;
mod headers;
mod jobs;
mod mail;
mod people;
mod repositories;
mod requests;
mod second_factor;
mod sign_in;
mod site;
