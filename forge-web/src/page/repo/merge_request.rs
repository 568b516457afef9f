//! Pages of merge requests.

use askama::Template;

use crate::page::item::TemplateRow;
use crate::view::{
    ChangedFiles, Choice, CommentBox, CommitRow, FormErrors, ItemSide, Link, PageContext, Paging, RepoHeader,
    StateTag, StatusRow, ThreadBox, TimelineEntry, When, WriteBox,
};

/// The form that opens a merge request.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/merge_request/new.html")]
pub struct NewMergeRequestPage {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong.
    pub errors: FormErrors,
    /// This page.
    pub url: String,
    /// Repositories that the change may come from.
    pub froms: Vec<Choice>,
    /// The one that it comes from; empty if there is none.
    pub from: String,
    /// Where it is offered to what this repository was copied from.
    pub upstream: Option<Link>,
    /// Where those make a fork who may not push here.
    pub fork_url: Option<String>,
    /// Branches that the change may be on.
    pub sources: Vec<Choice>,
    /// Branches that it may go to.
    pub targets: Vec<Choice>,
    /// Both branches are chosen, and there is something to merge.
    pub is_ready: bool,
    /// The branch it is on.
    pub source: String,
    /// The branch it goes to.
    pub target: String,
    /// The open merge request of these branches.
    pub existing: Option<Link>,
    /// How many commits there are, such as `3 commits`.
    pub commits: String,
    /// The title.
    pub title: String,
    /// The description.
    pub description: WriteBox,
    /// Texts to begin with.
    pub templates: Vec<TemplateRow>,
    /// Whether it is a draft.
    pub is_draft: bool,
    /// Who is asked to review it.
    pub reviewers: String,
}

/// The top of every page of one merge request.
#[derive(Debug, Clone, Default)]
pub struct RequestTop {
    /// Its number with its mark.
    pub reference: String,
    /// A line about it.
    pub title: String,
    /// How far it is.
    pub state: StateTag,
    /// Who opened it.
    pub author: String,
    /// Their page.
    pub author_url: Option<String>,
    /// When.
    pub when: When,
    /// Where it comes from.
    pub source: Link,
    /// Where it goes.
    pub target: Link,
    /// Whether only those who may push may comment.
    pub is_locked: bool,
    /// The parts of it.
    pub tabs: Vec<Link>,
    /// Where its title is changed, for those who may.
    pub edit_url: Option<String>,
    /// Its own address.
    pub url: String,
}

/// One check with its outcome.
#[derive(Debug, Clone, Default)]
pub struct CheckRow {
    /// The word of the outcome, such as `Done`.
    pub label: String,
    /// Its colour.
    pub colour: String,
    /// What it means and what to do.
    pub sentence: String,
}

/// A person beside a merge request.
#[derive(Debug, Clone, Default)]
pub struct PersonRow {
    /// What they are called.
    pub name: String,
    /// The name in addresses.
    pub username: String,
    /// Their page.
    pub url: String,
    /// Something about them here, such as `approved version 2`.
    pub note: String,
    /// The colour of the tag of the note.
    pub colour: String,
}

/// What was said of a merge request, and what happened.
#[expect(clippy::struct_excessive_bools, reason = "each says whether one part is shown")]
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/merge_request/show.html")]
pub struct ShowMergeRequest {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The top of the merge request.
    pub top: RequestTop,
    /// What is wrong with the form that was sent.
    pub errors: FormErrors,
    /// What it is about.
    pub description: CommentBox,
    /// The way to the first thread that is not resolved.
    pub first_open: Option<Link>,
    /// A part of what happened and what was said.
    pub entries: Vec<TimelineEntry>,
    /// The parts before and after.
    pub paging: Paging,
    /// Whether several suggestions can be applied at once.
    pub has_batch: bool,
    /// Whether the reader may comment.
    pub can_comment: bool,
    /// What the reader is writing.
    pub write: WriteBox,
    /// What stands beside it.
    pub side: ItemSide,
    /// What stands against merging, and what does not.
    pub checks: Vec<CheckRow>,
    /// In a sentence, whether it can be merged.
    pub verdict: String,
    /// Whether it may be merged now, by the reader.
    pub can_merge: bool,
    /// How it may be merged.
    pub methods: Vec<Choice>,
    /// The message of the commit.
    pub message: String,
    /// The head that would be merged.
    pub head: String,
    /// Whether the source branch can be deleted with it.
    pub can_delete_source: bool,
    /// Where conflicts are resolved.
    pub conflicts_url: Option<String>,
    /// Who was asked to review, and what they said.
    pub reviewers: Vec<PersonRow>,
    /// Whose turn it is, and why.
    pub waiting: Vec<PersonRow>,
    /// Every approval, those that no longer count too.
    pub approvals: Vec<PersonRow>,
    /// What others say of the newest head.
    pub statuses: Vec<StatusRow>,
    /// Whether the reader may change its state and its people.
    pub can_steer: bool,
    /// Whether the reader may send it to another branch.
    pub targets: Vec<Choice>,
    /// Whether it is open.
    pub is_open: bool,
    /// Whether it was closed without being merged.
    pub is_closed: bool,
    /// Whether it is a draft.
    pub is_draft: bool,
    /// Whether the reader has approved the newest version.
    pub has_approved: bool,
    /// How to get it with git.
    pub fetch: String,
    /// Why no new versions come; empty where they may.
    pub source_note: String,
    /// Whether the reader may ask for it to merge by itself.
    pub can_arm: bool,
    /// Who asked for that, in a sentence; empty where nobody did.
    pub armed: String,
    /// Whether the reader may take that back.
    pub can_disarm: bool,
    /// Where the merge is taken back, for those who may.
    pub revert_url: Option<String>,
}

/// What a merge request changes.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/merge_request/changes.html")]
pub struct RequestChanges {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The top of the merge request.
    pub top: RequestTop,
    /// What is wrong with the review that was sent.
    pub errors: FormErrors,
    /// The versions to choose from.
    pub versions: Vec<Choice>,
    /// What to compare with.
    pub bases: Vec<Choice>,
    /// What is compared, in a sentence.
    pub comparison: String,
    /// Where the reader left off.
    pub since_last: Option<Link>,
    /// Whether an older version is shown.
    pub is_old: bool,
    /// The number of the version that is shown.
    pub version: u32,
    /// The changes, file by file.
    pub changes: ChangedFiles,
    /// The change commit by commit, between two versions.
    pub by_commit: Option<Link>,
    /// Threads whose place is no longer there.
    pub adrift: Vec<ThreadBox>,
    /// Whether the reader may comment.
    pub can_comment: bool,
    /// How many comments wait for the review to be submitted.
    pub pending: usize,
    /// Whether a review has begun.
    pub has_review: bool,
    /// What the review may come to.
    pub verdicts: Vec<Choice>,
    /// What was typed of it so far.
    pub review: WriteBox,
    /// This page with everything that was chosen.
    pub url: String,
}

/// The commits of a merge request.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/merge_request/commits.html")]
pub struct RequestCommits {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The top of the merge request.
    pub top: RequestTop,
    /// The commits, the newest first.
    pub commits: Vec<CommitRow>,
    /// How many, in words.
    pub summary: String,
    /// The parts before and after.
    pub paging: Paging,
}

/// The versions of a merge request.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/merge_request/versions.html")]
pub struct RequestVersions {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The top of the merge request.
    pub top: RequestTop,
    /// The versions, the newest first.
    pub versions: Vec<VersionRow>,
}

/// One version.
#[derive(Debug, Clone, Default)]
pub struct VersionRow {
    /// Its number.
    pub number: u32,
    /// Why it came, in words.
    pub reason: String,
    /// Who pushed it.
    pub pushed_by: String,
    /// When.
    pub when: When,
    /// Its head.
    pub head: Link,
    /// Its changes.
    pub changes_url: String,
    /// What changed since the one before.
    pub since_url: Option<String>,
    /// The same commit by commit.
    pub by_commit_url: Option<String>,
}

/// What does not fit, with a choice for each place.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/merge_request/conflicts.html")]
pub struct ConflictsPage {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The top of the merge request.
    pub top: RequestTop,
    /// What is still to be chosen.
    pub errors: FormErrors,
    /// Where it is sent.
    pub action: String,
    /// What the source branch points at.
    pub head: String,
    /// What the target branch points at.
    pub target: String,
    /// Whether there are too many for a page.
    pub too_many: bool,
    /// File by file.
    pub conflicts: Vec<ConflictBox>,
    /// The branch that the change is on.
    pub source_branch: String,
    /// The branch that it goes to.
    pub target_branch: String,
}

/// One file that does not fit.
#[derive(Debug, Clone, Default)]
pub struct ConflictBox {
    /// The name of its field.
    pub name: String,
    /// Which file.
    pub path: String,
    /// Why it does not fit.
    pub sentence: String,
    /// The places to decide on; none for what is not text.
    pub places: Vec<ClashBox>,
    /// What can become of the file as a whole, where there are no places.
    pub choices: Vec<Choice>,
}

/// One place on which the two sides do not agree.
#[derive(Debug, Clone, Default)]
pub struct ClashBox {
    /// The name of its field.
    pub name: String,
    /// Which place.
    pub title: String,
    /// What the source branch has.
    pub ours: String,
    /// What the target branch has.
    pub theirs: String,
    /// Where ours is.
    pub ours_label: String,
    /// Where theirs is.
    pub theirs_label: String,
    /// What can stand there.
    pub choices: Vec<Choice>,
    /// What is written instead.
    pub edited: String,
}

/// The commits of two versions, each beside what it was.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/merge_request/by_commit.html")]
pub struct CommitByCommit {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The top of the merge request.
    pub top: RequestTop,
    /// The versions to compare with.
    pub bases: Vec<Choice>,
    /// The versions to choose from.
    pub versions: Vec<Choice>,
    /// What is compared, in a sentence.
    pub comparison: String,
    /// The same as one difference.
    pub changes_url: String,
    /// How many are the same and how many are not, in a sentence.
    pub summary: String,
    /// The way to those that are not the same, or back to all.
    pub others: Option<Link>,
    /// Why they cannot be paired; empty if they can.
    pub refusal: String,
    /// The commits.
    pub pairs: Vec<PairRow>,
    /// The parts before and after.
    pub paging: Paging,
}

/// A commit beside what it was.
#[derive(Debug, Clone, Default)]
pub struct PairRow {
    /// The sign that git gives it: `=`, `!`, `<`, `>`.
    pub sign: String,
    /// What it means, in a word.
    pub word: String,
    /// The colour of that.
    pub colour: String,
    /// How it was.
    pub old: Option<Link>,
    /// How it is.
    pub new: Option<Link>,
    /// What it says.
    pub title: String,
    /// What it said, if that was something else.
    pub old_title: Option<String>,
    /// What changed between the two.
    pub changes_url: Option<String>,
}
