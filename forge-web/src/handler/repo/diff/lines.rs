//! The lines of a change, marked up as code.

use forge_core::code::blob::decode;
use forge_core::code::{Hunk, LineEnding, LineKind};

use crate::handler::repo::blob_body::sized;
use crate::render::highlight::{self, Tag};
use crate::view::{DiffHunk, DiffLine, DiffLineKind};

/// Marks up a run of lines as one text, so that what spans lines is seen as such, with the parts of lines that differ.
pub(in crate::handler::repo) fn hunk(hunk: &Hunk, language: &str) -> DiffHunk {
    let side = |wanted: LineKind, tag: Tag| -> Vec<crate::SafeHtml> {
        let (mut text, mut marks) = (String::new(), Vec::new());
        for line in hunk.lines.iter().filter(|line| line.kind == LineKind::Context || line.kind == wanted) {
            if keeps_places(&line.content) {
                let start = text.len();
                marks.extend(line.marks.iter().map(|mark| start + mark.start..start + mark.end));
            }
            text.push_str(&one_line(&line.content));
            text.push('\n');
        }
        highlight::marked_lines(language, &text, &marks, tag)
    };
    let (mut old, mut new) =
        (side(LineKind::Removed, Tag::Gone).into_iter(), side(LineKind::Added, Tag::New).into_iter());
    let tells_ends = has_both_ends(hunk);
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
            end: end(line, tells_ends),
            comment_url: None,
            threads: Vec::new(),
        }
    });
    DiffHunk { heading: heading(hunk), lines: lines.collect(), ..DiffHunk::default() }
}

/// Whether each byte of a line stands at the same place of the text that is shown for it.
fn keeps_places(content: &[u8]) -> bool {
    std::str::from_utf8(content).is_ok() && !content.starts_with(&[0xef, 0xbb, 0xbf])
}

/// Whether some changed lines end in one way and some in the other.
fn has_both_ends(hunk: &Hunk) -> bool {
    let has = |ending| hunk.lines.iter().any(|line| line.kind != LineKind::Context && line.ending == ending);
    has(LineEnding::CrLf) && has(LineEnding::Lf)
}

/// What is to be said at the end of a line.
fn end(line: &forge_core::code::DiffLine, tells_ends: bool) -> String {
    let mut said = Vec::new();
    if line.left_out > 0 {
        said.push(format!("{} more are not shown", sized(line.left_out)));
    }
    match line.ending {
        LineEnding::None => said.push("no line ending".to_owned()),
        LineEnding::CrLf if tells_ends && line.kind != LineKind::Context => said.push("CR LF".to_owned()),
        LineEnding::Lf if tells_ends && line.kind != LineKind::Context => said.push("LF".to_owned()),
        _ => {}
    }
    said.join(", ")
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

#[cfg(test)]
mod tests {
    use forge_core::code::DiffLine as Line;

    use super::*;

    fn line(kind: LineKind, text: &str, ending: LineEnding, marks: &[(usize, usize)]) -> Line {
        Line {
            kind,
            old_number: Some(1),
            new_number: Some(1),
            content: text.as_bytes().to_vec(),
            ending,
            marks: marks.iter().map(|(start, end)| *start..*end).collect(),
            left_out: 0,
        }
    }

    #[test]
    fn parts_that_differ_are_marked_within_code() {
        let lines = vec![
            line(LineKind::Context, "x <- 1", LineEnding::Lf, &[]),
            line(LineKind::Removed, "mean(a) # why", LineEnding::CrLf, &[(5, 6)]),
            line(LineKind::Added, "mean(b) # how", LineEnding::Lf, &[(5, 6), (10, 13)]),
        ];
        let shown = hunk(&Hunk { old_start: 1, old_lines: 2, new_start: 1, new_lines: 2, lines }, "r");
        let html: Vec<&str> = shown.lines.iter().map(|line| line.html.as_str()).collect();
        assert!(html[1].contains("(<del>a</del>)"), "{}", html[1]);
        assert!(html[2].contains("(<ins>b</ins>)"), "{}", html[2]);
        assert!(
            html[2].contains("<span class=\"c\"># </span><ins><span class=\"c\">how</span></ins>"),
            "{}",
            html[2]
        );
        assert_eq!((&*shown.lines[1].end, &*shown.lines[2].end, &*shown.lines[0].end), ("CR LF", "LF", ""));
    }

    #[test]
    fn marks_are_left_out_where_places_move() {
        let mut odd = line(LineKind::Added, "", LineEnding::None, &[(1, 2)]);
        odd.content = b"\xe9a".to_vec();
        let shown =
            hunk(&Hunk { old_start: 0, old_lines: 0, new_start: 1, new_lines: 1, lines: vec![odd] }, "");
        assert_eq!(shown.lines[0].html.as_str(), "éa");
        assert_eq!(shown.lines[0].end, "no line ending");
    }
}
