//! What has changed in a file, shown as its readers see it: a notebook, a table, a document, a picture.

use super::{DiffHunk, ThreadBox};
use crate::SafeHtml;
use crate::render::Change;
use crate::render::csv::diff::{Column, ValueDiff};
use crate::render::notebook::Output;

/// The lines of a file on which a part of it stands: the first and the last.
pub type Span = (u32, u32);

/// A change that is laid out.
#[derive(Debug, Clone)]
pub enum Rendered {
    /// Cells.
    Notebook(RenderedNotebook),
    /// Rows and columns.
    Table(RenderedTable),
    /// Paragraphs, headings, chunks of code.
    Document(RenderedDocument),
    /// Two pictures.
    Picture(RenderedPicture),
    /// Nothing, and why.
    Nothing(String),
}

/// Where a part of a file is commented on, and what was said of it.
#[derive(Debug, Clone, Default)]
pub struct Remarks {
    /// Where it stood.
    pub old: Option<Span>,
    /// Where it stands.
    pub new: Option<Span>,
    /// Where it is commented on, for those who may.
    pub comment_url: Option<String>,
    /// What was said of it.
    pub threads: Vec<ThreadBox>,
}

impl Remarks {
    /// About a part that stood and stands at these lines.
    pub fn at(old: Option<Span>, new: Option<Span>) -> Self {
        Self { old, new, ..Self::default() }
    }
}

/// A notebook.
#[derive(Debug, Clone, Default)]
pub struct RenderedNotebook {
    /// What is worth saying of the whole.
    pub notes: Vec<String>,
    /// Its bytes before, which give pictures by their numbers.
    pub old_url: String,
    /// Its bytes now.
    pub new_url: String,
    /// Its cells; those in a row that are the same are one.
    pub cells: Vec<RenderedCell>,
}

/// A cell, or several that are the same.
#[derive(Debug, Clone)]
pub struct RenderedCell {
    /// Which, such as `Cell 3 (code)`.
    pub name: String,
    /// What happened to it.
    pub change: Change,
    /// What more is to be said, such as `moved: it was cell 2`.
    pub note: String,
    /// Its source, where it changed.
    pub source: Option<DiffHunk>,
    /// What it produced before and now, where that is not the same.
    pub outputs: Option<(Vec<Output>, Vec<Output>)>,
    /// What was said of its lines that are not shown.
    pub remarks: Remarks,
}

/// A table.
#[derive(Debug, Clone, Default)]
pub struct RenderedTable {
    /// What is worth saying of the whole.
    pub notes: Vec<String>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<RenderedRow>,
}

/// A row, or several that are the same.
#[derive(Debug, Clone)]
pub enum RenderedRow {
    /// So many rows, in words.
    Gap(String),
    /// A row.
    Row {
        /// What happened to it.
        change: Change,
        /// Its number, such as `3`, or `2 → 3`.
        number: String,
        /// Its values.
        values: Vec<ValueDiff>,
        /// What was said of it.
        remarks: Remarks,
    },
}

/// A document.
#[derive(Debug, Clone, Default)]
pub struct RenderedDocument {
    /// What is worth saying of the whole.
    pub notes: Vec<String>,
    /// Its parts.
    pub parts: Vec<RenderedPart>,
}

/// A part of a document, or several that are the same.
#[derive(Debug, Clone)]
pub enum RenderedPart {
    /// So many parts, in words.
    Gap(String),
    /// A part.
    Block {
        /// What happened to it.
        change: Change,
        /// Whether it stood elsewhere.
        is_moved: bool,
        /// As it was, if it is gone or has changed.
        old: Option<SafeHtml>,
        /// As it is.
        new: Option<SafeHtml>,
        /// What was said of it.
        remarks: Remarks,
    },
}

/// Two pictures, of which one may not be there.
#[derive(Debug, Clone, Default)]
pub struct RenderedPicture {
    /// As it was.
    pub old: Option<PictureSide>,
    /// As it is.
    pub new: Option<PictureSide>,
}

/// One picture.
#[derive(Debug, Clone, Default)]
pub struct PictureSide {
    /// Its bytes.
    pub url: String,
    /// What it is called and which side it is, for those who do not see it.
    pub alt: String,
    /// How wide and high it is, and how many bytes it has, in words.
    pub about: String,
    /// Its width and height in pixels, where they are known.
    pub size: Option<(u32, u32)>,
    /// Points that were commented on.
    pub points: Vec<PicturePoint>,
    /// Where a point of it is commented on, for those who may.
    pub comment_url: Option<String>,
}

/// A point of a picture with a thread.
#[derive(Debug, Clone, Default)]
pub struct PicturePoint {
    /// Its number on the page.
    pub number: usize,
    /// Where it is, from the left, in pixels of the picture.
    pub x: u32,
    /// Where it is, from the top.
    pub y: u32,
    /// The thread.
    pub url: String,
}

impl PictureSide {
    /// Half the width of a mark, in pixels of the picture: the same share of each picture.
    pub fn mark(&self) -> u32 {
        self.size.map_or(1, |(width, height)| (width.max(height) / 24).max(12))
    }
}

/// Something to comment on: the lines it stands on, and where what is said of it goes.
pub struct PlaceForRemarks<'a> {
    /// Where it stood.
    pub old: Option<Span>,
    /// Where it stands.
    pub new: Option<Span>,
    /// Where it is commented on.
    pub comment_url: &'a mut Option<String>,
    /// What was said of it.
    pub threads: &'a mut Vec<ThreadBox>,
}

impl Rendered {
    /// Everything that can be commented on, small places before the large ones around them.
    pub fn places(&mut self) -> Vec<PlaceForRemarks<'_>> {
        let mut places = Vec::new();
        match self {
            Self::Notebook(notebook) => {
                for cell in &mut notebook.cells {
                    let lines = cell.source.iter_mut().flat_map(|hunk| &mut hunk.lines);
                    places.extend(lines.map(|line| PlaceForRemarks {
                        old: line.old.map(|number| (number, number)),
                        new: line.new.map(|number| (number, number)),
                        comment_url: &mut line.comment_url,
                        threads: &mut line.threads,
                    }));
                    places.push(place(&mut cell.remarks));
                }
            }
            Self::Table(table) => places.extend(table.rows.iter_mut().filter_map(|row| match row {
                RenderedRow::Row { remarks, .. } => Some(place(remarks)),
                RenderedRow::Gap(_) => None,
            })),
            Self::Document(document) => {
                places.extend(document.parts.iter_mut().filter_map(|part| match part {
                    RenderedPart::Block { remarks, .. } => Some(place(remarks)),
                    RenderedPart::Gap(_) => None,
                }));
            }
            Self::Picture(_) | Self::Nothing(_) => {}
        }
        places
    }
}

fn place(remarks: &mut Remarks) -> PlaceForRemarks<'_> {
    PlaceForRemarks {
        old: remarks.old,
        new: remarks.new,
        comment_url: &mut remarks.comment_url,
        threads: &mut remarks.threads,
    }
}
