//! Pieces of source text and what they are.

/// What a piece of source text is, as far as colour goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Plain,
    Keyword,
    String,
    Comment,
    Number,
    Function,
    Type,
    Tag,
    Attribute,
    Heading,
    Inserted,
    Deleted,
}

impl Class {
    /// The class in the style sheet; plain text has none.
    pub(super) fn css(self) -> Option<&'static str> {
        Some(match self {
            Self::Plain => return None,
            Self::Keyword => "k",
            Self::String => "s",
            Self::Comment => "c",
            Self::Number => "n",
            Self::Function => "f",
            Self::Type => "t",
            Self::Tag => "g",
            Self::Attribute => "a",
            Self::Heading => "h",
            Self::Inserted => "i",
            Self::Deleted => "d",
        })
    }

    /// Reads the name of a capture of a grammar's query, such as `keyword.function`.
    ///
    /// Nothing for names that say nothing about colour: what lies around then shows through.
    pub(super) fn of_capture(capture: &str) -> Option<Self> {
        let first = capture.split('.').next().unwrap_or_default();
        Some(match first {
            "comment" => Self::Comment,
            "string" | "character" | "escape" => Self::String,
            "number" | "float" | "boolean" | "constant" => Self::Number,
            "keyword" | "conditional" | "repeat" | "include" | "exception" | "storageclass" | "preproc"
            | "define" | "import" => Self::Keyword,
            "function" | "method" | "macro" | "constructor" => Self::Function,
            "type" | "namespace" | "module" => Self::Type,
            "tag" => Self::Tag,
            "attribute" | "property" | "field" | "label" => Self::Attribute,
            "title" => Self::Heading,
            "text" | "markup" => return Self::of_markup(capture),
            "diff" => return Self::of_diff(capture),
            "variable" | "operator" | "punctuation" | "embedded" => Self::Plain,
            _ => return None,
        })
    }

    fn of_markup(capture: &str) -> Option<Self> {
        let has = |word: &str| capture.split('.').any(|part| part == word);
        if has("title") || has("heading") {
            Some(Self::Heading)
        } else if has("literal") || has("raw") {
            Some(Self::String)
        } else if has("uri") || has("link") || has("reference") {
            Some(Self::Attribute)
        } else {
            Self::of_diff(capture)
        }
    }

    fn of_diff(capture: &str) -> Option<Self> {
        let has = |words: &[&str]| capture.split('.').any(|part| words.contains(&part));
        if has(&["addition", "add", "plus", "inserted"]) {
            Some(Self::Inserted)
        } else if has(&["deletion", "delete", "minus", "deleted"]) {
            Some(Self::Deleted)
        } else {
            None
        }
    }
}

/// A piece of the text: bytes from `start` up to but not including `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) class: Class,
}
