//! The token that ties a form to the browser it was made for.
//!
//! It is made of the secret in a cookie that no other site can read or set: the session's, or that of a browser
//! that is not signed in. Nothing is stored. What a page shows is masked with fresh random bytes each time, so that
//! the length of compressed pages tells nothing about it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use forge_core::Secret;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Bytes of the token, and of its mask.
const LENGTH: usize = 32;

/// The token to show in a page.
pub(crate) fn token(secret: &Secret<String>, mask: [u8; LENGTH]) -> String {
    let masked = xor(&mask, &derived(secret));
    URL_SAFE_NO_PAD.encode([mask, masked].concat())
}

/// Whether a form came from a page that was made for the holder of the secret.
pub(crate) fn matches(secret: &Secret<String>, token: &str) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return false };
    let Some((mask, masked)) = bytes.split_first_chunk::<LENGTH>() else { return false };
    let Ok(masked) = <[u8; LENGTH]>::try_from(masked) else { return false };
    xor(mask, &masked).ct_eq(&derived(secret)).into()
}

fn derived(secret: &Secret<String>) -> [u8; LENGTH] {
    // The prefix keeps it apart from the hash under which the session itself is stored.
    Sha256::new().chain_update(b"forge form token\0").chain_update(secret.expose()).finalize().into()
}

fn xor(one: &[u8; LENGTH], other: &[u8; LENGTH]) -> [u8; LENGTH] {
    let mut result = *one;
    for (byte, other) in result.iter_mut().zip(other) {
        *byte ^= other;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_holder_of_the_cookie_has_a_token() {
        let (mine, theirs) = (Secret::from("mine"), Secret::from("theirs"));
        let (first, second) = (token(&mine, [1; 32]), token(&mine, [2; 32]));
        assert_ne!(first, second, "each page shows another");
        assert!(matches(&mine, &first) && matches(&mine, &second));
        assert!(!matches(&theirs, &first));
        for bad in ["", "x", &first[1..], &format!("{first}AAAA"), "%%%"] {
            assert!(!matches(&mine, bad), "{bad}");
        }
    }
}
