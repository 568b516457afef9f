//! Which lines differ.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

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
pub(crate) struct Shape<'a> {
    /// Unchanged lines around each change.
    pub(crate) context: u32,
    /// Lines of the new side, counted from one, that are shown although nothing changed near them.
    pub(crate) more: &'a [RangeInclusive<u32>],
    /// Bytes of one line; what is behind is left out.
    pub(crate) line_bytes: usize,
    /// Whether the parts of lines that differ are marked.
    pub(crate) marks: bool,
}

impl Shape<'_> {
    /// Whole lines without marks.
    pub(crate) fn plain(context: u32) -> Self {
        Self { context, more: &[], line_bytes: usize::MAX, marks: false }
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

/// Every line of two texts, from the first to the last, with the parts of changed lines that differ marked.
///
/// For parts of files that a page lays out, such as a cell of a notebook. Whoever asks has bounded both texts.
pub fn compare_texts(old: &[u8], new: &[u8]) -> Vec<DiffLine> {
    let limits = super::DiffLimits::default();
    let shape = Shape { context: 0, more: &[1..=u32::MAX], line_bytes: limits.line_bytes, marks: true };
    let compared = compare(old, new, WhiteSpace::Exact, Algorithm::Histogram);
    compared.hunks(shape).into_iter().flat_map(|hunk| hunk.lines).collect()
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
    old: Range<u32>,
    new: Range<u32>,
}

impl<'a> Compared<'a> {
    /// Lines added and removed.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let sum = |range: fn(&imara_diff::Hunk) -> &Range<u32>| {
            self.changes.iter().map(|change| u64::from(range(change).end - range(change).start)).sum()
        };
        (sum(|change| &change.after), sum(|change| &change.before))
    }

    /// How many lines, and about how many bytes, the hunks will have.
    pub(crate) fn size(&self, shape: Shape<'_>) -> (u64, u64) {
        let (mut lines, mut bytes) = (0, 0);
        for group in self.groups(shape) {
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
    pub(crate) fn hunks(&self, shape: Shape<'_>) -> Vec<Hunk> {
        self.groups(shape).into_iter().map(|group| self.hunk(&group, shape)).collect()
    }

    /// The last line before this one, on the old side, that looks like a heading.
    pub(crate) fn heading(&self, before: u32) -> Option<&'a [u8]> {
        part(&self.old, &(0..before)).iter().rev().find_map(|line| crate::patch::cut_heading(line))
    }

    /// What changed, as ranges of lines counted from zero.
    pub(crate) fn changes(&self) -> &[imara_diff::Hunk] {
        &self.changes
    }

    fn hunk(&self, group: &Group<'_>, shape: Shape<'_>) -> Hunk {
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
        let start = |range: &Range<u32>| if range.is_empty() { range.start } else { range.start + 1 };
        Hunk {
            old_start: start(&group.old),
            old_lines: group.old.end - group.old.start,
            new_start: start(&group.new),
            new_lines: group.new.end - group.new.start,
            lines,
        }
    }

    /// How many lines the new side has.
    pub(crate) fn new_length(&self) -> u32 {
        u32::try_from(self.new.len()).unwrap_or(u32::MAX)
    }

    /// Changes that are shown together: all lines between them are shown too.
    fn groups(&self, shape: Shape<'_>) -> Vec<Group<'_>> {
        let mut groups = Vec::new();
        let Some(last) = self.changes.len().checked_sub(1) else { return groups };
        // Where the lines that are not changed begin, on both sides, and the group that is still open.
        let (mut old_at, mut new_at) = (0, 0);
        let mut open: Option<(usize, u32, u32)> = None;
        let close = |(first, old, new): (usize, u32, u32), until: usize, old_end: u32, new_end: u32| {
            let changes = self.changes.get(first..until).unwrap_or_default();
            Group { changes, old: old..old_end, new: new..new_end }
        };
        for (at, change) in self.changes.iter().enumerate() {
            let gap = new_at..change.after.start;
            let old_of = |new: u32| old_at + (new - gap.start);
            for part in shown_between(&gap, at > 0, true, shape) {
                let opens = part.end == gap.end;
                match open {
                    Some(_) if part == gap => {}
                    Some(first) if part.start == gap.start => {
                        groups.push(close(first, at, old_of(part.end), part.end));
                        open = None;
                    }
                    _ if opens => open = Some((at, old_of(part.start), part.start)),
                    _ => {
                        let first = (at, old_of(part.start), part.start);
                        groups.push(close(first, at, old_of(part.end), part.end));
                    }
                }
            }
            (old_at, new_at) = (change.before.end, change.after.end);
        }
        let gap = new_at..self.new_length();
        let old_of = |new: u32| old_at + (new - gap.start);
        for part in shown_between(&gap, true, false, shape) {
            let first = open.take().unwrap_or((last + 1, old_of(part.start), part.start));
            groups.push(close(first, last + 1, old_of(part.end), part.end));
        }
        groups
    }
}

/// Which of the unchanged lines between two changes are shown, in order; what touches is joined.
fn shown_between(gap: &Range<u32>, is_after: bool, is_before: bool, shape: Shape<'_>) -> Vec<Range<u32>> {
    let mut parts = Vec::new();
    if is_after {
        parts.push(gap.start..gap.start.saturating_add(shape.context).min(gap.end));
    }
    if is_before {
        parts.push(gap.end.saturating_sub(shape.context).max(gap.start)..gap.end);
    }
    let wanted = shape
        .more
        .iter()
        .map(|wanted| wanted.start().saturating_sub(1).max(gap.start)..(*wanted.end()).min(gap.end));
    parts.extend(wanted.filter(|part| !part.is_empty()));
    parts.sort_by_key(|part| (part.start, part.end));
    let mut joined: Vec<Range<u32>> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(before) if part.start <= before.end => before.end = before.end.max(part.end),
            _ => joined.push(part),
        }
    }
    joined
}

fn part<'a, 'b>(lines: &'b [&'a [u8]], range: &Range<u32>) -> &'b [&'a [u8]] {
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
    fn more_lines_are_shown_where_they_are_wanted() {
        let text = |change: &str| {
            let mut lines: Vec<String> = (1..=40).map(|number| format!("{number}\n")).collect();
            lines[9] = change.to_owned();
            lines[29] = change.to_owned();
            lines.concat()
        };
        let (old, new) = (text("x\n"), text("y\ny\n"));
        let compared = compare(old.as_bytes(), new.as_bytes(), WhiteSpace::Exact, Algorithm::Histogram);
        let ranges = |more: &[RangeInclusive<u32>]| -> Vec<(u32, u32, u32, u32)> {
            let hunks = compared.hunks(Shape { more, ..Shape::plain(3) });
            hunks
                .iter()
                .map(|hunk| (hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines))
                .collect()
        };
        let (first, second) = ((7, 7, 7, 8), (27, 7, 28, 8));
        assert_eq!(ranges(&[]), [first, second]);
        assert_eq!(ranges(&[20..=21]), [first, (19, 2, 20, 2), second]);
        assert_eq!(ranges(&[15..=16]), [(7, 9, 7, 10), second], "it touches the first");
        assert_eq!(ranges(&[15..=27]), [(7, 27, 7, 29)], "it joins both");
        assert_eq!(ranges(&[1..=2, 40..=99]), [(1, 2, 1, 2), first, second, (38, 3, 40, 3)]);
        assert_eq!(ranges(&[1..=u32::MAX]), [(1, 40, 1, 42)]);
        assert_eq!(ranges(&[RangeInclusive::new(5, 4), 100..=200]), [first, second]);
        assert_eq!(compared.new_length(), 42);
    }

    #[test]
    fn texts_are_shown_whole() {
        use LineKind::{Added, Context, Removed};
        let lines = compare_texts(b"a\nb\nc\n", b"a\nx\nc");
        let kinds: Vec<_> = lines.iter().map(|line| (line.kind, line.old_number, line.new_number)).collect();
        assert_eq!(
            kinds,
            [
                (Context, Some(1), Some(1)),
                (Removed, Some(2), None),
                (Removed, Some(3), None),
                (Added, None, Some(2)),
                (Added, None, Some(3))
            ]
        );
        assert!(compare_texts(b"", b"").is_empty());
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
