//! Every row of one database into another, whatever the engines.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    AccessMode, ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, IsolationLevel,
    Iterable, ModelTrait, PrimaryKeyToColumn, QueryFilter, QueryOrder, QuerySelect, TransactionOptions,
    TransactionTrait,
};

use crate::entity;
use crate::{Engine, Error, Result, Store};

/// Rows that are read, and written, at a time: the widest table has seventeen columns, and SQLite takes 32,766 values.
const BATCH: u64 = 1000;

/// Does something with every table, those that others refer to first.
macro_rules! every_table {
    ($action:ident, $($argument:expr),+) => {{
        $action::<entity::owner::Entity>($($argument),+).await?;
        $action::<entity::owner_redirect::Entity>($($argument),+).await?;
        $action::<entity::ods_entry::Entity>($($argument),+).await?;
        $action::<entity::user::Entity>($($argument),+).await?;
        $action::<entity::organisation::Entity>($($argument),+).await?;
        $action::<entity::organisation_policy::Entity>($($argument),+).await?;
        $action::<entity::membership::Entity>($($argument),+).await?;
        $action::<entity::team::Entity>($($argument),+).await?;
        $action::<entity::team_line::Entity>($($argument),+).await?;
        $action::<entity::team_membership::Entity>($($argument),+).await?;
        $action::<entity::repository::Entity>($($argument),+).await?;
        $action::<entity::grant::Entity>($($argument),+).await?;
        $action::<entity::visibility_change::Entity>($($argument),+).await?;
        $action::<entity::ref_rule::Entity>($($argument),+).await?;
        $action::<entity::redirect::Entity>($($argument),+).await?;
        $action::<entity::git_ref::Entity>($($argument),+).await?;
        $action::<entity::pack::Entity>($($argument),+).await?;
        $action::<entity::replaced_pack::Entity>($($argument),+).await?;
        $action::<entity::maintenance::Entity>($($argument),+).await?;
        $action::<entity::kept_day::Entity>($($argument),+).await?;
        $action::<entity::purged_object::Entity>($($argument),+).await?;
        $action::<entity::push::Entity>($($argument),+).await?;
        $action::<entity::push_update::Entity>($($argument),+).await?;
        $action::<entity::item_number::Entity>($($argument),+).await?;
        $action::<entity::milestone::Entity>($($argument),+).await?;
        $action::<entity::label::Entity>($($argument),+).await?;
        $action::<entity::work_item::Entity>($($argument),+).await?;
        $action::<entity::item_label::Entity>($($argument),+).await?;
        $action::<entity::item_assignee::Entity>($($argument),+).await?;
        $action::<entity::item_subscription::Entity>($($argument),+).await?;
        $action::<entity::item_reference::Entity>($($argument),+).await?;
        $action::<entity::item_event::Entity>($($argument),+).await?;
        $action::<entity::notification::Entity>($($argument),+).await?;
        $action::<entity::notification_setting::Entity>($($argument),+).await?;
        $action::<entity::watch::Entity>($($argument),+).await?;
        $action::<entity::merge_request::Entity>($($argument),+).await?;
        $action::<entity::merge_request_version::Entity>($($argument),+).await?;
        $action::<entity::merge_request_arrival::Entity>($($argument),+).await?;
        $action::<entity::review::Entity>($($argument),+).await?;
        $action::<entity::thread::Entity>($($argument),+).await?;
        $action::<entity::comment::Entity>($($argument),+).await?;
        $action::<entity::suggestion::Entity>($($argument),+).await?;
        $action::<entity::approval::Entity>($($argument),+).await?;
        $action::<entity::reviewer::Entity>($($argument),+).await?;
        $action::<entity::turn::Entity>($($argument),+).await?;
        $action::<entity::viewed_file::Entity>($($argument),+).await?;
        $action::<entity::commit_status::Entity>($($argument),+).await?;
        $action::<entity::access_token::Entity>($($argument),+).await?;
        $action::<entity::token_repository::Entity>($($argument),+).await?;
        $action::<entity::ssh_key::Entity>($($argument),+).await?;
        $action::<entity::gpg_key::Entity>($($argument),+).await?;
        $action::<entity::gpg_signer::Entity>($($argument),+).await?;
        $action::<entity::deploy_key::Entity>($($argument),+).await?;
        $action::<entity::session::Entity>($($argument),+).await?;
        $action::<entity::pending_sign_in::Entity>($($argument),+).await?;
        $action::<entity::authenticator::Entity>($($argument),+).await?;
        $action::<entity::recovery_code::Entity>($($argument),+).await?;
        $action::<entity::guess::Entity>($($argument),+).await?;
        $action::<entity::passkey::Entity>($($argument),+).await?;
        $action::<entity::ceremony::Entity>($($argument),+).await?;
        $action::<entity::identity::Entity>($($argument),+).await?;
        $action::<entity::invitation::Entity>($($argument),+).await?;
        $action::<entity::setup_secret::Entity>($($argument),+).await?;
        $action::<entity::announcement::Entity>($($argument),+).await?;
        $action::<entity::terms::Entity>($($argument),+).await?;
        $action::<entity::terms_acceptance::Entity>($($argument),+).await?;
        $action::<entity::job::Entity>($($argument),+).await?;
        $action::<entity::site_auditor::Entity>($($argument),+).await?;
        $action::<entity::audit_sink::Entity>($($argument),+).await?;
        $action::<entity::audit_event::Entity>($($argument),+).await?;
    }};
}

/// Copies every row of `from`, as of one moment, into `to`, and says how many there were. Both have the schema of this
/// release and `to` has no rows: else it is a `Conflict`. One transaction on each side: all or nothing.
pub async fn fill(from: &Store, to: &Store) -> Result<u64> {
    let source = as_of_one_moment(from).await?;
    let target = to.begin().await?.inner.into_inner();
    let mut count = 0;
    every_table!(refuse_rows, &target);
    every_table!(copy, &source, &target, &mut count);
    target.commit().await?;
    source.commit().await?;
    Ok(count)
}

/// Whether there is no row in any table.
pub async fn is_empty(store: &Store) -> Result<bool> {
    async fn look(store: &Store) -> Result<()> {
        let rows = as_of_one_moment(store).await?;
        every_table!(refuse_rows, &rows);
        Ok(())
    }
    match look(store).await {
        Ok(()) => Ok(true),
        Err(Error::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A transaction whose every question sees what was committed when it began.
async fn as_of_one_moment(store: &Store) -> Result<DatabaseTransaction> {
    let options = match store.engine() {
        Engine::Postgres => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        },
        // Each of SQLite's transactions is like that.
        Engine::Sqlite => TransactionOptions::default(),
    };
    Ok(store.readers().begin_with_options(options).await?)
}

async fn refuse_rows<E: EntityTrait>(target: &DatabaseTransaction) -> Result<()> {
    match E::find().limit(1).one(target).await? {
        None => Ok(()),
        Some(_) => Err(Error::Conflict(format!("a row in {}", E::default().table_name()))),
    }
}

async fn copy<E>(source: &DatabaseTransaction, target: &DatabaseTransaction, count: &mut u64) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    let keys: Vec<E::Column> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let mut last: Option<E::Model> = None;
    loop {
        let mut query = E::find().limit(BATCH);
        for key in &keys {
            query = query.order_by_asc(*key);
        }
        if let Some(last) = &last {
            // Row values compare as the index does: each batch starts where the one before ended.
            let columns = keys.iter().map(|key| Expr::col(*key));
            let values = keys.iter().map(|key| SimpleExpr::from(last.get(*key)));
            query = query.filter(Expr::tuple(columns).gt(Expr::tuple(values)));
        }
        let batch = query.all(source).await?;
        let Some(end) = batch.last() else { return Ok(()) };
        last = Some(end.clone());
        *count = count.saturating_add(u64::try_from(batch.len()).unwrap_or(u64::MAX));
        let rows = batch.into_iter().map(|row| row.into_active_model().reset_all());
        E::insert_many(rows).exec_without_returning(target).await?;
    }
}

#[cfg(test)]
mod tests {
    use forge_core::{OwnerId, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, add_repo, change, oid};
    use crate::snapshot::create;
    use crate::{git_ref, user};

    async fn empty_copy(dir: &tempfile::TempDir, name: &str) -> Store {
        let copy = create(&dir.path().join(name)).await.unwrap();
        migrations::apply(copy.connection_for_migrations()).await.unwrap();
        copy
    }

    #[tokio::test]
    async fn every_row_arrives_whatever_the_engine() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await;
            let repo = add_repo(&store, OwnerId::User(alice.id), "alice/beds", Visibility::Private).await.id;
            // More than two batches, with names in which byte order and alphabet disagree.
            let changes: Vec<_> = (0..2_500)
                .map(|number| {
                    let word = ["Z", "a", "é", "_"][number % 4];
                    change(&format!("refs/heads/{word}-{number}"), None, Some(oid(7)))
                })
                .collect();
            let tx = store.begin().await.unwrap();
            git_ref::apply(&tx, repo, &changes).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(is_empty(&store).await, Ok(false));

            let dir = tempfile::tempdir().unwrap();
            let copy = empty_copy(&dir, "copy.db").await;
            assert_eq!(is_empty(&copy).await, Ok(true));
            let count = fill(&store, &copy).await.unwrap();
            assert!(count > 2_500, "{count}");
            let (here, there) = (store.read().await.unwrap(), copy.read().await.unwrap());
            assert_eq!(git_ref::all(&there, repo).await, git_ref::all(&here, repo).await);
            assert_eq!(user::by_id(&there, alice.id).await, Ok(Some(alice)));
            let again = fill(&store, &copy).await;
            assert_eq!(again, Err(Error::Conflict("a row in owners".to_owned())));

            // And back: another copy of the copy has as many.
            let back = empty_copy(&dir, "back.db").await;
            assert_eq!(fill(&copy, &back).await, Ok(count));
        })
        .await;
    }

    #[tokio::test]
    async fn no_table_is_forgotten() {
        use std::collections::BTreeSet;
        macro_rules! names {
            ($($argument:expr),+) => {{
                async fn name<E: EntityTrait>(names: &mut BTreeSet<String>) -> Result<()> {
                    names.insert(E::default().table_name().to_owned());
                    Ok(())
                }
                every_table!(name, $($argument),+);
            }};
        }
        async fn listed() -> Result<BTreeSet<String>> {
            let mut found = BTreeSet::new();
            names!(&mut found);
            Ok(found)
        }
        let dump = crate::schema::POSTGRES_DUMP;
        let tables: BTreeSet<String> = dump
            .lines()
            .filter_map(|line| line.strip_prefix("column ")?.split_once('.'))
            .map(|(table, _)| table.to_owned())
            .collect();
        assert_eq!(listed().await.unwrap(), tables, "add the table to every_table!");
    }
}
