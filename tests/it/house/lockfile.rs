//! What may not be in the graph of dependencies. `deny.toml` says the same; this answers without another tool.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::{none, read, root};

/// Crates that stay out, and what stands in their place.
const FORBIDDEN: &[(&str, &str)] = &[
    ("aws-lc-rs", "ring is the one provider of cryptography"),
    ("aws-lc-sys", "ring is the one provider of cryptography"),
    ("openssl-sys", "TLS is rustls with ring"),
    ("native-tls", "TLS is rustls with ring"),
    ("git2", "the git engine is gix"),
    ("libgit2-sys", "the git engine is gix"),
    ("onig_sys", "highlighting is arborium"),
    ("async-std", "the runtime is tokio"),
];

/// Crates whose second version gives two types of one name that do not meet.
const ONCE: &[&str] = &["axum", "hyper", "rustls", "ssh-key", "tree-sitter", "sea-orm", "sqlx", "gix"];

#[test]
fn forbidden_crates_are_absent() {
    none(
        &forbidden(&packages(&lockfile())),
        "Find who brings it with `cargo tree --invert NAME`, and switch that crate's default features off.",
    );
}

#[test]
fn crates_that_must_meet_have_one_version() {
    none(
        &doubled(&packages(&lockfile())),
        "Bring the users of the crate to one version; `cargo tree --duplicates` shows who wants which.",
    );
}

#[test]
fn the_finders_find() {
    let lockfile: Table = r#"
        [[package]]
        name = "openssl-sys"
        version = "0.9.1"
        [[package]]
        name = "hyper"
        version = "0.14.1"
        [[package]]
        name = "hyper"
        version = "1.2.0"
    "#
    .parse()
    .unwrap();
    let packages = packages(&lockfile);
    assert_eq!(forbidden(&packages), ["openssl-sys: TLS is rustls with ring"]);
    assert_eq!(doubled(&packages), ["hyper: 0.14.1, 1.2.0"]);
}

fn lockfile() -> Table {
    read(&root().join("Cargo.lock")).parse().expect("Cargo.lock is valid TOML")
}

/// The versions of each package in the graph.
fn packages(lockfile: &Table) -> BTreeMap<String, Vec<String>> {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in lockfile["package"].as_array().expect("a lockfile lists packages") {
        let text =
            |key: &str| package.get(key).and_then(Value::as_str).expect("a package has a name").to_owned();
        versions.entry(text("name")).or_default().push(text("version"));
    }
    versions
}

fn forbidden(packages: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let found = FORBIDDEN.iter().filter(|(name, _)| packages.contains_key(*name));
    found.map(|(name, instead)| format!("{name}: {instead}")).collect()
}

fn doubled(packages: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let found = ONCE.iter().filter_map(|name| Some((name, packages.get(*name)?)));
    found
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, versions)| format!("{name}: {}", versions.join(", ")))
        .collect()
}
