//! Forks: which repository one was copied from, and commits that were pushed to a fork and are still to be carried to the
//! repository that their merge request goes to.

crate::dialect::migration!(&[
    "ALTER TABLE repositories ADD COLUMN forked_from_id {id} REFERENCES repositories (id) ON DELETE SET NULL
        DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE repositories ADD COLUMN forked_from_path {text}",
    "CREATE INDEX repositories_forked_from_idx ON repositories (forked_from_id)",
    "CREATE TABLE merge_request_arrivals (
        push_id {id} NOT NULL REFERENCES pushes (id) ON DELETE CASCADE,
        item_id {id} NOT NULL REFERENCES merge_requests (item_id) ON DELETE CASCADE,
        head {bytes} NOT NULL,
        pushed_by_name {text} NOT NULL,
        PRIMARY KEY (push_id, item_id)
    ){narrow}",
    "CREATE INDEX merge_request_arrivals_item_idx ON merge_request_arrivals (item_id)",
    "CREATE INDEX push_updates_new_target_idx ON push_updates (new_target)",
]);
