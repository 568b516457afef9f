//! Suggestions: blocks of a comment that say what should stand in place of some lines.
//!
//! The form is that of GitLab: a fenced block whose info string is `suggestion`, with an optional `:-2+3` for lines
//! above and below the one that the comment is about.

/// The most lines above and below.
pub const MAX_REACH: u32 = 100;
/// The most suggestions in one comment.
pub const MAX_SUGGESTIONS: usize = 20;

/// A suggestion as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The first and the last line that it replaces.
    pub lines: (u32, u32),
    /// What should stand there, each line with a line feed; empty to take the lines away.
    pub replacement: String,
}

/// Finds the suggestions in a comment about the lines `first` to `last`.
///
/// Without offsets a suggestion replaces all the lines of the comment; with them it counts from the last.
pub fn parse(body: &str, (first, last): (u32, u32)) -> Vec<Suggestion> {
    let mut found = Vec::new();
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        let Some((fence, info)) = fence(line) else { continue };
        let range = info.strip_prefix("suggestion").and_then(|rest| range(rest.trim(), first, last));
        let mut replacement = String::new();
        let mut is_closed = false;
        for line in lines.by_ref() {
            if closes(line, fence) {
                is_closed = true;
                break;
            }
            replacement.push_str(line);
            replacement.push('\n');
        }
        if let (Some(lines), true) = (range, is_closed)
            && found.len() < MAX_SUGGESTIONS
        {
            found.push(Suggestion { lines, replacement });
        }
    }
    found
}

/// A comment without its suggestions, which are shown by themselves.
pub fn without(body: &str) -> String {
    let mut kept = String::new();
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        let opened = fence(line).filter(|(_, info)| {
            info.strip_prefix("suggestion").is_some_and(|rest| range(rest.trim(), 1, 1).is_some())
        });
        let Some((fence, _)) = opened else {
            kept.push_str(line);
            kept.push('\n');
            continue;
        };
        lines.by_ref().find(|line| closes(line, fence));
    }
    kept
}

/// A run of at least three backticks or tildes, and what stands behind it.
fn fence(line: &str) -> Option<(&str, &str)> {
    let text = line.trim_start_matches(' ');
    if line.len() - text.len() > 3 {
        return None;
    }
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = text.trim_start_matches(mark);
    let length = text.len() - info.len();
    if length < 3 || (mark == '`' && info.contains('`')) {
        return None;
    }
    Some((text.get(..length)?, info.trim()))
}

fn closes(line: &str, opened: &str) -> bool {
    fence(line).is_some_and(|(fence, info)| info.is_empty() && fence.starts_with(opened))
}

fn range(text: &str, first: u32, last: u32) -> Option<(u32, u32)> {
    if text.is_empty() {
        return Some((first, last));
    }
    let text = text.strip_prefix(":-")?;
    let (above, below) = text.split_once('+')?;
    let number = |text: &str| -> Option<u32> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| digits && *number <= MAX_REACH)
    };
    let (above, below) = (number(above)?, number(below)?);
    Some((last.saturating_sub(above).max(1), last.checked_add(below)?))
}

/// Why suggestions cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotApplicable {
    /// The lines are no longer what they were.
    #[error("lines {0} to {1} have changed since, so the suggestion no longer fits")]
    Outdated(u32, u32),
    /// Two of them are about the same lines.
    #[error("two of the suggestions are about line {0}: apply one, and look at the other again")]
    Overlap(u32),
}

/// One replacement with what it expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replacement<'a> {
    /// The first and the last line, counted from one.
    pub lines: (u32, u32),
    /// What stands there, with line feeds.
    pub original: &'a str,
    /// What should stand there, with line feeds.
    pub replacement: &'a str,
}

/// Makes the replacements in a file. Line endings stay what they are, and so does a missing one at the end.
pub fn apply(content: &[u8], replacements: &[Replacement<'_>]) -> Result<Vec<u8>, NotApplicable> {
    let lines: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
    let mut sorted: Vec<&Replacement<'_>> = replacements.iter().collect();
    sorted.sort_by_key(|replacement| replacement.lines);
    for (one, next) in sorted.iter().zip(sorted.iter().skip(1)) {
        if next.lines.0 <= one.lines.1 {
            return Err(NotApplicable::Overlap(next.lines.0));
        }
    }
    let has_crlf = lines.iter().filter(|line| line.ends_with(b"\r\n")).count() * 2 > lines.len();
    let mut result = Vec::with_capacity(content.len());
    let mut at = 0_usize;
    for replacement in sorted {
        let (first, last) = replacement.lines;
        let outdated = NotApplicable::Outdated(first, last);
        let start = usize::try_from(first).ok().and_then(|first| first.checked_sub(1));
        let (Some(start), Ok(end)) = (start, usize::try_from(last)) else { return Err(outdated) };
        let Some(there) = lines.get(start..end) else { return Err(outdated) };
        if !same_lines(there, replacement.original) {
            return Err(outdated);
        }
        for line in lines.get(at..start).unwrap_or_default() {
            result.extend_from_slice(line);
        }
        let reaches_end = end == lines.len();
        let ends_bare = reaches_end && there.last().is_some_and(|line| !line.ends_with(b"\n"));
        let mut new = replacement.replacement.replace("\r\n", "\n");
        if has_crlf {
            new = new.replace('\n', "\r\n");
        }
        let mut new = new.into_bytes();
        if ends_bare {
            strip_ending(&mut new);
        }
        if ends_bare && new.is_empty() {
            // The line before is the last one now, and the last one has no ending.
            strip_ending(&mut result);
        }
        result.extend_from_slice(&new);
        at = end;
    }
    for line in lines.get(at..).unwrap_or_default() {
        result.extend_from_slice(line);
    }
    Ok(result)
}

fn same_lines(there: &[&[u8]], original: &str) -> bool {
    let bare = |line: &[u8]| -> Vec<u8> {
        let mut line = line.to_vec();
        strip_ending(&mut line);
        line
    };
    let expected: Vec<&str> = original.lines().collect();
    there.len() == expected.len()
        && there.iter().zip(expected).all(|(line, text)| String::from_utf8_lossy(&bare(line)) == text)
}

fn strip_ending(line: &mut Vec<u8>) {
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_around_them_stays() {
        assert_eq!(without("a\n```suggestion\nb\n```\nc"), "a\nc\n");
        assert_eq!(without("a\n```r\nb\n```"), "a\n```r\nb\n```\n");
    }

    fn one(lines: (u32, u32), replacement: &str) -> Suggestion {
        Suggestion { lines, replacement: replacement.to_owned() }
    }

    #[test]
    fn blocks_are_found_with_their_lines() {
        let body = "Try this:\n```suggestion\nnew\n```\nor\n````suggestion:-2+1\n```\nx\n````\n";
        assert_eq!(parse(body, (10, 11)), [one((10, 11), "new\n"), one((9, 12), "```\nx\n")]);
        assert_eq!(
            parse("```suggestion:-0+0\n```", (4, 8)),
            [one((8, 8), "")],
            "nothing takes the line away"
        );
        assert_eq!(parse("```suggestion:-9+0\nx\n```", (2, 2)), [one((1, 2), "x\n")]);
        assert_eq!(parse("~~~ suggestion\nx\n~~~", (1, 1)), [one((1, 1), "x\n")]);
        for none in [
            "```suggestions\nx\n```",
            "```suggestion:-101+0\nx\n```",
            "```suggestion:+1\nx\n```",
            "```suggestion:-+1+1\nx\n```",
            "```suggestion\nx",
            "    ```suggestion\nx\n```",
            "```r\n```suggestion\nx\n```",
        ] {
            assert_eq!(parse(none, (1, 1)), [], "{none}");
        }
        let many = "```suggestion\nx\n```\n".repeat(MAX_SUGGESTIONS + 5);
        assert_eq!(parse(&many, (1, 1)).len(), MAX_SUGGESTIONS);
    }

    fn replace<'a>(lines: (u32, u32), original: &'a str, replacement: &'a str) -> Replacement<'a> {
        Replacement { lines, original, replacement }
    }

    #[test]
    fn lines_are_replaced_and_the_rest_stays() {
        let text = b"a\nb\nc\nd\n";
        let changed = apply(text, &[replace((4, 4), "d\n", "D\nE\n"), replace((2, 3), "b\nc\n", "")]);
        assert_eq!(changed.as_deref(), Ok(&b"a\nD\nE\n"[..]));
        assert_eq!(
            apply(b"a\r\nb\r\n", &[replace((1, 1), "a\n", "x\ny\n")]).as_deref(),
            Ok(&b"x\r\ny\r\nb\r\n"[..])
        );
        assert_eq!(apply(b"a\nb", &[replace((2, 2), "b\n", "c\n")]).as_deref(), Ok(&b"a\nc"[..]));
        assert_eq!(apply(b"a\r\nb", &[replace((2, 2), "b\n", "")]).as_deref(), Ok(&b"a"[..]));
        assert_eq!(apply(b"a\nb", &[replace((1, 1), "a\n", "c\n")]).as_deref(), Ok(&b"c\nb"[..]));
    }

    #[test]
    fn what_no_longer_fits_is_refused() {
        let text = b"a\nb\nc\n";
        let outdated = |lines, original| apply(text, &[replace(lines, original, "x\n")]).is_err();
        assert!(outdated((2, 2), "B\n") && outdated((3, 4), "c\nd\n") && outdated((0, 1), "a\n"));
        assert!(outdated((2, 2), "b\nc\n"), "a different number of lines");
        let twice = [replace((1, 2), "a\nb\n", "x\n"), replace((2, 2), "b\n", "y\n")];
        assert_eq!(apply(text, &twice), Err(NotApplicable::Overlap(2)));
    }
}
