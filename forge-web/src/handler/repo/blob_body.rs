//! What is shown of a file: pictures, documents, tables, notebooks, or source line by line.

use forge_app::{Code, File};
use forge_core::FilePath;
use forge_core::code::{Blob, EntryKind, Language};

use crate::SafeHtml;
use crate::error::Failure;
use crate::extract::Ctx;
use crate::handler::repo::inert::picture_type;
use crate::handler::repo::place::Place;
use crate::page::repo::BlobBody;
use crate::render::hidden::has_hidden;
use crate::render::markdown::{self, LinkBase, front_matter};
use crate::render::{csv, highlight, notebook};
use crate::url;

/// Bytes of a file that a page shows.
pub(super) const MAX_BYTES: u64 = 5 * 1024 * 1024;
/// Bytes of a pointer that Git LFS leaves in the place of a file.
const MAX_POINTER: u64 = 1024;

/// The body of the page, what to say above it, and whether source is one of two ways to look at it.
pub(super) struct Shown {
    pub(super) body: BlobBody,
    pub(super) notes: Vec<String>,
    pub(super) is_laid_out: bool,
}

impl From<BlobBody> for Shown {
    fn from(body: BlobBody) -> Self {
        Self { body, notes: Vec::new(), is_laid_out: false }
    }
}

/// Chooses how to show a file. The work of laying it out is done on the blocking pool.
pub(super) async fn body(
    ctx: &Ctx,
    code: &Code,
    place: &Place,
    file: File,
    plain: bool,
) -> Result<Shown, Failure> {
    if file.blob.kind == EntryKind::Symlink {
        return Ok(symlink(code, place, &file).await?.into());
    }
    let blob = file.blob;
    if blob.size == 0 {
        return Ok(BlobBody::Empty.into());
    }
    let Some(content) = &blob.content else {
        return Ok(BlobBody::TooLarge { limit: sized(MAX_BYTES) }.into());
    };
    if picture_type(content).is_some() {
        return Ok(BlobBody::Image { url: url::raw(&place.repo, &place.rev, &place.path) }.into());
    }
    if let Some(size) = pointer(&blob) {
        return Ok(BlobBody::LargeFilePointer { size }.into());
    }
    if blob.is_binary() {
        return Ok(BlobBody::Binary.into());
    }
    let base = link_base(place, &place.path);
    let path = place.path.clone();
    ctx.web.render(move || lay_out(&path, &blob, &base, plain)).await
}

fn lay_out(path: &FilePath, blob: &Blob, base: &LinkBase, plain: bool) -> Shown {
    let content = blob.content.as_deref().unwrap_or_default();
    let Some(text) = blob.text() else { return BlobBody::Binary.into() };
    let mut notes = Vec::new();
    if has_hidden(&text.text) {
        notes.push(
            "This file has characters that cannot be seen or that change the direction of text.".to_owned(),
        );
    }
    let kind = Kind::of(path);
    let is_laid_out = kind != Kind::Source;
    let laid = if plain { None } else { laid_out(kind, content, &text.text, base, &mut notes) };
    let body = laid.unwrap_or_else(|| {
        let language = Language::of_path(path).map_or("", |language| language.highlight);
        BlobBody::Code(highlight::lines(language, &text.text))
    });
    Shown { body, notes, is_laid_out }
}

fn laid_out(
    kind: Kind,
    content: &[u8],
    text: &str,
    base: &LinkBase,
    notes: &mut Vec<String>,
) -> Option<BlobBody> {
    match kind {
        Kind::Source => None,
        Kind::Markdown => match markdown::render(text.as_bytes(), base) {
            Ok(html) => Some(BlobBody::Document { front: front_matter::read(text), html }),
            Err(error) => {
                notes.push(capital(&error.to_string()));
                None
            }
        },
        Kind::Table => csv::table(text).map(BlobBody::Table),
        Kind::Notebook => match notebook::read(content, base) {
            Ok(notebook) => Some(BlobBody::Notebook(notebook)),
            Err(error) => {
                notes.push(capital(&error.to_string()));
                None
            }
        },
    }
}

/// What a file is by its name, as far as it can be laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Source,
    Markdown,
    Table,
    Notebook,
}

impl Kind {
    pub(super) fn of(path: &FilePath) -> Self {
        let name = String::from_utf8_lossy(path.name()).to_ascii_lowercase();
        match name.rsplit_once('.').map(|(_, end)| end) {
            Some("md" | "markdown" | "rmd" | "qmd") => Self::Markdown,
            Some("csv" | "tsv") => Self::Table,
            Some("ipynb") => Self::Notebook,
            _ => Self::Source,
        }
    }
}

/// A document that stands in another page: the README.
pub(super) struct Laid {
    pub(super) html: Option<SafeHtml>,
    pub(super) note: Option<String>,
}

/// Lays out a README: Markdown as it means itself, other text as it stands.
pub(super) async fn document(
    ctx: &Ctx,
    place: &Place,
    path: &FilePath,
    content: Vec<u8>,
) -> Result<Laid, Failure> {
    let (base, is_markdown) = (link_base(place, path), Kind::of(path) == Kind::Markdown);
    ctx.web
        .render(move || {
            let text = forge_core::code::blob::decode(&content).0;
            let source = if is_markdown { text } else { fenced(&text) };
            match markdown::render(source.as_bytes(), &base) {
                Ok(html) => Laid { html: Some(html), note: None },
                Err(error) => Laid { html: None, note: Some(capital(&error.to_string())) },
            }
        })
        .await
}

/// Text that is to stand as it is, behind a fence that is longer than any in it.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2) + 1;
    let fence = "`".repeat(longest);
    format!("{fence}\n{}\n{fence}\n", text.trim_end())
}

fn link_base(place: &Place, path: &FilePath) -> LinkBase {
    LinkBase::new(place.repo.clone(), place.rev.clone(), path.parent().unwrap_or_default())
}

/// Where a link leads, and its page if that is in the repository.
async fn symlink(code: &Code, place: &Place, file: &File) -> Result<BlobBody, Failure> {
    let target = file.link.as_deref().unwrap_or_default();
    let shown = String::from_utf8_lossy(target).into_owned();
    let Some(path) = followed(&place.path, target) else {
        return Ok(BlobBody::Symlink { target: shown, url: None });
    };
    let is_there = match code.entry(place.commit, path.clone()).await {
        Ok(_) => true,
        Err(forge_app::Error::NotFound) => path.is_root(),
        Err(error) => return Err(error.into()),
    };
    let url = is_there.then(|| url::blob(&place.repo, &place.rev, &path));
    Ok(BlobBody::Symlink { target: shown, url })
}

/// The path that a link at another path names; nothing if it leads out of the repository.
fn followed(link: &FilePath, target: &[u8]) -> Option<FilePath> {
    if target.starts_with(b"/") {
        return None;
    }
    let mut path = link.parent()?;
    for part in target.split(|byte| *byte == b'/') {
        path = match part {
            b"" | b"." => path,
            b".." => path.parent()?,
            name => path.join(name).ok()?,
        };
    }
    Some(path)
}

/// The size of the file that a Git LFS pointer stands for.
fn pointer(blob: &Blob) -> Option<String> {
    if blob.size > MAX_POINTER {
        return None;
    }
    let text = std::str::from_utf8(blob.content.as_deref()?).ok()?;
    let rest = text.strip_prefix("version https://git-lfs.github.com/spec/v1\n")?;
    let size = rest.lines().find_map(|line| line.strip_prefix("size "))?;
    size.trim().parse().ok().map(sized)
}

/// `4.2 KB`
pub(in crate::handler) fn sized(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1024 * 1024 * 1024, "GB"), (1024 * 1024, "MB"), (1024, "KB")];
    match UNITS.iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => {
            let tenths = bytes / (size / 10);
            if tenths >= 100 || tenths.is_multiple_of(10) {
                format!("{} {unit}", tenths / 10)
            } else {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            }
        }
        None => {
            if bytes == 1 {
                "1 byte".to_owned()
            } else {
                format!("{bytes} bytes")
            }
        }
    }
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(chars).chain(std::iter::once('.')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1 KB"),
            (4301, "4.2 KB"),
            (5 * 1024 * 1024, "5 MB"),
            (104_857_600, "100 MB"),
        ] {
            assert_eq!(sized(bytes), text);
        }
    }

    #[test]
    fn links_are_followed_inside_the_repository_only() {
        let follow = |link: &str, target: &str| {
            followed(&FilePath::new(link).unwrap(), target.as_bytes()).map(|path| path.to_text())
        };
        assert_eq!(follow("R/a.R", "b.R").as_deref(), Some("R/b.R"));
        assert_eq!(follow("R/a.R", "../docs/./x/").as_deref(), Some("docs/x"));
        assert_eq!(follow("a", ".").as_deref(), Some(""));
        assert_eq!(follow("R/a.R", "../../etc/passwd"), None);
        assert_eq!(follow("R/a.R", "/etc/passwd"), None);
    }

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        assert_eq!(fenced("a"), "```\na\n```\n");
        assert!(fenced("````\n<b>").starts_with("`````\n"));
    }
}
