//! The conversation about a merge request.

use forge_app::{Between, Conversation, ItemAddress, MergeReport, Read, RepoAccess, SourceSeen, Stopped};
use forge_core::merge_request::check::{Check, Fit, Outcome};
use forge_core::merge_request::review::ApprovalStatus;
use forge_core::{ItemKind, ItemState, MergeMethod, Permission};
use http::Uri;
use serde::Deserialize;

use super::new::choices;
use super::number;
use super::top::{Tab, request_top, steers};
use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Query, Repo, page, see_other};
use crate::handler::present::paging;
use crate::handler::repo::item::{self, Speaker, number_of, page_of};
use crate::handler::repo::{patch, status, top};
use crate::page::repo::{CheckRow, PersonRow, ShowMergeRequest};
use crate::url;
use crate::view::{Choice, FormErrors, RepoSection, When, WriteBox};

/// What the address says.
#[derive(Default, Deserialize)]
pub(in crate::handler) struct ShowQuery {
    page: Option<u64>,
}

pub(in crate::handler) async fn show_merge_request(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ShowQuery>,
    uri: Uri,
) -> Answer {
    let text = Address::of(&uri).segment(3).unwrap_or_default();
    if let Some((number, form)) = patch::split(&text) {
        let conversation = ctx.app().merge_request(&access, number_of(number)?).await?;
        let between = Between { old: Some(conversation.version.base), new: conversation.version.head };
        let code = ctx.app().code(&access).await?;
        return patch::answer(&ctx, &code, between, form, &format!("merge-request-{number}")).await;
    }
    let number = number(&uri)?;
    let kind = ctx.app().kind_of_item(&access, number).await?;
    if kind != ItemKind::MergeRequest {
        // `!12` in a text may be a ticket: the number alone decides.
        return see_other(&url::item(&access.repo().path, kind, number));
    }
    let view = view(&ctx, &access, number, query.page, WriteBox::default(), FormErrors::none()).await?;
    if let Ok(me) = ctx.app().authorize_me(&ctx.visitor.actor) {
        let item = ctx.app().item(&access, ItemAddress::merge_request(number)).await?.item.id;
        ctx.app().mark_notification_read(&me, item).await?;
    }
    page(&view)
}

/// The whole page, with what is wrong with a form that was sent.
pub(in crate::handler) async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    number: u64,
    part: Option<u64>,
    write: WriteBox,
    errors: FormErrors,
) -> Result<ShowMergeRequest, Failure> {
    let now = ctx.now();
    let conversation = ctx.app().merge_request(access, number).await?;
    let report = ctx.app().merge_report(access, number).await?;
    let code = ctx.app().code(access).await?;
    let request = &conversation.request;
    let base = url::merge_request(&access.repo().path, number);
    let entries = item::entries(&conversation.item, &conversation.reviews);
    let total = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let steps = item::Steps::of(&entries, &base);
    let (at, part) = item::part(&entries, part);
    let back = format!("{base}?page={at}");
    let (speaker, has_batch) = Speaker::of_request(access, &conversation, &back, now).with_batch(part);
    let speaker = speaker.laid_out(ctx, part.iter().copied()).await?;
    let is_open = request.is_open();
    let can_push = access.permission() >= Permission::Write
        && !access.repo().archived
        && access.actor().person().is_some();
    let who = access.actor().person().map(|person| person.id);
    let can_delete_source = match &conversation.source {
        _ if conversation.stopped == Some(Stopped::BranchGone) => false,
        SourceSeen::Here => request.source.branch != access.repo().default_branch,
        SourceSeen::Fork { can_push, .. } => *can_push,
        SourceSeen::Hidden | SourceSeen::Gone => false,
    };
    let can_arm = is_open && can_push && report.may_arm() && request.auto_merge.is_none();
    let remote = format!("{}/{}.git", ctx.web.site(), access.repo().path);
    Ok(ShowMergeRequest {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::MergeRequests),
        top: request_top(access, &conversation, Tab::Conversation, now),
        errors,
        description: speaker.description(),
        first_open: steps.first(),
        entries: steps.linked(item::timeline(&speaker, part), at),
        paging: paging(&base, None, at, item::LISTED, total),
        has_batch,
        can_comment: speaker.can_speak(),
        write,
        side: item::side(ctx, access, &conversation.item),
        checks: if is_open { check_rows(&report.checks) } else { Vec::new() },
        verdict: verdict(&conversation, &report, can_push),
        can_merge: is_open && can_push && report.may_merge(),
        methods: if can_arm { demanded(&report) } else { methods(&report) },
        message: ctx.app().usual_merge_message(request),
        head: conversation.version.head.to_string(),
        can_delete_source,
        conflicts_url: (is_open
            && conversation.may_change_source(access)
            && matches!(report.standing.fit, Fit::Conflicts { .. }))
        .then(|| format!("{base}/conflicts")),
        reviewers: reviewers(&conversation),
        waiting: conversation
            .turns
            .iter()
            .map(|(user, turn)| PersonRow {
                name: user.display_name.clone(),
                username: user.name.to_string(),
                url: url::owner(&user.name.clone().into()),
                note: format!("{} {} · {}", turn.put_by, turn.reason, When::ago(turn.since, now).text),
                colour: String::new(),
            })
            .collect(),
        approvals: approvals(&conversation),
        statuses: status::rows(&conversation.statuses, now),
        can_steer: steers(access, request),
        targets: if can_push { choices(&code, request.target_branch.short()) } else { Vec::new() },
        is_open,
        is_closed: request.item.state == ItemState::Closed,
        is_draft: request.is_draft,
        has_approved: conversation.approvals.iter().any(|approval| {
            approval.status == ApprovalStatus::Active && who.is_some() && approval.user.id == who
        }),
        source_note: source_note(&conversation, can_push),
        can_arm,
        armed: armed(&conversation),
        can_disarm: request.auto_merge.as_ref().is_some_and(|auto| can_push || Some(auto.by) == who),
        revert_url: (request.merged.is_some() && can_push).then(|| format!("{base}/revert")),
        fetch: format!("git fetch {remote} {}", forge_core::merge_request::head_ref(number)),
    })
}

/// Why nothing new comes from where the change comes from, or why the reader adds nothing to it.
fn source_note(conversation: &Conversation, can_push: bool) -> String {
    let request = &conversation.request;
    let (branch, author) = (request.source.branch.short(), &request.item.author.name);
    let is_here = conversation.source == SourceSeen::Here;
    let why = match conversation.stopped {
        Some(Stopped::ForkGone) => "The fork that it comes from was deleted".to_owned(),
        Some(Stopped::ForkArchived) => "The fork that it comes from is archived".to_owned(),
        Some(Stopped::BranchGone) => format!("The branch {branch} was deleted"),
        Some(Stopped::AuthorOff) if is_here => {
            return format!(
                "The account of {author} is disabled, so no new versions come from them. Others who may push to \
                 {branch} can go on with it."
            );
        }
        Some(Stopped::AuthorOff) => format!("The account of {author} is disabled"),
        Some(Stopped::AuthorOutside) => format!("{author} may no longer see this repository"),
        None if !request.is_open() || is_here || !can_push => return String::new(),
        None if matches!(conversation.source, SourceSeen::Fork { can_push: true, .. }) => {
            return String::new();
        }
        None => {
            return format!(
                "Its branch is in a fork to which you may not push: {author} applies suggestions and resolves conflicts."
            );
        }
    };
    format!("{why}, so no new versions come. What was pushed before can still be merged.")
}

/// Who asked for it to merge by itself.
fn armed(conversation: &Conversation) -> String {
    match (&conversation.request.auto_merge, &conversation.armed_by) {
        (Some(auto), Some(by)) => format!(
            "{} asked for it to be merged{} as soon as nothing stands against it.",
            by.display_name,
            match auto.method {
                MergeMethod::Merge => "",
                MergeMethod::Squash => " as one commit",
                MergeMethod::Rebase => " by a rebase",
                MergeMethod::FastForward => " by a fast-forward",
            }
        ),
        _ => String::new(),
    }
}

/// What stands in the way comes first; what nobody asks for is not told.
fn check_rows(checks: &[Check]) -> Vec<CheckRow> {
    let told = |check: &&Check| check.name != "open" && check.outcome != Outcome::NotApplicable;
    let mut told: Vec<&Check> = checks.iter().filter(told).collect();
    told.sort_by_key(|check| !check.blocks());
    told.into_iter().map(check_row).collect()
}

fn check_row(check: &Check) -> CheckRow {
    let (label, colour) = match check.outcome {
        Outcome::Satisfied => ("Done", "green"),
        Outcome::NotApplicable => ("Not asked", "grey"),
        Outcome::Unsatisfied => ("To do", "orange"),
        Outcome::Error => ("Unknown", "red"),
    };
    CheckRow { label: label.to_owned(), colour: colour.to_owned(), sentence: check.sentence.clone() }
}

fn verdict(conversation: &Conversation, report: &MergeReport, can_push: bool) -> String {
    let request = &conversation.request;
    match request.item.state {
        ItemState::Merged => match &request.merged {
            Some(merged) => format!("It was merged on {}.", When::on(merged.at).text),
            None => "It was merged.".to_owned(),
        },
        ItemState::Closed => "It was closed without being merged.".to_owned(),
        ItemState::Open if report.target.is_none() => {
            format!("The branch {} is gone. Send it to another one.", request.target_branch.short())
        }
        ItemState::Open if !report.may_merge() => {
            let left = report.checks.iter().filter(|check| check.blocks()).count();
            if left == 1 {
                "One thing is to be done first.".to_owned()
            } else {
                format!("{left} things are to be done first.")
            }
        }
        ItemState::Open if can_push => "It can be merged.".to_owned(),
        ItemState::Open => "It can be merged by somebody who may push to this repository.".to_owned(),
    }
}

/// The ways in which it may be merged now.
fn methods(report: &MergeReport) -> Vec<Choice> {
    ways(&report.methods())
}

/// The ways in which its target takes changes at all.
fn demanded(report: &MergeReport) -> Vec<Choice> {
    ways(&report.demands.methods)
}

fn ways(methods: &[MergeMethod]) -> Vec<Choice> {
    let chosen = methods.first().copied();
    methods
        .iter()
        .copied()
        .map(|method| {
            let (label, hint) = match method {
                MergeMethod::Merge => {
                    ("Merge", "Keeps every commit and adds one that joins the two branches")
                }
                MergeMethod::Squash => ("Squash", "Makes one commit of all"),
                MergeMethod::Rebase => ("Rebase", "Makes each commit anew on top of the target"),
                MergeMethod::FastForward => ("Fast-forward", "Moves the target to these commits as they are"),
            };
            Choice {
                value: method.name().to_owned(),
                label: label.to_owned(),
                hint: hint.to_owned(),
                is_chosen: Some(method) == chosen,
            }
        })
        .collect()
}

fn reviewers(conversation: &Conversation) -> Vec<PersonRow> {
    use forge_core::merge_request::review::Verdict;
    conversation
        .reviewers
        .iter()
        .map(|user| {
            let last = conversation.reviews.iter().rev().find(|review| review.author.id == Some(user.id));
            let (note, colour) = match last {
                None => ("has not reviewed it yet".to_owned(), "grey"),
                Some(review) => match review.verdict {
                    Verdict::Approve => (format!("approved version {}", review.version), "green"),
                    Verdict::RequestChanges => {
                        (format!("asked for changes to version {}", review.version), "orange")
                    }
                    Verdict::Comment => (format!("reviewed version {}", review.version), "blue"),
                },
            };
            PersonRow {
                name: user.display_name.clone(),
                username: user.name.to_string(),
                url: url::owner(&user.name.clone().into()),
                note,
                colour: colour.to_owned(),
            }
        })
        .collect()
}

fn approvals(conversation: &Conversation) -> Vec<PersonRow> {
    conversation
        .approvals
        .iter()
        .map(|approval| {
            let at = format!("version {} at {}", approval.version, approval.head.short());
            let (note, colour) = match approval.status {
                ApprovalStatus::Active if approval.reason.is_empty() => (format!("approved {at}"), "green"),
                ApprovalStatus::Active => (format!("approved {at}: {}", approval.reason), "green"),
                ApprovalStatus::Lapsed => (format!("{at}, no longer counts: {}", approval.reason), "grey"),
                ApprovalStatus::Withdrawn => (format!("{at}: {}", approval.reason), "grey"),
            };
            PersonRow {
                name: approval.user.name.clone(),
                username: approval.user.name.clone(),
                url: page_of(&approval.user).unwrap_or_default(),
                note,
                colour: colour.to_owned(),
            }
        })
        .collect()
}
