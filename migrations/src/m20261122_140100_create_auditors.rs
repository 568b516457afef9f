//! Auditors of the site, and how far the audit log was copied to each place.

crate::dialect::migration!(&[
    "CREATE TABLE site_auditors (
        user_id {id} NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        since {int} NOT NULL
    ){narrow}",
    "CREATE TABLE audit_sinks (
        target {text} NOT NULL PRIMARY KEY,
        position {int} NOT NULL
    ){narrow}",
    "CREATE INDEX audit_events_happened_idx ON audit_events (happened_at)",
]);
