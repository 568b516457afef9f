//! Accepted pushes and what each changed.

crate::dialect::migration!(&[
    "CREATE TABLE pushes (
        id {id} NOT NULL PRIMARY KEY,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        user_id {id} REFERENCES users (id) ON DELETE SET NULL,
        door {text} NOT NULL CONSTRAINT pushes_door_check
            CHECK (door IN ('web', 'http', 'ssh', 'console')),
        pushed_at {int} NOT NULL
    ){table}",
    "CREATE INDEX pushes_repository_idx ON pushes (repository_id, pushed_at, id)",
    "CREATE INDEX pushes_pushed_idx ON pushes (pushed_at, id)",
    "CREATE INDEX pushes_user_idx ON pushes (user_id)",
    "CREATE TABLE push_updates (
        push_id {id} NOT NULL REFERENCES pushes (id) ON DELETE CASCADE,
        position {int} NOT NULL,
        name {text} NOT NULL,
        old_target {bytes},
        new_target {bytes},
        PRIMARY KEY (push_id, position)
    ){narrow}",
]);
