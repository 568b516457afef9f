//! What a person sees and does, in a real browser.

mod axe;
mod hostile;
mod journey;
mod layout;
mod passkey;
mod replay;
