//! Saying something about an item: as a whole, in answer to others, and on the lines of a merge request.

use askama::Template;
use forge_app::{ItemAddress, NewAnchor, NewComment, Read, RepoAccess};
use forge_core::merge_request::thread::Side;
use forge_core::{FilePath, ItemKind, ThreadId};
use http::Uri;
use serde::Deserialize;

use super::edit::comment_id;
use super::point::{self, PointQuery};
use super::speaker::lines;
use super::{address, of_lines, preview, safe_back, section};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::repo::diff::path_of_hex;
use crate::handler::repo::{merge_request, ticket, top};
use crate::notice::Notice;
use crate::page::item::CommentPage;
use crate::url;
use crate::view::{FormErrors, WriteBox};

/// What the address of the form says.
#[derive(Deserialize, Default)]
pub(in crate::handler) struct CommentQuery {
    version: Option<u32>,
    side: Option<String>,
    path: Option<String>,
    line: Option<u32>,
    start: Option<u32>,
    back: Option<String>,
    #[serde(flatten)]
    point: PointQuery,
}

/// What the form has.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct CommentForm {
    body: String,
    thread: String,
    version: String,
    side: String,
    path: String,
    start: String,
    end: String,
    x: String,
    y: String,
    point: String,
    action: Action,
    back: String,
}

#[derive(Default, Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Action {
    /// Says it at once.
    #[default]
    Comment,
    /// Shows how it will look.
    Preview,
    /// Keeps it for the review.
    Review,
    /// Keeps it for a review that begins with it.
    StartReview,
    /// Says it and resolves the thread.
    Resolve,
    /// Says it, if there is anything, and closes the item.
    Close,
    /// Says it, if there is anything, and opens the item again.
    Reopen,
}

impl CommentForm {
    fn comment(&self) -> Result<NewComment, Failure> {
        Ok(NewComment {
            thread: self.thread()?,
            anchor: self.anchor()?,
            body: self.body.clone(),
            in_review: matches!(self.action, Action::Review | Action::StartReview),
            resolves: (self.action == Action::Resolve).then_some(true),
        })
    }

    fn thread(&self) -> Result<Option<ThreadId>, Failure> {
        match self.thread.as_str() {
            "" => Ok(None),
            id => Ok(Some(id.parse().map_err(|_| Failure::not_found())?)),
        }
    }

    fn anchor(&self) -> Result<Option<NewAnchor>, Failure> {
        if self.version.is_empty() || !self.thread.is_empty() {
            return Ok(None);
        }
        let bad = || Failure::bad_request("The place that the comment is about makes no sense.");
        let line = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse::<u32>().map(Some).map_err(|_| bad()),
        };
        let lines = match (line(&self.start)?, line(&self.end)?) {
            (Some(start), Some(end)) => Some((start, end)),
            (None, Some(end)) => Some((end, end)),
            _ => None,
        };
        Ok(Some(NewAnchor {
            version: self.version.parse().map_err(|_| bad())?,
            side: self.side.parse::<Side>().map_err(|_| bad())?,
            path: match self.path.as_str() {
                "" => None,
                hex => Some(path_of_hex(hex).ok_or_else(bad)?),
            },
            lines,
            point: point::of_form(&self.x, &self.y)?,
        }))
    }
}

pub(in crate::handler) async fn comment_form(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<CommentQuery>,
    uri: Uri,
) -> Answer {
    if access.actor().person().is_none() {
        return Err(forge_app::Error::Unauthenticated.into());
    }
    let end = query.line.map(|line| line.to_string()).unwrap_or_default();
    let at = address(&uri)?;
    let base = url::item(&access.repo().path, at.kind, at.number);
    let (x, y) = query.point.chosen();
    let form = CommentForm {
        x,
        y,
        point: if query.point.is_asked() { "1".to_owned() } else { String::new() },
        back: query.back.and_then(|back| safe_back(&back, &base)).unwrap_or_default(),
        version: query.version.unwrap_or_default().to_string(),
        side: query.side.unwrap_or_default(),
        path: query.path.unwrap_or_default(),
        start: query.start.map_or_else(|| end.clone(), |line| line.to_string()),
        end,
        ..CommentForm::default()
    };
    page(&placed(&ctx, &access, at, &form, WriteBox::default(), FormErrors::none()).await?)
}

pub(in crate::handler) async fn add_comment(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<CommentForm>,
) -> Answer {
    let at = address(&uri)?;
    let changes_state = matches!(form.action, Action::Close | Action::Reopen);
    if form.action == Action::Preview {
        return form_page(&ctx, &access, at, form, FormErrors::none()).await;
    }
    if changes_state && form.body.trim().is_empty() {
        return change_state(&ctx, &access, at, form.action).await;
    }
    match ctx.app().add_comment(&access, at, &form.comment()?).await {
        Ok(_) if changes_state => change_state(&ctx, &access, at, form.action).await,
        Ok((thread, comment)) => {
            let base = url::item(&access.repo().path, at.kind, at.number);
            let to = || match form.version.as_str() {
                "" => format!("{base}#comment-{comment}"),
                version => format!("{base}/changes?version={version}#thread-{thread}"),
            };
            let back = safe_back(&form.back, &base).map(|back| {
                // A page that is come back to without a place on it is one where the thread stands too.
                let is_new = form.thread.is_empty() && !form.version.is_empty() && !back.contains('#');
                if is_new { format!("{back}#thread-{thread}") } else { back }
            });
            see_other(&back.unwrap_or_else(to))
        }
        Err(error) => {
            let errors = wrong(error, &[])?;
            form_page(&ctx, &access, at, form, errors).await
        }
    }
}

async fn change_state(ctx: &Ctx, access: &RepoAccess<Read>, at: ItemAddress, action: Action) -> Answer {
    let to = url::item(&access.repo().path, at.kind, at.number);
    let open = action == Action::Reopen;
    match at.kind {
        ItemKind::Ticket => {
            ctx.app().set_ticket_open(access, at.number, open).await?;
            ctx.done(&to, if open { Notice::TicketReopened } else { Notice::TicketClosed })
        }
        ItemKind::MergeRequest => {
            ctx.app().set_merge_request_open(access, &ctx.origin, at.number, open).await?;
            see_other(&to)
        }
    }
}

/// The form once more, with what is wrong or with how it will look.
async fn form_page(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    at: ItemAddress,
    form: CommentForm,
    errors: FormErrors,
) -> Answer {
    let preview = match form.action {
        Action::Preview => Some(preview(ctx, access.repo(), &form.body).await?),
        _ => None,
    };
    let write = WriteBox { value: form.body.clone(), preview, ..WriteBox::default() };
    if !form.version.is_empty() || !form.thread.is_empty() {
        let is_fine = errors.is_empty();
        return shown(&placed(ctx, access, at, &form, write, errors).await?, is_fine);
    }
    let is_fine = errors.is_empty();
    match at.kind {
        ItemKind::Ticket => shown(&ticket::view(ctx, access, at.number, None, write, errors).await?, is_fine),
        ItemKind::MergeRequest => {
            shown(&merge_request::view(ctx, access, at.number, None, write, errors).await?, is_fine)
        }
    }
}

fn shown(view: &impl Template, is_fine: bool) -> Answer {
    if is_fine { page(view) } else { again(view) }
}

/// The form for some lines, or for an answer.
async fn placed(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    at: ItemAddress,
    form: &CommentForm,
    write: WriteBox,
    errors: FormErrors,
) -> Result<CommentPage, Failure> {
    let item = ctx.app().item(access, at).await?;
    let base = url::item(&access.repo().path, at.kind, at.number);
    let mut view = CommentPage {
        page: ctx.frame(),
        repo: top::header(access, section(at.kind)),
        action: format!("{base}/comment"),
        title: item.item.title.clone(),
        reference: item.item.reference(),
        thread: form.thread.clone(),
        place: String::new(),
        excerpt: Vec::new(),
        version: form.version.clone(),
        side: String::new(),
        path_hex: form.path.clone(),
        start: form.start.clone(),
        end: form.end.clone(),
        write,
        suggestion: String::new(),
        picture: None,
        x: form.x.clone(),
        y: form.y.clone(),
        then: String::new(),
        can_wait: at.kind == ItemKind::MergeRequest,
        back: safe_back(&form.back, &base).unwrap_or_else(|| base.clone()),
        errors,
    };
    if let Some(id) = form.thread()? {
        let thread = item.threads.iter().find(|thread| thread.id == id).ok_or_else(Failure::not_found)?;
        view.can_wait = thread.is_resolvable;
        view.excerpt = lines(&thread.excerpt);
        let anchor = thread.anchor.as_ref();
        view.place = anchor.map(|anchor| named(anchor.path.as_ref()) + &of_lines(anchor)).unwrap_or_default();
        return Ok(view);
    }
    let anchor = form.anchor()?.ok_or_else(Failure::not_found)?;
    let (excerpt, suggestion) = match ctx.app().look_at(access, at.number, &anchor).await {
        Ok(found) => found,
        // The form says what is wrong with the lines; without errors of its own the address is wrong.
        Err(_) if !view.errors.is_empty() => (String::new(), String::new()),
        Err(forge_app::Error::Invalid { .. }) => return Err(Failure::not_found()),
        Err(error) => return Err(error.into()),
    };
    anchor.side.name().clone_into(&mut view.side);
    view.then = safe_back(&form.back, &base).unwrap_or_default();
    if !form.point.is_empty() {
        view.picture = point::picture(ctx, access, at.number, &anchor).await?;
    }
    view.back = format!("{base}/changes?version={}", anchor.version);
    Ok(CommentPage { place: named(anchor.path.as_ref()), excerpt: lines(&excerpt), suggestion, ..view })
}

fn named(path: Option<&FilePath>) -> String {
    path.map_or_else(|| "The commit message".to_owned(), FilePath::to_text)
}

/// Where to come back to.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct DeleteForm {
    back: String,
}

pub(in crate::handler) async fn delete_comment(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<DeleteForm>,
) -> Answer {
    let at = address(&uri)?;
    ctx.app().delete_comment(&access, &ctx.origin, at, comment_id(&uri)?).await?;
    let base = url::item(&access.repo().path, at.kind, at.number);
    ctx.done(&safe_back(&form.back, &base).unwrap_or(base), Notice::CommentDeleted)
}
