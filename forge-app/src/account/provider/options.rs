//! Other sites that vouch for people, as the settings name them.

use forge_core::Secret;
use serde_json::Value;
use url::Url;

/// A site that vouches for people, by `OpenID` Connect.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name in addresses: small letters, digits and hyphens.
    pub name: String,
    /// What the button says.
    pub label: String,
    /// Who it is: the exact `iss` of its tokens, and where its description lies.
    pub issuer: Url,
    /// What it calls this forge.
    pub client_id: String,
    /// How this forge proves who it is.
    pub client_proof: ClientProof,
    /// What is asked for, besides `openid`.
    pub scopes: Vec<String>,
    /// How strongly people should prove who they are, as the site writes it; empty for its usual way.
    pub acr_values: String,
    /// Values of `acr` that are let in; empty for all.
    pub accepted_acr: Vec<String>,
    /// Values of `acr` that count as two factors.
    pub strong_acr: Vec<String>,
    /// Hosts besides the issuer's that its endpoints may have.
    pub hosts: Vec<String>,
    /// Where in the claims things are.
    pub claims: ClaimMap,
}

/// How this forge proves to a site who it is.
#[derive(Debug, Clone)]
pub enum ClientProof {
    /// A shared secret in the form.
    Post(Secret<String>),
    /// A shared secret in the header.
    Basic(Secret<String>),
    /// A private key, RSA or P-256, as PEM, with the name that the site gave it.
    PrivateKey {
        /// The key.
        pem: Secret<String>,
        /// Its name; may be empty.
        kid: String,
    },
}

/// Where in the claims things are: names with dots between them, and `[]` behind a list, as in `roles[].org_code`.
#[derive(Debug, Clone)]
pub struct ClaimMap {
    /// A name to sign in as.
    pub username: String,
    /// What the person is called.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// ODS codes of the organisations they work for; empty if the site says none.
    pub ods_codes: String,
}

impl Default for ClaimMap {
    fn default() -> Self {
        Self {
            username: "preferred_username".to_owned(),
            name: "name".to_owned(),
            email: "email".to_owned(),
            ods_codes: String::new(),
        }
    }
}

/// What a site says of a person, in our words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapped {
    /// A name to sign in as.
    pub username: Option<String>,
    /// What they are called.
    pub name: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// ODS codes, in capitals, each once.
    pub ods_codes: Vec<String>,
}

impl ClaimMap {
    /// Finds in the claims what they mean here.
    pub fn map(&self, claims: &Value) -> Mapped {
        let first = |path: &str| texts(claims, path).into_iter().next();
        let mut ods_codes: Vec<_> =
            texts(claims, &self.ods_codes).into_iter().map(|code| code.to_uppercase()).collect();
        ods_codes.sort();
        ods_codes.dedup();
        Mapped {
            username: first(&self.username),
            name: first(&self.name),
            email: first(&self.email),
            ods_codes,
        }
    }
}

/// The texts at a path, in order, at most a hundred.
fn texts(claims: &Value, path: &str) -> Vec<String> {
    if path.is_empty() {
        return Vec::new();
    }
    let mut found = vec![claims];
    for part in path.split('.') {
        let (name, is_list) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
        found = found.into_iter().filter_map(|value| value.get(name)).collect();
        if is_list {
            found = found.into_iter().filter_map(Value::as_array).flatten().collect();
        }
    }
    let text = |value: &Value| value.as_str().map(|text| text.trim().chars().take(254).collect::<String>());
    found.into_iter().filter_map(text).filter(|text| !text.is_empty()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_found_by_their_path() {
        let claims = json!({
            "nhsid_useruid": "910000000001",
            "name": "Amina Shah",
            "email": " amina.shah@example.nhs.uk ",
            "nhsid_nrbac_roles": [{ "org_code": "RR8" }, { "org_code": "fce71" }, { "org_code": "RR8" }, { "x": 1 }],
            "groups": ["A", 7, ""],
        });
        let map = ClaimMap {
            username: "nhsid_useruid".to_owned(),
            ods_codes: "nhsid_nrbac_roles[].org_code".to_owned(),
            ..ClaimMap::default()
        };
        let mapped = map.map(&claims);
        assert_eq!(mapped.username.as_deref(), Some("910000000001"));
        assert_eq!(mapped.name.as_deref(), Some("Amina Shah"));
        assert_eq!(mapped.email.as_deref(), Some("amina.shah@example.nhs.uk"));
        assert_eq!(mapped.ods_codes, ["FCE71", "RR8"]);
        assert_eq!(texts(&claims, "groups[]"), ["A"]);
        assert_eq!(texts(&claims, "name[]"), Vec::<String>::new(), "a text is no list");
        assert_eq!(texts(&claims, "none.of.this"), Vec::<String>::new());
    }
}
