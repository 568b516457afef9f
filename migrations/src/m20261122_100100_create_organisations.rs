//! Organisations and their members.

crate::dialect::migration!(&[
    "CREATE TABLE organisations (
        id {id} NOT NULL PRIMARY KEY REFERENCES owners (id) ON DELETE CASCADE,
        description {text} NOT NULL,
        ods_code {text},
        created_at {int} NOT NULL
    ){table}",
    "CREATE UNIQUE INDEX organisations_ods_code_key ON organisations (ods_code)",
    "CREATE TABLE memberships (
        organisation_id {id} NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        role {text} NOT NULL CONSTRAINT memberships_role_check CHECK (role IN ('member', 'owner')),
        since {int} NOT NULL,
        PRIMARY KEY (organisation_id, user_id)
    ){narrow}",
    "CREATE INDEX memberships_user_idx ON memberships (user_id)",
]);
