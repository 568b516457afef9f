//! Content that is not text, in git's own encoding: deflated, in base 85, there and back.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::file::line;
use crate::Result;

const ALPHABET: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
/// Bytes in one line.
const LINE: usize = 52;

/// Writes both contents, so that the patch can be taken back too.
pub(super) fn write(old: &[u8], new: &[u8], out: &mut dyn Write) -> Result<()> {
    line(out, &[b"GIT binary patch"])?;
    for content in [new, old] {
        line(out, &[format!("literal {}", content.len()).as_bytes()])?;
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content)?;
        for part in encoder.finish()?.chunks(LINE) {
            let length = u8::try_from(part.len()).unwrap_or_default();
            let first = if length <= 26 { b'A' + length - 1 } else { b'a' + length - 27 };
            let mut text = vec![first];
            text.extend(part.chunks(4).flat_map(group));
            line(out, &[&text])?;
        }
        line(out, &[])?;
    }
    Ok(())
}

/// Four bytes, the last ones filled up with zeros, as five signs.
fn group(bytes: &[u8]) -> [u8; 5] {
    let mut word = [0; 4];
    for (to, from) in word.iter_mut().zip(bytes) {
        *to = *from;
    }
    let mut value = u32::from_be_bytes(word);
    let mut text = [0; 5];
    for sign in text.iter_mut().rev() {
        let digit = usize::try_from(value % 85).unwrap_or_default();
        *sign = ALPHABET.get(digit).copied().unwrap_or(b'0');
        value /= 85;
    }
    text
}
