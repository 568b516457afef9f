//! Rules for branches and tags, and why somebody may or may not.

use forge_app::{Maintain, NewAllowed, NewRule, Read, RepoAccess};
use forge_core::organisation_policy::MAX_REVIEWS;
use forge_core::policy::Reason;
use forge_core::{
    Allowed, AllowedLevel, MergeRule, Permission, RefKind, RefPattern, RefRule, RefRuleId, StatusName,
};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::organisation::role_label;
use crate::handler::present::{counted, parsed};
use crate::handler::repo::access::may;
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::repo::{ActionField, BranchWhyRow, RepoRules, RepoWhy, RuleRow};
use crate::url;
use crate::view::{Choice, FormErrors, RepoSection};

/// The rule that the form begins with, if one is to be changed.
#[derive(Deserialize)]
pub(in crate::handler) struct RuleQuery {
    change: Option<String>,
}

pub(in crate::handler) async fn show_rules(
    ctx: Ctx,
    Repo(access): Repo<Maintain>,
    Query(query): Query<RuleQuery>,
) -> Answer {
    let form = match query.change.and_then(|id| id.parse::<RefRuleId>().ok()) {
        Some(id) => written(&ctx, &access, id).await?.unwrap_or_default(),
        None => RuleForm::default(),
    };
    page(&view(&ctx, access, FormErrors::none(), &form).await?)
}

/// A rule as one would write it.
async fn written(
    ctx: &Ctx,
    access: &RepoAccess<Maintain>,
    id: RefRuleId,
) -> Result<Option<RuleForm>, Failure> {
    let rules = ctx.app().ref_rules(access).await?;
    let Some(rule) = rules.iter().find(|rule| rule.id == id) else { return Ok(None) };
    let app = ctx.app();
    let level = |allowed: &Allowed| allowed.level.name().to_owned();
    let statuses: Vec<&str> = rule.merging.statuses.iter().map(StatusName::as_str).collect();
    Ok(Some(RuleForm {
        action: Action::Set,
        id: String::new(),
        kind: rule.kind.name().to_owned(),
        pattern: rule.pattern.to_string(),
        push: level(&rule.push),
        push_names: app.names_of(access, &rule.push).await?.join(" "),
        force_push: level(&rule.force_push),
        force_push_names: app.names_of(access, &rule.force_push).await?.join(" "),
        delete: level(&rule.delete),
        delete_names: app.names_of(access, &rule.delete).await?.join(" "),
        merge: level(&rule.merge),
        merge_names: app.names_of(access, &rule.merge).await?.join(" "),
        linear: rule.linear,
        signed: rule.signed,
        approvals: rule.merging.approvals.to_string(),
        owners_approval: rule.merging.owners_approval,
        approvals_stay: !rule.merging.approvals_lapse,
        threads_resolved: rule.merging.threads_resolved,
        statuses: statuses.join("\n"),
        up_to_date: rule.merging.up_to_date,
    }))
}

/// What a button or the form asks for.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    Set,
    Remove,
}

/// What the form and the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a box to tick")]
pub(in crate::handler) struct RuleForm {
    action: Action,
    id: String,
    kind: String,
    pattern: String,
    push: String,
    push_names: String,
    force_push: String,
    force_push_names: String,
    delete: String,
    delete_names: String,
    merge: String,
    merge_names: String,
    linear: bool,
    signed: bool,
    approvals: String,
    owners_approval: bool,
    approvals_stay: bool,
    threads_resolved: bool,
    statuses: String,
    up_to_date: bool,
}

impl Default for RuleForm {
    fn default() -> Self {
        let maintainers = || AllowedLevel::Maintainers.name().to_owned();
        let nobody = || AllowedLevel::Nobody.name().to_owned();
        Self {
            action: Action::Set,
            id: String::new(),
            kind: RefKind::Branch.name().to_owned(),
            pattern: String::new(),
            push: maintainers(),
            push_names: String::new(),
            force_push: nobody(),
            force_push_names: String::new(),
            delete: nobody(),
            delete_names: String::new(),
            merge: maintainers(),
            merge_names: String::new(),
            linear: false,
            signed: false,
            approvals: "0".to_owned(),
            owners_approval: false,
            approvals_stay: false,
            threads_resolved: false,
            statuses: String::new(),
            up_to_date: false,
        }
    }
}

pub(in crate::handler) async fn change_rules(
    ctx: Ctx,
    Repo(access): Repo<Maintain>,
    Form(form): Form<RuleForm>,
) -> Answer {
    let back = url::repo_settings_action(&access.repo().path, "rules");
    if matches!(form.action, Action::Remove) {
        let id = form.id.parse::<RefRuleId>().map_err(|_| Failure::not_found())?;
        ctx.app().delete_rule(&access, &ctx.origin, id).await?;
        return ctx.done(&back, Notice::RuleRemoved);
    }
    let mut errors = FormErrors::none();
    let kind = parsed(&mut errors, "kind", form.kind.parse::<RefKind>());
    let pattern = parsed(&mut errors, "pattern", RefPattern::new(&form.pattern));
    let mut allowed = |field: &str, level: &str, names: &str| {
        let level = parsed(&mut errors, field, level.parse::<AllowedLevel>())?;
        Some(NewAllowed { level, names: names.to_owned() })
    };
    let push = allowed("push", &form.push, &form.push_names);
    let force_push = allowed("force_push", &form.force_push, &form.force_push_names);
    let delete = allowed("delete", &form.delete, &form.delete_names);
    let merge = allowed("merge", &form.merge, &form.merge_names);
    let merging = merging(&mut errors, &form);
    let (Some(kind), Some(pattern), Some(push), Some(force_push), Some(delete), Some(merge), Some(merging)) =
        (kind, pattern, push, force_push, delete, merge, merging)
    else {
        return again(&view(&ctx, access, errors, &form).await?);
    };
    let (signed, linear) = (form.signed, form.linear);
    let new = NewRule { kind, pattern, push, force_push, delete, merge, signed, linear, merging };
    match ctx.app().set_rule(&access, &ctx.origin, &new).await {
        Ok(()) => ctx.done(&back, Notice::RuleSet),
        Err(error) => again(&view(&ctx, access, wrong(error, &[])?, &form).await?),
    }
}

/// What the form demands of merge requests.
fn merging(errors: &mut FormErrors, form: &RuleForm) -> Option<MergeRule> {
    let number = form.approvals.trim().parse::<u8>();
    let number = number.map_err(|_| format!("Enter a number from 0 to {MAX_REVIEWS}."));
    let approvals = parsed(errors, "approvals", number);
    let statuses = parsed(errors, "statuses", StatusName::lines(&form.statuses));
    Some(MergeRule {
        approvals: approvals?,
        owners_approval: form.owners_approval,
        approvals_lapse: !form.approvals_stay,
        threads_resolved: form.threads_resolved,
        statuses: statuses?,
        up_to_date: form.up_to_date,
    })
}

async fn view(
    ctx: &Ctx,
    access: RepoAccess<Maintain>,
    errors: FormErrors,
    form: &RuleForm,
) -> Result<RepoRules, Failure> {
    let access: RepoAccess<Read> = access.lower();
    let repo = access.repo();
    let mut rules = Vec::new();
    for rule in ctx.app().ref_rules(&access).await? {
        rules.push(rule_row(ctx, &access, &rule).await?);
    }
    let choice = Choice::plain::<&str>;
    let field = |id: &str, label: &str, level: &str, names: &str| ActionField {
        id: id.to_owned(),
        label: label.to_owned(),
        levels: AllowedLevel::ALL
            .iter()
            .map(|found| choice(found.name(), level_label(*found), level))
            .collect(),
        names_id: format!("{id}_names"),
        names: names.to_owned(),
    };
    Ok(RepoRules {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Settings),
        errors,
        settings_url: url::repo_settings(&repo.path),
        why_url: url::repo_why(&repo.path),
        action: url::repo_settings_action(&repo.path, "rules"),
        default_branch: repo.default_branch.short().to_owned(),
        rules,
        kinds: vec![choice("branch", "Branches", &form.kind), choice("tag", "Tags", &form.kind)],
        pattern: form.pattern.clone(),
        actions: vec![
            field("push", "Who may push", &form.push, &form.push_names),
            field("force_push", "Who of those may also rewrite", &form.force_push, &form.force_push_names),
            field("delete", "Who may delete", &form.delete, &form.delete_names),
            field("merge", "Who may merge", &form.merge, &form.merge_names),
        ],
        signed: form.signed,
        linear: form.linear,
        approvals: form.approvals.clone(),
        owners_approval: form.owners_approval,
        approvals_stay: form.approvals_stay,
        threads_resolved: form.threads_resolved,
        statuses: form.statuses.clone(),
        up_to_date: form.up_to_date,
    })
}

async fn rule_row(ctx: &Ctx, access: &RepoAccess<Read>, rule: &RefRule) -> Result<RuleRow, Failure> {
    let mut lines = Vec::new();
    let actions = [
        ("Push", &rule.push),
        ("Rewrite", &rule.force_push),
        ("Delete", &rule.delete),
        ("Merge", &rule.merge),
    ];
    let is_branch = rule.kind == RefKind::Branch;
    for (what, allowed) in actions.into_iter().filter(|(what, _)| is_branch || *what != "Merge") {
        lines.push((what.to_owned(), who(ctx, access, allowed).await?));
    }
    if rule.linear {
        lines.push(("History".to_owned(), "In one line, without merge commits".to_owned()));
    }
    if rule.signed {
        lines.push(("Signatures".to_owned(), "Demanded of everything new".to_owned()));
    }
    lines.extend(merging_lines(&rule.merging));
    let kind = match rule.kind {
        RefKind::Branch => "Branches",
        RefKind::Tag => "Tags",
    };
    let change_url =
        format!("{}?change={}#pattern", url::repo_settings_action(&access.repo().path, "rules"), rule.id);
    Ok(RuleRow {
        id: rule.id.to_string(),
        change_url,
        kind: kind.to_owned(),
        pattern: rule.pattern.to_string(),
        lines,
    })
}

/// What a rule demands of merge requests: what, and how much of it.
fn merging_lines(merging: &MergeRule) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    if merging.approvals > 0 {
        let lapse = if merging.approvals_lapse {
            "they lapse with new commits"
        } else {
            "they stay with new commits"
        };
        let people = counted(u64::from(merging.approvals), "person", "people");
        lines.push(("Approvals before a merge".to_owned(), format!("{people}; {lapse}")));
    }
    if merging.owners_approval {
        lines.push(("Owners of the changed files".to_owned(), "Must approve".to_owned()));
    }
    if merging.threads_resolved {
        lines.push(("Threads".to_owned(), "Must be resolved".to_owned()));
    }
    if !merging.statuses.is_empty() {
        let names: Vec<&str> = merging.statuses.iter().map(StatusName::as_str).collect();
        lines.push(("Must have passed".to_owned(), names.join(", ")));
    }
    if merging.up_to_date {
        lines.push(("Before a merge".to_owned(), "Up to date with the branch".to_owned()));
    }
    lines
}

async fn who(ctx: &Ctx, access: &RepoAccess<Read>, allowed: &Allowed) -> Result<String, Failure> {
    let names = ctx.app().names_of(access, allowed).await?.join(", ");
    Ok(match (allowed.level, names.is_empty()) {
        (AllowedLevel::Nobody, false) => format!("Only {names}"),
        (level, true) => level_label(level).to_owned(),
        (level, false) => format!("{}, and {names}", level_label(level)),
    })
}

fn level_label(level: AllowedLevel) -> &'static str {
    match level {
        AllowedLevel::Nobody => "Nobody",
        AllowedLevel::Maintainers => "Whoever may look after the repository",
        AllowedLevel::Developers => "Whoever may push to the repository",
    }
}

pub(in crate::handler) async fn show_why(ctx: Ctx, Repo(access): Repo<Read>) -> Answer {
    let explained = ctx.app().explain(&access).await?;
    let yes_or =
        |answer: Result<(), String>| answer.map_or_else(|why| format!("No: {why}"), |()| "Yes".to_owned());
    page(&RepoWhy {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Code),
        may: match access.permission() {
            Permission::None | Permission::Read => "You may read this repository.".to_owned(),
            Permission::Write => "You may read this repository and push to it.".to_owned(),
            Permission::Maintain => "You may read this repository, push to it and look after it.".to_owned(),
            Permission::Admin => "You may do everything with this repository.".to_owned(),
        },
        reasons: explained.reasons.into_iter().map(reason).collect(),
        branches: explained
            .branches
            .into_iter()
            .map(|branch| BranchWhyRow {
                name: branch.name.short().to_owned(),
                conditions: [
                    (branch.is_signed, "Every new commit must be signed."),
                    (branch.is_linear, "No merge commits are taken."),
                ]
                .into_iter()
                .filter(|(holds, _)| *holds)
                .map(|(_, words)| words.to_owned())
                .collect(),
                answers: [
                    ("Push", branch.push),
                    ("Merge", branch.merge),
                    ("Rewrite", branch.force_push),
                    ("Delete", branch.delete),
                ]
                .into_iter()
                .map(|(what, answer)| (what.to_owned(), yes_or(answer)))
                .collect(),
            })
            .collect(),
        left_out: explained.left_out,
    })
}

fn reason(reason: Reason) -> String {
    match reason {
        Reason::Owns => "It is yours.".to_owned(),
        Reason::Role(role) => format!("In the organisation that owns it you are: {}.", role_label(role)),
        Reason::Granted(permission) => {
            format!("It was given to you or to a team that you are in: {}.", may(permission))
        }
        Reason::Colleague => "You share an organisation with its owner.".to_owned(),
        Reason::SignedIn => "Everybody who is signed in can read it.".to_owned(),
        Reason::Public => "It is public: everybody can read it.".to_owned(),
        Reason::Administrator => "You administer the site.".to_owned(),
        Reason::System => "You are the forge itself.".to_owned(),
    }
}
