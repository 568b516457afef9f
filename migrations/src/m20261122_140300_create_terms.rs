//! The announcement, the text on acceptable use with its versions, and who accepted which.

crate::dialect::migration!(&[
    "CREATE TABLE announcements (
        slot {int} NOT NULL PRIMARY KEY CONSTRAINT announcements_slot_check CHECK (slot = 1),
        text {text} NOT NULL,
        level {text} NOT NULL CONSTRAINT announcements_level_check CHECK (level IN ('information', 'warning')),
        shown_from {int},
        shown_until {int}
    ){table}",
    "CREATE TABLE terms (
        version {int} NOT NULL PRIMARY KEY,
        text {text} NOT NULL,
        published_at {int} NOT NULL,
        published_by {text} NOT NULL
    ){table}",
    "CREATE TABLE terms_acceptances (
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        version {int} NOT NULL REFERENCES terms (version),
        accepted_at {int} NOT NULL,
        PRIMARY KEY (user_id, version)
    ){narrow}",
]);
