//! What is shown of a changed file: decided here, for every page that shows changes.

use forge_core::code::{FileContent, FileDiff, Language};

use super::lines::hunk;
use crate::view::DiffBody;

/// The way in which a file is shown. A kind of file that has a better one than lines is told apart here.
pub(super) fn body(file: &FileDiff) -> DiffBody {
    match &file.content {
        FileContent::Text(hunks) if !hunks.is_empty() => {
            let language = file.path().and_then(Language::of_path).map_or("", |language| language.highlight);
            DiffBody::Lines(hunks.iter().map(|found| hunk(found, language)).collect())
        }
        _ => DiffBody::Nothing,
    }
}
