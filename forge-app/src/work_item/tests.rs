//! Tickets and what is common to both kinds of item, as people use them.

use forge_core::notification::Subscription;
use forge_core::work_item::search::Search;
use forge_core::{
    Actor, Credential, ItemKind, ItemState, ObjectFormat, Permission, Person, RepoPath, Secret, Visibility,
};
use forge_store::user;

use super::*;
use crate::access::{Level, RepoAccess};
use crate::app::App;
use crate::error::Error;
use crate::{
    JobOptions, MailOptions, MailTransport, NewGrant, NewRepository, NewTicket, NewUser, Origin, Page, Read,
    Receiver, SignInOptions, Start, Write,
};

const FIRST: Page = Page { offset: 0, limit: 50 };

pub(crate) struct Town {
    pub(crate) app: App,
    dir: tempfile::TempDir,
}

impl Town {
    /// Olive's repository that everybody can see, and Otto who only reads it. Wanda may push to it.
    pub(crate) async fn new() -> Self {
        Self::with_options(SignInOptions::default()).await
    }

    /// The same where mail goes into a folder.
    pub(crate) async fn with_mail(private_content: bool) -> Self {
        let folder = MailTransport::Folder(std::path::PathBuf::new());
        let mail = MailOptions { transport: folder, private_content, ..MailOptions::default() };
        Self::with_options(SignInOptions { mail, ..SignInOptions::default() }).await
    }

    /// Where mail goes.
    pub(crate) fn mail_folder(&self) -> std::path::PathBuf {
        self.dir.path().join("mail")
    }

    async fn with_options(mut sign_in: SignInOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        if let MailTransport::Folder(folder) = &mut sign_in.mail.transport {
            *folder = dir.path().join("mail");
        }
        let app = crate::maintain::tests::open_with(dir.path(), JobOptions::default(), sign_in).await;
        app.set_public_url("https://forge.example".parse().unwrap());
        let town = Self { app, dir };
        for name in ["olive", "otto", "wanda"] {
            town.person(name).await;
        }
        town.repo("beds", Visibility::Internal).await;
        let admin = town.access::<crate::Admin>("olive", "olive/beds").await.unwrap();
        let new = NewGrant {
            receiver: Receiver::Person("wanda".parse().unwrap()),
            permission: Permission::Write,
            days: None,
        };
        town.app.grant(&admin, &Origin::console(), &new).await.unwrap();
        town
    }

    async fn person(&self, name: &str) {
        let system = Actor::System { reason: "test" };
        let site = self.app.authorize_site(&system).unwrap();
        let new = NewUser {
            name: name.parse().unwrap(),
            display_name: format!("Name of {name}"),
            email: forge_core::Email::new(&format!("{name}@example.org")).unwrap(),
            password: Secret::from("three random words"),
            is_admin: false,
        };
        self.app.create_user(&site, &Origin::console(), &new).await.unwrap();
    }

    pub(crate) async fn repo(&self, name: &str, visibility: Visibility) {
        let owner =
            self.app.authorize_owner(&self.actor("olive").await, &"olive".parse().unwrap()).await.unwrap();
        let new = NewRepository {
            name: name.parse().unwrap(),
            description: String::new(),
            visibility,
            format: ObjectFormat::Sha1,
            start: Start { readme: true, licence: false },
        };
        self.app.create_repository(&owner, &Origin::console(), &new).await.unwrap();
    }

    /// Somebody in a browser.
    pub(crate) async fn actor(&self, name: &str) -> Actor {
        let rows = self.app.store().read().await.unwrap();
        let found = user::by_name(&rows, &name.parse().unwrap()).await.unwrap().unwrap();
        let session =
            forge_store::session::of_user(&rows, found.id).await.unwrap().pop().map(|session| session.id);
        drop(rows);
        let id = match session {
            Some(id) => id,
            None => self.sign_in(name).await,
        };
        Actor::Person(Person {
            id: found.id,
            name: found.name,
            is_admin: false,
            credential: Credential::Session(id),
        })
    }

    async fn sign_in(&self, name: &str) -> forge_core::SessionId {
        let tx = self.app.store().begin().await.unwrap();
        let found = user::by_name(&tx, &name.parse().unwrap()).await.unwrap().unwrap();
        let now = self.app.ambient().now();
        let session = forge_core::Session {
            id: self.app.ambient().id(),
            user: found.id,
            created_at: now,
            authenticated_at: now,
            factors: forge_core::Factor::Password.into(),
            last_used_at: now,
            expires_at: now + time::Duration::hours(1),
            user_agent: String::new(),
            address: String::new(),
        };
        forge_store::session::insert(&tx, &session, &self.app.ambient().random()).await.unwrap();
        tx.commit().await.unwrap();
        session.id
    }

    pub(crate) async fn access<L: Level>(&self, name: &str, repo: &str) -> crate::Result<RepoAccess<L>> {
        let path: RepoPath = repo.parse().unwrap();
        self.app.authorize::<L>(&self.actor(name).await, &path).await
    }

    pub(crate) async fn reads(&self, name: &str) -> RepoAccess<Read> {
        self.access(name, "olive/beds").await.unwrap()
    }

    pub(crate) async fn writes(&self, name: &str) -> RepoAccess<Write> {
        self.access(name, "olive/beds").await.unwrap()
    }

    pub(crate) async fn open(&self, name: &str, title: &str, body: &str) -> u64 {
        let new = NewTicket { title: title.to_owned(), body: body.to_owned(), ..NewTicket::default() };
        self.app.open_ticket(&self.reads(name).await, &new).await.unwrap()
    }

    pub(crate) async fn shown(&self, name: &str, number: u64) -> crate::Result<ItemShown> {
        self.app.item(&self.reads(name).await, ItemAddress::ticket(number)).await
    }

    /// Changes how an item is sorted.
    pub(crate) async fn sort(
        &self,
        name: &str,
        at: ItemAddress,
        change: impl FnOnce(&mut ItemSorting),
    ) -> crate::Result<()> {
        let access = self.writes(name).await;
        let mut to = ItemSorting::of(&self.app.item_for_writing(&access, at).await?);
        change(&mut to);
        self.app.sort_item(&access, &Origin::console(), at, &to).await
    }
}

fn kinds(shown: &ItemShown) -> Vec<&str> {
    shown.events.iter().map(|shown| shown.event.kind.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_opens_comments_and_closes_and_does_no_more() {
    let town = Town::new().await;
    let (app, origin) = (&town.app, Origin::console());
    let number = town.open("otto", "Beds are missing", "Ward **A**").await;
    let at = ItemAddress::ticket(number);
    let otto = town.reads("otto").await;
    app.add_comment(&otto, at, &NewComment::whole("And ward B")).await.unwrap();
    assert!(matches!(
        app.add_comment(&otto, at, &NewComment::whole(" \n")).await,
        Err(Error::Invalid { field: "body", .. })
    ));
    let shown = town.shown("otto", number).await.unwrap();
    assert_eq!(shown.rights, ItemRights { comment: true, own: true, write: false });
    let comment = shown.threads[0].comments[0].id;
    let wanda = town.reads("wanda").await;
    assert!(matches!(app.edit_comment(&wanda, at, comment, "x").await, Err(Error::Forbidden(_))), "not hers");
    app.edit_comment(&otto, at, comment, "And ward C").await.unwrap();
    app.edit_item(&otto, &origin, at, "Beds are gone", "Ward **A**").await.unwrap();
    app.set_ticket_open(&otto, number, false).await.unwrap();
    app.set_ticket_open(&otto, number, false).await.unwrap();
    let theirs = town.open("olive", "Another", "").await;
    let of_olive = ItemAddress::ticket(theirs);
    assert!(matches!(app.set_ticket_open(&otto, theirs, false).await, Err(Error::Forbidden(_))));
    assert!(matches!(app.edit_item(&otto, &origin, of_olive, "x", "").await, Err(Error::Forbidden(_))));
    town.sort("wanda", at, |to| to.is_locked = true).await.unwrap();
    assert!(
        matches!(app.add_comment(&otto, at, &NewComment::whole("more")).await, Err(Error::Forbidden(_))),
        "it is locked"
    );
    app.delete_comment(&wanda, &origin, at, comment).await.unwrap();
    let shown = town.shown("otto", number).await.unwrap();
    assert_eq!(kinds(&shown), ["title", "close", "lock", "delete-comment"]);
    assert_eq!((shown.item.state, shown.threads.len()), (ItemState::Closed, 0));
    let request = app.item(&otto, ItemAddress::merge_request(number)).await;
    assert!(matches!(request, Err(Error::NotFound)), "it is a ticket");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confidential_ticket_is_not_there_for_others() {
    let town = Town::new().await;
    let app = &town.app;
    let new = NewTicket { title: "Hidden".to_owned(), is_confidential: true, ..NewTicket::default() };
    let number = app.open_ticket(&town.reads("olive").await, &new).await.unwrap();
    let at = ItemAddress::ticket(number);
    let otto = town.reads("otto").await;
    for refused in [
        app.item(&otto, at).await.map(drop),
        app.add_comment(&otto, at, &NewComment::whole("x")).await.map(drop),
        app.set_ticket_open(&otto, number, false).await,
        app.kind_of_item(&otto, number).await.map(drop),
        app.item(&otto, ItemAddress::ticket(999)).await.map(drop),
    ] {
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    }
    let open = Search::parse("is:open");
    let listed = app.list_items(&otto, ItemKind::Ticket, &open, FIRST).await.unwrap();
    assert_eq!((listed.total, listed.counts[0]), (0, (ItemState::Open, 0)));
    assert!(town.shown("wanda", number).await.is_ok(), "she may push");

    // A ticket that names it shows nothing of it, and it shows nothing of what he may not see.
    let other = town.open("olive", "Open", &format!("see #{number}")).await;
    assert_eq!(kinds(&town.shown("olive", number).await.unwrap()), ["reference"]);
    let named = town.open("otto", "I guess", &format!("is there #{number}?")).await;
    assert_eq!(kinds(&town.shown("olive", number).await.unwrap()), ["reference"], "he named nothing");
    app.add_comment(&town.reads("olive").await, at, &NewComment::whole(format!("so #{named} is right")))
        .await
        .unwrap();
    assert_eq!(kinds(&town.shown("otto", named).await.unwrap()), [""; 0]);
    assert_eq!(kinds(&town.shown("wanda", named).await.unwrap()), ["reference"]);
    let _ = other;

    town.sort("olive", at, |to| to.assignees = vec!["otto".parse().unwrap()]).await.unwrap();
    assert!(town.shown("otto", number).await.is_ok(), "it was given to him");
    town.sort("olive", at, |to| (to.assignees, to.is_confidential) = (Vec::new(), false)).await.unwrap();
    assert!(town.shown("otto", number).await.is_ok(), "it is no longer hidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_people_and_milestones_find_tickets() {
    let town = Town::new().await;
    let (app, origin) = (&town.app, Origin::console());
    let wanda = town.writes("wanda").await;
    let new = |name: &str| NewLabel { name: name.to_owned(), ..NewLabel::default() };
    let bug = app.add_label(&wanda, &origin, &new("needs help")).await.unwrap();
    assert!(matches!(app.add_label(&wanda, &origin, &new("Needs Help")).await, Err(Error::Invalid { .. })));
    let new = NewMilestone { title: "Version 1".to_owned(), ..NewMilestone::default() };
    let milestone = app.add_milestone(&wanda, &origin, &new).await.unwrap();
    let first = town.open("otto", "First", "").await;
    town.open("otto", "Second", "").await;
    let at = ItemAddress::ticket(first);
    // Either all of it is done, or nothing: the labels are not put on where the person is not there.
    let everything = |name: &str| {
        let name = name.parse().unwrap();
        move |to: &mut ItemSorting| {
            (to.labels, to.assignees, to.milestone) = (vec![bug], vec![name], Some(milestone));
        }
    };
    let nobody = town.sort("wanda", at, everything("nobody")).await;
    assert!(matches!(nobody, Err(Error::Invalid { field: "assignees", .. })));
    assert_eq!(kinds(&town.shown("otto", first).await.unwrap()), [""; 0]);
    town.sort("wanda", at, everything("otto")).await.unwrap();
    let otto = town.reads("otto").await;
    for (search, expected) in [
        ("is:open", vec!["Second", "First"]),
        ("label:\"needs help\"", vec!["First"]),
        ("-label:\"needs help\"", vec!["Second"]),
        ("no:label", vec!["Second"]),
        ("assignee:@me", vec!["First"]),
        ("no:assignee", vec!["Second"]),
        ("milestone:\"version 1\"", vec!["First"]),
        ("author:otto sort:oldest", vec!["First", "Second"]),
        ("author:wanda", vec![]),
        ("SECOND", vec!["Second"]),
        ("is:closed", vec![]),
        ("label:nope", vec![]),
        ("author:nobody", vec![]),
    ] {
        let listed = app.list_items(&otto, ItemKind::Ticket, &Search::parse(search), FIRST).await.unwrap();
        let titles: Vec<_> = listed.items.iter().map(|one| one.item.title.as_str()).collect();
        assert_eq!(titles, expected, "{search}: {:?}", listed.missing);
    }
    let shown = app.milestones(&otto).await.unwrap();
    assert_eq!((shown[0].open, shown[0].done), (1, 0));
    let sorts = NewTicket { title: "x".to_owned(), labels: vec![bug], ..NewTicket::default() };
    assert!(matches!(app.open_ticket(&otto, &sorts).await, Err(Error::Forbidden(_))));
    assert_eq!(kinds(&town.shown("otto", first).await.unwrap()), ["assign", "label", "milestone"]);
    app.delete_label(&wanda, &origin, bug).await.unwrap();
    app.delete_milestone(&wanda, &origin, milestone).await.unwrap();
    let shown = town.shown("otto", first).await.unwrap();
    assert!(shown.labels.is_empty() && shown.milestone.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_repository_does_not_change() {
    let town = Town::new().await;
    let (app, origin) = (&town.app, Origin::console());
    let number = town.open("otto", "First", "").await;
    let admin = town.access::<crate::Admin>("olive", "olive/beds").await.unwrap();
    app.set_archived(&admin, &origin, true).await.unwrap();
    let otto = town.reads("otto").await;
    let again = NewTicket { title: "Second".to_owned(), ..NewTicket::default() };
    assert!(matches!(app.open_ticket(&otto, &again).await, Err(Error::Forbidden(_))));
    let said = app.add_comment(&otto, ItemAddress::ticket(number), &NewComment::whole("x")).await;
    assert!(matches!(said, Err(Error::Forbidden(_))), "{said:?}");
    assert_eq!(town.shown("otto", number).await.unwrap().rights, ItemRights::default());
}

/// A commit on the default branch that says so closes a ticket, once, and only from there.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_closes_a_ticket() {
    let town = Town::new().await;
    let app = &town.app;
    let number = town.open("otto", "First", "").await;
    let commit = async |branch: &str, message: String| {
        let file = forge_core::FilePath::new("notes.txt").unwrap();
        let new = crate::NewCommit {
            expected: crate::git::Expected::Anything,
            branch: forge_core::RefName::branch(branch).unwrap(),
            changes: vec![forge_core::code::Change::put(file, message.clone().into_bytes())],
            message,
            author: None,
        };
        app.commit(town.writes("olive").await, &Origin::console(), new).await.unwrap();
        app.run_due_jobs(std::time::Duration::from_secs(1)).await.unwrap();
    };
    commit("work", format!("Fixes #{number}")).await;
    commit("main", format!("See #{number}")).await;
    let shown = town.shown("otto", number).await.unwrap();
    assert_eq!((shown.item.state, kinds(&shown)), (ItemState::Open, vec!["reference"]), "it is named");
    commit("main", format!("Count again\n\nFixes #{number} and #999")).await;
    let shown = town.shown("otto", number).await.unwrap();
    assert_eq!(shown.item.state, ItemState::Closed);
    assert_eq!(kinds(&shown), ["reference", "close"]);
    assert!(shown.events[1].event.detail.contains("commit"), "{:?}", shown.events);
    app.set_ticket_open(&town.reads("otto").await, number, true).await.unwrap();
    commit("main", "Something else".to_owned()).await;
    assert_eq!(town.shown("otto", number).await.unwrap().item.state, ItemState::Open, "once only");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_tokens_do_not_speak() {
    let town = Town::new().await;
    let Actor::Person(otto) = town.actor("otto").await else { panic!("a person") };
    let by_password = Actor::Person(Person { credential: Credential::Password, ..otto });
    let access = town.app.authorize::<Read>(&by_password, &"olive/beds".parse().unwrap()).await.unwrap();
    let new = NewTicket { title: "x".to_owned(), ..NewTicket::default() };
    assert!(matches!(town.app.open_ticket(&access, &new).await, Err(Error::Forbidden(_))));
    let number = town.open("otto", "First", "").await;
    let at = ItemAddress::ticket(number);
    assert!(matches!(
        town.app.add_comment(&access, at, &NewComment::whole("x")).await,
        Err(Error::Forbidden(_))
    ));
    let me = town.app.authorize_me(&town.actor("wanda").await).unwrap();
    let reads = town.reads("wanda").await;
    town.app.subscribe(&me, &reads, at, Subscription::None).await.unwrap();
    assert_eq!(town.shown("wanda", number).await.unwrap().subscription, Some(Subscription::None));
}
