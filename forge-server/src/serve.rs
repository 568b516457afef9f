//! `forge serve`: the house with its doors open.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use forge_app::App;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::command::answer;
use crate::config::Config;
use crate::{demo, doors, house};

/// Serves until it is told to stop.
pub async fn run(config: Config, with_demo: bool) -> anyhow::Result<()> {
    let app = house::open(&config).await?;
    let metrics = PrometheusBuilder::new().install_recorder().context("metrics cannot be recorded")?;
    if with_demo {
        demo::fill(&app).await?;
    }
    let serving = Serving::start(app, config, Some(std::sync::Arc::new(move || metrics.render()))).await?;
    serving.greet().await?;
    asked_to_stop().await?;
    tracing::info!("stopping: running requests may finish");
    if !serving.stop().await {
        tracing::warn!("some work did not end in time and was cut off");
    }
    Ok(())
}

/// The doors, open.
pub struct Serving {
    app: App,
    config: Config,
    http: SocketAddr,
    ssh: Option<SocketAddr>,
    patience: Duration,
}

impl Serving {
    /// Binds the addresses of the settings and starts to serve. Port 0 takes a free one.
    pub async fn start(
        app: App,
        mut config: Config,
        metrics: Option<forge_web::RenderMetrics>,
    ) -> anyhow::Result<Self> {
        let swept = app.sweep().await?;
        if swept > 0 {
            tracing::info!(swept, "removed what a crash had left behind");
        }
        let listener = TcpListener::bind(config.http.listen)
            .await
            .with_context(|| format!("http.listen: {} cannot be listened on", config.http.listen))?;
        config.http.listen = listener.local_addr()?;
        let ssh_listener = if config.ssh.enabled {
            let listener = TcpListener::bind(config.ssh.listen)
                .await
                .with_context(|| format!("ssh.listen: {} cannot be listened on", config.ssh.listen))?;
            config.ssh.listen = listener.local_addr()?;
            Some(listener)
        } else {
            None
        };
        let ssh = match ssh_listener {
            Some(listener) => Some((config.ssh.listen, doors::open_ssh(&app, &config, listener)?)),
            None => None,
        };
        let fingerprint = ssh.as_ref().map(|(_, fingerprint)| fingerprint.clone());
        doors::open_web(&app, &config, listener, fingerprint, metrics)?;
        app.start_jobs();
        app.start_sweeping();
        if let Some(sink) = config.audit.sink().map_err(anyhow::Error::msg)? {
            app.start_audit_sink(sink);
        }
        // The doors end within the drain time; SSH takes a few seconds more to say goodbye.
        let patience = config.http.drain.duration() + Duration::from_secs(10);
        Ok(Self { app, http: config.http.listen, ssh: ssh.map(|(address, _)| address), config, patience })
    }

    /// Where pages are served.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where SSH is served.
    pub fn ssh(&self) -> Option<SocketAddr> {
        self.ssh
    }

    /// The house.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Says where the forge is, and how the first administrator gets in.
    async fn greet(&self) -> anyhow::Result<()> {
        let url = self.config.public_url();
        answer(&format!("Forge is at {url}"));
        if self.ssh.is_some() {
            answer(&format!("Git over SSH is at {}", self.config.public_ssh()));
        }
        if let Some(secret) = self.app.offer_setup().await? {
            answer("");
            answer(
                "There is no administrator yet. Open this link once, within a day, to make the first one:",
            );
            answer(&format!("  {url}/setup/{}", secret.expose()));
            answer("");
        }
        Ok(())
    }

    /// Takes no new work, waits for what runs, and says whether all of it ended in time.
    pub async fn stop(self) -> bool {
        self.app.tasks().shut_down(self.patience).await
    }
}

async fn asked_to_stop() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
