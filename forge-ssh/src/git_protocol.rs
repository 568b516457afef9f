//! The one environment variable that clients may set: which version of git's protocol they would like.

use forge_app::Version;

/// Its name.
const NAME: &str = "GIT_PROTOCOL";
/// The longest value taken, in bytes. Git clients send `version=2`.
const MAX_VALUE: usize = 256;

/// The version asked for by a variable; nothing if this is not a variable that clients may set.
///
/// The value is a list of `key` or `key=value`, joined by colons. The engine knows what to do with a version that it
/// does not speak, and with keys that it does not know.
pub(crate) fn requested(name: &str, value: &str) -> Option<Version> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b':' | b'.' | b'_' | b'-');
    if name != NAME || value.is_empty() || value.len() > MAX_VALUE || !value.bytes().all(fine) {
        return None;
    }
    Some(Version::parse(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_git_clients_send() {
        assert_eq!(requested(NAME, "version=0"), Some(Version::V0));
        assert_eq!(requested(NAME, "version=1"), Some(Version::V1));
        assert_eq!(requested(NAME, "version=2"), Some(Version::V2));
        assert_eq!(requested(NAME, "version=2:some-key=1:other"), Some(Version::V2));
        assert_eq!(requested(NAME, "version=9"), Some(Version::V0));
        assert_eq!(requested(NAME, "hello"), Some(Version::V0));
    }

    #[test]
    fn takes_nothing_else() {
        let long = "a".repeat(MAX_VALUE + 1);
        for value in
            ["", "version=2 ", "version=2\n", "version=2\0", "version=2;id", "$(id)", "é", long.as_str()]
        {
            assert_eq!(requested(NAME, value), None, "{value:?}");
        }
        for name in ["LANG", "LC_ALL", "git_protocol", "GIT_PROTOCOL ", "GIT_DIR", "LD_PRELOAD", "PATH", ""] {
            assert_eq!(requested(name, "version=2"), None, "{name:?}");
        }
    }
}
