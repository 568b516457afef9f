//! Pages of merge requests.

mod act;
mod changes;
mod comment;
mod commits;
mod conflicts;
mod edit;
mod list;
mod new;
mod say;
mod show;
mod timeline;
mod top;
mod versions;

pub(in crate::handler) use act::{change_merge_request, merge_merge_request};
pub(in crate::handler) use changes::{show_changes, submit_review};
pub(in crate::handler) use comment::{
    add_comment, change_comment, change_thread, comment_form, edit_comment_form,
};
pub(in crate::handler) use commits::show_request_commits;
pub(in crate::handler) use conflicts::{resolve_conflicts, show_conflicts};
pub(in crate::handler) use edit::{edit_merge_request, save_merge_request};
pub(in crate::handler) use list::show_merge_requests;
pub(in crate::handler) use new::{create_merge_request, new_merge_request};
pub(in crate::handler) use show::show_merge_request;
pub(in crate::handler) use versions::show_versions;

use http::Uri;

use crate::error::Failure;
use crate::extract::Address;

/// The number in an address such as `/owner/name/merge-requests/12`.
fn number(uri: &Uri) -> Result<u64, Failure> {
    let text = Address::of(uri).segment(3).ok_or_else(Failure::not_found)?;
    // One number has one address: no leading zeros and no signs.
    match text.parse::<u64>() {
        Ok(number) if number.to_string() == text => Ok(number),
        _ => Err(Failure::not_found()),
    }
}
