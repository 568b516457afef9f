//! Pages of one repository.

mod access;
mod activity;
mod archive;
mod blob;
mod blob_body;
mod commit;
mod commit_rendered;
mod commits;
mod compare;
mod delete;
mod deploy_keys;
mod diff;
mod fork;
pub(super) mod inert;
pub(super) mod item;
mod lists;
mod merge_request;
mod new;
mod owners;
mod patch;
mod pick;
mod place;
mod raw;
mod rendered;
mod rules;
mod settings;
mod show;
mod signature;
mod status;
mod ticket;
mod top;
mod tree;
mod visibility;

pub(super) use access::{change_access, show_access};
pub(super) use activity::show_activity;
pub(super) use archive::show_archive;
pub(super) use blob::show_blob;
pub(super) use blob_body::sized;
pub(super) use commit::{show_commit, show_commit_file};
pub(super) use commit_rendered::show_rendered_commit;
pub(super) use commits::show_commits;
pub(super) use compare::{choose_compare, show_compare};
pub(super) use delete::{ask_delete, delete_repo};
pub(super) use deploy_keys::{change_deploy_keys, show_deploy_keys};
pub(super) use fork::{create_fork, new_fork, show_forks};
pub(super) use item::{
    add_comment, change_subscription, change_thread, change_watch, comment_form, delete_comment,
    edit_comment, edit_item, show_edit_comment, show_edit_item, show_items, show_sort_item, sort_item,
};
pub(super) use lists::{show_branches, show_tags};
pub(super) use merge_request::{
    change_merge_request, create_merge_request, merge_merge_request, new_merge_request, resolve_conflicts,
    revert_merge_request, show_change, show_changes, show_commit_by_commit, show_conflicts,
    show_merge_request, show_rendered_change, show_request_commits, show_versions, submit_review,
};
pub(super) use new::{create_repo, new_repo, one_line, visibility_words};
pub(super) use owners::{change_owners, show_owners};
pub(super) use pick::{pick_commit, pick_form};
pub(super) use raw::show_raw;
pub(super) use rules::{change_rules, show_rules, show_why};
pub(super) use settings::{
    archive_repo, change_general, change_merging, rename_repo, show_settings, show_transfer, transfer_repo,
};
pub(super) use show::show_repo;
pub(super) use ticket::{
    change_labels, change_milestones, new_ticket, open_ticket, show_labels, show_milestones, show_ticket,
};
pub(super) use tree::show_tree;
pub(super) use visibility::{change_visibility, show_visibility, what};
