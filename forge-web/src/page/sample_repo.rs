//! Pages of repositories with made-up values.

use askama::Template;
use forge_core::FilePath;

use super::key::KeyRow;
use super::repo::{
    AudienceRow, Blob, BlobBody, BranchRow, Branches, ChangeRow, Commit, Commits, Day, DeleteRepo,
    DeployKeys, EmptyRepo, EntryKind, EntryRow, GrantRow, LastCommit, Listing, NewRepo, OwnerAnswer, Owners,
    OwnersRow, Parent, RepoAccessPage, RepoActivity, RepoSettings, RepoVisibility, ShowRepo, TagRow, Tags,
    Tree,
};
use super::sample::{Add, Flavour, HOSTILE, happening};
use super::sample_changes::changes;
use crate::markdown::{self, LinkBase};
use crate::render::csv;
use crate::render::markdown::front_matter::Field;
use crate::url::Rev;
use crate::view::{
    CloneBox, CommitRow, Crumb, LanguageShare, Link, RefPicker, RepoHeader, RepoSection, SignatureTag,
    StateTag, StatusRow, VisibilityTag,
};
use crate::{SafeHtml, highlight, notebook};

const README: &str = "# Bed occupancy\n\nDaily bed occupancy by ward, with a forecast for the next 7 days.\n\n> [!NOTE]\n> \
    Needs read access to the warehouse. Ask the data team.\n\n## How to run it\n\n```r\nlibrary(dplyr)\n\n# One row per \
    ward and day\nbeds <- read_beds(from = as.Date(\"2026-11-01\"))\nbeds |> group_by(ward) |> summarise(mean(occupied))\n\
    ```\n\n| Ward | Beds | Occupied |\n|------|-----:|---------:|\n| A1 | 24 | 23 |\n| B2 | 30 | 27 |\n\n- [x] Daily \
    refresh\n- [ ] Weekly report\n\nSee [the method](docs/method.md) and the [guide](https://example.org/guide). It \
    follows the published definition[^1].\n\n[^1]: Beds open overnight.\n";

const R_CODE: &str = "#' Mean occupancy by ward\n#'\n#' @param beds One row per ward and day\n#' @export\nmean_occupancy <- \
    function(beds, digits = 1L) {\n  stopifnot(is.data.frame(beds), nrow(beds) > 0)\n  beds |>\n    \
    dplyr::filter(!is.na(occupied)) |>\n    dplyr::group_by(ward) |>\n    dplyr::summarise(rate = \
    round(100 * mean(occupied / open), digits)) # per cent\n}\n\nif (interactive()) {\n  message(\"Run \
    mean_occupancy(read_beds()) to begin\")\n}\n";

pub(super) fn header(f: Flavour, section: RepoSection) -> RepoHeader {
    RepoHeader {
        owner: f.text("anytown-hospitals"),
        owner_url: f.url("/anytown-hospitals"),
        name: f.text("bed-occupancy"),
        url: f.url("/anytown-hospitals/bed-occupancy"),
        description: f.maybe("Daily bed occupancy by ward, with a forecast for the next 7 days"),
        visibility: VisibilityTag::Internal,
        is_archived: f == Flavour::Long,
        section,
        tickets_url: f.url("/anytown-hospitals/bed-occupancy/tickets"),
        commits_url: f.url("/anytown-hospitals/bed-occupancy/commits/main"),
        branches_url: f.url("/anytown-hospitals/bed-occupancy/branches"),
        tags_url: f.url("/anytown-hospitals/bed-occupancy/tags"),
        merge_requests_url: f.url("/anytown-hospitals/bed-occupancy/merge-requests"),
        settings_url: f.option(f.url("/anytown-hospitals/bed-occupancy/settings")),
    }
}

fn picker(f: Flavour) -> RefPicker {
    RefPicker {
        kind: "Branch".to_owned(),
        current: f.text("main"),
        branches: f
            .list(vec![Link { is_current: true, ..f.link("main", "/x") }, f.link("forecast-v2", "/x")]),
        tags: f.list(vec![f.link("v1.2", "/x"), f.link("v1.1", "/x")]),
        more_url: f.option(f.url("/x/branches")),
    }
}

fn clone_box(f: Flavour) -> CloneBox {
    CloneBox {
        https: f.text("https://forge.example.nhs.uk/anytown-hospitals/bed-occupancy.git"),
        ssh: f.option(f.text("ssh://git@forge.example.nhs.uk:2222/anytown-hospitals/bed-occupancy.git")),
        zip_url: f.option(f.url("/x.zip")),
        tar_url: f.option(f.url("/x.tar.gz")),
    }
}

fn last_commit(f: Flavour) -> LastCommit {
    LastCommit {
        author: f.text("Ben Okafor"),
        title: f.text("Use the published definition of open beds"),
        url: f.url("/x/commit/1"),
        short_id: "3f2a91c0de".to_owned(),
        when: f.when("2 hours ago"),
    }
}

fn crumbs(f: Flavour) -> Vec<Crumb> {
    vec![
        Crumb { label: f.text("bed-occupancy"), url: Some(f.url("/x")) },
        Crumb { label: f.text("R"), url: Some(f.url("/x/R")) },
        Crumb { label: f.text("mean_occupancy.R"), url: None },
    ]
}

fn listing(f: Flavour) -> Listing {
    let entry = |kind, name: &str, title: &str, when: &str| EntryRow {
        kind,
        name: f.text(name),
        url: (kind != EntryKind::Submodule).then(|| f.url("/x")),
        commit_title: f.maybe(title),
        commit_url: f.url("/x"),
        when: f.option(f.when(when)),
    };
    Listing {
        parent_url: f.option(f.url("/x")),
        entries: vec![
            entry(EntryKind::Directory, "R", "Use the published definition of open beds", "2 hours ago"),
            entry(EntryKind::Directory, "sql", "Read from the new warehouse", "3 days ago"),
            entry(EntryKind::Directory, "tests", "Test wards without any open bed", "3 days ago"),
            entry(EntryKind::Submodule, "shared-functions", "Bring in the shared functions", "2 May 2026"),
            entry(EntryKind::File, ".gitignore", "Start", "12 January 2026"),
            entry(EntryKind::File, "DESCRIPTION", "Release 1.2", "12 days ago"),
            entry(EntryKind::Symlink, "latest.csv", "Point to the newest extract", "12 days ago"),
            entry(
                EntryKind::File,
                "README.md",
                "Say whom to ask for access, and explain what each of the columns in the published extract means",
                "12 days ago",
            ),
        ],
        left_out: if f == Flavour::Long { 9_000 } else { 0 },
    }
}

fn front(f: Flavour) -> Vec<Field> {
    let field =
        |name: &str| Field { name: f.text(name), value: f.text("Bed occupancy\nby ward"), span: (2, 3) };
    f.list(vec![field("title"), field("output")])
}

fn rendered(f: Flavour) -> SafeHtml {
    let base = LinkBase::new("a/b".parse().unwrap(), Rev::Name("main".to_owned()), FilePath::root());
    let text = match f {
        Flavour::Hostile => format!("# {HOSTILE}\n\n[x](javascript:alert(1))\n\n{HOSTILE}\n"),
        _ => f.text(README),
    };
    markdown::render(text.as_bytes(), &base).unwrap()
}

pub(super) fn code(f: Flavour) -> Vec<SafeHtml> {
    match f {
        Flavour::Hostile => highlight::lines("R", &format!("# {HOSTILE}\n\"{HOSTILE}\n")),
        Flavour::Long => {
            highlight::lines("R", &R_CODE.replace('\n', &format!("{}\n", " ".repeat(200))).repeat(20))
        }
        _ => highlight::lines("R", R_CODE),
    }
}

/// Renders every page of a repository.
pub(super) fn pages(f: Flavour, add: &mut Add<'_>) {
    first_pages(f, add);
    files(f, add);
    history(f, add);
    refs(f, add);
    settings(f, add);
    super::sample_request::pages(f, add);
    super::sample_rendered::pages(f, add);
}

fn first_pages(f: Flavour, add: &mut Add<'_>) {
    let new = NewRepo {
        page: f.page("/new"),
        errors: f.errors(&[
            ("name", "anytown-hospitals has a repository of this name"),
            ("visibility", "Choose who can see it"),
        ]),
        owners: vec![
            f.choice("a-shah", "Amina Shah (you)", "", true),
            f.choice("anytown-hospitals", "Anytown Hospitals", "", false),
        ],
        name: f.maybe("bed-occupancy"),
        description: f.maybe("Daily bed occupancy by ward"),
        visibilities: f.visibilities(),
        with_readme: true,
        licences: vec![f.choice("", "None", "", true), f.choice("MIT", "MIT", "", false)],
    };
    add("repo-new", new.render());
    let share = |name: &str, percent: &str, start, width| LanguageShare {
        name: f.text(name),
        percent: percent.to_owned(),
        start,
        width,
    };
    let show = ShowRepo {
        page: f.with_flash("/x", "The repository is renamed"),
        repo: header(f, RepoSection::Code),
        picker: picker(f),
        last_commit: f.option(last_commit(f)),
        listing: Listing { parent_url: None, ..listing(f) },
        readme_name: f.maybe("README.md"),
        readme: f.option(rendered(f)),
        readme_note: (f == Flavour::Long).then(|| "This document is too long.".to_owned()),
        languages: f.list(vec![
            share("R", "71.4%", 0, 714),
            share("SQL", "21.1%", 714, 211),
            share("Shell", "7.5%", 925, 75),
        ]),
        clone_box: clone_box(f),
        commit_count: "1,204 commits".to_owned(),
        branch_count: "3 branches".to_owned(),
        tag_count: "12 tags".to_owned(),
        forks: super::sample_fork::links(f),
    };
    add("repo", show.render());
    let empty = EmptyRepo {
        page: f.with_flash("/x", "The repository is made"),
        repo: header(f, RepoSection::Code),
        clone_box: CloneBox { zip_url: None, tar_url: None, ..clone_box(f) },
        default_branch: f.text("main"),
        can_push: f != Flavour::Empty,
    };
    add("repo-empty", empty.render());
}

fn files(f: Flavour, add: &mut Add<'_>) {
    let tree = Tree {
        page: f.page("/x"),
        repo: header(f, RepoSection::Code),
        picker: picker(f),
        crumbs: crumbs(f),
        name: f.text("R"),
        last_commit: f.option(last_commit(f)),
        listing: listing(f),
        history_url: f.url("/x"),
    };
    add("tree", tree.render());
    let csv =
        csv::table(&format!("ward,open,occupied\nA1,24,23\n{},30,27\n", f.text("B2").replace('"', "\"\"")))
            .unwrap();
    let base = LinkBase::new("a/b".parse().unwrap(), Rev::Name("main".to_owned()), FilePath::root());
    let cell = serde_json::to_string(&f.text("# Beds")).unwrap();
    let json = format!(
        "{{\"nbformat\": 4, \"cells\": [{{\"cell_type\": \"markdown\", \"source\": {cell}}}, {{\"cell_type\": \"code\", \
         \"execution_count\": 1, \"source\": \"def mean(beds):\\n    return sum(beds) / len(beds)\", \"outputs\": \
         [{{\"output_type\": \"stream\", \"text\": {cell}}}, {{\"output_type\": \"display_data\", \"data\": \
         {{\"image/png\": \"\"}}}}, {{\"output_type\": \"display_data\", \"data\": {{}}}}]}}, {{\"cell_type\": \"raw\", \
         \"source\": {cell}}}]}}"
    );
    for (name, body) in [
        ("code", BlobBody::Code(code(f))),
        ("document", BlobBody::Document { front: front(f), html: rendered(f) }),
        ("image", BlobBody::Image { url: f.url("/x/raw/main/plot.png") }),
        ("table", BlobBody::Table(csv)),
        ("notebook", BlobBody::Notebook(notebook::read(json.as_bytes(), &base).unwrap())),
        ("empty", BlobBody::Empty),
        ("too-large", BlobBody::TooLarge { limit: "5 MB".to_owned() }),
        ("binary", BlobBody::Binary),
        ("symlink", BlobBody::Symlink { target: f.text("../data/latest.csv"), url: f.option(f.url("/x")) }),
        (
            "submodule",
            BlobBody::Submodule {
                source: f.text("https://example.org/x.git"),
                url: f.option(f.url("/x")),
                commit: "3f2a91c0de".to_owned(),
            },
        ),
        ("pointer", BlobBody::LargeFilePointer { size: "120 MB".to_owned() }),
    ] {
        let blob = Blob {
            page: f.page("/x"),
            repo: header(f, RepoSection::Code),
            picker: picker(f),
            crumbs: crumbs(f),
            name: f.text("mean_occupancy.R"),
            last_commit: f.option(last_commit(f)),
            size: "15 lines, 512 bytes".to_owned(),
            language: f.option(f.text("R")),
            owners: f.list(vec![f.text("@a-shah, @rr8/data (Databases: 2 approvals)")]),
            owners_url: f.url("/x/owners"),
            notes: match f {
                Flavour::Full | Flavour::Empty => Vec::new(),
                _ => vec![f.text("This file is shown as Windows-1252, because it is not valid UTF-8.")],
            },
            modes: f.list(vec![
                Link { is_current: true, ..f.link("Rendered", "?") },
                f.link("Source", "?source"),
            ]),
            raw_url: f.option(f.url("/x")),
            download_url: f.option(f.url("/x")),
            history_url: f.url("/x"),
            permalink: f.url("/x"),
            body,
        };
        add(&format!("blob-{name}"), blob.render());
    }
}

fn history(f: Flavour, add: &mut Add<'_>) {
    let row = |title: &str, body: &str, author: &str| CommitRow {
        title: f.text(title),
        body: f.maybe(body),
        url: f.url("/x"),
        short_id: "3f2a91c0de".to_owned(),
        author: f.text(author),
        author_url: f.option(f.url("/b-okafor")),
        when: f.when("2 hours ago"),
        browse_url: f.url("/x"),
        status: f.option(StateTag { label: "Passed", colour: "green" }),
        signature: f.option(SignatureTag {
            label: f.text("Verified"),
            colour: "green".to_owned(),
            explanation: f.text("Signed"),
        }),
    };
    let activity = RepoActivity {
        page: f.page("/x"),
        repo: header(f, RepoSection::Activity),
        feed_url: f.url("/settings/feeds?of=x"),
        rows: f.list(vec![happening(f), happening(f)]),
        older_url: f.option(f.url("/x/activity?before=1")),
    };
    add("repo-activity", activity.render());
    let commits = Commits {
        page: f.page("/x"),
        repo: header(f, RepoSection::Commits),
        picker: picker(f),
        crumbs: f.list(crumbs(f)),
        days: f.list(vec![
            Day {
                date: "20 November 2026".to_owned(),
                commits: vec![
                    row(
                        "Use the published definition of open beds",
                        "Beds count as open when they are staffed overnight.",
                        "Ben Okafor",
                    ),
                    row("Test wards without any open bed", "", "Amina Shah"),
                ],
            },
            Day {
                date: "17 November 2026".to_owned(),
                commits: vec![row("Read from the new warehouse", "", "Carys Evans")],
            },
        ]),
        paging: f.paging(),
    };
    add("commits", commits.render());
    let commit = Commit {
        page: f.page("/x"),
        repo: header(f, RepoSection::Commits),
        title: f.text("Use the published definition of open beds"),
        body: f.maybe("Beds count as open when they are staffed overnight.\n\nThis lowers the rate of ward A1 by 2 points."),
        id: "3f2a91c0de3f2a91c0de3f2a91c0de3f2a91c0de".to_owned(),
        author: f.text("Ben Okafor"),
        signature: f.option(SignatureTag {
            label: f.text("Verified"),
            colour: "green".to_owned(),
            explanation: f.text("Signed with a key of a-shah"),
        }),
        author_url: f.option(f.url("/b-okafor")),
        authored: f.when("20 November 2026"),
        committer: f.option((f.text("Amina Shah"), f.when("21 November 2026"))),
        parents: f.list(vec![Parent { short_id: "aa00bb11cc".to_owned(), url: f.url("/x") }]),
        browse_url: f.url("/x"),
        statuses: f.list(vec![status_row(f)]),
        named: f.list(vec![f.link("#12 Ward A is missing", "/x/tickets/12")]),
        pick_url: f.option(f.url("/x/commit/3/pick")),
        changes: changes(f, false),
    };
    add("commit", commit.render());
}

fn refs(f: Flavour, add: &mut Add<'_>) {
    let branch = |name: &str, is_default, compared: &str| BranchRow {
        name: f.text(name),
        url: f.url("/x"),
        commits_url: f.url("/x"),
        zip_url: f.url("/x"),
        ask_url: f.option(f.url("/x/merge-requests/new")),
        compare_url: f.option(f.url("/x/compare/main...median")),
        is_default,
        commit_title: f.text("Use the published definition of open beds"),
        commit_url: f.url("/x"),
        author: f.text("Ben Okafor"),
        when: f.when("2 hours ago"),
        compared: compared.to_owned(),
    };
    let branches = Branches {
        page: f.page("/x"),
        repo: header(f, RepoSection::Branches),
        why_url: f.url("/x/why"),
        branches: f.list(vec![branch("main", true, ""), branch("forecast-v2", false, "2 ahead, 14 behind")]),
        paging: f.paging(),
    };
    add("branches", branches.render());
    let tag = |name: &str, message: &str| TagRow {
        name: f.text(name),
        url: f.url("/x"),
        message: f.maybe(message),
        short_id: "3f2a91c0de".to_owned(),
        commit_url: f.url("/x"),
        when: f.option(f.when("12 days ago")),
        zip_url: f.url("/x"),
        tar_url: f.url("/x"),
        signature: f.option(SignatureTag {
            label: f.text("Unverified"),
            colour: "red".to_owned(),
            explanation: f.text("Signed"),
        }),
    };
    let tags = Tags {
        page: f.page("/x"),
        repo: header(f, RepoSection::Tags),
        tags: f.list(vec![tag("v1.2", "As published in November"), tag("v1.1", "")]),
        paging: f.paging(),
    };
    add("tags", tags.render());
}

fn settings(f: Flavour, add: &mut Add<'_>) {
    let settings = RepoSettings {
        page: f.with_flash("/x", "The settings are saved"),
        repo: header(f, RepoSection::Settings),
        errors: f.errors(&[("name", "This name is taken")]),
        general_action: f.url("/x/settings"),
        description: f.maybe("Daily bed occupancy by ward"),
        branches: f.list(vec![
            f.choice("main", "main", "", true),
            f.choice("forecast-v2", "forecast-v2", "", false),
        ]),
        visibility: f.text("Everybody who can sign in to this site"),
        visibility_url: f.option(f.url("/x/settings/visibility")),
        rules_url: f.url("/x/settings/rules"),
        merging_action: f.url("/x/settings/merging"),
        merge_methods: vec![
            f.choice("merge", "Merge commit", "Keeps every commit", true),
            f.choice("squash", "Squash", "Makes one commit of all changes", false),
        ],
        access_url: f.option(f.url("/x/settings/access")),
        rename_action: f.url("/x/settings/name"),
        name: f.text("bed-occupancy"),
        transfer_action: f.url("/x/settings/owner"),
        owners: f.list(vec![f.choice("a-shah", "Amina Shah (you)", "", false)]),
        storage: vec![(f.text("Packs"), f.text("3")), (f.text("Size"), f.text("41 MB"))],
        looked_after: f.option(f.when("2 hours ago")),
        archive_action: f.url("/x/settings/archive"),
        keys_url: f.option(f.url("/x/settings/keys")),
        delete_url: f.option(f.url("/x/settings/delete")),
    };
    add("repo-settings", settings.render());
    let delete = DeleteRepo {
        page: f.page("/x"),
        repo: header(f, RepoSection::Settings),
        errors: f.errors(&[("confirmation", "Type the owner and the name exactly")]),
        action: f.url("/x/settings/delete"),
        expected: f.text("anytown-hospitals/bed-occupancy"),
        losses: f.text("1,204 commits on 3 branches"),
    };
    add("repo-delete", delete.render());
    let key = |name: &str, is_expired| KeyRow {
        id: f.text("1"),
        name: f.text(name),
        tags: vec![StateTag { label: "Reads and pushes", colour: "purple" }],
        fingerprint: f.text("SHA256:uNiVztksCsDhcc0u9e8BrkJ/6E6ZJhZQyXQ8ZJ3uYdE"),
        added: f.when("3 May 2026"),
        added_by: Some(f.text("a-shah")),
        lets_in: true,
        last_used: f.option(f.when("2 hours ago")),
        from: f.option(f.text("192.0.2.0/24")),
        expires: f.option(f.when("3 May 2027")),
        is_expired,
        ..KeyRow::default()
    };
    let keys = DeployKeys {
        page: f.page("/x"),
        repo: header(f, RepoSection::Settings),
        keys: f.list(vec![key("nightly report", false), key("publisher", true)]),
        errors: f.errors(&[("key", "This key is in use already")]),
        name: f.maybe("nightly report"),
        key: f.maybe("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"),
        writes: f == Flavour::Full,
        lifetimes: vec![f.choice("", "Until it is removed", "", true)],
        action: f.url("/x/settings/keys"),
    };
    add("repo-deploy-keys", keys.render());
    let owners = Owners {
        page: f.with_flash("/x", "The owners have been saved as a commit."),
        repo: header(f, RepoSection::Code),
        errors: f.errors(&[("pattern", "Write the files as *.R"), ("owners", "Name at least one owner.")]),
        file: f.option(crate::view::Link::new(f.text("CODEOWNERS"), f.url("/x/blob/main/CODEOWNERS"))),
        branch: f.text("main"),
        rules: f.list(vec![OwnersRow {
            line: 3,
            pattern: f.text("*.sql"),
            owners: f.text("@a-shah, @rr8/data"),
            section: f.text("Databases"),
            demand: "2 approvals".to_owned(),
        }]),
        problems: f.list(vec![f.text("Line 4: ada is not an owner.")]),
        asked: f.maybe("R/beds.R"),
        answer: f.option(OwnerAnswer {
            path: f.text("R/beds.R"),
            lines: f.list(vec![f.text("@a-shah (1 approval)")]),
        }),
        can_change: f != Flavour::Empty,
        action: f.url("/x/owners"),
        blob: "1".repeat(40),
        new_path: "CODEOWNERS".to_owned(),
        pattern: f.maybe("*.R"),
        owners: f.maybe("@a-shah"),
        section: f.maybe("Scripts"),
        text: f.maybe("* @a-shah"),
    };
    add("repo-owners", owners.render());
    access(f, add);
}

fn access(f: Flavour, add: &mut Add<'_>) {
    let grant = |name: &str, kind: &str, until: Option<&str>, has_ended| GrantRow {
        id: f.text("1"),
        name: f.text(name),
        url: f.option(f.url("/x")),
        kind: f.text(kind),
        permission: f.text("Push"),
        since: f.when("3 May 2026"),
        until: until.map(|until| f.when(until)),
        has_ended,
    };
    let access = RepoAccessPage {
        page: f.with_flash("/x", "The permission has been saved."),
        repo: header(f, RepoSection::Settings),
        errors: f.errors(&[("username", "There is no person of this name."), ("days", "Enter a number")]),
        settings_url: f.url("/x/settings"),
        action: f.url("/x/settings/access"),
        is_of_organisation: f != Flavour::Empty,
        grants: f.list(vec![
            grant("Bed analysts", "Team", None, false),
            grant("Carys Evans", "From outside", Some("3 May 2027"), true),
        ]),
        username: f.maybe("c-evans"),
        who_hint: "Anybody with an account".to_owned(),
        teams: f.list(vec![f.choice("beds", "Bed analysts", "", true)]),
        permissions: vec![
            f.choice("read", "Read", "See and clone it", true),
            f.choice("write", "Push", "Also push to it", false),
        ],
        days: f.maybe("30"),
        everybody: f.text("It is private: only the people below can see it."),
        people: f.list(vec![AudienceRow {
            name: f.text("Amina Shah"),
            username: f.text("a-shah"),
            url: f.url("/a-shah"),
            may: f.text("Everything"),
            reasons: vec![f.text("Owner of the organisation"), f.text("In the team Bed analysts")],
        }]),
        more: if f == Flavour::Empty { 0 } else { 3 },
    };
    add("repo-access", access.render());
    let change = |state: &str, colour, decided_by: &str| ChangeRow {
        what: f.text("Private to internal"),
        state: f.text(state),
        colour,
        reason: f.maybe("Other trusts want to use it"),
        asked_by: f.text("Amina Shah"),
        asked: f.when("3 May 2026"),
        decided_by: f.maybe(decided_by),
        note: f.maybe("No data about people in it"),
        until: f.option(f.when("3 June 2026")),
    };
    let visibility = RepoVisibility {
        page: f.with_flash("/x", "The visibility has been changed."),
        repo: header(f, RepoSection::Settings),
        errors: f.errors(&[
            ("visibility", "Choose who can see it"),
            ("reason", "Say why"),
            ("days", "Enter a number"),
        ]),
        settings_url: f.url("/x/settings"),
        action: f.url("/x/settings/visibility"),
        visibilities: f.visibilities(),
        reason: f.maybe("Other trusts want to use it"),
        days: f.maybe("30"),
        needs_second: f != Flavour::Empty,
        changes: f.list(vec![change("Made", "green", "Ben Okafor"), change("Refused", "red", "")]),
    };
    add("repo-visibility", visibility.render());
    super::sample_rules::rules(f, add);
}

pub(super) fn status_row(f: Flavour) -> StatusRow {
    StatusRow {
        state: StateTag { label: "Passed", colour: "green" },
        context: f.text("ci/tests"),
        description: f.maybe("12 of 12"),
        url: f.option("https://ci.example/12".to_owned()),
        set_by: f.text("a-shah"),
        when: f.when("2 hours ago"),
    }
}
