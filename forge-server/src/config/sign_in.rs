//! How people sign in.

use forge_app::SecondFactorDemand;
use serde::Deserialize;

/// How people sign in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// What authenticator apps and mails call this site.
    pub site_name: String,
    /// Of whom a second factor is demanded: of nobody, of administrators, or of everyone.
    pub second_factor: Demand,
    /// Who may make an account for themself: nobody, whoever is invited, or also whoever works for an organisation here, as a
    /// site that vouches for people says.
    pub sign_up: SignUp,
}

impl Default for SignIn {
    fn default() -> Self {
        Self { site_name: "Forge".to_owned(), second_factor: Demand::Nobody, sign_up: SignUp::Closed }
    }
}

/// Of whom a second factor is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Demand {
    /// Of nobody; everyone may have one.
    Nobody,
    /// Of those who administer the site.
    Administrators,
    /// Of everyone.
    Everyone,
}

/// Who may make an account for themself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUp {
    /// Nobody: administrators make accounts.
    Closed,
    /// Whoever is invited.
    Invitation,
    /// Also whoever works for an organisation here.
    Ods,
}

impl From<SignUp> for forge_app::SignUp {
    fn from(sign_up: SignUp) -> Self {
        match sign_up {
            SignUp::Closed => Self::Closed,
            SignUp::Invitation => Self::Invitation,
            SignUp::Ods => Self::Ods,
        }
    }
}

impl From<Demand> for SecondFactorDemand {
    fn from(demand: Demand) -> Self {
        match demand {
            Demand::Nobody => Self::Nobody,
            Demand::Administrators => Self::Administrators,
            Demand::Everyone => Self::Everyone,
        }
    }
}

impl SignIn {
    /// Refuses what cannot be shown. The text names the key and what to write instead.
    pub(super) fn validate(&self) -> Result<(), String> {
        let name = self.site_name.trim();
        if name.is_empty() || name.chars().count() > 60 || name.contains([':', '\n', '\r']) {
            return Err("sign_in.site_name: write a name of 1 to 60 characters without a colon".to_owned());
        }
        Ok(())
    }
}
