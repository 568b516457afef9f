//! Reading settings from the file and the environment.

use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::config::{Config, in_force};

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The settings file.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// Both together, or the defaults.
    Together,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Together => f.write_str("the settings"),
        }
    }
}

/// The settings do not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Where the fault is.
    pub source: Source,
    /// What it is, and what to write instead.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.message)
    }
}

impl std::error::Error for ConfigError {}

/// Variables that start like settings but are none.
const NOT_SETTINGS: [&str; 2] = ["FORGE_CONFIG", "FORGE_TEST_"];

/// Joins the file, if one is named, with the environment, and checks the whole.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let mut table = match file {
        Some(path) => read_file(path)?,
        None => Table::new(),
    };
    let mut given = Vec::new();
    if let Some(path) = file {
        in_force::note(&mut given, &table, &path.display().to_string());
    }
    let mut foreign = Vec::new();
    for (name, text) in environment {
        if name.starts_with("AWS_") {
            foreign.push((name, text));
            continue;
        }
        let Some(rest) = name.strip_prefix("FORGE_") else { continue };
        if NOT_SETTINGS.iter().any(|other| name.starts_with(other)) {
            continue;
        }
        let wrong = |message: String| ConfigError { source: Source::Environment(name.clone()), message };
        let Some((section, key)) = rest.split_once('_') else {
            return Err(wrong("a setting is FORGE_<SECTION>_<KEY>, like FORGE_HTTP_LISTEN".to_owned()));
        };
        let section = section.to_ascii_lowercase();
        let key = key.to_ascii_lowercase();
        let entry = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(entry) = entry else {
            return Err(wrong(format!("{section} is a section, not a value")));
        };
        let value = fitting(&section, &key, &text).map_err(wrong)?;
        let alone =
            Table::from_iter([(section, Value::Table(Table::from_iter([(key.clone(), value.clone())])))]);
        in_force::note(&mut given, &alone, &name);
        entry.insert(key, value);
    }
    let source = file.map_or(Source::Together, |path| Source::File(path.to_owned()));
    let mut config: Config = table
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError { source: source.clone(), message: plain(&error) })?;
    config.given = given;
    config
        .storage
        .adopt(&foreign)
        .map_err(|message| ConfigError { source: Source::Environment("AWS_*".to_owned()), message })?;
    config.validate().map_err(|message| ConfigError { source: Source::Together, message })?;
    Ok(config)
}

fn read_file(path: &Path) -> Result<Table, ConfigError> {
    let wrong = |message: String| ConfigError { source: Source::File(path.to_owned()), message };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    // Parsing into the real type first gives messages with line numbers.
    toml::from_str::<Config>(&text).map_err(|error| wrong(error.to_string()))?;
    text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))
}

/// What one variable stands for, checked by itself so that the message names it. A list may be written as TOML does, or
/// plainly with commas.
fn fitting(section: &str, key: &str, text: &str) -> Result<Value, String> {
    let value = value_of(text);
    let Err(message) = check_one(section, key, &value) else { return Ok(value) };
    let items = text.split(',').map(|item| Value::String(item.trim().to_owned())).collect();
    let list = Value::Array(items);
    check_one(section, key, &list).map(|()| list).map_err(|_| message)
}

fn check_one(section: &str, key: &str, value: &Value) -> Result<(), String> {
    let mut inner = Table::new();
    inner.insert(key.to_owned(), value.clone());
    let mut outer = Table::new();
    outer.insert(section.to_owned(), Value::Table(inner));
    outer.try_into::<Config>().map(drop).map_err(|error| plain(&error))
}

/// A number, a truth value or a list as TOML writes them; every other text is itself.
fn value_of(text: &str) -> Value {
    let list = |text: &str| text.parse::<Table>().ok().and_then(|mut table| table.remove("x"));
    match text.trim() {
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        trimmed if trimmed.starts_with('[') && trimmed.ends_with(']') && !trimmed.contains("]:") => {
            list(&format!("x = {trimmed}")).unwrap_or_else(|| Value::String(text.to_owned()))
        }
        trimmed => trimmed.parse().map_or_else(|_| Value::String(text.to_owned()), Value::Integer),
    }
}

fn plain(error: &toml::de::Error) -> String {
    error.message().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        load(None, pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("forge.toml");
        std::fs::write(&path, "[http]\nlisten = \"127.0.0.1:4000\"\n[limits]\npush = \"1 GiB\"\n").unwrap();
        let config =
            load(Some(&path), [("FORGE_HTTP_LISTEN".to_owned(), "127.0.0.1:5000".to_owned())]).unwrap();
        assert_eq!(config.http.listen.port(), 5000);
        assert_eq!(config.limits.push.0, 1 << 30);
        let config = from(&[
            ("FORGE_HTTP_TRUSTED_PROXIES", "[\"10.0.0.1\"]"),
            ("FORGE_HTTP_METRICS", "true"),
            ("FORGE_LIMITS_TRANSFERS", "7"),
        ])
        .unwrap();
        assert_eq!(
            (config.http.trusted_proxies.len(), config.http.metrics, config.limits.transfers),
            (1, true, 7)
        );
    }

    #[test]
    fn a_list_may_be_written_plainly() {
        let proxies = |text| from(&[("FORGE_HTTP_TRUSTED_PROXIES", text)]);
        assert_eq!(proxies("127.0.0.1").unwrap().http.trusted_proxies.len(), 1);
        assert_eq!(proxies("10.0.0.0/8, ::1").unwrap().http.trusted_proxies.len(), 2);
        assert!(proxies("10.0.0.1, nowhere").is_err());
    }

    #[test]
    fn faults_name_their_place() {
        let error = from(&[("FORGE_HTTP_LISTENN", "x")]).unwrap_err();
        assert_eq!(error.source, Source::Environment("FORGE_HTTP_LISTENN".to_owned()));
        assert!(error.message.contains("listenn"), "{error}");
        assert!(from(&[("FORGE_HTTP_LISTEN", "nowhere")]).is_err());
        assert!(from(&[("FORGE_NOPE_KEY", "1")]).is_err());
        assert!(from(&[("FORGE_CONFIG", "x"), ("FORGE_TEST_POSTGRES_URL", "y"), ("PATH", "z")]).is_ok());
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("forge.toml");
        std::fs::write(&path, "[http]\nlissen = 1\n").unwrap();
        let error = load(Some(&path), []).unwrap_err();
        assert!(error.to_string().contains("forge.toml") && error.message.contains("lissen"), "{error}");
    }
}
