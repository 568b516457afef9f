//! The house rules that a compiler cannot hold: who imports whom, how long a file may be, what a template may not say.
//!
//! Each test reads the workspace as it lies on disk, and each failure says what to do about it. The finders are pure
//! functions with examples of their own, so that a rule that stopped finding anything would not go unnoticed.

mod documents;
mod lockfile;
mod manifests;
mod modules;
mod templates;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

/// The workspace's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace").to_path_buf()
}

/// Reads a file of the workspace.
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{} cannot be read: {error}", shown(path)))
}

/// A path as a reader knows it: from the workspace's root.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The folders of the workspace's packages, as its manifest lists them.
fn members() -> Vec<String> {
    let manifest: toml::Table = read(&root().join("Cargo.toml")).parse().expect("Cargo.toml is valid TOML");
    let members = manifest["workspace"]["members"].as_array().expect("the workspace lists its members");
    members.iter().map(|member| member.as_str().expect("a member is a folder").to_owned()).collect()
}

/// Every file below a folder whose name ends in one of these, in order; foreign text in `vendor` folders aside.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("a folder can be listed").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !matches!(name, "target" | "vendor" | ".git") {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Every file of ours with one of these endings: in the packages and in the folders that are no package.
fn our_files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in members().iter().map(String::as_str).chain(["templates", "deploy", "docs"]) {
        found.extend(files(&root().join(folder), endings));
    }
    found
}

/// Fails with every finding, and with what to do about them.
#[track_caller]
fn none(findings: &[String], advice: &str) {
    assert!(findings.is_empty(), "\n  {}\n{advice}\n", findings.join("\n  "));
}

#[test]
fn the_members_are_found_and_hold_files() {
    assert!(members().contains(&"forge-core".to_owned()));
    assert!(our_files(&[".rs"]).iter().any(|path| path.ends_with("tests/it/house/mod.rs")));
}
