//! What people want to be told: by mail, and of which repositories.

crate::dialect::migration!(&[
    "CREATE TABLE notification_settings (
        user_id {id} NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        mail {text} NOT NULL CONSTRAINT notification_settings_mail_check
            CHECK (mail IN ('all', 'turn', 'digest', 'none')),
        digest_at {int} NOT NULL
    ){narrow}",
    "CREATE TABLE watches (
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        level {text} NOT NULL CONSTRAINT watches_level_check CHECK (level IN ('all', 'participating', 'none')),
        PRIMARY KEY (user_id, repository_id)
    ){narrow}",
    "CREATE INDEX watches_repository_idx ON watches (repository_id)",
]);
