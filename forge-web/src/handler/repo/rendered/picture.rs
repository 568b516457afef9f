//! Pictures, before and after. Their bytes come from the address of the raw file, which makes them harmless.

use forge_core::{FilePath, ObjectId, RepoPath};

use super::{Side, Sides};
use crate::handler::repo::blob_body::sized;
use crate::render::picture;
use crate::url::{self, Rev};
use crate::view::{PictureSide, Rendered, RenderedPicture};

pub(super) fn view(repo: &RepoPath, sides: &Sides) -> Rendered {
    let old = sides.old.as_ref().map(|side| one(repo, side, "before"));
    let new = sides.new.as_ref().map(|side| one(repo, side, "after"));
    Rendered::Picture(RenderedPicture { old, new })
}

fn one(repo: &RepoPath, side: &Side, word: &str) -> PictureSide {
    let pixels = side.content.as_deref().and_then(picture::size);
    PictureSide {
        about: about(pixels, side.size),
        size: pixels,
        ..named(repo, side.commit, &side.path, side.size, word)
    }
}

/// A picture of which no more is known than its name and how many bytes it has.
pub(super) fn named(
    repo: &RepoPath,
    commit: ObjectId,
    path: &FilePath,
    bytes: u64,
    word: &str,
) -> PictureSide {
    PictureSide {
        url: url::raw(repo, &Rev::Commit(commit), path),
        alt: format!("{}, {word}", String::from_utf8_lossy(path.name())),
        about: sized(bytes),
        ..PictureSide::default()
    }
}

/// `640 pixels wide, 480 high, 12 KB`
fn about(size: Option<(u32, u32)>, bytes: u64) -> String {
    match size {
        Some((width, height)) => format!("{width} pixels wide, {height} high, {}", sized(bytes)),
        None => sized(bytes),
    }
}
