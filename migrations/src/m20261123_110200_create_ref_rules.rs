//! Rules for branches and tags, what they demand of merge requests, and the ways of merging that a repository allows.

crate::dialect::migration!(&[
    "CREATE TABLE ref_rules (
        id {id} NOT NULL PRIMARY KEY,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        kind {text} NOT NULL CONSTRAINT ref_rules_kind_check CHECK (kind IN ('branch', 'tag')),
        pattern {text} NOT NULL,
        push {text} NOT NULL,
        force_push {text} NOT NULL,
        deletion {text} NOT NULL,
        merge {text} NOT NULL,
        signed {bool} NOT NULL,
        linear {bool} NOT NULL,
        approvals {int} NOT NULL,
        owners_approval {bool} NOT NULL,
        approvals_lapse {bool} NOT NULL,
        threads_resolved {bool} NOT NULL,
        statuses {text} NOT NULL,
        up_to_date {bool} NOT NULL
    ){table}",
    "CREATE UNIQUE INDEX ref_rules_pattern_key ON ref_rules (repository_id, kind, pattern)",
    "ALTER TABLE repositories ADD COLUMN merge_methods {text} NOT NULL DEFAULT 'merge squash rebase fast-forward'",
]);
