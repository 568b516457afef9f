//! What the manifests may say: who imports whom, and where a version stands.

use toml::{Table, Value};

use super::{files, members, none, our_files, read, root, shown};

/// Who may import whom. A package's own tests may see more.
const IMPORTS: &[(&str, &[&str])] = &[
    ("forge-core", &[]),
    ("forge-git", &["forge-core"]),
    ("migrations", &[]),
    ("forge-store", &["forge-core", "migrations"]),
    ("forge-app", &["forge-core", "forge-git", "forge-store"]),
    ("forge-web", &["forge-app", "forge-core"]),
    ("forge-ssh", &["forge-app", "forge-core"]),
    (
        "forge-server",
        &["forge-app", "forge-core", "forge-git", "forge-ssh", "forge-store", "forge-web", "migrations"],
    ),
    (
        "tests",
        &[
            "forge-app",
            "forge-core",
            "forge-git",
            "forge-server",
            "forge-ssh",
            "forge-store",
            "forge-web",
            "migrations",
        ],
    ),
    ("xtask", &[]),
];

/// Crates that have one home each; `tests` may use any of them.
const HOMES: &[(&str, &[&str])] = &[
    ("sea-orm", &["forge-store"]),
    ("sea-orm-migration", &["migrations"]),
    ("sqlx", &["forge-store", "migrations"]),
    ("object_store", &["forge-store"]),
    ("reqwest", &["forge-store", "forge-app"]),
    ("gix", &["forge-git"]),
    ("axum", &["forge-web"]),
    ("askama", &["forge-web"]),
    ("russh", &["forge-ssh"]),
    ("anyhow", &["forge-server", "xtask"]),
];

/// What the innermost package may not know about: I/O, runtimes, the clock, randomness.
const NOT_IN_CORE: &[&str] =
    &["tokio", "axum", "http", "sea-orm", "sqlx", "gix", "tracing", "getrandom", "rand", "tempfile"];

/// The same in its source, where the standard library would do it.
const NOT_IN_CORE_SOURCE: &[&str] = &[
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime::",
    "Instant::",
    "now_utc",
    "now_v7",
    "new_v4",
];

#[test]
fn packages_import_only_whom_they_may() {
    let mut findings = Vec::new();
    for member in members() {
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == member) else {
            findings.push(format!("{member} has no row in IMPORTS of tests/it/house/manifests.rs"));
            continue;
        };
        for dependency in used(&manifest(&member)) {
            if is_ours(&dependency) && !allowed.contains(&dependency.as_str()) {
                findings.push(format!("{member} imports {dependency}"));
            }
        }
    }
    none(
        &findings,
        "Move the code to the package that may know it, or pass in what it needs. The picture of who may import \
         whom stands in ARCHITECTURE.md: change it there and here only with an architecture decision record.",
    );
}

#[test]
fn every_row_of_the_import_table_is_a_package() {
    let members = members();
    let gone: Vec<_> = IMPORTS
        .iter()
        .filter(|(name, _)| !members.contains(&(*name).to_owned()))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    none(&gone, "These packages are gone: take their rows out of IMPORTS in tests/it/house/manifests.rs.");
}

#[test]
fn crates_with_a_home_stay_there() {
    let mut findings = Vec::new();
    for member in members().iter().filter(|member| *member != "tests") {
        for dependency in used(&manifest(member)) {
            if let Some(homes) = homes(&dependency)
                && !homes.contains(&member.as_str())
            {
                findings
                    .push(format!("{member} imports {dependency}, whose home is {}", homes.join(" and ")));
            }
        }
    }
    none(
        &findings,
        "Ask the package that owns the crate: give it a function that speaks in types of forge-core.",
    );
}

#[test]
fn the_core_is_pure() {
    let mut findings: Vec<_> = used(&manifest("forge-core"))
        .into_iter()
        .filter(|name| NOT_IN_CORE.contains(&name.as_str()) || name.starts_with("gix-"))
        .map(|name| format!("forge-core/Cargo.toml: {name}"))
        .collect();
    for path in files(&root().join("forge-core/src"), &[".rs"]) {
        for (number, line) in read(&path).lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for impure in NOT_IN_CORE_SOURCE.iter().filter(|impure| code.contains(**impure)) {
                findings.push(format!("{}:{}: {impure}", shown(&path), number + 1));
            }
        }
    }
    none(
        &findings,
        "forge-core has no I/O, no clock and no randomness: take the time or the bytes as an argument, and let the \
         caller fetch them.",
    );
}

#[test]
fn versions_stand_only_in_the_workspace_table() {
    let mut findings = Vec::new();
    for member in members() {
        for (table, dependencies) in dependency_tables(&manifest(&member)) {
            for (name, value) in dependencies {
                if let Some(key) = own_source(&value) {
                    findings.push(format!("{member}/Cargo.toml: {name} in [{table}] has its own {key}"));
                }
            }
        }
    }
    none(
        &findings,
        "Write the version once, in [workspace.dependencies] of the root Cargo.toml, and `NAME.workspace = true` here.",
    );
}

#[test]
fn every_package_obeys_the_workspace_lints() {
    let deaf: Vec<_> = members()
        .into_iter()
        .filter(|member| {
            let lints = manifest(member).get("lints").and_then(|lints| lints.get("workspace")).cloned();
            lints != Some(Value::Boolean(true))
        })
        .collect();
    none(&deaf, "Add to the manifests of these packages:  [lints]  workspace = true");
}

#[test]
fn there_is_one_integration_test_binary() {
    let strays: Vec<_> = our_files(&[".rs"])
        .iter()
        .map(|path| shown(path))
        .filter(|path| path.split('/').nth(1) == Some("tests"))
        .collect();
    none(
        &strays,
        "Put integration tests into tests/it, the one test binary: each further one links everything again.",
    );
}

#[test]
fn the_finders_find() {
    let manifest: Table = r#"
        [dependencies]
        forge-core.workspace = true
        gix-odb.workspace = true
        serde = "1"
        [build-dependencies]
        cc = { version = "1" }
        [target.'cfg(unix)'.dependencies]
        libc = { path = "../libc" }
        [dev-dependencies]
        proptest = { workspace = true, features = ["std"] }
    "#
    .parse()
    .unwrap();
    assert_eq!(used(&manifest), ["forge-core", "gix-odb", "serde", "cc", "libc"]);
    let sources: Vec<_> = dependency_tables(&manifest)
        .into_iter()
        .flat_map(|(_, table)| table)
        .filter_map(|(name, value)| Some((name, own_source(&value)?)))
        .collect();
    assert_eq!(
        sources,
        [("serde".to_owned(), "version"), ("cc".to_owned(), "version"), ("libc".to_owned(), "path")]
    );
    assert_eq!(homes("gix-odb"), Some(&["forge-git"][..]));
    assert_eq!(homes("serde"), None);
}

fn manifest(member: &str) -> Table {
    let path = root().join(member).join("Cargo.toml");
    read(&path).parse().unwrap_or_else(|error| panic!("{} is not TOML: {error}", shown(&path)))
}

fn is_ours(dependency: &str) -> bool {
    dependency.starts_with("forge-") || IMPORTS.iter().any(|(name, _)| *name == dependency)
}

fn homes(dependency: &str) -> Option<&'static [&'static str]> {
    let family = if dependency.starts_with("gix-") { "gix" } else { dependency };
    HOMES.iter().find(|(name, _)| *name == family).map(|(_, homes)| *homes)
}

/// The names that a package uses outside its tests.
fn used(manifest: &Table) -> Vec<String> {
    let tables = dependency_tables(manifest).into_iter();
    tables
        .filter(|(table, _)| !table.contains("dev-"))
        .flat_map(|(_, table)| table)
        .map(|(name, _)| name)
        .collect()
}

/// Every dependency table of a manifest, with its name.
fn dependency_tables(manifest: &Table) -> Vec<(String, Table)> {
    const KINDS: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];
    let tables_of = |prefix: &str, holder: &Table| -> Vec<(String, Table)> {
        let kinds = KINDS.iter();
        kinds
            .filter_map(|kind| Some((format!("{prefix}{kind}"), holder.get(*kind)?.as_table()?.clone())))
            .collect()
    };
    let mut tables = tables_of("", manifest);
    for (target, holder) in manifest.get("target").and_then(Value::as_table).into_iter().flatten() {
        tables.extend(
            holder.as_table().into_iter().flat_map(|holder| tables_of(&format!("target.{target}."), holder)),
        );
    }
    tables
}

/// The key by which a dependency names a version or place of its own, where it does.
fn own_source(value: &Value) -> Option<&'static str> {
    match value {
        Value::Table(table) => {
            ["version", "path", "git", "registry"].into_iter().find(|key| table.contains_key(*key))
        }
        _ => Some("version"),
    }
}
