//! A certificate authority of one forge.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Vouches for 127.0.0.1, and for nothing else.
pub(crate) struct Authority {
    folder: TempDir,
    certificate: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let authority_key = rcgen::KeyPair::generate().expect("a key");
        let mut authority = rcgen::CertificateParams::default();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        authority.distinguished_name.push(rcgen::DnType::CommonName, "Test authority");
        let root = authority.self_signed(&authority_key).expect("a certificate");
        let issuer = rcgen::Issuer::new(authority, authority_key);
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut server =
            rcgen::CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()]).expect("names");
        server.extended_key_usages.push(rcgen::ExtendedKeyUsagePurpose::ServerAuth);
        server.use_authority_key_identifier_extension = true;
        let certificate = server.signed_by(&key, &issuer).expect("a certificate");
        for (name, text) in [
            ("authority.pem", root.pem()),
            ("server.pem", certificate.pem() + &root.pem()),
            ("server.key", key.serialize_pem()),
        ] {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        Self { certificate: folder.path().join("authority.pem"), folder }
    }

    /// What a client believes.
    pub(crate) fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// What the server shows, and the key to it.
    pub(crate) fn files(&self) -> (PathBuf, PathBuf) {
        (self.folder.path().join("server.pem"), self.folder.path().join("server.key"))
    }
}
