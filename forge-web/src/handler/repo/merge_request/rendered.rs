//! One file of a merge request as its readers see it, with what was said of it.

use forge_app::{Conversation, Located, Read, RepoAccess, Spot};
use forge_core::code::{FileContent, FileDiff, FileSide, FileStatus};
use forge_core::merge_request::Version;
use forge_core::merge_request::thread::{MAX_LINES, Side, Thread};
use http::Uri;
use serde::Deserialize;

use super::number;
use super::top::{Tab, request_top};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, page};
use crate::handler::repo::diff::path_of_hex;
use crate::handler::repo::item::{Speaker, Whole, stands_here};
use crate::handler::repo::rendered::{self, Sides};
use crate::handler::repo::top;
use crate::page::repo::RenderedChange;
use crate::url;
use crate::view::{Link, PicturePoint, PictureSide, Rendered, RepoSection, ThreadBox};

/// What the address says.
#[derive(Deserialize, Default, Clone)]
pub(in crate::handler) struct RenderedQuery {
    version: Option<u32>,
    from: Option<u32>,
    path: String,
    old: Option<String>,
}

/// The address of a changed file of a version, compared with another version if one is named.
pub(super) fn address(base: &str, version: u32, from: Option<u32>, words: &str) -> String {
    let from = from.map(|from| format!("&from={from}")).unwrap_or_default();
    format!("{base}/rendered?version={version}{from}&{words}")
}

pub(in crate::handler) async fn show_rendered_change(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<RenderedQuery>,
    uri: Uri,
) -> Answer {
    page(&view(&ctx, &access, number(&uri)?, &query).await?)
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    number: u64,
    query: &RenderedQuery,
) -> Result<RenderedChange, Failure> {
    let now = ctx.now();
    let conversation = ctx.app().merge_request(access, number).await?;
    let version = |number: u32| conversation.version(number).ok_or_else(Failure::not_found);
    let shown = query.version.map_or(Ok(&conversation.version), version)?;
    let from = query.from.filter(|from| *from > 0).map(version).transpose()?;
    let path = path_of_hex(&query.path).ok_or_else(Failure::not_found)?;
    let old = query.old.as_deref().map_or(Some(path.clone()), path_of_hex).ok_or_else(Failure::not_found)?;
    let code = ctx.app().code(access).await?;
    let before = (from.map_or(shown.base, |from| from.head), old);
    let sides = Sides::read(&code, Some(before), (shown.head, path)).await?;
    let mut body = rendered::rendered(ctx, &access.repo().path, sides.clone()).await?;
    let located = ctx.app().locate(access, &conversation, shown, from, &[alone(&sides)]).await?;
    let base = url::merge_request(&access.repo().path, number);
    let from_number = from.map(|from| from.number);
    let moved = query.old.as_deref().map(|old| format!("&old={old}")).unwrap_or_default();
    let own = address(&base, shown.number, from_number, &format!("path={}{moved}", query.path));
    let speaker = Speaker::of_request(access, &conversation, &own, now).located(&located);
    let whole = Whole::of(&conversation, &base, |thread| stands_here(&located, thread.id));
    let speaker = speaker.whole(ctx, &whole).await?;
    let say = Say { base: &base, version: shown, is_from_base: from.is_none(), sides: &sides, own: &own };
    if speaker.can_speak() {
        say.invite(&mut body);
    }
    let threads = place(&mut body, &sides, &conversation, &located, &speaker, &own);
    let changes = format!("{base}/changes?version={}", shown.number);
    let changes = from_number.map_or(changes.clone(), |from| format!("{changes}&from={from}"));
    Ok(RenderedChange {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::MergeRequests),
        top: Some(request_top(access, &conversation, Tab::Changes, now)),
        path: sides.path().to_text(),
        old_path: rendered::moved_from(&sides),
        compared: match from_number {
            Some(from) => format!("From version {from} to version {}", shown.number),
            None => format!("Version {}", shown.number),
        },
        back: Link::new("All changes", changes),
        view_url: rendered::view_url(&access.repo().path, &sides),
        comment_url: speaker.can_speak().then(|| say.whole()),
        threads,
        body,
    })
}

/// A difference of this file alone, as far as placing threads asks for it.
fn alone(sides: &Sides) -> FileDiff {
    let side = |side: &Option<rendered::Side>| {
        side.as_ref().map(|side| FileSide {
            path: side.path.clone(),
            kind: forge_core::code::EntryKind::File,
            id: side.id,
        })
    };
    FileDiff {
        status: FileStatus::Modified,
        old: side(&sides.old),
        new: side(&sides.new),
        content: FileContent::Same,
        added: 0,
        removed: 0,
        is_generated: false,
    }
}

/// Where comments on this file are written.
struct Say<'a> {
    base: &'a str,
    version: &'a Version,
    /// Whether the old side is what the version is built on: only there can it be commented on.
    is_from_base: bool,
    sides: &'a Sides,
    own: &'a str,
}

impl Say<'_> {
    fn form(&self, side: Side) -> Option<String> {
        let file = match side {
            Side::Old => self.sides.old.as_ref().filter(|_| self.is_from_base)?,
            Side::New => self.sides.new.as_ref()?,
        };
        let path = hex::encode(file.path.as_bytes());
        let back = url::encode_segment(self.own.as_bytes());
        let (base, version) = (self.base, self.version.number);
        Some(format!("{base}/comment?version={version}&side={}&path={path}&back={back}", side.name()))
    }

    /// About the file as a whole.
    fn whole(&self) -> String {
        self.form(Side::New).or_else(|| self.form(Side::Old)).unwrap_or_else(|| self.base.to_owned())
    }

    fn lines(&self, side: Side, (first, last): (u32, u32)) -> Option<String> {
        let last = last.min(first.saturating_add(MAX_LINES - 1));
        let start = if first == last { String::new() } else { format!("&start={first}") };
        Some(format!("{}{start}&line={last}", self.form(side)?))
    }

    /// Gives each part of the file its place for comments.
    fn invite(&self, body: &mut Rendered) {
        if let Rendered::Picture(picture) = body {
            for (side, picture) in [(Side::Old, &mut picture.old), (Side::New, &mut picture.new)] {
                if let (Some(picture), Some(form)) = (picture, self.form(side)) {
                    picture.comment_url = Some(format!("{form}&point=1"));
                }
            }
        }
        for place in body.places() {
            let new = place.new.and_then(|span| self.lines(Side::New, span));
            *place.comment_url = new.or_else(|| place.old.and_then(|span| self.lines(Side::Old, span)));
        }
    }
}

/// Puts threads beside what they are about, and gives those that are about the whole or about what is not shown.
fn place(
    body: &mut Rendered,
    sides: &Sides,
    conversation: &Conversation,
    located: &[Located],
    speaker: &Speaker<'_>,
    own: &str,
) -> Vec<ThreadBox> {
    let mut above = Vec::new();
    let of_code = conversation.item.threads.iter().filter(|thread| thread.anchor.is_some());
    for thread in of_code {
        let Some(found) = located.iter().find(|found| found.thread == thread.id) else { continue };
        let shown = speaker.thread(thread);
        match &found.spot {
            Spot::Line { side, line, path } if is_here(sides, *side, path) => {
                if let Some(shown) = beside(body, *side, *line, shown) {
                    above.push(shown);
                }
            }
            Spot::File(path) if [Side::Old, Side::New].iter().any(|side| is_here(sides, *side, path)) => {
                mark(body, sides, thread, above.len() + 1, own);
                above.push(shown);
            }
            Spot::Line { .. } | Spot::File(_) | Spot::Top => {}
        }
    }
    above
}

fn is_here(sides: &Sides, side: Side, path: &forge_core::FilePath) -> bool {
    let file = match side {
        Side::Old => &sides.old,
        Side::New => &sides.new,
    };
    file.as_ref().is_some_and(|file| file.path == *path)
}

/// Puts a thread at the smallest part that has the line; gives it back if there is none.
fn beside(body: &mut Rendered, side: Side, line: u32, thread: ThreadBox) -> Option<ThreadBox> {
    let span = |place: &crate::view::PlaceForRemarks<'_>| match side {
        Side::Old => place.old,
        Side::New => place.new,
    };
    let places = body.places().into_iter();
    let holding = places.filter_map(|place| {
        let (first, last) = span(&place).filter(|(first, last)| (*first..=*last).contains(&line))?;
        Some((last - first, place))
    });
    match holding.min_by_key(|(length, _)| *length) {
        Some((_, place)) => {
            place.threads.push(thread);
            None
        }
        None => Some(thread),
    }
}

/// Marks the point of a picture that a thread is about, if it is this very picture.
fn mark(body: &mut Rendered, sides: &Sides, thread: &Thread, number: usize, own: &str) {
    let Rendered::Picture(picture) = body else { return };
    let Some(anchor) = &thread.anchor else { return };
    let (file, shown) = match anchor.side {
        Side::Old => (&sides.old, &mut picture.old),
        Side::New => (&sides.new, &mut picture.new),
    };
    if file.as_ref().map(|file| file.id) != anchor.blob {
        return;
    }
    if let (Some(PictureSide { size: Some((width, height)), points, .. }), Some((x, y))) =
        (shown, anchor.point)
    {
        let part = |thousandths: u16, whole: u32| {
            u32::try_from(u64::from(whole) * u64::from(thousandths) / 1000).unwrap_or(whole)
        };
        points.push(PicturePoint {
            number,
            x: part(x, *width),
            y: part(y, *height),
            url: format!("{own}#thread-{}", thread.id),
        });
    }
}
