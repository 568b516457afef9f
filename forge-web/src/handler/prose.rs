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
