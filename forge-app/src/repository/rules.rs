//! Rules for branches and tags of a repository: reading, setting, and telling somebody what they let them do.

use forge_core::grant::in_force;
use forge_core::organisation_policy::MAX_REVIEWS;
use forge_core::policy::{Reason, RepoFacts, UpdateFacts, UpdateKind, decide_update, reasons};
use forge_core::ref_rule::{MAX_NAMED, MAX_RULES, Pusher, Way};
use forge_core::{
    Actor, Allowed, AllowedLevel, EffectivePolicy, MergeDemands, MergeRule, OwnerId, Permission, RefKind,
    RefName, RefPattern, RefRule, RefRuleId, Repository, StatusName, TeamId, TeamName, Username,
    merge_demands,
};
use forge_store::{Rows, organisation_policy, ref_rule, repository, team, user};
use serde_json::json;

use crate::access::{Level, Maintain, Read, RepoAccess};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// Branches that somebody is told about at once.
const EXPLAINED: usize = 50;

/// Who may do something, as it was written.
#[derive(Debug, Clone)]
pub struct NewAllowed {
    /// From which permission on.
    pub level: AllowedLevel,
    /// Usernames, and teams as `team/name`, between spaces or commas.
    pub names: String,
}

/// A rule as it was written.
#[derive(Debug, Clone)]
pub struct NewRule {
    /// What it is about.
    pub kind: RefKind,
    /// Which of them.
    pub pattern: RefPattern,
    /// Who may make them and add to them.
    pub push: NewAllowed,
    /// Who of those may also rewrite them.
    pub force_push: NewAllowed,
    /// Who may delete them.
    pub delete: NewAllowed,
    /// Who may merge into them.
    pub merge: NewAllowed,
    /// Whether all that is new must be signed.
    pub signed: bool,
    /// Whether nothing new may be a merge.
    pub linear: bool,
    /// What is demanded of merge requests into them.
    pub merging: MergeRule,
}

/// What somebody may do with one branch, and why not what they may not.
#[derive(Debug, Clone)]
pub struct BranchExplained {
    /// Which.
    pub name: RefName,
    /// Whether it can be pushed to.
    pub push: Result<(), String>,
    /// Whether a merge request can be merged into it.
    pub merge: Result<(), String>,
    /// Whether only signed commits are taken.
    pub is_signed: bool,
    /// Whether no merge commits are taken.
    pub is_linear: bool,
    /// Whether it can be rewritten.
    pub force_push: Result<(), String>,
    /// Whether it can be deleted.
    pub delete: Result<(), String>,
}

/// Why somebody may do what they may.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Everything that gives them something.
    pub reasons: Vec<Reason>,
    /// Branch by branch; the default branch first.
    pub branches: Vec<BranchExplained>,
    /// How many branches are left out.
    pub left_out: usize,
}

/// The rules for somebody.
pub(crate) struct RulesFor {
    /// The rules.
    pub(crate) rules: Vec<RefRule>,
    /// The teams that they are in, and those above, where a rule names teams.
    pub(crate) teams: Vec<TeamId>,
    /// What they may do by themselves, whatever their credential reaches.
    pub(crate) standing: Permission,
}

impl App {
    /// The rules of a repository. Whoever reads it may know them.
    pub async fn ref_rules<L: Level>(&self, access: &RepoAccess<L>) -> Result<Vec<RefRule>> {
        Ok(ref_rule::of_repository(&self.store().read().await?, access.repo().id).await?)
    }

    /// What must be true before a merge request into a branch is merged: what the rules and the policies of the organisation
    /// say together.
    pub async fn merge_demands<L: Level>(
        &self,
        access: &RepoAccess<L>,
        branch: &RefName,
    ) -> Result<MergeDemands> {
        self.demands_of(&self.store().read().await?, access.repo(), branch).await
    }

    /// The same of rows that the caller holds, perhaps in a transaction.
    pub(crate) async fn demands_of(
        &self,
        rows: &impl Rows,
        repo: &Repository,
        branch: &RefName,
    ) -> Result<MergeDemands> {
        let rules = ref_rule::of_repository(rows, repo.id).await?;
        let policy = match repo.owner {
            OwnerId::Org(org) => organisation_policy::effective(rows, org).await?,
            OwnerId::User(_) => EffectivePolicy::default(),
        };
        Ok(merge_demands(&rules, &policy, branch))
    }

    /// The names that a rule gives: usernames, and teams as `team/name`. Who is gone is left out.
    pub async fn names_of<L: Level>(
        &self,
        _access: &RepoAccess<L>,
        allowed: &Allowed,
    ) -> Result<Vec<String>> {
        let rows = self.store().read().await?;
        let mut names = Vec::new();
        for id in &allowed.people {
            names.extend(user::by_id(&rows, *id).await?.map(|user| user.name.to_string()));
        }
        for id in &allowed.teams {
            names.extend(team::by_id(&rows, *id).await?.map(|team| format!("team/{}", team.name)));
        }
        Ok(names)
    }

    /// Sets a rule; one for the same names is replaced.
    pub async fn set_rule(
        &self,
        access: &RepoAccess<Maintain>,
        origin: &Origin,
        new: &NewRule,
    ) -> Result<()> {
        let repo = access.repo();
        if new.merging.approvals > MAX_REVIEWS {
            return Err(Error::invalid("approvals", format!("Enter a number from 0 to {MAX_REVIEWS}.")));
        }
        let tx = self.store().begin().await?;
        let rule = RefRule {
            id: self.ambient().id(),
            repo: repo.id,
            kind: new.kind,
            pattern: new.pattern.clone(),
            push: allowed(&tx, repo, "push_names", &new.push).await?,
            force_push: allowed(&tx, repo, "force_push_names", &new.force_push).await?,
            delete: allowed(&tx, repo, "delete_names", &new.delete).await?,
            merge: allowed(&tx, repo, "merge_names", &new.merge).await?,
            signed: new.signed,
            linear: new.linear,
            merging: if new.kind == RefKind::Branch { new.merging.clone() } else { MergeRule::default() },
        };
        ref_rule::set(&tx, &rule).await?;
        if ref_rule::of_repository(&tx, repo.id).await?.len() > MAX_RULES {
            return Err(Error::invalid(
                "pattern",
                format!("A repository has at most {MAX_RULES} rules. Remove one, or use a pattern with *."),
            ));
        }
        self.record_change(&tx, access, origin, "repository.set_rule", words(&rule)).await?;
        Ok(tx.commit().await?)
    }

    /// Removes a rule.
    pub async fn delete_rule(
        &self,
        access: &RepoAccess<Maintain>,
        origin: &Origin,
        id: RefRuleId,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let rules = ref_rule::of_repository(&tx, access.repo().id).await?;
        let rule = rules.iter().find(|rule| rule.id == id).ok_or(Error::NotFound)?;
        ref_rule::delete(&tx, access.repo().id, id).await?;
        self.record_change(&tx, access, origin, "repository.delete_rule", words(rule)).await?;
        Ok(tx.commit().await?)
    }

    /// The rules that hold for whoever has this proof, and who that is for them. The forge itself, which takes repositories
    /// in on the server's own command line, is held to none.
    pub(crate) async fn rules_for<L: Level>(&self, access: &RepoAccess<L>) -> Result<RulesFor> {
        if matches!(access.actor(), Actor::System { .. }) {
            return Ok(RulesFor { rules: Vec::new(), teams: Vec::new(), standing: access.permission() });
        }
        let rows = self.store().read().await?;
        let rules = ref_rule::of_repository(&rows, access.repo().id).await?;
        let names_teams = rules.iter().any(|rule| {
            [&rule.push, &rule.force_push, &rule.delete, &rule.merge]
                .iter()
                .any(|allowed| !allowed.teams.is_empty())
        });
        let teams = match access.actor().person().filter(|_| names_teams) {
            Some(person) => team::of_user(&rows, person.id).await?,
            None => Vec::new(),
        };
        drop(rows);
        // A credential for git reaches pushing and no further; a rule asks who somebody is.
        let by_themselves = if rules.is_empty() {
            None
        } else {
            self.reasons(access).await?.into_iter().map(Reason::gives).max()
        };
        let standing = by_themselves.unwrap_or(Permission::None).max(access.permission());
        Ok(RulesFor { rules, teams, standing })
    }

    /// Tells somebody why they may do what they may, and what of their branches they may not change.
    pub async fn explain(&self, access: &RepoAccess<Read>) -> Result<Explained> {
        let repo = access.repo();
        let RulesFor { rules, teams, standing } = self.rules_for(access).await?;
        let (refs, _) = self.open_repository(repo).await?;
        let mut names: Vec<RefName> = refs
            .refs()
            .iter()
            .map(|found| found.name.clone())
            .filter(|name| name.as_branch().is_some())
            .collect();
        names.sort_by_key(|name| (name != &repo.default_branch, name.clone()));
        let left_out = names.len().saturating_sub(EXPLAINED);
        names.truncate(EXPLAINED);
        if names.is_empty() {
            names.push(repo.default_branch.clone());
        }
        let facts = UpdateFacts {
            permission: access.permission(),
            standing,
            archived: repo.archived,
            default_branch: &repo.default_branch,
            rules: &rules,
            pusher: Pusher { user: access.actor().person().map(|person| person.id), teams: &teams },
            way: Way::Push,
            // What a change must be like is told beside the answer.
            signed: true,
            has_merges: false,
        };
        let ask =
            |name: &RefName, kind| decide_update(&facts, name, kind).map_err(|refusal| refusal.to_string());
        let branches = names
            .into_iter()
            .map(|name| BranchExplained {
                push: ask(&name, UpdateKind::FastForward),
                merge: decide_update(
                    &UpdateFacts { way: Way::Merge, ..facts },
                    &name,
                    UpdateKind::FastForward,
                )
                .map_err(|refusal| refusal.to_string()),
                is_signed: rules.iter().any(|rule| rule.signed && rule.matches(&name)),
                is_linear: rules.iter().any(|rule| rule.linear && rule.matches(&name)),
                force_push: ask(&name, UpdateKind::Rewind),
                delete: ask(&name, UpdateKind::Delete),
                name,
            })
            .collect();
        Ok(Explained { reasons: self.reasons(access).await?, branches, left_out })
    }

    async fn reasons<L: Level>(&self, access: &RepoAccess<L>) -> Result<Vec<Reason>> {
        let (repo, actor) = (access.repo(), access.actor());
        let place = match actor.person() {
            Some(person) => {
                repository::place(&self.store().read().await?, repo.id, repo.owner, person.id).await?
            }
            None => repository::Place::default(),
        };
        let facts = RepoFacts {
            id: repo.id,
            visibility: repo.visibility,
            owner: repo.owner,
            role: place.role,
            shares_organisation: place.shares_organisation,
            granted: in_force(&place.grants, self.ambient().now()),
            public_reading: self.has_public_reading(),
        };
        Ok(reasons(actor, &facts).collect())
    }
}

async fn allowed(
    rows: &impl Rows,
    repo: &Repository,
    field: &'static str,
    new: &NewAllowed,
) -> Result<Allowed> {
    let mut allowed = Allowed::from_level(new.level);
    let words = new.names.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
    for word in words.take(MAX_NAMED + 1) {
        let unknown = || Error::invalid(field, format!("There is nobody and no team called {word}."));
        if let Some(name) = word.strip_prefix("team/") {
            let name = TeamName::new(name).map_err(|_| unknown())?;
            let OwnerId::Org(org) = repo.owner else { return Err(unknown()) };
            allowed.teams.push(team::by_name(rows, org, &name).await?.ok_or_else(unknown)?.id);
        } else {
            let name = Username::new(word).map_err(|_| unknown())?;
            allowed.people.push(user::by_name(rows, &name).await?.ok_or_else(unknown)?.id);
        }
    }
    if allowed.people.len() + allowed.teams.len() > MAX_NAMED {
        return Err(Error::invalid(
            field,
            format!("Name at most {MAX_NAMED} people and teams. Use a team for more."),
        ));
    }
    Ok(allowed)
}

fn words(rule: &RefRule) -> serde_json::Value {
    json!({
        "kind": rule.kind.name(),
        "pattern": rule.pattern.as_str(),
        "push": rule.push.to_string(),
        "force_push": rule.force_push.to_string(),
        "delete": rule.delete.to_string(),
        "merge": rule.merge.to_string(),
        "signed": rule.signed,
        "linear": rule.linear,
        "approvals": rule.merging.approvals,
        "owners_approval": rule.merging.owners_approval,
        "approvals_lapse": rule.merging.approvals_lapse,
        "threads_resolved": rule.merging.threads_resolved,
        "statuses": rule.merging.statuses.iter().map(StatusName::as_str).collect::<Vec<_>>(),
        "up_to_date": rule.merging.up_to_date,
    })
}
