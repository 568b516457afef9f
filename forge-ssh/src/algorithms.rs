//! Which algorithms are spoken, and russh's other settings.
//!
//! Everything is named: russh would also offer SHA-1 signatures, counter-mode ciphers and compression.
//!
//! - **Key exchange**: ML-KEM joined with X25519 for clients that have it (OpenSSH 9.9), X25519 for the others, both
//!   cheap. `sntrup761x25519` is left out: an OpenSSH client between 9.0 and 9.8 spends 0.14 s of its own time on it,
//!   every time, and so falls back to X25519.
//! - **Cipher**: AES-256-GCM alone. ChaCha20-Poly1305 is safe only together with strict key exchange (otherwise the
//!   Terrapin attack may cut the first messages), and russh does not let a server insist on the pair.
//! - **Host key**: Ed25519. RSA is only ever verified here, never used to sign.
//! - **Keys of people**: the kinds that an account takes, and RSA with SHA-2 only.

use std::borrow::Cow;
use std::time::Duration;

use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::server::Config;
use russh::{MethodKind, MethodSet, Preferred, SshId, cipher, compression, kex, mac};

use crate::options::SshOptions;

/// What the server calls itself. A version would tell an attacker more than a client needs.
const SERVER_ID: &str = "SSH-2.0-Forge";

const KEX: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::EXTENSION_SUPPORT_AS_SERVER,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
];
const CIPHERS: &[cipher::Name] = &[cipher::AES_256_GCM];
/// Never used, since the cipher authenticates by itself; some clients stumble over an empty list.
const MACS: &[mac::Name] = &[mac::HMAC_SHA256_ETM, mac::HMAC_SHA512_ETM];
/// What people may sign with. Of these the server itself has only an Ed25519 key, so it offers no other as host key.
const KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::SkEd25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::SkEcdsaSha2NistP256,
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
];

/// Whether people may sign with this algorithm.
pub(crate) fn is_accepted(algorithm: &Algorithm) -> bool {
    KEYS.contains(algorithm)
}

/// What clients may sign in with: keys and nothing else.
pub(crate) fn methods() -> MethodSet {
    MethodSet::from([MethodKind::PublicKey].as_slice())
}

/// The settings of every connection.
pub(crate) fn config(options: &SshOptions) -> Config {
    Config {
        server_id: SshId::Standard(Cow::Borrowed(SERVER_ID)),
        methods: methods(),
        // A refusal tells nothing that its timing could add to: a known key is answered differently by design, and no
        // signature can be guessed. A delay would only cost people with several keys a second for each.
        auth_rejection_time: Duration::ZERO,
        auth_rejection_time_initial: Some(Duration::ZERO),
        // russh also counts the question which methods there are, with which every OpenSSH client begins.
        max_auth_attempts: options.limits.sign_in_attempts.saturating_add(1),
        keys: vec![options.host_key.private().clone()],
        preferred: Preferred {
            kex: Cow::Borrowed(KEX),
            key: Cow::Borrowed(KEYS),
            host_key_certificates: Cow::Borrowed(&[]),
            cipher: Cow::Borrowed(CIPHERS),
            mac: Cow::Borrowed(MACS),
            compression: Cow::Borrowed(&[compression::NONE]),
        },
        // Idleness is judged by our own watch, which knows whether a command runs. This one only ends a write that a
        // client does not take.
        inactivity_timeout: Some(options.limits.stalled),
        keepalive_interval: Some(Duration::from_secs(30)),
        keepalive_max: 3,
        nodelay: true,
        channel_buffer_size: 32,
        event_buffer_size: 16,
        ..Config::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host_key::HostKey;
    use crate::options::{PublicAddress, SshLimits};

    #[test]
    fn speaks_nothing_old() {
        for name in ["ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp521"] {
            assert!(!is_accepted(&Algorithm::new(name).unwrap()), "{name}");
        }
        for name in [
            "ssh-ed25519",
            "sk-ssh-ed25519@openssh.com",
            "ecdsa-sha2-nistp256",
            "ecdsa-sha2-nistp384",
            "sk-ecdsa-sha2-nistp256@openssh.com",
            "rsa-sha2-256",
            "rsa-sha2-512",
        ] {
            assert!(is_accepted(&Algorithm::new(name).unwrap()), "{name}");
        }
    }

    #[test]
    fn says_what_it_offers() {
        let options = SshOptions {
            host_key: HostKey::from_seed(&[7; 32]),
            public: PublicAddress { host: "localhost".to_owned(), port: 22 },
            limits: SshLimits::default(),
            networks: Vec::new(),
        };
        let config = config(&options);
        let names = |all: Vec<&str>| all.join(" ");
        assert_eq!(
            names(config.preferred.kex.iter().map(AsRef::as_ref).collect()),
            "mlkem768x25519-sha256 curve25519-sha256 curve25519-sha256@libssh.org ext-info-s kex-strict-s-v00@openssh.com"
        );
        assert_eq!(
            names(config.preferred.cipher.iter().map(AsRef::as_ref).collect()),
            "aes256-gcm@openssh.com"
        );
        assert_eq!(names(config.preferred.compression.iter().map(AsRef::as_ref).collect()), "none");
        assert_eq!(*config.methods, [MethodKind::PublicKey]);
        assert_eq!(config.keys.len(), 1);
        assert!(config.certificates.is_empty());
    }
}
