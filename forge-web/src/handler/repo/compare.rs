//! Two revisions side by side.

use forge_app::{Between, Code, Read, RepoAccess};
use forge_core::{ObjectId, Permission, RepoPath};
use http::{StatusCode, Uri};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Query, Repo, page, see_other, show};
use crate::handler::present::counted;
use crate::handler::repo::diff::{self, DiffAddress, LooksQuery, Shown};
use crate::handler::repo::{patch, top};
use crate::page::repo::{ChangedFile, Compare};
use crate::url;
use crate::view::{ChangedFiles, FormErrors, Link, RepoSection};

/// Commits that are listed.
const LISTED: usize = 100;
/// Names that are offered.
const OFFERED: usize = 200;

/// What was chosen.
#[derive(Deserialize, Default)]
pub(in crate::handler) struct CompareQuery {
    base: Option<String>,
    head: Option<String>,
}

/// Two revisions as an address names them.
struct Pair {
    base: String,
    head: String,
    /// Whether the two are compared as they are, and not since they parted.
    is_direct: bool,
}

impl Pair {
    fn of(text: &str) -> Option<Self> {
        let (base, head, is_direct) = match text.split_once("...") {
            Some((base, head)) => (base, head, false),
            None => text.split_once("..").map(|(base, head)| (base, head, true))?,
        };
        (!base.is_empty() && !head.is_empty()).then(|| Self {
            base: base.to_owned(),
            head: head.to_owned(),
            is_direct,
        })
    }

    fn url(&self, repo: &RepoPath) -> String {
        url::compare(repo, &self.base, &self.head, self.is_direct)
    }
}

/// The two commits, and what lies between.
struct Found {
    base: ObjectId,
    between: Between,
}

pub(in crate::handler) async fn choose_compare(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<CompareQuery>,
) -> Answer {
    let chosen =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let repo = &access.repo().path;
    match (chosen(query.base), chosen(query.head)) {
        (Some(base), Some(head)) => see_other(&url::compare(repo, &base, &head, false)),
        (base, head) => {
            let code = ctx.app().code(&access).await?;
            let base = base.unwrap_or_else(|| access.repo().default_branch.short().to_owned());
            let pair = Pair { base, head: head.unwrap_or_default(), is_direct: false };
            page(&view(&ctx, &access, &code, &pair, FormErrors::none()))
        }
    }
}

pub(in crate::handler) async fn show_compare(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<LooksQuery>,
    uri: Uri,
) -> Answer {
    let text = Address::of(&uri).rest(3).and_then(|rest| String::from_utf8(rest).ok());
    let mut pair = text.as_deref().and_then(Pair::of).ok_or_else(Failure::not_found)?;
    let code = ctx.app().code(&access).await?;
    let mut form = None;
    if code.resolve(&pair.head).await.is_err()
        && let Some((head, wanted)) = patch::split(&pair.head.clone())
    {
        (pair.head, form) = (head.to_owned(), Some(wanted));
    }
    let found = match find(&code, &pair).await? {
        Ok(found) => found,
        Err(errors) => return show(StatusCode::NOT_FOUND, &view(&ctx, &access, &code, &pair, errors)),
    };
    if let Some(form) = form {
        return patch::answer(&ctx, &code, found.between, form, &access.repo().path.name.to_string()).await;
    }
    let plain = DiffAddress::new(pair.url(&access.repo().path), pair.url(&access.repo().path));
    let shown = Shown::new(&ctx, &access, found.between.new, query.of(plain.clone()), query.options());
    if let Some(path) = query.path() {
        return page(&ChangedFile {
            page: ctx.frame(),
            repo: top::header(&access, RepoSection::Commits),
            top: None,
            whole: Link::new(format!("Compare {} with {}", pair.base, pair.head), shown.address.page()),
            file: diff::single(&code, found.between, shown, &path).await?,
            is_split: query.is_split(),
        });
    }
    let mut changes = diff::whole(&code, found.between, shown, &query).await?;
    changes.views = query.views(&plain);
    page(&compared(&ctx, &access, &code, &pair, &found, changes).await?)
}

/// The two commits, or which of the two is none.
async fn find(code: &Code, pair: &Pair) -> Result<Result<Found, FormErrors>, Failure> {
    let mut errors = FormErrors::none();
    let mut commits = Vec::new();
    for (field, name) in [("base", &pair.base), ("head", &pair.head)] {
        match code.resolve(name).await {
            Ok(resolved) => commits.push(resolved.commit),
            Err(forge_app::Error::NotFound) => {
                errors.add(field, format!("There is no branch, tag or commit called {name}."));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let [base, head] = *commits.as_slice() else { return Ok(Err(errors)) };
    let old = if pair.is_direct { Some(base) } else { code.parting(base, head).await? };
    Ok(Ok(Found { base, between: Between { old, new: head } }))
}

fn view(ctx: &Ctx, access: &RepoAccess<Read>, code: &Code, pair: &Pair, errors: FormErrors) -> Compare {
    let (branches, tags) = code.ref_names();
    let repo = &access.repo().path;
    Compare {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Commits),
        errors,
        url: format!("{}/compare", url::repo(repo)),
        names: branches.into_iter().chain(tags).take(OFFERED).collect(),
        base: pair.base.clone(),
        head: pair.head.clone(),
        commits_summary: String::new(),
        commits: Vec::new(),
        changes: ChangedFiles::default(),
        ask_url: None,
        swap_url: url::compare(repo, &pair.head, &pair.base, pair.is_direct),
    }
}

async fn compared(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    code: &Code,
    pair: &Pair,
    found: &Found,
    mut changes: ChangedFiles,
) -> Result<Compare, Failure> {
    let (repo, now) = (&access.repo().path, ctx.now());
    let (commits, total) = code.commits_between(found.base, found.between.new, 0..LISTED).await?;
    let many = counted(u64::try_from(total).unwrap_or(u64::MAX), "commit", "commits");
    changes.diff_url = format!("{}.diff", pair.url(repo));
    changes.patch_url = (total > 0 && !pair.is_direct && found.between.old.is_some())
        .then(|| format!("{}.patch", pair.url(repo)));
    let (branches, _) = code.ref_names();
    let are_branches = branches.contains(&pair.base) && branches.contains(&pair.head);
    let can_ask =
        access.permission() >= Permission::Write && !access.repo().archived && are_branches && total > 0;
    Ok(Compare {
        commits_summary: match total {
            0 => format!("{} has no commit that {} has not", pair.head, pair.base),
            total if total > commits.len() => {
                format!("{many}, of which the newest {} are listed", commits.len())
            }
            _ => many,
        },
        commits: commits.iter().map(|commit| top::commit_row(repo, commit, now)).collect(),
        changes,
        ask_url: can_ask.then(|| {
            let target = url::encode_segment(pair.base.as_bytes());
            format!("{}&target={target}", url::ask_to_merge(repo, &pair.head))
        }),
        ..view(ctx, access, code, pair, FormErrors::none())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_two_revisions() {
        let pair = |text: &str| Pair::of(text).map(|pair| (pair.base, pair.head, pair.is_direct));
        assert_eq!(pair("main...feature/x"), Some(("main".into(), "feature/x".into(), false)));
        assert_eq!(pair("v1..v2"), Some(("v1".into(), "v2".into(), true)));
        assert_eq!((pair("main"), pair("...x"), pair("x...")), (None, None, None));
    }
}
