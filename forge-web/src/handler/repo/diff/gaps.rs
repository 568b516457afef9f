//! The lines between the changed parts of a file, which are shown when somebody asks for them.

use forge_core::FilePath;
use forge_core::code::Hunk;

use super::address::DiffAddress;
use crate::view::{DiffHunk, Link};

/// Lines that come at a time.
const STEP: u32 = 20;

/// Puts links to the lines that are not shown around the parts of a file, and gives those for the lines behind the last part.
pub(super) fn link(
    address: &DiffAddress,
    path: &FilePath,
    more: &[(u32, u32)],
    length: u32,
    hunks: &[Hunk],
    shown: &mut [DiffHunk],
) -> Vec<Link> {
    let to = |label: String, first: u32, last: u32| {
        Link::new(label, address.of_file_with(path, more, (first, last)))
    };
    let mut above = 0;
    for (hunk, shown) in hunks.iter().zip(shown) {
        let (first, last) = ends(hunk);
        let hidden = first.saturating_sub(above + 1);
        shown.more = match hidden {
            0 => Vec::new(),
            1 => vec![to(format!("Show line {}", above + 1), above + 1, above + 1)],
            hidden if hidden <= STEP => {
                vec![to(format!("Show lines {} to {}", above + 1, first - 1), above + 1, first - 1)]
            }
            _ => {
                let upper = (above > 0)
                    .then(|| to(format!("Show {STEP} lines below line {above}"), above + 1, above + STEP));
                let lower = to(format!("Show {STEP} lines above line {first}"), first - STEP, first - 1);
                upper.into_iter().chain([lower]).collect()
            }
        };
        above = last;
    }
    match length.saturating_sub(above) {
        0 => Vec::new(),
        _ if hunks.is_empty() => Vec::new(),
        hidden if hidden <= STEP => vec![to(format!("Show the lines below line {above}"), above + 1, length)],
        _ => vec![to(format!("Show {STEP} lines below line {above}"), above + 1, above + STEP)],
    }
}

/// The first and the last line of a part on the new side. Where it has none, they are the wrong way round.
fn ends(hunk: &Hunk) -> (u32, u32) {
    let first = if hunk.new_lines == 0 { hunk.new_start + 1 } else { hunk.new_start };
    (first, first + hunk.new_lines - u32::from(first + hunk.new_lines > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_lines_are_offered_above_between_and_below() {
        let hunk = |new_start, new_lines| Hunk {
            old_start: 1,
            old_lines: 1,
            new_start,
            new_lines,
            lines: Vec::new(),
        };
        let (address, path) = (DiffAddress::new("/p", "/f"), FilePath::new("a").unwrap());
        let hunks = [hunk(50, 7), hunk(60, 0), hunk(90, 5)];
        let mut shown = vec![DiffHunk::default(); 3];
        let below = link(&address, &path, &[(1, 2)], 200, &hunks, &mut shown);
        let told: Vec<Vec<String>> = shown
            .iter()
            .map(|hunk| hunk.more.iter().map(|link| format!("{}: {}", link.label, link.url)).collect())
            .collect();
        assert_eq!(told[0], ["Show 20 lines above line 50: /f?path=61&more=1-2,30-49"]);
        assert_eq!(told[1], ["Show lines 57 to 60: /f?path=61&more=1-2,57-60"]);
        assert_eq!(
            told[2],
            [
                "Show 20 lines below line 60: /f?path=61&more=1-2,61-80",
                "Show 20 lines above line 90: /f?path=61&more=1-2,70-89"
            ]
        );
        assert_eq!(below[0].label, "Show 20 lines below line 94");
        let mut one = vec![DiffHunk::default()];
        assert!(link(&address, &path, &[], 7, &[hunk(1, 7)], &mut one).is_empty() && one[0].more.is_empty());
    }
}
