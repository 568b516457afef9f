//! Tickets and merge requests: what they have in common, what people say about them, and who is told.
//!
//! Whoever wrote something is kept beside the account as a name, so that what was said outlives the account.

crate::dialect::migration!(&[
    "CREATE TABLE item_numbers (
        repository_id {id} NOT NULL PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
        last {int} NOT NULL
    ){table}",
    "CREATE TABLE milestones (
        id {id} NOT NULL PRIMARY KEY,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        title {text} NOT NULL,
        title_key {text} NOT NULL,
        description {text} NOT NULL,
        due_on {text},
        created_at {int} NOT NULL,
        closed_at {int}
    ){table}",
    "CREATE UNIQUE INDEX milestones_title_key ON milestones (repository_id, title_key)",
    "CREATE TABLE labels (
        id {id} NOT NULL PRIMARY KEY,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        name {text} NOT NULL,
        name_key {text} NOT NULL,
        colour {text} NOT NULL,
        description {text} NOT NULL
    ){table}",
    "CREATE UNIQUE INDEX labels_name_key ON labels (repository_id, name_key)",
    "CREATE TABLE work_items (
        id {id} NOT NULL PRIMARY KEY,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        number {int} NOT NULL,
        kind {text} NOT NULL CONSTRAINT work_items_kind_check CHECK (kind IN ('ticket', 'merge-request')),
        title {text} NOT NULL,
        body {text} NOT NULL,
        author_id {id} REFERENCES users (id) ON DELETE SET NULL,
        author_name {text} NOT NULL,
        state {text} NOT NULL CONSTRAINT work_items_state_check CHECK (state IN ('open', 'closed', 'merged')),
        is_confidential {bool} NOT NULL,
        is_locked {bool} NOT NULL,
        milestone_id {id} REFERENCES milestones (id) ON DELETE SET NULL,
        created_at {int} NOT NULL,
        updated_at {int} NOT NULL,
        closed_at {int},
        closed_by {id} REFERENCES users (id) ON DELETE SET NULL
    ){table}",
    "CREATE UNIQUE INDEX work_items_number_key ON work_items (repository_id, number)",
    "CREATE INDEX work_items_list_idx ON work_items (repository_id, kind, state, updated_at)",
    "CREATE INDEX work_items_author_idx ON work_items (author_id)",
    "CREATE INDEX work_items_closed_by_idx ON work_items (closed_by)",
    "CREATE INDEX work_items_milestone_idx ON work_items (milestone_id)",
    "CREATE TABLE item_labels (
        item_id {id} NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        label_id {id} NOT NULL REFERENCES labels (id) ON DELETE CASCADE,
        PRIMARY KEY (item_id, label_id)
    ){narrow}",
    "CREATE INDEX item_labels_label_idx ON item_labels (label_id)",
    "CREATE TABLE item_assignees (
        item_id {id} NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        since {int} NOT NULL,
        PRIMARY KEY (item_id, user_id)
    ){narrow}",
    "CREATE INDEX item_assignees_user_idx ON item_assignees (user_id)",
    "CREATE TABLE item_subscriptions (
        item_id {id} NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        level {text} NOT NULL CONSTRAINT item_subscriptions_level_check CHECK (level IN ('all', 'none')),
        reason {text} NOT NULL,
        PRIMARY KEY (item_id, user_id)
    ){narrow}",
    "CREATE INDEX item_subscriptions_user_idx ON item_subscriptions (user_id)",
    "CREATE TABLE item_references (
        item_id {id} NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        from_item_id {id} NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        closes {bool} NOT NULL,
        at {int} NOT NULL,
        PRIMARY KEY (item_id, from_item_id)
    ){narrow}",
    "CREATE INDEX item_references_from_idx ON item_references (from_item_id)",
    "CREATE TABLE item_events (
        id {id} NOT NULL PRIMARY KEY,
        item_id {id} NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        at {int} NOT NULL,
        actor_id {id} REFERENCES users (id) ON DELETE SET NULL,
        actor_name {text} NOT NULL,
        kind {text} NOT NULL,
        detail {text} NOT NULL
    ){table}",
    "CREATE INDEX item_events_item_idx ON item_events (item_id, at)",
    "CREATE INDEX item_events_actor_idx ON item_events (actor_id)",
    "CREATE TABLE notifications (
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        item_id {id} NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        reason {text} NOT NULL,
        at {int} NOT NULL,
        read_at {int},
        PRIMARY KEY (user_id, item_id)
    ){narrow}",
    "CREATE INDEX notifications_item_idx ON notifications (item_id)",
    "CREATE INDEX notifications_list_idx ON notifications (user_id, at)",
]);
