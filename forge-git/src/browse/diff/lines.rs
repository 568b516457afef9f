//! Which lines differ.

use forge_core::code::{DiffLine, Hunk, LineEnding, LineKind};
use imara_diff::{Algorithm, Diff, InternedInput};

/// How many of the first bytes decide, as in git.
const LOOKED_AT: usize = 8000;

/// Whether git would call it binary. UTF-16 is, since its lines cannot be told apart byte by byte.
pub(crate) fn is_binary(content: &[u8]) -> bool {
    memchr::memchr(0, content.get(..LOOKED_AT).unwrap_or(content)).is_some()
}

/// Two texts side by side.
pub(crate) struct Compared<'a> {
    input: InternedInput<&'a [u8]>,
    changes: Vec<imara_diff::Hunk>,
}

/// Compares two texts line by line, moving changes to where people see them.
pub(crate) fn compare<'a>(old: &'a [u8], new: &'a [u8]) -> Compared<'a> {
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let changes = diff.hunks().collect();
    Compared { input, changes }
}

/// Changes that are shown together, with the first and the line behind the last on each side.
struct Group<'a> {
    changes: &'a [imara_diff::Hunk],
    old: std::ops::Range<u32>,
    new: std::ops::Range<u32>,
}

impl Compared<'_> {
    /// Lines added and removed.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let sum = |range: fn(&imara_diff::Hunk) -> &std::ops::Range<u32>| {
            self.changes.iter().map(|change| u64::from(range(change).end - range(change).start)).sum()
        };
        (sum(|change| &change.after), sum(|change| &change.before))
    }

    /// How many lines, and about how many bytes, the hunks will have.
    pub(crate) fn size(&self, context: u32) -> (u64, u64) {
        let (mut lines, mut bytes) = (0, 0);
        for group in self.groups(context) {
            let removed: u32 =
                group.changes.iter().map(|change| change.before.end - change.before.start).sum();
            lines += u64::from(removed + group.new.end - group.new.start);
            let both = [(&self.input.before, &group.old), (&self.input.after, &group.new)];
            for (tokens, range) in both {
                bytes += range.clone().filter_map(|at| self.line(tokens, at)).map(<[u8]>::len).sum::<usize>();
            }
        }
        (lines, u64::try_from(bytes).unwrap_or(u64::MAX))
    }

    /// The changes with `context` unchanged lines around them.
    pub(crate) fn hunks(&self, context: u32) -> Vec<Hunk> {
        self.groups(context).into_iter().map(|group| self.hunk(&group)).collect()
    }

    fn hunk(&self, group: &Group<'_>) -> Hunk {
        let mut lines = Vec::new();
        let (mut old, mut new) = (group.old.start, group.new.start);
        let both = |lines: &mut Vec<DiffLine>, old: &mut u32, new: &mut u32, until: u32| {
            while *old < until {
                lines.extend(
                    self.line(&self.input.before, *old)
                        .map(|line| diff_line(LineKind::Context, Some(*old), Some(*new), line)),
                );
                *old += 1;
                *new += 1;
            }
        };
        for change in group.changes {
            both(&mut lines, &mut old, &mut new, change.before.start);
            let removed = change.before.clone().filter_map(|at| {
                self.line(&self.input.before, at)
                    .map(|line| diff_line(LineKind::Removed, Some(at), None, line))
            });
            lines.extend(removed);
            let added = change.after.clone().filter_map(|at| {
                self.line(&self.input.after, at).map(|line| diff_line(LineKind::Added, None, Some(at), line))
            });
            lines.extend(added);
            (old, new) = (change.before.end, change.after.end);
        }
        both(&mut lines, &mut old, &mut new, group.old.end);
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
        let total = u32::try_from(self.input.before.len()).unwrap_or(u32::MAX);
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

    fn line(&self, tokens: &[imara_diff::Token], at: u32) -> Option<&[u8]> {
        let token = tokens.get(usize::try_from(at).ok()?)?;
        Some(self.input.interner[*token])
    }
}

fn diff_line(kind: LineKind, old: Option<u32>, new: Option<u32>, line: &[u8]) -> DiffLine {
    let (content, ending) = if let Some(content) = line.strip_suffix(b"\r\n") {
        (content, LineEnding::CrLf)
    } else if let Some(content) = line.strip_suffix(b"\n") {
        (content, LineEnding::Lf)
    } else {
        (line, LineEnding::None)
    };
    let number = |at: Option<u32>| at.map(|at| at + 1);
    DiffLine { kind, old_number: number(old), new_number: number(new), content: content.to_vec(), ending }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<String> {
        let compared = compare(old.as_bytes(), new.as_bytes());
        let mut all = Vec::new();
        for hunk in compared.hunks(3) {
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
            compare(text("a", "b", between).as_bytes(), text("c", "d", between).as_bytes()).hunks(3).len()
        };
        assert_eq!((hunks(6), hunks(7)), (1, 2));
    }
}
