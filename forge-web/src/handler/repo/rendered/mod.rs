//! Changes of files as their readers see them: notebooks cell by cell, tables value by value, documents part by part,
//! pictures beside each other.
//!
//! Which way fits is told by the name of a file, and for pictures by its first bytes. Whatever cannot be laid out says
//! why; its lines are always there to be looked at.

mod document;
mod notebook;
mod picture;
mod table;

use forge_app::Code;
use forge_core::code::blob::decode;
use forge_core::code::{FileContent, FileDiff, FileSide};
use forge_core::{FilePath, ObjectId, RepoPath};

use crate::error::Failure;
use crate::extract::Ctx;
use crate::handler::repo::blob_body::{Kind, capital};
use crate::handler::repo::inert::picture_type;
use crate::render::markdown::LinkBase;
use crate::render::notebook::MAX_BYTES;
use crate::url::{self, Rev};
use crate::view::{DiffBody, DiffFile, Rendered, RenderedPicture};

/// One side of a change.
#[derive(Debug, Clone)]
pub(in crate::handler::repo) struct Side {
    pub(in crate::handler::repo) commit: ObjectId,
    pub(in crate::handler::repo) path: FilePath,
    /// The object, which names this very content.
    pub(in crate::handler::repo) id: ObjectId,
    pub(in crate::handler::repo) size: u64,
    /// Its bytes; nothing where there are too many.
    content: Option<Vec<u8>>,
}

/// Both sides, of which one may not be there.
#[derive(Debug, Clone)]
pub(in crate::handler::repo) struct Sides {
    pub(in crate::handler::repo) old: Option<Side>,
    pub(in crate::handler::repo) new: Option<Side>,
}

/// Offers a changed file as its readers see it, where there is such a way; pictures are shown so at once.
///
/// `content` is what changed in it, if that is known here; `address` is what comes before the words that name the file.
pub(in crate::handler::repo) fn offer(
    shown: &mut DiffFile,
    file: &FileDiff,
    content: Option<&FileContent>,
    repo: &RepoPath,
    commits: (Option<ObjectId>, ObjectId),
    address: &str,
) {
    shown.rendered_url = words(file, content).map(|words| format!("{address}{words}"));
    if let (Some(FileContent::Binary { old_size, new_size }), Some(_)) = (content, &shown.rendered_url) {
        let side = |side: &Option<FileSide>, commit: Option<ObjectId>, size: &Option<u64>, word: &str| {
            let (path, commit) = (&side.as_ref()?.path, commit?);
            Some(picture::named(repo, commit, path, size.unwrap_or_default(), word))
        };
        let old = side(&file.old, commits.0, old_size, "before");
        let new = side(&file.new, Some(commits.1), new_size, "after");
        shown.body = DiffBody::Pictures(Box::new(RenderedPicture { old, new }));
        shown.note = None;
    }
}

/// How an address names a changed file, if it has another way of being looked at than lines.
fn words(file: &FileDiff, content: Option<&FileContent>) -> Option<String> {
    let path = file.path()?;
    let is_file = file.old.iter().chain(&file.new).all(|side| side.kind.is_file());
    let is_binary = matches!(content, Some(FileContent::Binary { .. }));
    let can = match Kind::of(path) {
        Kind::Source => is_binary && is_picture_name(path),
        _ => !is_binary && content != Some(&FileContent::Same),
    };
    if !is_file || !can {
        return None;
    }
    let old = file.old.as_ref().filter(|old| old.path != *path);
    let old = old.map(|old| format!("&old={}", hex::encode(old.path.as_bytes()))).unwrap_or_default();
    Some(format!("path={}{old}", hex::encode(path.as_bytes())))
}

/// Whether a file is called like a picture made of pixels. What it is, its bytes tell.
fn is_picture_name(path: &FilePath) -> bool {
    let name = String::from_utf8_lossy(path.name()).to_ascii_lowercase();
    matches!(name.rsplit_once('.'), Some((_, "png" | "jpg" | "jpeg" | "gif" | "webp")))
}

impl Sides {
    /// Reads both sides of a file. Not found if it is on neither.
    pub(in crate::handler::repo) async fn read(
        code: &Code,
        old: Option<(ObjectId, FilePath)>,
        new: (ObjectId, FilePath),
    ) -> Result<Self, Failure> {
        let old = match old {
            Some((commit, path)) => side(code, commit, path).await?,
            None => None,
        };
        let new = side(code, new.0, new.1).await?;
        if old.is_none() && new.is_none() {
            return Err(Failure::not_found());
        }
        Ok(Self { old, new })
    }

    /// The path that the page is about.
    pub(in crate::handler::repo) fn path(&self) -> FilePath {
        self.new.as_ref().or(self.old.as_ref()).map(|side| side.path.clone()).unwrap_or_default()
    }

    fn each(&self) -> impl Iterator<Item = &Side> {
        self.old.iter().chain(&self.new)
    }
}

async fn side(code: &Code, commit: ObjectId, path: FilePath) -> Result<Option<Side>, Failure> {
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    match code.file(commit, path.clone(), limit).await {
        Ok(file) if file.blob.kind.is_file() => {
            let blob = file.blob;
            Ok(Some(Side { commit, path, id: blob.id, size: blob.size, content: blob.content }))
        }
        Ok(_) | Err(forge_app::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Lays out a change. The work is done on the blocking pool.
pub(in crate::handler::repo) async fn rendered(
    ctx: &Ctx,
    repo: &RepoPath,
    sides: Sides,
) -> Result<Rendered, Failure> {
    let repo = repo.clone();
    ctx.web.render(move || lay_out(&repo, &sides)).await
}

fn lay_out(repo: &RepoPath, sides: &Sides) -> Rendered {
    let picture = |side: &Side| side.content.as_deref().is_some_and(|bytes| picture_type(bytes).is_some());
    if sides.each().all(picture) {
        return picture::view(repo, sides);
    }
    if sides.each().any(|side| side.content.is_none()) {
        return Rendered::Nothing("This file is larger than 20 MB, so it is not laid out.".to_owned());
    }
    let bytes = |side: &Option<Side>| side.as_ref().and_then(|side| side.content.clone());
    let (old, new) = (bytes(&sides.old), bytes(&sides.new));
    let text = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(|bytes| decode(bytes).0);
    let base = |side: &Side, part: usize| {
        let directory = side.path.parent().unwrap_or_default();
        LinkBase::new(repo.clone(), Rev::Commit(side.commit), directory).part(part)
    };
    let laid = match Kind::of(&sides.path()) {
        Kind::Notebook => {
            let urls = [&sides.old, &sides.new].map(|side| side.as_ref().map(|side| raw_url(repo, side)));
            notebook::view(old.as_deref(), new.as_deref(), urls).map_err(|error| error.to_string())
        }
        Kind::Table => {
            table::view(text(&old).as_deref(), text(&new).as_deref()).map_err(|error| error.to_string())
        }
        Kind::Markdown => {
            let old = text(&old).zip(sides.old.as_ref().map(|side| base(side, 1)));
            let new = text(&new).zip(sides.new.as_ref().map(|side| base(side, 2)));
            document::view(old.as_ref(), new.as_ref()).map_err(|error| error.to_string())
        }
        Kind::Source => Err("this kind of file is only shown line by line".to_owned()),
    };
    laid.unwrap_or_else(|why| Rendered::Nothing(capital(&why)))
}

/// The bytes of a side.
fn raw_url(repo: &RepoPath, side: &Side) -> String {
    url::raw(repo, &Rev::Commit(side.commit), &side.path)
}

/// What the file was called before, if that is something else.
pub(in crate::handler::repo) fn moved_from(sides: &Sides) -> Option<String> {
    let (old, new) = (sides.old.as_ref()?, sides.new.as_ref()?);
    (old.path != new.path).then(|| old.path.to_text())
}

/// The page of the whole file, if it is still there.
pub(in crate::handler::repo) fn view_url(repo: &RepoPath, sides: &Sides) -> Option<String> {
    let new = sides.new.as_ref()?;
    Some(url::blob(repo, &Rev::Commit(new.commit), &new.path))
}
