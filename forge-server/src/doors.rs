//! Opening the doors: pages and git over HTTP, and git over SSH.

use anyhow::Context as _;
use forge_app::App;
use forge_ssh::{PublicAddress, SshLimits, SshOptions};
use forge_web::{RenderMetrics, SettingRow, TlsFiles, WebOptions};
use tokio::net::TcpListener;

use crate::config::{Config, in_force};

/// Starts to serve SSH; says the fingerprint of the host key.
pub(crate) fn open_ssh(app: &App, config: &Config, listener: TcpListener) -> anyhow::Result<String> {
    let path = config.host_key();
    let host_key = forge_ssh::load_or_create_host_key(&path, || app.ambient().random())
        .with_context(|| format!("ssh.host_key: {} cannot be used", path.display()))?;
    let fingerprint = host_key.fingerprint();
    let (host, port) = config.public_ssh_address();
    let limits = SshLimits {
        farewell: config.http.drain.duration(),
        stalled: config.limits.silence.duration(),
        recheck: config.limits.recheck.duration(),
        ..SshLimits::default()
    };
    let networks = config.access.networks.clone();
    let options = SshOptions { host_key, public: PublicAddress { host, port }, limits, networks };
    let serving = forge_ssh::serve(app.clone(), listener, options);
    app.tasks().spawn(async move {
        if let Err(error) = serving.await {
            tracing::error!(%error, "SSH is not served");
        }
    });
    Ok(fingerprint)
}

/// Starts to serve pages and git over HTTP.
pub(crate) fn open_web(
    app: &App,
    config: &Config,
    listener: TcpListener,
    ssh_fingerprint: Option<String>,
    metrics: Option<RenderMetrics>,
) -> anyhow::Result<()> {
    let public_url = config.public_url().parse().context("http.public_url: not a URL")?;
    let mut options = WebOptions::new(public_url);
    options.ssh_url = config.ssh.enabled.then(|| config.public_ssh());
    options.ssh_fingerprint = ssh_fingerprint;
    options.trusted_proxies.clone_from(&config.http.trusted_proxies);
    options.networks.clone_from(&config.access.networks);
    options.limits.transfer_silence = config.limits.silence.duration();
    options.limits.drain = config.http.drain.duration();
    options.settings = in_force(config)
        .into_iter()
        .map(|setting| SettingRow { key: setting.key, value: setting.value, source: setting.source })
        .collect();
    options.metrics = metrics.filter(|_| config.http.metrics);
    if let (Some(certificates), Some(key)) = (&config.http.tls_certificate, &config.http.tls_key) {
        options.tls = Some(TlsFiles { certificates: certificates.clone(), key: key.clone() });
    }
    options.check(listener.local_addr()?.ip())?;
    let serving = forge_web::serve(app.clone(), listener, options);
    app.tasks().spawn(async move {
        if let Err(error) = serving.await {
            tracing::error!(%error, "pages are not served");
        }
    });
    Ok(())
}
