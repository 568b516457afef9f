//! The register of the Organisation Data Service: taking it in, and what it says of an organisation.

use std::collections::BTreeMap;

use forge_core::ods::{MAX_ODS_BYTES, OdsEntry, OdsLine, read_line};
use forge_core::{AuditEvent, OdsCode, Organisation};
use forge_store::audit::{self, AuditFilter};
use forge_store::{PageRequest, Rows, ods, organisation};
use serde_json::json;

use crate::access::{SignedIn, SiteAccess};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::page::Page;

/// What the audit log calls it.
const TAKEN_IN: &str = "ods.import";
/// Imports that are shown.
const IMPORTS: u64 = 5;
/// Lines of which the refusal is told one by one.
const TOLD: usize = 20;

/// What came of taking a file of the register in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OdsImported {
    /// Organisations that were taken.
    pub organisations: u64,
    /// Of those, how many are closed.
    pub closed: u64,
    /// Successors that were noted.
    pub successions: u64,
    /// Successions of organisations that the register does not have: take in the file with those first.
    pub unknown: u64,
    /// How many lines were not taken.
    pub refused: u64,
    /// The first of them, by number, with the reason.
    pub reasons: Vec<(u64, String)>,
    /// How many organisations the register has now.
    pub total: u64,
}

/// The register, and what it says of the organisations here.
#[derive(Debug, Clone)]
pub struct RegisterOverview {
    /// How many organisations the register has.
    pub total: u64,
    /// The last imports as the audit log has them, the newest first.
    pub imports: Vec<AuditEvent>,
    /// The organisations here that have a code, with what the register says of it; nothing where it does not know it.
    pub organisations: forge_store::Page<(Organisation, Option<OdsStanding>)>,
}

/// What the register says of an organisation.
#[derive(Debug, Clone)]
pub struct OdsStanding {
    /// Its entry.
    pub entry: OdsEntry,
    /// The entry of its successor.
    pub successor: Option<OdsEntry>,
    /// The organisation here that has the successor's code.
    pub moved_to: Option<Organisation>,
}

impl App {
    /// Takes a file of the register in. Doing it twice changes nothing; what the file does not have stays.
    pub async fn import_ods(&self, access: &SiteAccess, origin: &Origin, file: &str) -> Result<OdsImported> {
        if file.len() > MAX_ODS_BYTES {
            return Err(Error::TooLarge(format!(
                "A file of the register has at most {MAX_ODS_BYTES} bytes."
            )));
        }
        let mut done = OdsImported::default();
        // Of a code that is there twice, the last line counts.
        let mut entries: BTreeMap<String, OdsEntry> = BTreeMap::new();
        let mut successions: Vec<(OdsCode, OdsCode)> = Vec::new();
        for (number, line) in (1_u64..).zip(file.lines()) {
            let line = line.trim_start_matches('\u{feff}').trim_end();
            if line.is_empty() {
                continue;
            }
            match read_line(line) {
                Ok(OdsLine::Organisation(entry)) => {
                    entries.insert(entry.code.as_str().to_owned(), entry);
                }
                Ok(OdsLine::Succession { code, successor }) => successions.push((code, successor)),
                Err(why) => {
                    done.refused += 1;
                    if done.reasons.len() < TOLD {
                        done.reasons.push((number, why.to_string()));
                    }
                }
            }
        }
        let entries: Vec<OdsEntry> = entries.into_values().collect();
        let tx = self.store().begin().await?;
        ods::put(&tx, &entries).await?;
        for (code, successor) in &successions {
            let counted = if ods::set_successor(&tx, code, successor).await? {
                &mut done.successions
            } else {
                &mut done.unknown
            };
            *counted += 1;
        }
        done.organisations = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        done.closed =
            u64::try_from(entries.iter().filter(|entry| entry.is_closed).count()).unwrap_or(u64::MAX);
        done.total = ods::count(&tx).await?;
        let detail = json!({
            "organisations": done.organisations,
            "closed": done.closed,
            "successions": done.successions,
            "refused": done.refused,
        });
        let subject = Subject::new(&"", "register of the Organisation Data Service");
        record(&tx, self.ambient(), access.actor(), origin, TAKEN_IN, subject, detail).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// What the register says of an organisation, if it has a code and the register knows it.
    pub async fn ods_standing(&self, _access: &SignedIn, of: &Organisation) -> Result<Option<OdsStanding>> {
        standing(&self.store().read().await?, of).await
    }

    /// What the register says of the organisations here, and what was last taken in.
    pub async fn register_overview(&self, _access: &SiteAccess, page: Page) -> Result<RegisterOverview> {
        self.write_notes().await?;
        let rows = self.store().read().await?;
        let part = PageRequest { offset: page.offset, limit: page.limit };
        let with_code = organisation::with_code(&rows, part).await?;
        let mut items = Vec::with_capacity(with_code.items.len());
        for org in with_code.items {
            let standing = standing(&rows, &org).await?;
            items.push((org, standing));
        }
        let filter = AuditFilter { action: Some(TAKEN_IN.to_owned()), ..AuditFilter::default() };
        let imports = audit::page(&rows, PageRequest { offset: 0, limit: IMPORTS }, &filter).await?;
        Ok(RegisterOverview {
            total: ods::count(&rows).await?,
            imports: imports.items.into_iter().map(|entry| entry.event).collect(),
            organisations: forge_store::Page { items, total: with_code.total },
        })
    }
}

async fn standing(rows: &impl Rows, of: &Organisation) -> Result<Option<OdsStanding>> {
    let Some(code) = &of.ods_code else { return Ok(None) };
    let Some(entry) = ods::by_code(rows, code).await? else { return Ok(None) };
    let (successor, moved_to) = match &entry.successor {
        Some(code) => (ods::by_code(rows, code).await?, organisation::by_ods_code(rows, code).await?),
        None => (None, None),
    };
    Ok(Some(OdsStanding { entry, successor, moved_to }))
}
