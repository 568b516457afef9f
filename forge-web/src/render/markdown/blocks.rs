//! A document in parts that can be told apart: paragraphs, headings, items of lists, chunks of code.

use comrak::nodes::{AstNode, ListType, NodeValue};

use super::front_matter;
use super::{LinkBase, NotRendered, Writer, with_tree};
use crate::render::{SafeHtml, hidden, sanitise};

/// Parts of one document.
pub const MAX_BLOCKS: usize = 2_000;

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Rendered and cleaned.
    pub html: SafeHtml,
    /// The lines of the file on which it stands.
    pub span: (u32, u32),
    /// What names it: a field above the text has a name, other parts have none.
    pub(super) name: Option<String>,
    /// As it is written.
    pub(super) source: String,
    /// What sort of part it is: only one of the same sort can have become it.
    pub(super) kind: &'static str,
}

/// Cuts a document into its parts.
pub(super) fn read(document: &[u8], base: &LinkBase) -> Result<Vec<Block>, NotRendered> {
    with_tree(document, base, |text, root, writer| {
        let lines: Vec<&str> = text.lines().collect();
        let mut cutter = Cutter { lines, writer, base, blocks: front(text) };
        for node in root.children() {
            cutter.cut(node)?;
        }
        Ok(cutter.blocks)
    })
}

struct Cutter<'a> {
    lines: Vec<&'a str>,
    writer: &'a Writer<'a>,
    base: &'a LinkBase,
    blocks: Vec<Block>,
}

impl Cutter<'_> {
    fn cut<'n>(&mut self, node: &'n AstNode<'n>) -> Result<(), NotRendered> {
        let list = match &node.data.borrow().value {
            NodeValue::FrontMatter(_) => return Ok(()),
            NodeValue::List(list) => Some((list.list_type, list.start)),
            _ => None,
        };
        let Some((list_type, start)) = list else { return self.add(node, "", "") };
        for (at, item) in node.children().enumerate() {
            match list_type {
                ListType::Bullet => self.add(item, "<ul>", "</ul>")?,
                ListType::Ordered => self.add(item, &format!("<ol start=\"{}\">", start + at), "</ol>")?,
            }
        }
        Ok(())
    }

    fn add<'n>(&mut self, node: &'n AstNode<'n>, before: &str, after: &str) -> Result<(), NotRendered> {
        if self.blocks.len() == MAX_BLOCKS {
            return Err(NotRendered::TooComplicated);
        }
        let mut html = before.to_owned();
        self.writer.write(node, &mut html)?;
        html.push_str(after);
        let (place, kind) = {
            let data = node.data.borrow();
            (data.sourcepos, data.value.xml_node_name())
        };
        let (first, last) = (place.start.line.max(1), place.end.line.max(place.start.line).max(1));
        let source = self.lines.get(first - 1..last.min(self.lines.len())).unwrap_or_default().join("\n");
        let number = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
        self.blocks.push(Block {
            html: sanitise::clean(&html, &self.base.id_prefix),
            span: (number(first), number(last)),
            name: None,
            source: source.trim_end().to_owned(),
            kind,
        });
        Ok(())
    }
}

/// The fields above the text, each as a part of its own.
fn front(text: &str) -> Vec<Block> {
    let fields = front_matter::read(text).into_iter();
    fields
        .map(|field| {
            let mut html = "<table tabindex=\"0\"><tbody><tr><th scope=\"row\">".to_owned();
            hidden::push_escaped(&mut html, &field.name, None);
            html.push_str("</th><td>");
            hidden::push_escaped(&mut html, &field.value, None);
            html.push_str("</td></tr></tbody></table>");
            Block {
                html: SafeHtml::trusted(html),
                span: field.span,
                source: format!("{}: {}", field.name, field.value),
                name: Some(field.name),
                kind: "front_matter",
            }
        })
        .collect()
}
