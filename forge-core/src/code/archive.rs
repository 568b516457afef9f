//! Downloads of a whole commit.

use std::fmt;
use std::str::FromStr;

/// What a download is packed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArchiveFormat {
    /// A plain tar file.
    Tar,
    /// A gzip-compressed tar file.
    TarGz,
    /// A ZIP file.
    Zip,
}

impl ArchiveFormat {
    /// The end of the file name, without the leading dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Tar => "tar",
            Self::TarGz => "tar.gz",
            Self::Zip => "zip",
        }
    }

    /// What HTTP calls it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Tar => "application/x-tar",
            Self::TarGz => "application/gzip",
            Self::Zip => "application/zip",
        }
    }

    /// Splits `main.tar.gz` into what is asked for and the format.
    pub fn split(file_name: &str) -> Option<(&str, Self)> {
        [Self::TarGz, Self::Tar, Self::Zip].into_iter().find_map(|format| {
            let stem = file_name.strip_suffix(format.extension())?.strip_suffix('.')?;
            if stem.is_empty() { None } else { Some((stem, format)) }
        })
    }
}

impl fmt::Display for ArchiveFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

/// The text is not a format of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an archive is tar.gz, zip or tar")]
pub struct InvalidArchiveFormat;

impl FromStr for ArchiveFormat {
    type Err = InvalidArchiveFormat;
    fn from_str(text: &str) -> Result<Self, InvalidArchiveFormat> {
        match text {
            "tar" => Ok(Self::Tar),
            "tar.gz" | "tgz" => Ok(Self::TarGz),
            "zip" => Ok(Self::Zip),
            _ => Err(InvalidArchiveFormat),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_file_names() {
        assert_eq!(ArchiveFormat::split("v1.0.tar.gz"), Some(("v1.0", ArchiveFormat::TarGz)));
        assert_eq!(ArchiveFormat::split("feature/x.zip"), Some(("feature/x", ArchiveFormat::Zip)));
        assert_eq!(ArchiveFormat::split("a.tar"), Some(("a", ArchiveFormat::Tar)));
        for bad in ["", ".zip", "zip", "azip", "a.rar"] {
            assert_eq!(ArchiveFormat::split(bad), None, "{bad}");
        }
    }
}
