//! Pages, JSON and git over HTTPS: the doors that speak HTTP.

pub mod asset;
pub mod page;
pub mod render;
pub mod url;
pub mod view;

pub use render::hidden::shown;
pub use render::{SafeHtml, highlight, markdown, notebook};
