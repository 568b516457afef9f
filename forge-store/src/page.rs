//! Long lists, a page at a time.

/// The most rows that one page holds; a request for more gets this many.
pub const MAX_PAGE: u64 = 1000;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// How many to leave out.
    pub offset: u64,
    /// How many to give at most.
    pub limit: u64,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: u64,
}

impl PageRequest {
    /// The limit that is really used.
    pub(crate) fn bounded(self) -> u64 {
        self.limit.min(MAX_PAGE)
    }
}

/// The longest text that is searched for, in characters; the rest of a longer one is ignored.
const MAX_SEARCH: usize = 200;

/// A `LIKE` pattern for rows that hold the text anywhere, `\` being the escape. Columns must be in lower case.
pub(crate) fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.trim().chars().take(MAX_SEARCH) {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        // PostgreSQL's text has no NUL; nothing that is stored contains it either.
        pattern.push(if c == '\0' { '\u{fffd}' } else { c.to_ascii_lowercase() });
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_for_exactly_what_was_typed() {
        assert_eq!(contains(" Bed_s 100%\\ "), "%bed\\_s 100\\%\\\\%");
        assert_eq!(contains(&"x".repeat(300)).len(), 202);
        assert_eq!(PageRequest { offset: 0, limit: u64::MAX }.bounded(), MAX_PAGE);
    }
}
