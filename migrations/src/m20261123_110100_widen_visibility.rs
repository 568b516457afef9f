//! A fourth visibility, changes of visibility with their reasons, and organisations that stand in one another and say what
//! they demand.
//!
//! A column with a check cannot be changed on SQLite, so the visibility gets a new column.

crate::dialect::migration!(&[
    "ALTER TABLE repositories ADD COLUMN new_visibility {text} NOT NULL DEFAULT 'private'
        CONSTRAINT repositories_known_visibility_check
        CHECK (new_visibility IN ('private', 'organisation', 'internal', 'public'))",
    "UPDATE repositories SET new_visibility = visibility",
    "ALTER TABLE repositories DROP COLUMN visibility",
    "ALTER TABLE repositories RENAME COLUMN new_visibility TO visibility",
    "CREATE TABLE visibility_changes (
        id {id} NOT NULL PRIMARY KEY,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        from_visibility {text} NOT NULL,
        to_visibility {text} NOT NULL,
        reason {text} NOT NULL,
        asked_by {id} REFERENCES users (id) ON DELETE SET NULL,
        asked_at {int} NOT NULL,
        days {int},
        ends_at {int},
        state {text} NOT NULL CONSTRAINT visibility_changes_state_check
            CHECK (state IN ('waiting', 'made', 'refused', 'superseded', 'ended')),
        decided_by {id} REFERENCES users (id) ON DELETE SET NULL,
        decided_at {int},
        note {text} NOT NULL
    ){table}",
    "CREATE INDEX visibility_changes_repository_idx ON visibility_changes (repository_id, id)",
    "CREATE INDEX visibility_changes_state_idx ON visibility_changes (state, ends_at)",
    "CREATE INDEX visibility_changes_asked_by_idx ON visibility_changes (asked_by)",
    "CREATE INDEX visibility_changes_decided_by_idx ON visibility_changes (decided_by)",
    "ALTER TABLE organisations ADD COLUMN parent_id {id} REFERENCES organisations (id) ON DELETE RESTRICT
        DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE organisations ADD COLUMN website {text} NOT NULL DEFAULT ''",
    "CREATE INDEX organisations_parent_idx ON organisations (parent_id)",
    "CREATE TABLE organisation_policies (
        organisation_id {id} NOT NULL PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,
        visibility_ceiling {text},
        second_factor {bool} NOT NULL,
        required_reviews {int} NOT NULL,
        longest_token_days {int},
        widening_needs_second {bool} NOT NULL,
        repository_makers {text}
    ){narrow}",
]);
