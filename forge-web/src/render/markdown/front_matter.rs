//! What a document says of itself above its text: title, author, how it is to be made.
//!
//! It is YAML, of which only the outermost names are read; what belongs to a name is shown as it is written. Nothing
//! follows from what stands there.

/// Names that are shown.
pub const MAX_FIELDS: usize = 100;
/// Characters of what belongs to a name.
pub const MAX_VALUE: usize = 2_000;

/// One name with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Field {
    /// The name.
    pub name: String,
    /// What belongs to it, in one line or more.
    pub value: String,
    /// The lines of the file on which it stands.
    pub span: (u32, u32),
}

/// Reads the fields above a document; none if it has none.
pub fn read(text: &str) -> Vec<Field> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1_u32..).zip(text.lines());
    if lines.next().map(|(_, line)| line) != Some("---") {
        return Vec::new();
    }
    let mut fields: Vec<Field> = Vec::new();
    for (number, line) in lines {
        if line == "---" {
            for field in &mut fields {
                field.value = shown(&field.value);
            }
            return fields;
        }
        match name_of(line) {
            Some(_) if fields.len() == MAX_FIELDS => {}
            Some((name, value)) => {
                fields.push(Field { name: name.to_owned(), value: value.to_owned(), span: (number, number) });
            }
            None => {
                if let Some(field) = fields.last_mut() {
                    field.value.push('\n');
                    field.value.push_str(line);
                    field.span.1 = number;
                }
            }
        }
    }
    // Without an end it was none.
    Vec::new()
}

/// A name at the start of a line, and what stands behind it.
fn name_of(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let is_name = !name.is_empty()
        && name.len() <= 100
        && !name.starts_with([' ', '\t', '#', '-'])
        && (value.is_empty() || value.starts_with([' ', '\t', '\r']));
    is_name.then_some((name.trim_matches(['"', '\'']), value.trim()))
}

/// A value without the quotes around it, and without the indentation that all of its lines have.
fn shown(value: &str) -> String {
    let value = value.trim_end();
    let inner = ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value);
    let rest = inner.split('\n').skip(1).filter(|line| !line.trim().is_empty());
    let indent = rest.map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or(0);
    let lines = inner
        .split('\n')
        .enumerate()
        .map(|(at, line)| if at == 0 { line } else { line.get(indent..).unwrap_or_default() });
    let text = lines.collect::<Vec<_>>().join("\n");
    let text = text.trim_start_matches('\n');
    let mut short: String = text.chars().take(MAX_VALUE).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        read(text).into_iter().map(|field| (field.name, field.value)).collect()
    }

    #[test]
    fn reads_names_and_what_belongs_to_them() {
        let text = "---\ntitle: \"Beds: a report\"\nauthor:\n  - name: A\n    role: x\noutput: html_document\n# note\nparams:\n  site: RR8\n---\n\ntext: no\n";
        let expected = [
            ("title", "Beds: a report"),
            ("author", "- name: A\n  role: x"),
            ("output", "html_document\n# note"),
            ("params", "site: RR8"),
        ];
        assert_eq!(pairs(text), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(read(text)[1].span, (3, 5));
    }

    #[test]
    fn is_only_read_above_a_document_and_to_its_end() {
        for text in ["", "title: x\n---\n", "---\ntitle: x\n", "text\n---\na: b\n---\n", "----\na: b\n----\n"]
        {
            assert!(read(text).is_empty(), "{text}");
        }
        assert_eq!(pairs("---\r\ntitle: x\r\n---\r\n").len(), 1);
    }

    #[test]
    fn too_much_is_cut() {
        let many: Vec<String> = (0..1_000).map(|at| format!("a{at}: b\n")).collect();
        assert_eq!(read(&format!("---\n{}---\n", many.concat())).len(), MAX_FIELDS);
        let long = read(&format!("---\na: {}\n---\n", "é".repeat(10_000)));
        assert_eq!(long[0].value.chars().count(), MAX_VALUE + 1);
    }
}
