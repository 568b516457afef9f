//! The changed files as a tree of folders.

use std::collections::HashMap;

use super::{DiffFile, TreeStep};

/// Walks through the files, which are in path order: into folders, along files, and out again.
pub(crate) fn tree(files: &[DiffFile]) -> Vec<TreeStep> {
    let mut counts: HashMap<&str, (usize, usize, usize)> = HashMap::new();
    for file in files {
        for (at, _) in file.path.match_indices('/') {
            let count = counts.entry(file.path.get(..at).unwrap_or_default()).or_default();
            count.0 += 1;
            count.1 += usize::from(file.is_viewed());
            count.2 += file.thread_count();
        }
    }
    let (mut steps, mut open): (Vec<TreeStep>, Vec<&str>) = (Vec::new(), Vec::new());
    for file in files {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        let parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        let common = open.iter().zip(&parts).take_while(|(a, b)| a == b).count();
        steps.extend(open.drain(common..).map(|_| TreeStep::Leave));
        for (depth, part) in parts.iter().enumerate().skip(common) {
            let place = parts.get(..=depth).unwrap_or_default().join("/");
            let (files, viewed, threads) = counts.get(place.as_str()).copied().unwrap_or_default();
            steps.push(TreeStep::Enter { name: (*part).to_owned(), files, viewed, threads });
            open.push(part);
        }
        steps.push(TreeStep::File {
            name: name.to_owned(),
            path: file.path.clone(),
            url: format!("#{}", file.anchor),
            status: file.status.clone(),
            colour: file.status_colour(),
            is_viewed: file.is_viewed(),
            threads: file.thread_count(),
        });
    }
    steps.extend(open.drain(..).map(|_| TreeStep::Leave));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_open_and_close_around_their_files() {
        let file = |path: &str| DiffFile { path: path.to_owned(), ..DiffFile::default() };
        let files = ["R/a.R", "R/sub/b.R", "R/sub/c.R", "docs/x/y.md", "top"].map(file);
        let told: Vec<String> = tree(&files)
            .iter()
            .map(|step| match step {
                TreeStep::Enter { name, files, .. } => format!("{name}/ {files}"),
                TreeStep::File { name, .. } => name.clone(),
                TreeStep::Leave => "..".to_owned(),
            })
            .collect();
        assert_eq!(
            told,
            ["R/ 3", "a.R", "sub/ 2", "b.R", "c.R", "..", "..", "docs/ 1", "x/ 1", "y.md", "..", "..", "top"]
        );
        assert!(tree(&[]).is_empty());
    }
}
