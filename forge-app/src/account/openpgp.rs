//! OpenPGP keys: which of their parts sign, since when and until when, and whether a signature holds.
//!
//! Only what a key says of itself counts: its primary key vouches for each part that signs, and the part for the primary key.
//! What others say of it is not looked at. Today's hashes and key sizes are demanded throughout, and a revocation counts
//! whatever it was hashed with.

use forge_core::{GpgKey, GpgSigner};
use pgp::composed::{Deserializable as _, DetachedSignature, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{RevocationCode, Signature, SignatureType};
use pgp::ser::Serialize as _;
use pgp::types::{Duration as Lasts, EcdsaPublicParams, KeyDetails, PublicParams, Tag};
use time::{Duration, OffsetDateTime};

/// The longest key read.
const MAX_KEY: usize = 32 * 1024;
/// The longest signature read.
pub(crate) const MAX_SIGNATURE: usize = 16 * 1024;
/// Names, parts and signatures of a key that are looked at.
const MOST_PARTS: usize = 200;
/// The shortest modulus of RSA.
const RSA_BITS: u16 = 2048;
/// How far the clock of whoever signs may be ahead.
const SLACK: Duration = Duration::hours(1);

/// A public key that was read, and what it says of itself.
pub(crate) struct OpenPgpKey {
    key: SignedPublicKey,
    /// The people it names, as it spells them.
    pub(crate) names: Vec<String>,
    /// Its parts that sign.
    pub(crate) signers: Vec<GpgSigner>,
    /// Why there are none, if there are none.
    pub(crate) useless: Option<&'static str>,
}

/// Why a signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It is of something else, by another key, or no signature.
    Mismatch,
    /// It is hashed in a way that is no longer safe.
    Weak,
    /// The key did not count at the time that the signature names.
    Time,
}

/// A signature as it came.
pub(crate) struct OpenPgpSignature(Signature);

impl OpenPgpSignature {
    /// Reads one in ASCII armour.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = Some(text.trim()).filter(|text| text.len() <= MAX_SIGNATURE)?;
        DetachedSignature::from_string(text).ok().map(|(read, _)| Self(read.signature))
    }

    /// The fingerprint of the key that made it, as it says.
    pub(crate) fn issuer(&self) -> Option<String> {
        self.0.issuer_fingerprint().first().map(|found| format!("{found:X}"))
    }
}

impl OpenPgpKey {
    /// Reads a key in ASCII armour; the error is for the person who pasted it.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.len() > MAX_KEY {
            return Err("The key is longer than 32 KiB. Export it with --export-options export-minimal");
        }
        if text.contains("PRIVATE KEY") {
            return Err("This is a private key. Keep it secret, and paste what gpg --armor --export prints");
        }
        let unread = "This is no public key. Paste all that gpg --armor --export prints, from BEGIN to END";
        let (mut keys, _) = SignedPublicKey::from_string_many(text).map_err(|_| unread)?;
        let key = keys.next().and_then(Result::ok).ok_or(unread)?;
        if keys.next().is_some() || text.matches("-----BEGIN").count() > 1 {
            return Err("There is more than one key. Paste one at a time");
        }
        let parts = key.details.users.iter().map(|user| user.signatures.len() + 1).sum::<usize>()
            + key.public_subkeys.iter().map(|subkey| subkey.signatures.len() + 1).sum::<usize>()
            + key.details.direct_signatures.len()
            + key.details.revocation_signatures.len();
        if parts > MOST_PARTS {
            return Err("The key has too many parts. Export it with --export-options export-minimal");
        }
        Self::judge(key)
    }

    /// A key that was read and judged before.
    pub(crate) fn stored(key: &GpgKey) -> Option<Self> {
        let (read, _) = SignedPublicKey::from_string(&key.public_key).ok()?;
        Some(Self { key: read, names: key.names.clone(), signers: key.signers.clone(), useless: None })
    }

    /// The fingerprint of the primary key, by which people know it.
    pub(crate) fn fingerprint(&self) -> String {
        fingerprint(&self.key.primary_key)
    }

    /// Whether a signature over a text holds, made by one of the parts that sign while it counted.
    pub(crate) fn check(
        &self,
        OpenPgpSignature(signature): &OpenPgpSignature,
        payload: &[u8],
        now: OffsetDateTime,
    ) -> Result<(), Flaw> {
        if signature.typ() != Some(SignatureType::Binary) {
            return Err(Flaw::Mismatch);
        }
        if !is_strong(signature) {
            return Err(Flaw::Weak);
        }
        let signer = self.signer(signature).ok_or(Flaw::Mismatch)?;
        let primary = &self.key.primary_key;
        let part = self.key.public_subkeys.iter().find(|part| fingerprint(&part.key) == signer.fingerprint);
        let held = match part {
            Some(part) => signature.verify(&part.key, payload),
            None if fingerprint(primary) == signer.fingerprint => signature.verify(primary, payload),
            None => return Err(Flaw::Mismatch),
        };
        held.map_err(|_| Flaw::Mismatch)?;
        let made = made(signature).ok_or(Flaw::Mismatch)?;
        let lasts = signature.signature_expiration_time().map_or(0, Lasts::as_secs);
        let is_over = lasts > 0 && made + Duration::seconds(lasts.into()) <= now;
        let counts = made >= signer.since && signer.until.is_none_or(|until| made < until);
        if counts && !is_over && made <= now + SLACK { Ok(()) } else { Err(Flaw::Time) }
    }

    fn signer(&self, signature: &Signature) -> Option<&GpgSigner> {
        let issuer = format!("{:X}", signature.issuer_fingerprint().first()?);
        self.signers.iter().find(|signer| signer.fingerprint == issuer)
    }

    /// What the key says of itself, as far as its signatures hold.
    fn judge(key: SignedPublicKey) -> Result<Self, &'static str> {
        let primary = &key.primary_key;
        let mut names = Vec::new();
        let direct = key.details.direct_signatures.iter();
        let mut own: Vec<&Signature> =
            direct.filter(|found| is_strong(found) && found.verify_key(primary).is_ok()).collect();
        for user in &key.details.users {
            let mine =
                |found: &&Signature| found.verify_certification(primary, Tag::UserId, &user.id).is_ok();
            let certifies = |found: &&Signature| found.is_certification() && is_strong(found) && mine(found);
            let Some(newest) = newest(user.signatures.iter().filter(certifies)) else { continue };
            let revokes = |found: &&Signature| {
                found.typ() == Some(SignatureType::CertRevocation)
                    && made(found) >= made(newest)
                    && mine(found)
            };
            if !user.signatures.iter().any(|found| revokes(&found)) {
                own.push(newest);
                let name = String::from_utf8_lossy(user.id.id()).replace(char::is_control, " ");
                names.push(name.chars().take(250).collect());
            }
        }
        let newest = newest(own.iter().copied()).ok_or(
            "The key does not vouch for itself with a hash of today. Renew it with gpg --quick-set-expire, and export it \
             again",
        )?;
        let revoked =
            key.details.revocation_signatures.iter().filter(|found| found.verify_key(primary).is_ok());
        let Some(until) = Until::of(primary, newest).revoked(revoked) else {
            return Ok(Self { key, names, signers: Vec::new(), useless: Some("This key was revoked") });
        };
        let mut signers = Vec::new();
        if newest.key_flags().sign() && is_safe(primary.public_params()) {
            signers.push(until.signer(primary));
        }
        signers.extend(key.public_subkeys.iter().filter_map(|part| signing_part(&key, part, until)));
        let none = "No part of this key signs. Add one with gpg --quick-add-key, and export it again";
        let useless = signers.is_empty().then_some(none);
        Ok(Self { key, names, signers, useless })
    }
}

/// A part that signs, if both sides vouch for each other and nothing took it back.
fn signing_part(key: &SignedPublicKey, part: &SignedPublicSubKey, primary_until: Until) -> Option<GpgSigner> {
    let primary = &key.primary_key;
    let bound = |found: &&Signature| found.verify_subkey_binding(primary, &part.key).is_ok();
    let binds = |found: &&Signature| {
        found.typ() == Some(SignatureType::SubkeyBinding) && is_strong(found) && bound(found)
    };
    let binding = newest(part.signatures.iter().filter(binds))?;
    let back = binding.embedded_signature().filter(|back| is_strong(back))?;
    let signs = binding.key_flags().sign() && is_safe(part.key.public_params());
    if !signs || back.verify_primary_key_binding(&part.key, primary).is_err() {
        return None;
    }
    let revokes = |found: &&Signature| found.typ() == Some(SignatureType::SubkeyRevocation) && bound(found);
    let until = Until::of(&part.key, binding).revoked(part.signatures.iter().filter(revokes))?;
    Some(until.earlier(primary_until).signer(&part.key))
}

/// When a key ends, if it does.
#[derive(Clone, Copy)]
struct Until(Option<OffsetDateTime>);

impl Until {
    /// As its newest signature about itself says.
    fn of(key: &impl KeyDetails, newest: &Signature) -> Self {
        let lasts = newest.key_expiration_time().map_or(0, Lasts::as_secs);
        Self((lasts > 0).then(|| at(key.created_at().as_secs()) + Duration::seconds(lasts.into())))
    }

    /// The earlier of two.
    fn earlier(self, other: Self) -> Self {
        Self(self.0.into_iter().chain(other.0).min())
    }

    /// Where a key was replaced or retired, what it signed before stays; else nothing that it ever signed counts.
    fn revoked<'a>(self, revocations: impl Iterator<Item = &'a Signature>) -> Option<Self> {
        revocations.into_iter().try_fold(self, |until, found| match found.revocation_reason_code() {
            Some(RevocationCode::KeySuperseded | RevocationCode::KeyRetired) => {
                made(found).map(|made| until.earlier(Self(Some(made))))
            }
            _ => None,
        })
    }

    fn signer(self, key: &impl KeyDetails) -> GpgSigner {
        let since = at(key.created_at().as_secs());
        GpgSigner { fingerprint: fingerprint(key), since, until: self.0 }
    }
}

fn newest<'a>(signatures: impl Iterator<Item = &'a Signature>) -> Option<&'a Signature> {
    signatures.filter(|found| made(found).is_some()).max_by_key(|found| made(found))
}

fn fingerprint(key: &impl KeyDetails) -> String {
    format!("{:X}", key.fingerprint())
}

fn made(signature: &Signature) -> Option<OffsetDateTime> {
    signature.created().map(|made| at(made.as_secs()))
}

fn at(seconds: u32) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds.into())
}

/// Whether a signature is hashed in a way for which nobody can make another text.
fn is_strong(signature: &Signature) -> bool {
    use HashAlgorithm::{Sha3_256, Sha3_512, Sha256, Sha384, Sha512};
    matches!(signature.hash_alg(), Some(Sha256 | Sha384 | Sha512 | Sha3_256 | Sha3_512))
}

/// Whether a key is of a kind and length that nobody breaks.
fn is_safe(params: &PublicParams) -> bool {
    match params {
        PublicParams::EdDSALegacy(_) | PublicParams::Ed25519(_) | PublicParams::Ed448(_) => true,
        PublicParams::ECDSA(params) => !matches!(params, EcdsaPublicParams::Unsupported { .. }),
        // The modulus comes first, behind its length in bits.
        PublicParams::RSA(params) => params.to_bytes().is_ok_and(
            |bytes| matches!(bytes.as_slice(), [high, low, ..] if u16::from_be_bytes([*high, *low]) >= RSA_BITS),
        ),
        _ => false,
    }
}
