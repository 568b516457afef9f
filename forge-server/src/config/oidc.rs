//! Other sites that vouch for people, by `OpenID` Connect: one `[[oidc]]` each.

use std::path::PathBuf;

use forge_app::{ClaimMap, ClientProof, Provider};
use forge_core::Secret;
use serde::Deserialize;
use url::Url;

/// A site that vouches for people.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// Its name in addresses: small letters, digits and hyphens.
    pub name: String,
    /// What the button says.
    pub label: String,
    /// Who it is, exactly as in its tokens.
    pub issuer: Url,
    /// What it calls this forge.
    pub client_id: String,
    /// How this forge proves who it is.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// The shared secret.
    #[serde(default)]
    pub client_secret: String,
    /// A file with the shared secret.
    pub client_secret_file: Option<PathBuf>,
    /// A PEM file with a private key, RSA or P-256 in PKCS#8, for `private_key_jwt`.
    pub private_key: Option<PathBuf>,
    /// The name that the site gave the key.
    #[serde(default)]
    pub key_id: String,
    /// What is asked for, besides `openid`.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// How strongly people should prove who they are, as the site writes it.
    #[serde(default)]
    pub acr_values: String,
    /// Values of `acr` that are let in; empty for all.
    #[serde(default)]
    pub accepted_acr: Vec<String>,
    /// Values of `acr` that count as two factors.
    #[serde(default)]
    pub strong_acr: Vec<String>,
    /// Hosts besides the issuer's that its endpoints have.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The claim with a name to sign in as.
    #[serde(default = "usual_username")]
    pub username_claim: String,
    /// The claim with what the person is called.
    #[serde(default = "usual_name")]
    pub name_claim: String,
    /// The claim with their e-mail address.
    #[serde(default = "usual_email")]
    pub email_claim: String,
    /// The claim with ODS codes, such as `nhsid_nrbac_roles[].org_code`.
    #[serde(default)]
    pub ods_claim: String,
}

/// How this forge proves to a site who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// The shared secret in the form.
    #[default]
    ClientSecretPost,
    /// The shared secret in the header.
    ClientSecretBasic,
    /// A token signed with the private key.
    PrivateKeyJwt,
}

fn usual_scopes() -> Vec<String> {
    vec!["profile".to_owned(), "email".to_owned()]
}

fn usual_username() -> String {
    ClaimMap::default().username
}

fn usual_name() -> String {
    ClaimMap::default().name
}

fn usual_email() -> String {
    ClaimMap::default().email
}

/// Refuses sites that cannot work or are not safe. The text names the key and what to write instead.
pub(super) fn validate(all: &[Oidc]) -> Result<(), String> {
    for (index, one) in all.iter().enumerate() {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if one.name.is_empty() || !one.name.chars().all(is_plain) {
            return Err(format!("oidc.name: {:?} must be small letters, digits and hyphens", one.name));
        }
        if all.iter().take(index).any(|earlier| earlier.name == one.name || earlier.issuer == one.issuer) {
            return Err(format!("oidc.name: {} or its issuer is there twice; give each site once", one.name));
        }
        let is_local = matches!(one.issuer.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if one.issuer.scheme() != "https" && !(one.issuer.scheme() == "http" && is_local) {
            return Err(format!("oidc.issuer: {} must start with https://", one.issuer));
        }
        let has_secret = !one.client_secret.is_empty() || one.client_secret_file.is_some();
        match one.client_auth {
            ClientAuth::PrivateKeyJwt if one.private_key.is_none() => {
                return Err(format!("oidc.private_key: {} needs a PEM file for private_key_jwt", one.name));
            }
            ClientAuth::ClientSecretPost | ClientAuth::ClientSecretBasic if !has_secret => {
                return Err(format!("oidc.client_secret_file: {} needs its shared secret", one.name));
            }
            _ => {}
        }
    }
    Ok(())
}

impl Oidc {
    /// The same as the house takes it.
    pub(crate) fn provider(&self) -> Result<Provider, String> {
        let read = |key: &str, file: &PathBuf| {
            std::fs::read_to_string(file)
                .map(|text| Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
                .map_err(|error| format!("oidc.{key}: {}: {error}", file.display()))
        };
        let secret = || match &self.client_secret_file {
            Some(file) => read("client_secret_file", file),
            None => Ok(Secret::new(self.client_secret.clone())),
        };
        let client_proof = match (self.client_auth, &self.private_key) {
            (ClientAuth::PrivateKeyJwt, Some(file)) => {
                ClientProof::PrivateKey { pem: read("private_key", file)?, kid: self.key_id.clone() }
            }
            (ClientAuth::ClientSecretBasic, _) => ClientProof::Basic(secret()?),
            _ => ClientProof::Post(secret()?),
        };
        Ok(Provider {
            name: self.name.clone(),
            label: self.label.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_proof,
            scopes: self.scopes.clone(),
            acr_values: self.acr_values.clone(),
            accepted_acr: self.accepted_acr.clone(),
            strong_acr: self.strong_acr.clone(),
            hosts: self.hosts.clone(),
            claims: ClaimMap {
                username: self.username_claim.clone(),
                name: self.name_claim.clone(),
                email: self.email_claim.clone(),
                ods_codes: self.ods_claim.clone(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    /// The settings in a document, each in a block of its own.
    fn blocks(document: &str) -> Vec<Config> {
        let blocks = document.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
        blocks.map(|block| toml::from_str(block).unwrap()).collect()
    }

    #[test]
    fn the_examples_in_the_documents_are_understood() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sign-in.md");
        let all = blocks(&std::fs::read_to_string(path).unwrap());
        assert_eq!(all.iter().map(|config| config.oidc.len()).sum::<usize>(), 2, "Entra and CIS2");
        for config in all {
            assert_eq!(config.validate(), Ok(()));
        }
    }

    #[test]
    fn unsafe_sites_are_refused_with_what_to_write() {
        let read = |more: &str| {
            let text = format!("[[oidc]]\nname = \"a\"\nlabel = \"A\"\nclient_id = \"c\"\n{more}\n");
            super::validate(&toml::from_str::<Config>(&text).unwrap().oidc)
        };
        let good = "issuer = \"https://login.example.nhs.uk\"\nclient_secret = \"s\"";
        assert_eq!(read(good), Ok(()));
        assert!(read(&good.replace("https", "http")).unwrap_err().contains("https://"));
        assert!(read("issuer = \"https://login.example.nhs.uk\"").unwrap_err().contains("client_secret"));
        assert!(
            read(&format!("{good}\nclient_auth = \"private_key_jwt\"")).unwrap_err().contains("private_key")
        );
    }
}
