//! The house: what every use case stands on.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use forge_git::upload_pack::Answers;
use forge_store::Store;
use url::Url;
use webauthn_rs::Webauthn;

use crate::account::passkey::checker;
use crate::account::password::{PasswordCost, Passwords};
use crate::account::provider::Sites;
use crate::account::remembered::Remembered;
use crate::account::server_key::ServerKey;
use crate::account::{CredentialOptions, SignInOptions};
use crate::ambient::Ambient;
use crate::audit::Noted;
use crate::code::Kept;
use crate::error::{Error, Result};
use crate::fresh::Doorkeeper;
use crate::git::{PackStorage, Repositories, TransferLimits};
use crate::jobs::{JobOptions, Runner};
use crate::maintain::MaintenanceOptions;
use crate::tasks::Tasks;

/// What the house must be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where repositories and caches live.
    pub data_dir: PathBuf,
    /// How much work a guess at a password costs.
    pub password_cost: PasswordCost,
    /// What a push or a clone may use.
    pub transfers: TransferLimits,
    /// Where packs are kept.
    pub packs: PackStorage,
    /// How background work is done.
    pub jobs: JobOptions,
    /// How repositories are looked after.
    pub maintenance: MaintenanceOptions,
    /// What lets people in.
    pub credentials: CredentialOptions,
    /// How people sign in.
    pub sign_in: SignInOptions,
    /// Who may see what at most.
    pub access: AccessOptions,
}

/// Who may see what at most, on the whole site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccessOptions {
    /// Whether repositories may be public, to be read by people who are not signed in.
    pub public_repositories: bool,
}

/// The house itself. Cheap to clone; every door holds one.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    ambient: Ambient,
    passwords: Passwords,
    remembered: Remembered,
    doorkeeper: Doorkeeper,
    repositories: Repositories,
    answers: Option<Answers>,
    kept: Kept,
    tasks: Tasks,
    runner: Runner,
    maintenance: MaintenanceOptions,
    credentials: CredentialOptions,
    sign_in: SignInOptions,
    server_key: ServerKey,
    noted: Noted,
    public_url: OnceLock<Url>,
    sites: Sites,
    webauthn: OnceLock<Option<Webauthn>>,
    access: AccessOptions,
}

impl App {
    /// Opens the house on a store whose schema is current.
    pub fn open(config: &Config, store: Store, ambient: Ambient) -> Result<Self> {
        let passwords = Passwords::new(config.password_cost, &ambient)?;
        let repositories = Repositories::open(&config.data_dir, config.transfers.clone(), &config.packs)?;
        let answers = match config.transfers.answer_bytes {
            0 => None,
            bytes => {
                Some(Answers::new(&config.data_dir.join("cache/answers"), bytes).map_err(Error::internal)?)
            }
        };
        let remembered = Remembered::new(&ambient);
        let inner = Inner {
            store,
            ambient,
            passwords,
            remembered,
            doorkeeper: Doorkeeper::new(),
            repositories,
            answers,
            kept: Kept::new(),
            tasks: Tasks::new(),
            runner: Runner::new(config.jobs.clone()),
            maintenance: config.maintenance.clone(),
            credentials: config.credentials.clone(),
            server_key: ServerKey::at(
                config.sign_in.secret_key.clone().unwrap_or_else(|| config.data_dir.join("secret.key")),
            ),
            sign_in: config.sign_in.clone(),
            noted: Noted::default(),
            public_url: OnceLock::new(),
            sites: Sites::new(),
            webauthn: OnceLock::new(),
            access: config.access,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What keeps the forge from serving, in a few words; nothing if it can.
    pub async fn not_ready(&self) -> Option<&'static str> {
        if self.inner.store.ping().await.is_err() {
            return Some("the database does not answer");
        }
        match self.repositories().remote() {
            Some(remote) if !remote.is_ready().await => Some("the bucket of packs does not answer"),
            _ => None,
        }
    }

    /// Where background work is started, and waited for at the end.
    pub fn tasks(&self) -> &Tasks {
        &self.inner.tasks
    }

    /// The clock and randomness.
    pub fn ambient(&self) -> &Ambient {
        &self.inner.ambient
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.inner.passwords
    }

    /// Tells the house the address that people type. The first word counts: links in mails and passkeys are bound to it.
    pub fn set_public_url(&self, url: Url) {
        // A second door of the same house says the same.
        let _ = self.inner.public_url.set(url);
    }

    /// The address that people type, with a slash at its end, once a door has said it.
    pub(crate) fn public_url(&self) -> Option<&Url> {
        self.inner.public_url.get()
    }

    /// Other sites that vouch for people, as they were found.
    pub(crate) fn sites(&self) -> &Sites {
        &self.inner.sites
    }

    /// What checks passkeys, if the site can have any.
    pub(crate) fn webauthn(&self) -> Option<&Webauthn> {
        let url = self.public_url()?;
        let make = || checker(url, &self.sign_in_options().site_name);
        self.inner.webauthn.get_or_init(make).as_ref()
    }

    pub(crate) fn sign_in_options(&self) -> &SignInOptions {
        &self.inner.sign_in
    }

    pub(crate) fn server_key(&self) -> &ServerKey {
        &self.inner.server_key
    }

    pub(crate) fn remembered(&self) -> &Remembered {
        &self.inner.remembered
    }

    pub(crate) fn answers(&self) -> Option<&Answers> {
        self.inner.answers.as_ref()
    }

    pub(crate) fn doorkeeper(&self) -> &Doorkeeper {
        &self.inner.doorkeeper
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.inner.kept
    }

    pub(crate) fn runner(&self) -> &Runner {
        &self.inner.runner
    }

    pub(crate) fn maintenance(&self) -> &MaintenanceOptions {
        &self.inner.maintenance
    }

    /// What the site decides of tokens and keys.
    pub fn credentials(&self) -> &CredentialOptions {
        &self.inner.credentials
    }

    pub(crate) fn site_url(&self) -> &str {
        &self.inner.credentials.site_url
    }

    pub(crate) fn noted(&self) -> &Noted {
        &self.inner.noted
    }

    /// Whether people who are not signed in read public repositories.
    pub fn has_public_reading(&self) -> bool {
        self.inner.access.public_repositories
    }

    pub(crate) fn repositories(&self) -> &Repositories {
        &self.inner.repositories
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}
