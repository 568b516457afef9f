//! What nearly every handler of a page needs.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{Html, IntoResponse};
use forge_app::{App, Origin};
use forge_core::Door;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use time::OffsetDateTime;

use crate::csrf;
use crate::error::{Answer, Failure};
use crate::extract::{Client, Visitor};
use crate::notice::Notice;
use crate::view::{FormErrors, PageContext, SignedIn};
use crate::web::Web;

/// The house, the visitor, and where the request came from.
pub(crate) struct Ctx {
    pub(crate) web: Web,
    pub(crate) visitor: Visitor,
    pub(crate) origin: Origin,
    pub(crate) headers: HeaderMap,
}

impl FromRequestParts<Web> for Ctx {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let visitor = Visitor::from_request_parts(parts, web).await?;
        let origin = Origin { door: Door::Web, address: Client::of(&parts.extensions).text() };
        Ok(Self { web: web.clone(), visitor, origin, headers: parts.headers.clone() })
    }
}

impl Ctx {
    /// The house.
    pub(crate) fn app(&self) -> &App {
        self.web.app()
    }

    /// Now.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.app().ambient().now()
    }

    /// The frame around a page.
    pub(crate) fn frame(&self) -> PageContext {
        frame(&self.web, &self.visitor)
    }

    /// Where a form leads once it did what it is for.
    pub(crate) fn done(&self, to: &str, notice: Notice) -> Answer {
        let mut response = see_other(to)?;
        let cookies = self.web.cookies();
        if let Some(cookie) = cookies.set(cookies.flash, notice.word(), None) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// The frame around a page for a visitor.
pub(crate) fn frame(web: &Web, visitor: &Visitor) -> PageContext {
    let person = visitor.user.as_ref().map(|user| SignedIn {
        name: user.display_name.clone(),
        url: crate::url::owner(&user.name.clone().into()),
        is_admin: user.is_admin,
        reads_audit: visitor.reads_audit,
        unread: visitor.unread,
    });
    PageContext {
        person,
        csrf: csrf::token(visitor.form_secret(), web.app().ambient().random()),
        flash: visitor.notice.map(Notice::flash),
        announcement: visitor.announcement.clone(),
        path: visitor.path.clone(),
    }
}

/// Shows a page.
pub(crate) fn page(view: &impl Template) -> Answer {
    show(StatusCode::OK, view)
}

/// Shows a form again, with what is wrong with it.
pub(crate) fn again(view: &impl Template) -> Answer {
    show(StatusCode::UNPROCESSABLE_ENTITY, view)
}

/// Shows a page with a status.
pub(crate) fn show(status: StatusCode, view: &impl Template) -> Answer {
    let html = view.render().map_err(Failure::internal)?;
    Ok((status, Html(html)).into_response())
}

/// Leads on after a change, so that loading the page again does not send the form again.
pub(crate) fn see_other(to: &str) -> Answer {
    let to = HeaderValue::from_str(to).map_err(Failure::internal)?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, to);
    Ok(response)
}

/// What a form shows of an error, if it is one that other input would mend. The name of the field in the page may
/// differ from what the use case calls it.
pub(crate) fn wrong(error: forge_app::Error, names: &[(&str, &str)]) -> Result<FormErrors, Failure> {
    match error {
        forge_app::Error::Invalid { field, message } => {
            let shown = names.iter().find(|(theirs, _)| *theirs == field).map_or(field, |(_, ours)| ours);
            Ok(FormErrors::one(shown, message))
        }
        forge_app::Error::Conflict(message) | forge_app::Error::TooLarge(message) => {
            Ok(FormErrors::one("", message))
        }
        other => Err(other.into()),
    }
}
