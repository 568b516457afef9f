//! Who may do what, seen from outside.

mod coverage;
mod hidden;
mod matrix;
mod tokens;
mod town;
