//! The register of the Organisation Data Service.

use forge_app::{OdsStanding, Page};
use forge_core::{AuditEvent, Organisation};
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, Query, Site, page};
use crate::handler::present::{counted, paging};
use crate::page::register::{ImportRow, Register, RegisterRow};
use crate::url;
use crate::view::{Link, When};

/// How many organisations are listed at once.
const LISTED: u64 = 50;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct RegisterQuery {
    page: Option<u64>,
}

pub(in crate::handler) async fn show_register(
    ctx: Ctx,
    Site(access): Site,
    Query(query): Query<RegisterQuery>,
) -> Answer {
    let number = query.page.unwrap_or(1).max(1);
    let found = ctx.app().register_overview(&access, Page::number(number, LISTED)).await?;
    page(&Register {
        page: ctx.frame(),
        total: match found.total {
            0 => String::new(),
            total => counted(total, "organisation", "organisations"),
        },
        imports: found.imports.iter().map(import_row).collect(),
        paging: paging(url::ADMIN_REGISTER, None, number, LISTED, found.organisations.total),
        organisations: found.organisations.items.into_iter().map(row).collect(),
    })
}

/// What the audit log noted of an import.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Noted {
    organisations: u64,
    closed: u64,
    successions: u64,
    refused: u64,
}

fn import_row(event: &AuditEvent) -> ImportRow {
    let noted: Noted = serde_json::from_str(&event.detail).unwrap_or_default();
    let mut results = vec![counted(noted.organisations, "organisation", "organisations")];
    for (number, one, many) in [
        (noted.closed, "of them closed", "of them closed"),
        (noted.successions, "succession", "successions"),
        (noted.refused, "line not understood", "lines not understood"),
    ] {
        if number > 0 {
            results.push(counted(number, one, many));
        }
    }
    ImportRow { at: When::on(event.at), by: event.actor.clone(), results }
}

fn row((org, standing): (Organisation, Option<OdsStanding>)) -> RegisterRow {
    let organisation = Link::new(&org.display_name, url::owner(&org.name.clone().into()));
    let code = org.ods_code.map(|code| code.as_str().to_owned()).unwrap_or_default();
    let Some(standing) = standing else {
        return RegisterRow { organisation, code, ..RegisterRow::default() };
    };
    let successor = standing.successor.map(|entry| format!("{} ({})", entry.name, entry.code.as_str()));
    let is_closed = standing.entry.is_closed;
    RegisterRow { organisation, code, name: standing.entry.name, is_closed, successor }
}
