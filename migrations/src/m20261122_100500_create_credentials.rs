//! Sessions, access tokens and SSH keys. Of what is secret only hashes are kept.

crate::dialect::migration!(&[
    "CREATE TABLE sessions (
        id {id} NOT NULL PRIMARY KEY,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        token_hash {bytes} NOT NULL,
        created_at {int} NOT NULL,
        last_used_at {int} NOT NULL,
        expires_at {int} NOT NULL,
        address {text} NOT NULL,
        user_agent {text} NOT NULL
    ){table}",
    "CREATE UNIQUE INDEX sessions_token_key ON sessions (token_hash)",
    "CREATE INDEX sessions_user_idx ON sessions (user_id)",
    "CREATE INDEX sessions_expires_idx ON sessions (expires_at)",
    "CREATE TABLE access_tokens (
        id {id} NOT NULL PRIMARY KEY,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        name {text} NOT NULL,
        scopes {text} NOT NULL,
        token_hash {bytes} NOT NULL,
        created_at {int} NOT NULL,
        expires_at {int},
        last_used_at {int}
    ){table}",
    "CREATE UNIQUE INDEX access_tokens_token_key ON access_tokens (token_hash)",
    "CREATE INDEX access_tokens_user_idx ON access_tokens (user_id)",
    "CREATE TABLE ssh_keys (
        id {id} NOT NULL PRIMARY KEY,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        name {text} NOT NULL,
        fingerprint {text} NOT NULL,
        public_key {text} NOT NULL,
        created_at {int} NOT NULL,
        last_used_at {int}
    ){table}",
    "CREATE UNIQUE INDEX ssh_keys_fingerprint_key ON ssh_keys (fingerprint)",
    "CREATE INDEX ssh_keys_user_idx ON ssh_keys (user_id)",
]);
