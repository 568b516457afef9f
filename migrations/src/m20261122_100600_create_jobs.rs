//! Background work. A job that is done has no row.

crate::dialect::migration!(&[
    "CREATE TABLE jobs (
        id {id} NOT NULL PRIMARY KEY,
        name {text} NOT NULL,
        queue {text} NOT NULL,
        payload {text} NOT NULL,
        dedup_key {text},
        state {text} NOT NULL CONSTRAINT jobs_state_check CHECK (state IN ('waiting', 'running', 'dead')),
        attempts {int} NOT NULL,
        max_attempts {int} NOT NULL,
        run_at {int} NOT NULL,
        lease_until {int},
        last_error {text}
    ){table}",
    "CREATE UNIQUE INDEX jobs_dedup_key ON jobs (name, dedup_key)
        WHERE state = 'waiting' AND dedup_key IS NOT NULL",
    "CREATE INDEX jobs_due_idx ON jobs (queue, state, run_at)",
]);
