//! Invitations to the site and to organisations.

crate::dialect::migration!(&[
    "CREATE TABLE invitations (
        id {id} NOT NULL PRIMARY KEY,
        token_hash {bytes} NOT NULL CONSTRAINT invitations_token_hash_key UNIQUE,
        email {text},
        organisation_id {id} REFERENCES organisations (id) ON DELETE CASCADE,
        role {text},
        invited_by {id} REFERENCES users (id) ON DELETE CASCADE,
        created_at {int} NOT NULL,
        expires_at {int} NOT NULL,
        used_at {int},
        used_by {id} REFERENCES users (id) ON DELETE SET NULL,
        revoked_at {int},
        CONSTRAINT invitations_role_check CHECK ((organisation_id IS NULL) = (role IS NULL)),
        CONSTRAINT invitations_end_check CHECK (used_at IS NULL OR revoked_at IS NULL)
    ){table}",
    "CREATE INDEX invitations_organisation_idx ON invitations (organisation_id)",
]);
