//! What strangers send: bytes that are not what they should be, requests that cost more than they ought to.

mod bombs;
mod mutations;
mod pushes;
