//! The audit log, of the site and of one organisation: searching it, and taking a copy.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use forge_app::{AuditAccess, AuditFilter, Page, audit_line};
use forge_core::AuditEntry;
use futures::stream;
use http::{HeaderValue, header};
use serde::Deserialize;
use time::macros::format_description;
use time::{Date, OffsetDateTime, Time};

use crate::error::{Answer, Failure};
use crate::extract::{Audit, Ctx, OrgAudit, Query, page};
use crate::handler::present::{counted, paging_with};
use crate::page::audit::{AuditLog, AuditRow, Fields};
use crate::render::csv_line;
use crate::url;
use crate::view::{Choice, FormErrors, When};

/// How many entries are listed at once.
const LISTED: u64 = 50;
/// The longest text that is searched for.
const MAX_TEXT: usize = 100;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(in crate::handler) struct AuditQuery {
    #[serde(default)]
    actor: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    format: Format,
    page: Option<u64>,
}

/// How a copy is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// A table for a spreadsheet.
    #[default]
    Csv,
    /// JSON Lines, for programs.
    Jsonl,
}

pub(in crate::handler) async fn show_audit(
    ctx: Ctx,
    Audit(access): Audit,
    Query(query): Query<AuditQuery>,
) -> Answer {
    show(&ctx, &access, &query, url::ADMIN_AUDIT.to_owned()).await
}

pub(in crate::handler) async fn show_org_audit(
    ctx: Ctx,
    OrgAudit(access): OrgAudit,
    Query(query): Query<AuditQuery>,
) -> Answer {
    let base = base_of(&access);
    show(&ctx, &access, &query, base).await
}

pub(in crate::handler) async fn export_audit(
    ctx: Ctx,
    Audit(access): Audit,
    Query(query): Query<AuditQuery>,
) -> Answer {
    export(ctx, access, query).await
}

pub(in crate::handler) async fn export_org_audit(
    ctx: Ctx,
    OrgAudit(access): OrgAudit,
    Query(query): Query<AuditQuery>,
) -> Answer {
    export(ctx, access, query).await
}

fn base_of(access: &AuditAccess) -> String {
    access.organisation().map_or_else(|| url::ADMIN_AUDIT.to_owned(), |org| url::org_audit(&org.name))
}

async fn show(ctx: &Ctx, access: &AuditAccess, query: &AuditQuery, base: String) -> Answer {
    let (filter, errors) = query.filter();
    let number = query.page.unwrap_or(1).max(1);
    let found = ctx.app().audit_page(access, &filter, Page::number(number, LISTED)).await?;
    let words = query.words();
    let export = |format: &str| format!("{base}/export?{words}format={format}");
    page(&AuditLog {
        page: ctx.frame(),
        about: access.organisation().map(|org| org.display_name.clone()),
        errors,
        fields: query.fields(),
        outcomes: outcomes(&query.outcome),
        count: counted(found.total, "entry", "entries"),
        csv_url: export("csv"),
        json_url: export("jsonl"),
        paging: paging_with(&base, &words, number, LISTED, found.total),
        base,
        entries: found.items.into_iter().map(row).collect(),
    })
}

fn outcomes(chosen: &str) -> Vec<Choice> {
    [("", "Everything"), ("done", "What was done"), ("refused", "What was refused")]
        .into_iter()
        .map(|(value, label)| Choice::plain(value, label, chosen))
        .collect()
}

fn row(entry: AuditEntry) -> AuditRow {
    let event = entry.event;
    AuditRow {
        number: entry.number.to_string(),
        is_refused: event.is_refusal(),
        at: When::at(event.at),
        detail: details(&event.detail),
        actor: event.actor,
        action: event.action,
        subject: event.subject,
        address: event.address,
    }
}

/// The fields of a detail, as people read them.
fn details(json: &str) -> Vec<String> {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(json) else { return Vec::new() };
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    fields.into_iter().map(|(name, value)| format!("{}: {}", name.replace('_', " "), text(value))).collect()
}

impl AuditQuery {
    fn fields(&self) -> Fields {
        Fields {
            actor: self.actor.clone(),
            action: self.action.clone(),
            about: self.about.clone(),
            from: self.from.clone(),
            until: self.until.clone(),
        }
    }

    /// The same as the query of an address, with `&` behind it.
    fn words(&self) -> String {
        let all = [
            ("actor", &self.actor),
            ("action", &self.action),
            ("about", &self.about),
            ("from", &self.from),
            ("until", &self.until),
            ("outcome", &self.outcome),
        ];
        let mut words = String::new();
        for (name, value) in all {
            if !value.is_empty() {
                words.push_str(name);
                words.push('=');
                words.push_str(&url::encode_segment(value.as_bytes()));
                words.push('&');
            }
        }
        words
    }

    /// What is looked for, and what of it makes no sense.
    fn filter(&self) -> (AuditFilter, FormErrors) {
        let mut errors = FormErrors::none();
        let text = |text: &str| {
            let text: String = text.trim().chars().take(MAX_TEXT).collect();
            (!text.is_empty()).then_some(text)
        };
        let mut day = |field: &str, text: &str| -> Option<OffsetDateTime> {
            if text.is_empty() {
                return None;
            }
            if let Ok(date) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
                Some(date.with_time(Time::MIDNIGHT).assume_utc())
            } else {
                errors.add(field, "Enter a date as year, month and day, such as 2026-11-22");
                None
            }
        };
        let from = day("from", &self.from);
        // The last day counts to its end.
        let until = day("until", &self.until).map(|day| day.saturating_add(time::Duration::days(1)));
        let refused = match self.outcome.as_str() {
            "refused" => Some(true),
            "done" => Some(false),
            _ => None,
        };
        let filter = AuditFilter {
            actor: text(&self.actor),
            action: text(&self.action),
            subject: text(&self.about),
            from,
            until,
            refused,
            within: None,
        };
        (filter, errors)
    }
}

/// What the stream of a copy needs between two batches.
struct Copying {
    ctx: Ctx,
    access: AuditAccess,
    filter: AuditFilter,
    format: Format,
    after: Option<u64>,
}

/// Sends a copy, batch by batch: the log may be larger than memory, and the reader may stop being one.
async fn export(ctx: Ctx, access: AuditAccess, query: AuditQuery) -> Answer {
    let (filter, errors) = query.filter();
    if !errors.is_empty() {
        return Err(Failure::bad_request("The dates of this address make no sense."));
    }
    let (kind, ending) = match query.format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Jsonl => ("application/x-ndjson; charset=utf-8", "jsonl"),
    };
    ctx.app().record_audit_export(&access, &ctx.origin, ending).await?;
    let day = ctx.now().date();
    let copying = Copying { ctx, access, filter, format: query.format, after: None };
    let body = Body::from_stream(stream::try_unfold(copying, next_batch));
    Ok(attachment(body, kind, &format!("audit-{day}.{ending}")))
}

async fn next_batch(mut copying: Copying) -> Result<Option<(String, Copying)>, forge_app::Error> {
    let after = copying.after.unwrap_or(0);
    let batch = copying.ctx.app().audit_after(&copying.access, &copying.filter, after).await?;
    let mut text = String::new();
    if copying.after.is_none() && copying.format == Format::Csv {
        text.push_str(&csv_line(&HEADINGS.map(str::to_owned)));
    }
    let Some(last) = batch.last() else {
        copying.after = Some(u64::MAX >> 1);
        return Ok((!text.is_empty()).then_some((text, copying)));
    };
    copying.after = Some(last.number);
    for entry in &batch {
        match copying.format {
            Format::Csv => text.push_str(&csv_line(&cells(entry))),
            Format::Jsonl => text.push_str(&audit_line(entry)),
        }
    }
    Ok(Some((text, copying)))
}

const HEADINGS: [&str; 11] = [
    "number",
    "at",
    "actor",
    "actor_id",
    "action",
    "outcome",
    "subject",
    "subject_id",
    "address",
    "detail",
    "hash",
];

fn cells(entry: &AuditEntry) -> [String; 11] {
    let event = &entry.event;
    let at = event.at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
    [
        entry.number.to_string(),
        at,
        event.actor.clone(),
        event.actor_id.clone(),
        event.action.clone(),
        if event.is_refusal() { "refused" } else { "done" }.to_owned(),
        event.subject.clone(),
        event.subject_id.clone(),
        event.address.clone(),
        event.detail.clone(),
        hex::encode(entry.hash),
    ]
}

fn attachment(body: Body, kind: &'static str, name: &str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_from_its_beginning_to_its_end() {
        let query = AuditQuery {
            from: "2026-11-22".to_owned(),
            until: "2026-11-22".to_owned(),
            outcome: "refused".to_owned(),
            ..AuditQuery::default()
        };
        let (filter, errors) = query.filter();
        assert!(errors.is_empty());
        assert_eq!(filter.until.unwrap() - filter.from.unwrap(), time::Duration::days(1));
        assert_eq!(filter.refused, Some(true));
        let (filter, errors) = AuditQuery { from: "22/11/2026".to_owned(), ..AuditQuery::default() }.filter();
        assert!(filter.from.is_none() && errors.on("from").is_some());
    }

    #[test]
    fn details_are_read_field_by_field() {
        assert_eq!(details(r#"{"ended":3,"token":"CI"}"#), ["ended: 3", "token: CI"]);
        assert!(details("[]").is_empty() && details("").is_empty());
    }

    #[test]
    fn an_address_keeps_what_was_looked_for() {
        let query = AuditQuery { actor: "a&b".to_owned(), about: "x y".to_owned(), ..AuditQuery::default() };
        assert_eq!(query.words(), "actor=a%26b&about=x%20y&");
    }
}
