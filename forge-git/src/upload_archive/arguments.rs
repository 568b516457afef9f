//! The command line of `git archive`, as far as it is offered to others.

use forge_core::code::ArchiveFormat;
use forge_core::{FilePath, ObjectId};

use super::{ArchiveIds, UploadArchive};
use crate::browse::{ArchiveRequest, Browser};
use crate::{Cancel, Error, RefSnapshot, Result};

/// The longest prefix, in bytes.
const MAX_PREFIX: usize = 1024;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveArguments {
    /// The formats there are.
    List,
    /// Files.
    Pack(Pack),
}

/// Files of one tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    format: ArchiveFormat,
    prefix: Vec<u8>,
    level: Option<u32>,
    name: String,
    below: FilePath,
    paths: Vec<FilePath>,
}

impl ArchiveArguments {
    /// Understands the words of a client.
    pub fn parse(words: &[Vec<u8>]) -> Result<Self> {
        let (mut format, mut prefix, mut level) = (ArchiveFormat::Tar, Vec::new(), None);
        let (mut plain, mut lists): (Vec<&[u8]>, bool) = (Vec::new(), false);
        let mut words = words.iter().map(Vec::as_slice);
        while let Some(word) = words.next() {
            let mut value = |name: &str| -> Result<Option<&[u8]>> {
                let Some(rest) = word.strip_prefix(name.as_bytes()) else { return Ok(None) };
                match rest {
                    [] => {
                        words.next().map(Some).ok_or_else(|| Error::invalid(format!("{name} takes a value")))
                    }
                    [b'=', value @ ..] => Ok(Some(value)),
                    _ => Ok(None),
                }
            };
            match word {
                b"--" | b"--end-of-options" => plain.extend(words.by_ref()),
                b"--list" | b"-l" => lists = true,
                [b'-', digit @ b'0'..=b'9'] => level = Some(u32::from(digit - b'0')),
                [b'-', ..] => {
                    if let Some(text) = value("--format")? {
                        format = parse_format(text)?;
                    } else if let Some(text) = value("--prefix")? {
                        prefix = parse_prefix(text)?;
                    } else {
                        let word = String::from_utf8_lossy(word);
                        return Err(Error::invalid(format!(
                            "the option {word} is not offered; use --format, --prefix, -0 to -9 or --list"
                        )));
                    }
                }
                _ => plain.push(word),
            }
        }
        if lists {
            let is_alone = plain.is_empty();
            return if is_alone {
                Ok(Self::List)
            } else {
                Err(Error::invalid("--list takes nothing beside it"))
            };
        }
        if level.is_some() && format == ArchiveFormat::Tar {
            return Err(Error::invalid("tar is not packed: take tar.gz or zip, or leave the level out"));
        }
        let (tree, paths) =
            plain.split_first().ok_or_else(|| Error::invalid("name a branch, tag or commit"))?;
        let (name, below) = split_tree(tree)?;
        let paths = parse_paths(paths)?;
        Ok(Self::Pack(Pack { format, prefix, level, name, below, paths }))
    }
}

impl Pack {
    /// Finds what is named, if the refs lead to it.
    pub(super) fn resolve(
        self,
        browser: &Browser,
        visit: &UploadArchive<'_>,
        cancel: &Cancel,
    ) -> Result<ArchiveRequest> {
        let unknown = || Error::NotFound(format!("the ref {}", self.name));
        let target = match (find_ref(visit.refs, &self.name), visit.ids) {
            (Some(target), _) => target,
            (None, ArchiveIds::Refused) => return Err(unknown()),
            (None, ArchiveIds::Reachable) => browser.resolve_id(visit.refs, &self.name, None, cancel)?.commit,
            (None, ArchiveIds::All) => {
                let id = self.name.parse().ok().filter(|id: &ObjectId| id.format() == browser.format());
                let is_there = |id: &ObjectId| visit.store.contains(id);
                match id {
                    Some(id) if is_there(&id)? => id,
                    _ => return Err(unknown()),
                }
            }
        };
        let content = browser.archive_content(&target, &self.below, visit.now)?;
        let Self { format, prefix, paths, level, .. } = self;
        let attributes = visit.attributes.to_vec();
        let request =
            ArchiveRequest { prefix, paths, level, attributes, ..ArchiveRequest::of(content, format) };
        Ok(request.named_by(visit.refs))
    }
}

/// What a ref names whose name may be short, tried in git's own order.
fn find_ref(refs: &RefSnapshot, name: &str) -> Option<ObjectId> {
    if name == "HEAD" {
        return refs.head_target().copied();
    }
    ["", "refs/", "refs/tags/", "refs/heads/"]
        .iter()
        .find_map(|start| refs.find(&format!("{start}{name}")))
        .map(|found| found.target)
}

fn parse_format(text: &[u8]) -> Result<ArchiveFormat> {
    let text = String::from_utf8_lossy(text);
    text.parse().map_err(|error| Error::invalid(format!("{error}, not {text}")))
}

/// A prefix is put before names as it is, so it must not lead out of where somebody unpacks them.
fn parse_prefix(text: &[u8]) -> Result<Vec<u8>> {
    let climbs = text.split(|byte| *byte == b'/').any(|part| part == b"..");
    if text.len() > MAX_PREFIX || climbs || text.starts_with(b"/") || text.iter().any(u8::is_ascii_control) {
        return Err(Error::invalid(format!(
            "a prefix is a relative path of at most {MAX_PREFIX} bytes without .. parts"
        )));
    }
    Ok(text.to_vec())
}

/// Splits `v1.0:docs` into what a ref or id names and a path in it.
fn split_tree(text: &[u8]) -> Result<(String, FilePath)> {
    let (name, path) = match memchr::memchr(b':', text) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
        None => (text, &[][..]),
    };
    let name = std::str::from_utf8(name).map_err(|_| Error::invalid("a ref's name is UTF-8 text"))?;
    Ok((name.to_owned(), parse_path(path)?))
}

fn parse_paths(words: &[&[u8]]) -> Result<Vec<FilePath>> {
    let mut paths = Vec::new();
    for word in words {
        if word.starts_with(b":") || word.iter().any(|byte| matches!(byte, b'*' | b'?' | b'[' | b'\\')) {
            return Err(Error::invalid("paths are taken as they are: patterns are not offered"));
        }
        let path = parse_path(word)?;
        if path.is_root() {
            // Everything is asked for, whatever else is.
            return Ok(Vec::new());
        }
        paths.push(path);
    }
    Ok(paths)
}

fn parse_path(text: &[u8]) -> Result<FilePath> {
    let text = text.strip_prefix(b"./").unwrap_or(text);
    let text = text.strip_suffix(b"/").unwrap_or(text);
    let text = if text == b"." { &[] } else { text };
    FilePath::new(text).map_err(|error| Error::invalid(error.to_string()))
}
