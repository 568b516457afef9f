//! Three texts into one.
//!
//! Git's own way, so that what git merges is merged here: what each side changed since the base is laid side by side; changes that
//! neither overlap nor touch are all taken, equal ones once, and the rest is a conflict. Lines keep their endings, so a change of
//! line endings is a change like any other.

use std::ops::Range;

use forge_core::code::{ConflictHunk, MergePiece};
use imara_diff::{Algorithm, Diff, InternedInput, NoSliderHeuristic, Token};

/// Conflicts with so many lines between them, or fewer, are shown as one where they are written into a file.
const NEAR: u32 = 3;

/// Who decides about a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Ours,
    Theirs,
    Nobody,
}

/// Joins what two people made of one text; where they clash, the pieces of it.
pub fn merge_texts(base: &[u8], ours: &[u8], theirs: &[u8]) -> std::result::Result<Vec<u8>, Vec<MergePiece>> {
    let merge = TextMerge::new(base, ours, theirs);
    if merge.is_clean() { Ok(merge.text(0, ["", ""])) } else { Err(merge.pieces()) }
}

/// Lines that at least one side changed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Region {
    who: Who,
    base: Range<u32>,
    ours: Range<u32>,
    theirs: Range<u32>,
}

/// The three texts, cut into lines, with the regions that changed.
pub(super) struct TextMerge<'a> {
    lines: InternedInput<&'a [u8]>,
    base: Vec<Token>,
    ours: Vec<Token>,
    theirs: Vec<Token>,
    regions: Vec<Region>,
}

impl<'a> TextMerge<'a> {
    /// Lays the changes of both sides over the base.
    pub(super) fn new(base: &'a [u8], ours: &'a [u8], theirs: &'a [u8]) -> Self {
        let mut lines = InternedInput::new(base, ours);
        let (base, ours) = (std::mem::take(&mut lines.before), std::mem::take(&mut lines.after));
        lines.update_after(imara_diff::sources::byte_lines(theirs));
        let theirs = std::mem::take(&mut lines.after);
        let mut merge = Self { lines, base, ours, theirs, regions: Vec::new() };
        let (left, right) =
            (merge.changes(&merge.base, &merge.ours), merge.changes(&merge.base, &merge.theirs));
        merge.regions = merge.lay(&left, &right);
        merge
    }

    fn changes(&self, before: &[Token], after: &[Token]) -> Vec<imara_diff::Hunk> {
        let mut diff = Diff::default();
        diff.compute_with(Algorithm::Histogram, before, after, self.lines.interner.num_tokens());
        diff.postprocess_with(before, after, NoSliderHeuristic);
        diff.hunks().collect()
    }

    /// Goes through the changes of both sides in the order of the base.
    fn lay(&self, left: &[imara_diff::Hunk], right: &[imara_diff::Hunk]) -> Vec<Region> {
        let mut regions: Vec<Region> = Vec::new();
        let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
        // By how much a line of the base is moved on each side by the changes so far.
        let shifted = |at: u32, base: u32, side: u32| (at + side).saturating_sub(base);
        let (mut last_left, mut last_right) = ((0, 0), (0, 0));
        loop {
            match (left.peek(), right.peek()) {
                (Some(a), b) if b.is_none_or(|b| a.before.end < b.before.start) => {
                    let theirs = shifted(a.before.start, last_right.0, last_right.1)
                        ..shifted(a.before.end, last_right.0, last_right.1);
                    let ours = a.after.clone();
                    push(&mut regions, Region { who: Who::Ours, base: a.before.clone(), ours, theirs });
                    last_left = (a.before.end, a.after.end);
                    left.next();
                }
                (a, Some(b)) if a.is_none_or(|a| b.before.end < a.before.start) => {
                    let ours = shifted(b.before.start, last_left.0, last_left.1)
                        ..shifted(b.before.end, last_left.0, last_left.1);
                    let theirs = b.after.clone();
                    push(&mut regions, Region { who: Who::Theirs, base: b.before.clone(), ours, theirs });
                    last_right = (b.before.end, b.after.end);
                    right.next();
                }
                (Some(a), Some(b)) => {
                    let same = a.before == b.before && self.same_lines(&a.after, &b.after);
                    if !same {
                        push(&mut regions, both(a, b));
                    }
                    let (a_end, b_end) = (a.before.end, b.before.end);
                    let (a_after, b_after) = (a.after.end, b.after.end);
                    if a_end >= b_end {
                        last_right = (b_end, b_after);
                        right.next();
                    }
                    if b_end >= a_end {
                        last_left = (a_end, a_after);
                        left.next();
                    }
                }
                _ => break,
            }
        }
        regions
    }

    fn same_lines(&self, ours: &Range<u32>, theirs: &Range<u32>) -> bool {
        part(&self.ours, ours) == part(&self.theirs, theirs)
    }

    /// Whether somebody has to decide about it.
    fn is_clash(&self, region: &Region) -> bool {
        let decided = region.who != Who::Nobody;
        let is_one_empty = region.ours.is_empty() || region.theirs.is_empty();
        !decided && (is_one_empty || !self.same_lines(&region.ours, &region.theirs))
    }

    /// Whether everything fitted.
    pub(super) fn is_clean(&self) -> bool {
        !self.regions.iter().any(|region| self.is_clash(region))
    }

    /// The file piece by piece.
    pub(super) fn pieces(&self) -> Vec<MergePiece> {
        let mut pieces = Vec::new();
        let mut agreed = Vec::new();
        let mut at = 0;
        for region in &self.regions {
            self.write(&mut agreed, &self.ours, &(at..region.ours.start));
            at = region.ours.end;
            if self.is_clash(region) {
                if !agreed.is_empty() {
                    pieces.push(MergePiece::Agreed(std::mem::take(&mut agreed)));
                }
                let text = |tokens: &[Token], range: &Range<u32>| {
                    let mut text = Vec::new();
                    self.write(&mut text, tokens, range);
                    text
                };
                pieces.push(MergePiece::Clash(ConflictHunk {
                    ours_start: region.ours.start + 1,
                    base_start: region.base.start + 1,
                    theirs_start: region.theirs.start + 1,
                    ours: text(&self.ours, &region.ours),
                    base: text(&self.base, &region.base),
                    theirs: text(&self.theirs, &region.theirs),
                }));
            } else if region.who == Who::Theirs {
                self.write(&mut agreed, &self.theirs, &region.theirs);
            } else {
                self.write(&mut agreed, &self.ours, &region.ours);
            }
        }
        self.write(&mut agreed, &self.ours, &(at..count(&self.ours)));
        if !agreed.is_empty() {
            pieces.push(MergePiece::Agreed(agreed));
        }
        pieces
    }

    /// The merged text; where somebody has to decide stand both sides between markers of this length.
    pub(super) fn text(&self, marker: usize, names: [&str; 2]) -> Vec<u8> {
        let mut text = Vec::new();
        let mut at = 0;
        for region in &self.refined() {
            self.write(&mut text, &self.ours, &(at..region.ours.start));
            at = region.ours.end;
            match region.who {
                Who::Ours => self.write(&mut text, &self.ours, &region.ours),
                Who::Theirs => self.write(&mut text, &self.theirs, &region.theirs),
                Who::Nobody => {
                    mark(&mut text, b'<', marker, names[0]);
                    self.write(&mut text, &self.ours, &region.ours);
                    mark(&mut text, b'=', marker, "");
                    self.write(&mut text, &self.theirs, &region.theirs);
                    mark(&mut text, b'>', marker, names[1]);
                }
            }
        }
        self.write(&mut text, &self.ours, &(at..count(&self.ours)));
        text
    }

    /// The regions with conflicts cut down to the lines that differ.
    fn refined(&self) -> Vec<Region> {
        let mut all: Vec<Region> = Vec::new();
        for region in &self.regions {
            if region.who != Who::Nobody || region.ours.is_empty() || region.theirs.is_empty() {
                all.push(region.clone());
                continue;
            }
            let changes = self.changes(part(&self.ours, &region.ours), part(&self.theirs, &region.theirs));
            all.extend(changes.into_iter().map(|change| Region {
                who: Who::Nobody,
                base: region.base.clone(),
                ours: region.ours.start + change.before.start..region.ours.start + change.before.end,
                theirs: region.theirs.start + change.after.start..region.theirs.start + change.after.end,
            }));
        }
        let mut joined: Vec<Region> = Vec::new();
        for region in all {
            match joined.last_mut() {
                Some(last)
                    if last.who == Who::Nobody
                        && region.who == Who::Nobody
                        && region.ours.start.saturating_sub(last.ours.end) <= NEAR =>
                {
                    last.ours.end = region.ours.end;
                    last.theirs.end = region.theirs.end;
                }
                _ => joined.push(region),
            }
        }
        joined
    }

    fn write(&self, text: &mut Vec<u8>, tokens: &[Token], range: &Range<u32>) {
        for token in part(tokens, range) {
            text.extend_from_slice(self.lines.interner[*token]);
        }
    }
}

/// The lines that two changes cover together, as far on each side as on the other. Where one side had another change before, the
/// start may fall short of it; [`push`] then only takes the end.
fn both(a: &imara_diff::Hunk, b: &imara_diff::Hunk) -> Region {
    let start = a.before.start.min(b.before.start);
    let end = a.before.end.max(b.before.end);
    let wide = |hunk: &imara_diff::Hunk| {
        hunk.after.start.saturating_sub(hunk.before.start - start)..hunk.after.end + (end - hunk.before.end)
    };
    Region { who: Who::Nobody, base: start..end, ours: wide(a), theirs: wide(b) }
}

/// Adds a region, or makes the last one longer where the two meet.
fn push(regions: &mut Vec<Region>, region: Region) {
    match regions.last_mut() {
        Some(last) if region.ours.start <= last.ours.end || region.theirs.start <= last.theirs.end => {
            if last.who != region.who {
                last.who = Who::Nobody;
            }
            last.base.end = region.base.end;
            last.ours.end = region.ours.end;
            last.theirs.end = region.theirs.end;
        }
        _ => regions.push(region),
    }
}

fn part<'a>(tokens: &'a [Token], range: &Range<u32>) -> &'a [Token] {
    let at = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
    tokens.get(at(range.start)..at(range.end)).unwrap_or_default()
}

fn count(tokens: &[Token]) -> u32 {
    u32::try_from(tokens.len()).unwrap_or(u32::MAX)
}

fn mark(text: &mut Vec<u8>, sign: u8, length: usize, name: &str) {
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.extend(std::iter::repeat_n(sign, length));
    if !name.is_empty() {
        text.push(b' ');
        text.extend_from_slice(name.as_bytes());
    }
    text.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(base: &str, ours: &str, theirs: &str) -> (bool, String) {
        let merge = TextMerge::new(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
        let text = merge.text(7, ["ours", "theirs"]);
        (merge.is_clean(), String::from_utf8(text).unwrap())
    }

    #[test]
    fn takes_what_each_side_changed() {
        let base = "1\n2\n3\n4\n5\n";
        assert_eq!(
            merged(base, "one\n2\n3\n4\n5\n", "1\n2\n3\n4\nfive"),
            (true, "one\n2\n3\n4\nfive".into())
        );
        assert_eq!(merged(base, "1\n2\n4\n5\n", "1\n2\n4\n5\n"), (true, "1\n2\n4\n5\n".into()));
        assert_eq!(merged("", "x\n", ""), (true, "x\n".into()));
        assert_eq!(merged(base, base, "1\r\n2\r\n3\r\n4\r\n5\r\n").1, "1\r\n2\r\n3\r\n4\r\n5\r\n");
    }

    #[test]
    fn marks_what_touches() {
        let (clean, text) = merged("1\n2\n3\n", "1\nx\n3\n", "1\ny\n3\n");
        assert_eq!((clean, text.as_str()), (false, "1\n<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n3\n"));
        // Neighbouring lines are a conflict too, as in git.
        assert!(!merged("1\n2\n3\n", "x\n2\n3\n", "1\ny\n3\n").0);
        assert!(merged("1\n2\n3\n", "x\n2\n3\n", "1\n2\ny\n").0);
        assert!(!merged("a\n", "b", "c").0);
    }

    #[test]
    fn pieces_hold_all_three_sides() {
        let merge = TextMerge::new(b"1\n2\n3\n4\n5\n6\n", b"1\nx\n3\n4\n5\n6\n", b"1\ny\nz\n4\n5\nsix\n");
        let pieces = merge.pieces();
        assert_eq!(pieces.len(), 3);
        let MergePiece::Clash(hunk) = &pieces[1] else { panic!("no clash") };
        assert_eq!((hunk.ours_start, hunk.base_start, hunk.theirs_start), (2, 2, 2));
        assert_eq!(
            (&hunk.base[..], &hunk.ours[..], &hunk.theirs[..]),
            (&b"2\n3\n"[..], &b"x\n3\n"[..], &b"y\nz\n"[..])
        );
        assert_eq!(pieces[2], MergePiece::Agreed(b"4\n5\nsix\n".to_vec()));
    }
}
