//! Tokens by simple rules, for languages that no grammar is at hand for: comments, strings, words and numbers.

use super::token::{Class, Token};

/// How a language is written, as far as colour goes.
#[derive(Debug)]
pub(super) struct Rules {
    /// What begins a comment that goes on to the end of the line.
    pub(super) line_comments: &'static [&'static str],
    /// What begins and ends a comment of any length.
    pub(super) block_comment: Option<(&'static str, &'static str)>,
    /// Whether a `*` at the start of a statement begins a comment, and what ends that comment.
    pub(super) star_comment: Option<char>,
    /// Characters around strings. A doubled one inside stands for itself.
    pub(super) quotes: &'static [char],
    /// Characters that words have beside letters, digits and underscores.
    pub(super) word_extra: &'static [char],
    /// Words with a meaning of their own, in lower case and sorted.
    pub(super) keywords: &'static [&'static str],
    /// Whether `(` after a word makes it a function.
    pub(super) calls: bool,
}

/// The tokens of a text.
pub(super) fn tokens(rules: &Rules, text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut statement_start = true;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let (length, class) = next(rules, rest, c, statement_start);
        if class != Class::Plain {
            tokens.push(Token { start: at, end: at + length, class });
        }
        // In SAS a statement ends with a semicolon, in Stata and SPSS with the line as well.
        let ends_statement = c == ';' || (c == '\n' && rules.star_comment != Some(';'));
        statement_start =
            ends_statement || (statement_start && (c.is_whitespace() || class == Class::Comment));
        at += length;
    }
    tokens
}

/// The length and the class of what a text begins with.
fn next(rules: &Rules, rest: &str, c: char, statement_start: bool) -> (usize, Class) {
    if let Some((open, close)) = rules.block_comment
        && rest.starts_with(open)
    {
        let inside = rest.get(open.len()..).unwrap_or_default();
        let length = inside.find(close).map_or(rest.len(), |found| open.len() + found + close.len());
        return (length, Class::Comment);
    }
    if rules.line_comments.iter().any(|mark| rest.starts_with(mark)) {
        return (rest.find('\n').unwrap_or(rest.len()), Class::Comment);
    }
    if let Some(end) = rules.star_comment
        && statement_start
        && c == '*'
    {
        let length = rest
            .find(end)
            .map_or(rest.len(), |found| if end == '\n' { found } else { found + end.len_utf8() });
        return (length, Class::Comment);
    }
    if rules.quotes.contains(&c) {
        return (string_length(rest, c), Class::String);
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || rules.word_extra.contains(&c);
    if is_word(c) {
        let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        return (length, word_class(rules, rest, length));
    }
    (c.len_utf8(), Class::Plain)
}

/// The length of a string with its quotes. It may go on over lines, but not for ever: an apostrophe in prose must
/// not colour the rest of the file.
fn string_length(rest: &str, quote: char) -> usize {
    const LONGEST: usize = 4096;
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if at > LONGEST {
            break;
        }
        if c == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return at + c.len_utf8();
        }
    }
    rest.find('\n').unwrap_or(rest.len())
}

fn word_class(rules: &Rules, rest: &str, length: usize) -> Class {
    let word = rest.get(..length).unwrap_or_default();
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return Class::Number;
    }
    let lower = word.to_ascii_lowercase();
    if rules.keywords.binary_search(&lower.as_str()).is_ok() {
        return Class::Keyword;
    }
    let after = rest.get(length..).unwrap_or_default().trim_start_matches(' ');
    if rules.calls && after.starts_with('(') { Class::Function } else { Class::Plain }
}

#[cfg(test)]
mod tests {
    use super::super::line_lexer::rules;
    use super::*;

    fn found<'a>(language: &str, text: &'a str, class: Class) -> Vec<&'a str> {
        let tokens = tokens(rules(language).unwrap(), text);
        tokens
            .iter()
            .filter(|token| token.class == class)
            .map(|token| &text[token.start..token.end])
            .collect()
    }

    #[test]
    fn a_star_begins_a_comment_only_where_a_statement_begins() {
        let sas = "* first; x = a * b; /* two */ * third;\ndata z;";
        assert_eq!(found("sas", sas, Class::Comment), ["* first;", "/* two */", "* third;"]);
        let stata = "* all of this line\ngen a = b * c // why";
        assert_eq!(found("stata", stata, Class::Comment), ["* all of this line", "// why"]);
    }

    #[test]
    fn quotes_may_be_doubled_and_may_be_missing() {
        assert_eq!(found("dax", "\"a \"\"b\"\" c\" & 1", Class::String), ["\"a \"\"b\"\" c\""]);
        assert_eq!(found("sas", "x = 'a\ny = 2", Class::String), ["'a"]);
    }

    #[test]
    fn words_are_keywords_in_any_case() {
        assert_eq!(found("spss", "Compute x = 1. execute.", Class::Keyword), ["Compute", "execute"]);
        assert_eq!(found("sas", "%let a = 1; PROC sql;", Class::Keyword), ["%let", "PROC", "sql"]);
    }
}
