//! Which parts of changed lines differ.
//!
//! The lines of a change are cut into words, white space and single signs, and these are compared. A line of which little
//! stayed gets no marks: there the whole line is the difference. Cuts are made only at ASCII characters, so a mark never
//! splits a letter.

use std::ops::Range;

use forge_core::code::{DiffLine, LineKind};
use imara_diff::{Algorithm, Diff, InternedInput, NoSliderHeuristic};

/// Bytes of all lines of one change. More is not read word by word.
const MAX_BYTES: usize = 64 << 10;
/// So many percent of a line must have stayed for marks to help.
const KEPT: usize = 30;

/// Marks the removed and the added lines of one change.
pub(super) fn mark(lines: &mut [DiffLine]) {
    if lines.iter().any(|line| line.left_out > 0)
        || lines.iter().map(|line| line.content.len()).sum::<usize>() > MAX_BYTES
    {
        return;
    }
    let places = |kind: LineKind| -> Vec<(usize, Range<usize>)> {
        let of_kind = lines.iter().enumerate().filter(|(_, line)| line.kind == kind);
        of_kind.flat_map(|(at, line)| words(&line.content).map(move |word| (at, word))).collect()
    };
    let (removed, added) = (places(LineKind::Removed), places(LineKind::Added));
    let word = |place: &(usize, Range<usize>)| {
        lines.get(place.0).and_then(|line| line.content.get(place.1.clone())).unwrap_or_default()
    };
    let mut input: InternedInput<&[u8]> = InternedInput::default();
    input.update_before(removed.iter().map(word));
    input.update_after(added.iter().map(word));
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_with(&input.before, &input.after, NoSliderHeuristic);
    let mut marks: Vec<Vec<Range<usize>>> = vec![Vec::new(); lines.len()];
    for hunk in diff.hunks() {
        for (places, range) in [(&removed, hunk.before), (&added, hunk.after)] {
            let at = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
            for (line, word) in places.get(at(range.start)..at(range.end)).unwrap_or_default() {
                if let Some(marks) = marks.get_mut(*line) {
                    marks.push(word.clone());
                }
            }
        }
    }
    for (line, marks) in lines.iter_mut().zip(marks) {
        line.marks = tidy(&line.content, marks);
    }
}

/// Joins neighbouring marks, also over white space between them; none where too little stayed.
fn tidy(content: &[u8], marks: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let solid = |range: Range<usize>| {
        let part = content.get(range).unwrap_or_default();
        part.iter().filter(|byte| !byte.is_ascii_whitespace()).count()
    };
    let (all, changed) = (solid(0..content.len()), marks.iter().cloned().map(solid).sum::<usize>());
    if (all - changed.min(all)) * 100 < all * KEPT {
        return Vec::new();
    }
    let mut joined: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        match joined.last_mut() {
            Some(last) if solid(last.end..mark.start) == 0 => last.end = mark.end,
            _ => joined.push(mark),
        }
    }
    joined
}

/// Cuts a line into words, runs of white space and single signs.
fn words(line: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let class = |byte: u8| match byte {
        b' ' | b'\t' => 0,
        b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => 1,
        _ => 2,
    };
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = line.get(at..)?;
        let kind = class(*rest.first()?);
        let length = match kind {
            2 => 1,
            _ => rest.iter().take_while(|byte| class(**byte) == kind).count(),
        };
        at += length;
        Some(at - length..at)
    })
}

#[cfg(test)]
mod tests {
    use forge_core::code::WhiteSpace;

    use super::super::lines::{Shape, compare};
    use super::*;

    fn marked(old: &str, new: &str) -> Vec<String> {
        let compared = compare(old.as_bytes(), new.as_bytes(), WhiteSpace::Exact, Algorithm::Histogram);
        let hunk = compared.hunks(Shape { marks: true, ..Shape::plain(1_000) }).remove(0);
        let changed = hunk.lines.iter().filter(|line| line.kind != LineKind::Context);
        changed
            .map(|line| {
                let mut text = String::from_utf8(line.content.clone()).unwrap();
                for mark in line.marks.iter().rev() {
                    text.insert(mark.end, ']');
                    text.insert(mark.start, '[');
                }
                text
            })
            .collect()
    }

    #[test]
    fn marks_the_words_that_differ() {
        assert_eq!(marked("let a = f(x);\n", "let a = f(y, x);\n"), ["let a = f(x);", "let a = f([y, ]x);"]);
        assert_eq!(
            marked("beds <- read(a)\nsame\n", "beds <- read(b)\nsame\n"),
            ["beds <- read([a])", "beds <- read([b])"]
        );
        assert_eq!(
            marked("Grüße aus Leeds\n", "Grüsse aus Leeds\n"),
            ["[Grüße] aus Leeds", "[Grüsse] aus Leeds"]
        );
        // Two lines became one.
        assert_eq!(marked("one two\nthree four\n", "one two three four\n").len(), 3);
    }

    #[test]
    fn a_new_line_has_no_marks() {
        assert_eq!(
            marked("completely different\n", "SELECT * FROM beds;\n"),
            ["completely different", "SELECT * FROM beds;"]
        );
        let long = "x ".repeat(40_000);
        assert_eq!(marked(&format!("{long}\n"), &format!("{long}y\n")).concat().matches('[').count(), 0);
    }

    #[test]
    fn words_cover_the_line() {
        let line = "a_1  +é(\tx)";
        let parts: Vec<_> = words(line.as_bytes()).map(|word| &line[word]).collect();
        assert_eq!(parts, ["a_1", "  ", "+", "é", "(", "\t", "x", ")"]);
    }
}
