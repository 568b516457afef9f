//! Tickets, labels and milestones.

mod edit;
mod labels;
mod list;
mod milestones;
mod new;
mod show;
mod sort;

pub(in crate::handler) use edit::{edit_ticket, show_edit_ticket};
pub(in crate::handler) use labels::{change_labels, show_labels};
pub(in crate::handler) use list::{change_watch, show_tickets};
pub(in crate::handler) use milestones::{change_milestones, show_milestones};
pub(in crate::handler) use new::{new_ticket, open_ticket};
pub(in crate::handler) use show::{change_ticket, show_ticket};
pub(in crate::handler) use sort::{show_sort_ticket, sort_ticket};

use http::Uri;

use crate::error::Failure;
use crate::extract::Address;

/// The number that an address names behind its repository and `tickets`.
fn number_of(uri: &Uri) -> Result<u64, Failure> {
    let text = Address::of(uri).segment(3).ok_or_else(Failure::not_found)?;
    // One way of writing each: no sign, no zeros in front.
    let number: u64 = text.parse().map_err(|_| Failure::not_found())?;
    if number.to_string() == text { Ok(number) } else { Err(Failure::not_found()) }
}

/// The names in a field that takes several, with spaces or commas between them.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let is_between = |c: char| c.is_whitespace() || c == ',';
    text.split(is_between).map(|name| name.trim_start_matches('@')).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_one_way() {
        let number = |path: &str| number_of(&path.parse().unwrap()).ok();
        assert_eq!(number("/a/b/tickets/12"), Some(12));
        for bad in
            ["/a/b/tickets/012", "/a/b/tickets/+1", "/a/b/tickets/x", "/a/b/tickets", "/a/b/tickets/-1"]
        {
            assert_eq!(number(bad), None, "{bad}");
        }
        assert_eq!(names_in("@ann, bob\n carl,").collect::<Vec<_>>(), ["ann", "bob", "carl"]);
    }
}
