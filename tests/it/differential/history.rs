//! Histories as nobody plans them: merges of many parents and across each other, clocks that are wrong, tags of tags, files
//! that move, the same content in many places, submodules.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use forge_tests::git_fed;

use super::git;
use crate::random::Random;

/// A repository with all objects of a history, and what may be pushed of it.
pub(super) struct History {
    pub(super) dir: PathBuf,
    /// Commits in the order in which they were made.
    pub(super) commits: Vec<String>,
    /// Annotated tags, tags of tags, tags of files.
    pub(super) tags: Vec<String>,
}

impl History {
    /// Makes one in a new bare repository at this path.
    pub(super) fn make(dir: &Path, random: &mut Random) -> Self {
        git(dir.parent().unwrap(), &["init", "--quiet", "--bare", &dir.display().to_string()]);
        let count = 12 + random.below(40);
        let (stream, tags) = stream(random, count);
        let marks = dir.join("marks");
        let option = format!("--export-marks={}", marks.display());
        let made = git_fed(dir, &["fast-import", "--quiet", "--force", &option], stream.as_bytes());
        assert!(made.ok, "{made:?}");
        let marks = std::fs::read_to_string(marks).unwrap();
        let find = |mark: usize| {
            let prefix = format!(":{mark} ");
            marks.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap().to_owned()
        };
        let commits = (1..=count).map(find).collect();
        let tags = tags.into_iter().map(find).collect();
        Self { dir: dir.to_owned(), commits, tags }
    }
}

/// The input of `git fast-import`: commits are marked from 1 on. Says which marks are tags.
fn stream(random: &mut Random, count: usize) -> (String, Vec<usize>) {
    let mut text = String::new();
    let mut files: Vec<BTreeSet<String>> = vec![BTreeSet::new()];
    for number in 1..=count {
        let time = when(random, number);
        let _ = write!(text, "commit refs/scratch/{number}\nmark :{number}\n");
        let _ = writeln!(text, "author Test <test@example.nhs.uk> {time} +0100");
        let _ = writeln!(text, "committer Test <test@example.nhs.uk> {time} +0100");
        let _ = write!(text, "data <<END\nChange {number}\nEND\n");
        let parents = parents(random, number);
        let mut own = BTreeSet::new();
        for (at, parent) in parents.iter().enumerate() {
            let _ = writeln!(text, "{} :{parent}", if at == 0 { "from" } else { "merge" });
            if at == 0 {
                own.clone_from(&files[*parent]);
            }
        }
        for _ in 0..random.below(5) {
            change(random, number, &mut own, &mut text);
        }
        text.push('\n');
        files.push(own);
    }
    let mut tags = Vec::new();
    for number in 0..random.below(6) {
        let mark = count + 1 + number;
        let target =
            if tags.is_empty() || random.chance(60) { 1 + random.below(count) } else { *random.pick(&tags) };
        let _ = write!(text, "tag t{number}\nmark :{mark}\nfrom :{target}\n");
        let _ = write!(
            text,
            "tagger Test <test@example.nhs.uk> 1700000000 +0000\ndata <<END\nTag {number}\nEND\n"
        );
        tags.push(mark);
    }
    (text, tags)
}

/// Mostly later than before; sometimes years off, as clocks are.
fn when(random: &mut Random, number: usize) -> usize {
    match random.below(20) {
        0 => random.below(1_000),
        1 => 2_000_000_000 + random.below(1_000_000),
        2 => 1_600_000_000,
        _ => 1_700_000_000 + number * 1_000 + random.below(3_000),
    }
}

fn parents(random: &mut Random, number: usize) -> Vec<usize> {
    if number == 1 || random.chance(3) {
        return Vec::new();
    }
    let wanted = match random.below(20) {
        0 => 3 + random.below(6),
        1..=6 => 2,
        _ => 1,
    };
    let mut parents = Vec::new();
    for _ in 0..wanted {
        // Near the end mostly: criss-cross merges come by themselves.
        let back = if random.chance(80) { random.below(4) } else { random.below(number - 1) };
        let parent = (number - 1).saturating_sub(back).max(1);
        if !parents.contains(&parent) {
            parents.push(parent);
        }
    }
    parents
}

fn change(random: &mut Random, number: usize, files: &mut BTreeSet<String>, text: &mut String) {
    let existing: Vec<String> = files.iter().cloned().collect();
    let path = format!("{}{}.txt", random.pick(&["", "a/", "a/b/", "c/d/e/f/", "g/"]), random.below(8));
    match random.below(12) {
        0 if !existing.is_empty() => {
            let gone = random.pick(&existing);
            let _ = writeln!(text, "D {gone}");
            files.remove(gone);
        }
        1 | 2 if !existing.is_empty() => {
            let old = random.pick(&existing).clone();
            let new = format!("moved/{}-{number}.txt", random.below(4));
            let _ = writeln!(text, "R {old} {new}");
            files.remove(&old);
            files.insert(new);
        }
        3 => {
            let _ = writeln!(text, "M 160000 {:040x} sub{}", random.next() | 1, random.below(2));
        }
        4 | 5 => {
            // The same few contents again and again, in many places.
            let data = format!("one of few: {}\n", random.below(3));
            let _ = write!(text, "M 100755 inline {path}\ndata {}\n{data}\n", data.len());
            files.insert(path);
        }
        _ => {
            let mut data = String::new();
            for line in 0..=random.below(120) {
                let word =
                    if random.chance(4) { random.next() } else { u64::try_from(line * 7919 % 97).unwrap() };
                let _ = writeln!(data, "line {line} of {path}: {word}");
            }
            let _ = write!(text, "M 100644 inline {path}\ndata {}\n{data}\n", data.len());
            files.insert(path);
        }
    }
}
