//! What changed in a notebook, cell by cell.
//!
//! Cells are paired by their id, which they have from version 4.5 of the format on, else by what they say and then by how
//! alike they are. Only sources are compared line by line; of what cells produced, it is said whether it is the same.

use forge_app::compare_texts;
use forge_core::code::DiffLine;

use super::file::{File, FileCell, Kind};
use super::{NotShown, Output, show_outputs};
use crate::render::align::{Pairs, Step};

/// Lines of all cells together that are shown.
pub const MAX_LINES: usize = 5_000;
/// Bytes of a cell, on either side, that are compared.
pub const MAX_CELL_BYTES: usize = 256 * 1024;

/// What changed in a notebook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotebookDiff {
    /// What its code is written in.
    pub language: String,
    /// The cells in reading order, unchanged ones too.
    pub cells: Vec<CellDiff>,
    /// Whether what the notebook says of itself changed, such as its kernel.
    pub has_other_settings: bool,
    /// Whether there are more cells than were compared.
    pub is_cut: bool,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellDiff {
    /// Its place before, counted from one.
    pub old: Option<usize>,
    /// Its place now.
    pub new: Option<usize>,
    /// Whether it stood elsewhere among the others.
    pub is_moved: bool,
    /// What it is for.
    pub kind: CellKind,
    /// Its source line by line, with the numbers that the lines have in the file. Nothing where it is the same.
    pub lines: Vec<DiffLine>,
    /// Whether its source changed and is too long to be shown.
    pub is_too_long: bool,
    /// The lines of the file that were its own.
    pub old_span: Option<(u32, u32)>,
    /// The lines of the file that are its own.
    pub new_span: Option<(u32, u32)>,
    /// What it produced before and now, where that is not the same.
    pub outputs: Option<(Vec<Output>, Vec<Output>)>,
}

/// What a cell is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Text for people.
    Text,
    /// A program.
    Code,
    /// Anything else.
    Other,
}

impl From<Kind> for CellKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Markdown => Self::Text,
            Kind::Code => Self::Code,
            Kind::Other => Self::Other,
        }
    }
}

impl CellDiff {
    /// Whether it is as it was, where it was.
    pub fn is_same(&self) -> bool {
        self.old.is_some()
            && self.new.is_some()
            && !self.is_moved
            && !self.is_too_long
            && self.lines.is_empty()
            && self.outputs.is_none()
    }
}

/// Compares two notebooks; nothing stands for a file that is not there.
pub fn compare(old: Option<&[u8]>, new: Option<&[u8]>) -> Result<NotebookDiff, NotShown> {
    let (old, new) = (old.map(File::read).transpose()?, new.map(File::read).transpose()?);
    let old_cells = old.as_ref().map_or(&[][..], |file| &file.cells);
    let new_cells = new.as_ref().map_or(&[][..], |file| &file.cells);
    let mut left = MAX_LINES;
    let steps = pairs(old_cells, new_cells).steps();
    let found = steps.iter().map(|step| {
        let old = step.old.and_then(|at| old_cells.get(at));
        let new = step.new.and_then(|at| new_cells.get(at));
        cell(step, old, new, &mut left)
    });
    let cells = found.collect();
    let settings = old.as_ref().zip(new.as_ref()).map(|(old, new)| old.metadata != new.metadata);
    Ok(NotebookDiff {
        cells,
        language: new.as_ref().or(old.as_ref()).map(|file| file.language.clone()).unwrap_or_default(),
        has_other_settings: settings.unwrap_or_default(),
        is_cut: [&old, &new].into_iter().flatten().any(|file| file.is_cut),
    })
}

fn pairs(old: &[FileCell], new: &[FileCell]) -> Pairs {
    let mut pairs = Pairs::new(old.len(), new.len());
    pairs.by_name(&names(old), &names(new));
    let (old_texts, new_texts) = (texts(old), texts(new));
    pairs.by_content(&old_texts, &new_texts);
    pairs.by_likeness(&old_texts, &new_texts, |from, to| {
        old.get(from).map(|cell| cell.kind) == new.get(to).map(|cell| cell.kind)
    });
    pairs
}

fn names(cells: &[FileCell]) -> Vec<Option<&str>> {
    cells.iter().map(|cell| cell.id.as_deref()).collect()
}

fn texts(cells: &[FileCell]) -> Vec<&str> {
    cells.iter().map(|cell| cell.source.as_str()).collect()
}

fn cell(step: &Step, old: Option<&FileCell>, new: Option<&FileCell>, left: &mut usize) -> CellDiff {
    let source = |cell: Option<&FileCell>| cell.map(|cell| cell.source.clone()).unwrap_or_default();
    let (before, after) = (source(old), source(new));
    let is_long = before.len().max(after.len()) > MAX_CELL_BYTES;
    let mut lines = Vec::new();
    if before != after && !is_long {
        lines = compare_texts(before.as_bytes(), after.as_bytes());
    }
    let is_too_long = (is_long && before != after) || lines.len() > *left;
    if is_too_long {
        lines.clear();
    }
    *left -= lines.len();
    for line in &mut lines {
        line.old_number = line.old_number.and_then(|number| of_file(old, number));
        line.new_number = line.new_number.and_then(|number| of_file(new, number));
    }
    let outputs = |cell: Option<&FileCell>| cell.map(show_outputs).unwrap_or_default();
    let is_other = match (old, new) {
        (Some(old), Some(new)) => old.outputs != new.outputs,
        (one, other) => one.or(other).is_some_and(|cell| !cell.outputs.is_empty()),
    };
    CellDiff {
        old: step.old.map(|at| at + 1),
        new: step.new.map(|at| at + 1),
        is_moved: step.is_moved,
        kind: new.or(old).map_or(CellKind::Other, |cell| cell.kind.into()),
        lines,
        is_too_long,
        old_span: old.map(|cell| cell.span),
        new_span: new.map(|cell| cell.span),
        outputs: is_other.then(|| (outputs(old), outputs(new))),
    }
}

/// The line of the file on which a line of a cell stands.
fn of_file(cell: Option<&FileCell>, number: u32) -> Option<u32> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    cell?.lines.get(at).copied()
}

#[cfg(test)]
mod tests {
    use forge_core::code::LineKind;

    use super::*;

    fn notebook(cells: &[(&str, &str, &str)]) -> String {
        let cells: Vec<_> = cells
            .iter()
            .map(|(id, kind, source)| {
                let id = if id.is_empty() { String::new() } else { format!("\"id\": \"{id}\", ") };
                let outputs = if *kind == "code" { ", \"outputs\": []" } else { "" };
                format!("{{{id}\"cell_type\": \"{kind}\",\n\"source\": {source:?}{outputs}}}")
            })
            .collect();
        format!("{{\"nbformat\": 4, \"metadata\": {{}}, \"cells\": [\n{}\n]}}", cells.join(",\n"))
    }

    fn shown(old: &str, new: &str) -> Vec<String> {
        let diff = compare(Some(old.as_bytes()), Some(new.as_bytes())).unwrap();
        let cells = diff.cells.iter().map(|cell| {
            let number = |at: Option<usize>| at.map_or("-".to_owned(), |at| at.to_string());
            let changed = cell.lines.iter().filter(|line| line.kind != LineKind::Context).count();
            let moved = if cell.is_moved { " moved" } else { "" };
            format!("{}:{} {changed}{moved}", number(cell.old), number(cell.new))
        });
        cells.collect()
    }

    #[test]
    fn cells_are_paired_by_id_and_else_by_what_they_say() {
        let old = notebook(&[("a", "code", "x = 1"), ("b", "markdown", "# Title"), ("c", "code", "gone()")]);
        let new = notebook(&[("b", "markdown", "# Title"), ("a", "code", "y = 2"), ("d", "code", "new()")]);
        assert_eq!(shown(&old, &new), ["2:1 0 moved", "1:2 2", "3:- 1", "-:3 1"]);
        let old = notebook(&[("", "code", "beds <- read(file)\nplot(beds)"), ("", "markdown", "Same text")]);
        let new = notebook(&[
            ("", "markdown", "Hello"),
            ("", "code", "beds <- read(path)\nplot(beds)"),
            ("", "markdown", "Same text"),
        ]);
        assert_eq!(shown(&old, &new), ["-:1 1", "1:2 2", "2:3 0"]);
    }

    #[test]
    fn lines_have_the_numbers_of_the_file() {
        let (old, new) =
            (notebook(&[("a", "code", "x\ny")]), notebook(&[("z", "raw", "n"), ("a", "code", "x\nz")]));
        let diff = compare(Some(old.as_bytes()), Some(new.as_bytes())).unwrap();
        let cell = diff.cells.iter().find(|cell| cell.old.is_some()).unwrap();
        let numbers: Vec<_> = cell.lines.iter().map(|line| (line.old_number, line.new_number)).collect();
        assert_eq!(numbers, [(Some(3), Some(5)), (Some(3), None), (None, Some(5))]);
        assert_eq!((cell.old_span, cell.new_span), (Some((2, 3)), Some((4, 5))));
    }

    #[test]
    fn outputs_are_only_said_to_differ() {
        let with = |data: &str| {
            format!(
                "{{\"nbformat\": 4, \"cells\": [{{\"cell_type\": \"code\", \"source\": \"x\", \"execution_count\": 1, \
                 \"outputs\": [{data}]}}]}}"
            )
        };
        let hostile = with(
            "{\"output_type\": \"display_data\", \"data\": {\"text/html\": \"<script>alert(1)</script>\", \
             \"application/javascript\": \"alert(1)\"}}, {\"output_type\": \"display_data\", \"data\": \
             {\"image/svg+xml\": \"<svg onload=alert(1)>\"}}",
        );
        let diff = compare(Some(with("").as_bytes()), Some(hostile.as_bytes())).unwrap();
        let cell = &diff.cells[0];
        assert!(cell.lines.is_empty() && !cell.is_same());
        assert_eq!(cell.outputs, Some((Vec::new(), vec![Output::Other, Output::Other])));
        let same = compare(Some(hostile.as_bytes()), Some(hostile.as_bytes())).unwrap();
        assert!(same.cells[0].is_same() && !same.has_other_settings);
    }

    #[test]
    fn one_side_alone_is_all_new_or_all_gone() {
        let file = notebook(&[("a", "code", "x = 1"), ("b", "markdown", "text")]);
        let added = compare(None, Some(file.as_bytes())).unwrap();
        assert!(added.cells.iter().all(|cell| cell.old.is_none() && cell.lines.len() == 1));
        let gone = compare(Some(file.as_bytes()), None).unwrap();
        assert!(gone.cells.iter().all(|cell| cell.new.is_none() && cell.lines.len() == 1));
    }

    #[test]
    fn too_much_is_refused_or_left_out() {
        for bad in
            ["", "[]", "{\"nbformat\": 3, \"cells\": []}", "{\"nbformat\": 4, \"cells\": [{\"id\": 1}]}"]
        {
            assert_eq!(compare(None, Some(bad.as_bytes())), Err(NotShown::NotANotebook), "{bad}");
        }
        let deep = format!(
            "{{\"nbformat\": 4, \"cells\": [{{\"cell_type\": \"code\", \"metadata\": {}1{}}}]}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        // What is not read may be as deep as it likes.
        assert!(compare(None, Some(deep.as_bytes())).is_ok());
        let long = notebook(&[("a", "code", &"x\n".repeat(MAX_LINES + 1)), ("b", "code", "y")]);
        let diff = compare(None, Some(long.as_bytes())).unwrap();
        assert!(diff.cells[0].is_too_long && diff.cells[0].lines.is_empty());
        assert!(!diff.cells[1].is_too_long && diff.cells[1].lines.len() == 1);
        let wide = notebook(&[("a", "code", &"x".repeat(MAX_CELL_BYTES + 1))]);
        assert!(compare(None, Some(wide.as_bytes())).unwrap().cells[0].is_too_long);
    }
}
