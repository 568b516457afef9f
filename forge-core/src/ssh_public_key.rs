//! SSH public keys as people paste them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

/// The longest line taken, in bytes: a 16,384-bit RSA key with a comment.
const MAX_LINE: usize = 8 * 1024;
/// The shortest RSA key taken, in bits.
const MIN_RSA_BITS: usize = 3072;
/// The kinds of key taken. No DSA, and no certificates.
const KINDS: [&str; 6] = [
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
];

/// A public key of a kind that signs people in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshPublicKey {
    line: String,
    fingerprint: String,
    comment: String,
}

/// Why a key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSshPublicKey {
    /// It is the secret half.
    #[error("this is a private key: keep it to yourself, and paste the file that ends in .pub")]
    Private,
    /// It is not one line of kind, key and comment.
    #[error("paste one line as in your .pub file, starting with ssh-ed25519")]
    Shape,
    /// A kind that is not taken.
    #[error("this kind of key is not accepted: make one with ssh-keygen -t ed25519")]
    Kind,
    /// Too short to be safe.
    #[error("an RSA key needs at least {MIN_RSA_BITS} bits: make a new one with ssh-keygen -t ed25519")]
    Short,
}

impl SshPublicKey {
    /// Reads a line as in `id_ed25519.pub` or `authorized_keys`, without options before it.
    pub fn parse(text: &str) -> Result<Self, InvalidSshPublicKey> {
        let text = text.trim();
        if text.contains("PRIVATE KEY") {
            return Err(InvalidSshPublicKey::Private);
        }
        if text.len() > MAX_LINE || text.lines().count() != 1 {
            return Err(InvalidSshPublicKey::Shape);
        }
        let mut words = text.splitn(3, [' ', '\t']);
        let (Some(kind), Some(encoded)) = (words.next(), words.next()) else {
            return Err(InvalidSshPublicKey::Shape);
        };
        let kind = KINDS.into_iter().find(|known| *known == kind).ok_or(InvalidSshPublicKey::Kind)?;
        let blob = STANDARD.decode(encoded).map_err(|_| InvalidSshPublicKey::Shape)?;
        let mut rest = blob.as_slice();
        if field(&mut rest) != Some(kind.as_bytes()) || rest.is_empty() {
            return Err(InvalidSshPublicKey::Shape);
        }
        if kind == "ssh-rsa" {
            let (Some(_exponent), Some(modulus)) = (field(&mut rest), field(&mut rest)) else {
                return Err(InvalidSshPublicKey::Shape);
            };
            if bits(modulus) < MIN_RSA_BITS {
                return Err(InvalidSshPublicKey::Short);
            }
        }
        let fingerprint = format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&blob)));
        let comment: String =
            words.next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(100).collect();
        Ok(Self { line: format!("{kind} {encoded}"), fingerprint, comment: comment.trim().to_owned() })
    }

    /// Kind and key, without the comment.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What its owner called it.
    pub fn comment(&self) -> &str {
        &self.comment
    }
}

/// Takes one length-prefixed string of the SSH wire format (RFC 4251, section 5).
fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (value, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(value)
}

fn bits(number: &[u8]) -> usize {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let significant = number.get(start..).unwrap_or_default();
    let leading = significant.first().map_or(0, |byte| byte.leading_zeros());
    (significant.len() * 8).saturating_sub(usize::try_from(leading).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: &str, fields: &[&[u8]]) -> String {
        let mut blob = Vec::new();
        for part in std::iter::once(kind.as_bytes()).chain(fields.iter().copied()) {
            blob.extend_from_slice(&u32::try_from(part.len()).unwrap().to_be_bytes());
            blob.extend_from_slice(part);
        }
        format!("{kind} {} me@laptop", STANDARD.encode(blob))
    }

    #[test]
    fn takes_good_keys() {
        let key = SshPublicKey::parse(&line("ssh-ed25519", &[&[7; 32]])).unwrap();
        assert!(key.fingerprint().starts_with("SHA256:") && key.fingerprint().len() == 50);
        assert_eq!(key.comment(), "me@laptop");
        assert!(!key.line().contains("laptop"));
        let mut modulus = vec![0u8];
        modulus.extend([0xff; 384]);
        assert!(SshPublicKey::parse(&line("ssh-rsa", &[&[1, 0, 1], &modulus])).is_ok());
    }

    #[test]
    fn says_what_is_wrong() {
        let short = line("ssh-rsa", &[&[1, 0, 1], &[0xff; 256]]);
        assert_eq!(SshPublicKey::parse(&short), Err(InvalidSshPublicKey::Short));
        assert_eq!(SshPublicKey::parse(&line("ssh-dss", &[&[1]])), Err(InvalidSshPublicKey::Kind));
        assert_eq!(
            SshPublicKey::parse("-----BEGIN OPENSSH PRIVATE KEY-----"),
            Err(InvalidSshPublicKey::Private)
        );
        assert_eq!(SshPublicKey::parse("ssh-ed25519 AAAA"), Err(InvalidSshPublicKey::Shape));
        assert_eq!(SshPublicKey::parse(""), Err(InvalidSshPublicKey::Shape));
        let lying = line("ssh-ed25519", &[&[7; 32]]).replace("ssh-ed25519 ", "ssh-rsa ");
        assert_eq!(SshPublicKey::parse(&lying), Err(InvalidSshPublicKey::Shape));
    }
}
