//! Refs, and the packs that hold what they name.

crate::dialect::migration!(&[
    "CREATE TABLE refs (
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        name {text} NOT NULL,
        target {bytes} NOT NULL,
        peeled {bytes},
        PRIMARY KEY (repository_id, name)
    ){narrow}",
    "CREATE TABLE packs (
        id {id} NOT NULL PRIMARY KEY,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        checksum {bytes} NOT NULL,
        byte_count {int} NOT NULL,
        object_count {int} NOT NULL,
        created_at {int} NOT NULL
    ){table}",
    "CREATE UNIQUE INDEX packs_checksum_key ON packs (repository_id, checksum)",
]);
