//! What the caller's environment says: the protocol version, a namespace and more settings.

use std::collections::BTreeMap;

/// The version of the wire protocol that a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProtocolVersion {
    /// The first one.
    #[default]
    V0,
    /// The first one with a line that says so.
    V1,
    /// Commands and sections.
    V2,
}

impl ProtocolVersion {
    /// Reads `GIT_PROTOCOL` or the `Git-Protocol` header: keys joined by colons, of versions the highest counts.
    pub fn parse(text: &str) -> Self {
        text.split(':')
            .filter_map(|key| match key {
                "version=1" => Some(Self::V1),
                "version=2" => Some(Self::V2),
                _ => None,
            })
            .fold(Self::V0, |best, next| match (best, next) {
                (Self::V2, _) | (_, Self::V2) => Self::V2,
                _ => next,
            })
    }
}

/// Variables of the caller, as far as they are text.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Takes the variables of a process.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// Takes the variables of this process. Only the front for plain directories does so.
    pub fn from_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self::new(std::env::vars_os().filter_map(text))
    }

    /// The value of a variable.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The protocol version that `GIT_PROTOCOL` asks for.
    pub fn protocol(&self) -> ProtocolVersion {
        self.find("GIT_PROTOCOL").map(ProtocolVersion::parse).unwrap_or_default()
    }

    /// The prefix of all refs on disk that `GIT_NAMESPACE` asks for: `a/b` means `refs/namespaces/a/refs/namespaces/b/`.
    pub(super) fn namespace(&self) -> String {
        let parts = self.find("GIT_NAMESPACE").unwrap_or_default().split('/');
        let parts = parts.filter(|part| !part.is_empty());
        parts.flat_map(|part| ["refs/namespaces/", part, "/"]).collect()
    }

    /// Settings given with `git -c`, as key and value; the value is missing in `git -c key`.
    pub(super) fn settings(&self) -> Vec<(String, Option<String>)> {
        let mut found = Vec::new();
        let count =
            self.find("GIT_CONFIG_COUNT").and_then(|count| count.parse::<u32>().ok()).unwrap_or_default();
        for at in 0..count.min(1000) {
            let key = self.find(&format!("GIT_CONFIG_KEY_{at}"));
            let value = self.find(&format!("GIT_CONFIG_VALUE_{at}"));
            if let (Some(key), Some(value)) = (key, value) {
                found.push((key.to_owned(), Some(value.to_owned())));
            }
        }
        found.extend(parse_parameters(self.find("GIT_CONFIG_PARAMETERS").unwrap_or_default()));
        found
    }
}

/// Reads `'key'='value' 'key' 'key=value'`, each quoted as for a shell.
fn parse_parameters(text: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some((key, after)) = unquote(rest) {
        rest = after;
        if let Some((value, after)) = rest.strip_prefix('=').and_then(unquote) {
            rest = after;
            found.push((key, Some(value)));
        } else if rest.starts_with('=') {
            rest = rest.get(1..).unwrap_or_default();
            found.push((key, None));
        } else if let Some((key, value)) = key.split_once('=') {
            found.push((key.to_owned(), Some(value.to_owned())));
        } else {
            found.push((key, None));
        }
        rest = rest.trim_start();
    }
    found
}

/// One shell word in single quotes, with `'\''` and `'\!'` inside, and what follows it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut word = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        word.push_str(part);
        rest = after;
        let escaped = rest.strip_prefix('\\').and_then(|rest| {
            let next = rest.chars().next().filter(|next| matches!(next, '\'' | '!'))?;
            Some((next, rest.get(1..)?.strip_prefix('\'')?))
        });
        match escaped {
            Some((next, after)) => {
                word.push(next);
                rest = after;
            }
            None => return Some((word, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_counts() {
        assert_eq!(ProtocolVersion::parse("version=2"), ProtocolVersion::V2);
        assert_eq!(ProtocolVersion::parse("key:version=2:version=1"), ProtocolVersion::V2);
        assert_eq!(ProtocolVersion::parse("version=1:x"), ProtocolVersion::V1);
        assert_eq!(ProtocolVersion::parse("version=3"), ProtocolVersion::V0);
        assert_eq!(ProtocolVersion::parse(""), ProtocolVersion::V0);
    }

    #[test]
    fn reads_both_forms_of_command_line_settings() {
        let seen = parse_parameters(r"'a.b'='it'\''s' 'c.d=e=f' 'g.h' 'i.j'=");
        let pair = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
        let wanted =
            [pair("a.b", Some("it's")), pair("c.d", Some("e=f")), pair("g.h", None), pair("i.j", None)];
        assert_eq!(seen, wanted);
        assert_eq!(parse_parameters("'unfinished"), []);
    }

    #[test]
    fn namespaces_nest() {
        let environment = Environment::new([("GIT_NAMESPACE".to_owned(), "a/b".to_owned())]);
        assert_eq!(environment.namespace(), "refs/namespaces/a/refs/namespaces/b/");
        assert_eq!(Environment::default().namespace(), "");
    }
}
