//! One file of a patch.

use std::io::Write;

use forge_core::FilePath;
use forge_core::code::{EntryKind, FileStatus, Hunk, LineEnding, LineKind, WhiteSpace};
use gix_object::Kind;
use imara_diff::Algorithm;

use super::{PatchLimits, Style, binary};
use crate::browse::diff::lines::{Shape, compare, is_binary};
use crate::browse::diff::{FileChange, Side};
use crate::browse::{Browser, missing};
use crate::{Result, hash};

/// Unchanged lines around each change.
const CONTEXT: u32 = 3;
/// Bytes of the heading that is repeated behind the numbers of a hunk.
const HEADING: usize = 80;

/// What a side holds.
struct Content {
    bytes: Vec<u8>,
    is_binary: bool,
}

impl Browser {
    /// Writes one changed file.
    pub(super) fn write_file(
        &self,
        change: FileChange,
        style: Style,
        limits: &PatchLimits,
        out: &mut dyn Write,
    ) -> Result<()> {
        if change.status() == FileStatus::TypeChanged {
            // Git tells it as one thing that goes and another that comes.
            let old = FileChange { new: None, ..change.clone() };
            self.write_one(&old, style, limits, out)?;
            return self.write_one(&FileChange { old: None, ..change }, style, limits, out);
        }
        self.write_one(&change, style, limits, out)
    }

    fn write_one(
        &self,
        change: &FileChange,
        style: Style,
        limits: &PatchLimits,
        out: &mut dyn Write,
    ) -> Result<()> {
        let (old, new) = (change.old.as_ref(), change.new.as_ref());
        let Some(any) = new.or(old) else { return Ok(()) };
        let (old_path, new_path) = (&old.unwrap_or(any).path, &new.unwrap_or(any).path);
        let (old_name, new_name) = (quoted(b"a/", old_path), quoted(b"b/", new_path));
        line(out, &[b"diff --git ", &old_name, b" ", &new_name])?;
        let mode = |side: &Side| format!("{:06o}", side.kind.mode()).into_bytes();
        match (old, new) {
            (None, Some(new)) => line(out, &[b"new file mode ", &mode(new)])?,
            (Some(old), None) => line(out, &[b"deleted file mode ", &mode(old)])?,
            (Some(old), Some(new)) if old.kind != new.kind => {
                line(out, &[b"old mode ", &mode(old)])?;
                line(out, &[b"new mode ", &mode(new)])?;
            }
            _ => {}
        }
        if let Some(similarity) = change.similarity {
            line(out, &[b"similarity index ", format!("{similarity}%").as_bytes()])?;
            line(out, &[b"rename from ", &quoted(b"", old_path)])?;
            line(out, &[b"rename to ", &quoted(b"", new_path)])?;
        }
        if old.map(|side| side.id) == new.map(|side| side.id) {
            return Ok(());
        }
        let null = gix_hash::ObjectId::null(hash::kind(self.format()));
        let (old_id, new_id) = (old.map_or(null, |side| side.id), new.map_or(null, |side| side.id));
        let same_mode = match (old, new) {
            (Some(old), Some(new)) if old.kind == new.kind => [&b" "[..], &mode(new)].concat(),
            _ => Vec::new(),
        };
        line(out, &[format!("index {old_id}..{new_id}").as_bytes(), &same_mode])?;
        let (old_content, new_content) =
            (self.content_of(old, style, limits)?, self.content_of(new, style, limits)?);
        let old_name = if old.is_some() { old_name } else { b"/dev/null".to_vec() };
        let new_name = if new.is_some() { new_name } else { b"/dev/null".to_vec() };
        if old_content.is_binary || new_content.is_binary {
            if style.binary {
                return binary::write(&old_content.bytes, &new_content.bytes, out);
            }
            return line(out, &[b"Binary files ", &old_name, b" and ", &new_name, b" differ"]);
        }
        let compared = compare(&old_content.bytes, &new_content.bytes, WhiteSpace::Exact, Algorithm::Myers);
        let hunks = compared.hunks(Shape::plain(CONTEXT));
        if hunks.is_empty() {
            return Ok(());
        }
        line(out, &[b"--- ", &old_name, tab(&old_name)])?;
        line(out, &[b"+++ ", &new_name, tab(&new_name)])?;
        for hunk in hunks {
            let heading = compared.heading(
                hunk.lines
                    .first()
                    .map_or(0, |first| first.old_number.map_or(hunk.old_start, |number| number - 1)),
            );
            write_hunk(&hunk, heading, out)?;
        }
        Ok(())
    }

    /// What a side holds, as git's differences have it.
    fn content_of(&self, side: Option<&Side>, style: Style, limits: &PatchLimits) -> Result<Content> {
        let Some(side) = side else { return Ok(Content { bytes: Vec::new(), is_binary: false }) };
        if side.kind == EntryKind::Submodule {
            let bytes = format!("Subproject commit {}\n", side.id).into_bytes();
            return Ok(Content { bytes, is_binary: false });
        }
        let (_, bytes) = self.header(&side.id)?.ok_or_else(|| missing(&side.id))?;
        let is_large = bytes > limits.file_bytes;
        if is_large && !style.binary {
            return Ok(Content { bytes: Vec::new(), is_binary: true });
        }
        let bytes = self.read(&side.id, Kind::Blob, limits.largest_file)?;
        let is_binary = is_large || is_binary(&bytes);
        Ok(Content { bytes, is_binary })
    }
}

fn write_hunk(hunk: &Hunk, heading: Option<&[u8]>, out: &mut dyn Write) -> Result<()> {
    let range = |start: u32, lines: u32| match lines {
        1 => start.to_string(),
        _ => format!("{start},{lines}"),
    };
    let (old, new) = (range(hunk.old_start, hunk.old_lines), range(hunk.new_start, hunk.new_lines));
    let heading = heading.map(|heading| [b" ", heading].concat()).unwrap_or_default();
    line(out, &[format!("@@ -{old} +{new} @@").as_bytes(), &heading])?;
    for shown in &hunk.lines {
        let sign: &[u8] = match shown.kind {
            LineKind::Context => b" ",
            LineKind::Added => b"+",
            LineKind::Removed => b"-",
        };
        out.write_all(sign)?;
        out.write_all(&shown.content)?;
        out.write_all(match shown.ending {
            LineEnding::Lf => b"\n",
            LineEnding::CrLf => b"\r\n",
            LineEnding::None => b"\n\\ No newline at end of file\n",
        })?;
    }
    Ok(())
}

pub(super) fn line(out: &mut dyn Write, parts: &[&[u8]]) -> Result<()> {
    for part in parts {
        out.write_all(part)?;
    }
    Ok(out.write_all(b"\n")?)
}

/// Names with white space end with a tab, so that tools know where.
fn tab(name: &[u8]) -> &'static [u8] {
    if name.contains(&b' ') { b"\t" } else { b"" }
}

/// A path as git writes it: in quotes, with escapes, where it holds anything odd.
pub(crate) fn quoted(prefix: &[u8], path: &FilePath) -> Vec<u8> {
    let bytes = path.as_bytes();
    let is_odd = |byte: &u8| *byte < 0x20 || *byte >= 0x7f || matches!(byte, b'"' | b'\\');
    if !bytes.iter().any(is_odd) {
        return [prefix, bytes].concat();
    }
    let mut name = b"\"".to_vec();
    name.extend_from_slice(prefix);
    for byte in bytes {
        match byte {
            0x07 => name.extend(b"\\a"),
            0x08 => name.extend(b"\\b"),
            b'\t' => name.extend(b"\\t"),
            b'\n' => name.extend(b"\\n"),
            0x0b => name.extend(b"\\v"),
            0x0c => name.extend(b"\\f"),
            b'\r' => name.extend(b"\\r"),
            b'"' | b'\\' => name.extend([b'\\', *byte]),
            byte if is_odd(byte) => name.extend(format!("\\{byte:03o}").into_bytes()),
            byte => name.push(*byte),
        }
    }
    name.push(b'"');
    name
}

/// The heading of a hunk, cut as git cuts it.
pub(crate) fn cut_heading(line: &[u8]) -> Option<&[u8]> {
    let first = line.first()?;
    if !first.is_ascii_alphabetic() && !matches!(first, b'_' | b'$') {
        return None;
    }
    let line = line.get(..HEADING).unwrap_or(line);
    Some(line.trim_ascii_end())
}
