//! TLS from certificate files, which are read again when they change.

use std::fs;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use forge_app::Tasks;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::options::TlsFiles;

/// How often the files are looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read.
    #[error("cannot read the TLS file {path}: {source}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The text in it is not what it should be.
    #[error("the TLS file {path} holds no {what} in PEM form: {source}")]
    Pem {
        /// Which.
        path: String,
        /// What should be in it.
        what: &'static str,
        /// Why.
        source: rustls_pki_types::pem::Error,
    },
    /// Certificate and key do not fit together, or are of a kind that is not supported.
    #[error("the TLS certificate and key cannot be used: {0}")]
    Unusable(rustls::Error),
}

/// The present certificate.
#[derive(Clone)]
pub(crate) struct Tls {
    files: TlsFiles,
    present: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    /// Reads the files for the first time.
    pub(crate) fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        let config = read(files)?;
        Ok(Self { files: files.clone(), present: Arc::new(RwLock::new(Arc::new(config))) })
    }

    /// What the next connection uses.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.present.read().unwrap_or_else(PoisonError::into_inner)).into()
    }

    /// Looks at the files from time to time. A new pair that cannot be used is reported, and the old one stays.
    pub(crate) fn watch(&self, tasks: &Tasks) {
        let (tls, stop) = (self.clone(), tasks.clone());
        tasks.spawn(async move {
            let mut seen = tls.stamps();
            loop {
                tokio::select! {
                    () = stop.stopping() => return,
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                }
                let stamps = tls.stamps();
                if stamps != seen {
                    seen = stamps;
                    tls.reload();
                }
            }
        });
    }

    fn stamps(&self) -> [Option<SystemTime>; 2] {
        [&self.files.certificates, &self.files.key]
            .map(|path| fs::metadata(path).and_then(|data| data.modified()).ok())
    }

    pub(super) fn reload(&self) {
        match read(&self.files) {
            Ok(config) => {
                *self.present.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                tracing::info!("the TLS certificate has changed and is in use");
            }
            Err(error) => {
                tracing::error!(%error, "the TLS certificate has changed but cannot be used; the old one stays");
            }
        }
    }
}

fn read(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let text = |path: &std::path::Path| {
        fs::read(path).map_err(|source| TlsError::Read { path: path.display().to_string(), source })
    };
    let chain = CertificateDer::pem_slice_iter(&text(&files.certificates)?).collect::<Result<Vec<_>, _>>();
    let chain = chain.and_then(|chain| {
        if chain.is_empty() { Err(rustls_pki_types::pem::Error::NoItemsFound) } else { Ok(chain) }
    });
    let pem = |path: &std::path::Path, what| {
        let path = path.display().to_string();
        move |source| TlsError::Pem { path, what, source }
    };
    let chain = chain.map_err(pem(&files.certificates, "certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(&text(&files.key)?).map_err(pem(&files.key, "private key"))?;
    // Named here, so that no other provider in the process can be picked by accident.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(TlsError::Unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
