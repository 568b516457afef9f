//! Characters that cannot be seen, or that turn the reading direction: shown, so that nobody is fooled by them.
//!
//! A name or a line of code can hold characters that make it read differently from what a computer does with it.

use std::fmt::Write as _;

/// Whether a character is shown by its number instead of by its (missing) shape.
fn is_hidden(c: char, before: Option<char>) -> bool {
    match c {
        '\t' | '\n' => false,
        // Joins the parts of an emoji, and letters of some scripts. It can hide only beside plain letters.
        '\u{200c}' | '\u{200d}' => before.is_none_or(|before| before < '\u{300}'),
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}

/// Whether a text holds any such character.
pub fn has_hidden(text: &str) -> bool {
    let mut before = None;
    text.chars().any(|c| is_hidden(c, before.replace(c)))
}

/// The text with each hidden character written as its number, as in `U+202E`.
///
/// For names in templates, which escape the answer as they escape any other text.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        if is_hidden(c, before.replace(c)) {
            // Writing to a string cannot fail.
            let _ = write!(out, "⟨U+{:04X}⟩", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Appends the text with HTML escaped and hidden characters marked.
pub(super) fn push_escaped(out: &mut String, text: &str, mut before: Option<char>) {
    for c in text.chars() {
        if is_hidden(c, before.replace(c)) {
            let _ = write!(out, "<span class=\"hid\">U+{:04X}</span>", u32::from(c));
            continue;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_turns_or_hides_text() {
        assert_eq!(shown("admin\u{202e}gpj.exe"), "admin⟨U+202E⟩gpj.exe");
        assert_eq!(shown("a\u{200b}b\u{feff}\u{7}"), "a⟨U+200B⟩b⟨U+FEFF⟩⟨U+0007⟩");
        assert_eq!(shown("a\u{200d}b"), "a⟨U+200D⟩b");
        assert!(has_hidden("x\u{2066}y"));
    }

    #[test]
    fn leaves_ordinary_writing_alone() {
        for text in ["beds.R", "Größe, naïve, 你好, مرحبا", "👩\u{200d}⚕️ nurse", "tab\there"]
        {
            assert!(!has_hidden(text), "{text}");
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn escapes_and_marks() {
        let mut out = String::new();
        push_escaped(&mut out, "<a>&\"\u{202e}", None);
        assert_eq!(out, "&lt;a&gt;&amp;&quot;<span class=\"hid\">U+202E</span>");
    }
}
