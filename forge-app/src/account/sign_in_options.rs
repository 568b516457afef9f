//! How people sign in here, as the settings say.

use std::path::PathBuf;

use crate::account::provider::Provider;
use crate::account::second_factor::SecondFactorDemand;
use crate::mail::MailOptions;

/// How people sign in.
#[derive(Debug, Clone)]
pub struct SignInOptions {
    /// What authenticator apps and mails call this site.
    pub site_name: String,
    /// Of whom a second factor is demanded.
    pub second_factor: SecondFactorDemand,
    /// The file with the server's key; without it, `secret.key` among the data.
    pub secret_key: Option<PathBuf>,
    /// How mail is sent.
    pub mail: MailOptions,
    /// Who may make an account for themself.
    pub sign_up: SignUp,
    /// Other sites that vouch for people.
    pub providers: Vec<Provider>,
}

impl Default for SignInOptions {
    fn default() -> Self {
        Self {
            site_name: "Forge".to_owned(),
            second_factor: SecondFactorDemand::Nobody,
            secret_key: None,
            mail: MailOptions::default(),
            sign_up: SignUp::Closed,
            providers: Vec::new(),
        }
    }
}

/// Who may make an account for themself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignUp {
    /// Nobody: administrators make accounts.
    #[default]
    Closed,
    /// Whoever is invited.
    Invitation,
    /// Also whoever works for an organisation here, as a site says that vouches for them.
    Ods,
}
