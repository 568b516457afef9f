//! Parts of lines that are new or gone, around the marks of the language.

use std::ops::Range;

use super::push_piece;
use super::token::Class;

/// What marks a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// `<ins>`: it was put in.
    New,
    /// `<del>`: it was taken out.
    Gone,
}

/// Writes pieces of a text, each in its class, and opens and closes marks between them.
pub(super) struct Writer<'a> {
    text: &'a str,
    marks: &'a [Range<usize>],
    tag: Tag,
    is_open: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(text: &'a str, marks: &'a [Range<usize>], tag: Tag) -> Self {
        Self { text, marks, tag, is_open: false }
    }

    /// Writes a piece that lies behind those before.
    pub(super) fn push(&mut self, html: &mut String, piece: Range<usize>, class: Class) {
        let mut at = piece.start;
        while at < piece.end {
            let until = match self.marks.split_first() {
                Some((mark, rest)) if mark.end <= at => {
                    self.end(html);
                    self.marks = rest;
                    continue;
                }
                Some((mark, _)) if mark.start <= at => {
                    self.begin(html);
                    mark.end.min(piece.end)
                }
                Some((mark, _)) => mark.start.min(piece.end),
                None => piece.end,
            };
            push_piece(html, self.text, at, until, class);
            if self.is_open && self.marks.first().is_some_and(|mark| mark.end <= until) {
                self.end(html);
            }
            at = until;
        }
    }

    fn begin(&mut self, html: &mut String) {
        if !std::mem::replace(&mut self.is_open, true) {
            html.push_str(match self.tag {
                Tag::New => "<ins>",
                Tag::Gone => "<del>",
            });
        }
    }

    /// Closes what is open: at the end of a line at the latest.
    pub(super) fn end(&mut self, html: &mut String) {
        if std::mem::replace(&mut self.is_open, false) {
            html.push_str(match self.tag {
                Tag::New => "</ins>",
                Tag::Gone => "</del>",
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::marked_lines;
    use super::*;

    fn html(text: &str, marks: &[(usize, usize)]) -> Vec<String> {
        let marks: Vec<Range<usize>> = marks.iter().map(|(start, end)| *start..*end).collect();
        marked_lines("c", text, &marks, Tag::New).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn marks_go_around_what_the_language_marks() {
        let whole = "<ins><span class=\"k\">return</span> <span class=\"n\">1</span></ins>;";
        assert_eq!(html("return 1;\n", &[(0, 8)]), [whole]);
        let part =
            "<span class=\"k\">re</span><ins><span class=\"k\">tu</span></ins><span class=\"k\">rn</span>;";
        assert_eq!(html("return;\nx\n", &[(2, 4), (8, 9)]), [part, "<ins>x</ins>"]);
        assert_eq!(html("a<b\n", &[(1, 2)]), ["a<ins>&lt;</ins>b"]);
        assert_eq!(html("ab\n", &[(0, 1), (1, 2)]), ["<ins>a</ins><ins>b</ins>"]);
    }

    #[test]
    fn marks_that_make_no_sense_do_no_harm() {
        for marks in [&[(0, 99)][..], &[(5, 2)], &[(1, 1)], &[(3, 4), (0, 1)]] {
            let lines = html("ab\ncd\n", marks);
            let is_even = |line: &String| line.matches("<ins>").count() == line.matches("</ins>").count();
            assert!(lines.iter().all(is_even), "{lines:?}");
        }
    }
}
