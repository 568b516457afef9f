//! Which threads a page of changes shows whole. The others keep their places, each as one line that leads to the conversation.

use std::collections::HashMap;

use forge_app::{Conversation, Located, Spot};
use forge_core::ThreadId;
use forge_core::merge_request::thread::Thread;

use super::steps::Steps;
use super::timeline::{Entry, entries};

/// Threads that one page shows whole.
const SHOWN: usize = 200;

/// The threads of a page: those that are shown whole, and where the others are read.
pub(in crate::handler) struct Whole<'a> {
    threads: Vec<&'a Thread>,
    links: HashMap<ThreadId, String>,
}

impl<'a> Whole<'a> {
    /// Of the threads that a page has, those that wait to be resolved come first.
    pub(in crate::handler) fn of(
        conversation: &'a Conversation,
        base: &str,
        is_here: impl Fn(&Thread) -> bool,
    ) -> Self {
        let (threads, rest) = chosen(conversation.item.threads.iter().filter(|thread| is_here(thread)));
        let mut links = HashMap::new();
        if !rest.is_empty() {
            let steps = Steps::of(&entries(&conversation.item, &conversation.reviews), base);
            links.extend(rest.into_iter().map(|thread| (thread.id, steps.url(thread.id))));
        }
        Self { threads, links }
    }

    /// Those that are shown whole.
    pub(in crate::handler) fn entries(&self) -> Vec<Entry<'a>> {
        self.threads.iter().copied().map(Entry::Thread).collect()
    }

    /// Where the others are read.
    pub(in crate::handler) fn links(&self) -> &HashMap<ThreadId, String> {
        &self.links
    }
}

/// Whether a thread stands in the files that a page shows.
pub(in crate::handler) fn stands_here(located: &[Located], thread: ThreadId) -> bool {
    located.iter().any(|found| found.thread == thread && found.spot != Spot::Top)
}

fn chosen<'a>(threads: impl Iterator<Item = &'a Thread>) -> (Vec<&'a Thread>, Vec<&'a Thread>) {
    let mut threads: Vec<&Thread> = threads.collect();
    // A stable sort keeps the order of time among those that wait and among the others.
    threads.sort_by_key(|thread| thread.resolved.is_some());
    let rest = threads.split_off(threads.len().min(SHOWN));
    (threads, rest)
}

#[cfg(test)]
mod tests {
    use forge_core::{By, ItemId};
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn what_waits_is_shown_before_what_is_resolved() {
        let at = OffsetDateTime::UNIX_EPOCH;
        let thread = |number: u64| Thread {
            id: ThreadId::new(number, [1; 10]),
            item: ItemId::new(1, [1; 10]),
            anchor: None,
            excerpt: String::new(),
            is_resolvable: true,
            resolved: (number < 100).then(|| (at, By { id: None, name: "ann".to_owned() })),
            created_at: at,
            comments: Vec::new(),
        };
        let all: Vec<Thread> = (0..250).map(thread).collect();
        let (whole, rest) = chosen(all.iter());
        assert_eq!((whole.len(), rest.len()), (SHOWN, 50));
        assert_eq!(whole.iter().filter(|thread| thread.resolved.is_none()).count(), 150);
        assert!(rest.iter().all(|thread| thread.resolved.is_some()));
        assert!(chosen(all[..3].iter()).1.is_empty());
    }
}
