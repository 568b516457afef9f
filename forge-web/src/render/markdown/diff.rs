//! What changed in a document, as its readers see it: part by part, each rendered as the document is.

pub use super::blocks::{Block, MAX_BLOCKS};
use super::{LinkBase, NotRendered, blocks};
use crate::render::Change;
use crate::render::align::Pairs;

/// Parts around a change that are shown with it.
const AROUND: usize = 2;

/// What changed in a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentDiff {
    /// The parts in reading order.
    pub parts: Vec<Part>,
}

/// Something of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// So many parts that are the same.
    Gap(usize),
    /// A part.
    Block(BlockDiff),
}

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockDiff {
    /// What happened to it.
    pub change: Change,
    /// Whether it stood elsewhere among the others.
    pub is_moved: bool,
    /// As it was.
    pub old: Option<Block>,
    /// As it is.
    pub new: Option<Block>,
}

impl DocumentDiff {
    /// Whether no part is different, although the file is: what changed is not shown, such as where links lead.
    pub fn is_same(&self) -> bool {
        !self.parts.iter().any(|part| matches!(part, Part::Block(_)))
    }
}

/// Compares two documents; nothing stands for a file that is not there.
pub fn compare(
    old: Option<(&[u8], &LinkBase)>,
    new: Option<(&[u8], &LinkBase)>,
) -> Result<DocumentDiff, NotRendered> {
    let read = |side: Option<(&[u8], &LinkBase)>| {
        side.map_or(Ok(Vec::new()), |(document, base)| blocks::read(document, base))
    };
    let (old, new) = (read(old)?, read(new)?);
    let (old_texts, new_texts) = (texts(&old), texts(&new));
    let mut pairs = Pairs::new(old.len(), new.len());
    pairs.by_name(&names(&old), &names(&new));
    pairs.by_content(&old_texts, &new_texts);
    pairs.by_likeness(&old_texts, &new_texts, |from, to| {
        old.get(from).map(|block| block.kind) == new.get(to).map(|block| block.kind)
    });
    let found: Vec<BlockDiff> = pairs
        .steps()
        .into_iter()
        .map(|step| {
            let before = step.old.and_then(|at| old.get(at)).cloned();
            let after = step.new.and_then(|at| new.get(at)).cloned();
            let is_same =
                before.as_ref().map(|block| &block.source) == after.as_ref().map(|block| &block.source);
            let change = Change::of(step.old, step.new, is_same);
            BlockDiff { change, is_moved: step.is_moved, old: before, new: after }
        })
        .collect();
    Ok(DocumentDiff { parts: folded(found) })
}

fn names(blocks: &[Block]) -> Vec<Option<&str>> {
    blocks.iter().map(|block| block.name.as_deref()).collect()
}

fn texts(blocks: &[Block]) -> Vec<&str> {
    blocks.iter().map(|block| block.source.as_str()).collect()
}

/// Folds what is the same and not near a change.
fn folded(blocks: Vec<BlockDiff>) -> Vec<Part> {
    let differs: Vec<bool> =
        blocks.iter().map(|block| block.change != Change::Same || block.is_moved).collect();
    let is_near = |at: usize| {
        let range = at.saturating_sub(AROUND)..(at + AROUND + 1).min(differs.len());
        differs.get(range).is_some_and(|near| near.contains(&true))
    };
    let mut parts = Vec::new();
    for (at, block) in blocks.into_iter().enumerate() {
        match parts.last_mut() {
            _ if is_near(at) => parts.push(Part::Block(block)),
            Some(Part::Gap(count)) => *count += 1,
            _ => parts.push(Part::Gap(1)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use forge_core::FilePath;

    use super::*;
    use crate::url::Rev;

    fn base() -> LinkBase {
        LinkBase::new("rr8/beds".parse().unwrap(), Rev::Name("main".to_owned()), FilePath::root())
    }

    fn diff(old: &str, new: &str) -> DocumentDiff {
        let base = base();
        compare(Some((old.as_bytes(), &base)), Some((new.as_bytes(), &base))).unwrap()
    }

    fn shown(old: &str, new: &str) -> Vec<String> {
        let parts = diff(old, new).parts.into_iter();
        parts
            .map(|part| match part {
                Part::Gap(count) => format!("… {count}"),
                Part::Block(block) => {
                    let text = |block: &Option<Block>| {
                        block.as_ref().map(|block| block.source.clone()).unwrap_or_default()
                    };
                    format!("{:?} {} > {}", block.change, text(&block.old), text(&block.new))
                }
            })
            .collect()
    }

    #[test]
    fn parts_are_told_apart() {
        let old = "# Beds\n\nThe first paragraph is here.\n\n- one item\n- two items\n\nThe end.\n";
        let new =
            "# Beds\n\nThe first paragraph was here.\n\n- one item\n- another thing\n\nThe end.\n\nMore.\n";
        assert_eq!(
            shown(old, new),
            [
                "Same # Beds > # Beds",
                "Changed The first paragraph is here. > The first paragraph was here.",
                "Same - one item > - one item",
                "Removed - two items > ",
                "Added  > - another thing",
                "Same The end. > The end.",
                "Added  > More.",
            ]
        );
    }

    #[test]
    fn reports_have_fields_and_chunks() {
        let report = |title: &str, code: &str| {
            format!(
                "---\ntitle: {title}\noutput: html\n---\n\nText.\n\n```{{r setup, echo=FALSE}}\n{code}\n```\n"
            )
        };
        let found = diff(&report("A", "x <- 1"), &report("B", "x <- 1\nplot(x)"));
        let blocks: Vec<&BlockDiff> = found
            .parts
            .iter()
            .filter_map(|part| if let Part::Block(block) = part { Some(block) } else { None })
            .filter(|block| block.change != Change::Same)
            .collect();
        let [title, chunk] = &blocks[..] else { panic!("{blocks:?}") };
        let (before, after) = (title.old.as_ref().unwrap(), title.new.as_ref().unwrap());
        assert!(before.html.as_str().contains("<th scope=\"row\">title</th><td>A</td>"));
        assert_eq!(after.span, (2, 2));
        let chunk = chunk.new.as_ref().unwrap();
        assert!(chunk.html.as_str().contains("{r setup, echo=FALSE}</span>"), "{}", chunk.html);
        assert_eq!(chunk.span, (8, 11));
    }

    #[test]
    fn lists_keep_their_numbers_and_headings_their_places() {
        let found = diff("1. a\n2. b\n", "1. a\n2. changed completely\n\n# Beds\n\n# Beds\n");
        let html: Vec<String> = found
            .parts
            .iter()
            .filter_map(|part| if let Part::Block(block) = part { block.new.clone() } else { None })
            .map(|block| block.html.to_string())
            .collect();
        let html = html.concat();
        assert!(html.contains("<ol start=\"2\">"), "{html}");
        assert!(html.contains("id=\"doc-beds\"") && html.contains("id=\"doc-beds-1\""), "{html}");
    }

    #[test]
    fn hostile_documents_stay_text() {
        let hostile = "<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n---\n\n<img src=x onerror=alert(1)>\n\
                       \n```mermaid\nclick A \"javascript:alert(1)\"\n```\n\n$\\href{javascript:alert(1)}{x}$\n";
        let found =
            diff("---\ntitle: <b>\n---\n", &format!("---\ntitle: <script>alert(1)</script>\n---\n{hostile}"));
        for part in &found.parts {
            let Part::Block(block) = part else { continue };
            for block in block.old.iter().chain(&block.new) {
                let html = block.html.as_str();
                assert!(
                    !html.contains("<script") && !html.contains("<img") && !html.contains("<b>"),
                    "{html}"
                );
                assert!(!html.contains("href=\"j"), "{html}");
            }
        }
    }

    #[test]
    fn too_much_is_refused() {
        let base = base();
        let many = "x\n\n".repeat(MAX_BLOCKS + 1);
        assert_eq!(compare(None, Some((many.as_bytes(), &base))), Err(NotRendered::TooComplicated));
        let deep = ">".repeat(100_000);
        assert_eq!(compare(None, Some((deep.as_bytes(), &base))), Err(NotRendered::TooComplicated));
        let only_a_target =
            diff("[a]: https://example.org/1\n\nText [a].\n", "[a]: https://example.org/2\n\nText [a].\n");
        assert!(only_a_target.is_same());
    }
}
