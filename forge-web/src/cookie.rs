//! The cookies: who is signed in, who is about to be, what ties a form to a browser, and one notice.

use forge_core::Secret;
use http::{HeaderMap, HeaderValue, header};

/// How many hexadecimal digits a secret in a cookie has.
const SECRET_LENGTH: usize = 64;

/// The names of the cookies, and what is written behind their values.
#[derive(Debug)]
pub(crate) struct CookieNames {
    /// The session of a person who is signed in.
    pub(crate) session: &'static str,
    /// A sign-in that waits for its second factor.
    pub(crate) pending: &'static str,
    /// A secret of a browser that is not signed in, for its forms.
    pub(crate) form: &'static str,
    /// A notice for the next page.
    pub(crate) flash: &'static str,
    secure: bool,
}

impl CookieNames {
    /// Over HTTPS the names promise that no other host, no path and no plain page set them.
    pub(crate) fn new(secure: bool) -> Self {
        if secure {
            Self {
                session: "__Host-forge_session",
                pending: "__Host-forge_pending",
                form: "__Host-forge_form",
                flash: "__Host-forge_flash",
                secure,
            }
        } else {
            Self {
                session: "forge_session",
                pending: "forge_pending",
                form: "forge_form",
                flash: "forge_flash",
                secure,
            }
        }
    }

    /// The header that sets a cookie; without days it goes when the browser does.
    pub(crate) fn set(&self, name: &str, value: &str, days: Option<i64>) -> Option<HeaderValue> {
        let age = days.map(|days| format!("; Max-Age={}", days.saturating_mul(86_400))).unwrap_or_default();
        self.header(name, value, &age)
    }

    /// The header that removes a cookie.
    pub(crate) fn remove(&self, name: &str) -> Option<HeaderValue> {
        self.header(name, "", "; Max-Age=0")
    }

    fn header(&self, name: &str, value: &str, age: &str) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let mut header =
            HeaderValue::from_str(&format!("{name}={value}; Path=/{secure}; HttpOnly; SameSite=Lax{age}"))
                .ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

/// Reads a cookie. If there are two of one name, somebody is playing games, and neither counts.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let first = found.next()?;
    if found.any(|other| other != first) { None } else { Some(first) }
}

/// Reads a cookie that holds one of our secrets.
pub(crate) fn read_secret(headers: &HeaderMap, name: &str) -> Option<Secret<String>> {
    let value = read(headers, name)?;
    let fits =
        value.len() == SECRET_LENGTH && value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    fits.then(|| Secret::new(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, line.parse().unwrap())).collect()
    }

    #[test]
    fn cookies_are_locked_to_the_host() {
        let names = CookieNames::new(true);
        let header = names.set(names.session, "ab", Some(1)).unwrap();
        let expected = "__Host-forge_session=ab; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=86400";
        assert_eq!(header.to_str().unwrap(), expected);
        let plain = CookieNames::new(false);
        assert_eq!(
            plain.remove(plain.flash).unwrap(),
            "forge_flash=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
        );
        assert!(names.set(names.flash, "a\r\nSet-Cookie: b", None).is_none());
    }

    #[test]
    fn reads_one_value_or_none() {
        assert_eq!(read(&headers(&["a=1; b=2", "c=3"]), "c"), Some("3"));
        assert_eq!(read(&headers(&["a=1; a=1"]), "a"), Some("1"));
        assert_eq!(read(&headers(&["a=1", "a=2"]), "a"), None, "one was planted");
        assert_eq!(read(&headers(&["aa=1"]), "a"), None);
        let secret = "0123456789abcdef".repeat(4);
        let line = format!("s={secret}");
        assert_eq!(read_secret(&headers(&[&line]), "s").unwrap().expose(), &secret);
        for bad in ["s=", "s=abc", &format!("s={}", "A".repeat(64)), &format!("s={}", "0".repeat(65))] {
            assert!(read_secret(&headers(&[bad]), "s").is_none(), "{bad}");
        }
    }
}
