//! Tokens that count only in chosen repositories, and the network that each was last used from.

crate::dialect::migration!(&[
    "ALTER TABLE access_tokens ADD COLUMN last_used_from {text}",
    "ALTER TABLE access_tokens ADD COLUMN limited {bool} NOT NULL DEFAULT FALSE",
    "CREATE TABLE access_token_repositories (
        token_id {id} NOT NULL REFERENCES access_tokens (id) ON DELETE CASCADE,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        PRIMARY KEY (token_id, repository_id)
    ){narrow}",
    "CREATE INDEX access_token_repositories_repository_idx ON access_token_repositories (repository_id)",
]);
