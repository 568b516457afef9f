//! What the text of a source file may not do: be too long, put work off, skip a test.

use super::{none, our_files, read, shown};

/// The longest source file, in lines.
const LONGEST: usize = 600;
/// The longest file of tests, in lines.
const LONGEST_TEST: usize = 900;

/// Marks of work put off. Written apart, so that this file does not carry them.
const PUT_OFF: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("unimpl", "emented!"),
    concat!("to", "do!"),
];

/// The start of the attribute that skips a test.
const SKIPPED: &str = concat!("#[", "ignore");

#[test]
fn files_are_short_enough_to_read() {
    let long: Vec<_> = our_files(&[".rs", ".html", ".css", ".js"])
        .iter()
        .filter_map(|path| too_long(&shown(path), read(path).lines().count()))
        .collect();
    none(&long, "Split by idea, not by length: one thing per file, 100 to 250 lines is a good size.");
}

#[test]
fn no_work_is_put_off() {
    let mut findings = Vec::new();
    for path in our_files(&[".rs", ".html", ".css", ".js", ".sh", ".toml", ".service", ".conf"]) {
        for (number, mark) in put_off(&read(&path)) {
            findings.push(format!("{}:{number}: {mark}", shown(&path)));
        }
    }
    none(&findings, "Do it now, or open an issue and leave the code as it honestly is.");
}

#[test]
fn no_test_is_skipped() {
    let mut findings = Vec::new();
    for path in our_files(&[".rs"]) {
        let text = read(&path);
        let lines = text.lines().enumerate().filter(|(_, line)| line.contains(SKIPPED));
        findings.extend(lines.map(|(number, _)| format!("{}:{}", shown(&path), number + 1)));
    }
    none(&findings, "Mend the test or remove it: a test that does not run proves nothing and rots.");
}

#[test]
fn the_finders_find() {
    assert_eq!(too_long("forge-core/src/a.rs", LONGEST), None);
    assert!(too_long("forge-core/src/a.rs", LONGEST + 1).is_some());
    assert_eq!(too_long("tests/it/a.rs", LONGEST_TEST), None);
    assert!(too_long("tests/it/a.rs", LONGEST_TEST + 1).is_some());
    let sample = format!("fine\n// {}: later\nlet {}S = 1;\n", PUT_OFF[0], PUT_OFF[0]);
    assert_eq!(put_off(&sample), [(2, PUT_OFF[0])]);
}

fn too_long(path: &str, lines: usize) -> Option<String> {
    let limit = if path.starts_with("tests/") { LONGEST_TEST } else { LONGEST };
    (lines > limit).then(|| format!("{path}: {lines} lines, the limit is {limit}"))
}

/// The marks in a text that stand as words of their own, with their lines.
fn put_off(text: &str) -> Vec<(usize, &'static str)> {
    let is_word = |character: Option<char>| character.is_some_and(|it| it.is_alphanumeric() || it == '_');
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for mark in PUT_OFF {
            let stands_alone = line.match_indices(mark).any(|(start, _)| {
                let before = line[..start].chars().next_back();
                let after = line[start + mark.len()..].chars().next();
                !is_word(before) && (mark.ends_with('!') || !is_word(after))
            });
            if stands_alone {
                found.push((number + 1, *mark));
            }
        }
    }
    found
}
