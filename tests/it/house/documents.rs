//! What the documents promise: two commands that work, links that lead somewhere, decisions in order.

use std::path::{Path, PathBuf};

use super::{files, none, read, root, shown};

/// The parts every decision record has.
const PARTS: [&str; 4] = ["## Context", "## Decision", "## Consequences", "## What we refused"];

#[test]
fn the_readme_shows_both_commands() {
    let readme = read(&root().join("README.md"));
    let missing: Vec<_> = ["cargo run --release", "cargo xtask test"]
        .into_iter()
        .filter(|command| !readme.contains(command))
        .map(str::to_owned)
        .collect();
    none(
        &missing,
        "A reader of README.md must see how to run the product and how to run its tests: show these.",
    );
}

#[test]
fn links_lead_somewhere() {
    let mut findings = Vec::new();
    for path in documents() {
        let folder = path.parent().expect("a document lies in a folder");
        for link in local_links(&read(&path)) {
            if !folder.join(&link).exists() {
                findings.push(format!("{}: {link}", shown(&path)));
            }
        }
    }
    none(&findings, "These files are not there: mend the link, or write what it promises.");
}

#[test]
fn decisions_are_numbered_and_listed() {
    let folder = root().join("docs/adr");
    let list = read(&folder.join("README.md"));
    let mut findings = Vec::new();
    let records = records(&folder);
    assert!(!records.is_empty(), "docs/adr holds no record");
    for (position, (name, text)) in records.iter().enumerate() {
        let number = format!("{:04}", position + 1);
        if !name.starts_with(&format!("{number}-")) {
            findings.push(format!("{name} should be number {number}: numbers have no gap and no twin"));
        }
        let title = text.lines().next().unwrap_or_default();
        if !title.starts_with(&format!("# {number} ")) {
            findings.push(format!("{name} should begin with the title `# {number} ...`"));
        }
        if !list.contains(&format!("({name})")) {
            findings.push(format!("{name} is not linked from docs/adr/README.md"));
        }
        findings.extend(missing_parts(text).into_iter().map(|part| format!("{name} has no part `{part}`")));
    }
    none(
        &findings,
        "A record is found by its number and read by its parts; docs/adr/README.md tells how to write one.",
    );
}

#[test]
fn the_finders_find() {
    let text =
        "[a](docs/a.md#part) [b](https://example.org/b) [c](#here) `[d](no)`\n```\n[e](no)\n```\n![f](f.svg)";
    assert_eq!(local_links(text), ["docs/a.md", "f.svg"]);
    assert_eq!(missing_parts("## Context\n## Decision\n## What we refused\n"), ["## Consequences"]);
}

/// Every document of ours.
fn documents() -> Vec<PathBuf> {
    let mut found = files(&root().join("docs"), &[".md"]);
    let names = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
    found.extend(names.iter().map(|name| root().join(name)).filter(|path| path.exists()));
    found
}

/// The decision records, name and text, in order.
fn records(folder: &Path) -> Vec<(String, String)> {
    let records = files(folder, &[".md"]).into_iter().filter(|path| !path.ends_with("README.md"));
    let name = |path: &Path| path.file_name().expect("a file has a name").to_string_lossy().into_owned();
    records.map(|path| (name(&path), read(&path))).collect()
}

fn missing_parts(text: &str) -> Vec<&'static str> {
    PARTS.into_iter().filter(|part| !text.lines().any(|line| line.trim_end() == *part)).collect()
}

/// The targets of a document's links that are files of ours, without the part after `#`; code aside.
fn local_links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect();
        for part in prose.split("](").skip(1) {
            let Some((target, _)) = part.split_once(')') else { continue };
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push(file.to_owned());
            }
        }
    }
    found
}
