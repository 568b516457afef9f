//! The addresses of a difference: the page with its files, and the page of each file alone.

use forge_core::FilePath;

/// Stretches of lines that one address may ask for.
const MOST_STRETCHES: usize = 20;
/// The word for every line.
const ALL: &str = "all";

/// Where a difference is shown, and what was chosen there.
#[derive(Debug, Clone, Default)]
pub(in crate::handler::repo) struct DiffAddress {
    page: String,
    file: String,
    query: Vec<String>,
}

impl DiffAddress {
    /// The page of all files, and the page of one file.
    pub(in crate::handler::repo) fn new(page: impl Into<String>, file: impl Into<String>) -> Self {
        Self { page: page.into(), file: file.into(), query: Vec::new() }
    }

    /// With something chosen, if it is.
    pub(in crate::handler::repo) fn with(
        mut self,
        name: &str,
        value: Option<impl std::fmt::Display>,
    ) -> Self {
        if let Some(value) = value {
            self.query.push(format!("{name}={value}"));
        }
        self
    }

    /// The page without what was chosen, for forms that choose anew.
    pub(in crate::handler::repo) fn bare(&self) -> &str {
        &self.page
    }

    /// The page of all files.
    pub(in crate::handler::repo) fn page(&self) -> String {
        joined(&self.page, &self.query)
    }

    /// The page of one file.
    pub(in crate::handler::repo) fn of_file(&self, path: &FilePath) -> String {
        let mut words = self.query.clone();
        words.push(format!("path={}", hex::encode(path.as_bytes())));
        joined(&self.file, &words)
    }

    /// The page of one file with more of its lines.
    pub(super) fn of_file_with(&self, path: &FilePath, more: &[(u32, u32)], stretch: (u32, u32)) -> String {
        let mut all = more.to_vec();
        all.push(stretch);
        format!("{}&more={}", self.of_file(path), written(&all))
    }

    /// What was chosen, as hidden fields of a form that chooses something else.
    pub(in crate::handler::repo) fn fields(&self) -> Vec<(String, String)> {
        let pair =
            |word: &String| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.query.iter().filter_map(pair).collect()
    }
}

fn joined(page: &str, words: &[String]) -> String {
    if words.is_empty() { page.to_owned() } else { format!("{page}?{}", words.join("&")) }
}

fn written(more: &[(u32, u32)]) -> String {
    if more.iter().any(|(_, last)| *last == u32::MAX) {
        return ALL.to_owned();
    }
    let kept = more.get(more.len().saturating_sub(MOST_STRETCHES)..).unwrap_or(more);
    kept.iter().map(|(first, last)| format!("{first}-{last}")).collect::<Vec<_>>().join(",")
}

/// The lines that an address asks for beside those near changes. What makes no sense is not asked for.
pub(in crate::handler::repo) fn stretches(text: &str) -> Vec<(u32, u32)> {
    if text == ALL {
        return vec![(1, u32::MAX)];
    }
    let stretch = |part: &str| {
        let (first, last) = part.split_once('-')?;
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    text.split(',').filter_map(stretch).filter(|(first, last)| first <= last).take(MOST_STRETCHES).collect()
}

/// A path as forms send it: hexadecimal digits, for paths are bytes.
pub(in crate::handler::repo) fn path_of_hex(text: &str) -> Option<FilePath> {
    let bytes = hex::decode(text).ok()?;
    FilePath::new(bytes).ok().filter(|path| !path.is_root())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_what_was_chosen() {
        let address = DiffAddress::new("/a/b/compare/x...y", "/a/b/compare/x...y")
            .with("view", Some("split"))
            .with("space", None::<&str>);
        assert_eq!(address.page(), "/a/b/compare/x...y?view=split");
        let path = FilePath::new("R/a").unwrap();
        assert_eq!(address.of_file(&path), "/a/b/compare/x...y?view=split&path=522f61");
        let more = address.of_file_with(&path, &[(3, 4)], (10, 29));
        assert!(more.ends_with("&more=3-4,10-29"), "{more}");
        assert!(address.of_file_with(&path, &[(3, 4)], (1, u32::MAX)).ends_with("&more=all"));
        assert_eq!(address.fields(), [("view".to_owned(), "split".to_owned())]);
    }

    #[test]
    fn only_stretches_that_make_sense_are_asked_for() {
        assert_eq!(stretches("3-4,9-9,x,5-2,-1,7"), [(3, 4), (9, 9)]);
        assert_eq!(stretches("all"), [(1, u32::MAX)]);
        assert_eq!(stretches(&"1-2,".repeat(100)).len(), MOST_STRETCHES);
        assert!(stretches("").is_empty());
    }
}
