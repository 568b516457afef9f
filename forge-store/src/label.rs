//! Labels of a repository, and which are on which item.

use std::collections::HashMap;

use forge_core::work_item::Label;
use forge_core::{ItemId, LabelId, RepoId};
use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::entity::item_label;
use crate::entity::label::{ActiveModel, Column as Labels, Entity, Model};
use crate::user::CHUNK;
use crate::value::{Column, parsed};
use crate::{Result, Rows, Tx, store};

/// Adds a label. `Conflict` when the repository has one of this name, in any mixture of capitals.
pub async fn insert(tx: &Tx, label: &Label) -> Result<()> {
    let row = ActiveModel {
        id: Set(label.id.column()),
        repository_id: Set(label.repo.column()),
        name: Set(label.name.clone()),
        name_key: Set(label.name.to_lowercase()),
        colour: Set(label.colour.name().to_owned()),
        description: Set(label.description.clone()),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Changes name, colour and description.
pub async fn update(tx: &Tx, label: &Label) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Labels::Name, label.name.as_str())
        .value(Labels::NameKey, label.name.to_lowercase())
        .value(Labels::Colour, label.colour.name())
        .value(Labels::Description, label.description.as_str())
        .and_where(Labels::Id.eq(label.id.column()))
        .and_where(Labels::RepositoryId.eq(label.repo.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Removes a label, also from every item.
pub async fn delete(tx: &Tx, repo: RepoId, id: LabelId) -> Result<()> {
    let query = Entity::delete_by_id(id.column()).filter(Labels::RepositoryId.eq(repo.column()));
    store::one_row(query.exec(&tx.inner).await?.rows_affected)
}

/// The labels of a repository in the order of their names.
pub async fn of_repository(rows: &impl Rows, repo: RepoId) -> Result<Vec<Label>> {
    let query = Entity::find().filter(Labels::RepositoryId.eq(repo.column())).order_by_asc(Labels::NameKey);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// How many labels a repository has.
pub async fn count(rows: &impl Rows, repo: RepoId) -> Result<u64> {
    Ok(Entity::find().filter(Labels::RepositoryId.eq(repo.column())).count(rows.connection()).await?)
}

/// A label of a repository.
pub async fn by_id(rows: &impl Rows, repo: RepoId, id: LabelId) -> Result<Option<Label>> {
    let query = Entity::find_by_id(id.column()).filter(Labels::RepositoryId.eq(repo.column()));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// A label of a repository by name, in any mixture of capitals.
pub async fn by_name(rows: &impl Rows, repo: RepoId, name: &str) -> Result<Option<Label>> {
    let query = Entity::find()
        .filter(Labels::RepositoryId.eq(repo.column()))
        .filter(Labels::NameKey.eq(name.to_lowercase()));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// Puts these labels on an item and takes all others off.
pub async fn set_of_item(tx: &Tx, item: ItemId, labels: &[LabelId]) -> Result<()> {
    item_label::Entity::delete_many()
        .filter(item_label::Column::ItemId.eq(item.column()))
        .exec(&tx.inner)
        .await?;
    if labels.is_empty() {
        return Ok(());
    }
    let rows = labels
        .iter()
        .map(|label| item_label::ActiveModel { item_id: Set(item.column()), label_id: Set(label.column()) });
    item_label::Entity::insert_many(rows).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// The labels of an item in the order of their names.
pub async fn of_item(rows: &impl Rows, item: ItemId) -> Result<Vec<Label>> {
    Ok(of_items(rows, &[item]).await?.remove(&item).unwrap_or_default())
}

/// The labels of several items.
pub async fn of_items(rows: &impl Rows, items: &[ItemId]) -> Result<HashMap<ItemId, Vec<Label>>> {
    let mut found: HashMap<ItemId, Vec<Label>> = HashMap::new();
    for items in items.chunks(CHUNK) {
        let ids: Vec<Uuid> = items.iter().map(|item| item.column()).collect();
        let on = item_label::Entity::find()
            .filter(item_label::Column::ItemId.is_in(ids))
            .all(rows.connection())
            .await?;
        let wanted = on.iter().map(|row| row.label_id);
        let labels: HashMap<Uuid, Model> = Entity::find()
            .filter(Labels::Id.is_in(wanted))
            .all(rows.connection())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        for row in on {
            if let Some(label) = labels.get(&row.label_id) {
                found.entry(ItemId::of(row.item_id)).or_default().push(from_row(label.clone())?);
            }
        }
    }
    for labels in found.values_mut() {
        labels.sort_by_cached_key(|label| label.name.to_lowercase());
    }
    Ok(found)
}

fn from_row(row: Model) -> Result<Label> {
    Ok(Label {
        id: LabelId::of(row.id),
        repo: RepoId::of(row.repository_id),
        colour: parsed("colour", &row.colour, row.colour.parse())?,
        name: row.name,
        description: row.description,
    })
}

#[cfg(test)]
mod tests {
    use forge_core::work_item::Colour;
    use forge_core::{ItemKind, OwnerId, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, add_repo, id, item};
    use crate::{Error, work_item};

    #[tokio::test]
    async fn labels_are_named_once_and_put_on_items() {
        on_both(async |store| {
            let ann = add_person(&store, "ann").await;
            let repo = add_repo(&store, OwnerId::User(ann.id), "ann/beds", Visibility::Private).await.id;
            let other = add_repo(&store, OwnerId::User(ann.id), "ann/other", Visibility::Private).await.id;
            let label = |name: &str| Label {
                id: id(),
                repo,
                name: name.to_owned(),
                colour: Colour::Red,
                description: String::new(),
            };
            let (bug, question) = (label("Bug"), label("a question"));
            let tx = store.begin().await.unwrap();
            insert(&tx, &bug).await.unwrap();
            insert(&tx, &question).await.unwrap();
            let first = item(repo, 1, ItemKind::Ticket, &ann);
            work_item::insert(&tx, &first).await.unwrap();
            assert_eq!(of_repository(&tx, repo).await, Ok(vec![question.clone(), bug.clone()]));
            assert_eq!(by_name(&tx, repo, "BUG").await, Ok(Some(bug.clone())));
            assert_eq!(by_id(&tx, other, bug.id).await, Ok(None), "not of this repository");
            assert_eq!(count(&tx, repo).await, Ok(2));
            set_of_item(&tx, first.id, &[bug.id, question.id]).await.unwrap();
            assert_eq!(of_item(&tx, first.id).await, Ok(vec![question.clone(), bug.clone()]));
            set_of_item(&tx, first.id, &[bug.id]).await.unwrap();
            let bug = Label { name: "Fault".to_owned(), colour: Colour::Blue, ..bug };
            update(&tx, &bug).await.unwrap();
            assert_eq!(of_item(&tx, first.id).await, Ok(vec![bug.clone()]));
            assert_eq!(delete(&tx, other, bug.id).await, Err(Error::NotFound));
            delete(&tx, repo, bug.id).await.unwrap();
            assert_eq!(of_item(&tx, first.id).await, Ok(vec![]));
            let taken = insert(&tx, &label("A Question")).await;
            assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
        })
        .await;
    }
}
