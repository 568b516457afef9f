//! Jupyter notebooks: their text and code, and what the code printed.

pub mod diff;
mod file;

use base64::Engine as _;

use super::SafeHtml;
use super::highlight;
use super::markdown::{self, LinkBase};
use file::{File, FileCell, FileOutput, Kind};

/// The largest notebook that is laid out, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Cells that are shown.
pub const MAX_CELLS: usize = 500;
/// Outputs of one cell that are shown.
pub const MAX_OUTPUTS: usize = 50;
/// Bytes of printed text of one cell that are shown.
pub const MAX_OUTPUT: usize = 16 * 1024;

/// The file is not a notebook that can be laid out: show its source instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    /// Over [`MAX_BYTES`].
    #[error("this notebook is larger than 20 MB, so it is not laid out")]
    TooLarge,
    /// Not JSON, or of an older format.
    #[error("this file is not a notebook of format 4, so its source is shown")]
    NotANotebook,
}

/// A notebook as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notebook {
    /// The cells, in order.
    pub cells: Vec<Cell>,
    /// Cells that have printed something, which may be data about people.
    pub cells_with_output: usize,
    /// Whether there are more cells than are shown.
    pub is_cut: bool,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text for people.
    Markdown(SafeHtml),
    /// A program and what it said.
    Code {
        /// The number of the run, if it was run.
        number: Option<u64>,
        /// The program, line by line.
        lines: Vec<SafeHtml>,
        /// What it said.
        outputs: Vec<Output>,
    },
    /// Text that is meant for no reader in particular.
    Plain(String),
}

/// Something that a cell produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Printed text.
    Text(String),
    /// A picture made of pixels, by its number in the notebook. The address of the raw file gives its bytes.
    Picture(usize),
    /// A table, a drawing or a widget, which is not shown.
    Other,
}

/// Reads a notebook.
pub fn read(bytes: &[u8], base: &LinkBase) -> Result<Notebook, NotShown> {
    let file = File::read(bytes)?;
    let mut notebook = Notebook { is_cut: file.is_cut, ..Notebook::default() };
    for (number, cell) in file.cells.into_iter().enumerate() {
        notebook.cells_with_output += usize::from(!cell.outputs.is_empty());
        notebook.cells.push(show(cell, &file.language, &base.part(number)));
    }
    Ok(notebook)
}

fn show(cell: FileCell, language: &str, base: &LinkBase) -> Cell {
    match cell.kind {
        Kind::Markdown => match markdown::render(cell.source.as_bytes(), base) {
            Ok(html) => Cell::Markdown(html),
            Err(_) => Cell::Plain(cell.source),
        },
        Kind::Code => Cell::Code {
            number: cell.number,
            lines: highlight::lines(language, &cell.source),
            outputs: show_outputs(&cell),
        },
        Kind::Other => Cell::Plain(cell.source),
    }
}

/// The first of what a cell produced.
fn show_outputs(cell: &FileCell) -> Vec<Output> {
    let mut number = cell.pictures_before;
    let mut shown = Vec::new();
    for output in cell.outputs.iter().take(MAX_OUTPUTS) {
        shown.push(show_output(output, number));
        number += usize::from(output.is_picture());
    }
    if cell.outputs.len() > MAX_OUTPUTS {
        shown.push(Output::Text("… (more in the file)".to_owned()));
    }
    shown
}

fn show_output(output: &FileOutput, number: usize) -> Output {
    if output.is_picture() {
        return Output::Picture(number);
    }
    match output.output_type.as_str() {
        "error" => Output::Text(shorten(&without_colours(&output.traceback.join("\n")))),
        "stream" => Output::Text(shorten(&without_colours(output.text.as_str()))),
        _ => output.plain().map_or(Output::Other, |text| Output::Text(shorten(&text))),
    }
}

/// The bytes of a picture that a cell produced, by its number. Whether they are a picture, they must show themselves.
pub fn picture(bytes: &[u8], number: usize) -> Option<Vec<u8>> {
    let file = File::read(bytes).ok()?;
    let mut pictures = file.cells.iter().flat_map(|cell| &cell.outputs).filter(|output| output.is_picture());
    let text: String = pictures.nth(number)?.picture()?.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

fn shorten(text: &str) -> String {
    let mut end = text.len().min(MAX_OUTPUT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut short = text.get(..end).unwrap_or_default().to_owned();
    if end < text.len() {
        short.push_str("\n… (more in the file)");
    }
    short
}

/// Leaves out the escape sequences by which terminals colour text.
fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\u{1b}' {
            out.push(c);
        } else if characters.next() == Some('[') {
            characters.by_ref().find(|c| ('@'..='~').contains(c));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use forge_core::FilePath;

    use super::*;
    use crate::url::Rev;

    fn base() -> LinkBase {
        LinkBase::new("rr8/beds".parse().unwrap(), Rev::Name("main".to_owned()), FilePath::root())
    }

    #[test]
    fn shows_text_code_and_output() {
        let json = r##"{"nbformat": 4, "metadata": {"kernelspec": {"language": "python"}}, "cells": [
            {"cell_type": "markdown", "source": ["# Beds\n", "[x](javascript:alert(1))"]},
            {"cell_type": "code", "execution_count": 3, "source": "def f(): pass", "outputs": [
                {"output_type": "stream", "text": ["1\n", "2"]},
                {"output_type": "display_data", "data": {"image/png": "x", "text/plain": "<Figure>"}},
                {"output_type": "execute_result", "data": {"text/html": "<script>", "text/plain": "a  b"}},
                {"output_type": "error", "traceback": ["\u001b[0;31mValueError\u001b[0m"]},
                {"output_type": "display_data", "data": {"text/html": "<b>"}}]},
            {"cell_type": "raw", "source": "plain"}]}"##;
        let found = read(json.as_bytes(), &base()).unwrap();
        assert_eq!(found.cells_with_output, 1);
        let Cell::Markdown(text) = &found.cells[0] else { panic!() };
        assert!(
            text.as_str().contains("id=\"doc-0-beds\"") && !text.as_str().contains("javascript:"),
            "{text}"
        );
        let Cell::Code { number, lines, outputs } = &found.cells[1] else { panic!() };
        assert_eq!(*number, Some(3));
        assert!(lines[0].as_str().contains("<span class=\"k\">def</span>"));
        let text = |text: &str| Output::Text(text.to_owned());
        assert_eq!(
            *outputs,
            [text("1\n2"), Output::Picture(0), text("a  b"), text("ValueError"), Output::Other]
        );
        assert_eq!(found.cells[2], Cell::Plain("plain".to_owned()));
    }

    #[test]
    fn pictures_are_found_by_their_number() {
        let cell = |data: &str| format!("{{\"cell_type\": \"code\", \"outputs\": [{data}]}}");
        let output = |data: &str| format!("{{\"output_type\": \"display_data\", \"data\": {{{data}}}}}");
        let cells = [
            cell(&output("\"image/svg+xml\": \"<svg onload=alert(1)>\"")),
            cell(&output("\"image/png\": [\"AQ\\n\", \"ID\\n\"]")),
            cell(&output("\"image/jpeg\": \"not base64!\"")),
        ];
        let json = format!("{{\"nbformat\": 4, \"cells\": [{}]}}", cells.join(","));
        let found = |number| picture(json.as_bytes(), number);
        assert_eq!((found(0), found(1), found(2)), (Some(vec![1, 2, 3]), None, None));
        let Cell::Code { outputs, .. } = &read(json.as_bytes(), &base()).unwrap().cells[2] else { panic!() };
        assert_eq!(*outputs, [Output::Picture(1)]);
    }

    #[test]
    fn refuses_what_is_no_notebook_and_cuts_what_is_long() {
        for bad in ["", "{}", "[]", "{\"nbformat\": 3, \"cells\": []}"] {
            assert_eq!(read(bad.as_bytes(), &base()), Err(NotShown::NotANotebook), "{bad}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(deep.as_bytes(), &base()), Err(NotShown::NotANotebook));
        let cells = vec!["{\"cell_type\": \"raw\", \"source\": \"x\"}"; MAX_CELLS + 1].join(",");
        let many = read(format!("{{\"nbformat\": 4, \"cells\": [{cells}]}}").as_bytes(), &base()).unwrap();
        assert!(many.is_cut && many.cells.len() == MAX_CELLS);
        assert!(shorten(&"é".repeat(MAX_OUTPUT)).ends_with("(more in the file)"));
    }
}
