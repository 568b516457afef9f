//! Second factors: when and how a session was authenticated, sign-ins that wait for a second factor, the secret of an
//! authenticator app, recovery codes, passkeys, and ceremonies of passkeys that are under way.

crate::dialect::migration!(&[
    "ALTER TABLE sessions ADD COLUMN authenticated_at {int} NOT NULL DEFAULT 0",
    "ALTER TABLE sessions ADD COLUMN factors {text} NOT NULL DEFAULT 'password'",
    "CREATE TABLE pending_sign_ins (
        token_hash {bytes} NOT NULL PRIMARY KEY,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        factors {text} NOT NULL,
        user_agent {text} NOT NULL,
        expires_at {int} NOT NULL
    ){narrow}",
    "CREATE INDEX pending_sign_ins_user_idx ON pending_sign_ins (user_id)",
    "CREATE TABLE authenticators (
        user_id {id} NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        sealed_secret {bytes} NOT NULL,
        is_confirmed {bool} NOT NULL,
        last_step {int} NOT NULL,
        created_at {int} NOT NULL
    ){narrow}",
    "CREATE TABLE recovery_codes (
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        code_hash {bytes} NOT NULL,
        used_at {int},
        PRIMARY KEY (user_id, code_hash)
    ){narrow}",
    "CREATE TABLE passkeys (
        id {id} NOT NULL PRIMARY KEY,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        name {text} NOT NULL,
        credential_id {bytes} NOT NULL,
        credential {text} NOT NULL,
        created_at {int} NOT NULL,
        last_used_at {int}
    ){table}",
    "CREATE UNIQUE INDEX passkeys_credential_key ON passkeys (credential_id)",
    "CREATE INDEX passkeys_user_idx ON passkeys (user_id)",
    "CREATE TABLE ceremonies (
        token_hash {bytes} NOT NULL PRIMARY KEY,
        purpose {text} NOT NULL,
        user_id {id} REFERENCES users (id) ON DELETE CASCADE,
        state {text} NOT NULL,
        expires_at {int} NOT NULL
    ){narrow}",
    "CREATE INDEX ceremonies_expires_idx ON ceremonies (expires_at)",
]);
