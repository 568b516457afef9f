//! OpenPGP keys of people, and the parts of them that sign.

crate::dialect::migration!(&[
    "CREATE TABLE gpg_keys (
        id {id} NOT NULL PRIMARY KEY,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        fingerprint {text} NOT NULL,
        names {text} NOT NULL,
        public_key {text} NOT NULL,
        created_at {int} NOT NULL
    ){table}",
    "CREATE UNIQUE INDEX gpg_keys_fingerprint_key ON gpg_keys (fingerprint)",
    "CREATE INDEX gpg_keys_user_idx ON gpg_keys (user_id)",
    "CREATE TABLE gpg_signers (
        fingerprint {text} NOT NULL PRIMARY KEY,
        key_id {id} NOT NULL REFERENCES gpg_keys (id) ON DELETE CASCADE,
        since {int} NOT NULL,
        until {int}
    ){table}",
    "CREATE INDEX gpg_signers_key_idx ON gpg_signers (key_id)",
]);
