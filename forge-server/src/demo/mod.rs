//! A believable example: two organisations, four people, and code in R, Python and SQL with history.
//!
//! Everything is made through the product's own doors, so the demo is also a test of them. The people and their
//! work are made up.

mod content;

use anyhow::Context as _;
use forge_app::{App, Expected, NewCommit, NewOrganisation, NewRepository, NewUser, Origin, Start};
use forge_core::code::{Change, Identity};
use forge_core::{
    Actor, Credential, Duties, Email, FilePath, ObjectFormat, OdsCode, OrgRole, Person, RefName, RepoPath,
    Secret,
};
use time::{Duration, OffsetDateTime};

use crate::command::{CONSOLE, answer};
use content::{COMMITS, ORGANISATIONS, PEOPLE, REPOSITORIES};

/// The password of everybody in the demo. It is printed, so it protects nothing but a demo on loopback.
const PASSWORD: &str = "tea biscuits umbrella";

/// Fills an empty forge; leaves one that has people in it alone.
pub(crate) async fn fill(app: &App) -> anyhow::Result<()> {
    let site = app.authorize_site(&CONSOLE)?;
    let present = app.people(&site, None, forge_app::Page::number(1, 1)).await?;
    if present.total > 0 {
        answer("The demo is not made: this forge has people in it already. Use an empty data directory.");
        return Ok(());
    }
    let origin = Origin::console();
    for person in PEOPLE {
        let new = NewUser {
            name: person.name.parse()?,
            display_name: person.display_name.to_owned(),
            email: Email::new(&email(person.name))?,
            password: Secret::from(PASSWORD),
            is_admin: person.is_admin,
        };
        app.create_user(&site, &origin, &new).await?;
    }
    for organisation in ORGANISATIONS {
        let new = NewOrganisation {
            name: organisation.name.parse()?,
            display_name: organisation.display_name.to_owned(),
            description: organisation.description.to_owned(),
            ods_code: Some(OdsCode::new(organisation.ods_code)?),
        };
        let (first, rest) = organisation.members.split_first().context("an organisation needs an owner")?;
        app.create_organisation_for(&site, &origin, &new, Some(&first.parse()?)).await?;
        let access = app.authorize_org(&CONSOLE, &new.name).await?;
        for member in rest {
            app.set_member(&access, &origin, &member.parse()?, OrgRole::Developer, Duties::default()).await?;
        }
    }
    make_repositories(app, &origin).await?;
    announce();
    Ok(())
}

async fn make_repositories(app: &App, origin: &Origin) -> anyhow::Result<()> {
    let now = app.ambient().now();
    for repository in REPOSITORIES {
        let path: RepoPath = repository.path.parse()?;
        let owner = app.authorize_owner(&CONSOLE, &path.owner).await?;
        let new = NewRepository {
            name: path.name.clone(),
            description: repository.description.to_owned(),
            visibility: repository.visibility,
            format: ObjectFormat::Sha1,
            start: Start::default(),
        };
        app.create_repository(&owner, origin, &new).await?;
        for commit in COMMITS.iter().filter(|commit| commit.repository == repository.path) {
            make_commit(app, origin, &path, commit, now).await?;
        }
    }
    Ok(())
}

async fn make_commit(
    app: &App,
    origin: &Origin,
    path: &RepoPath,
    commit: &content::Commit,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let access = app.authorize(&acting_as(app, commit.author).await?, path).await?;
    let mut changes = Vec::new();
    for (file, text) in commit.files {
        changes.push(Change::put(FilePath::new(*file)?, *text));
    }
    let author = PEOPLE
        .iter()
        .find(|person| person.name == commit.author)
        .context("an author of the demo is not in it")?;
    let author = Identity {
        name: author.display_name.to_owned(),
        email: email(author.name),
        at: now - Duration::days(commit.days_ago) - Duration::minutes(37),
    };
    let new = NewCommit {
        expected: Expected::Anything,
        branch: RefName::branch(commit.branch)?,
        changes,
        message: format!("{}\n", commit.message),
        author: Some(author),
    };
    app.commit(access, origin, new)
        .await
        .with_context(|| format!("{}: {}", commit.repository, commit.message))?;
    Ok(())
}

/// A person of the demo, as if they had pushed with their own git.
async fn acting_as(app: &App, name: &str) -> anyhow::Result<Actor> {
    let user = app.user_by_name(&name.parse()?).await?;
    let credential = Credential::Password;
    Ok(Actor::Person(Person { id: user.id, name: user.name, is_admin: user.is_admin, credential }))
}

fn email(name: &str) -> String {
    format!("{name}@example.nhs.uk")
}

fn announce() {
    answer(
        "This forge holds a made-up example. Sign in as any of these people; the password is the same for all:",
    );
    answer("");
    for person in PEOPLE {
        answer(&format!("  {:<8} {}", person.name, person.about));
    }
    answer("");
    answer(&format!("  password: {PASSWORD}"));
    answer("");
}
