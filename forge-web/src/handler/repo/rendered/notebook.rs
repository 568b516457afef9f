//! Cells of notebooks.

use forge_core::code::Hunk;

use crate::handler::repo::diff::hunk;
use crate::render::Change;
use crate::render::notebook::NotShown;
use crate::render::notebook::diff::{CellDiff, CellKind, compare};
use crate::view::{DiffHunk, Remarks, Rendered, RenderedCell, RenderedNotebook};

/// Lays out a change. The addresses are those of the bytes of both sides.
pub(super) fn view(
    old: Option<&[u8]>,
    new: Option<&[u8]>,
    urls: [Option<String>; 2],
) -> Result<Rendered, NotShown> {
    let diff = compare(old, new)?;
    let mut notes = Vec::new();
    if diff.has_other_settings {
        notes.push("What the notebook says of itself, such as its kernel, has changed too.".to_owned());
    }
    if diff.is_cut {
        notes.push("Only the first 500 cells were compared.".to_owned());
    }
    let mut cells = Vec::new();
    for run in diff.cells.chunk_by(|a, b| a.is_same() && b.is_same()) {
        match run {
            [first, .., last] => cells.push(same(first, last)),
            [cell] if cell.is_same() => cells.push(same(cell, cell)),
            [cell] => cells.push(one(cell, &diff.language)),
            [] => {}
        }
    }
    if diff.cells.iter().all(CellDiff::is_same) && !diff.has_other_settings {
        notes.push(
            "No cell is different: only what is not shown has changed, such as numbers of runs.".to_owned(),
        );
    }
    let [old_url, new_url] = urls.map(Option::unwrap_or_default);
    Ok(Rendered::Notebook(RenderedNotebook { notes, old_url, new_url, cells }))
}

/// Cells in a row that are the same.
fn same(first: &CellDiff, last: &CellDiff) -> RenderedCell {
    let number = |cell: &CellDiff| cell.new.unwrap_or_default();
    let name = if number(first) == number(last) {
        format!("Cell {}", number(first))
    } else {
        format!("Cells {} to {}", number(first), number(last))
    };
    let span =
        |from: Option<(u32, u32)>, to: Option<(u32, u32)>| from.zip(to).map(|(from, to)| (from.0, to.1));
    RenderedCell {
        name,
        change: Change::Same,
        note: "not changed".to_owned(),
        source: None,
        outputs: None,
        remarks: Remarks::at(span(first.old_span, last.old_span), span(first.new_span, last.new_span)),
    }
}

fn one(cell: &CellDiff, language: &str) -> RenderedCell {
    let (kind, language) = match cell.kind {
        CellKind::Text => ("text", "markdown"),
        CellKind::Code => ("code", language),
        CellKind::Other => ("plain", ""),
    };
    let change = match (cell.old, cell.new) {
        (None, _) => Change::Added,
        (_, None) => Change::Removed,
        _ if cell.lines.is_empty() && !cell.is_too_long && cell.outputs.is_none() => Change::Same,
        _ => Change::Changed,
    };
    let mut notes = Vec::new();
    if let (true, Some(old)) = (cell.is_moved, cell.old) {
        notes.push(format!("moved: it was cell {old}"));
    }
    if cell.is_too_long {
        notes.push("its source changed and is too long to be shown here".to_owned());
    }
    if cell.lines.is_empty() && cell.outputs.is_some() && !cell.is_too_long {
        notes.push("only what it produced has changed".to_owned());
    }
    RenderedCell {
        name: format!("Cell {} ({kind})", cell.new.or(cell.old).unwrap_or_default()),
        change,
        note: notes.join("; "),
        source: (!cell.lines.is_empty()).then(|| source(cell, language)),
        outputs: cell.outputs.clone(),
        remarks: Remarks::at(cell.old_span, cell.new_span),
    }
}

/// The lines of a cell. How they end is the notebook's way of writing, and nobody's change.
fn source(cell: &CellDiff, language: &str) -> DiffHunk {
    let lines = cell.lines.clone();
    let whole = Hunk { old_start: 0, old_lines: 0, new_start: 0, new_lines: 0, lines };
    let mut shown = hunk(&whole, language);
    for line in &mut shown.lines {
        line.end.clear();
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(cells: &[&str]) -> String {
        let cell = |(at, source): (usize, &&str)| {
            let source = serde_json::Value::from(*source);
            format!("{{\"id\": \"c{at}\", \"cell_type\": \"code\", \"source\": {source}}}")
        };
        let cells: Vec<_> = cells.iter().enumerate().map(cell).collect();
        format!("{{\"nbformat\": 4, \"cells\": [\n{}\n]}}", cells.join(",\n"))
    }

    #[test]
    fn cells_that_are_the_same_are_one_line() {
        let (old, new) = (file(&["a", "b", "c", "d"]), file(&["a", "b", "def f(): pass", "d"]));
        let Ok(Rendered::Notebook(found)) = view(Some(old.as_bytes()), Some(new.as_bytes()), [None, None])
        else {
            panic!()
        };
        let names: Vec<&str> = found.cells.iter().map(|cell| cell.name.as_str()).collect();
        assert_eq!(names, ["Cells 1 to 2", "Cell 3 (code)", "Cell 4"]);
        let lines = &found.cells[1].source.as_ref().unwrap().lines;
        assert_eq!((lines[0].old, lines[1].new), (Some(4), Some(4)));
        assert!(lines[1].html.as_str().contains("<span class=\"k\">def</span>"));
        assert_eq!(found.cells[0].remarks.new, Some((2, 3)));
    }

    #[test]
    fn nothing_of_a_hostile_notebook_becomes_html() {
        let hostile = file(&["\"><img src=x onerror=alert(1)>\u{202e}"]);
        let Ok(Rendered::Notebook(found)) = view(None, Some(hostile.as_bytes()), [None, None]) else {
            panic!()
        };
        let html = found.cells[0].source.as_ref().unwrap().lines[0].html.as_str();
        assert!(!html.contains("<img") && html.contains("U+202E"), "{html}");
        assert_eq!(found.cells[0].change, Change::Added);
    }
}
