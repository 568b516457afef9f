//! Where packs are kept.

use std::path::PathBuf;

use forge_core::Secret;
use forge_store::blob::BucketOptions;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::ByteSize;

/// Where packs are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// Empty for the data directory, or `s3://bucket/prefix`.
    pub url: String,
    /// The address of an S3 server other than Amazon's.
    pub endpoint: Option<Url>,
    /// The region of the bucket.
    pub region: Option<String>,
    /// Who asks; without it the `AWS_*` variables or the machine's own role say so.
    pub access_key_id: Option<String>,
    /// The secret of the key.
    #[serde(deserialize_with = "secret")]
    pub secret_access_key: Option<Secret<String>>,
    /// A file with the secret of the key, instead of the secret itself.
    pub secret_access_key_file: Option<PathBuf>,
    /// Bytes of copies of packs that stay in the data directory, besides those in use.
    pub cache: ByteSize,
    /// The `AWS_*` variables of the environment.
    #[serde(skip)]
    pub environment: Vec<(String, Secret<String>)>,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            url: String::new(),
            endpoint: None,
            region: None,
            access_key_id: None,
            secret_access_key: None,
            secret_access_key_file: None,
            cache: ByteSize(20 << 30),
            environment: Vec::new(),
        }
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret<String>>, D::Error> {
    Ok(Some(Secret::new(String::deserialize(deserializer)?)))
}

/// Variables of AWS's own tools that name a server; the first that is there counts.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];

impl Storage {
    /// Takes over the variables that AWS's own tools read. What the settings say goes before them.
    pub(super) fn adopt(&mut self, variables: &[(String, String)]) -> Result<(), String> {
        for name in ENDPOINTS {
            if let Some((_, text)) = variables.iter().find(|(found, _)| found == name)
                && self.endpoint.is_none()
            {
                let url = text.parse().map_err(|error| format!("{name}: {text} is no address: {error}"))?;
                self.endpoint = Some(url);
            }
        }
        self.environment = variables
            .iter()
            .filter(|(name, _)| {
                name.starts_with("AWS_") && !name.contains("ENDPOINT") && name != "AWS_ALLOW_HTTP"
            })
            .map(|(name, text)| (name.clone(), Secret::new(text.clone())))
            .collect();
        Ok(())
    }

    /// Refuses what cannot be or is not safe.
    pub(super) fn validate(&self) -> Result<(), String> {
        if self.url.is_empty() {
            return Ok(());
        }
        let bucket = self.url.strip_prefix("s3://").unwrap_or_default();
        if bucket.is_empty() || bucket.starts_with('/') {
            return Err(format!(
                "storage.url: {} is not s3://bucket or s3://bucket/prefix; leave it empty for the data directory",
                self.url
            ));
        }
        if let Some(endpoint) = &self.endpoint {
            let local =
                endpoint.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
            if endpoint.scheme() != "https" && !(endpoint.scheme() == "http" && local) {
                return Err(format!(
                    "storage.endpoint: {endpoint} must start with https:// because it is not this machine"
                ));
            }
        }
        if self.secret_access_key.is_some() && self.secret_access_key_file.is_some() {
            return Err(
                "storage.secret_access_key and storage.secret_access_key_file: set one of them".to_owned()
            );
        }
        let has_secret = self.secret_access_key.is_some() || self.secret_access_key_file.is_some();
        if self.access_key_id.is_some() != has_secret {
            return Err(
                "storage.access_key_id and storage.secret_access_key (or its file): set both or neither"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// What the bucket must be told; nothing if packs stay in the data directory.
    pub(crate) fn bucket(&self) -> Result<Option<BucketOptions>, String> {
        if self.url.is_empty() {
            return Ok(None);
        }
        let secret = match &self.secret_access_key_file {
            Some(file) => {
                let text = std::fs::read_to_string(file);
                let text = text.map_err(|error| {
                    format!("storage.secret_access_key_file: {} cannot be read: {error}", file.display())
                })?;
                Some(Secret::new(text.trim().to_owned()))
            }
            None => self.secret_access_key.clone(),
        };
        Ok(Some(BucketOptions {
            url: self.url.clone(),
            endpoint: self.endpoint.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned()),
            region: self.region.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: secret,
            environment: self.environment.clone(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str, endpoint: &str) -> Storage {
        let endpoint = (!endpoint.is_empty()).then(|| endpoint.parse().unwrap());
        Storage { url: url.to_owned(), endpoint, ..Storage::default() }
    }

    #[test]
    fn packs_never_cross_the_network_in_clear_text() {
        assert_eq!(at("", "").validate(), Ok(()));
        assert_eq!(at("s3://packs/forge", "https://s3.example.nhs.uk").validate(), Ok(()));
        assert_eq!(at("s3://packs", "http://127.0.0.1:9000").validate(), Ok(()));
        for (url, endpoint, word) in [
            ("/var/packs", "", "storage.url"),
            ("s3://", "", "storage.url"),
            ("s3://packs", "http://10.0.0.7:9000", "https://"),
        ] {
            assert!(at(url, endpoint).validate().unwrap_err().contains(word), "{url} {endpoint}");
        }
        let half = Storage { access_key_id: Some("id".to_owned()), ..at("s3://packs", "") };
        assert!(half.validate().unwrap_err().contains("both"));
    }

    #[test]
    fn the_variables_of_awss_tools_are_read_and_the_settings_go_before_them() {
        let variables = [
            ("AWS_ACCESS_KEY_ID".to_owned(), "id".to_owned()),
            ("AWS_ENDPOINT_URL".to_owned(), "https://one.example.nhs.uk".to_owned()),
            ("PATH".to_owned(), "/bin".to_owned()),
        ];
        let mut storage = at("s3://packs", "");
        storage.adopt(&variables).unwrap();
        assert_eq!(storage.endpoint.as_ref().unwrap().host_str(), Some("one.example.nhs.uk"));
        assert_eq!(storage.environment.len(), 1, "{storage:?}");
        assert!(!format!("{storage:?}").contains("\"id\""), "a secret is printed");
        let mut storage = at("s3://packs", "https://two.example.nhs.uk");
        storage.adopt(&variables).unwrap();
        assert_eq!(storage.endpoint.as_ref().unwrap().host_str(), Some("two.example.nhs.uk"));
    }
}
