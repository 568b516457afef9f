//! What lets people in, as far as the site decides it.

use forge_core::certificate::CertificateRules;

/// Settings of tokens and keys.
#[derive(Debug, Clone)]
pub struct CredentialOptions {
    /// The longest life of an access token, in days.
    pub longest_token_days: u16,
    /// Where people reach the site, without a slash at its end, for sentences that send them there.
    pub site_url: String,
    /// Whether an SSH key lets in only once its owner has proven that it is theirs.
    pub verified_ssh_keys_only: bool,
    /// What is believed of SSH certificates.
    pub certificates: CertificateRules,
}

impl Default for CredentialOptions {
    fn default() -> Self {
        Self {
            longest_token_days: 365,
            site_url: String::new(),
            verified_ssh_keys_only: false,
            certificates: CertificateRules::default(),
        }
    }
}
