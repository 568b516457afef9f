//! Changes as text for `git apply` and `git am`.

use axum::body::Body;
use bytes::Bytes;
use forge_app::{Between, Code, PatchForm};
use futures::{StreamExt as _, stream};

use crate::error::Answer;
use crate::extract::Ctx;
use crate::handler::repo::inert::{Treatment, inert, is_known, unchanged};

/// Takes the ending off an address that asks for text instead of a page.
pub(super) fn split(text: &str) -> Option<(&str, PatchForm)> {
    let ending = |ending, form| text.strip_suffix(ending).map(|rest| (rest, form));
    ending(".patch", PatchForm::Mailbox).or_else(|| ending(".diff", PatchForm::Diff))
}

/// The answer, under a name for saving it that has no ending yet.
pub(super) async fn answer(ctx: &Ctx, code: &Code, between: Between, form: PatchForm, name: &str) -> Answer {
    let ending = match form {
        PatchForm::Diff => "diff",
        PatchForm::Mailbox => "patch",
    };
    let old = between.old.map(|old| old.to_string()).unwrap_or_default();
    let etag = format!("\"{old}..{}.{ending}\"", between.new);
    if is_known(&ctx.headers, &etag) {
        return Ok(unchanged(&etag));
    }
    let patch = code.patch(&ctx.origin, between, form).await?;
    let first = stream::iter([Ok::<Bytes, std::io::Error>(patch.first)]);
    let treatment = Treatment { kind: "text/plain; charset=utf-8", inline: true };
    Ok(inert(Body::from_stream(first.chain(patch.rest)), treatment, &format!("{name}.{ending}"), &etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_what_is_asked_for() {
        assert_eq!(split("12.patch"), Some(("12", PatchForm::Mailbox)));
        assert_eq!(split("main...x.diff"), Some(("main...x", PatchForm::Diff)));
        assert_eq!(split("12"), None);
    }
}
