//! Coming in and going out.

mod confirm;
mod passkey;
mod provider;
mod reset;
mod second_factor;
mod setup;
mod sign_in;
mod sign_out;
mod sign_up;

pub(super) use confirm::{show_confirm, submit_confirm};
pub(super) use passkey::{begin_passkey, confirm_passkey, json, submit_passkey};
pub(super) use provider::{come_back, go_to_provider, lead_away};
pub(super) use reset::{
    show_change_email, show_request_reset, show_reset, submit_change_email, submit_request_reset,
    submit_reset,
};
pub(super) use second_factor::{show_second_factor, submit_second_factor};
pub(super) use setup::{show_setup, submit_setup};
pub(super) use sign_in::{remember, show_sign_in, submit_sign_in};
pub(super) use sign_out::{leave, submit_sign_out};
pub(super) use sign_up::{answer_invitation, show_invitation, show_sign_up, submit_sign_up};
