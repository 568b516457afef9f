//! Names that some file system would take for `.git`, `.gitmodules` and their like.
//!
//! HFS+ ignores invisible characters and case; NTFS ignores case, trailing dots and spaces and whatever follows a
//! colon, and knows long names by a short one too (`GIT~1`, `GITMOD~2`, `GI7EBA~1`).

/// A special name, and the hash-like short name that NTFS falls back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct DotFile {
    name: &'static [u8],
    short: &'static [u8],
}

pub(super) const GITMODULES: DotFile = DotFile { name: b"gitmodules", short: b"gi7eba" };
pub(super) const GITIGNORE: DotFile = DotFile { name: b"gitignore", short: b"gi250a" };
pub(super) const GITATTRIBUTES: DotFile = DotFile { name: b"gitattributes", short: b"gi7d29" };
pub(super) const MAILMAP: DotFile = DotFile { name: b"mailmap", short: b"maba30" };

impl DotFile {
    /// Whether some file system would open the special file by this name.
    pub(super) fn is_meant_by(self, name: &[u8]) -> bool {
        is_hfs(name, self.name) || self.is_ntfs(name)
    }

    /// Whether NTFS would.
    pub(super) fn is_ntfs(self, name: &[u8]) -> bool {
        if let Some(rest) = name.strip_prefix(b".") {
            return strip_prefix_ignoring_case(rest, self.name).is_some_and(is_end_on_ntfs);
        }
        self.name.get(..6).is_some_and(|start| {
            strip_prefix_ignoring_case(name, start)
                .and_then(|rest| rest.strip_prefix(b"~"))
                .and_then(<[u8]>::split_first)
                .is_some_and(|(digit, rest)| (b'1'..=b'4').contains(digit) && is_end_on_ntfs(rest))
        }) || self.is_fallback_short_name(name)
    }

    /// `GI7EBA~1`, `GI7EB~10` and so on: eight characters, the more digits the fewer of the prefix.
    fn is_fallback_short_name(self, name: &[u8]) -> bool {
        let (Some(stem), Some(rest)) = (name.get(..8), name.get(8..)) else { return false };
        let Some(tilde) = stem.iter().position(|byte| *byte == b'~') else { return false };
        let prefix = stem.get(..tilde).unwrap_or_default();
        let digits = stem.get(tilde + 1..).unwrap_or_default();
        tilde <= 6
            && self.short.get(..tilde).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            && digits.first().is_some_and(|digit| (b'1'..=b'9').contains(digit))
            && digits.iter().all(u8::is_ascii_digit)
            && is_end_on_ntfs(rest)
    }
}

/// Whether some file system would take the name for `.git`.
pub(super) fn is_dotgit(name: &[u8]) -> bool {
    is_hfs(name, b"git") || is_ntfs_dotgit(name)
}

/// Whether NTFS would.
pub(super) fn is_ntfs_dotgit(name: &[u8]) -> bool {
    strip_prefix_ignoring_case(name, b".git")
        .or_else(|| strip_prefix_ignoring_case(name, b"git~1"))
        .is_some_and(is_end_on_ntfs)
}

/// Whether nothing that NTFS heeds follows. A backslash ends a part for Windows.
fn is_end_on_ntfs(rest: &[u8]) -> bool {
    let next = rest.iter().find(|byte| !matches!(byte, b' ' | b'.'));
    matches!(next, None | Some(b':' | b'\\' | b'/'))
}

fn strip_prefix_ignoring_case<'a>(name: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = name.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Whether HFS+ would read `.` and then the given name, which is ASCII.
fn is_hfs(name: &[u8], expected: &[u8]) -> bool {
    // Most names have nothing to ignore; do not decode those.
    let Some(first) = name.first() else { return false };
    if *first != b'.' && first.is_ascii() {
        return false;
    }
    let Ok(text) = std::str::from_utf8(name) else {
        // Git stops comparing at bytes that are not UTF-8, and so does the file system.
        return false;
    };
    let mut visible = text.chars().filter(|c| !is_ignored_on_hfs(*c));
    visible.next() == Some('.')
        && expected
            .iter()
            .all(|byte| visible.next().is_some_and(|c| c.eq_ignore_ascii_case(&char::from(*byte))))
        && visible.next().is_none()
}

fn is_ignored_on_hfs(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_through_disguises_of_dotgit() {
        for name in [
            ".git",
            ".GIT",
            ".git.",
            ".git ",
            ".git . .",
            "git~1",
            "GIT~1",
            ".git::$INDEX_ALLOCATION",
            ".g\u{200c}it",
            "\u{feff}.GiT",
            ".git\u{200d}",
        ] {
            assert!(is_dotgit(name.as_bytes()), "{name:?}");
        }
        for name in [".gitx", "git", "git~2", ".gi", ".gitignore", "a.git", ".git-", "..git", ""] {
            assert!(!is_dotgit(name.as_bytes()), "{name:?}");
        }
        assert!(!is_dotgit(b".g\xffit"));
    }

    #[test]
    fn sees_through_disguises_of_dotfiles() {
        for name in [
            ".gitmodules",
            ".GITMODULES ",
            ".gitmodules:x",
            "gitmod~1",
            "GITMOD~4",
            "gi7eba~1",
            "GI7EB~10",
            "gi7e~123",
            ".gitmod\u{200c}ules",
            "gi7eba~9. ",
        ] {
            assert!(GITMODULES.is_meant_by(name.as_bytes()), "{name:?}");
        }
        for name in [
            "gitmodules",
            "gitmod~5",
            "gi7eba~0",
            "gi7eba~1x",
            "gi7ebb~1",
            ".gitmodule",
            ".gitmodulesx",
            "gi7eba~",
        ] {
            assert!(!GITMODULES.is_meant_by(name.as_bytes()), "{name:?}");
        }
        assert!(GITATTRIBUTES.is_meant_by(b"gitatt~1"));
        assert!(GITIGNORE.is_meant_by(b"GI250A~1"));
        assert!(MAILMAP.is_meant_by(b"maba30~1"));
        assert!(MAILMAP.is_meant_by(b".mailmap"));
    }
}
