//! Opening the house: the store, its schema, and the use cases on top.

use anyhow::Context as _;
use forge_app::{
    AccessOptions, Ambient, App, CredentialOptions, JobOptions, MaintenanceOptions, PackStorage,
    PasswordCost, Schema, SignInOptions, TransferLimits,
};
use forge_store::Store;
use forge_store::blob::Bucket;

use crate::config::Config;

/// How an empty database gets its tables, for those who may not know the migrations.
pub(crate) const SCHEMA: Schema = Schema(|store| {
    Box::pin(async move {
        let applied = migrations::apply(store.connection_for_migrations()).await;
        applied.map_err(|error| error.to_string())
    })
});

/// Opens the store, brings its schema up to date and opens the house on it.
pub async fn open(config: &Config) -> anyhow::Result<App> {
    open_with(config, Ambient::system()).await
}

/// The same with a clock and randomness of the caller's.
pub async fn open_with(config: &Config, ambient: Ambient) -> anyhow::Result<App> {
    std::fs::create_dir_all(&config.data.dir)
        .with_context(|| format!("data.dir: {} cannot be made", config.data.dir.display()))?;
    keep_private(&config.data.dir)?;
    // The client of requests to other sites takes the process's provider; a second installation changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = Store::connect(&config.database_options())
        .await
        .context("database.url: the database does not answer")?;
    migrations::apply(store.connection_for_migrations())
        .await
        .context("the database schema cannot be brought up to date")?;
    Ok(App::open(&app_config(config)?, store, ambient)?)
}

/// Opens a house that is there already, without making or changing anything: no directory, no file, no schema.
pub async fn open_untouched(config: &Config) -> anyhow::Result<App> {
    let repositories = config.data.dir.join("repositories");
    anyhow::ensure!(
        repositories.is_dir() || !config.storage.url.is_empty(),
        "data.dir: {} is not there, so no forge ever ran from this directory. Name another with --data",
        repositories.display()
    );
    let url = config.database_url();
    if let Some(file) = url.strip_prefix("sqlite://") {
        let file = file.split('?').next().unwrap_or(file);
        anyhow::ensure!(
            std::path::Path::new(file).is_file(),
            "database.url: {file} is missing. Restore it from a backup"
        );
    }
    let store = Store::connect(&config.database_options())
        .await
        .context("database.url: the database does not answer")?;
    let missing = migrations::missing(store.connection_for_migrations())
        .await
        .context("the database schema does not fit this release")?;
    anyhow::ensure!(
        missing.is_empty(),
        "the database schema is older than this release: it lacks {}. Starting forge serve brings it up to date",
        missing.join(", ")
    );
    Ok(App::open(&app_config(config)?, store, Ambient::system())?)
}

fn app_config(config: &Config) -> anyhow::Result<forge_app::Config> {
    let mut git = TransferLimits::default().git;
    git.max_pack_bytes = config.limits.push.0;
    git.max_object_bytes = config.limits.file.0;
    git.max_objects = config.limits.objects;
    let memory_kib = u32::try_from(config.password.memory.0 >> 10).unwrap_or(u32::MAX);
    Ok(forge_app::Config {
        data_dir: config.data.dir.clone(),
        password_cost: PasswordCost {
            memory_kib,
            passes: config.password.passes,
            at_once: config.password.at_once,
        },
        transfers: TransferLimits {
            git,
            at_once: config.limits.transfers,
            longest: config.limits.transfer_time.duration(),
            bundle_from: Some(config.limits.bundles.0).filter(|bytes| *bytes > 0),
            answer_bytes: config.limits.answers.0,
            recheck: config.limits.recheck.duration(),
            ..TransferLimits::default()
        },
        packs: packs(config)?,
        jobs: JobOptions { workers: config.jobs.workers, poll: config.jobs.poll.duration() },
        maintenance: MaintenanceOptions {
            grace: config.maintenance.grace.duration(),
            scrub_every: config.maintenance.scrub_every.duration(),
        },
        credentials: CredentialOptions {
            longest_token_days: config.tokens.longest_days,
            site_url: config.public_url(),
            verified_ssh_keys_only: config.ssh.verified_keys_only,
            certificates: config.ssh.certificates().map_err(anyhow::Error::msg)?,
        },
        sign_in: SignInOptions {
            site_name: config.sign_in.site_name.trim().to_owned(),
            second_factor: config.sign_in.second_factor.into(),
            sign_up: config.sign_in.sign_up.into(),
            secret_key: config.data.secret_key.clone(),
            providers: config
                .oidc
                .iter()
                .map(crate::config::Oidc::provider)
                .collect::<Result<_, _>>()
                .map_err(anyhow::Error::msg)?,
            mail: config.mail.options(&config.data.dir).map_err(anyhow::Error::msg)?,
        },
        access: AccessOptions { public_repositories: config.access.public_repositories },
    })
}

/// Where packs are kept, as the settings say.
pub(crate) fn packs(config: &Config) -> anyhow::Result<PackStorage> {
    let Some(options) = config.storage.bucket().map_err(anyhow::Error::msg)? else {
        return Ok(PackStorage::Directory);
    };
    // The client takes the process's provider; a second installation changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let bucket = Bucket::open(&options).context("storage")?;
    Ok(PackStorage::Bucket { bucket, cache: config.storage.cache.0 })
}

/// Keys and code lie in the data directory: nobody else on the machine reads it.
fn keep_private(dir: &std::path::Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(dir)?;
    let mode = metadata.permissions().mode();
    if mode & 0o007 != 0 {
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(mode & 0o770))
            .with_context(|| format!("data.dir: others can read {}", dir.display()))?;
    }
    Ok(())
}
