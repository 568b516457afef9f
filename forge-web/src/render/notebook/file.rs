//! The JSON of a notebook, with the line of the file on which each line of a cell stands.
//!
//! People comment on lines of files. A cell that is shown by itself keeps the numbers of the file, so that what is
//! said of it is found again wherever the file is shown.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{MAX_BYTES, MAX_CELLS, NotShown};

/// A notebook of format 4.
#[derive(Debug)]
pub(super) struct File<'a> {
    /// What its code is written in.
    pub(super) language: String,
    /// What it says of itself: its kernel, its settings.
    pub(super) metadata: &'a str,
    /// The first [`MAX_CELLS`] cells.
    pub(super) cells: Vec<FileCell>,
    /// Whether it has more.
    pub(super) is_cut: bool,
}

/// What a cell is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text for people.
    Markdown,
    /// A program.
    Code,
    /// Anything else.
    Other,
}

/// One cell.
#[derive(Debug)]
pub(super) struct FileCell {
    /// What names it from version 4.5 of the format on.
    pub(super) id: Option<String>,
    pub(super) kind: Kind,
    pub(super) source: String,
    /// The line of the file for each line of the source.
    pub(super) lines: Vec<u32>,
    /// The first and the last line of the file that belong to it.
    pub(super) span: (u32, u32),
    /// The number of the run.
    pub(super) number: Option<u64>,
    pub(super) outputs: Vec<FileOutput>,
    /// How many pictures the cells before it have produced.
    pub(super) pictures_before: usize,
}

/// Something that a cell produced.
#[derive(Debug, Deserialize, PartialEq)]
pub(super) struct FileOutput {
    pub(super) output_type: String,
    #[serde(default)]
    pub(super) text: Text,
    #[serde(default)]
    pub(super) data: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    pub(super) traceback: Vec<String>,
}

impl FileOutput {
    /// A picture made of pixels, as base64 text. Drawings are programs, so they are none.
    pub(super) fn picture(&self) -> Option<String> {
        let kinds = ["image/png", "image/jpeg", "image/gif", "image/webp"];
        let data = kinds.into_iter().find_map(|kind| self.data.get(kind))?;
        Text::deserialize(data).ok().map(|text| text.0)
    }

    /// Whether it is a picture made of pixels.
    pub(super) fn is_picture(&self) -> bool {
        self.data
            .keys()
            .any(|kind| matches!(kind.as_str(), "image/png" | "image/jpeg" | "image/gif" | "image/webp"))
    }

    /// What it comes to as plain text.
    pub(super) fn plain(&self) -> Option<String> {
        let text = self.data.get("text/plain")?;
        Text::deserialize(text).ok().map(|text| text.0)
    }
}

/// Text in one piece or line by line.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(from = "Pieces")]
pub(super) struct Text(String);

impl Text {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Pieces {
    Whole(String),
    Lines(Vec<String>),
}

impl From<Pieces> for Text {
    fn from(pieces: Pieces) -> Self {
        Self(match pieces {
            Pieces::Whole(text) => text,
            Pieces::Lines(lines) => lines.concat(),
        })
    }
}

#[derive(Deserialize)]
struct Outer<'a> {
    nbformat: u32,
    #[serde(borrow)]
    cells: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    kernelspec: Kernel,
}

#[derive(Deserialize, Default)]
struct Kernel {
    #[serde(default)]
    language: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Inner<'a> {
    cell_type: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(borrow, default)]
    source: Option<&'a RawValue>,
    #[serde(default)]
    execution_count: Option<u64>,
    #[serde(default)]
    outputs: Vec<FileOutput>,
}

impl<'a> File<'a> {
    /// Reads it, and says why it is none.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, NotShown> {
        if bytes.len() > MAX_BYTES {
            return Err(NotShown::TooLarge);
        }
        let no = |_| NotShown::NotANotebook;
        let text = std::str::from_utf8(bytes).map_err(|_| NotShown::NotANotebook)?;
        let outer: Outer<'a> = serde_json::from_str(text).map_err(no)?;
        if outer.nbformat != 4 {
            return Err(NotShown::NotANotebook);
        }
        let metadata = outer.metadata.map_or("{}", RawValue::get);
        let kernel = serde_json::from_str::<Metadata>(metadata).map_err(no)?.kernelspec;
        let language = match (kernel.language.as_str(), kernel.name.as_str()) {
            ("", "ir") => "r".to_owned(),
            ("", _) => "python".to_owned(),
            (language, _) => language.to_owned(),
        };
        let breaks = Breaks::of(text);
        let mut cells = Vec::new();
        let mut pictures_before = 0;
        for json in outer.cells.iter().take(MAX_CELLS) {
            let cell = FileCell { pictures_before, ..FileCell::read(json.get(), &breaks)? };
            pictures_before += cell.outputs.iter().filter(|output| output.is_picture()).count();
            cells.push(cell);
        }
        Ok(Self { language, metadata, is_cut: outer.cells.len() > MAX_CELLS, cells })
    }
}

impl FileCell {
    fn read(json: &str, breaks: &Breaks<'_>) -> Result<Self, NotShown> {
        let no = |_| NotShown::NotANotebook;
        let inner: Inner<'_> = serde_json::from_str(json).map_err(no)?;
        let mut cell = Self {
            id: inner.id,
            kind: match inner.cell_type.as_str() {
                "markdown" => Kind::Markdown,
                "code" => Kind::Code,
                _ => Kind::Other,
            },
            source: String::new(),
            lines: Vec::new(),
            span: (breaks.line(json), breaks.line(json.get(json.len()..).unwrap_or_default())),
            number: inner.execution_count,
            outputs: inner.outputs,
            pictures_before: 0,
        };
        match inner.source.map(RawValue::get) {
            None => {}
            Some(json) if json.starts_with('[') => {
                for piece in serde_json::from_str::<Vec<&RawValue>>(json).map_err(no)? {
                    cell.push(piece.get(), breaks)?;
                }
            }
            Some(json) => cell.push(json, breaks)?,
        }
        Ok(cell)
    }

    /// Adds a piece of its source. A line stands where it begins.
    fn push(&mut self, json: &str, breaks: &Breaks<'_>) -> Result<(), NotShown> {
        let text: String = serde_json::from_str(json).map_err(|_| NotShown::NotANotebook)?;
        let line = breaks.line(json);
        for part in text.split_inclusive('\n') {
            if self.source.is_empty() || self.source.ends_with('\n') {
                self.lines.push(line);
            }
            self.source.push_str(part);
        }
        Ok(())
    }
}

/// The places of line breaks in a text, to tell on which line a part of it stands.
struct Breaks<'a> {
    text: &'a str,
    places: Vec<usize>,
}

impl<'a> Breaks<'a> {
    fn of(text: &'a str) -> Self {
        let places = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at);
        Self { text, places: places.collect() }
    }

    /// The line, counted from one, on which a part begins. The part is a slice of the text.
    fn line(&self, part: &str) -> u32 {
        let offset = part.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        let before = self.places.partition_point(|place| *place < offset);
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_cells_have_the_numbers_of_the_file() {
        let json = r##"{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "a1",
   "source": [
    "# Beds\n",
    "\n",
    "Each day"
   ]
  },
  {
   "cell_type": "code",
   "source": "x = 1\ny = \"[\"\n",
   "outputs": []
  },
  {"cell_type": "raw"}
 ],
 "metadata": {"kernelspec": {"name": "ir"}},
 "nbformat": 4
}"##;
        let file = File::read(json.as_bytes()).unwrap();
        assert_eq!(file.language, "r");
        let [first, second, third] = &file.cells[..] else { panic!("{file:?}") };
        assert_eq!((first.id.as_deref(), first.span), (Some("a1"), (3, 11)));
        assert_eq!((first.source.as_str(), &first.lines[..]), ("# Beds\n\nEach day", &[7, 8, 9][..]));
        assert_eq!((second.kind, &second.lines[..]), (Kind::Code, &[14, 14][..]));
        assert_eq!((third.kind, third.source.as_str(), third.span), (Kind::Other, "", (17, 17)));
    }

    #[test]
    fn pieces_may_break_anywhere() {
        let json = "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"code\", \"source\": [\n\"a\",\n\"b\\nc\\n\",\n\"d\"]}]}";
        let file = File::read(json.as_bytes()).unwrap();
        assert_eq!((file.cells[0].source.as_str(), &file.cells[0].lines[..]), ("ab\nc\nd", &[2, 3, 4][..]));
    }
}
