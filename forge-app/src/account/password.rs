//! Passwords: what is accepted, and how they are kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use forge_core::user::{MAX_PASSWORD, MIN_PASSWORD};
use forge_core::{Email, Secret, Username};
use metrics::counter;
use tokio::sync::Semaphore;

use crate::ambient::Ambient;
use crate::error::{Error, Result};

/// How much work a guess costs.
#[derive(Debug, Clone, Copy)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// How many are hashed at one time; the rest wait in line.
    pub at_once: usize,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, at_once: 2 }
    }
}

/// Hashes and verifies passwords with Argon2id on the blocking pool, a few at a time.
pub(crate) struct Passwords {
    params: Params,
    turns: Arc<Semaphore>,
    /// The hash of nobody's password: verified when an account is not there, so that both answers take as long.
    nobody: String,
}

/// How many may wait for their turn before the rest are told to come back.
const WAITING: usize = 64;

impl Passwords {
    pub(crate) fn new(cost: PasswordCost, ambient: &Ambient) -> Result<Self> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(Error::internal)?;
        let nobody = hash(&params, b"nobody", &ambient.random::<16>())?;
        Ok(Self { params, turns: Arc::new(Semaphore::new(cost.at_once.max(1))), nobody })
    }

    pub(crate) async fn hash(&self, ambient: &Ambient, password: &Secret<String>) -> Result<String> {
        let (params, salt, password) = (self.params.clone(), ambient.random::<16>(), password.clone());
        self.turn(move || hash(&params, password.expose().as_bytes(), &salt)).await?
    }

    /// Whether the password is the one hashed; with no hash it takes as long and says no.
    pub(crate) async fn verify(&self, hash: Option<String>, password: &Secret<String>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let password = password.clone();
        if password.expose().len() > MAX_PASSWORD {
            return Ok(false);
        }
        self.turn(move || {
            let matches =
                Argon2::default().verify_password(password.expose().as_bytes(), hash.as_str()).is_ok();
            counter!("forge_password_checks_total").increment(1);
            matches && known
        })
        .await
    }

    async fn turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        if self.turns.available_permits() == 0 && Arc::strong_count(&self.turns) > WAITING {
            return Err(Error::Unavailable("Many people are signing in. Try again in a moment.".to_owned()));
        }
        let permit = Arc::clone(&self.turns).acquire_owned().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(Error::internal)
    }
}

fn hash(params: &Params, password: &[u8], salt: &[u8]) -> Result<String> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2.hash_password_with_salt(password, salt).map(|hash| hash.to_string()).map_err(Error::internal)
}

/// Refuses passwords that somebody would guess: too short, well known, one thing repeated, or the person's own name.
///
/// No rules about capitals and digits, as NCSC and NIST SP 800-63B-4 advise.
pub(crate) fn check_password(password: &Secret<String>, name: &Username, email: &Email) -> Result<()> {
    let text = password.expose();
    let refuse = |message: String| Err(Error::Invalid { field: "password", message });
    if text.chars().count() < MIN_PASSWORD {
        return refuse(format!(
            "Enter a password of at least {MIN_PASSWORD} characters. Three random words work well."
        ));
    }
    if text.len() > MAX_PASSWORD {
        return refuse(format!("Enter a password of at most {MAX_PASSWORD} bytes."));
    }
    let lower = text.to_lowercase();
    let own = [name.key(), email.key()];
    let rest = |own: &str| lower.replace(own, "").chars().count();
    if own.iter().any(|own| own.len() >= 4 && rest(own) * 2 <= MIN_PASSWORD) {
        return refuse("Enter a password that is not built from your name or email address.".to_owned());
    }
    if is_guessable(&lower) {
        return refuse(
            "This password is easy to guess. Enter another; three random words work well.".to_owned(),
        );
    }
    Ok(())
}

/// Words that leaked passwords are built of, one a line: names, places, teams, seasons, rows of keys, and what the health
/// service is full of.
const COMMON: &str = include_str!("common_words.txt");

/// Whether somebody would guess it: two common words at most, whatever digits and marks stand around or in them; one thing
/// repeated; or keys and letters in their order.
fn is_guessable(lower: &str) -> bool {
    let distinct = lower.chars().collect::<BTreeSet<_>>().len();
    let steps =
        lower.as_bytes().windows(2).filter(|pair| matches!(pair, [a, b] if a.abs_diff(*b) <= 1)).count();
    if distinct < 5 || steps * 10 >= lower.len() * 8 {
        return true;
    }
    let letters: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    let read: String = lower.chars().map(meant).filter(|c| c.is_alphabetic()).collect();
    (letters.chars().count() < FEW && distinct < 8) || is_of_two_words(&letters) || is_of_two_words(&read)
}

/// Letters beside common words that make no guess harder.
const FEW: usize = 3;

/// The letter that a digit or mark often stands for.
fn meant(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether a text is made of one or two common words, as often as they like, and hardly anything else.
fn is_of_two_words(letters: &str) -> bool {
    let mut found: Vec<&str> = COMMON.lines().filter(|word| letters.contains(word)).collect();
    // The longer first: `password` is one word and not `pass` and `word`.
    found.sort_by_key(|word| std::cmp::Reverse(word.len()));
    found.iter().enumerate().any(|(place, first)| {
        let rest = letters.replace(first, " ");
        let left = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
        left(&rest) < FEW || found.iter().skip(place + 1).any(|second| left(&rest.replace(second, " ")) < FEW)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<()> {
        check_password(
            &Secret::from(text),
            &"rosalind".parse().unwrap(),
            &Email::new("rosalind@example.nhs.uk").unwrap(),
        )
    }

    #[test]
    fn length_counts_and_guesses_do_not_pass() {
        for good in [
            "three random words",
            "correct horse battery",
            "ünïcödé ist auch gut",
            "7kP2vQ9xT4mW8zR",
            "liverpool kettle sandwich",
            "summer dragon princess",
            "a phrase with space at the end ",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "short",
            "fourteen chars",
            "passwordpassword",
            "Password12345678",
            "aaaaaaaaaaaaaaaaaaa",
            "123456789012345",
            "abcabcabcabcabcabc",
            "rosalindrosalind",
            "rosalind1234567",
            "qwertyuiopasdfghjkl",
            "Welcome2026!!!!!",
            "abcdefghijklmnopqr",
            "P@55w0rdP@55w0rd1",
            "Liverpool-Liverpool-1892",
            "charlotte.hospital.2026",
            "manchesterunited99",
            "!!NHSmail-Summer-2026!!",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check(&"x y".repeat(400)).is_err());
    }

    #[test]
    fn the_common_words_are_in_order_and_in_small_letters() {
        let words: Vec<_> = COMMON.lines().collect();
        assert!(words.len() > 500, "{}", words.len());
        assert!(words.is_sorted() && words.windows(2).all(|pair| pair[0] != pair[1]));
        let is_plain = |word: &&str| {
            word.len() >= FEW && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        assert!(words.iter().all(is_plain));
    }

    #[tokio::test]
    async fn verifies_exactly() {
        let ambient = Ambient::system();
        let passwords =
            Passwords::new(PasswordCost { memory_kib: 8, passes: 1, at_once: 1 }, &ambient).unwrap();
        let right = Secret::from("three random words ");
        let hash = passwords.hash(&ambient, &right).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify(Some(hash.clone()), &right).await.unwrap());
        assert!(!passwords.verify(Some(hash), &Secret::from("three random words")).await.unwrap());
        assert!(
            !passwords.verify(None, &Secret::from("nobody")).await.unwrap(),
            "no account has no password"
        );
    }
}
