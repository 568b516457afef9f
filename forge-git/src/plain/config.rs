//! The settings of a plain repository that concern serving it.

use std::path::Path;

use super::Environment;
use crate::{Error, Result};

/// A configuration file larger than this is refused.
const MAX_CONFIG: u64 = 4 << 20;

/// Keys and values in the order in which git reads them; the last of a key counts.
///
/// A key is `section.name` or `section.subsection.name`, all lower case but for the subsection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    entries: Vec<(String, Option<String>)>,
}

impl Settings {
    /// Reads a repository's file, then what the environment adds. Other files and includes are not followed.
    pub(super) fn read(file: &Path, environment: &Environment) -> Result<Self> {
        let mut settings = match std::fs::metadata(file) {
            Ok(found) if found.len() > MAX_CONFIG => {
                return Err(Error::TooLarge { what: "the configuration file", limit: MAX_CONFIG });
            }
            Ok(_) => Self::parse(&std::fs::read(file)?)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(error.into()),
        };
        let added = environment.settings().into_iter();
        settings.entries.extend(added.map(|(key, value)| (canonical(&key), value)));
        Ok(settings)
    }

    /// Reads the text of a configuration file.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let file = gix::config::File::from_bytes_no_includes(
            text,
            gix::config::file::Metadata::default(),
            gix::config::file::init::Options::default(),
        )
        .map_err(|error| Error::corrupt(format!("bad config file: {error}")))?;
        let mut entries = Vec::new();
        for section in file.sections() {
            let header = section.header();
            let mut prefix = header.name().to_string().to_ascii_lowercase();
            if let Some(subsection) = header.subsection_name() {
                prefix.push('.');
                prefix.push_str(&subsection.to_string());
            }
            let mut seen: Vec<String> = Vec::new();
            for name in section.value_names() {
                let key = format!("{prefix}.{}", name.to_ascii_lowercase());
                // A name comes once for each of its values, but only the whole list can be asked for.
                if seen.contains(&key) {
                    continue;
                }
                match section.value_implicit(&name) {
                    Some(None) => entries.push((key.clone(), None)),
                    _ => entries.extend(
                        section.values(&name).into_iter().map(|value| (key.clone(), Some(value.to_string()))),
                    ),
                }
                seen.push(key);
            }
        }
        Ok(Self { entries })
    }

    /// The last value of a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.entries
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_deref().unwrap_or_default())
    }

    /// All values of a key.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.entries.iter().filter(move |(name, _)| name == key).filter_map(|(_, value)| value.as_deref())
    }

    /// All values of two keys, in the order in which they stand.
    pub fn all_of_either<'a>(&'a self, one: &'a str, other: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.entries.iter().filter(move |(name, _)| name == one || name == other);
        found.filter_map(|(_, value)| value.as_deref())
    }

    /// All keys that start so, with their values.
    pub fn starting_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let found = self.entries.iter().filter(move |(name, _)| name.starts_with(prefix));
        found.map(|(name, value)| (name.as_str(), value.as_deref().unwrap_or_default()))
    }

    /// The last value as a truth; a key without value is true, anything that is no number or word for it false.
    pub fn flag(&self, key: &str) -> Option<bool> {
        let (_, value) = self.entries.iter().rev().find(|(name, _)| name == key)?;
        let Some(value) = value else { return Some(true) };
        Some(match value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => true,
            "false" | "no" | "off" | "" => false,
            number => parse_size(number).is_some_and(|number| number != 0),
        })
    }

    /// The last value as a number, with `k`, `m` or `g` behind it.
    pub fn number(&self, key: &str) -> Option<u64> {
        parse_size(self.text(key)?)
    }
}

/// A number with git's units.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()?.to_ascii_lowercase() {
        b'k' => (text.get(..text.len() - 1)?, 10),
        b'm' => (text.get(..text.len() - 1)?, 20),
        b'g' => (text.get(..text.len() - 1)?, 30),
        _ => (text, 0),
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// Section and name in lower case; what stands between the first and the last dot stays.
fn canonical(key: &str) -> String {
    let (Some(first), Some(last)) = (key.find('.'), key.rfind('.')) else { return key.to_ascii_lowercase() };
    let lower = |part: Option<&str>| part.unwrap_or_default().to_ascii_lowercase();
    let middle = key.get(first..last).unwrap_or_default();
    format!("{}{middle}{}", lower(key.get(..first)), lower(key.get(last..)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"[uploadpack]\n\tallowFilter = true\n\thideRefs = refs/a\n\thideRefs = !refs/a/b\n\
        [uploadpackfilter \"Tree\"]\n\tallow\n\tmaxDepth = 2k\n[core]\n\tbare = 0\n";

    #[test]
    fn reads_lists_flags_and_numbers() -> Result<()> {
        let settings = Settings::parse(TEXT)?;
        assert_eq!(settings.flag("uploadpack.allowfilter"), Some(true));
        assert_eq!(settings.flag("uploadpackfilter.Tree.allow"), Some(true));
        assert_eq!(settings.number("uploadpackfilter.Tree.maxdepth"), Some(2048));
        assert_eq!(settings.flag("core.bare"), Some(false));
        assert_eq!(settings.flag("core.absent"), None);
        assert_eq!(settings.all("uploadpack.hiderefs").collect::<Vec<_>>(), ["refs/a", "!refs/a/b"]);
        let mixed = Settings::parse(b"[b]\nx=1\n[a]\nx=2\n[b]\nx=3\n[c]\nx=4\n")?;
        assert_eq!(mixed.all_of_either("a.x", "b.x").collect::<Vec<_>>(), ["1", "2", "3"]);
        Ok(())
    }

    #[test]
    fn the_environment_has_the_last_word() -> Result<()> {
        let temp = tempfile::tempdir()?;
        std::fs::write(temp.path().join("config"), TEXT)?;
        let parameters = "'UploadPack.allowFilter'='false'".to_owned();
        let environment = Environment::new([("GIT_CONFIG_PARAMETERS".to_owned(), parameters)]);
        let settings = Settings::read(&temp.path().join("config"), &environment)?;
        assert_eq!(settings.flag("uploadpack.allowfilter"), Some(false));
        assert_eq!(canonical("A.B.C.D"), "a.B.C.d");
        Ok(())
    }
}
