//! Merge requests: their versions, reviews, threads, comments, suggestions, approvals, and whose turn it is.
//!
//! A version, an anchor and an approval never change once written: each names the exact commits it is about.

crate::dialect::migration!(&[
    "CREATE TABLE merge_requests (
        item_id {id} NOT NULL PRIMARY KEY REFERENCES work_items (id) ON DELETE CASCADE,
        target_branch {text} NOT NULL,
        source_repository_id {id} REFERENCES repositories (id) ON DELETE SET NULL,
        source_path {text} NOT NULL,
        source_branch {text} NOT NULL,
        is_draft {bool} NOT NULL,
        version {int} NOT NULL,
        merged_at {int},
        merged_by {id} REFERENCES users (id) ON DELETE SET NULL,
        merge_commit {bytes},
        merge_method {text},
        auto_merge_by {id} REFERENCES users (id) ON DELETE SET NULL,
        auto_merge_method {text},
        auto_merge_message {text}
    ){table}",
    "CREATE INDEX merge_requests_source_idx ON merge_requests (source_repository_id, source_branch)",
    "CREATE INDEX merge_requests_merged_by_idx ON merge_requests (merged_by)",
    "CREATE INDEX merge_requests_auto_merge_idx ON merge_requests (auto_merge_by)",
    "CREATE TABLE merge_request_versions (
        item_id {id} NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        number {int} NOT NULL,
        base {bytes} NOT NULL,
        target_head {bytes} NOT NULL,
        head {bytes} NOT NULL,
        reason {text} NOT NULL CONSTRAINT merge_request_versions_reason_check
            CHECK (reason IN ('open', 'push', 'force', 'retarget', 'web-edit', 'suggestion')),
        patch_id {bytes},
        pushed_by {id} REFERENCES users (id) ON DELETE SET NULL,
        pushed_by_name {text} NOT NULL,
        pushed_at {int} NOT NULL,
        PRIMARY KEY (item_id, number)
    ){table}",
    "CREATE INDEX merge_request_versions_pushed_by_idx ON merge_request_versions (pushed_by)",
    "CREATE TABLE reviews (
        id {id} NOT NULL PRIMARY KEY,
        item_id {id} NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        author_id {id} REFERENCES users (id) ON DELETE SET NULL,
        author_name {text} NOT NULL,
        version {int} NOT NULL,
        verdict {text} NOT NULL CONSTRAINT reviews_verdict_check
            CHECK (verdict IN ('comment', 'approve', 'request-changes')),
        body {text} NOT NULL,
        started_at {int} NOT NULL,
        submitted_at {int},
        dismissed_at {int},
        dismissed_by_name {text},
        dismissal {text}
    ){table}",
    "CREATE UNIQUE INDEX reviews_pending_key ON reviews (item_id, author_id) WHERE submitted_at IS NULL",
    "CREATE INDEX reviews_item_idx ON reviews (item_id, submitted_at)",
    "CREATE INDEX reviews_author_idx ON reviews (author_id)",
    "CREATE TABLE threads (
        id {id} NOT NULL PRIMARY KEY,
        item_id {id} NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        version {int},
        side {text} CONSTRAINT threads_side_check CHECK (side IN ('old', 'new')),
        path {bytes},
        start_line {int},
        end_line {int},
        point_x {int},
        point_y {int},
        blob {bytes},
        excerpt {text} NOT NULL,
        is_resolvable {bool} NOT NULL,
        resolved_at {int},
        resolved_by {id} REFERENCES users (id) ON DELETE SET NULL,
        resolved_by_name {text},
        created_at {int} NOT NULL
    ){table}",
    "CREATE INDEX threads_item_idx ON threads (item_id, created_at)",
    "CREATE INDEX threads_resolved_by_idx ON threads (resolved_by)",
    "CREATE TABLE comments (
        id {id} NOT NULL PRIMARY KEY,
        thread_id {id} NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
        review_id {id} REFERENCES reviews (id) ON DELETE CASCADE,
        author_id {id} REFERENCES users (id) ON DELETE SET NULL,
        author_name {text} NOT NULL,
        body {text} NOT NULL,
        resolves {bool},
        created_at {int} NOT NULL,
        edited_at {int}
    ){table}",
    "CREATE INDEX comments_thread_idx ON comments (thread_id, created_at)",
    "CREATE INDEX comments_review_idx ON comments (review_id)",
    "CREATE INDEX comments_author_idx ON comments (author_id)",
    "CREATE TABLE suggestions (
        comment_id {id} NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
        position {int} NOT NULL,
        start_line {int} NOT NULL,
        end_line {int} NOT NULL,
        original {text} NOT NULL,
        replacement {text} NOT NULL,
        applied_commit {bytes},
        applied_at {int},
        applied_by {id} REFERENCES users (id) ON DELETE SET NULL,
        PRIMARY KEY (comment_id, position)
    ){table}",
    "CREATE INDEX suggestions_applied_by_idx ON suggestions (applied_by)",
    "CREATE TABLE approvals (
        id {id} NOT NULL PRIMARY KEY,
        item_id {id} NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        user_id {id} REFERENCES users (id) ON DELETE SET NULL,
        user_name {text} NOT NULL,
        version {int} NOT NULL,
        head {bytes} NOT NULL,
        target_branch {text} NOT NULL,
        patch_id {bytes},
        status {text} NOT NULL CONSTRAINT approvals_status_check
            CHECK (status IN ('active', 'lapsed', 'withdrawn')),
        carried_from {int},
        reason {text} NOT NULL,
        at {int} NOT NULL,
        ended_at {int}
    ){table}",
    "CREATE INDEX approvals_item_idx ON approvals (item_id, at)",
    "CREATE INDEX approvals_user_idx ON approvals (user_id)",
    "CREATE UNIQUE INDEX approvals_active_key ON approvals (item_id, user_id) WHERE status = 'active'",
    "CREATE TABLE reviewers (
        item_id {id} NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        asked_by {text} NOT NULL,
        since {int} NOT NULL,
        PRIMARY KEY (item_id, user_id)
    ){narrow}",
    "CREATE INDEX reviewers_user_idx ON reviewers (user_id)",
    "CREATE TABLE turns (
        item_id {id} NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        put_by {text} NOT NULL,
        reason {text} NOT NULL,
        since {int} NOT NULL,
        PRIMARY KEY (item_id, user_id)
    ){narrow}",
    "CREATE INDEX turns_user_idx ON turns (user_id, since)",
    "CREATE TABLE viewed_files (
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        item_id {id} NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        path {bytes} NOT NULL,
        fingerprint {bytes} NOT NULL,
        at {int} NOT NULL,
        PRIMARY KEY (user_id, item_id, path)
    ){narrow}",
    "CREATE INDEX viewed_files_item_idx ON viewed_files (item_id)",
    "CREATE TABLE commit_statuses (
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        commit_id {bytes} NOT NULL,
        context {text} NOT NULL,
        state {text} NOT NULL CONSTRAINT commit_statuses_state_check
            CHECK (state IN ('pending', 'success', 'failure', 'error')),
        description {text} NOT NULL,
        target_url {text} NOT NULL,
        set_by {id} REFERENCES users (id) ON DELETE SET NULL,
        set_by_name {text} NOT NULL,
        at {int} NOT NULL,
        PRIMARY KEY (repository_id, commit_id, context)
    ){narrow}",
    "CREATE INDEX commit_statuses_set_by_idx ON commit_statuses (set_by)",
]);
