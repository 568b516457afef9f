//! Commenting: on lines, on files, in answer to others, and changing what one said.

use forge_app::{NewAnchor, NewComment, Read, RepoAccess};
use forge_core::merge_request::thread::Side;
use forge_core::{CommentId, FilePath, ThreadId};
use http::Uri;
use serde::Deserialize;

use super::changes::path_of_hex;
use super::number;
use super::say::lines;
use super::show;
use super::top::{Tab, request_top};
use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Query, Repo, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::repo::CommentPage;
use crate::url;
use crate::view::{FormErrors, RepoSection};

/// The longest that a page to come back to is.
const MAX_BACK: usize = 500;

/// What the address of the form says.
#[derive(Deserialize, Default)]
pub(in crate::handler) struct CommentQuery {
    version: Option<u32>,
    side: Option<String>,
    path: Option<String>,
    line: Option<u32>,
    start: Option<u32>,
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
    action: String,
    back: String,
}

pub(in crate::handler) async fn comment_form(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<CommentQuery>,
    uri: Uri,
) -> Answer {
    let number = number(&uri)?;
    if access.actor().person().is_none() {
        return Err(forge_app::Error::Unauthenticated.into());
    }
    let end = query.line.map(|line| line.to_string()).unwrap_or_default();
    let form = CommentForm {
        version: query.version.unwrap_or_default().to_string(),
        side: query.side.unwrap_or_default(),
        path: query.path.unwrap_or_default(),
        start: query.start.map_or_else(|| end.clone(), |line| line.to_string()),
        end,
        ..CommentForm::default()
    };
    page(&view(&ctx, &access, number, FormErrors::none(), &form).await?)
}

pub(in crate::handler) async fn add_comment(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<CommentForm>,
) -> Answer {
    let number = number(&uri)?;
    let base = url::merge_request(&access.repo().path, number);
    let thread = match form.thread.as_str() {
        "" => None,
        id => Some(id.parse::<ThreadId>().map_err(|_| Failure::not_found())?),
    };
    let anchor = anchor(&form)?;
    let is_on_code = anchor.is_some();
    let new = NewComment {
        thread,
        anchor,
        body: form.body.clone(),
        in_review: matches!(form.action.as_str(), "review" | "start-review"),
        resolves: match form.action.as_str() {
            "resolve" => Some(true),
            "reopen" => Some(false),
            _ => None,
        },
    };
    match ctx.app().comment_on_merge_request(&access, &ctx.origin, number, &new).await {
        Ok((thread, _)) => {
            let back = safe_back(&form.back, &base).unwrap_or_else(|| {
                if is_on_code {
                    format!("{base}/changes?version={}#thread-{thread}", form.version)
                } else {
                    format!("{base}#thread-{thread}")
                }
            });
            see_other(&back)
        }
        Err(error) if is_on_code => again(&view(&ctx, &access, number, wrong(error, &[])?, &form).await?),
        Err(error) => {
            let errors = wrong(error, &[])?;
            again(&show::view(&ctx, &access, number, errors, form.body).await?)
        }
    }
}

/// Only a page of the same merge request is come back to.
pub(super) fn safe_back(back: &str, base: &str) -> Option<String> {
    let rest = back.strip_prefix(base)?;
    let fits = rest.is_empty() || rest.starts_with(['/', '?', '#']);
    let clean = back.len() <= MAX_BACK && back.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (fits && clean && !rest.contains("..")).then(|| back.to_owned())
}

fn anchor(form: &CommentForm) -> Result<Option<NewAnchor>, Failure> {
    if form.version.is_empty() || !form.thread.is_empty() {
        return Ok(None);
    }
    let bad = || Failure::bad_request("The place that the comment is about makes no sense.");
    let line = |text: &str| match text.trim() {
        "" => Ok(None),
        text => text.parse::<u32>().map(Some).map_err(|_| bad()),
    };
    let lines = match (line(&form.start)?, line(&form.end)?) {
        (Some(start), Some(end)) => Some((start, end)),
        (None, Some(end)) => Some((end, end)),
        _ => None,
    };
    Ok(Some(NewAnchor {
        version: form.version.parse().map_err(|_| bad())?,
        side: form.side.parse::<Side>().map_err(|_| bad())?,
        path: match form.path.as_str() {
            "" => None,
            hex => Some(path_of_hex(hex).ok_or_else(bad)?),
        },
        lines,
        point: None,
    }))
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    number: u64,
    errors: FormErrors,
    form: &CommentForm,
) -> Result<CommentPage, Failure> {
    let now = ctx.now();
    let conversation = ctx.app().merge_request(access, number).await?;
    let anchor = anchor(form)?.ok_or_else(Failure::not_found)?;
    let base = url::merge_request(&access.repo().path, number);
    let found = match ctx.app().look_at(access, number, &anchor).await {
        Ok(found) => found,
        // The form says what is wrong with the lines; without errors of its own the address is wrong.
        Err(_) if !errors.is_empty() => (String::new(), String::new()),
        Err(forge_app::Error::Invalid { .. }) => return Err(Failure::not_found()),
        Err(error) => return Err(error.into()),
    };
    let (excerpt, suggestion) = found;
    let name = anchor.path.as_ref().map_or_else(|| "The commit message".to_owned(), FilePath::to_text);
    Ok(CommentPage {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::MergeRequests),
        top: request_top(access, &conversation, Tab::Changes, now),
        errors,
        action: format!("{base}/comment"),
        place: name,
        excerpt: lines(&excerpt),
        version: anchor.version,
        side: anchor.side.name().to_owned(),
        path_hex: form.path.clone(),
        start: form.start.clone(),
        end: form.end.clone(),
        body: form.body.clone(),
        suggestion,
        editing: None,
        back: format!("{base}/changes?version={}", anchor.version),
    })
}

/// The comment in an address such as `…/comments/ID/edit`.
fn comment_id(uri: &Uri) -> Result<CommentId, Failure> {
    let text = Address::of(uri).segment(5).ok_or_else(Failure::not_found)?;
    text.parse().map_err(|_| Failure::not_found())
}

pub(in crate::handler) async fn edit_comment_form(ctx: Ctx, Repo(access): Repo<Read>, uri: Uri) -> Answer {
    let (number, id) = (number(&uri)?, comment_id(&uri)?);
    page(&editing(&ctx, &access, number, id, FormErrors::none(), None).await?)
}

/// What is done with a comment that is there.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct ChangeForm {
    body: String,
    back: String,
}

pub(in crate::handler) async fn change_comment(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<ChangeForm>,
) -> Answer {
    let (number, id) = (number(&uri)?, comment_id(&uri)?);
    let base = url::merge_request(&access.repo().path, number);
    let back = safe_back(&form.back, &base).unwrap_or_else(|| format!("{base}#comment-{id}"));
    match Address::of(&uri).segment(6).as_deref() {
        Some("delete") => {
            ctx.app().delete_merge_request_comment(&access, &ctx.origin, number, id).await?;
            ctx.done(&back, Notice::CommentDeleted)
        }
        Some("edit") => match ctx.app().edit_merge_request_comment(&access, number, id, &form.body).await {
            Ok(()) => see_other(&back),
            Err(error) => {
                let errors = wrong(error, &[])?;
                again(&editing(&ctx, &access, number, id, errors, Some(form.body)).await?)
            }
        },
        _ => Err(Failure::not_found()),
    }
}

async fn editing(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    number: u64,
    id: CommentId,
    errors: FormErrors,
    body: Option<String>,
) -> Result<CommentPage, Failure> {
    let now = ctx.now();
    let conversation = ctx.app().merge_request(access, number).await?;
    let who = access.actor().person().map(|person| person.id);
    let found = conversation.threads.iter().find_map(|thread| {
        let comment = thread.comments.iter().find(|comment| comment.id == id)?;
        Some((thread, comment))
    });
    let (thread, comment) = found
        .filter(|(_, comment)| who.is_some() && comment.author.id == who)
        .ok_or_else(Failure::not_found)?;
    let base = url::merge_request(&access.repo().path, number);
    Ok(CommentPage {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::MergeRequests),
        top: request_top(access, &conversation, Tab::Conversation, now),
        errors,
        action: format!("{base}/comments/{id}/edit"),
        place: String::new(),
        excerpt: lines(&thread.excerpt),
        version: 0,
        side: String::new(),
        path_hex: String::new(),
        start: String::new(),
        end: String::new(),
        body: body.unwrap_or_else(|| comment.body.clone()),
        suggestion: String::new(),
        editing: Some(id.to_string()),
        back: format!("{base}#comment-{id}"),
    })
}

/// What is done with a thread.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct ThreadForm {
    thread: String,
    action: String,
    back: String,
}

pub(in crate::handler) async fn change_thread(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<ThreadForm>,
) -> Answer {
    let number = number(&uri)?;
    let id =
        form.thread.trim_start_matches("thread-").parse::<ThreadId>().map_err(|_| Failure::not_found())?;
    ctx.app().resolve_thread(&access, number, id, form.action != "reopen").await?;
    let base = url::merge_request(&access.repo().path, number);
    see_other(&safe_back(&form.back, &base).unwrap_or_else(|| format!("{base}#thread-{id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_same_merge_request_are_come_back_to() {
        let base = "/rr8/beds/merge-requests/1";
        for fine in [base, "/rr8/beds/merge-requests/1/changes?version=2#thread-x"] {
            assert_eq!(safe_back(fine, base).as_deref(), Some(fine));
        }
        for bad in [
            "",
            "//evil.example",
            "/rr8/beds/merge-requests/12",
            "/rr8/beds/merge-requests/1/../../x",
            "/rr8/beds/merge-requests/1/\r\nSet-Cookie:x",
        ] {
            assert_eq!(safe_back(bad, base), None, "{bad}");
        }
    }
}
