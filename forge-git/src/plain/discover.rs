//! Where the repository behind a path is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A `.git` file is one short line.
const MAX_GIT_FILE: u64 = 4096;

/// The git directory behind `dir`, trying the same places in the same order as git.
pub(super) fn git_dir(dir: &Path, strict: bool) -> Option<PathBuf> {
    if strict {
        let path = if dir.is_file() { git_file(dir)? } else { dir.to_owned() };
        return is_git_dir(&path).then_some(path);
    }
    ["/.git", "", ".git/.git", ".git"].iter().find_map(|suffix| {
        let mut path = OsString::from(dir);
        path.push(suffix);
        let path = PathBuf::from(path);
        let path = if path.is_file() { git_file(&path)? } else { path };
        is_git_dir(&path).then_some(path)
    })
}

/// Follows a file that says `gitdir: <path>`.
fn git_file(file: &Path) -> Option<PathBuf> {
    if std::fs::metadata(file).ok()?.len() > MAX_GIT_FILE {
        return None;
    }
    let text = std::fs::read_to_string(file).ok()?;
    let target = text.strip_prefix("gitdir: ")?.trim_end_matches(['\n', '\r']);
    Some(file.parent()?.join(target))
}

fn is_git_dir(dir: &Path) -> bool {
    let common = common_dir(dir);
    dir.join("HEAD").symlink_metadata().is_ok()
        && common.join("objects").is_dir()
        && common.join("refs").is_dir()
}

/// A linked work tree shares the refs and objects of another directory.
pub(super) fn common_dir(git_dir: &Path) -> PathBuf {
    match std::fs::read_to_string(git_dir.join("commondir")) {
        Ok(text) => git_dir.join(text.trim_end_matches(['\n', '\r'])),
        Err(_) => git_dir.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(dir: &Path) {
        std::fs::create_dir_all(dir.join("objects")).expect("a directory");
        std::fs::create_dir_all(dir.join("refs")).expect("a directory");
        std::fs::write(dir.join("HEAD"), "ref: refs/heads/main\n").expect("a file");
    }

    #[test]
    fn finds_bare_repositories_work_trees_and_git_files() {
        let temp = tempfile::tempdir().expect("a directory");
        bare(&temp.path().join("bare.git"));
        bare(&temp.path().join("tree/.git"));
        std::fs::create_dir(temp.path().join("linked")).expect("a directory");
        std::fs::write(temp.path().join("linked/.git"), "gitdir: ../bare.git\n").expect("a file");
        let found = |name: &str, strict| git_dir(&temp.path().join(name), strict);
        assert_eq!(found("bare.git", true), Some(temp.path().join("bare.git")));
        assert_eq!(found("bare", false), Some(temp.path().join("bare.git")));
        assert_eq!(found("bare", true), None);
        assert_eq!(found("tree", false), Some(temp.path().join("tree/.git")));
        assert!(found("linked", false).is_some());
        assert!(found("linked/.git", true).is_some());
        assert_eq!(found("absent", false), None);
    }
}
