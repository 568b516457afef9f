//! A forge that serves on free ports from a directory of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use forge_app::{
    Ambient, App, NewGrant, NewOrganisation, NewRepository, NewTeam, NewToken, NewUser, OrganisationAbout,
    Origin, Receiver, Start, SystemRng,
};
use forge_core::{
    Actor, Duties, Email, ObjectFormat, OdsCode, OrgRole, Permission, RepoPath, Scopes, Secret, Username,
    Visibility,
};
use forge_server::config::{ByteSize, Config, Seconds};
use forge_server::house;
use forge_server::serve::Serving;
use tempfile::TempDir;

use crate::clock::TestClock;
use crate::git::{WorkTree, git};
use crate::http::Client;
use crate::postgres;
use crate::tls::Authority;

/// The password of everybody in the tests.
pub const PASSWORD: &str = "tea biscuits umbrella";

/// A running forge. It stops, and its data goes, when it is dropped.
pub struct Forge {
    serving: Option<Serving>,
    config: Config,
    clock: TestClock,
    authority: Option<Authority>,
    _database: Option<postgres::Database>,
    dir: TempDir,
}

/// Somebody with an account, a token and an SSH key.
#[derive(Debug, Clone)]
pub struct Person {
    /// What they sign in as.
    pub name: String,
    /// A token that reads and writes.
    pub token: String,
    /// Their private key.
    pub key: PathBuf,
    home: PathBuf,
}

impl Forge {
    /// A forge on SQLite.
    pub async fn new() -> Self {
        Self::start(None, None, |_| {}).await
    }

    /// A forge that speaks HTTPS, with a certificate that only [`Forge::authority`] vouches for.
    pub async fn with_tls() -> Self {
        let authority = Authority::new();
        let (certificate, key) = authority.files();
        let change = move |config: &mut Config| {
            config.http.tls_certificate = Some(certificate);
            config.http.tls_key = Some(key);
        };
        Self::start(None, Some(authority), change).await
    }

    /// A forge with settings of its own.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start(None, None, change).await
    }

    /// A forge on PostgreSQL, where the test command has started one.
    pub async fn on_postgres() -> Option<Self> {
        let database = postgres::Database::create().await?;
        Some(Self::start(Some(database), None, |_| {}).await)
    }

    async fn start(
        database: Option<postgres::Database>,
        authority: Option<Authority>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut config = Config::default();
        config.data.dir = dir.path().join("data");
        config.http.listen.set_port(0);
        config.ssh.listen.set_port(0);
        config.http.drain = Seconds(5);
        // Tests hash many passwords and guess none.
        config.password.memory = ByteSize(8 << 10);
        config.password.passes = 1;
        if let Some(database) = &database {
            config.database.url = database.url().to_owned();
        }
        // No job runs by itself: tests say when.
        config.jobs.workers = 0;
        change(&mut config);
        let clock = TestClock::default();
        let mut forge = Self { serving: None, config, clock, authority, _database: database, dir };
        forge.open().await;
        forge
    }

    async fn open(&mut self) {
        let ambient = Ambient::new(Arc::new(self.clock.clone()), Arc::new(SystemRng));
        let app = house::open_with(&self.config, ambient).await.expect("the house opens");
        let serving = Serving::start(app, self.config.clone(), None).await.expect("the doors open");
        self.serving = Some(serving);
    }

    /// Stops the forge and starts it again on the same data.
    pub async fn restart(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.stop().await;
        }
        self.open().await;
    }

    fn serving(&self) -> &Serving {
        self.serving.as_ref().expect("the forge runs")
    }

    /// The house behind the doors.
    pub fn app(&self) -> &App {
        self.serving().app()
    }

    /// Its clock.
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// Where its data is.
    pub fn data(&self) -> &Path {
        &self.config.data.dir
    }

    /// Its settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme(), self.serving().http())
    }

    fn scheme(&self) -> &'static str {
        if self.authority.is_some() { "https" } else { "http" }
    }

    /// The file with the certificate to believe, of a forge that speaks HTTPS.
    pub fn authority(&self) -> &Path {
        self.authority.as_ref().expect("the forge speaks HTTPS").certificate()
    }

    /// The address that HTTP listens on.
    pub fn http_address(&self) -> std::net::SocketAddr {
        self.serving().http()
    }

    /// A client that is nobody yet.
    pub fn client(&self) -> Client {
        Client::new(self.serving().http())
    }

    /// A remote over HTTP with a person's token in it.
    pub fn https(&self, person: &Person, repo: &str) -> String {
        let (scheme, address) = (self.scheme(), self.serving().http());
        format!("{scheme}://{}:{}@{address}/{repo}.git", person.name, person.token)
    }

    /// A remote over HTTP without credentials.
    pub fn anonymous(&self, repo: &str) -> String {
        self.url(&format!("/{repo}.git"))
    }

    /// A remote over SSH.
    pub fn ssh(&self, repo: &str) -> String {
        format!("ssh://git@{}/{repo}.git", self.serving().ssh().expect("SSH is served"))
    }

    /// The address that SSH listens on.
    pub fn ssh_address(&self) -> std::net::SocketAddr {
        self.serving().ssh().expect("SSH is served")
    }

    /// Makes a person with a token and a key.
    pub async fn user(&self, name: &str) -> Person {
        self.make_user(name, false).await
    }

    /// Makes an administrator.
    pub async fn admin(&self, name: &str) -> Person {
        self.make_user(name, true).await
    }

    async fn make_user(&self, name: &str, is_admin: bool) -> Person {
        let (app, origin) = (self.app(), Origin::console());
        let site = app.authorize_site(&console()).expect("the console administers");
        let username: Username = name.parse().expect("a name");
        let new = NewUser {
            name: username.clone(),
            display_name: String::new(),
            email: Email::new(&format!("{name}@example.nhs.uk")).expect("an address"),
            password: Secret::from(PASSWORD),
            is_admin,
        };
        app.create_user(&site, &origin, &new).await.expect("an account");
        let home = self.dir.path().join("homes").join(name);
        std::fs::create_dir_all(&home).expect("a home");
        let key = home.join("id_ed25519");
        crate::git::make_key(&key);
        let line = std::fs::read_to_string(key.with_extension("pub")).expect("a public key");
        app.add_ssh_key_for(&site, &origin, &username, "laptop", &line).await.expect("a key");
        let token = self.token(name, "repository:write").await;
        Person { name: name.to_owned(), token, key, home }
    }

    /// Makes a token for a person.
    pub async fn token(&self, name: &str, scopes: &str) -> String {
        let scopes: Scopes = scopes.parse().expect("scopes");
        let site = self.app().authorize_site(&console()).expect("the console administers");
        let new = NewToken { name: "test".to_owned(), scopes, days: 1, only: Vec::new() };
        let username = name.parse().expect("a name");
        let made =
            self.app().create_token_for(&site, &Origin::console(), &username, &new).await.expect("a token");
        made.0.expose().clone()
    }

    /// Makes an organisation; the first member owns it.
    pub async fn org(&self, name: &str, members: &[&Person]) {
        let (app, origin) = (self.app(), Origin::console());
        let site = app.authorize_site(&console()).expect("the console administers");
        let new = NewOrganisation {
            name: name.parse().expect("a name"),
            display_name: String::new(),
            description: String::new(),
            ods_code: None,
        };
        let owner = members.first().map(|person| person.name.parse().expect("a name"));
        app.create_organisation_for(&site, &origin, &new, owner.as_ref()).await.expect("an organisation");
        let access = app.authorize_org(&console(), &new.name).await.expect("the console owns it");
        for member in members.iter().skip(1) {
            let name = member.name.parse().expect("a name");
            app.set_member(&access, &origin, &name, OrgRole::Developer, Duties::default())
                .await
                .expect("a member");
        }
    }

    /// Gives an organisation its code in the Organisation Data Service.
    pub async fn set_ods_code(&self, org: &str, code: &str) {
        let name = org.parse().expect("a name");
        let access = self.app().authorize_org(&console(), &name).await.expect("the console owns it");
        let about = OrganisationAbout {
            display_name: org.to_owned(),
            description: String::new(),
            website: String::new(),
            ods_code: Some(OdsCode::new(code).expect("a code")),
        };
        self.app().update_organisation(&access, &Origin::console(), &about).await.expect("the organisation");
    }

    /// Gives a member of an organisation another role.
    pub async fn role(&self, org: &str, member: &Person, role: OrgRole) {
        let (app, name) = (self.app(), member.name.parse().expect("a name"));
        let access =
            app.authorize_org(&console(), &org.parse().expect("a name")).await.expect("the console owns it");
        app.set_member(&access, &Origin::console(), &name, role, Duties::default()).await.expect("a member");
    }

    /// Makes a team of an organisation with members of it.
    pub async fn team(&self, org: &str, name: &str, parent: Option<&str>, members: &[&Person]) {
        let (app, origin) = (self.app(), Origin::console());
        let org = org.parse().expect("a name");
        let access = app.authorize_org(&console(), &org).await.expect("the console owns it");
        let new = NewTeam {
            name: name.parse().expect("a name"),
            display_name: String::new(),
            description: String::new(),
            parent: parent.map(|parent| parent.parse().expect("a name")),
        };
        app.create_team(&access, &origin, &new).await.expect("a team");
        let team = app.authorize_team(&console(), &org, &new.name).await.expect("the console manages it");
        for member in members {
            let name = member.name.parse().expect("a name");
            app.set_team_member(&team, &origin, &name, false).await.expect("a member of the team");
        }
    }

    /// Gives a permission in a repository.
    pub async fn grant(&self, repo: &str, receiver: Receiver, permission: Permission, days: Option<u16>) {
        let path: RepoPath = repo.parse().expect("a path");
        let access = self.app().authorize(&console(), &path).await.expect("the console may do everything");
        let new = NewGrant { receiver, permission, days };
        self.app().grant(&access, &Origin::console(), &new).await.expect("a grant");
    }

    /// Makes an empty private repository of a person.
    pub async fn repo(&self, owner: &Person, name: &str) {
        self.make_repo(&format!("{}/{name}", owner.name), Visibility::Private, ObjectFormat::Sha1).await;
    }

    /// Makes an empty repository.
    pub async fn make_repo(&self, path: &str, visibility: Visibility, format: ObjectFormat) {
        let path: RepoPath = path.parse().expect("a path");
        let owner = self.app().authorize_owner(&console(), &path.owner).await.expect("an owner");
        let new = NewRepository {
            name: path.name,
            description: String::new(),
            visibility,
            format,
            start: Start::default(),
        };
        self.app().create_repository(&owner, &Origin::console(), &new).await.expect("a repository");
    }
}

impl Drop for Forge {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.app().tasks().stop();
        }
    }
}

impl Person {
    /// A new repository on this person's computer.
    pub fn work_tree(&self) -> WorkTree {
        self.work_tree_of(&[])
    }

    /// A new repository, with options of `git init`.
    pub fn work_tree_of(&self, options: &[&str]) -> WorkTree {
        WorkTree::init(&self.home, &self.key, options)
    }

    /// Runs git outside of any repository.
    pub fn git(&self, arguments: &[&str]) -> crate::git::Output {
        git(&self.home, &self.key, arguments)
    }

    /// Clones a remote.
    pub fn clone_of(&self, remote: &str, options: &[&str]) -> Result<WorkTree, crate::git::Output> {
        WorkTree::clone_of(&self.home, &self.key, remote, options)
    }

    /// Where this person's files are.
    pub fn home(&self) -> &Path {
        &self.home
    }
}

fn console() -> Actor {
    Actor::System { reason: "console" }
}
