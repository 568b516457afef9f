//! What happens around every handler, from the outside in.
//!
//! For everything: the request's id, its line in the log and its place in the metrics, headers that keep browsers
//! strict, a net under panics, and only methods that something here answers to. For pages on top of that: the
//! visitor, time limits, and turning failures into pages. Git has its own words for failures, see [`crate::git`].

mod headers;
mod log;
mod outside;
mod pace;
mod page;
mod plain;

pub(crate) use outside::{RequestId, outside};
pub(crate) use pace::{Pace, TooSlow, pace};
pub(crate) use page::page;
pub(crate) use plain::plain;
