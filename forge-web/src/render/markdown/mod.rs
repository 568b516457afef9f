//! Markdown as people write it in READMEs: rendered without raw HTML, links made to work, cleaned last.
//!
//! Headings are moved down by one, because the page around has the one first-level heading. Pictures of other
//! hosts become links: showing them would tell that host who reads here.

mod blocks;
pub mod diff;
pub mod front_matter;
mod named;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;

use comrak::adapters::{HeadingAdapter, HeadingMeta, SyntaxHighlighterAdapter};
use comrak::nodes::{Ast, AstNode, LineColumn, NodeValue, Sourcepos};
use comrak::options::{Plugins, RenderPlugins};
use comrak::{Anchorizer, Arena, Options};
use forge_core::{FilePath, RepoPath};

use super::hidden::{has_hidden, shown};
use super::{SafeHtml, highlight, sanitise};
use crate::url::{self, Rev};

/// The longest document that is rendered, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Parsing steps after which a document counts as too complicated; each stands for 256 lines, inlines or nodes.
const MAX_STEPS: u32 = 8_000;

/// The deepest quotation or list that is rendered. Deeper ones make the cleaning slow and help nobody.
const MAX_DEPTH: usize = 64;

/// The document is not rendered: show its source instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRendered {
    /// Over [`MAX_BYTES`].
    #[error("this document is larger than 1 MB, so its source is shown")]
    TooLarge,
    /// It would take too long.
    #[error("this document is too complicated to be laid out, so its source is shown")]
    TooComplicated,
}

/// Where a document lies, so that the links and pictures in it can be found.
#[derive(Debug, Clone)]
pub struct LinkBase {
    repo: RepoPath,
    rev: Rev,
    directory: FilePath,
    id_prefix: String,
    links_items: bool,
}

impl LinkBase {
    /// For a document in a directory of a repository, as it is at a revision.
    pub fn new(repo: RepoPath, rev: Rev, directory: FilePath) -> Self {
        Self { repo, rev, directory, id_prefix: "doc-".to_owned(), links_items: false }
    }

    /// The same, for one of several documents on a page.
    #[must_use]
    pub fn part(&self, number: usize) -> Self {
        Self { id_prefix: format!("doc-{number}-"), ..self.clone() }
    }

    /// The same, for a text in which `#12`, `@name` and commits are links: what people say, and not what a file says.
    /// Whether there is such a thing, and for whom, is known where the link leads.
    #[must_use]
    pub fn with_items(&self) -> Self {
        Self { links_items: true, ..self.clone() }
    }

    /// The address that a link in the document leads to.
    fn link(&self, target: &str) -> String {
        self.resolve(target, |path, is_directory| {
            if is_directory {
                url::tree(&self.repo, &self.rev, path)
            } else {
                url::blob(&self.repo, &self.rev, path)
            }
        })
    }

    fn image(&self, target: &str) -> String {
        self.resolve(target, |path, _| url::raw(&self.repo, &self.rev, path))
    }

    fn resolve(&self, target: &str, address: impl Fn(&FilePath, bool) -> String) -> String {
        if target.is_empty() || target.starts_with('#') || is_absolute(target) {
            return target.to_owned();
        }
        let (path, fragment) =
            target.split_once('#').map_or((target, None), |(path, part)| (path, Some(part)));
        let path = path.split('?').next().unwrap_or_default();
        let Some(found) = url::decode(path).and_then(|bytes| self.walk(&bytes)) else {
            return "#".to_owned();
        };
        let is_directory = path.ends_with('/') || found.is_root();
        let mut address = address(&found, is_directory);
        if let Some(fragment) = fragment {
            address.push('#');
            address.push_str(fragment);
        }
        address
    }

    /// Follows a relative path; nothing if it leaves the repository.
    fn walk(&self, target: &[u8]) -> Option<FilePath> {
        let mut at = if target.starts_with(b"/") { FilePath::root() } else { self.directory.clone() };
        for part in target.split(|byte| *byte == b'/') {
            at = match part {
                b"" | b"." => at,
                b".." => at.parent()?,
                part => at.join(part).ok()?,
            };
        }
        Some(at)
    }
}

/// Whether an address names its scheme or host itself.
fn is_absolute(target: &str) -> bool {
    if target.starts_with("//") {
        return true;
    }
    let scheme = target.split([':', '/', '?', '#']).next().unwrap_or_default();
    target.get(scheme.len()..).is_some_and(|rest| rest.starts_with(':')) && !scheme.is_empty()
}

/// Renders a document. Bytes that are not UTF-8 show as replacement characters.
pub fn render(document: &[u8], base: &LinkBase) -> Result<SafeHtml, NotRendered> {
    with_tree(document, base, |text, root, writer| {
        let mut html = String::with_capacity(text.len() * 2);
        writer.write(root, &mut html)?;
        Ok(sanitise::clean(&html, &base.id_prefix))
    })
}

/// Reads a document within its limits, makes it fit for our page, and hands it over to be written.
fn with_tree<T>(
    document: &[u8],
    base: &LinkBase,
    then: impl for<'a> FnOnce(&str, &'a AstNode<'a>, &Writer<'_>) -> Result<T, NotRendered>,
) -> Result<T, NotRendered> {
    if document.len() > MAX_BYTES {
        return Err(NotRendered::TooLarge);
    }
    let text = String::from_utf8_lossy(document);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.lines().any(|line| nesting(line) > MAX_DEPTH) {
        return Err(NotRendered::TooComplicated);
    }
    let options = options();
    let arena = Arena::new();
    let steps = Cell::new(0);
    let too_many = || {
        steps.set(steps.get() + 1);
        steps.get() > MAX_STEPS
    };
    let root = comrak::try_parse_document(&arena, text, &options, &too_many)
        .map_err(|_| NotRendered::TooComplicated)?;
    if is_deeper_than(root, MAX_DEPTH * 4) {
        return Err(NotRendered::TooComplicated);
    }
    for node in root.descendants() {
        rewrite(&arena, node, base);
    }
    if base.links_items {
        named::link(&arena, root, &base.repo);
    }
    let headings = Headings(Mutex::new(Anchorizer::new()));
    let plugins = Plugins {
        render: RenderPlugins {
            codefence_syntax_highlighter: Some(&CodeBlocks),
            heading_adapter: Some(&headings),
            ..RenderPlugins::default()
        },
    };
    then(text, root, &Writer { options: &options, plugins: &plugins })
}

/// Writes parts of a document as HTML, which is still to be cleaned.
struct Writer<'a> {
    options: &'a Options<'a>,
    plugins: &'a Plugins<'a>,
}

impl Writer<'_> {
    fn write<'n>(&self, node: &'n AstNode<'n>, html: &mut String) -> Result<(), NotRendered> {
        comrak::format_html_with_plugins(node, self.options, html, self.plugins)
            .map_err(|_| NotRendered::TooComplicated)
    }
}

/// How many quotation and list marks a line begins with.
fn nesting(line: &str) -> usize {
    line.chars()
        .take_while(|c| matches!(c, '>' | ' ' | '\t' | '-' | '*' | '+'))
        .filter(|c| !c.is_whitespace())
        .count()
        * usize::from(!is_rule(line))
}

/// Whether a line is only a rule across the page, such as `-----`.
fn is_rule(line: &str) -> bool {
    let mut marks = line.chars().filter(|c| !c.is_whitespace());
    marks.next().is_some_and(|first| first != '>' && marks.all(|c| c == first))
}

fn is_deeper_than<'a>(root: &'a AstNode<'a>, limit: usize) -> bool {
    let mut depth = 0_usize;
    for edge in root.traverse() {
        match edge {
            comrak::arena_tree::NodeEdge::Start(_) => depth += 1,
            comrak::arena_tree::NodeEdge::End(_) => depth = depth.saturating_sub(1),
        }
        if depth > limit {
            return true;
        }
    }
    false
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.extension.front_matter_delimiter = Some("---".to_owned());
    options.render.escape = true;
    // What stands behind the language of a block of code: the options of a chunk.
    options.render.full_info_string = true;
    options
}

/// Makes one node of the document fit for our page.
fn rewrite<'a>(arena: &'a Arena<'a>, node: &'a AstNode<'a>, base: &LinkBase) {
    let value = &mut node.data.borrow_mut().value;
    match value {
        NodeValue::Link(link) => link.url = base.link(&link.url),
        NodeValue::Image(image) if is_absolute(&image.url) => {
            // The alternative text stays as the text of the link.
            let link = image.clone();
            let about = if node.first_child().is_some() {
                " (picture on another site)"
            } else {
                "picture on another site"
            };
            node.append(text_node(arena, about));
            *value = NodeValue::Link(link);
        }
        NodeValue::Image(image) => image.url = base.image(&image.url),
        NodeValue::Text(text) if has_hidden(text) => *text = Cow::Owned(shown(text)),
        NodeValue::Code(code) if has_hidden(&code.literal) => code.literal = shown(&code.literal),
        NodeValue::HtmlInline(html) if has_hidden(html) => *html = shown(html),
        NodeValue::HtmlBlock(block) if has_hidden(&block.literal) => block.literal = shown(&block.literal),
        NodeValue::Heading(heading) => heading.level = (heading.level + 1).min(6),
        NodeValue::TaskItem(task) => {
            let mark = if task.symbol.is_some() { "☑ " } else { "☐ " };
            *value = NodeValue::Item(comrak::nodes::NodeList::default());
            let paragraph =
                node.first_child().filter(|child| matches!(child.data.borrow().value, NodeValue::Paragraph));
            paragraph.unwrap_or(node).prepend(text_node(arena, mark));
        }
        _ => {}
    }
}

fn text_node<'a>(arena: &'a Arena<'a>, text: impl Into<Cow<'static, str>>) -> &'a AstNode<'a> {
    new_node(arena, NodeValue::Text(text.into()))
}

/// A node that stands nowhere in the source.
fn new_node<'a>(arena: &'a Arena<'a>, value: NodeValue) -> &'a AstNode<'a> {
    let start = LineColumn { line: 0, column: 0 };
    arena.alloc(AstNode::new(RefCell::new(Ast::new_with_sourcepos(value, Sourcepos { start, end: start }))))
}

/// Writes code blocks with their keywords marked.
struct CodeBlocks;

impl SyntaxHighlighterAdapter for CodeBlocks {
    fn write_highlighted(
        &self,
        output: &mut dyn fmt::Write,
        language: Option<&str>,
        code: &str,
    ) -> fmt::Result {
        // `{r setup}` as well as `r`.
        let language = language.unwrap_or_default().trim_start_matches('{');
        let language = language.split(['}', ',', ' ']).next().unwrap_or_default();
        output.write_str(&highlight::block(language, code))
    }

    fn write_pre_tag(
        &self,
        output: &mut dyn fmt::Write,
        _: HashMap<&'static str, Cow<'_, str>>,
    ) -> fmt::Result {
        // Focusable, so that a keyboard can scroll it.
        output.write_str("<pre tabindex=\"0\">")
    }

    fn write_code_tag(
        &self,
        output: &mut dyn fmt::Write,
        attributes: HashMap<&'static str, Cow<'_, str>>,
    ) -> fmt::Result {
        output.write_str("<code>")?;
        // `{r setup, echo=FALSE}` says how a chunk is run, so it is shown; plain languages are not.
        let name = attributes.get("class").and_then(|class| class.strip_prefix("language-{"));
        let Some(name) = name else { return Ok(()) };
        let options = attributes.get("data-meta").map(|options| format!(" {options}")).unwrap_or_default();
        let mut shown = String::new();
        super::hidden::push_escaped(&mut shown, &format!("{{{name}{options}"), None);
        writeln!(output, "<span class=\"a\">{shown}</span>")
    }
}

/// Writes headings with an `id` that links can lead to.
struct Headings(Mutex<Anchorizer>);

impl HeadingAdapter for Headings {
    fn enter(&self, output: &mut dyn fmt::Write, heading: &HeadingMeta, _: Option<Sourcepos>) -> fmt::Result {
        let mut anchors = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id = anchors.anchorize(&heading.content);
        let id: String = id.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        write!(output, "<h{} id=\"{id}\">", heading.level)
    }

    fn exit(&self, output: &mut dyn fmt::Write, heading: &HeadingMeta) -> fmt::Result {
        writeln!(output, "</h{}>", heading.level)
    }
}

#[cfg(test)]
mod tests;
