//! Pages of tickets and notifications with made-up values.

use askama::Template;

use super::item::{EditText, Items, SortItem, TemplateRow};
use super::notification::{NotificationRow, NotificationSettings, Notifications, Unsubscribe};
use super::sample::{Add, Flavour};
use super::sample_repo::header;
use super::ticket::{LabelRow, Labels, MilestoneRow, Milestones, NewTicket, ShowTicket};
use crate::SafeHtml;
use crate::markdown::{self, LinkBase};
use crate::url::Rev;
use crate::view::{
    CommentBox, EventRow, ItemRow, ItemSide, LabelTag, LinkedGroup, RepoSection, StateTag, ThreadBox,
    TimelineEntry, WriteBox,
};

pub(super) fn html(f: Flavour, text: &str, part: usize) -> SafeHtml {
    let base =
        LinkBase::new("a/b".parse().unwrap(), Rev::Name("main".to_owned()), forge_core::FilePath::root());
    markdown::render(f.maybe(text).as_bytes(), &base.with_items().part(part)).unwrap()
}

fn label(f: Flavour, name: &str, colour: &'static str) -> LabelTag {
    LabelTag { name: f.text(name), colour, url: f.url("/x?q=label") }
}

fn labels_of(f: Flavour) -> Vec<LabelTag> {
    f.list(vec![label(f, "fault", "red"), label(f, "needs help", "aqua-green")])
}

pub(super) fn write_box(f: Flavour, id: &str, label: &str) -> WriteBox {
    WriteBox {
        id: id.to_owned(),
        label: label.to_owned(),
        value: f.maybe("Ward **A** is missing since #12."),
        preview: f.option(html(f, "Ward **A** is missing since #12.", 999)),
    }
}

pub(super) fn said(f: Flavour, id: &str, text: &str, part: usize) -> CommentBox {
    CommentBox {
        id: id.to_owned(),
        author: f.text("a-shah"),
        author_url: f.option(f.url("/a-shah")),
        when: f.when("2 hours ago"),
        edited: f.option(f.when("1 hour ago")),
        is_pending: false,
        html: html(f, text, part),
        plain: String::new(),
        edit_url: f.option(f.url("/x/edit")),
        delete_url: f.option(f.url("/x/delete")),
        suggestions: Vec::new(),
    }
}

pub(super) fn event(f: Flavour, text: &str) -> TimelineEntry {
    TimelineEntry::Event(EventRow {
        actor: f.text("b-okafor"),
        actor_url: f.option(f.url("/b-okafor")),
        text: f.text(text),
        link: f.option(f.link("!14 Count ward A", "/x/merge-requests/14")),
        when: f.when("1 hour ago"),
    })
}

pub(super) fn side(f: Flavour) -> ItemSide {
    let group = |title: &str, anchor: &str| LinkedGroup {
        title: title.to_owned(),
        anchor: anchor.to_owned(),
        items: vec![(f.link("#12 Ward A is missing", "/x/tickets/12"), OPEN)],
    };
    ItemSide {
        assignees: f.list(vec![f.link("Ben Okafor", "/b-okafor")]),
        labels: labels_of(f),
        milestone: f.option(f.link("Winter plan", "/x")),
        linked: f.list(vec![group("Closes", "closes"), group("Mentioned by", "mentioned-by")]),
        is_subscribed: f == Flavour::Full,
        subscription_url: f.option(f.url("/x/subscription")),
        sort_url: f.option(f.url("/x/sort")),
    }
}

pub(super) fn templates(f: Flavour) -> Vec<TemplateRow> {
    f.list(vec![TemplateRow {
        link: f.link("A fault", "/x?template=fault"),
        about: f.maybe("Something does not work"),
    }])
}

/// A comment that answers nothing, as tickets have them.
fn alone(comment: CommentBox) -> TimelineEntry {
    let thread = ThreadBox { id: format!("thread-{}", comment.id), ..ThreadBox::default() };
    TimelineEntry::Thread(ThreadBox { comments: vec![comment], ..thread })
}

const OPEN: StateTag = StateTag { label: "Open", colour: "green" };

/// Every page of a flavour.
pub(super) fn pages(f: Flavour, add: &mut Add<'_>) {
    list(f, add);
    one(f, add);
    sorted(f, add);
    told(f, add);
}

fn list(f: Flavour, add: &mut Add<'_>) {
    let row = |title: &str, is_confidential| ItemRow {
        title: f.text(title),
        url: f.url("/x/tickets/12"),
        reference: "#12".to_owned(),
        state: OPEN,
        is_confidential,
        labels: labels_of(f),
        author: f.text("a-shah"),
        opened: f.when("2 hours ago"),
        comments: f.maybe("3 comments"),
        assignees: f.maybe("b-okafor, c-evans"),
        milestone: f.maybe("Winter plan"),
        branches: f.option((f.text("median"), f.text("main"))),
    };
    let tickets = |are_requests| Items {
        page: f.with_flash("/x", "The ticket is open."),
        repo: header(f, if are_requests { RepoSection::MergeRequests } else { RepoSection::Tickets }),
        errors: f.errors(&[]),
        are_requests,
        base: f.url("/x/tickets"),
        query: f.maybe("is:open label:fault"),
        is_searched: f != Flavour::Empty,
        notes: f.list(vec![f.text("There is not a label nothing.")]),
        tabs: vec![f.link("Open (12)", "/x"), f.link("Closed (31)", "/x")],
        items: f.list(vec![row("Ward A is missing", false), row("Names in the log", true)]),
        paging: f.paging(),
        new_url: f.option(f.url("/x/tickets/new")),
        labels_url: f.url("/x/labels"),
        milestones_url: f.url("/x/milestones"),
        watches: f.list(vec![f.choice("all", "Everything", "", true)]),
        watch_action: f.url("/x/watch"),
    };
    add("tickets", tickets(false).render());
    add("merge-requests", tickets(true).render());
    let new = NewTicket {
        page: f.page("/x"),
        repo: header(f, RepoSection::Tickets),
        errors: f.errors(&[("title", "Enter something."), ("description", "Enter less.")]),
        action: f.url("/x/tickets/new"),
        templates: templates(f),
        title: f.maybe("Ward A is missing"),
        description: write_box(f, "description", "Description"),
        is_confidential: f == Flavour::Full,
    };
    add("ticket-new", new.render());
}

fn one(f: Flavour, add: &mut Add<'_>) {
    let text = "The extract of *Monday* has no ward A. See #12 and ask @b-okafor.";
    let show = ShowTicket {
        page: f.with_flash("/x", "The ticket is open."),
        repo: header(f, RepoSection::Tickets),
        errors: f.errors(&[("body", "Write something first.")]),
        title: f.text("Ward A is missing"),
        reference: "#12".to_owned(),
        state: OPEN,
        is_open: f != Flavour::Long,
        is_confidential: f == Flavour::Full,
        is_locked: f == Flavour::Full,
        action: f.url("/x/tickets/12"),
        edit_url: f.option(f.url("/x/tickets/12/edit")),
        description: said(f, "description", text, 0),
        entries: f.list(vec![
            alone(said(f, "comment-1", text, 1)),
            event(f, "will close this with"),
            alone(CommentBox {
                html: SafeHtml::default(),
                plain: f.maybe("Too complicated"),
                ..said(f, "comment-2", text, 2)
            }),
        ]),
        paging: f.paging(),
        can_comment: f != Flavour::Empty,
        can_close: f != Flavour::Empty,
        write: write_box(f, "body", "Your comment"),
        side: side(f),
    };
    add("ticket", show.render());
    let edit = EditText {
        page: f.page("/x"),
        repo: header(f, RepoSection::Tickets),
        errors: f.errors(&[("title", "Enter something."), ("body", "Enter less.")]),
        what: f.text("ticket #12"),
        action: f.url("/x/tickets/12/edit"),
        back_url: f.url("/x/tickets/12"),
        title: Some(f.maybe("Ward A is missing")),
        write: write_box(f, "body", "Description"),
    };
    add("ticket-edit", edit.render());
}

fn sorted(f: Flavour, add: &mut Add<'_>) {
    let sort = SortItem {
        page: f.page("/x"),
        repo: header(f, RepoSection::Tickets),
        errors: f.errors(&[("assignees", "Nobody of this name can see it.")]),
        title: f.text("Ward A is missing"),
        reference: "#12".to_owned(),
        action: f.url("/x/tickets/12/sort"),
        back_url: f.url("/x/tickets/12"),
        labels_url: f.url("/x/labels"),
        labels: f.list(vec![f.choice("1", "fault", "Something does not work", true)]),
        assignees: f.maybe("b-okafor"),
        milestones: vec![f.choice("", "No milestone", "", true), f.choice("1", "Winter plan", "", false)],
        is_locked: f == Flavour::Full,
        is_confidential: f.option(false),
    };
    add("ticket-sort", sort.render());
    let labels = Labels {
        page: f.with_flash("/x", "The label has been saved."),
        repo: header(f, RepoSection::Tickets),
        errors: f.errors(&[("name", "There is a label of this name already.")]),
        action: f.url("/x/labels"),
        back_url: f.url("/x/tickets"),
        labels: f.list(vec![LabelRow {
            label: label(f, "fault", "red"),
            description: f.maybe("Something does not work"),
            edit_url: f.option(f.url("/x/labels?id=1")),
        }]),
        can_change: f != Flavour::Empty,
        id: f.option(f.text("1")),
        name: f.maybe("fault"),
        description: f.maybe("Something does not work"),
        colours: vec![f.choice("grey", "Grey", "", true), f.choice("red", "Red", "", false)],
    };
    add("labels", labels.render());
    let milestones = Milestones {
        page: f.page("/x"),
        repo: header(f, RepoSection::Tickets),
        errors: f.errors(&[("title", "Enter something."), ("due", "Enter a day.")]),
        action: f.url("/x/milestones"),
        back_url: f.url("/x/tickets"),
        milestones: f.list(vec![MilestoneRow {
            title: f.text("Winter plan"),
            url: f.url("/x/tickets?q=milestone"),
            description: f.maybe("Ready before December"),
            due: f.maybe("1 December 2026"),
            is_late: true,
            is_closed: f == Flavour::Long,
            progress: f.text("3 items open, 4 done"),
            edit_url: f.option(f.url("/x/milestones?id=1")),
        }]),
        can_change: f != Flavour::Empty,
        id: f.option(f.text("1")),
        is_closed: f == Flavour::Long,
        title: f.maybe("Winter plan"),
        description: f.maybe("Ready before December"),
        due: f.maybe("2026-12-01"),
    };
    add("milestones", milestones.render());
}

fn told(f: Flavour, add: &mut Add<'_>) {
    let row = |title: &str, is_unread| NotificationRow {
        id: f.text("1"),
        title: f.text(title),
        url: f.url("/x/tickets/12"),
        state: OPEN,
        place: f.text("anytown-hospitals/bed-occupancy #12"),
        reason: "your name was mentioned",
        when: f.when("2 hours ago"),
        is_unread,
    };
    let notifications = Notifications {
        page: f.with_flash("/notifications", "Marked as read."),
        tabs: vec![f.link("New (1)", "/notifications"), f.link("All", "/notifications?all=true")],
        is_unread_only: f == Flavour::Empty,
        rows: f.list(vec![row("Ward A is missing", true), row("Count beds", false)]),
        has_unread: f != Flavour::Empty,
        paging: f.paging(),
    };
    add("notifications", notifications.render());
    let settings = NotificationSettings {
        page: f.with_flash("/settings/notifications", "Your choice has been saved."),
        errors: f.errors(&[]),
        choices: vec![
            f.choice("all", "Everything that I follow", "One email for each thing", true),
            f.choice("none", "Nothing", "", false),
        ],
    };
    add("settings-notifications", settings.render());
    for (name, is_done) in [("unsubscribe", false), ("unsubscribed", true)] {
        let page = Unsubscribe { page: f.nobody("/unsubscribe/x"), action: f.url("/unsubscribe/x"), is_done };
        add(name, page.render());
    }
}
