//! Pages of merge requests.

mod act;
mod by_commit;
mod changes;
mod commits;
mod conflicts;
mod new;
mod rendered;
mod show;
mod top;
mod versions;

pub(in crate::handler) use act::{change_merge_request, merge_merge_request, revert_merge_request};
pub(in crate::handler) use by_commit::show_commit_by_commit;
pub(in crate::handler) use changes::{show_change, show_changes, submit_review};
pub(in crate::handler) use commits::show_request_commits;
pub(in crate::handler) use conflicts::{resolve_conflicts, show_conflicts};
pub(in crate::handler::repo) use new::choices;
pub(in crate::handler) use new::{create_merge_request, new_merge_request};
pub(in crate::handler) use rendered::show_rendered_change;
pub(in crate::handler) use show::{show_merge_request, view};
pub(in crate::handler) use versions::show_versions;

use super::item::number;
