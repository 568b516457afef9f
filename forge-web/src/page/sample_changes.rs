//! Changes of files with made-up values.

use askama::Template;

use super::repo::{ChangedFile, Compare};
use super::sample::{Add, Flavour};
use super::sample_repo::{code, header};
use crate::view::{ChangedFiles, DiffBody, DiffFile, DiffHunk, DiffLine, DiffLineKind, Link, RepoSection};

/// The pages that show changes of no merge request.
pub(super) fn pages(f: Flavour, add: &mut Add<'_>) {
    let file = ChangedFile {
        page: f.page("/x"),
        repo: header(f, RepoSection::Commits),
        top: None,
        whole: f.link("Commit 3f2a91c0de", "/x"),
        file: diff(f).remove(0),
        is_split: true,
    };
    add("changed-file", file.render());
    let compare = Compare {
        page: f.page("/x"),
        repo: header(f, RepoSection::Commits),
        errors: f.errors(&[("head", "There is no branch, tag or commit called x.")]),
        url: f.url("/x/compare"),
        names: f.list(vec![f.text("main"), f.text("median")]),
        base: f.text("main"),
        head: f.maybe("median"),
        commits_summary: f.maybe("3 commits"),
        commits: Vec::new(),
        changes: changes(f, false),
        ask_url: f.option(f.url("/x/merge-requests/new")),
        swap_url: f.url("/x"),
    };
    add("compare", compare.render());
}

/// A difference as a part of a page.
pub(super) fn changes(f: Flavour, is_split: bool) -> ChangedFiles {
    let files = f.list(diff(f));
    ChangedFiles {
        summary: "5 files changed".to_owned(),
        counted: f.option((6, 3)),
        left_out: f.maybe("Not shown: 412 files."),
        diff_url: f.url("/x.diff"),
        patch_url: f.option(f.url("/x.patch")),
        views: vec![
            Link { is_current: !is_split, ..Link::new("In one column", "/x") },
            Link { is_current: is_split, ..Link::new("Side by side", "/x") },
        ],
        tree: crate::view::tree(&files),
        filter: f.maybe("R"),
        filter_url: f.url("/x"),
        filter_fields: f.list(vec![("view".to_owned(), f.text("split"))]),
        listed: files.len(),
        viewed: f.option(1),
        is_split,
        files,
    }
}

fn diff(f: Flavour) -> Vec<DiffFile> {
    let lines = code(f);
    let line = |kind, old, new, at: usize| DiffLine {
        kind,
        old,
        new,
        html: lines[at % lines.len()].clone(),
        end: if at == 6 { f.text("no line ending") } else { String::new() },
        comment_url: None,
        threads: Vec::new(),
    };
    let hunk = DiffHunk {
        heading: f.text("Lines 5 to 11, mean_occupancy"),
        lines: vec![
            line(DiffLineKind::Context, Some(5), Some(5), 4),
            line(DiffLineKind::Context, Some(6), Some(6), 5),
            line(DiffLineKind::Removed, Some(7), None, 9),
            line(DiffLineKind::Added, None, Some(7), 9),
            line(DiffLineKind::Added, None, Some(8), 6),
            line(DiffLineKind::Context, Some(8), Some(9), 10),
        ],
        more: f.list(vec![f.link("Show lines 1 to 4", "/x?more=1-4")]),
        is_brought: f == Flavour::Long,
    };
    let file = |number: usize, path: &str, status: &str| DiffFile {
        anchor: format!("file-{number}"),
        path: f.text(path),
        status: status.to_owned(),
        counted: Some((2, 1)),
        view_url: Some(f.url("/x")),
        file_url: f.url("/x/file?path=52"),
        whole_url: f.option(f.url("/x/file?path=52&more=all")),
        is_open: true,
        below: f.list(vec![f.link("Show 20 lines below line 11", "/x?more=12-31")]),
        previous: f.option("#file-1".to_owned()),
        next: f.option("#file-2".to_owned()),
        ..DiffFile::default()
    };
    vec![
        DiffFile {
            body: DiffBody::Lines(vec![hunk.clone(), hunk.clone()]),
            ..file(1, "R/mean_occupancy.R", "changed")
        },
        DiffFile {
            old_path: Some(f.text("R/old.R")),
            body: DiffBody::Lines(vec![hunk.clone()]),
            ..file(2, "R/new.R", "renamed")
        },
        DiffFile { note: Some(f.text("This file is not text.")), ..file(3, "docs/plot.png", "added") },
        DiffFile {
            is_open: false,
            body: DiffBody::Lines(vec![hunk]),
            view_url: None,
            ..file(4, "renv.lock", "deleted")
        },
        DiffFile { counted: None, body: DiffBody::Later, ..file(5, "src/generated.R", "changed") },
    ]
}
