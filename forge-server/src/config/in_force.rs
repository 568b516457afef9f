//! The settings in force, for the page that shows them: each with its value and where it comes from.

use toml::{Table, Value};

use crate::config::Config;
use crate::config::example::sections;

/// A setting that was given, and does not have its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its section and key, as in `http.listen`.
    pub key: String,
    /// Its value as TOML writes it.
    pub value: String,
    /// Where it was given.
    pub source: String,
}

/// A setting in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// Its section and key, as in `http.listen`.
    pub key: String,
    /// Its value; of a secret only that there is one.
    pub value: String,
    /// Where it comes from.
    pub source: String,
}

/// Keys whose line in the example shows an example, because by default there is no value.
const UNSET: &[&str] = &[
    "data.secret_key",
    "ssh.host_key",
    "storage.endpoint",
    "storage.region",
    "storage.access_key_id",
    "storage.secret_access_key_file",
    "http.public_url",
    "http.tls_certificate",
    "http.tls_key",
    "ssh.public_host",
    "audit.sink",
    "mail.folder",
    "mail.host",
    "mail.port",
    "mail.user",
    "mail.password_file",
];

/// Notes what a table gives, in place of what was given before.
pub(super) fn note(given: &mut Vec<Given>, table: &Table, source: &str) {
    for (section, keys) in table {
        let Value::Table(keys) = keys else { continue };
        for (key, value) in keys {
            let key = format!("{section}.{key}");
            given.retain(|other| other.key != key);
            given.push(Given { key, value: value.to_string(), source: source.to_owned() });
        }
    }
}

/// Every setting there is.
pub fn in_force(config: &Config) -> Vec<InForce> {
    let mut all = Vec::new();
    for (section, key, default) in sections(&Config::default()) {
        let key = format!("{section}.{key}");
        let given = config.given.iter().find(|given| given.key == key);
        let (value, source) = match given {
            Some(given) => (shown(&key, &given.value), given.source.clone()),
            None if UNSET.contains(&key.as_str()) => (String::new(), "default".to_owned()),
            None => (default, "default".to_owned()),
        };
        all.push(InForce { key, value, source });
    }
    let listed: Vec<String> = all.iter().map(|setting| setting.key.clone()).collect();
    for given in config.given.iter().filter(|given| !listed.contains(&given.key)) {
        let value = shown(&given.key, &given.value);
        all.push(InForce { key: given.key.clone(), value, source: given.source.clone() });
    }
    all.sort_by(|one, other| one.key.cmp(&other.key));
    all
}

/// What may be shown of a value. An address may have a password in it.
fn shown(key: &str, value: &str) -> String {
    let is_secret = ["secret", "password", "private", "token"].iter().any(|word| {
        key.split_once('.').is_some_and(|(_, key)| key.contains(word)) && !key.ends_with("_file")
    });
    let has_password = value.split_once("://").is_some_and(|(_, rest)| rest.contains('@'));
    if is_secret || has_password { "set, and not shown".to_owned() } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;

    #[test]
    fn each_setting_says_where_it_comes_from_and_secrets_stay_secret() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("forge.toml");
        let text =
            "[limits]\nrecheck = \"5s\"\nobjects = 7\n[database]\nurl = \"postgres://u:hunter2@db/forge\"\n";
        std::fs::write(&file, text).unwrap();
        let environment = [("FORGE_LIMITS_OBJECTS", "9"), ("FORGE_STORAGE_SECRET_ACCESS_KEY", "hunter3")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = load(Some(&file), environment).unwrap();
        let all = in_force(&config);
        let find = |key: &str| {
            let found = all.iter().find(|setting| setting.key == key).unwrap();
            (found.value.as_str(), found.source.as_str())
        };
        assert_eq!(find("limits.recheck"), ("\"5s\"", file.to_str().unwrap()));
        assert_eq!(find("limits.objects"), ("9", "FORGE_LIMITS_OBJECTS"));
        assert_eq!(find("limits.transfers"), ("128", "default"));
        assert_eq!(find("http.public_url"), ("", "default"));
        assert!(all.iter().all(|setting| !setting.value.contains("hunter")), "{all:?}");
        assert_eq!(find("database.url").0, "set, and not shown");
    }
}
