//! Small changes to the file, which leave everything else in it as it was written.

use super::{CodeOwners, Owner, owner};

/// The file with one more line: the last of its section, so that it decides about what it matches. Owners are words such as `@ada`.
///
/// The error says which field is at fault, `pattern`, `owners` or `section`, and why.
pub fn with_rule(
    text: &str,
    section: &str,
    pattern: &str,
    owners: &str,
) -> Result<String, (&'static str, String)> {
    let (section, pattern) = (section.trim(), pattern.trim());
    if section.contains(['[', ']', '\n', '\r']) || section.len() > 100 {
        return Err((
            "section",
            "A section is a name without brackets, of at most 100 characters.".to_owned(),
        ));
    }
    if pattern.is_empty() || pattern.starts_with(['#', '!', '[', '^']) || pattern.contains(['\n', '\r']) {
        return Err(("pattern", "Write the files as *.R, docs/ or /R/beds.R.".to_owned()));
    }
    let words: Vec<&str> =
        owners.split([' ', ',', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Err(("owners", "Name at least one owner.".to_owned()));
    }
    let known: Result<Vec<Owner>, String> = words.iter().map(|word| owner(word)).collect();
    let known = known.map_err(|text| ("owners", format!("{text}.")))?;
    let names: Vec<String> = known.iter().map(Owner::to_string).collect();
    let line = format!("{} {}", escaped(pattern), names.join(" "));
    let mut lines: Vec<&str> = text.lines().collect();
    let at = end_of(text, section);
    let heading = format!("[{section}]");
    match at {
        Some(at) => lines.insert(at, &line),
        None => lines.extend(["", &heading, &line]),
    }
    Ok(lines.join("\n").trim_start_matches('\n').to_owned() + "\n")
}

/// The file without a line, counted from one; nothing if there is no such rule.
pub fn without_rule(text: &str, line: u32) -> Option<String> {
    let owners = CodeOwners::parse(text.as_bytes());
    let is_rule = owners.sections.iter().flat_map(|section| &section.rules).any(|rule| rule.line == line);
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    let mut lines: Vec<&str> = text.lines().collect();
    if !is_rule || at >= lines.len() {
        return None;
    }
    lines.remove(at);
    Some(if lines.is_empty() { String::new() } else { lines.join("\n") + "\n" })
}

/// Behind which line a section ends; nothing if there is none of this name.
fn end_of(text: &str, section: &str) -> Option<usize> {
    let owners = CodeOwners::parse(text.as_bytes());
    let last = |name: &str| {
        let found = owners.sections.iter().find(|found| found.name.eq_ignore_ascii_case(name))?;
        found.rules.iter().map(|rule| rule.line).max()
    };
    if section.is_empty() {
        // The lines before the first heading: behind the last of them, or at the very top.
        return Some(last("").map_or(0, |line| usize::try_from(line).unwrap_or_default()));
    }
    last(section).and_then(|line| usize::try_from(line).ok())
}

/// A pattern with its white space written as the file wants it.
fn escaped(pattern: &str) -> String {
    pattern.replace(' ', "\\ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Ours\n* @ada\n\n[Data][2] @north/data\n/sql/\n\n[Words]\ndocs/ @bob\n";

    #[test]
    fn a_line_comes_last_in_its_section() {
        let plain = with_rule(FILE, "", "*.R", "@bob, dba@example.org").unwrap();
        assert_eq!(plain, FILE.replace("* @ada\n", "* @ada\n*.R @bob dba@example.org\n"));
        let data = with_rule(FILE, "data", "my file.sql", "@ada").unwrap();
        assert_eq!(data, FILE.replace("/sql/\n", "/sql/\nmy\\ file.sql @ada\n"));
        let new = with_rule(FILE, "Tests", "tests/", "@ada @bob").unwrap();
        assert_eq!(new, format!("{FILE}\n[Tests]\ntests/ @ada @bob\n"));
        assert_eq!(with_rule("", "", "*", "@ada").unwrap(), "* @ada\n");
        assert_eq!(with_rule("", "All", "*", "@ada").unwrap(), "[All]\n* @ada\n");
        for text in [plain, data, new] {
            assert_eq!(CodeOwners::parse(text.as_bytes()).errors, [], "{text}");
        }
    }

    #[test]
    fn what_would_mean_something_else_is_refused() {
        for (section, pattern, owners, field) in [
            ("a]b", "*", "@ada", "section"),
            ("", "", "@ada", "pattern"),
            ("", "# x", "@ada", "pattern"),
            ("", "[x]", "@ada", "pattern"),
            ("", "!x", "@ada", "pattern"),
            ("", "a\n* @eve", "@ada", "pattern"),
            ("", "*", " , ", "owners"),
            ("", "*", "ada", "owners"),
            ("", "*", "@@owner", "owners"),
        ] {
            let refused = with_rule(FILE, section, pattern, owners);
            assert_eq!(refused.map_err(|(field, _)| field), Err(field), "{section} {pattern} {owners}");
        }
    }

    #[test]
    fn a_rule_goes_and_nothing_else() {
        assert_eq!(without_rule(FILE, 2).unwrap(), FILE.replace("* @ada\n", ""));
        assert_eq!(without_rule(FILE, 5).unwrap(), FILE.replace("/sql/\n", ""));
        for line in [0, 1, 3, 4, 7, 99] {
            assert_eq!(without_rule(FILE, line), None, "{line}");
        }
        assert_eq!(without_rule("* @ada", 1).unwrap(), "");
    }
}
