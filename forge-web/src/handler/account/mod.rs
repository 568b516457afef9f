//! Coming in and going out.

mod setup;
mod sign_in;
mod sign_out;

pub(super) use setup::{show_setup, submit_setup};
pub(super) use sign_in::{show_sign_in, submit_sign_in};
pub(super) use sign_out::submit_sign_out;
