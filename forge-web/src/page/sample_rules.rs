//! Pages about rules for branches and tags with made-up values.

use askama::Template;

use super::repo::{ActionField, BranchWhyRow, RepoRules, RepoWhy, RuleRow};
use super::sample::{Add, Flavour};
use super::sample_repo::header;
use crate::view::RepoSection;

pub(super) fn rules(f: Flavour, add: &mut Add<'_>) {
    let field = |id: &str, label: &str| ActionField {
        id: id.to_owned(),
        label: label.to_owned(),
        levels: vec![
            f.choice("nobody", "Nobody", "", false),
            f.choice("maintainers", "Maintainers", "", true),
        ],
        names_id: format!("{id}_names"),
        names: f.maybe("a-shah team/beds"),
    };
    let rules = RepoRules {
        page: f.with_flash("/x", "The rule has been set."),
        repo: header(f, RepoSection::Settings),
        errors: f.errors(&[("pattern", "A pattern is a name"), ("push_names", "There is nobody called x.")]),
        settings_url: f.url("/x/settings"),
        why_url: f.url("/x/why"),
        action: f.url("/x/settings/rules"),
        default_branch: f.text("main"),
        rules: f.list(vec![RuleRow {
            id: f.text("1"),
            change_url: f.url("/x/settings/rules"),
            kind: f.text("Branches"),
            pattern: f.text("release/*"),
            lines: vec![(f.text("Push"), f.text("Nobody, a-shah"))],
        }]),
        kinds: vec![f.choice("branch", "Branches", "", true), f.choice("tag", "Tags", "", false)],
        pattern: f.maybe("release/*"),
        actions: vec![field("push", "Who may push"), field("delete", "Who may delete")],
        signed: false,
        linear: true,
        approvals: f.text("2"),
        owners_approval: true,
        approvals_stay: false,
        threads_resolved: true,
        statuses: f.maybe("ci/tests\nLint and style"),
        up_to_date: false,
    };
    add("repo-rules", rules.render());
    let why = RepoWhy {
        page: f.page("/x/why"),
        repo: header(f, RepoSection::Code),
        may: f.text("You may read this repository."),
        reasons: vec![f.text("It is yours.")],
        branches: vec![BranchWhyRow {
            name: f.text("main"),
            conditions: f.list(vec![f.text("Every new commit must be signed.")]),
            answers: vec![
                (f.text("Push"), f.text("Yes")),
                (f.text("Rewrite"), f.text("No: the rule for main does not let you")),
            ],
        }],
        left_out: if f == Flavour::Empty { 0 } else { 2 },
    };
    add("repo-why", why.render());
}
