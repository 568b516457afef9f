//! Rules for branches and tags, and why somebody may or may not.

use askama::Template;

use crate::view::{Choice, FormErrors, PageContext, RepoHeader};

/// The rules of a repository.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/rules.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a box to tick")]
pub struct RepoRules {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong with the form that was sent.
    pub errors: FormErrors,
    /// The settings of the repository.
    pub settings_url: String,
    /// What the reader may do, branch by branch.
    pub why_url: String,
    /// Where every form of this page goes.
    pub action: String,
    /// The default branch, which has a rule of its own.
    pub default_branch: String,
    /// The rules.
    pub rules: Vec<RuleRow>,
    /// Branches or tags.
    pub kinds: Vec<Choice>,
    /// What was written.
    pub pattern: String,
    /// Who may push, force-push, delete and merge.
    pub actions: Vec<ActionField>,
    /// Whether signatures are demanded.
    pub signed: bool,
    /// Whether merges are refused.
    pub linear: bool,
    /// How many people must approve a merge request, as written.
    pub approvals: String,
    /// Whether those who own the changed files must approve.
    pub owners_approval: bool,
    /// Whether approvals stay when there are new commits.
    pub approvals_stay: bool,
    /// Whether every thread must be resolved.
    pub threads_resolved: bool,
    /// The statuses that must have passed, one on each line, as written.
    pub statuses: String,
    /// Whether the source must have everything that the target has.
    pub up_to_date: bool,
}

/// A rule in words.
#[derive(Debug, Clone, Default)]
pub struct RuleRow {
    /// Which.
    pub id: String,
    /// The page with the form filled in.
    pub change_url: String,
    /// `Branches` or `Tags`.
    pub kind: String,
    /// Which of them.
    pub pattern: String,
    /// Each action, and who may do it.
    pub lines: Vec<(String, String)>,
}

/// Who may do one thing, as a part of the form.
#[derive(Debug, Clone, Default)]
pub struct ActionField {
    /// The name of the fields in the form.
    pub id: String,
    /// What people read.
    pub label: String,
    /// From which permission on.
    pub levels: Vec<Choice>,
    /// The id of the field with names.
    pub names_id: String,
    /// What was written.
    pub names: String,
}

/// Why the reader may do what they may.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/why.html")]
pub struct RepoWhy {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The most that they may do, in a sentence.
    pub may: String,
    /// Why, in a few words each.
    pub reasons: Vec<String>,
    /// Branch by branch.
    pub branches: Vec<BranchWhyRow>,
    /// How many branches are not shown.
    pub left_out: usize,
}

/// What the reader may do with a branch.
#[derive(Debug, Clone, Default)]
pub struct BranchWhyRow {
    /// Which.
    pub name: String,
    /// What one may want to do, and `Yes` or why not.
    pub answers: Vec<(String, String)>,
    /// What everything new must be like.
    pub conditions: Vec<String>,
}
