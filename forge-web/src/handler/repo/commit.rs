//! One commit.

use forge_app::{Read, SignatureState};
use forge_core::{FilePath, Permission};
use http::Uri;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Repo, page};
use crate::handler::present::counted;
use crate::handler::repo::{diff, item, status, top};
use crate::page::repo::{Commit, Parent, SignatureTag};
use crate::url::{self, Rev};
use crate::view::{RepoSection, When};

pub(in crate::handler) async fn show_commit(ctx: Ctx, Repo(access): Repo<Read>, uri: Uri) -> Answer {
    let id = Address::of(&uri).segment(3).ok_or_else(Failure::not_found)?;
    let code = ctx.app().code(&access).await?;
    let id = code.resolve(&id).await?.commit;
    let (commit, changes) = futures::try_join!(code.commit(id), code.diff(id))?;
    let text = format!("{}\n\n{}", commit.summary().subject, commit.body());
    let named = ctx.app().items_named(&access, &text).await?;
    let signature = signature_tag(code.signature_state(id).await?);
    let statuses = status::rows(&ctx.app().statuses_of(&access, &[id]).await?, ctx.now());
    let repo = access.repo().path.clone();
    let (added, removed, left_out) = (changes.added, changes.removed, diff::left_out(&changes));
    let count = u64::try_from(changes.files.len()).unwrap_or(u64::MAX);
    let at = repo.clone();
    let files = ctx.web.render(move || diff::files(&at, id, &changes)).await?;
    let same_person =
        commit.committer.name == commit.author.name && commit.committer.email == commit.author.email;
    page(&Commit {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Commits),
        title: top::titled(&commit.summary()),
        body: commit.body().to_owned(),
        id: id.to_string(),
        author: commit.author.name.clone(),
        author_url: None,
        signature,
        authored: When::on(commit.author.at),
        committer: (!same_person).then(|| (commit.committer.name.clone(), When::on(commit.committer.at))),
        parents: commit
            .parents
            .iter()
            .map(|parent| Parent { short_id: parent.short(), url: url::commit(&repo, parent) })
            .collect(),
        browse_url: url::tree(&repo, &Rev::Commit(id), &FilePath::root()),
        patch_url: None,
        statuses,
        named: named.iter().map(|named| item::item_link(&repo, &named.link)).collect(),
        pick_url: (access.permission() >= Permission::Write && !access.repo().archived)
            .then(|| format!("{}/pick", url::commit(&repo, &id))),
        summary: counted(count, "file changed", "files changed"),
        added,
        removed,
        files,
        left_out,
    })
}

/// What people read of a signature.
fn signature_tag(state: SignatureState) -> Option<SignatureTag> {
    let (label, colour, explanation) = match state {
        SignatureState::Unsigned => return None,
        SignatureState::Verified { by } => (
            "Verified",
            "green",
            format!(
                "Signed with a key that {by} has shown to be theirs, and {by} has the email address it names."
            ),
        ),
        SignatureState::UnknownKey => (
            "Unknown key",
            "yellow",
            "The signature holds, but its key belongs to no account, or nobody has shown that it is theirs."
                .to_owned(),
        ),
        SignatureState::Bad(why) => ("Unverified", "red", format!("Do not trust the signature: {why}.")),
        SignatureState::Unchecked(_) => (
            "Not checked",
            "grey",
            "It is signed, but not with an SSH key. Only those are checked here.".to_owned(),
        ),
    };
    Some(SignatureTag { label: label.to_owned(), colour: colour.to_owned(), explanation })
}
