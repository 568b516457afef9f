//! The fuzz targets of `fuzz/`, over their corpus and a few thousand mutations of it. `FORGE_TEST_MUTATIONS=100000` tries so
//! many for each target.

#[path = "../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "a library to the fuzz targets")]
mod targets;

use std::path::{Path, PathBuf};

use crate::random::Random;

/// Mutations for each target when nobody asks for more.
const USUAL: usize = 400;
/// What parsers stumble over.
const ODD: &[&[u8]] = &[
    b"0000",
    b"0001",
    b"0002",
    b"0003",
    b"0004",
    b"fff0",
    b"ffff",
    b"\0",
    b"\xff\xff\xff\xff",
    b"\n",
    b" ",
    b"..",
    b".git",
    b"\x80",
    b"\x90\x01",
    b"refs/",
    b"PACK",
    b"9999999999999999999",
    b"-1",
    b"tree ",
    b"gpgsig ",
];

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn every_target_has_a_corpus_and_a_program() {
    for (name, _) in targets::TARGETS {
        assert!(corpus(name).len() >= 3, "{name}");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        assert!(root.join(format!("fuzz_targets/{name}.rs")).is_file(), "{name}");
        let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}

#[test]
fn nothing_that_is_sent_panics_or_takes_long() {
    let asked = forge_tests::asked("FORGE_TEST_MUTATIONS").and_then(|number| usize::try_from(number).ok());
    let rounds = asked.unwrap_or(USUAL);
    for (number, &(name, target)) in targets::TARGETS.iter().enumerate() {
        let files = corpus(name);
        for (path, bytes) in &files {
            attempt(target, bytes, &path.display().to_string());
        }
        let mut random = Random::new(u64::try_from(number).unwrap());
        for round in 0..rounds {
            let mut bytes = random.pick(&files).1.clone();
            for _ in 0..=random.below(3) {
                mutate(&mut random, &mut bytes, &files);
            }
            attempt(target, &bytes, &format!("{name}, round {round}"));
        }
    }
}

/// Runs a target; when it panics, keeps the input where it can be found.
fn attempt(target: targets::Target, bytes: &[u8], what: &str) {
    if let Err(panic) = std::panic::catch_unwind(|| target(bytes)) {
        let kept = std::env::temp_dir().join(format!("forge-fuzz-{}", std::process::id()));
        std::fs::write(&kept, bytes).unwrap();
        eprintln!("{what}: the input is kept in {}", kept.display());
        std::panic::resume_unwind(panic);
    }
}

fn mutate(random: &mut Random, bytes: &mut Vec<u8>, files: &[(PathBuf, Vec<u8>)]) {
    let at = random.below(bytes.len() + 1);
    match random.below(9) {
        0 | 1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        2 if at < bytes.len() => bytes[at] = random.next().to_le_bytes()[0],
        3 => bytes.truncate(at),
        4 => {
            let end = (at + random.below(40)).min(bytes.len());
            bytes.drain(at..end);
        }
        5 => {
            let end = (at + random.below(200)).min(bytes.len());
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        6 => {
            let other = &random.pick(files).1;
            let from = random.below(other.len() + 1);
            bytes.splice(at.., other[from..].iter().copied());
        }
        7 => {
            let odd = *random.pick(ODD);
            let end = (at + odd.len()).min(bytes.len());
            bytes.splice(at..end, odd.iter().copied());
        }
        _ => {
            let odd = *random.pick(ODD);
            bytes.splice(at..at, odd.iter().copied());
        }
    }
}
