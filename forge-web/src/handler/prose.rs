//! Pages of text.

use crate::error::Answer;
use crate::extract::{Ctx, page};
use crate::page::prose::{Accessibility, Help};

pub(super) async fn show_help(ctx: Ctx) -> Answer {
    let (site, ssh) = (ctx.web.site().to_owned(), ctx.web.options().ssh_url.clone());
    page(&Help { page: ctx.frame(), site, ssh })
}

pub(super) async fn show_accessibility(ctx: Ctx) -> Answer {
    let contact = ctx.web.options().accessibility_contact.clone();
    page(&Accessibility { page: ctx.frame(), contact })
}

/// The paragraphs of a text: what stands between empty lines.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines().map(str::trim) {
        let Some(last) = paragraphs.last_mut() else { continue };
        if line.is_empty() {
            if !last.is_empty() {
                paragraphs.push(String::new());
            }
            continue;
        }
        if !last.is_empty() {
            last.push(' ');
        }
        last.push_str(line);
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_stand_between_empty_lines() {
        assert_eq!(paragraphs("\n one\r\ntwo\n\n\n three\n"), ["one two", "three"]);
        assert!(paragraphs(" \n").is_empty());
    }
}
