//! Resolving conflicts in the browser: a choice for each place, in plain words.

use std::collections::BTreeMap;

use forge_app::{Conflicts, Read, RepoAccess};
use forge_core::ObjectId;
use forge_core::code::blob::decode;
use forge_core::code::{Conflict, HunkChoice, Resolution};
use http::Uri;

use super::number;
use super::top::{Tab, request_top};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::repo::{ClashBox, ConflictBox, ConflictsPage};
use crate::url;
use crate::view::{Choice, FormErrors, RepoSection};

/// Files that are resolved in a browser; more are for git.
const SHOWN: usize = 50;

pub(in crate::handler) async fn show_conflicts(ctx: Ctx, Repo(access): Repo<Read>, uri: Uri) -> Answer {
    page(&view(&ctx, &access, number(&uri)?, FormErrors::none(), &BTreeMap::new()).await?)
}

pub(in crate::handler) async fn resolve_conflicts(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<BTreeMap<String, String>>,
) -> Answer {
    let number = number(&uri)?;
    let found = ctx.app().conflicts(&access, number).await?;
    let (mut errors, mut decided) = (FormErrors::none(), BTreeMap::new());
    for (at, conflict) in found.conflicts.iter().enumerate() {
        if let Some(resolution) = read(&form, at, conflict, &mut errors) {
            decided.insert(conflict.path.clone(), resolution);
        }
    }
    if !errors.is_empty() {
        return again(&view(&ctx, &access, number, errors, &form).await?);
    }
    let id = |name: &str| {
        let text = form.get(name).map(String::as_str).unwrap_or_default();
        text.parse::<ObjectId>().map_err(|_| Failure::bad_request("The form names no commits."))
    };
    let between = (id("head")?, id("target")?);
    match ctx.app().resolve_conflicts(&access, &ctx.origin, number, between, decided).await {
        Ok(_) => ctx.done(&url::merge_request(&access.repo().path, number), Notice::ConflictsResolved),
        Err(error) => again(&view(&ctx, &access, number, wrong(error, &[])?, &form).await?),
    }
}

/// The decision about one file.
fn read(
    form: &BTreeMap<String, String>,
    at: usize,
    conflict: &Conflict,
    errors: &mut FormErrors,
) -> Option<Resolution> {
    let field = |name: String| form.get(&name).map(String::as_str);
    if conflict.pieces.is_empty() {
        let name = format!("file-{at}");
        return match field(name.clone()) {
            Some("ours") => Some(Resolution::Ours),
            Some("theirs") => Some(Resolution::Theirs),
            Some("remove") => Some(Resolution::Remove),
            _ => {
                errors.add(name, format!("Choose what becomes of {}.", conflict.path));
                None
            }
        };
    }
    let mut choices = Vec::new();
    for (place, _) in conflict.hunks().enumerate() {
        let name = format!("file-{at}-{place}");
        choices.push(match field(name.clone()) {
            Some("ours") => HunkChoice::Ours,
            Some("theirs") => HunkChoice::Theirs,
            Some("both") => HunkChoice::OursThenTheirs,
            Some("edit") => {
                let text = field(format!("{name}-text")).unwrap_or_default().replace("\r\n", "\n");
                let ending = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
                HunkChoice::Text(format!("{text}{ending}").into_bytes())
            }
            _ => {
                errors.add(name, format!("Choose what stands in place {} of {}.", place + 1, conflict.path));
                return None;
            }
        });
    }
    Some(Resolution::Hunks(choices))
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    number: u64,
    errors: FormErrors,
    form: &BTreeMap<String, String>,
) -> Result<ConflictsPage, Failure> {
    let conversation = ctx.app().merge_request(access, number).await?;
    let found = ctx.app().conflicts(access, number).await?;
    let request = &conversation.request;
    let (ours, theirs) = (request.source.branch.short(), request.target_branch.short());
    let too_many = found.conflicts.len() > SHOWN || found.more > 0;
    Ok(ConflictsPage {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::MergeRequests),
        top: request_top(access, &conversation, Tab::Conversation, ctx.now()),
        errors,
        action: format!("{}/conflicts", url::merge_request(&access.repo().path, number)),
        head: found.head.to_string(),
        target: found.target.to_string(),
        too_many,
        conflicts: if too_many { Vec::new() } else { boxes(&found, (ours, theirs), form) },
        source_branch: ours.to_owned(),
        target_branch: theirs.to_owned(),
    })
}

fn boxes(
    found: &Conflicts,
    (ours, theirs): (&str, &str),
    form: &BTreeMap<String, String>,
) -> Vec<ConflictBox> {
    let choice = |name: &str, value: &str, label: String| Choice {
        value: value.to_owned(),
        label,
        hint: String::new(),
        is_chosen: form.get(name).is_some_and(|chosen| chosen == value),
    };
    let all = found.conflicts.iter().enumerate().map(|(at, conflict)| {
        let whole = format!("file-{at}");
        let places = conflict.hunks().enumerate().map(|(place, hunk)| {
            let name = format!("file-{at}-{place}");
            let text = |bytes: &[u8]| decode(bytes).0;
            let both = format!("{}{}", text(&hunk.ours), text(&hunk.theirs));
            ClashBox {
                title: format!("Place {} of {}", place + 1, conflict.hunks().count()),
                ours: text(&hunk.ours),
                theirs: text(&hunk.theirs),
                ours_label: format!("In {ours}, from line {}", hunk.ours_start),
                theirs_label: format!("In {theirs}, from line {}", hunk.theirs_start),
                choices: vec![
                    choice(&name, "ours", format!("Keep what {ours} has")),
                    choice(&name, "theirs", format!("Take what {theirs} has")),
                    choice(&name, "both", format!("Both: {ours} first, then {theirs}")),
                    choice(&name, "edit", "What I write below".to_owned()),
                ],
                edited: form.get(&format!("{name}-text")).cloned().unwrap_or(both),
                name,
            }
        });
        let there = |side: &Option<forge_core::code::FileSide>, branch: &str| match side {
            Some(_) => format!("Take the file as {branch} has it"),
            None => format!("Take it away, as {branch} did"),
        };
        ConflictBox {
            path: conflict.path.to_text(),
            sentence: conflict.kind.sentence().to_owned(),
            places: places.collect(),
            choices: vec![
                choice(&whole, "ours", there(&conflict.ours, ours)),
                choice(&whole, "theirs", there(&conflict.theirs, theirs)),
                choice(&whole, "remove", "Take it away".to_owned()),
            ],
            name: whole,
        }
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use forge_core::code::{ConflictHunk, ConflictKind, MergePiece};

    use forge_core::FilePath;

    use super::*;

    fn conflict(is_text: bool) -> Conflict {
        let hunk = ConflictHunk {
            ours_start: 1,
            base_start: 1,
            theirs_start: 1,
            ours: b"a\n".to_vec(),
            base: Vec::new(),
            theirs: b"b\n".to_vec(),
        };
        Conflict {
            path: FilePath::new("x").unwrap(),
            kind: ConflictKind::Content,
            base: None,
            ours: None,
            theirs: None,
            pieces: if is_text { vec![MergePiece::Clash(hunk)] } else { Vec::new() },
        }
    }

    fn form(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_place_needs_a_choice() {
        let mut errors = FormErrors::none();
        let mut decide =
            |fields: &[(&str, &str)], is_text| read(&form(fields), 0, &conflict(is_text), &mut errors);
        assert_eq!(
            decide(&[("file-0-0", "both")], true),
            Some(Resolution::Hunks(vec![HunkChoice::OursThenTheirs]))
        );
        let edited = Resolution::Hunks(vec![HunkChoice::Text(b"c\nd\n".to_vec())]);
        assert_eq!(decide(&[("file-0-0", "edit"), ("file-0-0-text", "c\r\nd")], true), Some(edited));
        assert_eq!(decide(&[("file-0", "remove")], false), Some(Resolution::Remove));
        assert_eq!(decide(&[("file-0", "remove")], true), None);
        assert_eq!(decide(&[], false), None);
        assert!(errors.on("file-0").is_some() && errors.on("file-0-0").is_some());
    }
}
