//! What a merge request changes, with what was said of it, and the review at the end.

use std::collections::HashMap;

use forge_app::{Conversation, Located, Read, RepoAccess, Spot, Submission, fingerprint};
use forge_core::code::FileDiff;
use forge_core::merge_request::Version;
use forge_core::merge_request::review::Verdict;
use forge_core::merge_request::thread::{Side, Thread};
use forge_core::{FilePath, ThreadId};
use http::Uri;
use serde::Deserialize;

use super::number;
use super::top::{Tab, request_top};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::present::counted;
use crate::handler::repo::item::{Entry, Speaker};
use crate::handler::repo::{diff, top};
use crate::notice::Notice;
use crate::page::repo::{RequestChanges, ReviewFile};
use crate::url;
use crate::view::{Choice, FormErrors, Link, RepoSection, ThreadBox};

/// What the address says.
#[derive(Deserialize, Default, Clone)]
pub(in crate::handler) struct ChangesQuery {
    version: Option<u32>,
    from: Option<u32>,
    view: Option<String>,
    space: Option<String>,
}

pub(in crate::handler) async fn show_changes(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ChangesQuery>,
    uri: Uri,
) -> Answer {
    page(&view(&ctx, &access, number(&uri)?, &query, FormErrors::none()).await?)
}

/// What the review form has.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct ReviewForm {
    action: String,
    version: String,
    verdict: String,
    body: String,
}

pub(in crate::handler) async fn submit_review(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<ReviewForm>,
) -> Answer {
    let number = number(&uri)?;
    let base = url::merge_request(&access.repo().path, number);
    let verdict = form.verdict.parse::<Verdict>().unwrap_or_default();
    let version = form.version.parse::<u32>().unwrap_or_default();
    let result = match form.action.as_str() {
        "discard" => {
            ctx.app().discard_review(&access, number).await?;
            return ctx.done(&format!("{base}/changes"), Notice::ReviewDiscarded);
        }
        "save" => {
            ctx.app().save_review(&access, number, verdict, &form.body).await.map(|()| Notice::ReviewKept)
        }
        _ => {
            let submission = Submission { version, verdict, body: form.body.clone() };
            let submitted = ctx.app().submit_review(&access, &ctx.origin, number, &submission).await;
            submitted.map(|counts| if counts { Notice::ReviewSent } else { Notice::ReviewDoesNotCount })
        }
    };
    match result {
        Ok(Notice::ReviewKept) => ctx.done(&format!("{base}/changes"), Notice::ReviewKept),
        Ok(notice) => ctx.done(&base, notice),
        Err(error) => {
            let query = ChangesQuery {
                version: Some(version).filter(|version| *version > 0),
                ..ChangesQuery::default()
            };
            let mut view = view(&ctx, &access, number, &query, wrong(error, &[])?).await?;
            view.review_body = form.body;
            again(&view)
        }
    }
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    number: u64,
    query: &ChangesQuery,
    errors: FormErrors,
) -> Result<RequestChanges, Failure> {
    let now = ctx.now();
    let conversation = ctx.app().merge_request(access, number).await?;
    let shown = match query.version {
        Some(number) => conversation.version(number).ok_or_else(Failure::not_found)?,
        None => &conversation.version,
    };
    let from = match query.from.filter(|from| *from > 0) {
        Some(from) => Some(conversation.version(from).ok_or_else(Failure::not_found)?),
        None => None,
    };
    let code = ctx.app().code(access).await?;
    let old = from.map_or(shown.base, |from| from.head);
    let ignore = query.space.as_deref() == Some("ignore");
    let changes = code.difference(old, shown.head, ignore).await?;
    let located =
        ctx.app().locate(access, &conversation.item.threads, &conversation.versions, shown, &changes).await?;
    let seen = ctx.app().viewed_files(access, number, &changes.files).await?;
    let base = url::merge_request(&access.repo().path, number);
    let url = address(&base, query);
    let speaker = Speaker::of_request(access, &conversation, &url, now).located(&located);
    let speaker = speaker.laid_out(ctx, conversation.item.threads.iter().map(Entry::Thread)).await?;
    let can_comment = speaker.can_speak();
    let count = u64::try_from(changes.files.len()).unwrap_or(u64::MAX);
    let (repo, head) = (access.repo().path.clone(), shown.head);
    let lines = {
        let changes = changes.clone();
        ctx.web.render(move || diff::files(&repo, head, &changes)).await?
    };
    let mut placing = Placing::new(&conversation.item.threads, &located, &speaker);
    let files: Vec<ReviewFile> = changes
        .files
        .iter()
        .zip(lines)
        .map(|(file, lines)| {
            let commenting = can_comment.then_some((&*base, shown.number));
            let path = file.path().cloned().unwrap_or_default();
            let mut shown = placing.file(file, lines, commenting);
            shown.is_viewed = seen.contains(&path);
            if shown.is_viewed {
                shown.file.is_open = false;
            }
            shown
        })
        .collect();
    let who = access.actor().person().map(|person| person.id);
    let since = who.and_then(|who| conversation.last_reviewed_by(who));
    let pending = pending_comments(&conversation);
    Ok(RequestChanges {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::MergeRequests),
        top: request_top(access, &conversation, Tab::Changes, now),
        errors,
        versions: version_choices(&conversation, shown),
        bases: base_choices(&conversation, shown, from),
        comparison: comparison(&conversation, shown, from),
        since_last: since.filter(|_| query.from.is_none()).map(|last| {
            Link::new(
                format!("See what changed since you reviewed version {last}"),
                format!("{base}/changes?from={last}"),
            )
        }),
        is_old: shown.number != conversation.version.number,
        version: shown.number,
        summary: counted(count, "file changed", "files changed"),
        added: changes.added,
        removed: changes.removed,
        seen: seen.len(),
        views: views(&base, query),
        files,
        left_out: diff::left_out(&changes),
        adrift: placing.rest(),
        can_comment,
        pending,
        has_review: conversation.pending.is_some(),
        verdicts: verdicts(&conversation, who),
        review_body: conversation.pending.as_ref().map(|review| review.body.clone()).unwrap_or_default(),
        is_split: query.view.as_deref() == Some("split"),
        viewed_url: format!("{base}/viewed"),
        url,
    })
}

/// This page, with what was chosen.
fn address(base: &str, query: &ChangesQuery) -> String {
    let mut words = Vec::new();
    if let Some(from) = query.from {
        words.push(format!("from={from}"));
    }
    if let Some(version) = query.version {
        words.push(format!("version={version}"));
    }
    if query.view.as_deref() == Some("split") {
        words.push("view=split".to_owned());
    }
    if query.space.as_deref() == Some("ignore") {
        words.push("space=ignore".to_owned());
    }
    if words.is_empty() { format!("{base}/changes") } else { format!("{base}/changes?{}", words.join("&")) }
}

fn views(base: &str, query: &ChangesQuery) -> Vec<Link> {
    let is_split = query.view.as_deref() == Some("split");
    let ignores = query.space.as_deref() == Some("ignore");
    let with = |view: Option<&str>, space: Option<&str>| {
        let query =
            ChangesQuery { view: view.map(str::to_owned), space: space.map(str::to_owned), ..query.clone() };
        address(base, &query)
    };
    let space = ignores.then_some("ignore");
    let view = is_split.then_some("split");
    vec![
        Link { is_current: !is_split, ..Link::new("In one column", with(None, space)) },
        Link { is_current: is_split, ..Link::new("Side by side", with(Some("split"), space)) },
        if ignores {
            Link::new("Show changes of spaces", with(view, None))
        } else {
            Link::new("Leave out changes of spaces", with(view, Some("ignore")))
        },
    ]
}

fn comparison(conversation: &Conversation, shown: &Version, from: Option<&Version>) -> String {
    let target = conversation.request.target_branch.short();
    match from {
        Some(from) => format!("What changed from version {} to version {}", from.number, shown.number),
        None if shown.number == conversation.version.number => {
            format!("Everything that the newest version would change in {target}")
        }
        None => format!("Everything that version {} would have changed in {target}", shown.number),
    }
}

fn version_choices(conversation: &Conversation, shown: &Version) -> Vec<Choice> {
    let newest = conversation.version.number;
    let choice = |version: &Version| {
        let mark = if version.number == newest { " (newest)" } else { "" };
        Choice {
            value: version.number.to_string(),
            label: format!("Version {}{mark} · {}", version.number, version.head.short()),
            hint: String::new(),
            is_chosen: version.number == shown.number,
        }
    };
    conversation.versions.iter().rev().map(choice).collect()
}

fn base_choices(conversation: &Conversation, shown: &Version, from: Option<&Version>) -> Vec<Choice> {
    let mut choices = vec![Choice {
        value: "0".to_owned(),
        label: format!("The target, {}", conversation.request.target_branch.short()),
        hint: String::new(),
        is_chosen: from.is_none(),
    }];
    let earlier = conversation.versions.iter().rev().filter(|version| version.number != shown.number);
    choices.extend(earlier.map(|version| Choice {
        value: version.number.to_string(),
        label: format!("Version {} · {}", version.number, version.head.short()),
        hint: String::new(),
        is_chosen: from.is_some_and(|from| from.number == version.number),
    }));
    choices
}

fn verdicts(conversation: &Conversation, who: Option<forge_core::UserId>) -> Vec<Choice> {
    let is_author = conversation.request.item.author.id == who;
    let chosen = conversation.pending.as_ref().map_or(Verdict::Comment, |review| review.verdict);
    Verdict::ALL
        .into_iter()
        .filter(|verdict| *verdict == Verdict::Comment || (!is_author && conversation.request.is_open()))
        .map(|verdict| {
            let (label, hint) = match verdict {
                Verdict::Comment => ("Comment", "Say what you think, without a verdict"),
                Verdict::Approve => ("Approve", "It can be merged as it is"),
                Verdict::RequestChanges => ("Ask for changes", "It must not be merged before you approve it"),
            };
            Choice {
                value: verdict.name().to_owned(),
                label: label.to_owned(),
                hint: hint.to_owned(),
                is_chosen: verdict == chosen,
            }
        })
        .collect()
}

fn pending_comments(conversation: &Conversation) -> usize {
    conversation
        .item
        .threads
        .iter()
        .flat_map(|thread| &thread.comments)
        .filter(|comment| comment.is_pending)
        .count()
}

/// Puts threads where they belong; those without a place are left over.
struct Placing<'a> {
    speaker: &'a Speaker<'a>,
    threads: HashMap<ThreadId, (usize, &'a Thread)>,
    located: &'a [Located],
}

impl<'a> Placing<'a> {
    fn new(threads: &'a [Thread], located: &'a [Located], speaker: &'a Speaker<'a>) -> Self {
        let of_code = threads.iter().enumerate().filter(|(_, thread)| thread.anchor.is_some());
        let threads = of_code.map(|(at, thread)| (thread.id, (at + 1, thread))).collect();
        Self { speaker, threads, located }
    }

    fn take(&mut self, id: ThreadId) -> Option<ThreadBox> {
        let (_, thread) = self.threads.remove(&id)?;
        Some(self.speaker.thread(thread))
    }

    fn file(
        &mut self,
        file: &FileDiff,
        mut lines: crate::view::DiffFile,
        commenting: Option<(&str, u32)>,
    ) -> ReviewFile {
        let path_of = |side: Side| -> Option<FilePath> {
            let side = match side {
                Side::Old => &file.old,
                Side::New => &file.new,
            };
            side.as_ref().map(|side| side.path.clone())
        };
        let (old, new) = (path_of(Side::Old), path_of(Side::New));
        let hex = |path: &Option<FilePath>| {
            path.as_ref().map(|path| hex::encode(path.as_bytes())).unwrap_or_default()
        };
        if let Some((base, version)) = commenting {
            for line in lines.hunks_mut().iter_mut().flat_map(|hunk| &mut hunk.lines) {
                line.comment_url = match (line.new, line.old) {
                    (Some(number), _) => Some(format!(
                        "{base}/comment?version={version}&side=new&path={}&line={number}",
                        hex(&new)
                    )),
                    (None, Some(number)) => Some(format!(
                        "{base}/comment?version={version}&side=old&path={}&line={number}",
                        hex(&old)
                    )),
                    (None, None) => None,
                };
            }
        }
        let mut above = Vec::new();
        for found in self.located {
            let is_here = match &found.spot {
                Spot::Line { path, side, .. } => path_of(*side).as_ref() == Some(path),
                Spot::File(path) => new.as_ref() == Some(path) || old.as_ref() == Some(path),
                Spot::Top => false,
            };
            if !is_here {
                continue;
            }
            let Some(thread) = self.take(found.thread) else { continue };
            let slot = match &found.spot {
                Spot::Line { side, line, .. } => lines
                    .hunks_mut()
                    .iter_mut()
                    .flat_map(|hunk| &mut hunk.lines)
                    .find(|shown| Some(*line) == if *side == Side::New { shown.new } else { shown.old }),
                _ => None,
            };
            match slot {
                Some(line) => line.threads.push(thread),
                None => above.push(thread),
            }
        }
        let path = new.clone().or(old);
        let side = if new.is_some() { "new" } else { "old" };
        ReviewFile {
            path_hex: hex(&path),
            fingerprint: hex::encode(fingerprint(file)),
            is_viewed: false,
            comment_url: commenting.map(|(base, version)| {
                format!("{base}/comment?version={version}&side={side}&path={}", hex(&path))
            }),
            threads: above,
            file: lines,
        }
    }

    /// Threads that are about something that is not shown.
    fn rest(mut self) -> Vec<ThreadBox> {
        let mut left: Vec<(usize, ThreadId)> = self.threads.iter().map(|(id, (at, _))| (*at, *id)).collect();
        left.sort_unstable();
        left.into_iter().filter_map(|(_, id)| self.take(id)).collect()
    }
}

/// A path as forms send it: hexadecimal digits, for paths are bytes.
pub(in crate::handler) fn path_of_hex(text: &str) -> Option<FilePath> {
    let bytes = hex::decode(text).ok()?;
    FilePath::new(bytes).ok().filter(|path| !path.is_root())
}
