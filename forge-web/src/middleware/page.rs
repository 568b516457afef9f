//! The layer around pages: the visitor, a time limit, and pages for failures.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use forge_app::{Origin, SessionHolder};
use forge_core::site::AnnouncementLevel;
use forge_core::{Actor, Door, Secret};
use futures::FutureExt as _;
use http::{HeaderMap, Method, StatusCode, header};

use crate::cookie;
use crate::error::Failure;
use crate::extract::{Client, Visitor, frame, see_other, show};
use crate::middleware::RequestId;
use crate::notice::Notice;
use crate::page::error::{ErrorPage, Problem};
use crate::url;
use crate::view::Announced;
use crate::web::Web;

/// The layer around pages.
pub(crate) async fn page(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let request_id = request.extensions().get::<RequestId>().cloned();
    let mut stranger = stranger(&web, &request);
    stranger.announcement = announced(&web).await;
    let session = cookie::read_secret(request.headers(), web.cookies().session);
    let (visitor, trouble) = match visitor(&web, &stranger, session, Client::of(request.extensions())).await {
        Ok(visitor) => (visitor, None),
        Err(failure) => (stranger, Some(failure)),
    };
    request.extensions_mut().insert(visitor.clone());
    let mut response = match trouble {
        Some(failure) => failure.into_response(),
        None if visitor.must_enrol && !is_for_enrolling(request.uri().path()) => {
            let to = url::SETTINGS_SECOND_FACTOR;
            see_other(to).unwrap_or_else(IntoResponse::into_response)
        }
        None => bounded(&web, request, next).await,
    };
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        response = shown(&web, &visitor, &method, request_id, &failure);
    }
    tell_cookies(&web, &visitor, &mut response);
    response
}

/// What somebody may use of whom a second factor is demanded and who has none yet: what they need to set one up, and to
/// leave. Everything else is kept from them here, before any handler runs.
fn is_for_enrolling(path: &str) -> bool {
    let open = [
        url::SETTINGS_SECOND_FACTOR,
        url::SETTINGS_AUTHENTICATOR,
        url::SETTINGS_PASSKEYS,
        url::SETTINGS_PASSKEYS_BEGIN,
        url::SIGN_IN_PASSKEY_BEGIN,
        url::SIGN_IN_CONFIRM_PASSKEY,
        url::SIGN_IN_CONFIRM,
        url::SIGN_OUT,
        url::HELP,
        url::ACCESSIBILITY,
    ];
    open.contains(&path)
}

/// Runs the handler within the time for a page, with a net under it.
async fn bounded(web: &Web, request: Request, next: Next) -> Response {
    let running = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(web.options().limits.page, running).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Failure::internal("a page panicked").into_response(),
        Err(_) => Failure::of(Problem::Unavailable, "This page took too long. Try again in a moment.")
            .into_response(),
    }
}

/// Finds out who it is.
async fn visitor(
    web: &Web,
    stranger: &Visitor,
    session: Option<Secret<String>>,
    client: Client,
) -> Result<Visitor, Failure> {
    let Some(secret) = session else { return Ok(stranger.clone()) };
    let origin = Origin { door: Door::Web, address: client.text() };
    match web.app().actor_of_session(&origin, secret.expose()).await? {
        Some(SessionHolder { actor, user, must_enrol }) => {
            let reads_audit = web.app().audits_site(&actor).await?;
            let unread = match web.app().authorize_me(&actor) {
                Ok(me) => web.app().unread_notifications(&me).await?,
                Err(_) => 0,
            };
            let user = Some(user);
            Ok(Visitor {
                actor,
                user,
                reads_audit,
                unread,
                secret,
                is_new: false,
                must_enrol,
                ..stranger.clone()
            })
        }
        None => Ok(stranger.clone()),
    }
}

/// What stands on every page. Where it cannot be asked for, the page itself tells what is wrong.
async fn announced(web: &Web) -> Option<Announced> {
    let found = web.app().announcement_now().await.ok().flatten()?;
    Some(Announced { is_warning: found.level == AnnouncementLevel::Warning, text: found.text })
}

/// Somebody who is not signed in.
fn stranger(web: &Web, request: &Request) -> Visitor {
    let (cookies, headers): (_, &HeaderMap) = (web.cookies(), request.headers());
    let known = cookie::read_secret(headers, cookies.form);
    let is_new = known.is_none();
    let secret = known.unwrap_or_else(|| Secret::new(hex::encode(web.app().ambient().random::<32>())));
    let notice = cookie::read(headers, cookies.flash).and_then(Notice::of_word);
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
    Visitor {
        actor: Actor::Nobody,
        user: None,
        announcement: None,
        reads_audit: false,
        unread: 0,
        secret,
        is_new,
        must_enrol: false,
        notice,
        path,
    }
}

/// Tells the browser its secret for forms where a page was made with it, and takes back a notice that was shown.
fn tell_cookies(web: &Web, visitor: &Visitor, response: &mut Response) {
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return;
    }
    let cookies = web.cookies();
    let told = visitor.is_new.then(|| cookies.set(cookies.form, visitor.secret.expose(), None)).flatten();
    let seen = visitor.notice.filter(|_| response.status().is_success());
    let taken = seen.and_then(|_| cookies.remove(cookies.flash));
    for cookie in [told, taken].into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// A failure as what a browser shows.
fn shown(
    web: &Web,
    visitor: &Visitor,
    method: &Method,
    id: Option<RequestId>,
    failure: &Failure,
) -> Response {
    failure.log();
    let answer = match failure {
        Failure::SignIn if method.is_safe() => see_other(&url::sign_in_then(&visitor.path)),
        // What a form held is lost, but never its page: most are shown to somebody recent only, so it rarely happens.
        Failure::Confirm => see_other(&url::confirm_then(&visitor.path)),
        Failure::Moved(_) => Ok(StatusCode::MOVED_PERMANENTLY.into_response()),
        _ => {
            let (problem, detail) = failure.shown();
            let request_id = id.map(|id| id.0).unwrap_or_default();
            // The notice waits for the page it is about, and after signing in nobody can come back to a form's target.
            let mut page = crate::view::PageContext { flash: None, ..frame(web, visitor) };
            if !method.is_safe() {
                url::HOME.clone_into(&mut page.path);
            }
            show(failure.status(), &ErrorPage { page, problem, detail, request_id })
        }
    };
    let mut response = answer.unwrap_or_else(|failure| {
        failure.log();
        (StatusCode::INTERNAL_SERVER_ERROR, "Sorry, there is a problem with the service.\n").into_response()
    });
    failure.decorate(&mut response);
    response
}
