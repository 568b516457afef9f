//! Samples of the pages of organisations' demands, of approvals, of people who leave and of what is kept.

use askama::Template;

use super::approvals::{Approvals, WaitingRow};
use super::duplicate::{Duplicate, DuplicatePreview};
use super::leaver::{DeleteAccount, Held, Leaver, MemberLeaver};
use super::organisation::{OrgSettings, Policies, PolicyRow};
use super::sample::{Add, Flavour};
use super::storage::{KeptRow, Storage};
use crate::view::Link;

pub(super) fn demands(f: Flavour, add: &mut Add<'_>) {
    let row = |what: &str| PolicyRow {
        what: f.text(what),
        value: f.text("Demanded"),
        from: f.text("set by Anytown Region"),
    };
    let policies = Policies {
        page: f.with_flash("/x", "The policies have been saved."),
        organisation: f.text("Anytown Hospitals"),
        organisation_url: f.url("/anytown-hospitals"),
        rows: vec![row("Second factor"), row("Reviews before a change is merged")],
        action: f.url("/x"),
        can_change: f != Flavour::Empty,
        errors: f.errors(&[("required_reviews", "Enter a number from 0 to 5.")]),
        ceilings: vec![f.choice("", "Nothing said here", "", true)],
        second_factor: true,
        required_reviews: f.text("2"),
        longest_token_days: f.maybe("90"),
        widening_needs_second: false,
        makers: vec![f.choice("", "Nothing said here", "", true)],
        too_wide: f.list(vec![f.link("anytown-hospitals/beds: Internal", "/x")]),
        others_too_wide: f.maybe("2 other repositories"),
        lower_action: f.url("/x/lower"),
    };
    add("organisation-policies", policies.render());
    let settings = OrgSettings {
        page: f.with_flash("/x", "The organisation has been changed."),
        organisation: f.text("Anytown Hospitals"),
        organisation_url: f.url("/anytown-hospitals"),
        action: f.url("/x"),
        errors: f.errors(&[("website", "Enter an address"), ("parent", "There is no such organisation.")]),
        display_name: f.text("Anytown Hospitals"),
        description: f.maybe("Beds by ward"),
        website: f.maybe("https://www.example.nhs.uk"),
        ods_code: f.maybe("RX1"),
        parent: f.maybe("anytown-region"),
        name: f.text("anytown-hospitals"),
        successor: f.maybe("anytown-district"),
    };
    add("organisation-settings", settings.render());
    let waiting = |is_own| WaitingRow {
        id: f.text("1"),
        repo: f.link("anytown-hospitals/beds", "/x"),
        what: f.text("Private to internal"),
        reason: f.text("Other trusts want to use it"),
        asked_by: f.text("Amina Shah"),
        asked: f.when("yesterday"),
        lasts: f.maybe("for 30 days"),
        is_own,
    };
    let approvals = Approvals {
        page: f.with_flash("/approvals", "You have refused. Nothing has changed."),
        errors: f.errors(&[("", "Say why not.")]),
        waiting: f.list(vec![waiting(false), waiting(true), waiting(false)]),
    };
    add("approvals", approvals.render());
    leavers(f, add);
}

/// People who leave, and accounts that end.
fn leavers(f: Flavour, add: &mut Add<'_>) {
    let leaver = Leaver {
        page: f.page("/admin/leavers/a-shah"),
        name: f.text("Amina Shah"),
        action: f.url("/admin/leavers/a-shah"),
        errors: f.errors(&[("successor", "Enter the username of somebody else")]),
        held: held(f),
        is_disabled: f == Flavour::Long,
        successor: f.maybe("b-okafor"),
    };
    add("admin-leaver", leaver.render());
    for is_own in [false, true] {
        let account = DeleteAccount {
            page: f.page("/settings/delete-account"),
            action: f.url("/settings/delete-account"),
            errors: f.errors(&[("confirm", "Enter a-shah to confirm")]),
            is_own,
            name: f.text("Amina Shah"),
            username: f.text("a-shah"),
            held: held(f),
            hand_over_url: f.url("/admin/leavers/a-shah"),
        };
        add(if is_own { "settings-delete-account" } else { "admin-delete-account" }, account.render());
    }
    let duplicate = Duplicate {
        page: f.page("/admin/people/a-shah/duplicate"),
        action: f.url("/admin/people/a-shah/duplicate"),
        name: f.text("Amina Shah"),
        username: f.text("a-shah"),
        email: f.text("amina.shah@example.nhs.uk"),
        stays: f.maybe("amina-shah"),
        errors: f.errors(&[("confirm", "Enter a-shah to confirm")]),
        preview: f.option(DuplicatePreview {
            name: f.text("Amina Shah"),
            username: f.text("amina-shah"),
            email: f.text("a.shah@example.nhs.uk"),
            repositories: f.list(vec![f.link("a-shah/beds", "/a-shah/beds")]),
            moves: f.list(vec![f.text("2 places in organisations")]),
            ends: f.list(vec![f.text("1 access token")]),
        }),
    };
    add("admin-duplicate", duplicate.render());
    let leaver = MemberLeaver {
        page: f.page("/x"),
        organisation: f.text("Anytown Hospitals"),
        members_url: f.url("/organisations/anytown-hospitals/members"),
        name: f.text("Amina Shah"),
        action: f.url("/x"),
        errors: f.errors(&[("successor", "Enter the username of another member")]),
        is_last_owner: f == Flavour::Long,
        teams: f.list(vec![f.link("Beds", "/x")]),
        successor: f.maybe("b-okafor"),
    };
    add("organisation-leaver", leaver.render());
}

pub(super) fn storage(f: Flavour, add: &mut Add<'_>) {
    let row = |name: &str, repositories| KeptRow {
        name: f.text(name),
        url: f.url("/x"),
        repositories,
        packs: 4,
        bytes: "1.2 GB".to_owned(),
        closed: "1.1 GB".to_owned(),
        new: "96 MB".to_owned(),
        growth: "+12 MB".to_owned(),
    };
    let storage = Storage {
        page: f.page("/admin/storage"),
        free: "12.3 GB".to_owned(),
        size: "250 GB".to_owned(),
        since: f.option(f.when("30 October 2026")),
        by_owner: f == Flavour::Long,
        is_low: f != Flavour::Empty,
        is_remote: f == Flavour::Full,
        groupings: vec![Link { is_current: true, ..f.link("Repositories", "/x") }, f.link("Owners", "/x")],
        sorts: vec![Link { is_current: true, ..f.link("Largest first", "/x") }, f.link("By name", "/x")],
        count: "24 repositories".to_owned(),
        rows: f.list(vec![row("anytown-hospitals/bed-occupancy", 1), row("a-shah", 12)]),
        paging: f.paging(),
    };
    add("admin-storage", storage.render());
}

fn held(f: Flavour) -> Held {
    Held {
        repositories: f.list(vec![f.link("a-shah/beds", "/x")]),
        organisations: f.list(vec![f.link("Anytown Hospitals", "/x")]),
        teams: f.list(vec![f.link("Beds", "/x")]),
    }
}
