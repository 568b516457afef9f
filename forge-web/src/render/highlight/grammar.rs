//! Tokens by tree-sitter grammars.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use arborium::advanced::Span;
use arborium::{Config, GrammarStore, Highlighter};

use super::token::{Class, Token};

/// Grammars, each prepared at first use and shared by all threads.
static STORE: LazyLock<Arc<GrammarStore>> = LazyLock::new(|| Arc::new(GrammarStore::new()));

/// The grammar's own name for what people and fences call a language.
pub(super) fn known_as(name: &str) -> &str {
    match name {
        "py" | "python3" | "ipython3" => "python",
        "rscript" | "splus" => "r",
        "tsql" | "t-sql" | "mysql" | "postgresql" | "postgres" | "plsql" | "pl/sql" | "sqlite" => "sql",
        "sh" | "shell" | "zsh" | "console" | "shell-session" => "bash",
        "ps1" | "pwsh" => "powershell",
        "js" | "mjs" | "node" => "javascript",
        "yml" => "yaml",
        "md" => "markdown",
        "jl" => "julia",
        "htm" | "xhtml" => "html",
        "svg" => "xml",
        "docker" => "dockerfile",
        "terraform" | "tf" => "hcl",
        "c++" => "cpp",
        "rs" => "rust",
        "patch" => "diff",
        "geojson" | "jsonc" | "jupyter notebook" => "json",
        other => other,
    }
}

/// The tokens of a text; none if the language is not known or its grammar gives up.
pub(super) fn tokens(language: &str, text: &str) -> Vec<Token> {
    let spans = catch_unwind(AssertUnwindSafe(|| {
        // A new parser each time: nothing of one text can be met in the next.
        let mut highlighter = Highlighter::with_store_and_config(Arc::clone(&STORE), Config::default());
        highlighter.highlight_spans(language, text).unwrap_or_default()
    }));
    // A grammar that panics costs the colours and nothing else.
    flatten(spans.unwrap_or_default(), text)
}

/// The tokens of a report: Markdown with chunks of code between fences such as ```` ```{r} ````.
pub(super) fn with_chunks(text: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut chunk: Option<(&str, &str)> = None;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let trimmed = line.trim();
        match chunk {
            Some((language, fence)) if trimmed == fence => {
                shift(&mut all, tokens(known_as(language), slice(text, start, at)), start);
                (chunk, start) = (None, at);
            }
            None => {
                if let Some((fence, language)) = chunk_start(trimmed) {
                    shift(&mut all, tokens("markdown", slice(text, start, at)), start);
                    (chunk, start) = (Some((language, fence)), end);
                }
            }
            Some(_) => {}
        }
        at = end;
    }
    let language = chunk.map_or("markdown", |(language, _)| known_as(language));
    shift(&mut all, tokens(language, slice(text, start, at)), start);
    all
}

/// Reads the line that opens a chunk: its fence and its language.
fn chunk_start(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start_matches('`');
    let fence = line.get(..line.len() - rest.len()).filter(|fence| fence.len() >= 3)?;
    let name = rest.strip_prefix('{')?.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    Some((fence, name)).filter(|(_, name)| !name.is_empty())
}

fn slice(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

fn shift(all: &mut Vec<Token>, tokens: Vec<Token>, by: usize) {
    all.extend(tokens.into_iter().map(|token| Token {
        start: token.start + by,
        end: token.end + by,
        ..token
    }));
}

/// Makes flat tokens of spans that lie in one another: each byte takes the colour of the smallest span around it,
/// and of the later rule where two are alike.
fn flatten(spans: Vec<Span>, text: &str) -> Vec<Token> {
    let mut layers: Vec<(usize, usize, u32, Class)> = spans
        .into_iter()
        .filter_map(|span| {
            let class = Class::of_capture(&span.capture)?;
            let start = usize::try_from(span.start).ok()?;
            let end = usize::try_from(span.end).ok()?.min(text.len());
            (start < end).then_some((start, end, span.pattern_index, class))
        })
        .collect();
    layers.sort_by_key(|(start, end, pattern, _)| (std::cmp::Reverse(end - start), *pattern));
    let mut painted = vec![Class::Plain; text.len()];
    for (start, end, _, class) in layers {
        if let Some(bytes) = painted.get_mut(start..end) {
            bytes.fill(class);
        }
    }
    let mut tokens: Vec<Token> = Vec::new();
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        let class = painted.get(start).copied().unwrap_or(Class::Plain);
        match tokens.last_mut() {
            Some(last) if last.class == class => last.end = end,
            _ => tokens.push(Token { start, end, class }),
        }
    }
    tokens.retain(|token| token.class != Class::Plain);
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_start_of_a_chunk() {
        assert_eq!(chunk_start("```{r setup, echo=FALSE}"), Some(("```", "r")));
        assert_eq!(chunk_start("````{python}"), Some(("````", "python")));
        assert_eq!(chunk_start("```r"), None);
        assert_eq!(chunk_start("``{r}"), None);
        assert_eq!(chunk_start("```{=html}"), None);
    }

    #[test]
    fn the_smallest_span_gives_the_colour() {
        let span = |start, end, capture: &str, pattern_index| Span {
            start,
            end,
            capture: capture.to_owned(),
            pattern_index,
        };
        let tokens = flatten(
            vec![
                span(0, 9, "string", 1),
                span(3, 5, "number", 0),
                span(3, 5, "keyword", 4),
                span(7, 99, "spell", 9),
            ],
            "abcdefghi",
        );
        let found: Vec<_> = tokens.iter().map(|token| (token.start, token.end, token.class)).collect();
        assert_eq!(found, [(0, 3, Class::String), (3, 5, Class::Keyword), (5, 9, Class::String)]);
    }
}
