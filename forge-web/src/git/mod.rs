//! Git over HTTPS: the smart protocol, under `/<owner>/<repo>` with or without `.git`.
//!
//! What an address does is decided by its path, and permission for exactly that is proven before anything of the body
//! is read. Nobody signed in hears the same for every address. Bodies stream in both directions: the engine reads
//! from the network and writes to it, and a slow client holds it back instead of filling memory.

mod answer;
mod caller;
mod input;
mod protocol;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use forge_app::{Exchange, Read, Service, Write};
use forge_core::Permission;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::Address;
use crate::page::error::Problem;
use crate::routes::{Guard, Routes};
use crate::web::Web;
use answer::stream;
use caller::Caller;
pub(crate) use caller::{Credentials, credentials};
use input::{Fault, Input};

/// Bytes of a request to fetch, unpacked: wants and haves. A push has the engine's own limits.
const MAX_FETCH_REQUEST: u64 = 64 * 1024 * 1024;
/// Bytes of a request for an archive, unpacked: a command line.
const MAX_ARCHIVE_REQUEST: u64 = 1024 * 1024;

/// The routes of git.
pub(crate) fn routes() -> Routes {
    let (read, write) = (Guard::Repo(Permission::Read), Guard::Repo(Permission::Write));
    Routes::new()
        .get("/{owner}/{repo}/info/refs", read, advertise)
        .post("/{owner}/{repo}/git-upload-pack", read, upload_pack)
        .post("/{owner}/{repo}/git-receive-pack", write, receive_pack)
        .post("/{owner}/{repo}/git-upload-archive", read, upload_archive)
        .get("/{owner}/{repo}/bundles/{*file}", read, show_bundle)
        .get("/{owner}/{repo}/HEAD", read, refuse_dumb)
        .get("/{owner}/{repo}/objects/{*path}", read, refuse_dumb)
        .get("/{owner}/{repo}/info/lfs/{*path}", read, refuse_large_files)
        .post("/{owner}/{repo}/info/lfs/{*path}", read, refuse_large_files)
}

/// Says what went wrong in plain words, which git shows after `remote:`.
pub(crate) async fn in_plain_words(State(web): State<Web>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<Failure>() else { return response };
    failure.log();
    let text = match &failure {
        Failure::SignIn => "Sign in with your user name and an access token or your password.".to_owned(),
        Failure::Problem(trouble) if trouble.problem == Problem::NotFound => {
            "Repository not found, or you do not have access to it.".to_owned()
        }
        other => {
            let (problem, detail) = other.shown();
            if detail.is_empty() { problem.title().to_owned() } else { detail }
        }
    };
    let mut response = (failure.status(), format!("{text}\n")).into_response();
    failure.decorate(&mut response);
    if matches!(failure, Failure::SignIn) {
        let realm: String = web
            .options()
            .git_realm
            .chars()
            .filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\'))
            .collect();
        if let Ok(value) = HeaderValue::from_str(&format!("Basic realm=\"{realm}\", charset=\"UTF-8\"")) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
    }
    response
}

#[derive(Deserialize)]
struct AdvertiseQuery {
    service: Option<String>,
}

/// `GET info/refs`: what there is and what the server can do.
async fn advertise(State(web): State<Web>, caller: Caller, uri: Uri, headers: HeaderMap) -> Answer {
    let query = axum::extract::Query::<AdvertiseQuery>::try_from_uri(&uri);
    let query = query.map_err(|_| Failure::bad_request("The query of this address makes no sense."))?;
    let Some(service) = &query.service else { return dumb(&web, &caller).await };
    let service: Service = service.parse()?;
    let access = match service {
        Service::UploadPack | Service::UploadArchive => caller.authorize::<Read>(&web).await?,
        Service::ReceivePack => caller.authorize::<Write>(&web).await?.lower(),
    };
    if let Some(moved) = caller.moved(access.repo(), &uri) {
        return Err(Failure::Moved(moved));
    }
    let refs = web.app().advertise(&access, service, protocol::version(&headers)).await?;
    Ok(answer::with_type(&format!("application/x-{}-advertisement", service.name()), refs.into()))
}

/// `POST git-upload-pack`: a fetch or clone.
async fn upload_pack(State(web): State<Web>, caller: Caller, request: Request) -> Answer {
    let service = Service::UploadPack;
    let access = caller.authorize::<Read>(&web).await?;
    let (version, input, fault) = prepare(service, request, MAX_FETCH_REQUEST)?;
    let output = web.app().upload_pack(access, caller.origin(), version, Exchange::Stateless, input).await?;
    stream(service, output, &fault).await
}

/// `POST git-receive-pack`: a push.
async fn receive_pack(State(web): State<Web>, caller: Caller, request: Request) -> Answer {
    let service = Service::ReceivePack;
    let access = caller.authorize::<Write>(&web).await?;
    let (version, input, fault) = prepare(service, request, u64::MAX)?;
    let output = web.app().receive_pack(access, caller.origin(), version, Exchange::Stateless, input).await?;
    stream(service, output, &fault).await
}

/// `POST git-upload-archive`: `git archive --remote`.
async fn upload_archive(State(web): State<Web>, caller: Caller, request: Request) -> Answer {
    let service = Service::UploadArchive;
    let access = caller.authorize::<Read>(&web).await?;
    let (_, input, fault) = prepare(service, request, MAX_ARCHIVE_REQUEST)?;
    let output = web.app().upload_archive(access, caller.origin(), Exchange::Stateless, input).await?;
    stream(service, output, &fault).await
}

/// `GET bundles/<checksum>.bundle`: most of a clone, as one file.
async fn show_bundle(State(web): State<Web>, caller: Caller, uri: Uri) -> Answer {
    let access = caller.authorize::<Read>(&web).await?;
    let name = Address::of(&uri).rest(3).and_then(|rest| String::from_utf8(rest).ok());
    let checksum = name.as_deref().and_then(|name| name.strip_suffix(".bundle")?.parse().ok());
    let bundle =
        web.app().bundle(&access, &caller.origin(), &checksum.ok_or_else(Failure::not_found)?).await?;
    let mut response = answer::with_type("application/x-git-bundle", Body::from_stream(bundle.content));
    response.headers_mut().insert(header::CONTENT_LENGTH, bundle.bytes.into());
    Ok(response)
}

fn prepare(
    service: Service,
    request: Request,
    most: u64,
) -> Result<(forge_app::Version, forge_app::Input, Fault), Failure> {
    let (parts, body) = request.into_parts();
    protocol::check_type(&parts.headers, service)?;
    let encoding = protocol::encoding(&parts.headers)?;
    let Input { reader, fault } = Input::of(body, encoding, most);
    Ok((protocol::version(&parts.headers), reader, fault))
}

/// The dumb protocol reads files of the repository one by one. There are none that it could read.
async fn refuse_dumb(State(web): State<Web>, caller: Caller) -> Answer {
    dumb(&web, &caller).await
}

async fn dumb(web: &Web, caller: &Caller) -> Answer {
    let _access = caller.authorize::<Read>(web).await?;
    let text =
        "This forge speaks git's smart protocol only. Use git 1.6.6 or later, without GIT_SMART_HTTP=0.\n";
    Ok((StatusCode::FORBIDDEN, text).into_response())
}

/// Git LFS, which its client finds by this address whether it is offered or not. Told in the form that the client shows.
async fn refuse_large_files(State(web): State<Web>, caller: Caller) -> Answer {
    let _access = caller.authorize::<Read>(&web).await?;
    let text =
        r#"{"message":"Git LFS is not available yet. Commit without it, or keep large files elsewhere."}"#;
    let kind = [(header::CONTENT_TYPE, "application/vnd.git-lfs+json")];
    Ok((StatusCode::FORBIDDEN, kind, text).into_response())
}
