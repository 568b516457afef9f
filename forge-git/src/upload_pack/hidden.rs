//! Refs that a visitor does not get to see.

/// Patterns in git's own form: a prefix of whole name parts, of which `*` stands for any one (no ref has it in its name), `!` to show again, `^` for the name with its namespace. The
/// last pattern that fits a name decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HiddenRefs {
    patterns: Vec<String>,
    namespace: String,
}

impl HiddenRefs {
    /// Takes patterns in the order in which git reads them.
    pub fn new(patterns: impl IntoIterator<Item = impl Into<String>>, namespace: &str) -> Self {
        let clean = |pattern: String| pattern.trim_end_matches('/').to_owned();
        Self {
            patterns: patterns.into_iter().map(Into::into).map(clean).collect(),
            namespace: namespace.to_owned(),
        }
    }

    /// Whether there are no patterns at all.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether a ref must not be shown.
    pub fn hides(&self, name: &str) -> bool {
        for pattern in self.patterns.iter().rev() {
            let (shown, pattern) = match pattern.strip_prefix('!') {
                Some(pattern) => (true, pattern),
                None => (false, pattern.as_str()),
            };
            let rest = match pattern.strip_prefix('^') {
                Some(pattern) => after(&format!("{}{name}", self.namespace), pattern),
                None => after(name, pattern),
            };
            if rest {
                return !shown;
            }
        }
        false
    }
}

/// Whether `pattern` is all of `name` or whole parts at its start.
fn after(name: &str, pattern: &str) -> bool {
    let mut parts = name.split('/');
    pattern.split('/').all(|wanted| parts.next().is_some_and(|part| wanted == "*" || part == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_fits_decides() {
        let hidden = HiddenRefs::new(
            ["refs/pull/", "!refs/pull/7", "^refs/namespaces/a/refs/x"],
            "refs/namespaces/a/",
        );
        assert!(hidden.hides("refs/pull/8/head"));
        assert!(!hidden.hides("refs/pull/7/head"));
        assert!(!hidden.hides("refs/pulls"));
        assert!(hidden.hides("refs/x/y"));
        assert!(!hidden.hides("refs/heads/main"));
    }
}
