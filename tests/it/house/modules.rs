//! Every Rust file is part of something: a file that no `mod` names is not compiled, and its tests never run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{files, members, none, read, root, shown};

#[test]
fn every_file_is_named_by_a_mod() {
    let mut reached = BTreeSet::new();
    let mut written = BTreeSet::new();
    for member in members() {
        let folder = root().join(&member);
        for start in ["src/lib.rs", "src/main.rs", "build.rs", "kit/lib.rs", "kit/main.rs", "it/main.rs"] {
            reach(&folder.join(start), true, &mut reached);
        }
        for folder in ["src", "kit", "it"].map(|name| folder.join(name)) {
            written.extend(files(&folder, &[".rs"]));
        }
    }
    let orphans: Vec<_> = written.difference(&reached).map(|path| shown(path)).collect();
    none(
        &orphans,
        "Nothing compiles these files. Name each in its parent with `mod NAME;`, or remove it with the code in it.",
    );
}

#[test]
fn a_file_without_a_mod_is_an_orphan() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    let main = write(
        "main.rs",
        "mod one;\n    pub(crate) mod two;\n// mod three;\nmod inline {}\n#[path = \"one_tests.rs\"]\n",
    );
    let tests = write("one_tests.rs", "");
    let one = write("one.rs", "mod inner;\n");
    let inner = write("one/inner.rs", "");
    let two = write("two/mod.rs", "mod deep;\n");
    let deep = write("two/deep.rs", "");
    write("three.rs", "");
    let mut reached = BTreeSet::new();
    reach(&main, true, &mut reached);
    assert_eq!(reached, BTreeSet::from([main, tests, one, inner, two, deep]));
}

/// Collects a file and everything its `mod` lines lead to.
fn reach(file: &Path, is_root: bool, reached: &mut BTreeSet<PathBuf>) {
    if !file.is_file() || !reached.insert(file.to_path_buf()) {
        return;
    }
    let parent = file.parent().expect("a file lies in a folder");
    let owns_its_folder = is_root || file.ends_with("mod.rs");
    let folder = if owns_its_folder { parent.to_path_buf() } else { file.with_extension("") };
    let text = read(file);
    for path in text.lines().filter_map(path_attribute) {
        reach(&parent.join(path), true, reached);
    }
    for name in text.lines().filter_map(module_name) {
        reach(&folder.join(format!("{name}.rs")), false, reached);
        reach(&folder.join(name).join("mod.rs"), false, reached);
    }
}

/// The file in a line like `#[path = "name.rs"]`.
fn path_attribute(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("#[path = \"")?.split_once('"').map(|(path, _)| path)
}

/// The name in a line like `pub(crate) mod name;`.
fn module_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')')?.1,
        Some(rest) => rest,
        None => line,
    };
    line.trim_start().strip_prefix("mod ")?.split_once(';').map(|(name, _)| name.trim())
}
