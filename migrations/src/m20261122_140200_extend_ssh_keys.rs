//! Keys that end, keys that their owners have proven to be theirs, and keys that belong to repositories.
//!
//! A key from before has no text to sign, and gets its own fingerprint: the text is no secret.

crate::dialect::migration!(&[
    "ALTER TABLE ssh_keys ADD COLUMN expires_at {int}",
    "ALTER TABLE ssh_keys ADD COLUMN challenge {text} NOT NULL DEFAULT ''",
    "ALTER TABLE ssh_keys ADD COLUMN verified_at {int}",
    "ALTER TABLE ssh_keys ADD COLUMN last_used_from {text}",
    "UPDATE ssh_keys SET challenge = fingerprint",
    "CREATE TABLE deploy_keys (
        id {id} NOT NULL PRIMARY KEY,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        name {text} NOT NULL,
        fingerprint {text} NOT NULL,
        public_key {text} NOT NULL,
        writes {bool} NOT NULL,
        added_by {text} NOT NULL,
        created_at {int} NOT NULL,
        expires_at {int},
        last_used_at {int},
        last_used_from {text}
    ){table}",
    "CREATE UNIQUE INDEX deploy_keys_fingerprint_key ON deploy_keys (fingerprint)",
    "CREATE INDEX deploy_keys_repository_idx ON deploy_keys (repository_id)",
]);
