//! Git over SSH.
//!
//! One door of the house, built on `russh`. A connection is one task; whatever goes wrong in it ends it alone.
//! What happens to a connection, in order:
//!
//! 1. The accept loop counts it (`admission`): so many in all, so many from one network, and so many that have not
//!    signed in yet, of whom the oldest make room.
//! 2. Keys are exchanged with the few algorithms in `algorithms`, and the client proves that it holds a key
//!    (`handler`). Who it is follows from the verified signature alone: a key that is merely offered sets nothing.
//! 3. A channel carries one command, taken apart by a small grammar of our own (`command`). Nothing is executed: two
//!    commands name two use cases of the application, everything else is refused in words.
//! 4. The command runs (`session`, `transfer`) with bytes flowing both ways under back-pressure, and ends with an
//!    exit status. What can go wrong is put into words and a status in one place (`error`).
//!
//! All the while a watch (`connection`) ends connections that take too long to sign in, lie idle, stall, or belong to
//! somebody who may no longer come in.

mod admission;
mod algorithms;
mod command;
mod connection;
mod error;
mod git_protocol;
mod handler;
mod host_key;
mod input;
mod options;
mod server;
mod session;
mod stream;
mod transfer;

pub use host_key::{HostKey, HostKeyError, load_or_create_host_key};
pub use options::{InvalidLimit, PublicAddress, SshLimits, SshOptions};
pub use server::serve;
