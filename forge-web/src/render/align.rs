//! Which parts of two documents belong together: cells of notebooks, rows of tables, paragraphs.
//!
//! Parts are paired by what names them, by what they say, and last by how alike they are; each way leaves alone what an
//! earlier one has paired. Then they are put in the order in which a reader meets them.

use std::collections::HashMap;

use forge_app::compare_texts;
use sha2::{Digest as _, Sha256};

/// Comparisons of parts with one another that are made at most.
const MAX_COMPARISONS: usize = 20_000;
/// Words of a part that are compared.
const MAX_WORDS: usize = 1_000;
/// So many percent of the words of two parts must be the same for one to have become the other.
const ALIKE: usize = 50;

/// A place in the reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// The old part.
    pub(super) old: Option<usize>,
    /// The new part.
    pub(super) new: Option<usize>,
    /// Whether it stood elsewhere among the others.
    pub(super) is_moved: bool,
}

/// Old parts for new ones.
#[derive(Debug)]
pub(super) struct Pairs {
    of_new: Vec<Option<usize>>,
    is_taken: Vec<bool>,
}

impl Pairs {
    /// No pairs yet.
    pub(super) fn new(old: usize, new: usize) -> Self {
        Self { of_new: vec![None; new], is_taken: vec![false; old] }
    }

    fn pair(&mut self, old: usize, new: usize) {
        if let (Some(of_new), Some(is_taken)) = (self.of_new.get_mut(new), self.is_taken.get_mut(old))
            && of_new.is_none()
            && !*is_taken
        {
            *of_new = Some(old);
            *is_taken = true;
        }
    }

    fn free_old(&self) -> Vec<usize> {
        let free = self.is_taken.iter().enumerate().filter(|(_, is_taken)| !**is_taken);
        free.map(|(at, _)| at).collect()
    }

    fn free_new(&self) -> Vec<usize> {
        let free = self.of_new.iter().enumerate().filter(|(_, old)| old.is_none());
        free.map(|(at, _)| at).collect()
    }

    /// Pairs what has the same name. A name that occurs twice on a side names nothing.
    pub(super) fn by_name(&mut self, old: &[Option<&str>], new: &[Option<&str>]) {
        let (old, new) = (unique(old), unique(new));
        for (name, new) in new {
            if let Some(old) = old.get(name) {
                self.pair(*old, new);
            }
        }
    }

    /// Pairs what says the same: first in order, then wherever it is.
    pub(super) fn by_content(&mut self, old: &[&str], new: &[&str]) {
        let (free_old, free_new) = (self.free_old(), self.free_new());
        let page = |free: &[usize], all: &[&str]| -> Vec<u8> {
            let parts = free.iter().map(|at| all.get(*at).copied().unwrap_or_default());
            parts.flat_map(|part| format!("{}\n", hex::encode(Sha256::digest(part))).into_bytes()).collect()
        };
        for line in compare_texts(&page(&free_old, old), &page(&free_new, new)) {
            if let (Some(old), Some(new)) = (line.old_number, line.new_number)
                && let (Some(old), Some(new)) = (nth(&free_old, old), nth(&free_new, new))
            {
                self.pair(old, new);
            }
        }
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for at in self.free_old().into_iter().rev() {
            places.entry(old.get(at).copied().unwrap_or_default()).or_default().push(at);
        }
        for at in self.free_new() {
            // Short ones are too common to say that one has moved.
            let text = new.get(at).copied().unwrap_or_default();
            if text.trim().len() > 3
                && let Some(old) = places.get_mut(text).and_then(Vec::pop)
            {
                self.pair(old, at);
            }
        }
    }

    /// Pairs what is alike and of the same kind, the most alike first.
    pub(super) fn by_likeness(&mut self, old: &[&str], new: &[&str], is_kind: impl Fn(usize, usize) -> bool) {
        let (free_old, free_new) = (self.free_old(), self.free_new());
        let bags = |free: &[usize], all: &[&str]| -> Vec<Vec<u64>> {
            free.iter().map(|at| words(all.get(*at).copied().unwrap_or_default())).collect()
        };
        let (old_words, new_words) = (bags(&free_old, old), bags(&free_new, new));
        let mut found = Vec::new();
        let mut left = MAX_COMPARISONS;
        for (new_at, new_words) in free_new.iter().zip(&new_words) {
            for (old_at, old_words) in free_old.iter().zip(&old_words) {
                if left == 0 {
                    break;
                }
                left -= 1;
                let likeness = likeness(old_words, new_words);
                if likeness >= ALIKE && is_kind(*old_at, *new_at) {
                    found.push((likeness, *old_at, *new_at));
                }
            }
        }
        // Of those as alike, the ones that stand nearest.
        found.sort_by_key(|(likeness, old, new)| (std::cmp::Reverse(*likeness), old.abs_diff(*new), *new));
        for (_, old, new) in found {
            self.pair(old, new);
        }
    }

    /// Pairs what is left between the same neighbours, one by one.
    pub(super) fn by_place(&mut self, fits: impl Fn(usize, usize) -> bool) {
        let mut gap = Vec::new();
        let mut before = None;
        let ends = self.of_new.clone().into_iter().enumerate().chain([(self.of_new.len(), None)]);
        let all_old = self.is_taken.len();
        let mut runs = Vec::new();
        for (at, old) in ends {
            if at < self.of_new.len() && old.is_none() {
                gap.push(at);
                continue;
            }
            let from = before.map_or(0, |before| before + 1);
            runs.push((std::mem::take(&mut gap), from..old.unwrap_or(all_old)));
            before = old;
        }
        for (gap, range) in runs {
            let free: Vec<usize> =
                range.filter(|old| self.is_taken.get(*old).is_some_and(|is_taken| !is_taken)).collect();
            for (old, new) in free.into_iter().zip(gap) {
                if fits(old, new) {
                    self.pair(old, new);
                }
            }
        }
    }

    /// All parts in reading order: new ones as they stand, and those that are gone behind what was before them.
    pub(super) fn steps(self) -> Vec<Step> {
        let stays = longest_rise(&self.of_new);
        let fixed: Vec<Option<usize>> =
            self.of_new.iter().zip(&stays).map(|(old, stays)| old.filter(|_| *stays)).collect();
        let mut anchors = fixed.iter().flatten().copied().collect::<std::collections::VecDeque<_>>();
        let mut gone = self.free_old().into_iter().peekable();
        let mut steps = Vec::with_capacity(self.of_new.len() + self.is_taken.len());
        let mut leave = |steps: &mut Vec<Step>, until: Option<usize>| {
            while let Some(old) = gone.next_if(|gone| until.is_none_or(|until| *gone < until)) {
                steps.push(Step { old: Some(old), new: None, is_moved: false });
            }
        };
        leave(&mut steps, anchors.front().copied());
        for (new, (old, stays)) in self.of_new.iter().zip(stays).enumerate() {
            steps.push(Step { old: *old, new: Some(new), is_moved: old.is_some() && !stays });
            if stays {
                anchors.pop_front();
                leave(&mut steps, anchors.front().copied());
            }
        }
        steps
    }
}

fn nth(free: &[usize], number: u32) -> Option<usize> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    free.get(at).copied()
}

fn unique<'a>(names: &[Option<&'a str>]) -> HashMap<&'a str, usize> {
    let mut found: HashMap<&str, Option<usize>> = HashMap::new();
    for (at, name) in names.iter().enumerate() {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            found.entry(name).and_modify(|place| *place = None).or_insert(Some(at));
        }
    }
    found.into_iter().filter_map(|(name, place)| Some((name, place?))).collect()
}

/// The words of a text as numbers, in order of size.
fn words(text: &str) -> Vec<u64> {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<u64> = parts
        .take(MAX_WORDS)
        .map(|word| {
            let mut hasher = DefaultHasher::new();
            word.hash(&mut hasher);
            hasher.finish()
        })
        .collect();
    words.sort_unstable();
    words
}

/// How many percent of two sorted lists are the same.
fn likeness(old: &[u64], new: &[u64]) -> usize {
    let all = old.len() + new.len();
    if all == 0 {
        return 0;
    }
    let (mut same, mut old, mut new) = (0, old.iter().peekable(), new.iter().peekable());
    while let (Some(left), Some(right)) = (old.peek(), new.peek()) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => drop(old.next()),
            std::cmp::Ordering::Greater => drop(new.next()),
            std::cmp::Ordering::Equal => {
                same += 1;
                old.next();
                new.next();
            }
        }
    }
    same * 200 / all
}

/// Which of the pairs keep their order: the most that can.
fn longest_rise(of_new: &[Option<usize>]) -> Vec<bool> {
    // For each length, the place whose old part is the least that ends so long a rise.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; of_new.len()];
    let old_of = |at: usize| of_new.get(at).copied().flatten();
    for (at, old) in of_new.iter().enumerate() {
        let Some(old) = old else { continue };
        let length = ends.partition_point(|end| old_of(*end) < Some(*old));
        if let (Some(slot), Some(last)) = (before.get_mut(at), length.checked_sub(1)) {
            *slot = ends.get(last).copied();
        }
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut stays = vec![false; of_new.len()];
    let mut at = ends.last().copied();
    while let Some(place) = at {
        if let Some(stay) = stays.get_mut(place) {
            *stay = true;
        }
        at = before.get(place).copied().flatten();
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pairs: Pairs) -> Vec<String> {
        let name = |at: Option<usize>| at.map_or("-".to_owned(), |at| at.to_string());
        let steps = pairs.steps().into_iter();
        steps
            .map(|step| {
                format!("{}{}{}", name(step.old), if step.is_moved { "~" } else { ":" }, name(step.new))
            })
            .collect()
    }

    #[test]
    fn names_come_first_and_must_be_unique() {
        let mut pairs = Pairs::new(3, 3);
        pairs.by_name(&[Some("a"), Some("b"), Some("b")], &[Some("b"), Some("a"), None]);
        assert_eq!(shown(pairs), ["-:0", "0:1", "1:-", "2:-", "-:2"].map(str::to_owned).to_vec());
    }

    #[test]
    fn what_is_equal_is_found_where_it_moved_to() {
        let (old, new) =
            (["first part", "second part", "third part"], ["third part", "first part", "second part"]);
        let mut pairs = Pairs::new(3, 3);
        pairs.by_content(&old, &new);
        assert_eq!(shown(pairs), ["2~0", "0:1", "1:2"]);
    }

    #[test]
    fn what_is_gone_stands_where_it_was() {
        let (old, new) = (["a", "gone", "b", "end"], ["a", "b", "new"]);
        let mut pairs = Pairs::new(4, 3);
        pairs.by_content(&old, &new);
        assert_eq!(shown(pairs), ["0:0", "1:-", "2:1", "3:-", "-:2"]);
    }

    #[test]
    fn alike_parts_are_one_that_changed() {
        let (old, new) = (
            ["beds <- read(file)\nplot(beds)", "library(dplyr)"],
            ["something else here", "beds <- read(path)\nplot(beds)"],
        );
        let mut pairs = Pairs::new(2, 2);
        pairs.by_likeness(&old, &new, |_, _| true);
        assert_eq!(shown(pairs), ["-:0", "0:1", "1:-"]);
        let mut other_kind = Pairs::new(2, 2);
        other_kind.by_likeness(&old, &new, |_, _| false);
        assert!(other_kind.of_new.iter().all(Option::is_none));
    }

    #[test]
    fn what_is_left_between_neighbours_is_paired_in_order() {
        let mut pairs = Pairs::new(5, 5);
        pairs.pair(0, 0);
        pairs.pair(3, 3);
        pairs.by_place(|_, _| true);
        assert_eq!(shown(pairs), ["0:0", "1:1", "2:2", "3:3", "4:4"]);
    }

    #[test]
    fn many_parts_are_bounded_work() {
        let old: Vec<String> = (0..3_000).map(|at| format!("old words {at}")).collect();
        let new: Vec<String> = (0..3_000).map(|at| format!("new words {at} more")).collect();
        let (old, new): (Vec<_>, Vec<_>) =
            (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
        let mut pairs = Pairs::new(old.len(), new.len());
        pairs.by_content(&old, &new);
        pairs.by_likeness(&old, &new, |_, _| true);
        pairs.by_place(|_, _| true);
        assert_eq!(pairs.steps().len(), 3_000);
    }
}
