//! Codes of authenticator apps: RFC 6238 with six digits, thirty seconds and SHA-1, which is what every app knows.

use std::fmt::Write as _;

use forge_core::Secret;
use ring::hmac;
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;

/// How long a code is shown.
const STEP_SECONDS: i64 = 30;
/// Bytes of a secret, as RFC 4226 recommends.
pub(crate) const SECRET_BYTES: usize = 20;
/// Digits of a code.
pub(crate) const DIGITS: usize = 6;

/// The step whose code this is, if it is that of now, of the step before or of the step after: clocks differ a little.
pub(crate) fn step_of(secret: &[u8], code: &str, now: OffsetDateTime) -> Option<i64> {
    let present = now.unix_timestamp().div_euclid(STEP_SECONDS);
    let mut found = None;
    // All three are compared, whatever the first says.
    for step in [present - 1, present, present + 1] {
        if bool::from(code_of(secret, step).as_bytes().ct_eq(code.as_bytes())) {
            found = Some(step);
        }
    }
    found
}

/// The code of a step.
pub(crate) fn code_of(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or(0) & 0x0f);
    let bytes = tag.get(offset..).and_then(|rest| rest.first_chunk::<4>()).copied().unwrap_or_default();
    let number = u32::from_be_bytes(bytes) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// A secret as people type it: base 32 without padding.
pub(crate) fn base32(bytes: &[u8]) -> Secret<String> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut padded = [0_u8; 8];
        for (to, from) in padded.iter_mut().skip(3).zip(chunk) {
            *to = *from;
        }
        let bits = u64::from_be_bytes(padded);
        let characters = (chunk.len() * 8).div_ceil(5);
        for position in 0..characters {
            let index = (bits >> (35 - 5 * position)) & 31;
            let index = usize::try_from(index).unwrap_or(0);
            text.push(char::from(ALPHABET.get(index).copied().unwrap_or(b'A')));
        }
    }
    Secret::new(text)
}

/// The address that apps read from the picture.
pub(crate) fn uri(site: &str, account: &str, secret: &Secret<String>) -> Secret<String> {
    let (site, account) = (encoded(site), encoded(account));
    Secret::new(format!("otpauth://totp/{site}:{account}?secret={}&issuer={site}", secret.expose()))
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the examples in RFC 6238.
    const SECRET: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(second).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_of(SECRET, second / 30), code);
        }
    }

    #[test]
    fn one_step_early_or_late_is_taken_and_no_more() {
        let code = code_of(SECRET, 100);
        for (second, expected) in [
            (98 * 30 + 29, None),
            (99 * 30, Some(100)),
            (100 * 30 + 15, Some(100)),
            (101 * 30 + 29, Some(100)),
            (102 * 30, None),
        ] {
            assert_eq!(step_of(SECRET, &code, at(second)), expected, "{second}");
        }
        for bad in ["", "1", &format!("{code} "), &format!("{code}0"), "abcdef"] {
            assert_eq!(step_of(SECRET, bad, at(3000)), None, "{bad}");
        }
    }

    #[test]
    fn secrets_are_written_as_apps_read_them() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()).expose(), text);
        }
        let uri = uri("Forge (test)", "a-shah", &Secret::from("MY"));
        assert_eq!(
            uri.expose(),
            "otpauth://totp/Forge%20%28test%29:a-shah?secret=MY&issuer=Forge%20%28test%29"
        );
    }
}
