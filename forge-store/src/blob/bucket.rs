//! A bucket that speaks S3.

use std::sync::Arc;
use std::time::Duration;

use forge_core::{RepoId, Secret};
use futures::{Stream, StreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore as _, ObjectStoreExt as _, RetryConfig};
use time::OffsetDateTime;

use super::{Blob, BlobKey};
use crate::{Error, Result};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one request may take: the largest carries sixteen mebibytes.
const REQUEST: Duration = Duration::from_mins(1);
/// How long a request that failed is tried again. A person waits at the other end.
const RETRY: Duration = Duration::from_secs(10);
/// How often.
const RETRIES: usize = 3;

/// Where a bucket is and who asks.
#[derive(Debug, Clone, Default)]
pub struct BucketOptions {
    /// `s3://bucket` or `s3://bucket/prefix`.
    pub url: String,
    /// The address of a server other than Amazon's.
    pub endpoint: Option<String>,
    /// The region; servers of one's own mostly do not care.
    pub region: Option<String>,
    /// Who asks.
    pub access_key_id: Option<String>,
    /// The proof of it.
    pub secret_access_key: Option<Secret<String>>,
    /// `AWS_*` variables of the environment. What is said above goes before them.
    pub environment: Vec<(String, Secret<String>)>,
}

/// A bucket, or the part of one below a prefix. Clones share the same connections.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub(super) store: Arc<AmazonS3>,
    prefix: Path,
}

impl Bucket {
    /// Prepares to talk to a bucket; nothing is sent yet. The error is what is wrong with the settings.
    pub fn open(options: &BucketOptions) -> Result<Self> {
        let refused = |why: &str| Error::Bucket(format!("{}: {why}", options.url));
        let place =
            options.url.strip_prefix("s3://").ok_or_else(|| refused("it is not s3://bucket/prefix"))?;
        let (name, prefix) = place.trim_end_matches('/').split_once('/').unwrap_or((place, ""));
        let name = name.trim_end_matches('/');
        if name.is_empty() {
            return Err(refused("it names no bucket"));
        }
        let prefix = Path::parse(prefix).map_err(|error| refused(&error.to_string()))?;
        let mut builder = AmazonS3Builder::new();
        for (variable, value) in &options.environment {
            // Variables that are not about buckets are somebody else's.
            if let Ok(key) = variable.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value.expose());
            }
        }
        builder = builder.with_bucket_name(name);
        if let Some(endpoint) = &options.endpoint {
            // Only ever without TLS where the settings say so in so many letters.
            builder = builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint);
        }
        if let Some(region) = &options.region {
            builder = builder.with_region(region);
        }
        if let Some(id) = &options.access_key_id {
            builder = builder.with_access_key_id(id);
        }
        if let Some(secret) = &options.secret_access_key {
            builder = builder.with_secret_access_key(secret.expose());
        }
        let plain = options.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        let client =
            ClientOptions::new().with_allow_http(plain).with_connect_timeout(CONNECT).with_timeout(REQUEST);
        let backoff = BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() };
        let retry = RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRY };
        let store = builder.with_client_options(client).with_retry(retry).build();
        Ok(Self { store: Arc::new(store.map_err(|error| refused(&error.to_string()))?), prefix })
    }

    /// Whether the bucket answers and lets itself be listed.
    pub async fn ping(&self) -> Result<()> {
        self.store.list(Some(&self.prefix)).next().await.transpose().map_err(refusal)?;
        Ok(())
    }

    /// How large a blob is; nothing if it is not there.
    pub async fn size(&self, key: &BlobKey) -> Result<Option<u64>> {
        match self.store.head(&self.path(key)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(refusal(error)),
        }
    }

    /// Removes a blob. One that is not there is as good as removed.
    pub async fn delete(&self, key: &BlobKey) -> Result<()> {
        match self.store.delete(&self.path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(refusal(error)),
        }
    }

    /// Every blob of one repository, or of all; what others keep below the prefix is left out.
    pub fn list(&self, repo: Option<RepoId>) -> impl Stream<Item = Result<Blob>> + Send + 'static {
        let prefix = self.prefix.clone();
        let below = match repo {
            Some(repo) => self.prefix.clone().join(repo.to_string()),
            None => self.prefix.clone(),
        };
        self.store.list(Some(&below)).filter_map(move |found| {
            let blob = match found {
                Ok(found) => blob(&prefix, &found).map(Ok),
                Err(error) => Some(Err(refusal(error))),
            };
            std::future::ready(blob)
        })
    }

    pub(super) fn path(&self, key: &BlobKey) -> Path {
        self.prefix.parts().chain(Path::from(key.to_string()).parts()).collect()
    }
}

fn blob(prefix: &Path, found: &object_store::ObjectMeta) -> Option<Blob> {
    let key: Vec<_> = found.location.prefix_match(prefix)?.map(|part| part.as_ref().to_owned()).collect();
    let modified = i128::from(found.last_modified.timestamp_micros()).saturating_mul(1000);
    Some(Blob {
        key: BlobKey::parse(&key.join("/"))?,
        bytes: found.size,
        modified: OffsetDateTime::from_unix_timestamp_nanos(modified).ok()?,
    })
}

/// What the bucket, or the way to it, said.
pub(super) fn refusal(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound,
        other => Error::Bucket(whole(&other)),
    }
}

/// An error with everything that is behind it, without addresses' secrets: requests are signed in headers.
fn whole(error: &dyn std::error::Error) -> String {
    let (mut text, mut inner) = (error.to_string(), error.source());
    while let Some(error) = inner {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        inner = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(url: &str) -> BucketOptions {
        BucketOptions { url: url.to_owned(), ..BucketOptions::default() }
    }

    #[test]
    fn addresses_that_are_no_bucket_are_refused_with_their_text() {
        for url in ["", "file:///x", "s3://", "s3:///prefix", "s3://bucket/a//b"] {
            let refused = Bucket::open(&options(url)).map(drop).unwrap_err();
            assert!(matches!(&refused, Error::Bucket(text) if text.starts_with(url)), "{url}: {refused}");
        }
    }
}
