//! What a push tells its pusher about merge requests, and the push options that open one.
//!
//! The options are GitLab's in shape (`git push -o merge_request.create`): a name, and for some a value behind `=`.

use forge_core::{RefName, RefUpdate};
use forge_store::merge_request::{self, End};

use crate::access::{Read, RepoAccess};
use crate::error::{Error, Result};
use crate::git::push::{PushDoor, Verdict};
use crate::merge_request::NewMergeRequest;

/// The names of push options that mean something. Others are refused, so that a mistyped one is noticed.
const NAMES: [&str; 5] = [
    "merge_request.create",
    "merge_request.target",
    "merge_request.title",
    "merge_request.description",
    "merge_request.draft",
];
/// Branches of one push that are told about.
const TOLD: usize = 5;

/// The first option that means nothing here.
pub(super) fn unknown(options: &[String]) -> Option<&String> {
    options.iter().find(|option| !NAMES.contains(&name_of(option)))
}

fn name_of(option: &str) -> &str {
    option.split_once('=').map_or(option, |(name, _)| name)
}

fn value<'a>(options: &'a [String], name: &str) -> Option<&'a str> {
    options
        .iter()
        .rev()
        .find(|option| name_of(option) == name)
        .map(|option| option.split_once('=').map_or("", |(_, value)| value))
}

/// Opens the merge request that the options ask for, and says where to go on.
pub(super) fn after_push(
    door: &PushDoor,
    options: &[String],
    updates: &[RefUpdate],
    verdicts: &[Verdict],
    say: &mut dyn FnMut(&str) -> Result<()>,
) -> Result<()> {
    let repo = door.access.repo();
    let pushed = updates.iter().zip(verdicts).filter(|(update, verdict)| {
        let is_branch = update.name.as_branch().is_some() && update.new.is_some();
        verdict.is_ok() && is_branch && update.name != repo.default_branch
    });
    let wants_one = value(options, "merge_request.create").is_some();
    for (update, _) in pushed.take(TOLD) {
        let text = match told(door, options, &update.name, wants_one) {
            Ok(text) => text,
            Err(Error::Internal(text)) => {
                tracing::error!(text, "a push could not be told about its merge request");
                continue;
            }
            Err(error) => Some(format!("No merge request was opened: {}", error.sentence())),
        };
        if let Some(text) = text {
            say(&format!("\n{text}\n\n"))?;
        }
    }
    Ok(())
}

/// What the pusher of one branch is told.
fn told(door: &PushDoor, options: &[String], branch: &RefName, wants_one: bool) -> Result<Option<String>> {
    let (app, repo) = (&door.app, door.access.repo());
    let target = door.runtime.block_on(upstream(door))?;
    let address = format!("{}/{}/merge-requests", app.site_url(), target.repo().path);
    let open = door.runtime.block_on(async {
        let rows = app.store().read().await?;
        Ok::<_, Error>(merge_request::open_at(&rows, repo.id, branch, End::Source).await?)
    })?;
    if let Some(there) = open.iter().find(|there| there.item.repo == target.repo().id) {
        let number = there.item.number;
        return Ok(Some(format!("Merge request !{number} of {}:\n  {address}/{number}", branch.short())));
    }
    if door.access.actor().person().is_none() {
        return Ok(None);
    }
    if !wants_one {
        let name: String = branch.short().bytes().map(encoded).collect();
        let from = if target.repo().id == repo.id { String::new() } else { format!("from={}&", repo.path) };
        return Ok(Some(format!(
            "To ask for a review of {}, open:\n  {address}/new?{from}source={name}",
            branch.short()
        )));
    }
    let to = match value(options, "merge_request.target") {
        Some(name) => RefName::branch(name)
            .map_err(|_| Error::invalid("target", format!("{name} is no name of a branch.")))?,
        None => target.repo().default_branch.clone(),
    };
    let number = door.runtime.block_on(async {
        // The proof is from before the push: what it brought is seen by a new one.
        let access = app.authorize_again(&door.access).await?;
        let target = app.authorize_again(&target).await?;
        let usual = app.opening(&target, &access, (branch, &to)).await?;
        let given = |name| value(options, name).map(|text| text.replace("\\n", "\n"));
        let new = NewMergeRequest {
            source: branch.clone(),
            target: to,
            title: given("merge_request.title").unwrap_or(usual.title),
            body: given("merge_request.description").unwrap_or(usual.body),
            is_draft: value(options, "merge_request.draft").is_some(),
            reviewers: Vec::new(),
        };
        app.open_merge_request(&target, &access, &door.origin, &new).await
    })?;
    Ok(Some(format!("Merge request !{number} is open:\n  {address}/{number}")))
}

/// Where changes of the repository go: what it was copied from while the pusher may see that, and itself otherwise.
async fn upstream(door: &PushDoor) -> Result<RepoAccess<Read>> {
    let (app, repo) = (&door.app, door.access.repo());
    if let Some(source) = repo.forked_from.as_ref().and_then(|from| from.repo)
        && let Ok(found) = app.authorize_by_id::<Read>(door.access.actor(), source).await
        && !found.repo().archived
    {
        return Ok(found);
    }
    app.authorize_by_id::<Read>(door.access.actor(), repo.id).await
}

/// A byte as it stands in an address.
fn encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_names_and_some_have_values() {
        let options: Vec<String> =
            ["merge_request.create", "merge_request.title=A=B"].map(str::to_owned).to_vec();
        assert_eq!(unknown(&options), None);
        assert_eq!(value(&options, "merge_request.title"), Some("A=B"));
        assert_eq!(value(&options, "merge_request.create"), Some(""));
        assert_eq!(value(&options, "merge_request.draft"), None);
        let typo = vec!["merge_request.titel=x".to_owned()];
        assert_eq!(unknown(&typo), typo.first());
    }
}
