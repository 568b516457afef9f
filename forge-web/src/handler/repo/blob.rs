//! A file.

use forge_app::{Code, File, Read, RepoAccess};
use forge_core::code::{EntryKind, Language, LineEndings, TextEncoding, TreeEntry};
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, page, see_other};
use crate::handler::present::counted;
use crate::handler::repo::blob_body::{self, Shown, sized};
use crate::handler::repo::owners::owners_of;
use crate::handler::repo::place::Place;
use crate::handler::repo::top;
use crate::page::repo::{Blob, BlobBody};
use crate::url;
use crate::view::{Link, RepoSection};

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct BlobQuery {
    plain: Option<u8>,
}

pub(in crate::handler) async fn show_blob(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Query(query): Query<BlobQuery>,
) -> Answer {
    let code = ctx.app().code(&access).await?;
    let place = Place::of(&code, &access.repo().path, &uri).await?;
    if place.path.is_root() {
        return see_other(&url::tree(&place.repo, &place.rev, &place.path));
    }
    let entry = code.entry(place.commit, place.path.clone()).await?;
    match entry.kind {
        EntryKind::Directory => see_other(&url::tree(&place.repo, &place.rev, &place.path)),
        EntryKind::Submodule => page(&submodule(&ctx, &access, &code, &place, &entry).await?),
        EntryKind::File | EntryKind::Executable | EntryKind::Symlink => {
            page(&file(&ctx, &access, &code, &place, query.plain == Some(1)).await?)
        }
    }
}

async fn file(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    code: &Code,
    place: &Place,
    plain: bool,
) -> Result<Blob, Failure> {
    let file = code.file(place.commit, place.path.clone(), blob_body::MAX_BYTES).await?;
    let newest = code.log(place.commit, Some(place.path.clone()), 0, 1).await?;
    let (notes, size) = (notes(&file), size(&file));
    let language = Language::of_path(&place.path);
    let Shown { body, notes: more, is_laid_out } = blob_body::body(ctx, code, place, file, plain).await?;
    let own = url::blob(&place.repo, &place.rev, &place.path);
    let raw = url::raw(&place.repo, &place.rev, &place.path);
    let source = format!("{own}?plain=1");
    let modes = if is_laid_out {
        vec![
            Link { is_current: !plain, ..Link::new("Preview", &own) },
            Link { is_current: plain, ..Link::new("Source", &source) },
        ]
    } else {
        Vec::new()
    };
    let now = ctx.now();
    let said = code.owners_file(place.commit).await?;
    let owners = said.map(|said| owners_of(&said.rules, &place.path)).unwrap_or_default();
    Ok(Blob {
        owners,
        owners_url: url::owners(&place.repo),
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Code),
        picker: place.picker(code),
        crumbs: place.crumbs(),
        name: place.name(),
        last_commit: newest.commits.first().map(|commit| top::last_commit(&place.repo, commit, now)),
        size,
        language: language.map(|language| language.name.to_owned()),
        notes: notes.into_iter().chain(more).collect(),
        modes,
        download_url: Some(format!("{raw}?download=1")),
        raw_url: Some(raw),
        history_url: url::commits(&place.repo, &place.rev, &place.path),
        permalink: url::blob(&place.repo, &place.permanent(), &place.path),
        body,
    })
}

async fn submodule(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    code: &Code,
    place: &Place,
    entry: &TreeEntry,
) -> Result<Blob, Failure> {
    let source = code.submodule_url(place.commit, place.path.clone()).await?.unwrap_or_default();
    let (site, here) = (ctx.web.site(), source.strip_prefix(ctx.web.site()));
    let url = here
        .filter(|path| path.starts_with('/') && !site.is_empty())
        .map(|path| path.trim_end_matches('/').trim_end_matches(".git").to_owned());
    Ok(Blob {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Code),
        picker: place.picker(code),
        crumbs: place.crumbs(),
        name: place.name(),
        last_commit: None,
        size: "Submodule".to_owned(),
        owners: Vec::new(),
        owners_url: url::owners(&place.repo),
        language: None,
        notes: Vec::new(),
        modes: Vec::new(),
        raw_url: None,
        download_url: None,
        history_url: url::commits(&place.repo, &place.rev, &place.path),
        permalink: url::blob(&place.repo, &place.permanent(), &place.path),
        body: BlobBody::Submodule { source, url, commit: entry.id.short() },
    })
}

/// `120 lines, 4.2 KB`
fn size(file: &File) -> String {
    let bytes = sized(file.blob.size);
    match file.blob.text() {
        Some(text) if file.blob.kind.is_file() => {
            let lines = u64::try_from(text.line_count()).unwrap_or(u64::MAX);
            format!("{}, {bytes}", counted(lines, "line", "lines"))
        }
        _ => bytes,
    }
}

/// What is worth knowing of how the file is written.
fn notes(file: &File) -> Vec<String> {
    let mut notes = Vec::new();
    let Some(text) = file.blob.text() else { return notes };
    match text.encoding {
        TextEncoding::Utf8 => {}
        TextEncoding::Windows1252 => {
            notes.push("This file is not UTF-8. It is shown as Windows-1252, which is a guess.".to_owned());
        }
        other => notes.push(format!("This file is written as {}.", other.label())),
    }
    match text.line_endings {
        LineEndings::CrLf => notes.push("Its lines end as on Windows (CRLF).".to_owned()),
        LineEndings::Mixed => {
            notes.push("Its lines end partly as on Windows (CRLF), partly as on Unix (LF).".to_owned());
        }
        LineEndings::None | LineEndings::Lf => {}
    }
    if file.blob.kind == EntryKind::Executable {
        notes.push("This file can be run as a program.".to_owned());
    }
    notes
}
