//! What `export-subst` puts into files: `$Format:%H$` becomes the commit's id, and so on.
//!
//! Only what the commit itself, its refs and the names of objects say is put in. What would start a program, walk the history or
//! depend on the clock or on a screen (`%(describe)`, `%(trailers)`, `%G?`, `%ar`, colours and columns) stays as it is written.

use forge_core::code::Identity;
use forge_core::{ObjectId, RefName};
use gix_object::Kind;
use time::OffsetDateTime;

use super::items::Item;
use crate::browse::parse::{self, Headers};
use crate::browse::{Browser, MAX_STRUCTURE};
use crate::pack::packs::Pack;
use crate::{Head, RefSnapshot, Result, hash};

/// Bytes of a file in which anything is replaced. Larger ones go out as they are.
const MAX_FILE: u64 = 1 << 20;
/// Bytes that the files of one download may come to by it. When they are spent the others go out as they are.
const MAX_FILLED: usize = 64 << 20;
/// The shortest name of an object in digits, as in git.
const SHORTEST: usize = 7;

/// The values of one commit.
pub(super) struct Placeholders<'a> {
    browser: &'a Browser,
    commit: &'a ObjectId,
    names: &'a [String],
    /// The commit as it is stored, read when it is needed first.
    data: Option<Vec<u8>>,
    left: usize,
}

impl<'a> Placeholders<'a> {
    /// Reads nothing yet.
    pub(super) fn new(browser: &'a Browser, commit: &'a ObjectId, names: &'a [String]) -> Self {
        Self { browser, commit, names, data: None, left: MAX_FILLED }
    }

    /// A file with everything replaced; nothing if that is too much work.
    pub(super) fn filled(&mut self, item: &Item) -> Result<Option<Vec<u8>>> {
        if item.size > MAX_FILE {
            return Ok(None);
        }
        let content = self.browser.read(&item.id, Kind::Blob, MAX_FILE)?;
        let data = match self.data.take() {
            Some(data) => data,
            None => self.browser.read(&hash::to_gix(self.commit), Kind::Commit, MAX_STRUCTURE)?,
        };
        let values = Values { browser: self.browser, commit: self.commit, names: self.names, data: &data };
        let filled = values.fill(&content, self.left)?;
        self.data = Some(data);
        self.left -= filled.as_ref().map_or(0, Vec::len);
        Ok(filled)
    }
}

struct Values<'a> {
    browser: &'a Browser,
    commit: &'a ObjectId,
    names: &'a [String],
    data: &'a [u8],
}

impl Values<'_> {
    /// Replaces what stands between `$Format:` and `$`; nothing if that comes to more than `most` bytes.
    fn fill(&self, mut rest: &[u8], most: usize) -> Result<Option<Vec<u8>>> {
        const START: &[u8] = b"$Format:";
        let mut out = Vec::with_capacity(rest.len());
        while let Some(at) = memchr::memmem::find(rest, START) {
            let (before, behind) = rest.split_at(at);
            let behind = behind.get(START.len()..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'$', behind) else { break };
            out.extend_from_slice(before);
            self.expand(behind.get(..end).unwrap_or_default(), most, &mut out)?;
            rest = behind.get(end + 1..).unwrap_or_default();
            if out.len() > most {
                return Ok(None);
            }
        }
        out.extend_from_slice(rest);
        Ok((out.len() <= most).then_some(out))
    }

    /// Writes one format, and stops somewhere behind `most` bytes.
    fn expand(&self, mut format: &[u8], most: usize, out: &mut Vec<u8>) -> Result<()> {
        while let Some(at) = memchr::memchr(b'%', format) {
            let (plain, behind) = format.split_at(at);
            out.extend_from_slice(plain);
            let behind = behind.get(1..).unwrap_or_default();
            let (taken, value) = match behind.split_first() {
                Some((sign @ (b'+' | b'-' | b' '), inner)) => match self.value(inner)? {
                    Some((taken, value)) => (taken + 1, surround(*sign, value, out)),
                    None => (0, b"%".to_vec()),
                },
                _ => self.value(behind)?.unwrap_or((0, b"%".to_vec())),
            };
            out.extend(value);
            format = behind.get(taken..).unwrap_or_default();
            if out.len() > most {
                return Ok(());
            }
        }
        out.extend_from_slice(format);
        Ok(())
    }

    /// What a placeholder stands for, and how many bytes name it behind its `%`; nothing if it is not known.
    fn value(&self, name: &[u8]) -> Result<Option<(usize, Vec<u8>)>> {
        let one = |value: Vec<u8>| Ok(Some((1, value)));
        let node = || parse::Node::parse(self.data, self.commit.format());
        let text = parse::message(self.data);
        match name {
            [b'%', ..] => one(b"%".to_vec()),
            [b'n', ..] => one(b"\n".to_vec()),
            [b'x', digits @ ..] => Ok(byte(digits).map(|byte| (3, vec![byte]))),
            [b'H', ..] => one(self.commit.to_string().into_bytes()),
            [b'h', ..] => one(self.browser.short_name(&hash::to_gix(self.commit))?.into_bytes()),
            [b'T', ..] => one(node()?.tree.to_string().into_bytes()),
            [b't', ..] => one(self.browser.short_name(&node()?.tree)?.into_bytes()),
            [b'P', ..] => one(joined(node()?.parents.iter().map(|id| Ok(id.to_string())))?),
            [b'p', ..] => one(joined(node()?.parents.iter().map(|id| self.browser.short_name(id)))?),
            [b'd', ..] if self.names.is_empty() => one(Vec::new()),
            [b'd', ..] => one(format!(" ({})", self.names.join(", ")).into_bytes()),
            [b'D', ..] => one(self.names.join(", ").into_bytes()),
            [b'm', ..] => one(b">".to_vec()),
            [b'e', ..] => one(self.header(b"encoding").to_vec()),
            [b's', ..] => one(subject(text)),
            [b'f', ..] => one(as_file_name(text)),
            [b'b', ..] => one(without_blank_lines(split_subject(text).1).to_vec()),
            [b'B', ..] => one(text.to_vec()),
            [b'a', part, ..] => Ok(person(self.header(b"author"), *part).map(|value| (2, value))),
            [b'c', part, ..] => Ok(person(self.header(b"committer"), *part).map(|value| (2, value))),
            _ => Ok(None),
        }
    }

    fn header(&self, key: &[u8]) -> &[u8] {
        Headers(self.data).find(|(name, _)| *name == key).map_or(&[], |(_, value)| value)
    }
}

impl Browser {
    /// The name of an object in as few digits as name no other one, and no fewer than git would take for so many objects.
    fn short_name(&self, id: &gix_hash::oid) -> Result<String> {
        let objects: u32 = self.store.packs()?.all().map(Pack::len).sum();
        let bits = usize::try_from(u32::BITS - objects.leading_zeros()).unwrap_or(0);
        let full = id.to_string();
        for digits in SHORTEST.max(bits.div_ceil(2))..full.len() {
            let Ok(prefix) = gix_hash::Prefix::new(id, digits) else { break };
            if self.handle().with_prefix(prefix)?.len() <= 1 {
                return Ok(full.get(..digits).unwrap_or(&full).to_owned());
            }
        }
        Ok(full)
    }
}

/// How refs name a commit, in git's order: `HEAD` with its branch, then tags and branches from the last to the first.
pub(super) fn names(refs: &RefSnapshot, commit: &ObjectId) -> Vec<String> {
    let current = match refs.head() {
        Some(Head::Symbolic(name)) if refs.head_target() == Some(commit) => Some(name),
        _ => None,
    };
    let is_detached = matches!(refs.head(), Some(Head::Detached(id)) if id == commit);
    let short = |name: &RefName| match name.as_str().strip_prefix("refs/tags/") {
        Some(tag) => Some(format!("tag: {tag}")),
        None => name.as_str().strip_prefix("refs/heads/").map(str::to_owned),
    };
    let head = current.and_then(short).map(|branch| format!("HEAD -> {branch}"));
    let others = refs.refs().iter().rev().filter(|found| {
        found.peeled.as_ref().unwrap_or(&found.target) == commit && Some(&found.name) != current
    });
    let detached = is_detached.then(|| "HEAD".to_owned());
    head.into_iter().chain(detached).chain(others.filter_map(|found| short(&found.name))).collect()
}

/// `%+s`, `%-s` and `% s`: a line or a space before something, no line before nothing.
fn surround(sign: u8, value: Vec<u8>, out: &mut Vec<u8>) -> Vec<u8> {
    match (sign, value.is_empty()) {
        (b'+', false) => [b"\n", &value[..]].concat(),
        (b' ', false) => [b" ", &value[..]].concat(),
        (b'-', true) => {
            while out.last() == Some(&b'\n') {
                out.pop();
            }
            value
        }
        _ => value,
    }
}

/// `%x41`: two digits.
fn byte(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..2)?).ok()?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())?
}

fn joined(ids: impl Iterator<Item = Result<String>>) -> Result<Vec<u8>> {
    Ok(ids.collect::<Result<Vec<_>>>()?.join(" ").into_bytes())
}

/// One part of `Name <email> seconds offset`, named by a letter as in git.
fn person(line: &[u8], part: u8) -> Option<Vec<u8>> {
    let open = memchr::memchr(b'<', line)?;
    let close = memchr::memrchr(b'>', line).filter(|close| *close > open)?;
    let (name, email) = (line.get(..open)?.trim_ascii(), line.get(open + 1..close)?.trim_ascii());
    let Identity { at, .. } = parse::identity(line, |_| String::new());
    Some(match part {
        b'n' | b'N' => name.to_vec(),
        b'e' | b'E' => email.to_vec(),
        b'l' | b'L' => email.split(|byte| *byte == b'@').next()?.to_vec(),
        _ => date(at, part)?.into_bytes(),
    })
}

/// A moment in one of git's ways of writing it.
fn date(at: OffsetDateTime, part: u8) -> Option<String> {
    let (weekday, month) = (short(&at.weekday()), short(&at.month()));
    let (year, month_number, day) = (at.year(), u8::from(at.month()), at.day());
    let time = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
    let (hours, minutes, _) = at.offset().as_hms();
    let sign = if at.offset().is_negative() { '-' } else { '+' };
    let (hours, minutes) = (hours.unsigned_abs(), minutes.unsigned_abs());
    let zone = format!("{sign}{hours:02}{minutes:02}");
    Some(match part {
        b't' => at.unix_timestamp().to_string(),
        b'd' => format!("{weekday} {month} {day} {time} {year} {zone}"),
        b'D' => format!("{weekday}, {day} {month} {year} {time} {zone}"),
        b'i' => format!("{year:04}-{month_number:02}-{day:02} {time} {zone}"),
        b'I' if at.offset().is_utc() => format!("{year:04}-{month_number:02}-{day:02}T{time}Z"),
        b'I' => format!("{year:04}-{month_number:02}-{day:02}T{time}{sign}{hours:02}:{minutes:02}"),
        b's' => format!("{year:04}-{month_number:02}-{day:02}"),
        _ => return None,
    })
}

/// The first three letters of an English name.
fn short(name: &impl ToString) -> String {
    name.to_string().chars().take(3).collect()
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

fn without_blank_lines(mut text: &[u8]) -> &[u8] {
    while let Some(line) = text.split_inclusive(|byte| *byte == b'\n').next()
        && is_blank(line)
    {
        text = text.get(line.len()..).unwrap_or_default();
    }
    text
}

/// The first paragraph, and what stands behind it.
fn split_subject(text: &[u8]) -> (&[u8], &[u8]) {
    let text = without_blank_lines(text);
    let lines = text.split_inclusive(|byte| *byte == b'\n').take_while(|line| !is_blank(line));
    text.split_at(lines.map(<[u8]>::len).sum())
}

/// The first paragraph in one line.
fn subject(text: &[u8]) -> Vec<u8> {
    let lines = split_subject(text).0.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
    lines.join(&b' ')
}

/// The first line as it could name a file: letters, digits, dots and underscores, the rest one hyphen.
fn as_file_name(text: &[u8]) -> Vec<u8> {
    let line = split_subject(text).0.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let (mut name, mut gap) = (Vec::new(), false);
    for byte in line {
        if !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'_') {
            gap = true;
            continue;
        }
        if gap && !name.is_empty() {
            name.push(b'-');
        }
        if *byte != b'.' || gap || name.last() != Some(&b'.') {
            name.push(*byte);
        }
        gap = false;
    }
    while matches!(name.last(), Some(b'.' | b'-')) {
        name.pop();
    }
    name
}
