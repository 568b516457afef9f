//! Wrong guesses, by account and by network address: counted by all processes together, and not forgotten by a restart.

crate::dialect::migration!(&[
    "CREATE TABLE guesses (
        key {bytes} NOT NULL PRIMARY KEY,
        misses {int} NOT NULL,
        last_at {int} NOT NULL
    ){narrow}",
    "CREATE INDEX guesses_last_idx ON guesses (last_at)",
]);
