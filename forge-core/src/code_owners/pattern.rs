//! Patterns of paths. Their cost is bounded by the lengths of the pattern and the path multiplied, whatever they hold.

use crate::FilePath;

/// A pattern ready to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
}

/// What stands between two slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// `**`: any number of directories.
    Any,
    /// A name with its wildcards.
    Name(Vec<Sign>),
}

/// One element of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sign {
    /// This byte.
    Byte(u8),
    /// `?`: one byte.
    One,
    /// `*`: any bytes.
    Many,
    /// `[a-z]`, or `[!a-z]` for all others.
    Set { is_negated: bool, ranges: Vec<(u8, u8)> },
}

impl Pattern {
    /// Reads a pattern: from the top if it begins with a slash, else anywhere; everything below if it ends with one.
    pub(super) fn new(text: &str) -> Self {
        let (is_anchored, text) = match text.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (is_directory, text) = match text.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut parts = if is_anchored { Vec::new() } else { vec![Part::Any] };
        for part in text.split('/').filter(|part| !part.is_empty()) {
            parts.push(if part == "**" { Part::Any } else { Part::Name(signs(part.as_bytes())) });
        }
        // Below a directory, or behind a last `**`, there is at least a file.
        if is_directory || matches!(parts.last(), Some(Part::Any)) {
            parts.push(Part::Any);
            parts.push(Part::Name(vec![Sign::Many]));
        }
        Self { parts }
    }

    /// Whether a file of this path is meant.
    pub(super) fn matches(&self, path: &FilePath) -> bool {
        let names: Vec<&[u8]> = path.parts().collect();
        let fits = |part: &Part, name: &&[u8]| match part {
            Part::Any => true,
            Part::Name(signs) => name_matches(signs, name),
        };
        let is_any = |part: &Part| *part == Part::Any;
        wild(&self.parts, &names, fits, is_any)
    }
}

/// Matches elements against values, where some elements stand for any number of values. Only the last of those ever needs another try.
fn wild<E, V>(
    elements: &[E],
    values: &[V],
    fits: impl Fn(&E, &V) -> bool,
    is_any: impl Fn(&E) -> bool,
) -> bool {
    let (mut at, mut value) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while value < values.len() {
        match (elements.get(at), values.get(value)) {
            (Some(element), _) if is_any(element) => {
                at += 1;
                retry = Some((at, value));
                continue;
            }
            (Some(element), Some(here)) if fits(element, here) => {
                at += 1;
                value += 1;
                continue;
            }
            _ => {}
        }
        let Some((element, last)) = retry else { return false };
        at = element;
        value = last + 1;
        retry = Some((element, value));
    }
    elements.get(at..).unwrap_or_default().iter().all(is_any)
}

fn name_matches(signs: &[Sign], name: &[u8]) -> bool {
    let fits = |sign: &Sign, byte: &u8| match sign {
        Sign::Byte(wanted) => wanted == byte,
        Sign::One | Sign::Many => true,
        Sign::Set { is_negated, ranges } => {
            ranges.iter().any(|(from, to)| (from..=to).contains(&byte)) != *is_negated
        }
    };
    wild(signs, name, fits, |sign| *sign == Sign::Many)
}

fn signs(text: &[u8]) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'\\' => {
                let byte = rest.split_first().map(|(byte, behind)| {
                    rest = behind;
                    *byte
                });
                signs.push(Sign::Byte(byte.unwrap_or(b'\\')));
            }
            b'*' if signs.last() == Some(&Sign::Many) => {}
            b'*' => signs.push(Sign::Many),
            b'?' => signs.push(Sign::One),
            b'[' => match set(rest) {
                Some((sign, behind)) => {
                    signs.push(sign);
                    rest = behind;
                }
                None => signs.push(Sign::Byte(b'[')),
            },
            byte => signs.push(Sign::Byte(*byte)),
        }
    }
    signs
}

/// Reads a set up to its end; nothing if it has none.
fn set(text: &[u8]) -> Option<(Sign, &[u8])> {
    let (is_negated, text) = match text.split_first() {
        Some((b'!' | b'^', rest)) => (true, rest),
        _ => (false, text),
    };
    // The first sign may be the closing one itself.
    let end = text.iter().skip(1).position(|byte| *byte == b']')? + 1;
    let mut inside = text.get(..end)?;
    let mut ranges = Vec::new();
    while let Some((from, rest)) = inside.split_first() {
        let to = match rest {
            [b'-', to, ..] => *to,
            _ => *from,
        };
        ranges.push((*from, to));
        inside =
            inside.get(if to == *from && rest.first() != Some(&b'-') { 1 } else { 3.min(inside.len()) }..)?;
        if rest == b"-" {
            ranges.push((b'-', b'-'));
            break;
        }
    }
    Some((Sign::Set { is_negated, ranges }, text.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Pattern::new(pattern).matches(&FilePath::new(path).unwrap())
    }

    #[test]
    fn patterns_match_as_documented() {
        for (pattern, yes, no) in [
            ("*", vec!["a", "a/b", "a/b/.c"], vec![]),
            ("README.md", vec!["README.md", "docs/README.md"], vec!["README.mdx", "README.md/x"]),
            ("/README.md", vec!["README.md"], vec!["docs/README.md"]),
            ("*.sql", vec!["a.sql", "a/b/.sql"], vec!["a.sqlx"]),
            ("docs/", vec!["docs/a", "x/docs/a/b"], vec!["docs", "docsx/a"]),
            ("/docs/", vec!["docs/a", "docs/a/b"], vec!["x/docs/a"]),
            ("/docs/*", vec!["docs/a"], vec!["docs/a/b"]),
            ("/docs/**", vec!["docs/a", "docs/a/b"], vec!["docs"]),
            ("/docs/**/index.md", vec!["docs/index.md", "docs/a/b/index.md"], vec!["docs/xindex.md"]),
            ("/a?c/[x-z]*.[!ch]", vec!["abc/yes.r"], vec!["abc/a.r", "abc/x.c"]),
            ("a\\ b\\*", vec!["a b*"], vec!["a bc"]),
            ("[Mm]akefile", vec!["Makefile", "x/makefile"], vec!["akefile"]),
            ("[]-]", vec!["]", "-"], vec!["a"]),
            ("x[", vec!["x["], vec!["x"]),
        ] {
            for path in yes {
                assert!(matches(pattern, path), "{pattern} {path}");
            }
            for path in no {
                assert!(!matches(pattern, path), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn hostile_patterns_end_soon() {
        let pattern = "*a".repeat(400);
        let path = "a".repeat(3_000) + "b";
        let (directories, deep) = ("**/a/".repeat(200) + "x", "a/".repeat(1_500) + "b");
        for _ in 0..20 {
            assert!(!matches(&pattern, &path));
            assert!(!matches(&directories, &deep));
        }
    }
}
