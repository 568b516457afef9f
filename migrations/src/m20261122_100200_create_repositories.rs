//! Repositories, and the addresses that they had before.

crate::dialect::migration!(&[
    "CREATE TABLE repositories (
        id {id} NOT NULL PRIMARY KEY,
        owner_id {id} NOT NULL REFERENCES owners (id) ON DELETE RESTRICT,
        name {text} NOT NULL,
        name_key {text} NOT NULL,
        description {text} NOT NULL,
        visibility {text} NOT NULL CONSTRAINT repositories_visibility_check
            CHECK (visibility IN ('private', 'organisation', 'internal')),
        object_format {text} NOT NULL CONSTRAINT repositories_object_format_check
            CHECK (object_format IN ('sha1', 'sha256')),
        default_branch {text} NOT NULL,
        generation {int} NOT NULL,
        archived {bool} NOT NULL,
        created_by {id} REFERENCES users (id) ON DELETE SET NULL,
        created_at {int} NOT NULL,
        pushed_at {int}
    ){table}",
    "CREATE UNIQUE INDEX repositories_path_key ON repositories (owner_id, name_key)",
    "CREATE INDEX repositories_created_by_idx ON repositories (created_by)",
    "CREATE INDEX repositories_pushed_idx ON repositories (coalesce(pushed_at, created_at))",
    "CREATE TABLE redirects (
        owner_id {id} NOT NULL REFERENCES owners (id) ON DELETE CASCADE,
        name_key {text} NOT NULL,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        PRIMARY KEY (owner_id, name_key)
    ){narrow}",
    "CREATE INDEX redirects_repository_idx ON redirects (repository_id)",
]);
