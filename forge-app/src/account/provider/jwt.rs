//! Signed tokens of other sites: JSON Web Signatures with the few algorithms that sites use, and no others.
//!
//! The algorithm must be one of the list, and fit the kind of the key that the site publishes. `none` and shared secrets
//! are not on it, so nobody can sign with a public key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, RsaKeyPair, RsaPublicKeyComponents, UnparsedPublicKey};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::{Value, json};

/// The longest token that is read, in bytes.
const MAX_TOKEN: usize = 64 * 1024;

/// A key that a site publishes.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The keys that a site publishes.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Keys {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// The claims of a token whose signature is right.
pub(super) fn verified(token: &str, keys: &Keys) -> Result<Value, String> {
    if token.len() > MAX_TOKEN {
        return Err(format!("the token is longer than {} KB", MAX_TOKEN / 1024));
    }
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signed), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("the token has not three parts".to_owned());
    };
    let read: Header = serde_json::from_slice(&decoded(header)?).map_err(|error| error.to_string())?;
    if read.crit.is_some() {
        return Err("the token asks for what is not known here".to_owned());
    }
    let message = token.get(..header.len() + 1 + claims.len()).unwrap_or_default();
    let signature = decoded(signed)?;
    let fits = keys
        .keys
        .iter()
        .filter_map(|key| serde_json::from_value::<Key>(key.clone()).ok())
        .filter(|key| key.purpose.as_deref().is_none_or(|purpose| purpose == "sig"))
        .filter(|key| read.kid.is_none() || key.kid.is_none() || key.kid == read.kid)
        .any(|key| key.verifies(&read.alg, message.as_bytes(), &signature));
    if !fits {
        return Err(format!("no key of the site has signed the token (algorithm {:?})", read.alg));
    }
    serde_json::from_slice(&decoded(claims)?).map_err(|error| error.to_string())
}

impl Key {
    fn verifies(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let part = |text: &Option<String>| text.as_deref().and_then(|text| decoded(text).ok());
        let rsa = |parameters| {
            let (Some(n), Some(e)) = (part(&self.n), part(&self.e)) else { return false };
            RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
        };
        let curve = |parameters, length: usize| {
            let (Some(x), Some(y)) = (part(&self.x), part(&self.y)) else { return false };
            let point = [&[4][..], &x, &y].concat();
            x.len() == length
                && y.len() == length
                && UnparsedPublicKey::new(parameters, point).verify(message, signature).is_ok()
        };
        match (algorithm, self.kty.as_str(), self.crv.as_deref()) {
            ("RS256", "RSA", _) => rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            ("RS384", "RSA", _) => rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            ("RS512", "RSA", _) => rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            ("PS256", "RSA", _) => rsa(&signature::RSA_PSS_2048_8192_SHA256),
            ("ES256", "EC", Some("P-256")) => curve(&signature::ECDSA_P256_SHA256_FIXED, 32),
            ("ES384", "EC", Some("P-384")) => curve(&signature::ECDSA_P384_SHA384_FIXED, 48),
            ("EdDSA", "OKP", Some("Ed25519")) => part(&self.x).is_some_and(|x| {
                UnparsedPublicKey::new(&signature::ED25519, x).verify(message, signature).is_ok()
            }),
            _ => false,
        }
    }
}

/// A key of ours, for proving to a site who we are.
pub(super) enum SigningKey {
    Rsa(Box<RsaKeyPair>),
    Curve(Box<EcdsaKeyPair>),
}

impl SigningKey {
    /// Reads a private key, RSA or P-256, in PKCS#8 as PEM.
    pub(super) fn read(pem: &str) -> Result<Self, String> {
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| error.to_string())?;
        let der = key.secret_der();
        if let Ok(key) = RsaKeyPair::from_pkcs8(der) {
            return Ok(Self::Rsa(Box::new(key)));
        }
        let parameters = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        EcdsaKeyPair::from_pkcs8(parameters, der, &SystemRandom::new())
            .map(|key| Self::Curve(Box::new(key)))
            .map_err(|_| "write a private key, RSA or P-256, as PEM in PKCS#8".to_owned())
    }

    /// Signs claims.
    pub(super) fn sign(&self, kid: &str, claims: &Value) -> Result<String, String> {
        let (algorithm, random) =
            (if matches!(self, Self::Rsa(_)) { "RS256" } else { "ES256" }, SystemRandom::new());
        let header = if kid.is_empty() {
            json!({ "alg": algorithm, "typ": "JWT" })
        } else {
            json!({ "alg": algorithm, "typ": "JWT", "kid": kid })
        };
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let failed = |_| "the key does not sign".to_owned();
        let signed = match self {
            Self::Rsa(key) => {
                let mut signed = vec![0; key.public().modulus_len()];
                key.sign(&signature::RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signed)
                    .map_err(failed)?;
                signed
            }
            Self::Curve(key) => key.sign(&random, message.as_bytes()).map_err(failed)?.as_ref().to_vec(),
        };
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signed)))
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| "the token is no base64url".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::KeyPair as _;

    fn key() -> (SigningKey, Keys) {
        let parameters = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let der = EcdsaKeyPair::generate_pkcs8(parameters, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(parameters, der.as_ref(), &SystemRandom::new()).unwrap();
        let point = pair.public_key().as_ref().to_vec();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let published = json!({
            "kty": "EC", "crv": "P-256", "kid": "one", "x": encode(&point[1..33]), "y": encode(&point[33..]),
        });
        (SigningKey::Curve(Box::new(pair)), Keys { keys: vec![json!({ "kty": "unknown" }), published] })
    }

    #[test]
    fn only_what_the_site_signed_is_read() {
        let (ours, keys) = key();
        let claims = json!({ "sub": "a" });
        let token = ours.sign("one", &claims).unwrap();
        assert_eq!(verified(&token, &keys), Ok(claims.clone()));
        let (_, others) = key();
        assert!(verified(&token, &others).is_err(), "another key");
        assert!(verified(&ours.sign("two", &claims).unwrap(), &keys).is_err(), "another name of the key");
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let body = encode(&claims.to_string());
        let signature = token.rsplit('.').next().unwrap();
        for forged in [
            format!("{}.{body}.", encode(r#"{"alg":"none"}"#)),
            format!("{}.{body}.{signature}", encode(r#"{"alg":"HS256","kid":"one"}"#)),
            format!("{}.{body}.{signature}", encode(r#"{"alg":"ES256","kid":"one","crit":["x"]}"#)),
            token.replace(&body, &encode(r#"{"sub":"b"}"#)),
            token.split('.').take(2).collect::<Vec<_>>().join("."),
            format!("{token}.x"),
            String::new(),
        ] {
            assert!(verified(&forged, &keys).is_err(), "{forged}");
        }
    }
}
