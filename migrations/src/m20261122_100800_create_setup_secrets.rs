//! The link that lets the first administrator in, once.

crate::dialect::migration!(&["CREATE TABLE setup_secrets (
        token_hash {bytes} NOT NULL PRIMARY KEY,
        expires_at {int} NOT NULL
    ){table}",]);
