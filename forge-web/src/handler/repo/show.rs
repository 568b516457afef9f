//! The first page of a repository.

use forge_app::{Code, Directory, Read, RepoAccess};
use forge_core::Permission;
use forge_core::code::LanguageShares;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Repo, page};
use crate::handler::present::counted;
use crate::handler::repo::blob_body::{Laid, document};
use crate::handler::repo::place::Place;
use crate::handler::repo::{fork, top};
use crate::page::repo::{EmptyRepo, ShowRepo};
use crate::view::{LanguageShare, RepoSection};

/// Bytes of a README that is laid out.
const README_BYTES: u64 = 1024 * 1024;
/// Languages that are named; the rest are summed up.
const LANGUAGES: usize = 6;

pub(in crate::handler) async fn show_repo(ctx: Ctx, Repo(access): Repo<Read>) -> Answer {
    let code = ctx.app().code(&access).await?;
    match Place::default(&code, &access.repo().path).await? {
        Some(place) => page(&full(&ctx, &access, &code, &place).await?),
        None => page(&empty(&ctx, &access)),
    }
}

fn empty(ctx: &Ctx, access: &RepoAccess<Read>) -> EmptyRepo {
    let repo = access.repo();
    EmptyRepo {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Code),
        clone_box: top::clone_box(&ctx.web, &repo.path, None),
        default_branch: repo.default_branch.short().to_owned(),
        can_push: access.permission() >= Permission::Write && !repo.archived,
    }
}

async fn full(ctx: &Ctx, access: &RepoAccess<Read>, code: &Code, place: &Place) -> Result<ShowRepo, Failure> {
    let now = ctx.now();
    let (directory, languages, commits) = futures::try_join!(
        code.directory(place.commit, place.path.clone(), 0),
        code.languages(place.commit),
        code.count(place.commit),
    )?;
    let newest = code.log(place.commit, None, 0, 1).await?;
    let (branches, tags) = code.ref_names();
    let (readme_name, readme) = readme(ctx, code, place, &directory).await?;
    let (readme, readme_note) = readme.map_or((None, None), |laid| (laid.html, laid.note));
    let many = if commits.complete { "" } else { "more than " };
    Ok(ShowRepo {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Code),
        picker: place.picker(code),
        last_commit: newest.commits.first().map(|commit| top::last_commit(&place.repo, commit, now)),
        listing: top::listing(&place.repo, &place.rev, &directory.listing, &directory.last_commits, now),
        readme_name,
        readme,
        readme_note,
        languages: bar(&languages),
        clone_box: top::clone_box(&ctx.web, &place.repo, Some(&place.rev)),
        commit_count: format!("{many}{}", counted(commits.commits, "commit", "commits")),
        branch_count: counted(u64::try_from(branches.len()).unwrap_or(u64::MAX), "branch", "branches"),
        tag_count: counted(u64::try_from(tags.len()).unwrap_or(u64::MAX), "tag", "tags"),
        forks: fork::links(ctx, access).await?,
    })
}

async fn readme(
    ctx: &Ctx,
    code: &Code,
    place: &Place,
    directory: &Directory,
) -> Result<(String, Option<Laid>), Failure> {
    let Some(path) = directory.readme.clone() else { return Ok((String::new(), None)) };
    let name = String::from_utf8_lossy(path.name()).into_owned();
    let file = code.file(place.commit, path.clone(), README_BYTES).await?;
    let Some(content) = file.blob.content else {
        let laid = Laid { html: None, note: Some("The README is too large to be shown here.".to_owned()) };
        return Ok((name, Some(laid)));
    };
    let laid = document(ctx, place, &path, content).await?;
    Ok((name, Some(laid)))
}

/// The language bar: shares in thousandths, the small ones summed up.
fn bar(shares: &LanguageShares) -> Vec<LanguageShare> {
    let total = shares.total();
    if total == 0 {
        return Vec::new();
    }
    let thousandths = |bytes: u64| u32::try_from(bytes.saturating_mul(1000) / total).unwrap_or(1000);
    let mut bar = Vec::new();
    let mut start = 0;
    for share in shares.languages.iter().take(LANGUAGES) {
        let width = thousandths(share.bytes).max(1).min(1000 - start);
        bar.push(part(share.language.name, thousandths(share.bytes), start, width));
        start += width;
    }
    let rest: u64 = shares.languages.iter().skip(LANGUAGES).map(|share| share.bytes).sum();
    if rest > 0 && start < 1000 {
        bar.push(part("Other", thousandths(rest), start, 1000 - start));
    }
    bar
}

fn part(name: &str, thousandths: u32, start: u32, width: u32) -> LanguageShare {
    let percent = if thousandths == 0 {
        "<0.1%".to_owned()
    } else {
        format!("{}.{}%", thousandths / 10, thousandths % 10)
    };
    LanguageShare { name: name.to_owned(), percent, start, width }
}
