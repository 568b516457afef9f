//! The lines of a change, marked up as code.

use forge_core::code::blob::decode;
use forge_core::code::{Hunk, LineEnding, LineKind};

use crate::render::highlight;
use crate::view::{DiffHunk, DiffLine, DiffLineKind};

/// Marks up a run of lines as one text, so that what spans lines is seen as such.
pub(super) fn hunk(hunk: &Hunk, language: &str) -> DiffHunk {
    let side = |wanted: LineKind| -> Vec<crate::SafeHtml> {
        let mut text = String::new();
        for line in hunk.lines.iter().filter(|line| line.kind == LineKind::Context || line.kind == wanted) {
            text.push_str(&one_line(&line.content));
            text.push('\n');
        }
        highlight::lines(language, &text)
    };
    let (mut old, mut new) = (side(LineKind::Removed).into_iter(), side(LineKind::Added).into_iter());
    let lines = hunk.lines.iter().map(|line| {
        let html = match line.kind {
            LineKind::Removed => old.next(),
            LineKind::Added => new.next(),
            LineKind::Context => {
                old.next();
                new.next()
            }
        };
        DiffLine {
            kind: kind(line.kind),
            old: line.old_number,
            new: line.new_number,
            html: html.unwrap_or_default(),
            comment_url: None,
            threads: Vec::new(),
        }
    });
    let mut heading = heading(hunk);
    if hunk.lines.last().is_some_and(|line| line.ending == LineEnding::None) {
        heading.push_str(", no line ending at the end of the file");
    }
    DiffHunk { heading, lines: lines.collect() }
}

/// A line's text. A carriage return or form feed within would break it in two.
fn one_line(content: &[u8]) -> String {
    decode(content).0.replace(['\n', '\r'], " ")
}

fn kind(kind: LineKind) -> DiffLineKind {
    match kind {
        LineKind::Context => DiffLineKind::Context,
        LineKind::Added => DiffLineKind::Added,
        LineKind::Removed => DiffLineKind::Removed,
    }
}

fn heading(hunk: &Hunk) -> String {
    let (start, count) =
        if hunk.new_lines > 0 { (hunk.new_start, hunk.new_lines) } else { (hunk.old_start, hunk.old_lines) };
    if count <= 1 {
        format!("Line {start}")
    } else {
        format!("Lines {start} to {}", start.saturating_add(count - 1))
    }
}
