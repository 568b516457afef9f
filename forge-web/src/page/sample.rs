//! Every page with made-up values: full, empty, hostile and very long.

use askama::Template;

use super::admin::{DamagedPackRow, DeadLetterRow, Jobs, NewPerson, People, PersonRow};
use super::error::{ErrorPage, Problem};
use super::explore::Explore;
use super::home::{Home, Welcome};
use super::key::KeyRow;
use super::organisation::{MemberRow, Members, NewOrganisation};
use super::owner::{Organisation, Person, RegisterEntry};
use super::prose::{Accessibility, Help};
use super::settings::{
    GpgKeys, Password, Profile, SessionRow, Sessions, SshKeys, TokenCreated, TokenRow, Tokens,
};
use crate::view::{
    Announced, Choice, Flash, FormErrors, HappeningRow, Link, PageContext, Paging, RepoRow, SignedIn,
    StateTag, VisibilityTag, When,
};

/// What may not reach a page as it is.
pub(super) const HOSTILE: &str = "\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}&amp;\u{202e}";

/// Which values a page is shown with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    /// What one would expect.
    Full,
    /// As little as there can be.
    Empty,
    /// Text that wants to be HTML, everywhere.
    Hostile,
    /// Names that do not fit.
    Long,
}

impl Flavour {
    pub(super) const ALL: [Self; 4] = [Self::Full, Self::Empty, Self::Hostile, Self::Long];

    /// A text that a person wrote.
    pub(super) fn text(self, text: &str) -> String {
        match self {
            Self::Full | Self::Empty => text.to_owned(),
            Self::Hostile => HOSTILE.to_owned(),
            Self::Long => format!("{text}-{}", "averylongnamewithoutanyspace".repeat(5)),
        }
    }

    /// A text that may be missing.
    pub(super) fn maybe(self, text: &str) -> String {
        if self == Self::Empty { String::new() } else { self.text(text) }
    }

    /// An address.
    pub(super) fn url(self, url: &str) -> String {
        if self == Self::Hostile { format!("/x?{HOSTILE}") } else { url.to_owned() }
    }

    /// Something that may be missing.
    pub(super) fn option<T>(self, value: T) -> Option<T> {
        (self != Self::Empty).then_some(value)
    }

    /// A list that may be empty.
    pub(super) fn list<T>(self, items: Vec<T>) -> Vec<T> {
        if self == Self::Empty { Vec::new() } else { items }
    }

    pub(super) fn link(self, label: &str, url: &str) -> Link {
        Link::new(self.text(label), self.url(url))
    }

    pub(super) fn when(self, text: &str) -> When {
        When {
            machine: self.url("2026-11-20T09:30:00Z"),
            text: text.to_owned(),
            full: "20 November 2026 at 09:30 UTC".to_owned(),
        }
    }

    pub(super) fn page(self, path: &str) -> PageContext {
        PageContext {
            person: Some(SignedIn {
                name: self.text("Amina Shah"),
                url: self.url("/a-shah"),
                is_admin: self != Self::Empty,
                reads_audit: self != Self::Empty,
                unread: if self == Self::Empty { 0 } else { 12 },
            }),
            csrf: self.text("c2FtcGxl"),
            announcement: self.option(Announced { text: self.text("Down on Friday"), is_warning: true }),
            flash: None,
            path: path.to_owned(),
        }
    }

    pub(super) fn nobody(self, path: &str) -> PageContext {
        PageContext { person: None, announcement: None, ..self.page(path) }
    }

    pub(super) fn with_flash(self, path: &str, text: &str) -> PageContext {
        PageContext {
            flash: self.option(Flash { is_success: true, text: self.text(text) }),
            ..self.page(path)
        }
    }

    /// Errors on the hostile and the long pages: full and empty ones show the form as it first comes.
    pub(super) fn errors(self, errors: &[(&str, &str)]) -> FormErrors {
        let mut found = FormErrors::none();
        if matches!(self, Self::Hostile | Self::Long) {
            for (field, message) in errors {
                found.add(*field, self.text(message));
            }
        }
        found
    }

    pub(super) fn paging(self) -> Paging {
        Paging {
            previous: self.option(self.url("?page=1")),
            next: self.option(self.url("?page=3")),
            summary: self.maybe("Showing 51 to 100 of 320"),
        }
    }

    pub(super) fn choice(self, value: &str, label: &str, hint: &str, is_chosen: bool) -> Choice {
        Choice { value: self.text(value), label: self.text(label), hint: hint.to_owned(), is_chosen }
    }

    pub(super) fn visibilities(self) -> Vec<Choice> {
        vec![
            self.choice("private", "Private", "You, and people you choose", true),
            self.choice("organisation", "Organisation", "Everybody in the organisation that owns it", false),
            self.choice("internal", "Internal", "Everybody who can sign in here", false),
        ]
    }

    pub(super) fn repos(self) -> Vec<RepoRow> {
        let row = |path: &str, description: &str, visibility, language: &str, updated: &str| RepoRow {
            path: self.text(path),
            url: self.url(&format!("/{path}")),
            description: self.maybe(description),
            visibility,
            is_archived: path.contains("old"),
            language: self.option(self.text(language)),
            updated: self.when(updated),
        };
        self.list(vec![
            row(
                "anytown-hospitals/bed-occupancy",
                "Daily bed occupancy by ward, with a forecast for the next 7 days",
                VisibilityTag::Internal,
                "R",
                "2 hours ago",
            ),
            row(
                "a-shah/waiting-list-validation",
                "Checks on the weekly waiting list return",
                VisibilityTag::Private,
                "Python",
                "yesterday",
            ),
            row("anytown-hospitals/sql-snippets", "", VisibilityTag::Organisation, "SQL", "4 days ago"),
            row(
                "anytown-hospitals/old-winter-report",
                "The winter report of 2023",
                VisibilityTag::Organisation,
                "R Markdown",
                "12 March 2024",
            ),
        ])
    }
}

/// Every page of a flavour, by name.
pub(super) fn pages(flavour: Flavour) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut add = |name: &str, html: askama::Result<String>| pages.push((name.to_owned(), html.unwrap()));
    super::sample_account::account(flavour, &mut add);
    lists(flavour, &mut add);
    organisations(flavour, &mut add);
    settings(flavour, &mut add);
    super::sample_account::feeds(flavour, &mut add);
    super::sample_account::second_factor(flavour, &mut add);
    super::sample_account::invitations(flavour, &mut add);
    admin(flavour, &mut add);
    prose(flavour, &mut add);
    super::sample_repo::pages(flavour, &mut add);
    super::sample_changes::pages(flavour, &mut add);
    super::sample_fork::pages(flavour, &mut add);
    super::sample_ticket::pages(flavour, &mut add);
    pages
}

/// Something that happened.
pub(super) fn happening(f: Flavour) -> HappeningRow {
    HappeningRow {
        who: f.text("b-okafor"),
        did: f.text("opened the ticket"),
        target: f.link("#12 Ward A is missing (anytown-hospitals/bed-occupancy)", "/x/tickets/12"),
        when: f.when("2 hours ago"),
    }
}

/// Where a page goes when it is rendered.
pub(super) type Add<'a> = dyn FnMut(&str, askama::Result<String>) + 'a;

fn lists(f: Flavour, add: &mut Add<'_>) {
    let activity = |who: &str, did: &str, target: &str, when: &str| HappeningRow {
        who: f.text(who),
        did: f.text(did),
        target: f.link(target, "/x"),
        when: f.when(when),
    };
    let home = Home {
        page: f.with_flash("/", "You are signed in"),
        name: f.text("Amina Shah"),
        repos: f.repos(),
        all_url: f.option(f.url("/a-shah")),
        organisations: f.list(vec![
            f.link("Anytown Hospitals NHS Foundation Trust", "/anytown-hospitals"),
            f.link("Riverside Analysts", "/riverside-analysts"),
        ]),
        waiting: f.list(vec![super::home::Waiting {
            link: f.link("Use the median (anytown-hospitals/bed-occupancy!12)", "/x/merge-requests/12"),
            why: f.text("b-okafor asked to review it"),
            since: f.when("2 hours ago"),
        }]),
        activity: f.list(vec![
            activity(
                "Ben Okafor",
                "pushed 3 commits to main of",
                "anytown-hospitals/bed-occupancy",
                "2 hours ago",
            ),
            activity("You", "made", "a-shah/waiting-list-validation", "yesterday"),
            activity("Carys Evans", "tagged v1.2 in", "anytown-hospitals/sql-snippets", "4 days ago"),
        ]),
    };
    add("home", home.render());
    let page = PageContext { csrf: f.text("x"), ..f.nobody(&f.url("/")) };
    add("welcome", Welcome { page, has_public: f != Flavour::Empty }.render());
    let explore = Explore {
        page: if f == Flavour::Empty { f.nobody("/explore") } else { f.page("/explore") },
        query: f.maybe("beds"),
        count: if f == Flavour::Empty { "No repositories".to_owned() } else { "320 repositories".to_owned() },
        repos: f.repos(),
        paging: f.paging(),
    };
    add("explore", explore.render());
    let person = Person {
        page: f.page("/a-shah"),
        name: f.text("Amina Shah"),
        username: f.text("a-shah"),
        is_me: true,
        leaving_url: f.option(f.url("/x")),
        organisations: f.list(vec![f.link("Anytown Hospitals", "/anytown-hospitals")]),
        repos: f.repos(),
        paging: Paging::default(),
        happenings: f.list(vec![happening(f)]),
        older_url: f.option(f.url("/a-shah?before=1")),
    };
    add("person", person.render());
}

fn organisations(f: Flavour, add: &mut Add<'_>) {
    let organisation = Organisation {
        page: f.page("/anytown-hospitals"),
        display_name: f.text("Anytown Hospitals NHS Foundation Trust"),
        name: f.text("anytown-hospitals"),
        description: f.maybe("Analysis and reporting for the three hospitals of Anytown"),
        ods_code: f.option(f.text("RX1")),
        website: f.option(f.url("https://www.example.nhs.uk")),
        above: f.option(f.link("Anytown Region", "/anytown-region")),
        below: f.list(vec![f.link("Anytown Ambulances", "/anytown-ambulances")]),
        pages: vec![f.link("Teams", "/x"), f.link("Policies", "/x")],
        register: f.option(RegisterEntry {
            name: f.text("ANYTOWN HOSPITALS"),
            is_closed: f != Flavour::Long,
            opened: f.option(f.text("2001-04-01")),
            closed: f.option(f.text("2026-03-31")),
            successor: f.option(f.text("ANYTOWN AND DISTRICT (ZZ2)")),
            moved_to: f.option(f.link("Anytown and District", "/x")),
        }),
        members: f.list(vec![f.link("Amina Shah", "/a-shah"), f.link("Ben Okafor", "/b-okafor")]),
        member_count: "2 members".to_owned(),
        members_url: f.url("/organisations/anytown-hospitals/members"),
        new_repo_url: f.option(f.url("/new?owner=anytown-hospitals")),
        repos: f.repos(),
        paging: f.paging(),
    };
    add("organisation", organisation.render());
    let new = NewOrganisation {
        page: f.page("/organisations/new"),
        errors: f
            .errors(&[("name", "This name is taken"), ("ods_code", "A code has 3 to 5 letters or digits")]),
        name: f.maybe("anytown-hospitals"),
        display_name: f.maybe("Anytown Hospitals NHS Foundation Trust"),
        description: f.maybe("Analysis and reporting"),
        ods_code: f.maybe("RX1"),
    };
    add("organisation-new", new.render());
    let member = |name: &str, username: &str, roles: Vec<Choice>, duty_choices: Vec<Choice>| MemberRow {
        name: f.text(name),
        username: f.text(username),
        url: f.url("/x"),
        role: f.text("Owner"),
        duties: f.list(vec![f.text("Auditor")]),
        is_last_owner: duty_choices.is_empty(),
        leaver_url: f.url("/x"),
        roles,
        duty_choices,
        since: f.when("3 May 2026"),
    };
    let role = |chosen: bool| {
        vec![f.choice("reader", "Reader", "Sees", !chosen), f.choice("owner", "Owner", "All", chosen)]
    };
    let duties = || vec![f.choice("auditor", "Auditor", "Reads what was done", true)];
    let members = Members {
        page: f.with_flash("/x", "Ben Okafor is now a member"),
        organisation: f.text("Anytown Hospitals"),
        organisation_url: f.url("/anytown-hospitals"),
        teams_url: f.url("/organisations/anytown-hospitals/teams"),
        invitations_url: f.url("/x"),
        action: f.url("/organisations/anytown-hospitals/members"),
        can_change: f != Flavour::Empty,
        members: f.list(vec![
            member("Amina Shah", "a-shah", role(true), duties()),
            member("Ben Okafor", "b-okafor", role(false), Vec::new()),
        ]),
        errors: f.errors(&[("username", "Nobody has this username"), ("role", "Choose a role")]),
        username: f.maybe("x"),
        roles: role(false),
        duty_choices: duties(),
    };
    add("organisation-members", members.render());
    super::sample_team::teams(f, add);
    super::sample_demands::demands(f, add);
    super::sample_demands::storage(f, add);
}

fn settings(f: Flavour, add: &mut Add<'_>) {
    let profile = Profile {
        page: f.with_flash("/settings/profile", "Your profile is saved"),
        errors: f.errors(&[("name", "Enter a name of 1 to 100 characters")]),
        username: f.text("a-shah"),
        name: f.text("Amina Shah"),
        email: f.text("amina.shah@example.nhs.uk"),
    };
    add("settings-profile", profile.render());
    let password = Password {
        page: f.page("/settings/password"),
        errors: f.errors(&[("current", "This is not your password"), ("new", "Use at least 15 characters")]),
        username: f.text("a-shah"),
    };
    add("settings-password", password.render());
    let session = |device: &str, is_current| SessionRow {
        id: f.text("1"),
        device: f.text(device),
        address: f.text("10.1.2.3"),
        since: f.when("3 days ago"),
        last_used: f.when("2 minutes ago"),
        is_current,
    };
    let mut sessions = vec![session("Edge on Windows", true)];
    sessions.extend(f.list(vec![session("Firefox on Linux", false)]));
    add("settings-sessions", Sessions { page: f.page("/settings/sessions"), sessions }.render());
    tokens(f, add);
    keys(f, add);
}

fn tokens(f: Flavour, add: &mut Add<'_>) {
    let token = |name: &str, used: Option<&str>, is_expired| TokenRow {
        id: f.text("1"),
        name: f.text(name),
        scopes: f.text("Read and write repositories"),
        reach: f.maybe("Only in rr8/length-of-stay"),
        from: f.option(f.text("192.0.2.0/24")),
        created: f.when("3 May 2026"),
        last_used: used.map(|used| f.when(used)),
        expires: f.option(f.when("3 May 2027")),
        is_expired,
    };
    let tokens = Tokens {
        page: f.page("/settings/tokens"),
        tokens: f
            .list(vec![token("work laptop", Some("2 hours ago"), false), token("old server", None, true)]),
        errors: f.errors(&[("name", "Enter a name"), ("scope", "Choose what it may do")]),
        name: f.maybe("work laptop"),
        scopes: vec![
            f.choice("repo:read", "Read repositories", "Clone and fetch", true),
            f.choice("repo:write", "Write repositories", "Push", true),
        ],
        lifetimes: vec![f.choice("90", "90 days", "", true), f.choice("365", "1 year", "", false)],
        repositories: f.maybe("rr8/length-of-stay"),
    };
    add("settings-tokens", tokens.render());
    let created = TokenCreated {
        page: f.page("/settings/tokens"),
        name: f.text("work laptop"),
        token: f.text("forge_sample0000000000000000000000000000"),
        username: f.text("a-shah"),
        site: f.text("https://forge.example.nhs.uk"),
    };
    add("settings-token-created", created.render());
}

fn keys(f: Flavour, add: &mut Add<'_>) {
    let key = |name: &str, used: Option<&str>| KeyRow {
        id: f.text("1"),
        name: f.text(name),
        tags: vec![StateTag { label: "Not verified", colour: "grey" }],
        fingerprint: f.text("ED25519 SHA256:uNiVztksCsDhcc0u9e8BrkJ/6E6ZJhZQyXQ8ZJ3uYdE"),
        added: f.when("3 May 2026"),
        added_by: f.option(f.text("a-shah")),
        lets_in: true,
        last_used: used.map(|used| f.when(used)),
        from: f.option(f.text("192.0.2.0/24")),
        note: f.maybe("1 part signs"),
        expires: f.option(f.when("3 May 2027")),
        is_expired: f == Flavour::Long,
        proof: used
            .is_none()
            .then(|| f.text("echo 'This key is mine' | ssh-keygen -Y sign -n forge -f ~/.ssh/id_ed25519")),
    };
    let keys = SshKeys {
        page: f.page("/settings/ssh-keys"),
        keys: f.list(vec![key("work laptop", Some("yesterday")), key("analysis server", None)]),
        errors: f.errors(&[(
            "key",
            "This is a private key. Keep it secret, and paste the one that ends with .pub",
        )]),
        name: f.maybe("work laptop"),
        key: f.maybe("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"),
        lifetimes: vec![f.choice("", "Until it is removed", "", true)],
        must_verify: f == Flavour::Full,
        test_command: f.text("ssh -p 2222 git@forge.example.nhs.uk"),
        host_fingerprint: f.option(f.text("SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8")),
    };
    add("settings-ssh-keys", keys.render());
    let keys = GpgKeys {
        page: f.page("/settings/gpg-keys"),
        keys: f.list(vec![key("Amina Shah", None), key("Amina Shah", Some("yesterday"))]),
        errors: f.errors(&[("signature", "This signature is by another key or of another text")]),
        key: f.maybe("-----BEGIN PGP PUBLIC KEY BLOCK-----"),
        signature: f.maybe("-----BEGIN PGP SIGNATURE-----"),
        sign_command: f.text("echo 'This key is mine' | gpg --armor --detach-sign"),
    };
    add("settings-gpg-keys", keys.render());
}

fn admin(f: Flavour, add: &mut Add<'_>) {
    let person = |name: &str, is_admin, is_disabled, is_me| PersonRow {
        factor_url: f.url("/x"),
        duplicate_url: f.url("/x"),
        delete_url: f.url("/x"),
        id: f.text("1"),
        name: f.text(name),
        username: f.text("username"),
        url: f.url("/x"),
        email: f.text("somebody@example.nhs.uk"),
        is_admin,
        is_auditor: is_disabled,
        is_disabled,
        is_me,
        last_seen: (!is_disabled).then(|| f.when("2 hours ago")),
    };
    let people = People {
        page: f.page("/admin/people"),
        query: f.maybe("shah"),
        count: if f == Flavour::Empty { "Nobody".to_owned() } else { "3 people".to_owned() },
        people: f.list(vec![
            person("Amina Shah", true, false, true),
            person("Ben Okafor", false, false, false),
            person("Carys Evans", false, true, false),
        ]),
        paging: f.paging(),
    };
    add("admin-people", people.render());
    let new = NewPerson {
        page: f.page("/admin/people"),
        errors: f.errors(&[("username", "This username is taken")]),
        username: f.maybe("b-okafor"),
        name: f.maybe("Ben Okafor"),
        email: f.maybe("ben.okafor@example.nhs.uk"),
        is_admin: f == Flavour::Full,
    };
    add("admin-new-person", new.render());
    let jobs = Jobs {
        page: f.page("/admin/jobs"),
        waiting: f.text("3 jobs"),
        dead: f.text("1 job"),
        dead_letters: f.list(vec![DeadLetterRow {
            id: f.text("1"),
            name: f.text("maintain"),
            about: f.text("{\"name\":\"maintain\"}"),
            attempts: f.text("8 attempts"),
            error: f.text("no space is left on the disk"),
            at: f.when("2 hours ago"),
        }]),
        paging: f.paging(),
        damaged: f.list(vec![DamagedPackRow {
            repo: f.text("anytown-hospitals/bed-occupancy"),
            url: f.url("/x"),
            damage: f.text("pack-1.pack: a bit flipped"),
        }]),
    };
    add("admin-jobs", jobs.render());
    super::sample_admin::add_all(f, add);
}

fn prose(f: Flavour, add: &mut Add<'_>) {
    for problem in Problem::ALL {
        let error = ErrorPage {
            page: if f == Flavour::Empty { f.nobody("/x") } else { f.page("/x") },
            problem,
            detail: f.maybe("The archive is larger than 500 MB."),
            request_id: f.text("01a2b3c4-0000-7000-8000-000000000000"),
        };
        add(&format!("error-{}", problem.status()), error.render());
    }
    let accessibility =
        Accessibility { page: f.page("/accessibility"), contact: f.maybe("forge@example.nhs.uk") };
    add("accessibility", accessibility.render());
    let help = Help {
        page: f.page("/help"),
        site: f.text("https://forge.example.nhs.uk"),
        ssh: f.option(f.text("ssh://git@forge.example.nhs.uk:2222")),
    };
    add("help", help.render());
}
