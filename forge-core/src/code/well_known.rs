//! Files whose names say what they are for: the README and the licence.

/// How well a name serves as the README: lower is better; nothing if it is none.
pub fn readme_rank(name: &[u8]) -> Option<u8> {
    const ENDS: &[&str] = &["md", "markdown", "qmd", "rmd", "rst", "adoc", "org", "txt", ""];
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    let (stem, end) = name.split_once('.').unwrap_or((&name, ""));
    if stem != "readme" {
        return None;
    }
    ENDS.iter().position(|known| *known == end).and_then(|rank| u8::try_from(rank).ok())
}

/// How well a name serves as the licence: lower is better; nothing if it is none.
pub fn licence_rank(name: &[u8]) -> Option<u8> {
    const STEMS: &[&str] = &["licence", "license", "copying", "unlicense", "ogl", "copyright"];
    const ENDS: &[&str] = &["", "md", "txt", "rst", "html"];
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    let (stem, end) = name.rsplit_once('.').unwrap_or((&name, ""));
    if !ENDS.contains(&end) {
        return None;
    }
    // `LICENSE-MIT` and `LICENSE.APACHE` are licences too, after the plain name.
    let exact = STEMS.iter().position(|known| *known == stem);
    let longer = || {
        let parted =
            |known: &str| stem.strip_prefix(known).is_some_and(|rest| rest.starts_with(['-', '_', '.']));
        STEMS.iter().position(|known| parted(known)).map(|at| at + STEMS.len())
    };
    exact.or_else(longer).and_then(|rank| u8::try_from(rank).ok())
}

/// The best README among names: where it stands.
pub fn best<'a>(names: impl IntoIterator<Item = &'a [u8]>, rank: fn(&[u8]) -> Option<u8>) -> Option<usize> {
    let ranked = names.into_iter().enumerate().filter_map(|(at, name)| rank(name).map(|rank| (rank, at)));
    ranked.min().map(|(_, at)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_the_readme_that_reads_best() {
        let names: Vec<&[u8]> =
            vec![b"README", b"readme.txt", b"ReadMe.Rmd", b"Readme.MD", b"readme.md.bak", b"README.png"];
        assert_eq!(best(names.iter().copied(), readme_rank), Some(3));
        assert_eq!(best([&b"README.png"[..]], readme_rank), None);
        assert_eq!(readme_rank(b"readme\xff"), None);
    }

    #[test]
    fn picks_the_licence() {
        let names: Vec<&[u8]> = vec![b"LICENSE-MIT", b"COPYING", b"LICENCE.md", b"license.R"];
        assert_eq!(best(names.iter().copied(), licence_rank), Some(2));
        assert!(licence_rank(b"LICENSE-APACHE").is_some());
        assert!(licence_rank(b"licences").is_none());
    }
}
