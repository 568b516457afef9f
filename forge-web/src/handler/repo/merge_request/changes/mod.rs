//! What a merge request changes, with what was said of it, and the review at the end.

pub(super) mod choices;
mod one;
mod placing;
mod review;

use std::collections::BTreeSet;

use forge_app::{Between, Code, Conversation, LineOptions, Located, Read, RepoAccess};
use forge_core::FilePath;
use forge_core::code::{Diff, FileDiff};
use forge_core::merge_request::Version;
use forge_core::merge_request::thread::Side;
use http::Uri;
use serde::Deserialize;

use super::top::{Tab, request_top};
use super::{number, rendered};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, page};
use crate::handler::repo::diff::{self, DiffAddress, LooksQuery, Shown};
use crate::handler::repo::item::{Speaker, Whole};
use crate::handler::repo::top;
use crate::page::repo::RequestChanges;
use crate::url;
use crate::view::{DiffFile, FormErrors, Link, RepoSection, ViewedForm};
use placing::Placing;

pub(in crate::handler) use one::show_change;
pub(in crate::handler) use review::submit_review;

/// What the address says.
#[derive(Deserialize, Default, Clone)]
pub(in crate::handler) struct ChangesQuery {
    pub(super) version: Option<u32>,
    pub(super) from: Option<u32>,
    view: Option<String>,
    space: Option<String>,
    filter: Option<String>,
    path: Option<String>,
    more: Option<String>,
}

impl ChangesQuery {
    /// The changes of a version, compared with another one if that is named.
    pub(super) fn of_versions(version: Option<u32>, from: Option<u32>) -> Self {
        Self { version, from, ..Self::default() }
    }

    fn looks(&self) -> LooksQuery {
        let Self { view, space, filter, path, more, .. } = self.clone();
        LooksQuery { view, space, filter, path, more }
    }
}

/// Which versions are looked at, and where that is shown.
pub(super) struct Look<'a> {
    pub(super) version: &'a Version,
    pub(super) from: Option<&'a Version>,
    pub(super) base: String,
    between: Between,
    plain: DiffAddress,
    address: DiffAddress,
}

impl<'a> Look<'a> {
    pub(super) fn of(
        access: &RepoAccess<Read>,
        conversation: &'a Conversation,
        query: &ChangesQuery,
    ) -> Result<Self, Failure> {
        let find = |number| conversation.version(number).ok_or_else(Failure::not_found);
        let version = query.version.map_or(Ok(&conversation.version), find)?;
        let from = query.from.filter(|from| *from > 0).map(find).transpose()?;
        let base = url::merge_request(&access.repo().path, conversation.request.item.number);
        let plain = DiffAddress::new(format!("{base}/changes"), format!("{base}/changes/file"))
            .with("from", query.from)
            .with("version", query.version);
        let between = Between { old: Some(from.map_or(version.base, |from| from.head)), new: version.head };
        let address = query.looks().of(plain.clone());
        Ok(Self { version, from, base, between, plain, address })
    }

    fn shown(&self, ctx: &Ctx, access: &RepoAccess<Read>, options: LineOptions) -> Shown {
        let from = self.from.map(|from| from.number);
        let rendered = rendered::address(&self.base, self.version.number, from, "");
        Shown::new(ctx, access, self.version.head, self.address.clone(), options)
            .with_rendered(rendered, self.between.old)
    }

    /// The commits of the target branch that two versions were built on, where two are compared.
    fn bases(&self) -> Option<Between> {
        let from = self.from.filter(|from| from.base != self.version.base)?;
        Some(Between { old: Some(from.base), new: self.version.base })
    }

    /// Says of files what came from the target branch between two versions.
    async fn mark_brought(
        &self,
        code: &Code,
        entries: &mut [diff::Entry],
        ignore_space: bool,
    ) -> Result<(), Failure> {
        let Some(bases) = self.bases() else { return Ok(()) };
        let with_lines = entries.iter().enumerate();
        let with_lines =
            with_lines.filter_map(|(at, entry)| Some((at, entry.file.clone(), entry.lines.clone()?)));
        let mut brought = code.brought(bases, with_lines.collect(), ignore_space).await?;
        for (at, entry) in entries.iter_mut().enumerate() {
            entry.brought = brought.remove(&at).or_else(|| entry.brought.take());
        }
        Ok(())
    }

    /// Adds to a file what the reader may do with it, and what was said of it.
    fn complete(
        &self,
        speaker: &Speaker<'_>,
        placing: &mut Placing<'_>,
        seen: &BTreeSet<FilePath>,
        file: &FileDiff,
        shown: &mut DiffFile,
    ) {
        if speaker.can_speak() {
            let old = self.from.map_or((self.version.number, Side::Old), |from| (from.number, Side::New));
            placing::let_comment(&self.base, self.version.number, old, file, shown);
            shown.viewed = file.path().map(|path| ViewedForm {
                action: format!("{}/viewed", self.base),
                path_hex: hex::encode(path.as_bytes()),
                fingerprint: hex::encode(forge_app::fingerprint(file)),
                is_viewed: seen.contains(path),
                back: format!("{}#{}", self.address.page(), shown.anchor),
            });
        }
        placing.place(file, shown);
    }
}

pub(in crate::handler) async fn show_changes(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ChangesQuery>,
    uri: Uri,
) -> Answer {
    page(&view(&ctx, &access, number(&uri)?, &query, FormErrors::none()).await?)
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    number: u64,
    query: &ChangesQuery,
    errors: FormErrors,
) -> Result<RequestChanges, Failure> {
    let (now, looks) = (ctx.now(), query.looks());
    let conversation = ctx.app().merge_request(access, number).await?;
    let look = Look::of(access, &conversation, query)?;
    let code = ctx.app().code(access).await?;
    let list = code.changed_files(look.between).await?;
    let located = ctx.app().locate(access, &conversation, look.version, look.from, &list.files).await?;
    let seen = ctx.app().viewed_files(access, number, &list.files).await?;
    let url = look.address.page();
    let speaker = Speaker::of_request(access, &conversation, &url, now).located(&located);
    let whole = Whole::of(&conversation, &look.base, |thread| thread.anchor.is_some());
    let speaker = speaker.whole(ctx, &whole).await?;
    let places = diff::matching(&list, looks.filter());
    let entries = entries(&code, &list, &places, &look, &looks, (&conversation, &located, &seen)).await?;
    let mut files = diff::lay_out(look.shown(ctx, access, looks.options()), entries).await?;
    let mut placing = Placing::new(&conversation.item.threads, &located, &speaker);
    for (shown, place) in files.iter_mut().zip(&places) {
        if let Some(file) = list.files.get(*place) {
            look.complete(&speaker, &mut placing, &seen, file, shown);
        }
    }
    let mut adrift = placing.rest();
    placing::link_threads(&mut adrift, &mut files);
    let mut changes = diff::changed_files(&code, &list, look.between, &looks, &look.address, files);
    changes.viewed = speaker.can_speak().then_some(seen.len());
    changes.views = looks.views(&look.plain);
    if look.from.is_none() && look.version.number == conversation.version.number {
        changes.diff_url = format!("{}.diff", look.base);
        changes.patch_url = Some(format!("{}.patch", look.base));
    }
    let who = access.actor().person().map(|person| person.id);
    let since = who.and_then(|who| conversation.last_reviewed_by(who));
    let base = &look.base;
    Ok(RequestChanges {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::MergeRequests),
        top: request_top(access, &conversation, Tab::Changes, now),
        errors,
        versions: choices::version_choices(&conversation, look.version),
        bases: choices::base_choices(&conversation, look.version, look.from),
        comparison: choices::comparison(&conversation, look.version, look.from),
        since_last: since.filter(|_| query.from.is_none()).map(|last| {
            Link::new(
                format!("See what changed since you reviewed version {last}"),
                format!("{base}/changes?from={last}"),
            )
        }),
        is_old: look.version.number != conversation.version.number,
        version: look.version.number,
        changes,
        by_commit: look.from.map(|from| {
            let (from, version) = (from.number, look.version.number);
            Link::new(
                "See it commit by commit",
                format!("{base}/commit-by-commit?from={from}&version={version}"),
            )
        }),
        adrift,
        can_comment: speaker.can_speak(),
        pending: review::pending_comments(&conversation),
        has_review: conversation.pending.is_some(),
        verdicts: review::verdicts(&conversation, who),
        review: review::write_box(&conversation),
        url,
    })
}

/// The files with the lines that the page begins with: not of those that the reader has seen, that nobody reads, or that came from the
/// target branch; but of those that are talked about, wherever they stand.
async fn entries(
    code: &Code,
    list: &Diff,
    places: &[usize],
    look: &Look<'_>,
    looks: &LooksQuery,
    (conversation, located, seen): (&Conversation, &[Located], &BTreeSet<FilePath>),
) -> Result<Vec<diff::Entry>, Failure> {
    let brought = match look.bases() {
        Some(bases) => code.wholly_brought(list, bases).await?,
        None => BTreeSet::new(),
    };
    let talked_about = placing::talked_about(&conversation.item.threads, located);
    let is_seen = |file: &FileDiff| file.path().is_some_and(|path| seen.contains(path));
    let is_talked_about = |file: &FileDiff| {
        let sides = file.old.iter().chain(&file.new);
        sides.into_iter().any(|side| talked_about.contains(&side.path))
    };
    let first = |at: usize, file: &FileDiff| !file.is_generated && !is_seen(file) && !brought.contains(&at);
    let rather = |_: usize, file: &FileDiff| is_talked_about(file);
    let options = looks.options();
    let mut entries = diff::entries(code, list, places, &options, first, rather).await?;
    for (entry, place) in entries.iter_mut().zip(places) {
        if brought.contains(place) {
            entry.brought = Some(forge_app::Brought { hunks: Vec::new(), whole: true });
        }
    }
    look.mark_brought(code, &mut entries, options.ignore_space).await?;
    Ok(entries)
}
