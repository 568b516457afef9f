//! More roles and duties of members, teams that stand in one another, and permissions for people and teams.
//!
//! A column with a check cannot be changed on SQLite, so the roles get a new column: every member until now develops.

crate::dialect::migration!(&[
    "ALTER TABLE memberships ADD COLUMN new_role {text} NOT NULL DEFAULT 'reader'
        CONSTRAINT memberships_known_role_check
        CHECK (new_role IN ('reader', 'developer', 'maintainer', 'owner'))",
    "UPDATE memberships SET new_role = CASE role WHEN 'owner' THEN 'owner' ELSE 'developer' END",
    "ALTER TABLE memberships DROP COLUMN role",
    "ALTER TABLE memberships RENAME COLUMN new_role TO role",
    "ALTER TABLE memberships ADD COLUMN information_governance {bool} NOT NULL DEFAULT {false}",
    "ALTER TABLE memberships ADD COLUMN release_approver {bool} NOT NULL DEFAULT {false}",
    "ALTER TABLE memberships ADD COLUMN auditor {bool} NOT NULL DEFAULT {false}",
    "CREATE TABLE teams (
        id {id} NOT NULL PRIMARY KEY,
        organisation_id {id} NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
        parent_id {id} REFERENCES teams (id) ON DELETE CASCADE,
        name {text} NOT NULL,
        name_key {text} NOT NULL,
        display_name {text} NOT NULL,
        description {text} NOT NULL,
        created_at {int} NOT NULL
    ){table}",
    "CREATE UNIQUE INDEX teams_name_key ON teams (organisation_id, name_key)",
    "CREATE INDEX teams_parent_idx ON teams (parent_id)",
    "CREATE TABLE team_lines (
        team_id {id} NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
        above_id {id} NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
        PRIMARY KEY (team_id, above_id)
    ){narrow}",
    "CREATE INDEX team_lines_above_idx ON team_lines (above_id)",
    "CREATE TABLE team_memberships (
        team_id {id} NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
        user_id {id} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        is_maintainer {bool} NOT NULL,
        since {int} NOT NULL,
        PRIMARY KEY (team_id, user_id)
    ){narrow}",
    "CREATE INDEX team_memberships_user_idx ON team_memberships (user_id)",
    "CREATE TABLE grants (
        id {id} NOT NULL PRIMARY KEY,
        repository_id {id} NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        user_id {id} REFERENCES users (id) ON DELETE CASCADE,
        team_id {id} REFERENCES teams (id) ON DELETE CASCADE,
        permission {text} NOT NULL CONSTRAINT grants_permission_check
            CHECK (permission IN ('read', 'write', 'maintain', 'admin')),
        granted_at {int} NOT NULL,
        granted_by {id} REFERENCES users (id) ON DELETE SET NULL,
        expires_at {int},
        CONSTRAINT grants_holder_check CHECK ((user_id IS NULL) <> (team_id IS NULL))
    ){table}",
    "CREATE UNIQUE INDEX grants_user_key ON grants (repository_id, user_id)",
    "CREATE UNIQUE INDEX grants_team_key ON grants (repository_id, team_id)",
    "CREATE INDEX grants_user_idx ON grants (user_id)",
    "CREATE INDEX grants_team_idx ON grants (team_id)",
    "CREATE INDEX grants_granted_by_idx ON grants (granted_by)",
]);
