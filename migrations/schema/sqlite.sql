CREATE TABLE access_token_repositories (
        token_id BLOB NOT NULL REFERENCES access_tokens (id) ON DELETE CASCADE,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        PRIMARY KEY (token_id, repository_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX access_token_repositories_repository_idx ON access_token_repositories (repository_id);
CREATE TABLE access_tokens (
        id BLOB NOT NULL PRIMARY KEY,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        scopes TEXT NOT NULL,
        token_hash BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        last_used_at INTEGER
    , last_used_from TEXT, limited INTEGER NOT NULL DEFAULT FALSE) STRICT;
CREATE UNIQUE INDEX access_tokens_token_key ON access_tokens (token_hash);
CREATE INDEX access_tokens_user_idx ON access_tokens (user_id);
CREATE TABLE announcements (
        slot INTEGER NOT NULL PRIMARY KEY CONSTRAINT announcements_slot_check CHECK (slot = 1),
        text TEXT NOT NULL,
        level TEXT NOT NULL CONSTRAINT announcements_level_check CHECK (level IN ('information', 'warning')),
        shown_from INTEGER,
        shown_until INTEGER
    ) STRICT;
CREATE TABLE approvals (
        id BLOB NOT NULL PRIMARY KEY,
        item_id BLOB NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        user_id BLOB REFERENCES users (id) ON DELETE SET NULL,
        user_name TEXT NOT NULL,
        version INTEGER NOT NULL,
        head BLOB NOT NULL,
        target_branch TEXT NOT NULL,
        patch_id BLOB,
        status TEXT NOT NULL CONSTRAINT approvals_status_check
            CHECK (status IN ('active', 'lapsed', 'withdrawn')),
        carried_from INTEGER,
        reason TEXT NOT NULL,
        at INTEGER NOT NULL,
        ended_at INTEGER
    ) STRICT;
CREATE UNIQUE INDEX approvals_active_key ON approvals (item_id, user_id) WHERE status = 'active';
CREATE INDEX approvals_item_idx ON approvals (item_id, at);
CREATE INDEX approvals_user_idx ON approvals (user_id);
CREATE TRIGGER audit_events_refuse_delete BEFORE DELETE ON audit_events
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
CREATE TRIGGER audit_events_refuse_replace BEFORE INSERT ON audit_events
        WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit_events)
            OR EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
CREATE TRIGGER audit_events_refuse_update BEFORE UPDATE ON audit_events
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
CREATE TABLE audit_events (
        seq INTEGER NOT NULL PRIMARY KEY,
        id BLOB NOT NULL,
        happened_at INTEGER NOT NULL,
        actor_id TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject_id TEXT NOT NULL,
        subject TEXT NOT NULL,
        address TEXT NOT NULL,
        detail TEXT NOT NULL,
        previous_hash BLOB NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
CREATE INDEX audit_events_action_idx ON audit_events (action);
CREATE INDEX audit_events_actor_idx ON audit_events (actor);
CREATE INDEX audit_events_happened_idx ON audit_events (happened_at);
CREATE UNIQUE INDEX audit_events_id_key ON audit_events (id);
CREATE INDEX audit_events_subject_idx ON audit_events (subject);
CREATE TABLE audit_sinks (
        target TEXT NOT NULL PRIMARY KEY,
        position INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE TABLE authenticators (
        user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        sealed_secret BLOB NOT NULL,
        is_confirmed INTEGER NOT NULL,
        last_step INTEGER NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE TABLE ceremonies (
        token_hash BLOB NOT NULL PRIMARY KEY,
        purpose TEXT NOT NULL,
        user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
        state TEXT NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE INDEX ceremonies_expires_idx ON ceremonies (expires_at);
CREATE TABLE comments (
        id BLOB NOT NULL PRIMARY KEY,
        thread_id BLOB NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
        review_id BLOB REFERENCES reviews (id) ON DELETE CASCADE,
        author_id BLOB REFERENCES users (id) ON DELETE SET NULL,
        author_name TEXT NOT NULL,
        body TEXT NOT NULL,
        resolves INTEGER,
        created_at INTEGER NOT NULL,
        edited_at INTEGER
    ) STRICT;
CREATE INDEX comments_author_idx ON comments (author_id);
CREATE INDEX comments_review_idx ON comments (review_id);
CREATE INDEX comments_thread_idx ON comments (thread_id, created_at);
CREATE TABLE commit_statuses (
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        commit_id BLOB NOT NULL,
        context TEXT NOT NULL,
        state TEXT NOT NULL CONSTRAINT commit_statuses_state_check
            CHECK (state IN ('pending', 'success', 'failure', 'error')),
        description TEXT NOT NULL,
        target_url TEXT NOT NULL,
        set_by BLOB REFERENCES users (id) ON DELETE SET NULL,
        set_by_name TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (repository_id, commit_id, context)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX commit_statuses_set_by_idx ON commit_statuses (set_by);
CREATE TABLE deploy_keys (
        id BLOB NOT NULL PRIMARY KEY,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        public_key TEXT NOT NULL,
        writes INTEGER NOT NULL,
        added_by TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        last_used_at INTEGER,
        last_used_from TEXT
    ) STRICT;
CREATE UNIQUE INDEX deploy_keys_fingerprint_key ON deploy_keys (fingerprint);
CREATE INDEX deploy_keys_repository_idx ON deploy_keys (repository_id);
CREATE TABLE gpg_keys (
        id BLOB NOT NULL PRIMARY KEY,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        names TEXT NOT NULL,
        public_key TEXT NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT;
CREATE UNIQUE INDEX gpg_keys_fingerprint_key ON gpg_keys (fingerprint);
CREATE INDEX gpg_keys_user_idx ON gpg_keys (user_id);
CREATE TABLE gpg_signers (
        fingerprint TEXT NOT NULL PRIMARY KEY,
        key_id BLOB NOT NULL REFERENCES gpg_keys (id) ON DELETE CASCADE,
        since INTEGER NOT NULL,
        until INTEGER
    ) STRICT;
CREATE INDEX gpg_signers_key_idx ON gpg_signers (key_id);
CREATE TABLE grants (
        id BLOB NOT NULL PRIMARY KEY,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
        team_id BLOB REFERENCES teams (id) ON DELETE CASCADE,
        permission TEXT NOT NULL CONSTRAINT grants_permission_check
            CHECK (permission IN ('read', 'write', 'maintain', 'admin')),
        granted_at INTEGER NOT NULL,
        granted_by BLOB REFERENCES users (id) ON DELETE SET NULL,
        expires_at INTEGER,
        CONSTRAINT grants_holder_check CHECK ((user_id IS NULL) <> (team_id IS NULL))
    ) STRICT;
CREATE INDEX grants_granted_by_idx ON grants (granted_by);
CREATE INDEX grants_team_idx ON grants (team_id);
CREATE UNIQUE INDEX grants_team_key ON grants (repository_id, team_id);
CREATE INDEX grants_user_idx ON grants (user_id);
CREATE UNIQUE INDEX grants_user_key ON grants (repository_id, user_id);
CREATE TABLE guesses (
        key BLOB NOT NULL PRIMARY KEY,
        misses INTEGER NOT NULL,
        last_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE INDEX guesses_last_idx ON guesses (last_at);
CREATE TABLE identities (
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at INTEGER NOT NULL,
        last_used_at INTEGER,
        PRIMARY KEY (issuer, subject)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX identities_user_idx ON identities (user_id);
CREATE TABLE invitations (
        id BLOB NOT NULL PRIMARY KEY,
        token_hash BLOB NOT NULL CONSTRAINT invitations_token_hash_key UNIQUE,
        email TEXT,
        organisation_id BLOB REFERENCES organisations (id) ON DELETE CASCADE,
        role TEXT,
        invited_by BLOB REFERENCES users (id) ON DELETE CASCADE,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        used_at INTEGER,
        used_by BLOB REFERENCES users (id) ON DELETE SET NULL,
        revoked_at INTEGER,
        CONSTRAINT invitations_role_check CHECK ((organisation_id IS NULL) = (role IS NULL)),
        CONSTRAINT invitations_end_check CHECK (used_at IS NULL OR revoked_at IS NULL)
    ) STRICT;
CREATE INDEX invitations_organisation_idx ON invitations (organisation_id);
CREATE TABLE item_assignees (
        item_id BLOB NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        since INTEGER NOT NULL,
        PRIMARY KEY (item_id, user_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX item_assignees_user_idx ON item_assignees (user_id);
CREATE TABLE item_events (
        id BLOB NOT NULL PRIMARY KEY,
        item_id BLOB NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        at INTEGER NOT NULL,
        actor_id BLOB REFERENCES users (id) ON DELETE SET NULL,
        actor_name TEXT NOT NULL,
        kind TEXT NOT NULL,
        detail TEXT NOT NULL
    ) STRICT;
CREATE INDEX item_events_actor_idx ON item_events (actor_id);
CREATE INDEX item_events_item_idx ON item_events (item_id, at);
CREATE TABLE item_labels (
        item_id BLOB NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        label_id BLOB NOT NULL REFERENCES labels (id) ON DELETE CASCADE,
        PRIMARY KEY (item_id, label_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX item_labels_label_idx ON item_labels (label_id);
CREATE TABLE item_numbers (
        repository_id BLOB NOT NULL PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
        last INTEGER NOT NULL
    ) STRICT;
CREATE TABLE item_references (
        item_id BLOB NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        from_item_id BLOB NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        closes INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (item_id, from_item_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX item_references_from_idx ON item_references (from_item_id);
CREATE TABLE item_subscriptions (
        item_id BLOB NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        level TEXT NOT NULL CONSTRAINT item_subscriptions_level_check CHECK (level IN ('all', 'none')),
        reason TEXT NOT NULL,
        PRIMARY KEY (item_id, user_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX item_subscriptions_user_idx ON item_subscriptions (user_id);
CREATE TABLE jobs (
        id BLOB NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        queue TEXT NOT NULL,
        payload TEXT NOT NULL,
        dedup_key TEXT,
        state TEXT NOT NULL CONSTRAINT jobs_state_check CHECK (state IN ('waiting', 'running', 'dead')),
        attempts INTEGER NOT NULL,
        max_attempts INTEGER NOT NULL,
        run_at INTEGER NOT NULL,
        lease_until INTEGER,
        last_error TEXT
    ) STRICT;
CREATE UNIQUE INDEX jobs_dedup_key ON jobs (name, dedup_key)
        WHERE state = 'waiting' AND dedup_key IS NOT NULL;
CREATE INDEX jobs_due_idx ON jobs (queue, state, run_at);
CREATE TABLE kept_days (
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        day INTEGER NOT NULL,
        byte_count INTEGER NOT NULL,
        PRIMARY KEY (repository_id, day)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX kept_days_day_idx ON kept_days (day);
CREATE TABLE labels (
        id BLOB NOT NULL PRIMARY KEY,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        colour TEXT NOT NULL,
        description TEXT NOT NULL
    ) STRICT;
CREATE UNIQUE INDEX labels_name_key ON labels (repository_id, name_key);
CREATE TABLE maintenance (
        repository_id BLOB NOT NULL PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
        looked_after_at INTEGER NOT NULL,
        repacked_at INTEGER
    ) STRICT, WITHOUT ROWID;
CREATE TABLE memberships (
        organisation_id BLOB NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        since INTEGER NOT NULL, role TEXT NOT NULL DEFAULT 'reader'
        CONSTRAINT memberships_known_role_check
        CHECK (role IN ('reader', 'developer', 'maintainer', 'owner')), information_governance INTEGER NOT NULL DEFAULT 0, release_approver INTEGER NOT NULL DEFAULT 0, auditor INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (organisation_id, user_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_user_idx ON memberships (user_id);
CREATE TABLE merge_request_arrivals (
        push_id BLOB NOT NULL REFERENCES pushes (id) ON DELETE CASCADE,
        item_id BLOB NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        head BLOB NOT NULL,
        pushed_by_name TEXT NOT NULL,
        PRIMARY KEY (push_id, item_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX merge_request_arrivals_item_idx ON merge_request_arrivals (item_id);
CREATE TABLE merge_request_versions (
        item_id BLOB NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        base BLOB NOT NULL,
        target_head BLOB NOT NULL,
        head BLOB NOT NULL,
        reason TEXT NOT NULL CONSTRAINT merge_request_versions_reason_check
            CHECK (reason IN ('open', 'push', 'force', 'retarget', 'web-edit', 'suggestion')),
        patch_id BLOB,
        pushed_by BLOB REFERENCES users (id) ON DELETE SET NULL,
        pushed_by_name TEXT NOT NULL,
        pushed_at INTEGER NOT NULL,
        PRIMARY KEY (item_id, number)
    ) STRICT;
CREATE INDEX merge_request_versions_pushed_by_idx ON merge_request_versions (pushed_by);
CREATE TABLE merge_requests (
        item_id BLOB NOT NULL PRIMARY KEY REFERENCES work_items (id) ON DELETE CASCADE,
        target_branch TEXT NOT NULL,
        source_repository_id BLOB REFERENCES repositories (id) ON DELETE SET NULL,
        source_path TEXT NOT NULL,
        source_branch TEXT NOT NULL,
        is_draft INTEGER NOT NULL,
        version INTEGER NOT NULL,
        merged_at INTEGER,
        merged_by BLOB REFERENCES users (id) ON DELETE SET NULL,
        merge_commit BLOB,
        merge_method TEXT,
        auto_merge_by BLOB REFERENCES users (id) ON DELETE SET NULL,
        auto_merge_method TEXT,
        auto_merge_message TEXT
    ) STRICT;
CREATE INDEX merge_requests_auto_merge_idx ON merge_requests (auto_merge_by);
CREATE INDEX merge_requests_merged_by_idx ON merge_requests (merged_by);
CREATE INDEX merge_requests_source_idx ON merge_requests (source_repository_id, source_branch);
CREATE TABLE milestones (
        id BLOB NOT NULL PRIMARY KEY,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        title TEXT NOT NULL,
        title_key TEXT NOT NULL,
        description TEXT NOT NULL,
        due_on TEXT,
        created_at INTEGER NOT NULL,
        closed_at INTEGER
    ) STRICT;
CREATE UNIQUE INDEX milestones_title_key ON milestones (repository_id, title_key);
CREATE TABLE notification_settings (
        user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        mail TEXT NOT NULL CONSTRAINT notification_settings_mail_check
            CHECK (mail IN ('all', 'turn', 'digest', 'none')),
        digest_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE TABLE notifications (
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        item_id BLOB NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        reason TEXT NOT NULL,
        at INTEGER NOT NULL,
        read_at INTEGER,
        PRIMARY KEY (user_id, item_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX notifications_item_idx ON notifications (item_id);
CREATE INDEX notifications_list_idx ON notifications (user_id, at);
CREATE TABLE ods_entries (
        code TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        is_closed INTEGER NOT NULL,
        opened TEXT,
        closed TEXT,
        successor TEXT
    ) STRICT, WITHOUT ROWID;
CREATE TABLE organisation_policies (
        organisation_id BLOB NOT NULL PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,
        visibility_ceiling TEXT,
        second_factor INTEGER NOT NULL,
        required_reviews INTEGER NOT NULL,
        longest_token_days INTEGER,
        widening_needs_second INTEGER NOT NULL,
        repository_makers TEXT
    ) STRICT, WITHOUT ROWID;
CREATE TABLE organisations (
        id BLOB NOT NULL PRIMARY KEY REFERENCES owners (id) ON DELETE CASCADE,
        description TEXT NOT NULL,
        ods_code TEXT,
        created_at INTEGER NOT NULL
    , parent_id BLOB REFERENCES organisations (id) ON DELETE RESTRICT
        DEFERRABLE INITIALLY DEFERRED, website TEXT NOT NULL DEFAULT '') STRICT;
CREATE UNIQUE INDEX organisations_ods_code_key ON organisations (ods_code);
CREATE INDEX organisations_parent_idx ON organisations (parent_id);
CREATE TABLE owner_redirects (
        name_key TEXT NOT NULL PRIMARY KEY,
        owner_id BLOB NOT NULL REFERENCES owners (id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
CREATE INDEX owner_redirects_owner_idx ON owner_redirects (owner_id);
CREATE TABLE owners (
        id BLOB NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL CONSTRAINT owners_kind_check CHECK (kind IN ('user', 'organisation')),
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        display_name TEXT NOT NULL
    ) STRICT;
CREATE UNIQUE INDEX owners_name_key ON owners (name_key);
CREATE TABLE packs (
        id BLOB NOT NULL PRIMARY KEY,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        checksum BLOB NOT NULL,
        byte_count INTEGER NOT NULL,
        object_count INTEGER NOT NULL,
        created_at INTEGER NOT NULL
    , role TEXT NOT NULL DEFAULT 'pushed' CONSTRAINT packs_role_check
        CHECK (role IN ('pushed', 'closed', 'leftover')), verified_at INTEGER, damage TEXT) STRICT;
CREATE UNIQUE INDEX packs_checksum_key ON packs (repository_id, checksum);
CREATE INDEX packs_verified_idx ON packs (coalesce(verified_at, created_at));
CREATE TABLE passkeys (
        id BLOB NOT NULL PRIMARY KEY,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        credential_id BLOB NOT NULL,
        credential TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        last_used_at INTEGER
    ) STRICT;
CREATE UNIQUE INDEX passkeys_credential_key ON passkeys (credential_id);
CREATE INDEX passkeys_user_idx ON passkeys (user_id);
CREATE TABLE pending_sign_ins (
        token_hash BLOB NOT NULL PRIMARY KEY,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        factors TEXT NOT NULL,
        user_agent TEXT NOT NULL,
        expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE INDEX pending_sign_ins_user_idx ON pending_sign_ins (user_id);
CREATE TABLE purged_objects (
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        object_id BLOB NOT NULL,
        purged_at INTEGER NOT NULL,
        PRIMARY KEY (repository_id, object_id)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE push_updates (
        push_id BLOB NOT NULL REFERENCES pushes (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        old_target BLOB,
        new_target BLOB,
        PRIMARY KEY (push_id, position)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX push_updates_new_target_idx ON push_updates (new_target);
CREATE TABLE pushes (
        id BLOB NOT NULL PRIMARY KEY,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        user_id BLOB REFERENCES users (id) ON DELETE SET NULL,
        door TEXT NOT NULL CONSTRAINT pushes_door_check
            CHECK (door IN ('web', 'http', 'ssh', 'console')),
        pushed_at INTEGER NOT NULL
    ) STRICT;
CREATE INDEX pushes_pushed_idx ON pushes (pushed_at, id);
CREATE INDEX pushes_repository_idx ON pushes (repository_id, pushed_at, id);
CREATE INDEX pushes_user_idx ON pushes (user_id);
CREATE TABLE recovery_codes (
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        code_hash BLOB NOT NULL,
        used_at INTEGER,
        PRIMARY KEY (user_id, code_hash)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE redirects (
        owner_id BLOB NOT NULL REFERENCES owners (id) ON DELETE CASCADE,
        name_key TEXT NOT NULL,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        PRIMARY KEY (owner_id, name_key)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX redirects_repository_idx ON redirects (repository_id);
CREATE TABLE ref_rules (
        id BLOB NOT NULL PRIMARY KEY,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        kind TEXT NOT NULL CONSTRAINT ref_rules_kind_check CHECK (kind IN ('branch', 'tag')),
        pattern TEXT NOT NULL,
        push TEXT NOT NULL,
        force_push TEXT NOT NULL,
        deletion TEXT NOT NULL,
        merge TEXT NOT NULL,
        signed INTEGER NOT NULL,
        linear INTEGER NOT NULL,
        approvals INTEGER NOT NULL,
        owners_approval INTEGER NOT NULL,
        approvals_lapse INTEGER NOT NULL,
        threads_resolved INTEGER NOT NULL,
        statuses TEXT NOT NULL,
        up_to_date INTEGER NOT NULL
    ) STRICT;
CREATE UNIQUE INDEX ref_rules_pattern_key ON ref_rules (repository_id, kind, pattern);
CREATE TABLE refs (
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        target BLOB NOT NULL,
        peeled BLOB,
        PRIMARY KEY (repository_id, name)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE replaced_packs (
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        checksum BLOB NOT NULL,
        byte_count INTEGER NOT NULL,
        object_count INTEGER NOT NULL,
        replaced_at INTEGER NOT NULL,
        dropped INTEGER NOT NULL,
        PRIMARY KEY (repository_id, checksum)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX replaced_packs_replaced_idx ON replaced_packs (replaced_at);
CREATE TABLE repositories (
        id BLOB NOT NULL PRIMARY KEY,
        owner_id BLOB NOT NULL REFERENCES owners (id) ON DELETE RESTRICT,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        description TEXT NOT NULL,
        object_format TEXT NOT NULL CONSTRAINT repositories_object_format_check
            CHECK (object_format IN ('sha1', 'sha256')),
        default_branch TEXT NOT NULL,
        generation INTEGER NOT NULL,
        archived INTEGER NOT NULL,
        created_by BLOB REFERENCES users (id) ON DELETE SET NULL,
        created_at INTEGER NOT NULL,
        pushed_at INTEGER
    , visibility TEXT NOT NULL DEFAULT 'private'
        CONSTRAINT repositories_known_visibility_check
        CHECK (visibility IN ('private', 'organisation', 'internal', 'public')), merge_methods TEXT NOT NULL DEFAULT 'merge squash rebase fast-forward', forked_from_id BLOB REFERENCES repositories (id) ON DELETE SET NULL
        DEFERRABLE INITIALLY DEFERRED, forked_from_path TEXT) STRICT;
CREATE INDEX repositories_created_by_idx ON repositories (created_by);
CREATE INDEX repositories_forked_from_idx ON repositories (forked_from_id);
CREATE UNIQUE INDEX repositories_path_key ON repositories (owner_id, name_key);
CREATE INDEX repositories_pushed_idx ON repositories (coalesce(pushed_at, created_at));
CREATE TABLE reviewers (
        item_id BLOB NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        asked_by TEXT NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (item_id, user_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX reviewers_user_idx ON reviewers (user_id);
CREATE TABLE reviews (
        id BLOB NOT NULL PRIMARY KEY,
        item_id BLOB NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        author_id BLOB REFERENCES users (id) ON DELETE SET NULL,
        author_name TEXT NOT NULL,
        version INTEGER NOT NULL,
        verdict TEXT NOT NULL CONSTRAINT reviews_verdict_check
            CHECK (verdict IN ('comment', 'approve', 'request-changes')),
        body TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        submitted_at INTEGER,
        dismissed_at INTEGER,
        dismissed_by_name TEXT,
        dismissal TEXT
    ) STRICT;
CREATE INDEX reviews_author_idx ON reviews (author_id);
CREATE INDEX reviews_item_idx ON reviews (item_id, submitted_at);
CREATE UNIQUE INDEX reviews_pending_key ON reviews (item_id, author_id) WHERE submitted_at IS NULL;
CREATE TABLE sessions (
        id BLOB NOT NULL PRIMARY KEY,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        token_hash BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        last_used_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        address TEXT NOT NULL,
        user_agent TEXT NOT NULL
    , authenticated_at INTEGER NOT NULL DEFAULT 0, factors TEXT NOT NULL DEFAULT 'password') STRICT;
CREATE INDEX sessions_expires_idx ON sessions (expires_at);
CREATE UNIQUE INDEX sessions_token_key ON sessions (token_hash);
CREATE INDEX sessions_user_idx ON sessions (user_id);
CREATE TABLE setup_secrets (
        token_hash BLOB NOT NULL PRIMARY KEY,
        expires_at INTEGER NOT NULL
    ) STRICT;
CREATE TABLE site_auditors (
        user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE TABLE ssh_keys (
        id BLOB NOT NULL PRIMARY KEY,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        public_key TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        last_used_at INTEGER
    , expires_at INTEGER, challenge TEXT NOT NULL DEFAULT '', verified_at INTEGER, last_used_from TEXT) STRICT;
CREATE UNIQUE INDEX ssh_keys_fingerprint_key ON ssh_keys (fingerprint);
CREATE INDEX ssh_keys_user_idx ON ssh_keys (user_id);
CREATE TABLE suggestions (
        comment_id BLOB NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        start_line INTEGER NOT NULL,
        end_line INTEGER NOT NULL,
        original TEXT NOT NULL,
        replacement TEXT NOT NULL,
        applied_commit BLOB,
        applied_at INTEGER,
        applied_by BLOB REFERENCES users (id) ON DELETE SET NULL,
        PRIMARY KEY (comment_id, position)
    ) STRICT;
CREATE INDEX suggestions_applied_by_idx ON suggestions (applied_by);
CREATE TABLE team_lines (
        team_id BLOB NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
        above_id BLOB NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
        PRIMARY KEY (team_id, above_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX team_lines_above_idx ON team_lines (above_id);
CREATE TABLE team_memberships (
        team_id BLOB NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        is_maintainer INTEGER NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (team_id, user_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX team_memberships_user_idx ON team_memberships (user_id);
CREATE TABLE teams (
        id BLOB NOT NULL PRIMARY KEY,
        organisation_id BLOB NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
        parent_id BLOB REFERENCES teams (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        display_name TEXT NOT NULL,
        description TEXT NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT;
CREATE UNIQUE INDEX teams_name_key ON teams (organisation_id, name_key);
CREATE INDEX teams_parent_idx ON teams (parent_id);
CREATE TABLE terms (
        version INTEGER NOT NULL PRIMARY KEY,
        text TEXT NOT NULL,
        published_at INTEGER NOT NULL,
        published_by TEXT NOT NULL
    ) STRICT;
CREATE TABLE terms_acceptances (
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        version INTEGER NOT NULL REFERENCES terms (version),
        accepted_at INTEGER NOT NULL,
        PRIMARY KEY (user_id, version)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE threads (
        id BLOB NOT NULL PRIMARY KEY,
        item_id BLOB NOT NULL REFERENCES work_items (id) ON DELETE CASCADE,
        version INTEGER,
        side TEXT CONSTRAINT threads_side_check CHECK (side IN ('old', 'new')),
        path BLOB,
        start_line INTEGER,
        end_line INTEGER,
        point_x INTEGER,
        point_y INTEGER,
        blob BLOB,
        excerpt TEXT NOT NULL,
        is_resolvable INTEGER NOT NULL,
        resolved_at INTEGER,
        resolved_by BLOB REFERENCES users (id) ON DELETE SET NULL,
        resolved_by_name TEXT,
        created_at INTEGER NOT NULL
    ) STRICT;
CREATE INDEX threads_item_idx ON threads (item_id, created_at);
CREATE INDEX threads_resolved_by_idx ON threads (resolved_by);
CREATE TABLE turns (
        item_id BLOB NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        put_by TEXT NOT NULL,
        reason TEXT NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (item_id, user_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX turns_user_idx ON turns (user_id, since);
CREATE TABLE users (
        id BLOB NOT NULL PRIMARY KEY REFERENCES owners (id) ON DELETE CASCADE,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL,
        bio TEXT NOT NULL,
        is_admin INTEGER NOT NULL,
        state TEXT NOT NULL CONSTRAINT users_state_check CHECK (state IN ('active', 'disabled')),
        password_hash TEXT NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT;
CREATE UNIQUE INDEX users_email_key ON users (email_key);
CREATE TABLE viewed_files (
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        item_id BLOB NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        path BLOB NOT NULL,
        fingerprint BLOB NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (user_id, item_id, path)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX viewed_files_item_idx ON viewed_files (item_id);
CREATE TABLE visibility_changes (
        id BLOB NOT NULL PRIMARY KEY,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        from_visibility TEXT NOT NULL,
        to_visibility TEXT NOT NULL,
        reason TEXT NOT NULL,
        asked_by BLOB REFERENCES users (id) ON DELETE SET NULL,
        asked_at INTEGER NOT NULL,
        days INTEGER,
        ends_at INTEGER,
        state TEXT NOT NULL CONSTRAINT visibility_changes_state_check
            CHECK (state IN ('waiting', 'made', 'refused', 'superseded', 'ended')),
        decided_by BLOB REFERENCES users (id) ON DELETE SET NULL,
        decided_at INTEGER,
        note TEXT NOT NULL
    ) STRICT;
CREATE INDEX visibility_changes_asked_by_idx ON visibility_changes (asked_by);
CREATE INDEX visibility_changes_decided_by_idx ON visibility_changes (decided_by);
CREATE INDEX visibility_changes_repository_idx ON visibility_changes (repository_id, id);
CREATE INDEX visibility_changes_state_idx ON visibility_changes (state, ends_at);
CREATE TABLE watches (
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        level TEXT NOT NULL CONSTRAINT watches_level_check CHECK (level IN ('all', 'participating', 'none')),
        PRIMARY KEY (user_id, repository_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX watches_repository_idx ON watches (repository_id);
CREATE TABLE work_items (
        id BLOB NOT NULL PRIMARY KEY,
        repository_id BLOB NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL CONSTRAINT work_items_kind_check CHECK (kind IN ('ticket', 'merge-request')),
        title TEXT NOT NULL,
        body TEXT NOT NULL,
        author_id BLOB REFERENCES users (id) ON DELETE SET NULL,
        author_name TEXT NOT NULL,
        state TEXT NOT NULL CONSTRAINT work_items_state_check CHECK (state IN ('open', 'closed', 'merged')),
        is_confidential INTEGER NOT NULL,
        is_locked INTEGER NOT NULL,
        milestone_id BLOB REFERENCES milestones (id) ON DELETE SET NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        closed_at INTEGER,
        closed_by BLOB REFERENCES users (id) ON DELETE SET NULL
    ) STRICT;
CREATE INDEX work_items_author_idx ON work_items (author_id);
CREATE INDEX work_items_closed_by_idx ON work_items (closed_by);
CREATE INDEX work_items_list_idx ON work_items (repository_id, kind, state, updated_at);
CREATE INDEX work_items_milestone_idx ON work_items (milestone_id);
CREATE UNIQUE INDEX work_items_number_key ON work_items (repository_id, number);
