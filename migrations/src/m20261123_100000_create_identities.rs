//! What joins accounts to other sites that vouch for people.

crate::dialect::migration!(&[
    "CREATE TABLE identities (
        issuer {text} NOT NULL,
        subject {text} NOT NULL,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at {int} NOT NULL,
        last_used_at {int},
        PRIMARY KEY (issuer, subject)
    ){narrow}",
    "CREATE INDEX identities_user_idx ON identities (user_id)",
]);
