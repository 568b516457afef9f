//! Source text with its keywords, strings and comments marked, line by line.
//!
//! A grammar or a line lexer gives tokens; this module turns them into flat `<span class=…>` elements that never
//! cross the end of a line. Too much text is shown without marks, never refused.

mod grammar;
mod lexer;
mod line_lexer;
mod marks;
mod token;

use forge_core::code::language::Language;

use std::ops::Range;

use super::{SafeHtml, hidden};
pub use marks::Tag;
use marks::Writer;
use token::{Class, Token};

/// More bytes than this are shown without marks.
pub const MAX_BYTES: usize = 512 * 1024;
/// More lines than this are shown without marks.
pub const MAX_LINES: usize = 10_000;

/// Marks up a text, one item per line. A last line break starts no further line.
///
/// `language` is the name of [`forge_core::code::language::Language`], in any case, or what follows the fence of
/// a Markdown code block. An unknown language gives plain, escaped lines.
pub fn lines(language: &str, text: &str) -> Vec<SafeHtml> {
    marked_lines(language, text, &[], Tag::New)
}

/// The same with parts of lines marked as new or gone: ranges of bytes in order, none across the end of a line.
pub fn marked_lines(language: &str, text: &str, marks: &[Range<usize>], tag: Tag) -> Vec<SafeHtml> {
    let fits = text.len() <= MAX_BYTES && memchr_lines(text) <= MAX_LINES;
    let tokens = if fits { tokens(language, text) } else { Vec::new() };
    split_lines(text, &tokens, Writer::new(text, marks, tag))
}

/// Marks up a file, whose language its name tells.
pub fn file_lines(language: Option<&Language>, text: &str) -> Vec<SafeHtml> {
    match language {
        // Reports are Markdown to others, and Markdown with chunks of code to us. Some languages only we know.
        Some(Language { highlight: "markdown" | "", name, .. }) => lines(name, text),
        Some(language) => lines(language.highlight, text),
        None => plain_lines(text),
    }
}

/// The text as escaped lines without marks, for what no language is known of.
pub fn plain_lines(text: &str) -> Vec<SafeHtml> {
    split_lines(text, &[], Writer::new(text, &[], Tag::New))
}

/// Marks up a text as one piece, for a block inside a page.
pub(super) fn block(language: &str, text: &str) -> String {
    let mut html = String::with_capacity(text.len() * 2);
    for (number, line) in lines(language, text).iter().enumerate() {
        if number > 0 {
            html.push('\n');
        }
        html.push_str(line.as_str());
    }
    html
}

fn memchr_lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

fn tokens(language: &str, text: &str) -> Vec<Token> {
    let language = language.to_ascii_lowercase();
    match language.as_str() {
        "r markdown" | "rmarkdown" | "quarto" | "rmd" | "qmd" => grammar::with_chunks(text),
        name => match line_lexer::rules(name) {
            Some(rules) => lexer::tokens(rules, text),
            None => grammar::tokens(grammar::known_as(name), text),
        },
    }
}

fn split_lines(text: &str, tokens: &[Token], mut writer: Writer<'_>) -> Vec<SafeHtml> {
    let mut lines = Vec::new();
    let mut tokens = tokens.iter().peekable();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let shown = line.strip_suffix('\n').unwrap_or(line);
        let shown_end = start + shown.strip_suffix('\r').unwrap_or(shown).len();
        let mut html = String::with_capacity(line.len() + 32);
        let mut at = start;
        while let Some(token) = tokens.peek() {
            let (from, to) = (token.start.clamp(at, shown_end), token.end.clamp(at, shown_end));
            writer.push(&mut html, at..from, Class::Plain);
            writer.push(&mut html, from..to, token.class);
            at = to;
            // A token that goes on in the next line is met there again.
            if token.end > end {
                break;
            }
            tokens.next();
        }
        writer.push(&mut html, at..shown_end, Class::Plain);
        writer.end(&mut html);
        lines.push(SafeHtml::trusted(html));
        start = end;
    }
    lines
}

fn push_piece(html: &mut String, text: &str, from: usize, to: usize, class: Class) {
    let Some(piece) = text.get(from..to) else { return };
    if piece.is_empty() {
        return;
    }
    let before = text.get(..from).and_then(|text| text.chars().next_back());
    let Some(name) = class.css() else { return hidden::push_escaped(html, piece, before) };
    html.push_str("<span class=\"");
    html.push_str(name);
    html.push_str("\">");
    hidden::push_escaped(html, piece, before);
    html.push_str("</span>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(language: &str, text: &str) -> Vec<String> {
        lines(language, text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn marks_each_language_that_analysts_write() {
        for (language, text, expected) in [
            ("r", "x <- function(a) TRUE # why\n", "<span class=\"c\"># why</span>"),
            ("python", "def f():\n    return 'x'\n", "<span class=\"k\">def</span>"),
            ("sql", "SELECT 'a' FROM t -- why\n", "<span class=\"k\">SELECT</span>"),
            ("julia", "function f() end\n", "<span class=\"k\">function</span>"),
            ("yaml", "a: \"b\" # c\n", "<span class=\"c\"># c</span>"),
            ("toml", "a = \"b\" # c\n", "<span class=\"c\"># c</span>"),
            ("json", "{\"a\": 1}\n", "<span class=\"n\">1</span>"),
            ("bash", "if true; then echo 'x'; fi\n", "<span class=\"k\">if</span>"),
            ("powershell", "function Get-X { 'a' } # b\n", "<span class=\"c\"># b</span>"),
            ("html", "<p class=\"x\">y</p>\n", "<span class=\"s\">"),
            ("css", "a { color: red; } /* b */\n", "<span class=\"c\">/* b */</span>"),
            ("javascript", "const a = 'b'\n", "<span class=\"k\">const</span>"),
            ("xml", "<a b=\"c\"/>\n", "<span class=\"s\">"),
            ("dockerfile", "FROM debian\n", "<span class=\"k\">FROM</span>"),
            ("hcl", "a = \"b\" # c\n", "<span class=\"c\"># c</span>"),
            ("matlab", "x = 1; % why\n", "<span class=\"c\">% why</span>"),
            ("c", "int main(void) { return 0; }\n", "<span class=\"k\">return</span>"),
            ("cpp", "class A { };\n", "<span class=\"k\">class</span>"),
            ("java", "class A { }\n", "<span class=\"k\">class</span>"),
            ("rust", "fn main() {}\n", "<span class=\"k\">fn</span>"),
            ("ini", "[a]\nb=c ; d\n", "<span"),
            ("diff", "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n", "<span"),
            ("markdown", "# Title\n\n`code`\n", "<span"),
            ("SAS", "data a; set b; /* why */ run;\n", "<span class=\"c\">/* why */</span>"),
            ("Stata", "generate x = 1 // why\n", "<span class=\"c\">// why</span>"),
            ("SPSS", "COMPUTE x = 1.\n", "<span class=\"k\">COMPUTE</span>"),
            ("DAX", "VAR a = SUM ( t[x] ) -- why\n", "<span class=\"k\">VAR</span>"),
            ("Power Query M", "let a = \"b\" in a\n", "<span class=\"k\">let</span>"),
            ("Quarto", "# A\n\n```{r}\nx <- TRUE # why\n```\n", "<span class=\"c\"># why</span>"),
        ] {
            let html = html(language, text).join("\n");
            assert!(html.contains(expected), "{language}: {html}");
        }
    }

    #[test]
    fn keeps_the_text_and_the_lines() {
        let text = "/* one\r\ntwo <b> */\nx = \"é & ü\"\n\n";
        for language in ["c", "sas", "unknown", "dax", "markdown", "html", "quarto"] {
            let lines = html(language, text);
            assert_eq!(lines.len(), 4, "{language}");
            let stripped: Vec<String> = lines.iter().map(|line| strip(line)).collect();
            assert_eq!(
                stripped,
                ["/* one", "two &lt;b&gt; */", "x = &quot;é &amp; ü&quot;", ""],
                "{language}"
            );
            assert!(
                lines.iter().all(|line| line.matches("<span").count() == line.matches("</span>").count())
            );
        }
        assert!(html("r", "").is_empty());
        assert_eq!(html("r", "x"), ["x"]);
    }

    fn strip(html: &str) -> String {
        let mut out = String::new();
        let mut inside = false;
        for c in html.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                _ if !inside => out.push(c),
                _ => {}
            }
        }
        out
    }

    #[test]
    fn files_are_marked_by_their_name() {
        for (name, text, expected) in [
            ("a.R", "TRUE\n", "<span class=\"n\">TRUE</span>"),
            ("a.qmd", "```{r}\nTRUE\n```\n", "<span class=\"n\">TRUE</span>"),
            ("a.md", "# A\n", "<span class=\"h\">"),
            ("a.sas", "data x;\n", "<span class=\"k\">data</span>"),
            ("a.pq", "let\n", "<span class=\"k\">let</span>"),
            ("a.unknown", "let <b>\n", "let &lt;b&gt;"),
        ] {
            let lines = file_lines(Language::of_name(name.as_bytes()), text);
            let html = lines.iter().map(SafeHtml::as_str).collect::<Vec<_>>().join("\n");
            assert!(html.contains(expected), "{name}: {html}");
        }
    }

    #[test]
    fn a_comment_over_two_lines_is_marked_in_both() {
        assert_eq!(
            html("c", "/* a\nb */\n"),
            ["<span class=\"c\">/* a</span>", "<span class=\"c\">b */</span>"]
        );
    }

    #[test]
    fn too_much_text_is_plain_and_quick() {
        let many = "x <- 1\n".repeat(MAX_LINES + 1);
        assert!(lines("r", &many).iter().all(|line| !line.as_str().contains("<span")));
        let long = "x".repeat(MAX_BYTES + 1);
        assert_eq!(lines("r", &long).len(), 1);
    }

    #[test]
    fn hostile_text_stays_text() {
        for language in ["r", "html", "markdown", "xml", "javascript", "sas", "quarto", "diff"] {
            let html = html(language, "\"><img src=x onerror=alert(1)>\u{202e}\n<script>alert(1)</script>")
                .join("\n");
            assert!(!html.contains("<img") && !html.contains("<script"), "{language}: {html}");
            assert!(html.contains("U+202E"), "{language}: {html}");
        }
    }

    #[test]
    fn broken_source_is_shown_all_the_same() {
        let odd = "\u{0}\u{fffd}\"unclosed 'string /* comment ```{r\n".repeat(50);
        for language in [
            "r",
            "python",
            "sql",
            "julia",
            "markdown",
            "yaml",
            "toml",
            "json",
            "bash",
            "powershell",
            "html",
            "css",
            "javascript",
            "xml",
            "dockerfile",
            "hcl",
            "matlab",
            "c",
            "cpp",
            "java",
            "rust",
            "ini",
            "diff",
            "sas",
            "stata",
            "spss",
            "dax",
            "power query m",
            "quarto",
        ] {
            assert_eq!(lines(language, &odd).len(), 50, "{language}");
        }
    }
}
