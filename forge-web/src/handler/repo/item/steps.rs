//! From one thread that waits to be resolved to the next, over all parts of a conversation.

use std::collections::HashMap;

use forge_core::ThreadId;
use forge_core::merge_request::thread::Thread;

use super::timeline::{Entry, LISTED};
use crate::handler::present::counted;
use crate::view::{Link, ThreadBox, TimelineEntry};

/// Where the threads of a conversation stand, in the order of time.
pub(in crate::handler) struct Steps {
    base: String,
    /// The place of each thread in the order, and the part that it stands in.
    places: HashMap<String, (usize, u64)>,
    /// Those that wait to be resolved, by their places.
    open: Vec<(usize, String)>,
}

impl Steps {
    /// Those of a conversation whose address is `base`.
    pub(in crate::handler) fn of(entries: &[Entry<'_>], base: &str) -> Self {
        let (mut places, mut open) = (HashMap::new(), Vec::new());
        for (at, entry) in entries.iter().enumerate() {
            let Entry::Thread(thread) = entry else { continue };
            let id = anchor(thread.id);
            places.insert(id.clone(), (at, u64::try_from(at).unwrap_or(u64::MAX) / LISTED + 1));
            if is_open(thread) {
                open.push((at, id));
            }
        }
        Self { base: base.to_owned(), places, open }
    }

    /// The way to the first that waits.
    pub(in crate::handler) fn first(&self) -> Option<Link> {
        let (_, first) = self.open.first()?;
        let label = match self.open.len() {
            1 => "Go to the open thread".to_owned(),
            many => {
                let many = counted(u64::try_from(many).unwrap_or(u64::MAX), "open thread", "open threads");
                format!("Go to the first of {many}")
            }
        };
        Some(Link::new(label, self.address(first, None)))
    }

    /// Where a thread of the conversation is read.
    pub(in crate::handler) fn url(&self, thread: ThreadId) -> String {
        self.address(&anchor(thread), None)
    }

    /// The entries of a part, each thread with links to the open ones before and behind it.
    pub(in crate::handler) fn linked(
        &self,
        mut entries: Vec<TimelineEntry>,
        part: u64,
    ) -> Vec<TimelineEntry> {
        for entry in &mut entries {
            if let TimelineEntry::Thread(thread) = entry {
                self.link(thread, part);
            }
        }
        entries
    }

    fn link(&self, thread: &mut ThreadBox, part: u64) {
        let Some((here, _)) = self.places.get(&thread.id) else { return };
        let before = self.open.partition_point(|(at, _)| at < here);
        let behind = self.open.partition_point(|(at, _)| at <= here);
        let of = |at: Option<usize>| self.open.get(at?).map(|(_, id)| self.address(id, Some(part)));
        thread.previous = of(before.checked_sub(1));
        thread.next = of(Some(behind));
    }

    /// The address of a thread: within a part it is only its place on the page.
    fn address(&self, id: &str, part: Option<u64>) -> String {
        match self.places.get(id) {
            Some((_, its)) if Some(*its) == part => format!("#{id}"),
            Some((_, its)) => format!("{}?page={its}#{id}", self.base),
            None => self.base.clone(),
        }
    }
}

fn anchor(id: ThreadId) -> String {
    format!("thread-{id}")
}

/// Whether a thread waits to be resolved.
fn is_open(thread: &Thread) -> bool {
    thread.is_resolvable && thread.resolved.is_none()
}

#[cfg(test)]
mod tests {
    use forge_core::{By, ItemId};
    use time::OffsetDateTime;

    use super::*;

    fn thread(number: u64, is_resolved: bool) -> Thread {
        let at = OffsetDateTime::UNIX_EPOCH;
        Thread {
            id: ThreadId::new(number, [1; 10]),
            item: ItemId::new(1, [1; 10]),
            anchor: None,
            excerpt: String::new(),
            is_resolvable: true,
            resolved: is_resolved.then(|| (at, By { id: None, name: "ann".to_owned() })),
            created_at: at,
            comments: Vec::new(),
        }
    }

    #[test]
    fn open_threads_are_stepped_through_over_all_parts() {
        let threads: Vec<Thread> = (0..250).map(|number| thread(number, number % 120 != 10)).collect();
        let entries: Vec<Entry<'_>> = threads.iter().map(Entry::Thread).collect();
        let steps = Steps::of(&entries, "/x");
        let first = steps.first().unwrap();
        let id = |number: usize| format!("thread-{}", threads[number].id);
        assert_eq!(first.label, "Go to the first of 2 open threads");
        assert_eq!(first.url, format!("/x?page=1#{}", id(10)));
        let links = |number: usize, part: u64| {
            let mut shown = ThreadBox { id: id(number), ..ThreadBox::default() };
            steps.link(&mut shown, part);
            (shown.previous, shown.next)
        };
        assert_eq!(links(5, 1), (None, Some(format!("#{}", id(10)))), "from one that is resolved");
        assert_eq!(links(10, 1), (None, Some(format!("/x?page=2#{}", id(130)))));
        assert_eq!(links(130, 2), (Some(format!("/x?page=1#{}", id(10))), None));
        assert_eq!(links(200, 3), (Some(format!("/x?page=2#{}", id(130))), None));
        assert!(Steps::of(&entries[..5], "/x").first().is_none());
    }
}
