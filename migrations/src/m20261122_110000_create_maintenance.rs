//! What keeps packs in order: which pack is what, when it was last read and how that went, which packs were replaced and
//! wait to be deleted, when a repository was last looked after, and objects that must never come back.

crate::dialect::migration!(&[
    "ALTER TABLE packs ADD COLUMN role {text} NOT NULL DEFAULT 'pushed' CONSTRAINT packs_role_check
        CHECK (role IN ('pushed', 'closed', 'leftover'))",
    "ALTER TABLE packs ADD COLUMN verified_at {int}",
    "ALTER TABLE packs ADD COLUMN damage {text}",
    "CREATE INDEX packs_verified_idx ON packs (coalesce(verified_at, created_at))",
    "CREATE TABLE replaced_packs (
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        checksum {bytes} NOT NULL,
        byte_count {int} NOT NULL,
        object_count {int} NOT NULL,
        replaced_at {int} NOT NULL,
        dropped {bool} NOT NULL,
        PRIMARY KEY (repository_id, checksum)
    ){narrow}",
    "CREATE INDEX replaced_packs_replaced_idx ON replaced_packs (replaced_at)",
    "CREATE TABLE maintenance (
        repository_id {id} NOT NULL PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
        looked_after_at {int} NOT NULL,
        repacked_at {int}
    ){narrow}",
    "CREATE TABLE purged_objects (
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        object_id {bytes} NOT NULL,
        purged_at {int} NOT NULL,
        PRIMARY KEY (repository_id, object_id)
    ){narrow}",
]);
