//! Which lines differ.

use std::borrow::Cow;

use forge_core::code::{DiffLine, Hunk, LineEnding, LineKind, WhiteSpace};
use imara_diff::{Algorithm, Diff, InternedInput};

/// How many of the first bytes decide, as in git.
const LOOKED_AT: usize = 8000;

/// Whether git would call it binary. UTF-16 is, since its lines cannot be told apart byte by byte.
pub(crate) fn is_binary(content: &[u8]) -> bool {
    memchr::memchr(0, content.get(..LOOKED_AT).unwrap_or(content)).is_some()
}

/// Two texts side by side.
pub(crate) struct Compared<'a> {
    old: Vec<&'a [u8]>,
    new: Vec<&'a [u8]>,
    changes: Vec<imara_diff::Hunk>,
}

/// How hunks are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Unchanged lines around each change.
    pub(crate) context: u32,
    /// Bytes of one line; what is behind is left out.
    pub(crate) line_bytes: usize,
    /// Whether the parts of lines that differ are marked.
    pub(crate) marks: bool,
}

impl Shape {
    /// Whole lines without marks.
    pub(crate) fn plain(context: u32) -> Self {
        Self { context, line_bytes: usize::MAX, marks: false }
    }
}

/// Compares two texts line by line, moving changes to where people see them.
pub(crate) fn compare<'a>(
    old: &'a [u8],
    new: &'a [u8],
    white_space: WhiteSpace,
    algorithm: Algorithm,
) -> Compared<'a> {
    let [old, new] = [old, new].map(|text| imara_diff::sources::byte_lines(text).collect::<Vec<_>>());
    let mut input: InternedInput<Cow<'a, [u8]>> = InternedInput::default();
    input.update_before(old.iter().map(|line| without(line, white_space)));
    input.update_after(new.iter().map(|line| without(line, white_space)));
    let mut diff = Diff::compute(algorithm, &input);
    diff.postprocess_lines(&input);
    let changes = diff.hunks().collect();
    Compared { old, new, changes }
}

/// What of a line counts.
fn without(line: &[u8], white_space: WhiteSpace) -> Cow<'_, [u8]> {
    let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    match white_space {
        WhiteSpace::Exact => Cow::Borrowed(line),
        WhiteSpace::IgnoreAll => Cow::Owned(line.iter().copied().filter(|byte| !is_space(byte)).collect()),
        WhiteSpace::IgnoreAmount => {
            let mut text = Vec::with_capacity(line.len());
            for byte in line {
                match (is_space(byte), text.last()) {
                    (true, Some(b' ')) => {}
                    (true, _) => text.push(b' '),
                    (false, _) => text.push(*byte),
                }
            }
            if text.last() == Some(&b' ') {
                text.pop();
            }
            Cow::Owned(text)
        }
    }
}

/// Changes that are shown together, with the first and the line behind the last on each side.
struct Group<'a> {
    changes: &'a [imara_diff::Hunk],
    old: std::ops::Range<u32>,
    new: std::ops::Range<u32>,
}

impl<'a> Compared<'a> {
    /// Lines added and removed.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let sum = |range: fn(&imara_diff::Hunk) -> &std::ops::Range<u32>| {
            self.changes.iter().map(|change| u64::from(range(change).end - range(change).start)).sum()
        };
        (sum(|change| &change.after), sum(|change| &change.before))
    }

    /// How many lines, and about how many bytes, the hunks will have.
    pub(crate) fn size(&self, shape: Shape) -> (u64, u64) {
        let (mut lines, mut bytes) = (0, 0);
        for group in self.groups(shape.context) {
            let removed: u32 =
                group.changes.iter().map(|change| change.before.end - change.before.start).sum();
            lines += u64::from(removed + group.new.end - group.new.start);
            for (all, range) in [(&self.old, &group.old), (&self.new, &group.new)] {
                bytes += part(all, range).iter().map(|line| line.len().min(shape.line_bytes)).sum::<usize>();
            }
        }
        (lines, u64::try_from(bytes).unwrap_or(u64::MAX))
    }

    /// The changes, with unchanged lines around them.
    pub(crate) fn hunks(&self, shape: Shape) -> Vec<Hunk> {
        self.groups(shape.context).into_iter().map(|group| self.hunk(&group, shape)).collect()
    }

    /// Every line of both sides, from the first to the last.
    pub(crate) fn whole(&self, shape: Shape) -> Hunk {
        let end = |lines: &[&[u8]]| u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let group = Group { changes: &self.changes, old: 0..end(&self.old), new: 0..end(&self.new) };
        self.hunk(&group, shape)
    }

    /// The last line before this one, on the old side, that looks like a heading.
    pub(crate) fn heading(&self, before: u32) -> Option<&'a [u8]> {
        part(&self.old, &(0..before)).iter().rev().find_map(|line| crate::patch::cut_heading(line))
    }

    /// What changed, as ranges of lines counted from zero.
    pub(crate) fn changes(&self) -> &[imara_diff::Hunk] {
        &self.changes
    }

    fn hunk(&self, group: &Group<'_>, shape: Shape) -> Hunk {
        let line = |kind, old: Option<u32>, new: Option<u32>| {
            let content = match new {
                Some(at) => part(&self.new, &(at..at + 1)).first(),
                None => old.and_then(|at| part(&self.old, &(at..at + 1)).first()),
            };
            content.map(|content| diff_line(kind, old, new, content, shape.line_bytes))
        };
        let mut lines = Vec::new();
        let (mut old, mut new) = (group.old.start, group.new.start);
        let both = |lines: &mut Vec<DiffLine>, old: u32, new: u32, until: u32| {
            let pairs = (old..until).zip(new..);
            lines.extend(pairs.filter_map(|(old, new)| line(LineKind::Context, Some(old), Some(new))));
        };
        for change in group.changes {
            both(&mut lines, old, new, change.before.start);
            let first = lines.len();
            lines.extend(change.before.clone().filter_map(|at| line(LineKind::Removed, Some(at), None)));
            lines.extend(change.after.clone().filter_map(|at| line(LineKind::Added, None, Some(at))));
            if shape.marks && !change.before.is_empty() && !change.after.is_empty() {
                super::marks::mark(lines.get_mut(first..).unwrap_or_default());
            }
            (old, new) = (change.before.end, change.after.end);
        }
        both(&mut lines, old, new, group.old.end);
        let start =
            |range: &std::ops::Range<u32>| if range.is_empty() { range.start } else { range.start + 1 };
        Hunk {
            old_start: start(&group.old),
            old_lines: group.old.end - group.old.start,
            new_start: start(&group.new),
            new_lines: group.new.end - group.new.start,
            lines,
        }
    }

    /// Changes with at most twice the context between them belong together.
    fn groups(&self, context: u32) -> Vec<Group<'_>> {
        let total = u32::try_from(self.old.len()).unwrap_or(u32::MAX);
        let near = context.saturating_mul(2);
        self.changes
            .chunk_by(|a, b| b.before.start - a.before.end <= near)
            .filter_map(|changes| {
                let (first, last) = (changes.first()?, changes.last()?);
                let before = context.min(first.before.start);
                let after = context.min(total - last.before.end);
                Some(Group {
                    changes,
                    old: first.before.start - before..last.before.end + after,
                    new: first.after.start - before..last.after.end + after,
                })
            })
            .collect()
    }
}

fn part<'a, 'b>(lines: &'b [&'a [u8]], range: &std::ops::Range<u32>) -> &'b [&'a [u8]] {
    let at = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
    lines.get(at(range.start)..at(range.end)).unwrap_or_default()
}

fn diff_line(kind: LineKind, old: Option<u32>, new: Option<u32>, line: &[u8], limit: usize) -> DiffLine {
    let (content, ending) = if let Some(content) = line.strip_suffix(b"\r\n") {
        (content, LineEnding::CrLf)
    } else if let Some(content) = line.strip_suffix(b"\n") {
        (content, LineEnding::Lf)
    } else {
        (line, LineEnding::None)
    };
    let number = |at: Option<u32>| at.map(|at| at + 1);
    let shown = content.get(..limit).unwrap_or(content);
    let left_out = u64::try_from(content.len() - shown.len()).unwrap_or(u64::MAX);
    DiffLine {
        kind,
        old_number: number(old),
        new_number: number(new),
        content: shown.to_vec(),
        ending,
        marks: Vec::new(),
        left_out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<String> {
        let compared = compare(old.as_bytes(), new.as_bytes(), WhiteSpace::Exact, Algorithm::Histogram);
        let mut all = Vec::new();
        for hunk in compared.hunks(Shape::plain(3)) {
            all.push(format!(
                "@ {},{} {},{}",
                hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines
            ));
            all.extend(hunk.lines.iter().map(|line| {
                let mark = match line.kind {
                    LineKind::Context => ' ',
                    LineKind::Added => '+',
                    LineKind::Removed => '-',
                };
                format!("{mark}{}", String::from_utf8_lossy(&line.content))
            }));
        }
        all
    }

    #[test]
    fn shows_changes_with_their_surroundings() {
        assert_eq!(shown("", "a\nb"), ["@ 0,0 1,2", "+a", "+b"]);
        assert_eq!(shown("a\n", ""), ["@ 1,1 0,0", "-a"]);
        assert_eq!(shown("a\r\nb\n", "a\nb\n"), ["@ 1,2 1,2", "-a", "+a", " b"]);
        assert_eq!(
            shown("1\n2\n3\n4\n5\nx\n", "1\n2\n3\n4\n5\ny"),
            ["@ 3,4 3,4", " 3", " 4", " 5", "-x", "+y"]
        );
        assert!(shown("same\n", "same\n").is_empty());
    }

    #[test]
    fn near_changes_share_a_hunk_and_far_ones_do_not() {
        let text =
            |first: &str, last: &str, between: usize| format!("{first}\n{}{last}\n", "l\n".repeat(between));
        let hunks = |between| {
            let (old, new) = (text("a", "b", between), text("c", "d", between));
            let compared = compare(old.as_bytes(), new.as_bytes(), WhiteSpace::Exact, Algorithm::Histogram);
            compared.hunks(Shape::plain(3)).len()
        };
        assert_eq!((hunks(6), hunks(7)), (1, 2));
    }

    #[test]
    fn long_lines_are_cut_and_say_so() {
        let (old, new) = ([b'x'; 50], [b'y'; 2000]);
        let compared = compare(&old, &new, WhiteSpace::Exact, Algorithm::Histogram);
        let shape = Shape { line_bytes: 100, ..Shape::plain(3) };
        let hunk = compared.hunks(shape).remove(0);
        let cut: Vec<_> = hunk.lines.iter().map(|line| (line.content.len(), line.left_out)).collect();
        assert_eq!(cut, [(50, 0), (100, 1900)]);
        assert_eq!(compared.size(shape), (2, 150));
    }
}
