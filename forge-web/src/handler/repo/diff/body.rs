//! What is shown of a changed file: decided here, for every page that shows changes.

use std::sync::Arc;

use forge_core::code::{FileContent, FileDiff, FileLines, Language};

use super::lines::hunk;
use super::{Shown, gaps};
use crate::view::{DiffBody, DiffFile, DiffHunk};
use crate::web::MarkedKey;

/// Puts in what is shown of a file. A kind of file that has a better way than lines is told apart here. Without its lines a file
/// is shown when somebody asks for it.
pub(super) fn fill(shown: &Shown, file: &FileDiff, lines: Option<&FileLines>, into: &mut DiffFile) {
    let Some(lines) = lines else {
        into.body = DiffBody::Later;
        return;
    };
    into.body = match &lines.content {
        FileContent::Text(hunks) if !hunks.is_empty() => {
            let mut marked = marked(shown, file, lines).to_vec();
            if let Some(path) = file.path().filter(|_| file.old.is_some() && file.new.is_some()) {
                let (address, more) = (&shown.address, &shown.options.more);
                into.below = gaps::link(address, path, more, lines.length, hunks, &mut marked);
                let is_partial = !into.below.is_empty() || marked.iter().any(|hunk| !hunk.more.is_empty());
                into.whole_url = is_partial.then(|| address.of_file_with(path, &[], (1, u32::MAX)));
            }
            DiffBody::Lines(marked)
        }
        _ => DiffBody::Nothing,
    };
}

/// The lines as code, kept by what they are the difference of.
fn marked(shown: &Shown, file: &FileDiff, lines: &FileLines) -> Arc<[DiffHunk]> {
    let FileContent::Text(hunks) = &lines.content else { return Arc::default() };
    let language = file.path().and_then(Language::of_path).map_or("", |language| language.highlight);
    let make = || hunks.iter().map(|found| hunk(found, language)).collect::<Arc<[DiffHunk]>>();
    if !shown.options.more.is_empty() {
        return make();
    }
    let id = |side: &Option<forge_core::code::FileSide>| side.as_ref().map(|side| side.id);
    let key = MarkedKey {
        repo: shown.repo_id,
        old: id(&file.old),
        new: id(&file.new),
        ignore_space: shown.options.ignore_space,
        language,
    };
    shown.web.marked(key, make)
}
