//! One line in the log and one entry in the metrics for each request.

use std::time::Duration;

use axum::extract::Request;
use http::{Method, StatusCode};

use crate::extract::Client;

/// What is known of a request before it is answered.
pub(super) struct Line {
    method: Method,
    path: String,
    client: Client,
}

impl Line {
    pub(super) fn of(request: &Request, client: Client) -> Self {
        Self { method: request.method().clone(), path: shown(request.uri().path()), client }
    }

    /// Writes the line. The query is left out: people put things there that a log should not have.
    pub(super) fn write(self, route: Option<&str>, status: StatusCode, took: Duration) {
        let (status, route) = (status.as_u16(), route.unwrap_or("none"));
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let (method, path, client) = (self.method.as_str(), self.path.as_str(), self.client.text());
        tracing::info!(method, path, route, status, milliseconds, client, "answered");
        let labels =
            [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
        metrics::histogram!("forge_http_request_seconds", &labels).record(took.as_secs_f64());
    }
}

/// Where what follows is a secret that lets somebody in.
const SECRET: [&str; 7] = [
    "/setup/",
    "/feeds/",
    "/invitations/",
    "/sign-in/email/",
    "/sign-in/reset/",
    "/sign-up/",
    "/unsubscribe/",
];

/// A path as the log shows it: without the secrets that some addresses are, without what could forge a line.
fn shown(path: &str) -> String {
    if let Some(secret) = SECRET.into_iter().find(|secret| path.starts_with(secret)) {
        return format!("{secret}…");
    }
    let mut shown: String = path.chars().take(500).flat_map(char::escape_default).collect();
    if shown.len() < path.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hold_no_secrets_and_stay_lines() {
        assert_eq!(shown("/setup/0123456789abcdef"), "/setup/…");
        assert_eq!(shown("/feeds/forge_0123456789abcdef/activity/rr8/beds"), "/feeds/…");
        assert_eq!(shown("/sign-in/reset/0123456789abcdef"), "/sign-in/reset/…");
        assert_eq!(shown("/rr8/beds/blob/main/a%0Ab"), "/rr8/beds/blob/main/a%0Ab");
        assert_eq!(shown("/é\u{1b}[2J"), "/\\u{e9}\\u{1b}[2J");
        assert_eq!(shown(&"x".repeat(9_000)).chars().count(), 501);
    }
}
