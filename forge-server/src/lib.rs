//! The binary `forge`: settings, command line, and wiring of the house to its doors.

pub mod cli;
pub mod command;
pub mod config;
mod demo;
mod doors;
pub mod house;
mod logs;
mod program;
pub mod serve;

pub use logs::start_logs;
pub use program::main;
