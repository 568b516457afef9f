//! The command line that a client sends, taken apart by a grammar of our own.
//!
//! No shell reads it and nothing is executed. A command line is words with one space between them. A word is bare
//! letters, digits and `- . _ ~ /`, or quoted as git quotes it: `'…'`, with `'\''` for a quote inside and `'\!'` for an
//! exclamation mark. Whatever is not in this grammar is refused.

use forge_core::RepoPath;

/// The longest command line taken, in bytes.
const MAX_LENGTH: usize = 4096;
/// More words than any command has.
const MAX_WORDS: usize = 8;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Clone or fetch.
    UploadPack(Address),
    /// Push.
    ReceivePack(Address),
    /// `git archive --remote`.
    UploadArchive(Address),
    /// Large files.
    LargeFiles,
    /// Nothing: the command line is empty, which is as good as asking for a shell.
    Nothing,
}

/// Which repository is meant; nothing if the text cannot be an address, which is answered like one that is not there.
pub(crate) type Address = Option<RepoPath>;

/// Why a command line is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidCommand {
    #[error("The command is longer than {MAX_LENGTH} bytes.")]
    Length,
    #[error("The command holds control characters or is not text.")]
    Character,
    #[error("The command is not quoted as git does it.")]
    Quoting,
    #[error("The command has too many or too few words: it takes one repository.")]
    Words,
    #[error("This is not a command of Forge. Use git clone, git fetch or git push.")]
    Unknown,
}

impl Command {
    /// Reads a command line.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, InvalidCommand> {
        if line.len() > MAX_LENGTH {
            return Err(InvalidCommand::Length);
        }
        let text = std::str::from_utf8(line).map_err(|_| InvalidCommand::Character)?;
        if text.chars().any(char::is_control) {
            return Err(InvalidCommand::Character);
        }
        if text.is_empty() {
            return Ok(Self::Nothing);
        }
        let words = words(text)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (verb, rest) = match words.as_slice() {
            ["git", verb, rest @ ..] => (*verb, rest),
            [verb, rest @ ..] => (verb.strip_prefix("git-").ok_or(InvalidCommand::Unknown)?, rest),
            [] => return Err(InvalidCommand::Words),
        };
        match (verb, rest) {
            ("upload-pack", [path]) => Ok(Self::UploadPack(address(path))),
            ("receive-pack", [path]) => Ok(Self::ReceivePack(address(path))),
            ("upload-archive", [path]) => Ok(Self::UploadArchive(address(path))),
            ("lfs-authenticate" | "lfs-transfer", _) => Ok(Self::LargeFiles),
            ("upload-pack" | "receive-pack" | "upload-archive", _) => Err(InvalidCommand::Words),
            _ => Err(InvalidCommand::Unknown),
        }
    }
}

/// Reads an address as git clients send it: with a leading slash, or `~/` from `ssh://host/~/owner/name`.
fn address(text: &str) -> Address {
    let text = text.strip_prefix("/~/").or_else(|| text.strip_prefix("~/")).unwrap_or(text);
    text.parse().ok()
}

fn words(text: &str) -> Result<Vec<String>, InvalidCommand> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(next) = chars.next() {
        match next {
            ' ' => {
                end_word(&mut words, &mut word)?;
            }
            '\'' => loop {
                match chars.next() {
                    Some('\'') => break,
                    Some(quoted) => word.push(quoted),
                    None => return Err(InvalidCommand::Quoting),
                }
            },
            '\\' => match chars.next() {
                Some(escaped @ ('\'' | '!')) => word.push(escaped),
                _ => return Err(InvalidCommand::Quoting),
            },
            bare if bare.is_ascii_alphanumeric() || matches!(bare, '-' | '.' | '_' | '~' | '/') => {
                word.push(bare);
            }
            _ => return Err(InvalidCommand::Quoting),
        }
    }
    end_word(&mut words, &mut word)?;
    Ok(words)
}

fn end_word(words: &mut Vec<String>, word: &mut String) -> Result<(), InvalidCommand> {
    if word.is_empty() || words.len() >= MAX_WORDS {
        return Err(InvalidCommand::Words);
    }
    words.push(std::mem::take(word));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, InvalidCommand> {
        Command::parse(line.as_bytes())
    }

    fn beds() -> RepoPath {
        "rr8/beds".parse().unwrap()
    }

    #[test]
    fn reads_what_git_clients_send() {
        for line in [
            "git-upload-pack '/rr8/beds.git'",
            "git-upload-pack 'rr8/beds.git'",
            "git-upload-pack 'rr8/beds'",
            "git-upload-pack '/rr8/beds.git/'",
            "git-upload-pack '~/rr8/beds.git'",
            "git-upload-pack '/~/rr8/beds.git'",
            "git-upload-pack /rr8/beds.git",
            "git upload-pack '/rr8/beds.git'",
        ] {
            assert_eq!(parse(line), Ok(Command::UploadPack(Some(beds()))), "{line}");
        }
        for line in ["git-receive-pack '/rr8/beds.git'", "git receive-pack 'rr8/beds'"] {
            assert_eq!(parse(line), Ok(Command::ReceivePack(Some(beds()))), "{line}");
        }
        assert_eq!(parse("git-upload-archive '/rr8/beds.git'"), Ok(Command::UploadArchive(Some(beds()))));
        assert_eq!(parse(""), Ok(Command::Nothing));
        for line in [
            "git-lfs-authenticate rr8/beds.git download",
            "git-lfs-authenticate rr8/beds.git upload",
            "git-lfs-authenticate rr8/beds.git badverb",
            "git-lfs-authenticate",
            "git-lfs-transfer rr8/beds.git download",
        ] {
            assert_eq!(parse(line), Ok(Command::LargeFiles), "{line}");
        }
    }

    #[test]
    fn takes_no_address_for_what_cannot_be_one() {
        for path in [
            "",
            "x",
            "/",
            "/etc/passwd/shadow",
            "../rr8/beds",
            "rr8/../beds",
            "rr8/beds/../../x/y",
            "-rr8/beds",
            "--strict",
            "~rr8/beds",
            "//rr8/beds",
            "rr8/beds.git.git",
            "rr8/be ds",
            "rr8/bé",
            "$(id)/x",
            "a;b/c",
        ] {
            let expected =
                if path.is_empty() { Err(InvalidCommand::Words) } else { Ok(Command::UploadPack(None)) };
            assert_eq!(parse(&format!("git-upload-pack '{path}'")), expected, "{path}");
        }
        assert_eq!(parse(r"git-upload-pack 'it'\''s/x'\!''"), Ok(Command::UploadPack(None)));
    }

    #[test]
    fn refuses_everything_else() {
        use InvalidCommand::{Character, Length, Quoting, Unknown, Words};
        let long = format!("git-upload-pack '{}'", "a".repeat(MAX_LENGTH));
        let wordy = format!("git-lfs-authenticate{}", " a".repeat(20));
        for (line, expected) in [
            ("git-upload-pack 'x'; id", Quoting),
            ("git-upload-pack 'x' && id", Quoting),
            ("git-upload-pack 'x' | id", Quoting),
            ("git-upload-pack $(id)", Quoting),
            ("git-upload-pack `id`", Quoting),
            ("git-upload-pack \"rr8/beds\"", Quoting),
            ("git-upload-pack 'x", Quoting),
            ("git-upload-pack x'", Quoting),
            ("git-upload-pack 'x'\\", Quoting),
            ("git-upload-pack \\x", Quoting),
            ("git-upload-pack x>y", Quoting),
            ("git-upload-pack *", Quoting),
            ("git-upload-pack é", Quoting),
            ("GIT_DIR=x git-upload-pack x", Quoting),
            ("git-upload-pack", Words),
            ("git-upload-pack ", Words),
            ("git-upload-pack ''", Words),
            (" git-upload-pack x", Words),
            ("git-upload-pack  x", Words),
            ("git-upload-pack x ", Words),
            ("git-upload-pack x y", Words),
            ("git-upload-pack --strict 'rr8/beds'", Words),
            ("git-upload-pack --upload-pack id x", Words),
            ("git upload-pack", Words),
            ("git-upload-archive", Words),
            (wordy.as_str(), Words),
            ("git", Unknown),
            ("git status", Unknown),
            ("git-", Unknown),
            ("git-shell", Unknown),
            ("git --exec-path=x upload-pack x", Quoting),
            ("git -c x upload-pack x", Unknown),
            ("GIT-UPLOAD-PACK x", Unknown),
            ("upload-pack x", Unknown),
            ("/usr/bin/git-upload-pack x", Unknown),
            ("ls", Unknown),
            ("id", Unknown),
            ("scp -f x", Unknown),
            ("sh -c id", Unknown),
            ("git-upload-pack 'x\n'", Character),
            ("git-upload-pack\t'x'", Character),
            ("git-upload-pack 'x\0'", Character),
            ("git-upload-pack 'x\u{1b}[2J'", Character),
            ("git-upload-pack 'x\u{85}'", Character),
            (long.as_str(), Length),
        ] {
            assert_eq!(parse(line), Err(expected), "{line:?}");
        }
        assert_eq!(Command::parse(b"git-upload-pack '\xff\xfe'"), Err(Character));
        assert_eq!(Command::parse(&vec![b'a'; 1 << 20]), Err(Length));
    }
}
