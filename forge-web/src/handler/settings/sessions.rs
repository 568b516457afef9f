//! Browsers that are signed in.

use forge_core::{Credential, Session, SessionId};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, page};
use crate::form::Form;
use crate::notice::Notice;
use crate::page::settings::{SessionRow, Sessions};
use crate::url;
use crate::view::When;

pub(in crate::handler) async fn show_sessions(ctx: Ctx, Me(me): Me) -> Answer {
    let current = match me.person().credential {
        Credential::Session(id) => Some(id),
        _ => None,
    };
    let sessions = ctx.app().sessions(&me).await?;
    let now = ctx.now();
    let sessions = sessions.into_iter().map(|session| row(session, current, now)).collect();
    page(&Sessions { page: ctx.frame(), sessions })
}

fn row(session: Session, current: Option<SessionId>, now: OffsetDateTime) -> SessionRow {
    SessionRow {
        id: session.id.to_string(),
        device: device(&session.user_agent),
        address: session.address,
        since: When::on(session.created_at),
        last_used: When::ago(session.last_used_at, now),
        is_current: current == Some(session.id),
    }
}

/// What the buttons have: one session, or all others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct SessionsForm {
    id: Option<String>,
    #[serde(default)]
    all: bool,
}

pub(in crate::handler) async fn end_sessions(ctx: Ctx, Me(me): Me, Form(form): Form<SessionsForm>) -> Answer {
    if form.all {
        ctx.app().end_other_sessions(&me, &ctx.origin).await?;
        return ctx.done(url::SETTINGS_SESSIONS, Notice::SessionsEnded);
    }
    let id: SessionId = form.id.unwrap_or_default().parse().map_err(|_| Failure::not_found())?;
    ctx.app().end_session(&me, &ctx.origin, id).await?;
    ctx.done(url::SETTINGS_SESSIONS, Notice::SessionEnded)
}

/// `Firefox on Windows`, from what browsers say of themselves; each also names those it wants to be taken for.
fn device(user_agent: &str) -> String {
    let first = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) if user_agent.is_empty() => "Unknown browser".to_owned(),
        (None, None) => user_agent.chars().take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_browsers() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0";
        assert_eq!(device(edge), "Edge on Windows");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(device(safari), "Safari on iPhone");
        assert_eq!(device("curl/8.0"), "curl/8.0");
        assert_eq!(device(""), "Unknown browser");
    }
}
