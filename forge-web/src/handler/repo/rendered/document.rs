//! Parts of documents.

use crate::render::Change;
use crate::render::markdown::diff::{BlockDiff, Part, compare};
use crate::render::markdown::{LinkBase, NotRendered};
use crate::view::{Remarks, Rendered, RenderedDocument, RenderedPart};

pub(super) fn view(
    old: Option<&(String, LinkBase)>,
    new: Option<&(String, LinkBase)>,
) -> Result<Rendered, NotRendered> {
    let diff = compare(
        old.map(|(text, base)| (text.as_bytes(), base)),
        new.map(|(text, base)| (text.as_bytes(), base)),
    )?;
    let mut notes = Vec::new();
    if diff.is_same() {
        notes.push(
            "No part is different: only what is not shown has changed, such as where links lead.".to_owned(),
        );
    }
    let parts = diff.parts.into_iter().map(|part| match part {
        Part::Gap(1) => RenderedPart::Gap("1 part is the same".to_owned()),
        Part::Gap(count) => RenderedPart::Gap(format!("{count} parts are the same")),
        Part::Block(block) => one(block),
    });
    Ok(Rendered::Document(RenderedDocument { notes, parts: parts.collect() }))
}

fn one(block: BlockDiff) -> RenderedPart {
    let remarks =
        Remarks::at(block.old.as_ref().map(|block| block.span), block.new.as_ref().map(|block| block.span));
    // What is the same is shown once.
    let old = block.old.filter(|_| block.change != Change::Same);
    RenderedPart::Block {
        change: block.change,
        is_moved: block.is_moved,
        old: old.map(|block| block.html),
        new: block.new.map(|block| block.html),
        remarks,
    }
}
