//! Rules for branches and tags of a repository.

use std::collections::BTreeSet;

use forge_core::{MergeRule, RefPattern, RefRule, RefRuleId, RepoId, StatusName};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::ref_rule::{self, Column as Columns, Entity};
use crate::value::{Column, corrupt, parsed};
use crate::{Result, Rows, Tx, store};

/// Sets a rule. One of this repository for the same names is replaced.
pub async fn set(tx: &Tx, rule: &RefRule) -> Result<()> {
    Entity::delete_many()
        .filter(Columns::RepositoryId.eq(rule.repo.column()))
        .filter(Columns::Kind.eq(rule.kind.name()))
        .filter(Columns::Pattern.eq(rule.pattern.as_str()))
        .exec(&tx.inner)
        .await?;
    let row = ref_rule::ActiveModel {
        id: Set(rule.id.column()),
        repository_id: Set(rule.repo.column()),
        kind: Set(rule.kind.name().to_owned()),
        pattern: Set(rule.pattern.as_str().to_owned()),
        push: Set(rule.push.to_string()),
        force_push: Set(rule.force_push.to_string()),
        deletion: Set(rule.delete.to_string()),
        merge: Set(rule.merge.to_string()),
        signed: Set(rule.signed),
        linear: Set(rule.linear),
        approvals: Set(i64::from(rule.merging.approvals)),
        owners_approval: Set(rule.merging.owners_approval),
        approvals_lapse: Set(rule.merging.approvals_lapse),
        threads_resolved: Set(rule.merging.threads_resolved),
        statuses: Set(lines(&rule.merging.statuses)),
        up_to_date: Set(rule.merging.up_to_date),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Removes a rule.
pub async fn delete(tx: &Tx, repo: RepoId, id: RefRuleId) -> Result<()> {
    let query = Entity::delete_many()
        .filter(Columns::Id.eq(id.column()))
        .filter(Columns::RepositoryId.eq(repo.column()));
    store::one_row(query.exec(&tx.inner).await?.rows_affected)
}

/// The rules of a repository: those for branches first, in the order of their patterns.
pub async fn of_repository(rows: &impl Rows, repo: RepoId) -> Result<Vec<RefRule>> {
    let query = Entity::find()
        .filter(Columns::RepositoryId.eq(repo.column()))
        .order_by_asc(Columns::Kind)
        .order_by_asc(Columns::Pattern);
    query.all(rows.connection()).await?.iter().map(from_row).collect()
}

fn lines(statuses: &BTreeSet<StatusName>) -> String {
    statuses.iter().map(StatusName::as_str).collect::<Vec<_>>().join("\n")
}

fn from_row(row: &ref_rule::Model) -> Result<RefRule> {
    let allowed = |text: &str| parsed("rule", text, text.parse());
    Ok(RefRule {
        id: RefRuleId::of(row.id),
        repo: RepoId::of(row.repository_id),
        kind: parsed("kind of a ref", &row.kind, row.kind.parse())?,
        pattern: parsed("pattern", &row.pattern, RefPattern::new(&row.pattern))?,
        push: allowed(&row.push)?,
        force_push: allowed(&row.force_push)?,
        delete: allowed(&row.deletion)?,
        merge: allowed(&row.merge)?,
        signed: row.signed,
        linear: row.linear,
        merging: MergeRule {
            approvals: u8::try_from(row.approvals)
                .map_err(|_| corrupt("number of approvals", &row.approvals.to_string()))?,
            owners_approval: row.owners_approval,
            approvals_lapse: row.approvals_lapse,
            threads_resolved: row.threads_resolved,
            statuses: parsed("statuses", &row.statuses, StatusName::lines(&row.statuses))?,
            up_to_date: row.up_to_date,
        },
    })
}

#[cfg(test)]
mod tests {
    use forge_core::{OwnerId, RefKind, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, add_repo, id};

    #[tokio::test]
    async fn rules_come_back_and_one_is_for_one_pattern() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await;
            let owner = OwnerId::User(alice.id);
            let repo = add_repo(&store, owner, "alice/beds", Visibility::Private).await.id;
            let other = add_repo(&store, owner, "alice/wards", Visibility::Private).await.id;
            let rule = |kind, pattern: &str, push: &str| RefRule {
                id: id(),
                repo,
                kind,
                pattern: RefPattern::new(pattern).unwrap(),
                push: push.parse().unwrap(),
                force_push: "nobody".parse().unwrap(),
                delete: "maintainers".parse().unwrap(),
                merge: "developers".parse().unwrap(),
                signed: true,
                linear: false,
                merging: MergeRule {
                    approvals: 2,
                    owners_approval: true,
                    approvals_lapse: false,
                    threads_resolved: true,
                    statuses: StatusName::lines("ci/tests\nLint and style").unwrap(),
                    up_to_date: true,
                },
            };
            let first = rule(RefKind::Branch, "main", "developers");
            let named = rule(RefKind::Branch, "main", &format!("nobody user:{}", alice.id));
            let tags = rule(RefKind::Tag, "main", "developers");
            let tx = store.begin().await.unwrap();
            for rule in [&first, &tags, &named] {
                set(&tx, rule).await.unwrap();
            }
            assert_eq!(of_repository(&tx, repo).await, Ok(vec![named.clone(), tags.clone()]));
            assert_eq!(of_repository(&tx, other).await, Ok(vec![]));
            assert_eq!(delete(&tx, other, tags.id).await, Err(crate::Error::NotFound));
            delete(&tx, repo, tags.id).await.unwrap();
            assert_eq!(of_repository(&tx, repo).await, Ok(vec![named]));
        })
        .await;
    }
}
