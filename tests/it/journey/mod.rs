//! What a person does with their own git, from the outside.

mod archive;
mod bundle;
mod cut_off;
mod edges;
mod fork;
mod fork_review;
mod formats;
mod merge_race;
mod push_rules;
mod restart;
mod together;
mod transports;
