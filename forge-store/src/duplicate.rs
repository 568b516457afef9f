//! Two accounts of one person become one: what names the one that ends names the other from then on.
//!
//! Every column that refers to a person stands in one of the lists below, and a test holds them against the schema. What lets
//! somebody in by a secret of the account that ends is in none of those that move: it ends with its account.

use forge_core::merge_request::review::ApprovalStatus;
use forge_core::{OrgRole, Permission, UserId};
use sea_orm::sea_query::{ExprTrait, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, Statement, Value,
};
use time::OffsetDateTime;

use crate::entity::{
    access_token, approval, comment, gpg_key, grant, identity, membership, owner, owner_redirect, passkey,
    ssh_key, team_membership, work_item,
};
use crate::lock::{self, Lock};
use crate::value::{Column, micros, parsed};
use crate::{Error, Result, Rows, Tx};

/// Who did something: the column is changed and nothing else.
const ACTS: &[(&str, &str)] = &[
    ("gpg_keys", "user_id"),
    ("grants", "granted_by"),
    ("identities", "user_id"),
    ("invitations", "invited_by"),
    ("invitations", "used_by"),
    ("merge_requests", "auto_merge_by"),
    ("merge_requests", "merged_by"),
    ("pushes", "user_id"),
    ("repositories", "created_by"),
    ("ssh_keys", "user_id"),
    ("suggestions", "applied_by"),
    ("visibility_changes", "asked_by"),
    ("visibility_changes", "decided_by"),
    ("work_items", "closed_by"),
];

/// Who did something, with the name that is shown beside it.
pub(crate) const SIGNED_ACTS: &[(&str, &str, &str)] = &[
    ("approvals", "user_id", "user_name"),
    ("comments", "author_id", "author_name"),
    ("commit_statuses", "set_by", "set_by_name"),
    ("item_events", "actor_id", "actor_name"),
    ("merge_request_versions", "pushed_by", "pushed_by_name"),
    ("reviews", "author_id", "author_name"),
    ("threads", "resolved_by", "resolved_by_name"),
    ("work_items", "author_id", "author_name"),
];

/// Of what a person has one for each of something: theirs stays where both accounts have one.
const ONE_EACH: &[(&str, &[&str])] = &[
    ("item_assignees", &["item_id"]),
    ("item_subscriptions", &["item_id"]),
    ("notification_settings", &[]),
    ("notifications", &["item_id"]),
    ("reviewers", &["item_id"]),
    ("team_memberships", &["team_id"]),
    ("terms_acceptances", &["version"]),
    ("turns", &["item_id"]),
    ("viewed_files", &["item_id", "path"]),
    ("watches", &["repository_id"]),
];

/// What is put together in its own way.
#[cfg(test)]
const OWN_WAY: &[&str] = &["grants.user_id", "memberships.user_id"];

/// What ends with its account.
#[cfg(test)]
const ENDS: &[&str] = &[
    "access_tokens.user_id",
    "authenticators.user_id",
    "ceremonies.user_id",
    "passkeys.user_id",
    "pending_sign_ins.user_id",
    "recovery_codes.user_id",
    "sessions.user_id",
    "site_auditors.user_id",
];

/// What an account has of some sorts, for whoever decides about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Belongings {
    /// Places in organisations.
    pub memberships: u64,
    /// Places in teams.
    pub teams: u64,
    /// Permissions in single repositories.
    pub grants: u64,
    /// SSH and GPG keys.
    pub keys: u64,
    /// Other sites that sign it in.
    pub identities: u64,
    /// Tickets and merge requests that it opened.
    pub items: u64,
    /// Comments.
    pub comments: u64,
    /// Approvals that count now.
    pub approvals: u64,
    /// Access tokens.
    pub tokens: u64,
    /// Passkeys.
    pub passkeys: u64,
}

/// Counts what an account has.
pub async fn belongings(rows: &impl Rows, user: UserId) -> Result<Belongings> {
    let id = user.column();
    let active = approval::Column::Status.eq(ApprovalStatus::Active.name());
    let ssh_keys = count::<ssh_key::Entity>(rows, ssh_key::Column::UserId.eq(id)).await?;
    let gpg_keys = count::<gpg_key::Entity>(rows, gpg_key::Column::UserId.eq(id)).await?;
    Ok(Belongings {
        memberships: count::<membership::Entity>(rows, membership::Column::UserId.eq(id)).await?,
        teams: count::<team_membership::Entity>(rows, team_membership::Column::UserId.eq(id)).await?,
        grants: count::<grant::Entity>(rows, grant::Column::UserId.eq(id)).await?,
        keys: ssh_keys + gpg_keys,
        identities: count::<identity::Entity>(rows, identity::Column::UserId.eq(id)).await?,
        items: count::<work_item::Entity>(rows, work_item::Column::AuthorId.eq(id)).await?,
        comments: count::<comment::Entity>(rows, comment::Column::AuthorId.eq(id)).await?,
        approvals: count::<approval::Entity>(rows, approval::Column::UserId.eq(id).and(active)).await?,
        tokens: count::<access_token::Entity>(rows, access_token::Column::UserId.eq(id)).await?,
        passkeys: count::<passkey::Entity>(rows, passkey::Column::UserId.eq(id)).await?,
    })
}

async fn count<E>(rows: &impl Rows, condition: SimpleExpr) -> Result<u64>
where
    E: EntityTrait,
    E::Model: Sync,
{
    Ok(E::find().filter(condition).count(rows.connection()).await?)
}

/// Makes one account of two. The account that ends must own no repository any more. Its name, and those it had before, lead
/// to the one that stays.
pub async fn merge(tx: &Tx, ends: UserId, stays: UserId, now: OffsetDateTime) -> Result<()> {
    lock::take(tx, Lock::SshKeys).await?;
    end_approvals(tx, ends, stays, now).await?;
    join_memberships(tx, ends, stays).await?;
    join_grants(tx, ends, stays).await?;
    let both: [Value; 2] = [ends.column().into(), stays.column().into()];
    let drafts = "DELETE FROM reviews WHERE submitted_at IS NULL AND author_id = $1 AND EXISTS (SELECT 1 FROM reviews \
                  kept WHERE kept.submitted_at IS NULL AND kept.author_id = $2 AND kept.item_id = reviews.item_id)";
    run(tx, drafts, &both).await?;
    let lead = "UPDATE team_memberships SET is_maintainer = $3 WHERE user_id = $2 AND EXISTS (SELECT 1 FROM \
                team_memberships other WHERE other.user_id = $1 AND other.team_id = team_memberships.team_id AND \
                other.is_maintainer = $3)";
    run(tx, lead, &[ends.column().into(), stays.column().into(), true.into()]).await?;
    for (table, keys) in ONE_EACH {
        let same: Vec<_> = keys.iter().map(|key| format!(" AND kept.{key} = {table}.{key}")).collect();
        let same = same.concat();
        let sql = format!(
            "DELETE FROM {table} WHERE user_id = $1 AND EXISTS (SELECT 1 FROM {table} kept WHERE kept.user_id = $2{same})"
        );
        run(tx, &sql, &both).await?;
        run(tx, &format!("UPDATE {table} SET user_id = $2 WHERE user_id = $1"), &both).await?;
    }
    for (table, column) in ACTS {
        run(tx, &format!("UPDATE {table} SET {column} = $2 WHERE {column} = $1"), &both).await?;
    }
    let name = owner::Entity::find_by_id(stays.column()).one(&tx.inner).await?.ok_or(Error::NotFound)?.name;
    for (table, column, shown) in SIGNED_ACTS {
        let sql = format!("UPDATE {table} SET {column} = $2, {shown} = $3 WHERE {column} = $1");
        run(tx, &sql, &[ends.column().into(), stays.column().into(), name.as_str().into()]).await?;
    }
    // Nobody reviews what they opened themselves.
    let own = "DELETE FROM reviewers WHERE user_id = $1 AND item_id IN (SELECT id FROM work_items WHERE author_id = $1)";
    run(tx, own, &[stays.column().into()]).await?;
    lead_on(tx, ends, stays).await
}

/// Ends approvals by which one person would count twice, or for what they made themselves.
async fn end_approvals(tx: &Tx, ends: UserId, stays: UserId, now: OffsetDateTime) -> Result<()> {
    let values: [Value; 3] = [ends.column().into(), stays.column().into(), micros(now).into()];
    let end = "UPDATE approvals SET status = 'lapsed', reason = 'two accounts were of one person', ended_at = $3 \
               WHERE status = 'active' AND";
    let twice = "user_id = $1 AND EXISTS (SELECT 1 FROM approvals kept WHERE kept.status = 'active' AND kept.user_id = \
                 $2 AND kept.item_id = approvals.item_id)";
    let own = "user_id IN ($1, $2) AND (item_id IN (SELECT id FROM work_items WHERE author_id IN ($1, $2)) OR item_id IN \
               (SELECT item_id FROM merge_request_versions WHERE pushed_by IN ($1, $2)))";
    run(tx, &format!("{end} {twice}"), &values).await?;
    run(tx, &format!("{end} {own}"), &values).await
}

/// In an organisation of both the higher role counts, and the duties of both.
async fn join_memberships(tx: &Tx, ends: UserId, stays: UserId) -> Result<()> {
    let of = |user: UserId| membership::Entity::find().filter(membership::Column::UserId.eq(user.column()));
    let kept = of(stays).all(&tx.inner).await?;
    let role = |row: &membership::Model| parsed("role", &row.role, row.role.parse::<OrgRole>());
    for other in of(ends).all(&tx.inner).await? {
        let here = kept.iter().find(|row| row.organisation_id == other.organisation_id);
        let place = match here {
            Some(here) => membership::Model {
                role: role(here)?.max(role(&other)?).name().to_owned(),
                information_governance: here.information_governance || other.information_governance,
                release_approver: here.release_approver || other.release_approver,
                auditor: here.auditor || other.auditor,
                ..here.clone()
            },
            None => membership::Model { user_id: stays.column(), ..other.clone() },
        };
        let is_there = here.is_some();
        membership::Entity::delete_by_id((other.organisation_id, other.user_id)).exec(&tx.inner).await?;
        if is_there {
            membership::Entity::delete_by_id((place.organisation_id, place.user_id)).exec(&tx.inner).await?;
        }
        let row = membership::ActiveModel::from(place).reset_all();
        membership::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    }
    Ok(())
}

/// In a repository given to both the higher permission counts, until its own end.
async fn join_grants(tx: &Tx, ends: UserId, stays: UserId) -> Result<()> {
    let of = |user: UserId| grant::Entity::find().filter(grant::Column::UserId.eq(user.column()));
    let kept = of(stays).all(&tx.inner).await?;
    let level =
        |row: &grant::Model| parsed("permission", &row.permission, row.permission.parse::<Permission>());
    for other in of(ends).all(&tx.inner).await? {
        if let Some(here) = kept.iter().find(|row| row.repository_id == other.repository_id) {
            let lower = if level(&other)? > level(here)? { here.id } else { other.id };
            grant::Entity::delete_by_id(lower).exec(&tx.inner).await?;
        }
    }
    run(
        tx,
        "UPDATE grants SET user_id = $2 WHERE user_id = $1",
        &[ends.column().into(), stays.column().into()],
    )
    .await
}

/// Ends the account, and lets its addresses lead on.
async fn lead_on(tx: &Tx, ends: UserId, stays: UserId) -> Result<()> {
    let both: [Value; 2] = [ends.column().into(), stays.column().into()];
    let addresses = "UPDATE redirects SET owner_id = $2 WHERE owner_id = $1 AND NOT EXISTS (SELECT 1 FROM redirects kept \
                     WHERE kept.owner_id = $2 AND kept.name_key = redirects.name_key) AND NOT EXISTS (SELECT 1 FROM \
                     repositories kept WHERE kept.owner_id = $2 AND kept.name_key = redirects.name_key)";
    run(tx, addresses, &both).await?;
    run(tx, "UPDATE owner_redirects SET owner_id = $2 WHERE owner_id = $1", &both).await?;
    let old = owner::Entity::find_by_id(ends.column()).one(&tx.inner).await?.ok_or(Error::NotFound)?;
    // Everything else that the account has goes with it.
    owner::Entity::delete_by_id(ends.column()).exec(&tx.inner).await?;
    let row = owner_redirect::ActiveModel { name_key: Set(old.name_key), owner_id: Set(stays.column()) };
    owner_redirect::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Runs a statement. Only names from lists like those above are put into its text.
pub(crate) async fn run(tx: &Tx, sql: &str, values: &[Value]) -> Result<()> {
    let backend = tx.inner.get_database_backend();
    tx.inner.execute_raw(Statement::from_sql_and_values(backend, sql, values.to_vec())).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use forge_core::Duties;

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_org, add_person, at, member};
    use crate::{organisation, owner as owners, user};

    #[test]
    fn every_column_that_names_a_person_is_decided() {
        let dump = crate::schema::POSTGRES_DUMP;
        let named: BTreeSet<String> = dump
            .lines()
            .filter(|line| line.contains("REFERENCES users("))
            .filter_map(|line| {
                let table = line.strip_prefix("constraint ")?.split(' ').next()?;
                let column = line.split_once("FOREIGN KEY (")?.1.split(')').next()?;
                Some(format!("{table}.{column}"))
            })
            .collect();
        let mut decided: BTreeSet<String> = OWN_WAY.iter().chain(ENDS).map(ToString::to_string).collect();
        decided.extend(ACTS.iter().map(|(table, column)| format!("{table}.{column}")));
        decided.extend(SIGNED_ACTS.iter().map(|(table, column, _)| format!("{table}.{column}")));
        decided.extend(ONE_EACH.iter().map(|(table, _)| format!("{table}.user_id")));
        assert_eq!(decided, named, "say what becomes of it when two accounts become one");
    }

    #[tokio::test]
    async fn two_accounts_become_one_that_has_the_places_of_both() {
        on_both(async |store| {
            let (alice, old) = (add_person(&store, "alice").await, add_person(&store, "a-shah").await);
            let trust = add_org(&store, "rr8", &[]).await;
            let board = add_org(&store, "icb", &[]).await;
            let tx = store.begin().await.unwrap();
            let duties = Duties { auditor: true, ..Duties::default() };
            let place = |org, who, role| member(org, who, role);
            organisation::set_member(&tx, &place(trust.id, alice.id, OrgRole::Developer)).await.unwrap();
            let theirs = forge_core::Membership { duties, ..place(trust.id, old.id, OrgRole::Owner) };
            organisation::set_member(&tx, &theirs).await.unwrap();
            organisation::set_member(&tx, &place(board.id, old.id, OrgRole::Reader)).await.unwrap();
            assert_eq!(belongings(&tx, old.id).await.unwrap().memberships, 2);
            merge(&tx, old.id, alice.id, at(5)).await.unwrap();
            tx.commit().await.unwrap();
            let rows = store.read().await.unwrap();
            let found = organisation::membership(&rows, trust.id, alice.id).await.unwrap().unwrap();
            assert_eq!((found.role, found.duties), (OrgRole::Owner, duties));
            assert_eq!(organisation::role(&rows, board.id, alice.id).await, Ok(Some(OrgRole::Reader)));
            assert_eq!(user::by_id(&rows, old.id).await, Ok(None));
            let led = owners::by_name(&rows, &"a-shah".parse().unwrap()).await.unwrap().unwrap();
            assert_eq!(led.id, forge_core::OwnerId::User(alice.id), "the old name leads on");
            drop(rows);
            let tx = store.begin().await.unwrap();
            let again = crate::sample::person("a-shah");
            let taken = user::insert(&tx, &again, "hash").await;
            assert_eq!(taken, Err(Error::Conflict("name".to_owned())), "and is for nobody else");
        })
        .await;
    }
}
