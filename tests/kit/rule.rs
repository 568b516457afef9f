//! Rules of branches, as their form sends them.

use crate::http::Client;

impl Client {
    /// Demands something of whatever is merged into the branch `main` of a repository, such as `("approvals", "1")`.
    pub async fn demand(&self, repo: &str, demands: &[(&str, &str)]) {
        let usual = [
            ("action", "set"),
            ("kind", "branch"),
            ("pattern", "main"),
            ("push", "developers"),
            ("force_push", "nobody"),
            ("delete", "nobody"),
            ("merge", "developers"),
            ("approvals", "0"),
        ];
        let is_usual = |(name, _): &(&str, &str)| !demands.iter().any(|(demanded, _)| demanded == name);
        let fields: Vec<_> = usual.into_iter().filter(is_usual).chain(demands.iter().copied()).collect();
        let page = format!("/{repo}/settings/rules");
        let saved = self.submit(&page, &page, &fields).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
    }
}
