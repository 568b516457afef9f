//! Pages, JSON and git over HTTPS: the doors that speak HTTP.

pub mod asset;
pub mod render;
pub mod url;

pub use render::{SafeHtml, highlight, markdown, notebook};
