//! The permissions as a table: actor × repository × action, as the house decides them.
//!
//! `matrix.txt` is the table as it was last reviewed. A change of the rules shows as a change of that file. Set
//! `FORGE_UPDATE_MATRIX=1` to write it anew.

use std::fmt::Write as _;
use std::path::Path;

use forge_app::access::Level;
use forge_app::{Admin, App, Error, Maintain, Origin, Read, Receiver, Service, Version, Write};
use forge_core::policy::{Refusal, UpdateFacts, UpdateKind, decide_update};
use forge_core::ref_rule::{Pusher, Way};
use forge_core::{AccountState, Actor, ObjectFormat, OrgRole, Permission, RefName, RepoPath, Visibility};
use forge_tests::Forge;

use super::town::{browser_of, fingerprint_of, session_of};

const ACTIONS: [&str; 8] =
    ["see", "clone", "push", "rewrite topic", "rewrite main", "delete main", "look after", "own"];

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_is_as_it_was_reviewed() {
    let forge = Forge::with(|config| config.access.public_repositories = true).await;
    let actors = actors(&forge).await;
    let mut table = String::from(HEADER);
    for (title, path, archived) in repositories(&forge).await {
        let _ = write!(table, "\n{title}\n{:27}", "");
        for action in ACTIONS {
            let _ = write!(table, "{action:15}");
        }
        trim_line(&mut table);
        for (name, actor) in &actors {
            let _ = write!(table, "  {name:25}");
            for outcome in outcomes(forge.app(), actor, &path).await {
                let _ = write!(table, "{outcome:15}");
            }
            trim_line(&mut table);
        }
        let now: forge_app::RepoAccess<Read> =
            forge.app().authorize(&Actor::System { reason: "test" }, &path).await.unwrap();
        assert_eq!(now.repo().archived, archived, "{title}");
    }
    compare(&table);
}

const HEADER: &str = "\
# Who may do what. Written by permissions/matrix.rs from what the house decides; reviewed as a diff.
#
# yes        it is done
# sign in    refused until they sign in: they can see the repository, so they may know
# no         refused, in words: they can see the repository, so they may know
# archived   refused because the repository is archived
# kept       refused because the history of the default branch is kept
# -          for them it is not there
#
# Otto knows nobody. In the organisation Rita reads, Mina and Olive develop, Mona maintains and Orla owns it; Olive has
# repositories of her own. Tess reads there, and is in a team below one that may maintain. Cleo is in no organisation and
# may push by a grant. Ada administers the site and is in no organisation. Dora was a developer, and her account is
# switched off. The site has public repositories.
";

fn trim_line(table: &mut String) {
    table.truncate(table.trim_end().len());
    table.push('\n');
}

/// Everybody, by what let them in.
async fn actors(forge: &Forge) -> Vec<(&'static str, Actor)> {
    let app = forge.app();
    forge.user("otto").await;
    let ada = forge.admin("ada").await;
    let (orla, mina) = (forge.user("orla").await, forge.user("mina").await);
    let (olive, dora) = (forge.user("olive").await, forge.user("dora").await);
    let (rita, keeper) = (forge.user("rita").await, forge.user("mona").await);
    let (tess, cleo) = (forge.user("tess").await, forge.user("cleo").await);
    forge.org("anytown", &[&orla, &mina, &olive, &dora, &rita, &keeper, &tess]).await;
    forge.role("anytown", &rita, OrgRole::Reader).await;
    forge.role("anytown", &keeper, OrgRole::Maintainer).await;
    forge.role("anytown", &tess, OrgRole::Reader).await;
    forge.team("anytown", "analysts", None, &[]).await;
    forge.team("anytown", "beds", Some("analysts"), &[&tess]).await;
    let token = |text: String| async move { app.actor_of_token(&Origin::console(), &text).await.unwrap() };
    let key = fingerprint_of(app, "olive").await;
    let mut actors = vec![
        ("nobody", Actor::Nobody),
        ("otto, a stranger", browser_of(app, "otto").await),
        ("cleo, by grant", browser_of(app, "cleo").await),
        ("cleo, by token", token(cleo.token).await.unwrap()),
        ("rita, a reader", browser_of(app, "rita").await),
        ("tess, by team", browser_of(app, "tess").await),
        ("mina, a developer", browser_of(app, "mina").await),
        ("mona, a maintainer", browser_of(app, "mona").await),
        ("orla, who owns the org", browser_of(app, "orla").await),
        ("olive, by browser", browser_of(app, "olive").await),
        ("olive, by reading token", token(forge.token("olive", "repository:read").await).await.unwrap()),
        ("olive, by writing token", token(olive.token).await.unwrap()),
        (
            "olive, by SSH key",
            app.actor_of_verified_ssh_key(&Origin::console(), &key).await.unwrap().unwrap(),
        ),
        ("ada, by browser", browser_of(app, "ada").await),
        ("ada, by writing token", token(ada.token).await.unwrap()),
    ];
    let (session, key) = (session_of(app, "dora").await, fingerprint_of(app, "dora").await);
    let site = app.authorize_site(&Actor::System { reason: "test" }).unwrap();
    let name = "dora".parse().unwrap();
    app.set_account_state(&site, &Origin::console(), &name, AccountState::Disabled).await.unwrap();
    let by_session =
        app.actor_of_session(&Origin::console(), &session).await.unwrap().map(|found| found.actor);
    let by_key = app.actor_of_verified_ssh_key(&Origin::console(), &key).await.unwrap();
    for (title, found) in [
        ("dora, by browser", by_session),
        ("dora, by token", token(dora.token).await),
        ("dora, by key", by_key),
    ] {
        actors.push((title, found.unwrap_or(Actor::Nobody)));
    }
    actors
}

/// Repositories of every kind, and whether each is archived.
async fn repositories(forge: &Forge) -> Vec<(String, RepoPath, bool)> {
    let mut made = Vec::new();
    for (owner, whose) in [("olive", "olive's own"), ("anytown", "the organisation's")] {
        for visibility in Visibility::ALL {
            let path = format!("{owner}/{}", visibility.name());
            forge.make_repo(&path, visibility, ObjectFormat::Sha1).await;
            made.push((format!("{whose}, {}", visibility.name()), path.parse().unwrap(), false));
        }
        let path: RepoPath = format!("{owner}/archived").parse().unwrap();
        forge.make_repo(&path.to_string(), Visibility::Internal, ObjectFormat::Sha1).await;
        let access = forge.app().authorize(&Actor::System { reason: "test" }, &path).await.unwrap();
        forge.app().set_archived(&access, &Origin::console(), true).await.unwrap();
        let cleo = || Receiver::Person("cleo".parse().unwrap());
        for name in ["private", "archived"] {
            forge.grant(&format!("{owner}/{name}"), cleo(), Permission::Write, Some(1)).await;
        }
        if owner == "anytown" {
            let analysts = Receiver::Team("analysts".parse().unwrap());
            forge.grant("anytown/private", analysts, Permission::Maintain, None).await;
        }
        made.push((format!("{whose}, internal and archived"), path, true));
    }
    made
}

async fn outcomes(app: &App, actor: &Actor, path: &RepoPath) -> [&'static str; ACTIONS.len()] {
    let topic = RefName::branch("topic").unwrap();
    let main = RefName::branch("main").unwrap();
    [
        level::<Read>(app, actor, path).await,
        clone(app, actor, path).await,
        update(app, actor, path, &main, UpdateKind::FastForward).await,
        update(app, actor, path, &topic, UpdateKind::Rewind).await,
        update(app, actor, path, &main, UpdateKind::Rewind).await,
        update(app, actor, path, &main, UpdateKind::Delete).await,
        level::<Maintain>(app, actor, path).await,
        level::<Admin>(app, actor, path).await,
    ]
}

async fn level<L: Level>(app: &App, actor: &Actor, path: &RepoPath) -> &'static str {
    match app.authorize::<L>(actor, path).await {
        Ok(_) => "yes",
        Err(error) => refused(&error),
    }
}

async fn clone(app: &App, actor: &Actor, path: &RepoPath) -> &'static str {
    match app.authorize::<Read>(actor, path).await {
        Ok(access) => match app.advertise(&access, Service::UploadPack, Version::V2).await {
            Ok(_) => "yes",
            Err(error) => refused(&error),
        },
        Err(error) => refused(&error),
    }
}

async fn update(app: &App, actor: &Actor, path: &RepoPath, name: &RefName, kind: UpdateKind) -> &'static str {
    let access = match app.authorize::<Write>(actor, path).await {
        Ok(access) => access,
        Err(error) => return refused(&error),
    };
    let repo = access.repo();
    let facts = UpdateFacts {
        permission: access.permission(),
        standing: access.permission(),
        archived: repo.archived,
        default_branch: &repo.default_branch,
        rules: &[],
        pusher: Pusher::default(),
        way: Way::Push,
        signed: false,
        has_merges: false,
    };
    match decide_update(&facts, name, kind) {
        Ok(()) => "yes",
        Err(Refusal::Archived) => "archived",
        Err(Refusal::RewindsDefaultBranch | Refusal::DeletesDefaultBranch) => "kept",
        Err(Refusal::ReadOnly | Refusal::Namespace | Refusal::NamedHead | Refusal::Rule { .. }) => "no",
    }
}

fn refused(error: &Error) -> &'static str {
    match error {
        Error::NotFound => "-",
        Error::Forbidden(_) => "no",
        Error::Unauthenticated => "sign in",
        other => panic!("{other:?} says nothing about permission"),
    }
}

fn compare(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/permissions/matrix.txt");
    let is_updated = std::env::var_os("FORGE_UPDATE_MATRIX").is_some();
    if is_updated {
        std::fs::write(&path, table).unwrap();
    }
    let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (reviewed, now)) in reviewed.lines().zip(table.lines()).enumerate() {
        assert_eq!(reviewed, now, "line {} of matrix.txt", number + 1);
    }
    assert_eq!(reviewed, table, "set FORGE_UPDATE_MATRIX=1 to write matrix.txt anew, and review the change");
}
