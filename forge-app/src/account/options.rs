//! What lets people in, as far as the site decides it.

/// Settings of tokens and keys.
#[derive(Debug, Clone)]
pub struct CredentialOptions {
    /// The longest life of an access token, in days.
    pub longest_token_days: u16,
}

impl Default for CredentialOptions {
    fn default() -> Self {
        Self { longest_token_days: 365 }
    }
}
