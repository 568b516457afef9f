//! The integration tests: one binary, one module per subject, named like the code it proves.

mod house;
mod journey;
mod ssh;
