//! Pages of teams with made-up values.

use askama::Template;

use super::organisation::{Team, TeamMemberRow, TeamRow, Teams};
use super::sample::{Add, Flavour};

pub(super) fn teams(f: Flavour, add: &mut Add<'_>) {
    let team = |name: &str, above: &str| TeamRow {
        name: f.text(name),
        url: f.url("/x"),
        description: f.maybe("Beds by ward"),
        above: if above.is_empty() { String::new() } else { f.text(above) },
    };
    let teams = Teams {
        page: f.with_flash("/x", "The team has been deleted."),
        organisation: f.text("Anytown Hospitals"),
        organisation_url: f.url("/anytown-hospitals"),
        action: f.url("/organisations/anytown-hospitals/teams"),
        can_change: f != Flavour::Empty,
        teams: f.list(vec![team("Analysts", ""), team("Beds", "Analysts ›")]),
        errors: f.errors(&[("name", "There is a team of this name already.")]),
        name: f.maybe("beds"),
        display_name: f.maybe("Beds"),
        description: f.maybe("Beds by ward"),
        parents: f.list(vec![f.choice("", "No other team", "", true)]),
    };
    add("organisation-teams", teams.render());
    let member = |name: &str, is_maintainer| TeamMemberRow {
        name: f.text(name),
        username: f.text("username"),
        url: f.url("/x"),
        is_maintainer,
        since: f.when("3 May 2026"),
    };
    let team = Team {
        page: f.with_flash("/x", "The team has been changed."),
        organisation: f.text("Anytown Hospitals"),
        teams_url: f.url("/x"),
        name: f.text("Beds"),
        description: f.maybe("Beds by ward"),
        parent: f.option(f.link("Analysts", "/x")),
        below: f.list(vec![f.link("Wards", "/x"), f.link("Theatres", "/x")]),
        action: f.url("/x"),
        can_change: f != Flavour::Empty,
        can_delete: f != Flavour::Empty,
        members: f.list(vec![member("Amina Shah", true), member("Ben Okafor", false)]),
        errors: f.errors(&[("username", "Nobody of this name"), ("confirmation", "Type beds to delete it.")]),
        username: f.maybe("x"),
        expected: f.text("beds"),
    };
    add("organisation-team", team.render());
}
