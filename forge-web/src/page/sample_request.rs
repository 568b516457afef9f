//! Pages of merge requests with made-up values.

use askama::Template;

use super::item::{CommentPage, PickedPicture};
use super::repo::{
    CheckRow, ClashBox, CommitByCommit, ConflictBox, ConflictsPage, NewMergeRequestPage, PairRow, PersonRow,
    RequestChanges, RequestCommits, RequestTop, RequestVersions, ShowMergeRequest, VersionRow,
};
use super::sample::{Add, Flavour};
use super::sample_changes::changes as changes_of;
use super::sample_repo::{header, status_row};
use super::sample_ticket::{event, html, said, side, templates, write_box};
use crate::view::{
    CommentBox, Link, RepoHeader, RepoSection, ReviewBox, StateTag, SuggestionBox, ThreadBox, TimelineEntry,
    ViewedForm,
};

const ONE: &str = "/anytown-hospitals/bed-occupancy/merge-requests/12";

/// Every page of merge requests.
pub(super) fn pages(f: Flavour, add: &mut Add<'_>) {
    add("merge-request-new", new(f).render());
    add("merge-request", show(f).render());
    add("merge-request-changes", changes(f, false).render());
    add("merge-request-beside", changes(f, true).render());
    for (name, is_answer) in [("merge-request-comment", false), ("merge-request-answer", true)] {
        add(name, comment_form(f, is_answer).render());
    }
    add("merge-request-conflicts", conflicts(f).render());
    let commits = RequestCommits {
        page: f.page(ONE),
        repo: top(f),
        top: request(f),
        commits: Vec::new(),
        summary: "3 commits".to_owned(),
        paging: f.paging(),
    };
    add("merge-request-commits", commits.render());
    let version = |number, reason: &str| VersionRow {
        number,
        reason: reason.to_owned(),
        pushed_by: f.text("a-shah"),
        when: f.when("2 hours ago"),
        head: f.link("3f2a91c0de", "/x/commit/3"),
        changes_url: f.url("/x/changes"),
        since_url: f.option(f.url("/x/changes?from=1")),
        by_commit_url: f.option(f.url("/x/commit-by-commit")),
    };
    let versions = RequestVersions {
        page: f.page(ONE),
        repo: top(f),
        top: request(f),
        versions: vec![version(2, "Commits were added"), version(1, "It was opened")],
    };
    add("merge-request-versions", versions.render());
    let pair = |sign: &str, word: &str, colour: &str| PairRow {
        sign: sign.to_owned(),
        word: word.to_owned(),
        colour: colour.to_owned(),
        old: f.option(f.link("3f2a91c0de", "/x/commit/3")),
        new: f.option(f.link("aa00bb11cc", "/x/commit/4")),
        title: f.text("Use the median"),
        old_title: f.option(f.text("Use the mean")),
        changes_url: f.option(f.url("/x/compare/a..b")),
    };
    let by_commit = CommitByCommit {
        page: f.page(ONE),
        repo: top(f),
        top: request(f),
        bases: vec![f.choice("1", "Version 1", "", true)],
        versions: vec![f.choice("2", "Version 2 (newest)", "", true)],
        comparison: f.text("What changed from version 1 to version 2"),
        changes_url: f.url("/x/changes"),
        summary: "1 commit is the same, 1 is not.".to_owned(),
        others: f.option(f.link("Show only those that are not the same", "/x/commit-by-commit?only=changed")),
        refusal: String::new(),
        pairs: f.list(vec![pair("=", "same", "grey"), pair("!", "changed", "blue")]),
        paging: f.paging(),
    };
    add("merge-request-by-commit", by_commit.render());
    let refusal = "the number of commits to compare is over the limit of 500".to_owned();
    let refused = CommitByCommit { refusal, pairs: Vec::new(), ..by_commit };
    add("merge-request-by-commit-refused", refused.render());
}

fn top(f: Flavour) -> RepoHeader {
    header(f, RepoSection::MergeRequests)
}

pub(super) fn request(f: Flavour) -> RequestTop {
    RequestTop {
        reference: "!12".to_owned(),
        title: f.text("Use the median, and show the longest stay"),
        state: StateTag { label: "Open", colour: "green" },
        author: f.text("a-shah"),
        author_url: f.option(f.url("/a-shah")),
        when: f.when("2 hours ago"),
        source: f.link("median", "/x/tree/median"),
        target: f.link("main", "/x/tree/main"),
        is_locked: f == Flavour::Full,
        tabs: vec![
            Link { is_current: true, ..Link::new("Conversation", f.url(ONE)) },
            Link::new("Changes", f.url("/x/changes")),
        ],
        edit_url: f.option(f.url("/x/edit")),
        url: f.url(ONE),
    }
}

fn new(f: Flavour) -> NewMergeRequestPage {
    let branches = vec![f.choice("main", "main", "", false), f.choice("median", "median", "", true)];
    NewMergeRequestPage {
        page: f.page("/x/merge-requests/new"),
        repo: top(f),
        errors: f.errors(&[
            ("title", "Enter a title"),
            ("reviewers", "Nobody called bob can see this repository"),
        ]),
        url: f.url("/x/merge-requests/new"),
        froms: f.list(vec![f.choice("rr8/bed-occupancy", "rr8/bed-occupancy", "", true)]),
        from: f.text("rr8/bed-occupancy"),
        upstream: f.option(f.link("northdale/bed-occupancy", "/x/new?from=y")),
        fork_url: f.option("/x/fork".to_owned()),
        sources: f.list(branches.clone()),
        targets: f.list(branches),
        is_ready: f != Flavour::Empty,
        source: f.text("median"),
        target: f.text("main"),
        existing: None,
        commits: "3 commits".to_owned(),
        title: f.maybe("Use the median"),
        description: write_box(f, "body", "Description"),
        templates: templates(f),
        is_draft: true,
        reviewers: f.maybe("b-okafor"),
    }
}

pub(super) fn thread(f: Flavour, number: usize) -> ThreadBox {
    let comment = |at: usize, is_pending| CommentBox {
        is_pending,
        suggestions: f.list(vec![SuggestionBox {
            value: format!("{number}-{at}:0"),
            lines: "lines 3 to 4".to_owned(),
            old: vec![f.text("mean(nights)")],
            new: vec![f.text("median(nights)")],
            applied: f.option(f.link("3f2a91c0de", "/x/commit/3")),
            apply_url: f.option(f.url("/x/suggestions")),
            is_choosable: f == Flavour::Full,
        }]),
        ..said(f, &format!("comment-{number}-{at}"), "Why the **median** here?", number * 10 + at)
    };
    ThreadBox {
        id: format!("thread-{number}"),
        place: f.text("R/stay.R, lines 3 to 4"),
        place_url: f.option(f.url("/x/changes")),
        excerpt: vec![("3".to_owned(), f.text("mean(nights)")), ("4".to_owned(), f.text("}"))],
        written_on: f.option(f.link("version 1", "/x/changes?version=1")),
        is_resolvable: true,
        resolved_by: if number == 2 { Some(f.text("a-shah")) } else { None },
        can_resolve: true,
        can_reply: true,
        comments: vec![comment(1, false), comment(2, true)],
        reply_url: f.url("/x/comment"),
        state_url: f.url("/x/thread"),
        has_review: true,
        back: f.url(ONE),
        elsewhere: None,
        previous: f.option("#thread-1".to_owned()),
        next: f.option("#thread-2".to_owned()),
    }
}

/// A thread that is told in one line.
fn brief(f: Flavour, number: usize) -> ThreadBox {
    let link = f.link("3 comments, begun by b-okafor: read them in the conversation", "/x#thread-6");
    ThreadBox { elsewhere: Some(link), comments: Vec::new(), ..thread(f, number) }
}

fn person(f: Flavour, note: &str) -> PersonRow {
    PersonRow {
        name: f.text("Ben Okafor"),
        username: f.text("b-okafor"),
        url: f.url("/b-okafor"),
        note: f.text(note),
        colour: "green".to_owned(),
    }
}

fn show(f: Flavour) -> ShowMergeRequest {
    let check = |label: &str, colour: &str, sentence: &str| CheckRow {
        label: label.to_owned(),
        colour: colour.to_owned(),
        sentence: f.text(sentence),
    };
    let review = ReviewBox {
        id: "1".to_owned(),
        author: f.text("b-okafor"),
        author_url: f.option(f.url("/b-okafor")),
        verdict: "asked for changes to version 1".to_owned(),
        colour: "orange".to_owned(),
        when: f.when("2 hours ago"),
        html: html(f, "Nearly there.", 900),
        dismissed: f.option(f.text("a-shah set it aside: settled in person")),
        dismiss_url: f.option(f.url("/x/dismiss")),
    };
    ShowMergeRequest {
        page: f.page(ONE),
        repo: top(f),
        top: request(f),
        errors: f.errors(&[("body", "Write what you want to say.")]),
        description: said(f, "description", "The mean is *skewed*.", 901),
        first_open: f.option(f.link("Go to the first of 2 open threads", "#thread-1")),
        entries: f.list(vec![
            event(f, "pushed, version 2:"),
            TimelineEntry::Review(review),
            TimelineEntry::Thread(thread(f, 1)),
            TimelineEntry::Thread(thread(f, 2)),
        ]),
        paging: f.paging(),
        has_batch: f == Flavour::Full,
        can_comment: f != Flavour::Empty,
        write: write_box(f, "body", "Your comment"),
        side: side(f),
        checks: f.list(vec![
            check("To do", "orange", "0 of 1 approvals. Ask somebody to review it."),
            check("Done", "green", "It fits its target without conflicts."),
        ]),
        verdict: "It can be merged.".to_owned(),
        can_merge: true,
        methods: vec![
            f.choice("merge", "Merge", "Keeps every commit", true),
            f.choice("squash", "Squash", "Makes one commit of all", false),
        ],
        message: f.maybe("Merge median into main"),
        head: "3f2a91c0de".to_owned(),
        can_delete_source: true,
        conflicts_url: f.option(f.url("/x/conflicts")),
        reviewers: f.list(vec![person(f, "approved version 2")]),
        waiting: f.list(vec![person(f, "a-shah asked to review it · 2 hours ago")]),
        approvals: f.list(vec![person(f, "approved version 2 at 3f2a91c0de")]),
        statuses: f.list(vec![status_row(f)]),
        can_steer: true,
        targets: vec![f.choice("main", "main", "", true), f.choice("release", "release", "", false)],
        is_open: true,
        is_closed: false,
        is_draft: false,
        has_approved: true,
        source_note: f.maybe("The fork that it comes from was deleted."),
        can_arm: f != Flavour::Empty,
        armed: f
            .maybe("Asha Shah asked for it to be merged as one commit as soon as nothing stands against it."),
        can_disarm: f != Flavour::Empty,
        revert_url: f.option("/x/revert".to_owned()),
        fetch: f.text("git fetch https://forge.example.nhs.uk/a/b.git refs/merge-requests/12/head"),
    }
}

fn changes(f: Flavour, is_split: bool) -> RequestChanges {
    let mut changes = changes_of(f, is_split);
    for (at, file) in changes.files.iter_mut().enumerate() {
        file.comment_url = f.option(f.url("/x/comment"));
        file.viewed = f.option(ViewedForm {
            action: f.url("/x/viewed"),
            path_hex: "52".to_owned(),
            fingerprint: "00".to_owned(),
            is_viewed: at == 1,
            back: f.url("/x/changes#file-1"),
        });
    }
    if let Some(first) = changes.files.first_mut() {
        first.threads.push(thread(f, 3));
        if let Some(line) = first.hunks_mut().iter_mut().flat_map(|hunk| &mut hunk.lines).nth(3) {
            line.comment_url = f.option(f.url("/x/comment"));
            line.threads.push(thread(f, 4));
        }
    }
    RequestChanges {
        page: f.page("/x/changes"),
        repo: top(f),
        top: request(f),
        errors: f.errors(&[("body", "Say what you think, or what should change.")]),
        versions: vec![f.choice("2", "Version 2 (newest)", "", true), f.choice("1", "Version 1", "", false)],
        bases: vec![f.choice("0", "The target, main", "", true), f.choice("1", "Version 1", "", false)],
        comparison: f.text("Everything that the newest version would change in main"),
        since_last: f.option(f.link("See what changed since you reviewed version 1", "/x/changes?from=1")),
        is_old: f == Flavour::Long,
        version: 2,
        changes,
        by_commit: f.option(f.link("See it commit by commit", "/x/commit-by-commit")),
        adrift: f.list(vec![thread(f, 5), brief(f, 6)]),
        can_comment: true,
        pending: 2,
        has_review: true,
        verdicts: vec![
            f.choice("comment", "Comment", "Say what you think", true),
            f.choice("approve", "Approve", "It can be merged as it is", false),
        ],
        review: write_box(f, "body", "What you think of the whole"),
        url: f.url("/x/changes"),
    }
}

fn comment_form(f: Flavour, is_answer: bool) -> CommentPage {
    CommentPage {
        page: f.page("/x/comment"),
        repo: top(f),
        errors: f
            .errors(&[("body", "Write what you want to say."), ("lines", "Choose lines between 1 and 12.")]),
        action: f.url("/x/comment"),
        title: f.text("Use the median"),
        reference: "!12".to_owned(),
        thread: if is_answer { "1".to_owned() } else { String::new() },
        place: f.text("R/stay.R"),
        excerpt: vec![("3".to_owned(), f.text("mean(nights)"))],
        version: "2".to_owned(),
        side: "new".to_owned(),
        path_hex: "52".to_owned(),
        start: "3".to_owned(),
        end: "4".to_owned(),
        write: write_box(f, "body", "Your comment"),
        suggestion: if is_answer { String::new() } else { f.maybe("mean(nights)\n") },
        picture: f.option(PickedPicture {
            url: f.url("/x.png"),
            width: 640,
            height: 480,
            about: "640 pixels wide, 480 high, 12 KB".to_owned(),
            chosen: Some((320, 60)),
        }),
        x: f.maybe("50"),
        y: f.maybe("12.5"),
        then: f.maybe("/x/rendered"),
        can_wait: f != Flavour::Empty,
        back: f.url("/x/changes"),
    }
}

fn conflicts(f: Flavour) -> ConflictsPage {
    let choices = |chosen| {
        vec![
            f.choice("ours", "Keep what median has", "", chosen),
            f.choice("theirs", "Take what main has", "", false),
        ]
    };
    let place = ClashBox {
        name: "file-0-0".to_owned(),
        title: "Place 1 of 1".to_owned(),
        ours: f.text("median(nights)"),
        theirs: f.text("mean(nights, na.rm = TRUE)"),
        ours_label: f.text("In median, from line 3"),
        theirs_label: f.text("In main, from line 3"),
        choices: choices(true),
        edited: f.maybe("median(nights, na.rm = TRUE)"),
    };
    ConflictsPage {
        page: f.page("/x/conflicts"),
        repo: top(f),
        top: request(f),
        errors: f.errors(&[("file-1", "Choose what becomes of plot.png.")]),
        action: f.url("/x/conflicts"),
        head: "3f2a91c0de".to_owned(),
        target: "a0b1c2d3e4".to_owned(),
        too_many: false,
        conflicts: vec![
            ConflictBox {
                name: "file-0".to_owned(),
                path: f.text("R/stay.R"),
                sentence: "Both sides changed the same lines.".to_owned(),
                places: vec![place],
                choices: Vec::new(),
            },
            ConflictBox {
                name: "file-1".to_owned(),
                path: f.text("plot.png"),
                sentence: "Both sides changed this file.".to_owned(),
                places: Vec::new(),
                choices: choices(false),
            },
        ],
        source_branch: f.text("median"),
        target_branch: f.text("main"),
    }
}
