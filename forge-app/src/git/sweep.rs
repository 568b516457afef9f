//! Removing what a crash left behind.

use forge_store::repository;

use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// Removes pushes that never ended and directories without a row; says how many. Before anything is served.
    pub async fn sweep(&self) -> Result<usize> {
        let rows = self.store().read().await?;
        let mut known = Vec::new();
        for id in repository::ids(&rows).await? {
            known.extend(repository::by_id(&rows, id).await?);
        }
        let app = self.clone();
        let swept = tokio::task::spawn_blocking(move || app.repositories().sweep(&known))
            .await
            .map_err(Error::internal)??;
        Ok(swept.repositories + swept.transfers)
    }
}
