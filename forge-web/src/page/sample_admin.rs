//! Administrators' pages with made-up values, beyond those of people and jobs.

use askama::Template;

use super::admin::{OrganisationRow, Organisations, Repositories, SettingRow, Settings};
use super::audit::{AuditLog, AuditRow, Fields};
use super::register::{ImportRow, Register, RegisterRow};
use super::sample::{Add, Flavour};
use super::site::{AcceptableUse, EditAnnouncement, EditTerms, TermsRow};

/// Adds each of them.
pub(super) fn add_all(f: Flavour, add: &mut Add<'_>) {
    audit(f, add);
    site(f, add);
    admin_lists(f, add);
    register(f, add);
}

fn register(f: Flavour, add: &mut Add<'_>) {
    let row = |name: &str, is_closed| RegisterRow {
        organisation: f.link("Anytown Hospitals", "/anytown-hospitals"),
        code: f.text("RX1"),
        name: if name.is_empty() { String::new() } else { f.text(name) },
        is_closed,
        successor: f.option(f.text("ANYTOWN AND DISTRICT (ZZ2)")),
    };
    let register = Register {
        page: f.page("/admin/register"),
        total: f.maybe("204,817 organisations"),
        imports: f.list(vec![ImportRow {
            at: f.when("3 May 2026"),
            by: f.text("console"),
            results: vec![f.text("204,817 organisations"), f.text("2 lines not understood")],
        }]),
        organisations: f.list(vec![row("ANYTOWN HOSPITALS NHS TRUST", true), row("", false)]),
        paging: f.paging(),
    };
    add("admin-register", register.render());
}

fn audit(f: Flavour, add: &mut Add<'_>) {
    let entry = |number: &str, is_refused| AuditRow {
        number: f.text(number),
        at: f.when("22 November 2026 at 09:30:00 UTC"),
        actor: f.text("a-shah"),
        action: f.text(if is_refused { "session.refuse" } else { "repository.push" }),
        is_refused,
        subject: f.text("anytown-hospitals/bed-occupancy"),
        address: f.text("192.0.2.17"),
        detail: vec![f.text("door: https"), f.text("count: 2")],
    };
    let log = AuditLog {
        page: f.page("/admin/audit"),
        about: f.option(f.text("Anytown Hospitals")),
        errors: f.errors(&[("from", "Enter a date as year, month and day")]),
        fields: Fields {
            actor: f.maybe("a-shah"),
            action: f.maybe("repository.push"),
            about: f.maybe("anytown-hospitals"),
            from: f.maybe("2026-11-01"),
            until: f.maybe("2026-11-22"),
        },
        outcomes: vec![
            f.choice("", "Everything", "", true),
            f.choice("refused", "What was refused", "", false),
        ],
        count: f.text("2 entries"),
        entries: f.list(vec![entry("2", true), entry("1", false)]),
        csv_url: f.url("/admin/audit/export?format=csv"),
        json_url: f.url("/admin/audit/export?format=jsonl"),
        paging: f.paging(),
        base: f.url("/admin/audit"),
    };
    add("audit-log", log.render());
}

fn site(f: Flavour, add: &mut Add<'_>) {
    let terms = AcceptableUse {
        page: f.page("/acceptable-use"),
        errors: f.errors(&[("accept", "Tick the box")]),
        version: f.text("2"),
        since: f.option(f.when("3 May 2026")),
        paragraphs: f.list(vec![f.text("Share code and no data about people.")]),
        must_accept: f != Flavour::Long,
    };
    add("acceptable-use", terms.render());
    let edit = EditTerms {
        page: f.page("/admin/acceptable-use"),
        errors: f.errors(&[("text", "Enter a text")]),
        text: f.maybe("Share code and no data about people."),
        versions: f.list(vec![TermsRow {
            version: f.text("2"),
            published: f.when("3 May 2026"),
            by: f.text("ada"),
            accepted: f.text("3 people"),
        }]),
    };
    add("admin-acceptable-use", edit.render());
    let announcement = EditAnnouncement {
        page: f.page("/admin/announcement"),
        errors: f.errors(&[("from", "Enter a date")]),
        text: f.maybe("Down on Friday"),
        levels: vec![f.choice("information", "Good to know", "", true)],
        from: f.maybe("2026-11-22"),
        until: f.maybe("2026-11-29"),
    };
    add("admin-announcement", announcement.render());
}

fn admin_lists(f: Flavour, add: &mut Add<'_>) {
    let repositories = Repositories {
        page: f.page("/admin/repositories"),
        query: f.maybe("beds"),
        count: f.text("1 repository"),
        repositories: f.repos(),
        paging: f.paging(),
    };
    add("admin-repositories", repositories.render());
    let organisations = Organisations {
        page: f.page("/admin/organisations"),
        count: f.text("1 organisation"),
        organisations: f.list(vec![OrganisationRow {
            name: f.text("Anytown Hospitals"),
            url: f.url("/anytown-hospitals"),
            ods_code: f.maybe("RR8"),
            since: f.when("3 May 2026"),
            members: f.text("12 members"),
            audit_url: f.url("/organisations/anytown-hospitals/audit"),
        }]),
        paging: f.paging(),
    };
    add("admin-organisations", organisations.render());
    let settings = Settings {
        page: f.page("/admin/settings"),
        settings: f.list(vec![SettingRow {
            key: f.text("http.listen"),
            value: f.text("127.0.0.1:3000"),
            source: f.text("default"),
        }]),
    };
    add("admin-settings", settings.render());
}
