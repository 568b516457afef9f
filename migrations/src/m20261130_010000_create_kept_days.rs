//! How large each repository was, day by day, so that growth can be told.

crate::dialect::migration!(&[
    "CREATE TABLE kept_days (
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        day {int} NOT NULL,
        byte_count {int} NOT NULL,
        PRIMARY KEY (repository_id, day)
    ){narrow}",
    "CREATE INDEX kept_days_day_idx ON kept_days (day)",
]);
