//! Owners, who share one namespace of names, and the people among them.

crate::dialect::migration!(&[
    "CREATE TABLE owners (
        id {id} NOT NULL PRIMARY KEY,
        kind {text} NOT NULL CONSTRAINT owners_kind_check CHECK (kind IN ('user', 'organisation')),
        name {text} NOT NULL,
        name_key {text} NOT NULL,
        display_name {text} NOT NULL
    ){table}",
    "CREATE UNIQUE INDEX owners_name_key ON owners (name_key)",
    "CREATE TABLE users (
        id {id} NOT NULL PRIMARY KEY REFERENCES owners (id) ON DELETE CASCADE,
        email {text} NOT NULL,
        email_key {text} NOT NULL,
        bio {text} NOT NULL,
        is_admin {bool} NOT NULL,
        state {text} NOT NULL CONSTRAINT users_state_check CHECK (state IN ('active', 'disabled')),
        password_hash {text} NOT NULL,
        created_at {int} NOT NULL
    ){table}",
    "CREATE UNIQUE INDEX users_email_key ON users (email_key)",
]);
