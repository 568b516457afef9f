//! Changes as their readers see them, with made-up values.

use askama::Template;

use super::repo::{RenderedChange, RequestTop};
use super::sample::{Add, Flavour};
use super::sample_repo::header;
use super::sample_request::{request, thread};
use crate::markdown::{self, LinkBase};
use crate::render::Change;
use crate::render::csv::diff::{Column, ValueDiff};
use crate::render::notebook::Output;
use crate::url::Rev;
use crate::view::{
    DiffHunk, DiffLine, DiffLineKind, Link, PicturePoint, PictureSide, Remarks, Rendered, RenderedCell,
    RenderedDocument, RenderedNotebook, RenderedPart, RenderedPicture, RenderedRow, RenderedTable,
    RepoSection,
};

/// Every way in which a change is laid out.
pub(super) fn pages(f: Flavour, add: &mut Add<'_>) {
    let top = f.option(request(f));
    for (name, body) in [
        ("rendered-notebook", notebook(f)),
        ("rendered-table", table(f)),
        ("rendered-document", document(f)),
        ("rendered-picture", picture(f)),
        ("rendered-nothing", Rendered::Nothing(f.text("This file is larger than 20 MB."))),
    ] {
        add(name, page(f, top.clone(), body).render());
    }
}

fn page(f: Flavour, top: Option<RequestTop>, body: Rendered) -> RenderedChange {
    RenderedChange {
        page: f.page("/x/rendered"),
        repo: header(f, RepoSection::MergeRequests),
        top,
        path: f.text("analysis/beds.ipynb"),
        old_path: f.option(f.text("beds.ipynb")),
        compared: f.text("Version 2"),
        back: Link::new("All changes", f.url("/x/changes")),
        view_url: f.option(f.url("/x/blob")),
        comment_url: f.option(f.url("/x/comment")),
        threads: f.list(vec![thread(f, 40)]),
        body,
    }
}

fn remarks(f: Flavour, id: usize) -> Remarks {
    Remarks {
        comment_url: f.option(f.url("/x/comment")),
        threads: f.list(vec![thread(f, id)]),
        ..Remarks::default()
    }
}

fn notebook(f: Flavour) -> Rendered {
    let line = |kind, old, new| DiffLine {
        kind,
        old,
        new,
        html: crate::highlight::lines("r", &f.text("beds <- read()")).remove(0),
        end: String::new(),
        comment_url: f.option(f.url("/x/comment")),
        threads: Vec::new(),
    };
    let cell = |name: &str, change, id: usize| RenderedCell {
        name: f.text(name),
        change,
        note: f.maybe("moved: it was cell 2"),
        source: f.option(DiffHunk {
            heading: String::new(),
            lines: vec![
                line(DiffLineKind::Removed, Some(12), None),
                line(DiffLineKind::Added, None, Some(14)),
                line(DiffLineKind::Context, Some(13), Some(15)),
            ],
            ..DiffHunk::default()
        }),
        outputs: f.option((vec![Output::Text(f.text("[1] 24")), Output::Picture(0)], vec![Output::Other])),
        remarks: remarks(f, id),
    };
    Rendered::Notebook(RenderedNotebook {
        old_url: f.url("/x/raw"),
        new_url: f.url("/x/raw"),
        notes: f.list(vec![f.text("Only the first 500 cells were compared.")]),
        cells: vec![
            cell("Cell 1 (text)", Change::Same, 41),
            cell("Cell 2 (code)", Change::Changed, 42),
            cell("Cell 3 (code)", Change::Added, 43),
            cell("Cell 4 (plain)", Change::Removed, 44),
        ],
    })
}

fn table(f: Flavour) -> Rendered {
    let value = |change| ValueDiff { change, before: f.maybe("24"), after: f.text("25") };
    let column = |change| Column { change, before: f.maybe("open"), after: f.text("beds") };
    let row = |change, number: &str, id: usize| RenderedRow::Row {
        change,
        number: number.to_owned(),
        values: vec![
            value(Change::Same),
            value(Change::Changed),
            value(Change::Added),
            value(Change::Removed),
        ],
        remarks: remarks(f, id),
    };
    Rendered::Table(RenderedTable {
        notes: vec![f.text("1 row changed.")],
        columns: [Change::Same, Change::Changed, Change::Added, Change::Removed].map(column).to_vec(),
        rows: vec![
            RenderedRow::Gap("3 rows are the same".to_owned()),
            row(Change::Same, "4", 45),
            row(Change::Changed, "5 → 6", 46),
            row(Change::Added, "7", 47),
            row(Change::Removed, "8", 48),
        ],
    })
}

fn document(f: Flavour) -> Rendered {
    let base = LinkBase::new(
        "anytown-hospitals/bed-occupancy".parse().unwrap_or_else(|_| unreachable!("a path")),
        Rev::Name("main".to_owned()),
        forge_core::FilePath::root(),
    );
    let html = |part: usize| markdown::render(f.text("A paragraph").as_bytes(), &base.part(part)).ok();
    let block = |change, old: bool, new: bool, id: usize| RenderedPart::Block {
        change,
        is_moved: f != Flavour::Empty,
        old: html(1).filter(|_| old),
        new: html(2).filter(|_| new),
        remarks: remarks(f, id),
    };
    Rendered::Document(RenderedDocument {
        notes: f.list(vec![f.text("No part is different.")]),
        parts: vec![
            RenderedPart::Gap("2 parts are the same".to_owned()),
            block(Change::Same, false, true, 49),
            block(Change::Changed, true, true, 50),
            block(Change::Added, false, true, 51),
            block(Change::Removed, true, false, 52),
        ],
    })
}

fn picture(f: Flavour) -> Rendered {
    let side = |word: &str| PictureSide {
        url: f.url("/x.png"),
        alt: f.text(word),
        about: "640 pixels wide, 480 high, 12 KB".to_owned(),
        size: f.option((640, 480)),
        points: f.list(vec![PicturePoint { number: 1, x: 320, y: 60, url: f.url("/x#thread-of-file") }]),
        comment_url: f.option(f.url("/x/comment")),
    };
    Rendered::Picture(RenderedPicture {
        old: f.option(side("plot.png, before")),
        new: Some(side("plot.png, after")),
    })
}
