//! The register of the Organisation Data Service, and names that owners had before.

crate::dialect::migration!(&[
    "CREATE TABLE ods_entries (
        code {text} NOT NULL PRIMARY KEY,
        name {text} NOT NULL,
        is_closed {bool} NOT NULL,
        opened {text},
        closed {text},
        successor {text}
    ){narrow}",
    "CREATE TABLE owner_redirects (
        name_key {text} NOT NULL PRIMARY KEY,
        owner_id {id} NOT NULL REFERENCES owners (id) ON DELETE CASCADE
    ){narrow}",
    "CREATE INDEX owner_redirects_owner_idx ON owner_redirects (owner_id)",
]);
