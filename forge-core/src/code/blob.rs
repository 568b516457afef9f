//! Contents of files.

use crate::ObjectId;
use crate::code::EntryKind;

/// How many of the first bytes decide whether content is binary. Git looks at as many.
const LOOKED_AT: usize = 8000;

/// A file at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// The blob object.
    pub id: ObjectId,
    /// File, executable or symbolic link.
    pub kind: EntryKind,
    /// How many bytes it has in all.
    pub size: u64,
    /// Its bytes; nothing where it is larger than what was asked for.
    pub content: Option<Vec<u8>>,
}

impl Blob {
    /// Whether the content is not text. A file too large to be read counts as binary.
    pub fn is_binary(&self) -> bool {
        self.content.as_deref().is_none_or(is_binary)
    }

    /// The content as text; nothing for binary or unread content.
    pub fn text(&self) -> Option<BlobText> {
        self.content.as_deref().and_then(BlobText::of)
    }
}

/// How the characters of a text are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextEncoding {
    /// UTF-8, or plain ASCII.
    Utf8,
    /// UTF-8 behind a byte order mark.
    Utf8Bom,
    /// UTF-16, little end first, behind a byte order mark.
    Utf16Le,
    /// UTF-16, big end first, behind a byte order mark.
    Utf16Be,
    /// Windows-1252: a guess, made when the bytes are not UTF-8.
    Windows1252,
}

impl TextEncoding {
    /// What a note on the page calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Bom => "UTF-8 with byte order mark",
            Self::Utf16Le => "UTF-16 (little-endian)",
            Self::Utf16Be => "UTF-16 (big-endian)",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

/// How the lines of a text end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineEndings {
    /// There is no line ending.
    None,
    /// Line feeds, as on Unix.
    Lf,
    /// Carriage return and line feed, as on Windows.
    CrLf,
    /// Some of each.
    Mixed,
}

/// Content read as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobText {
    /// The text without a byte order mark; line endings as they are.
    pub text: String,
    /// How it was written.
    pub encoding: TextEncoding,
    /// How its lines end.
    pub line_endings: LineEndings,
    /// Whether the last line ends with a line ending. An empty file counts as ending well.
    pub has_final_newline: bool,
    /// Whether some bytes fitted no character and show as replacement characters.
    pub is_lossy: bool,
}

impl BlobText {
    /// Reads bytes as text; nothing if they are binary.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if is_binary(bytes) {
            return None;
        }
        let (text, encoding, is_lossy) = decode(bytes);
        let line_endings = line_endings(&text);
        let has_final_newline = text.is_empty() || text.ends_with('\n');
        Some(Self { text, encoding, line_endings, has_final_newline, is_lossy })
    }

    /// How many lines it has.
    pub fn line_count(&self) -> usize {
        self.text.lines().count()
    }
}

/// Whether content is not text: a NUL among its first bytes, unless it says that it is UTF-16.
pub fn is_binary(bytes: &[u8]) -> bool {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        // UTF-16 text has an even length and no character NUL.
        return !bytes.len().is_multiple_of(2)
            || bytes.chunks_exact(2).take(LOOKED_AT / 2).any(|pair| pair == [0, 0]);
    }
    bytes.iter().take(LOOKED_AT).any(|byte| *byte == 0)
}

/// Reads bytes as text whatever they are, and says how: text, encoding, whether something was lost.
pub fn decode(bytes: &[u8]) -> (String, TextEncoding, bool) {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16, encoding| {
        let units: Vec<u16> = rest.as_chunks::<2>().0.iter().copied().map(unit).collect();
        match String::from_utf16(&units) {
            Ok(text) => (text, encoding, false),
            Err(_) => (String::from_utf16_lossy(&units), encoding, true),
        }
    };
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return utf16(rest, u16::from_le_bytes, TextEncoding::Utf16Le);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return utf16(rest, u16::from_be_bytes, TextEncoding::Utf16Be);
    }
    let (rest, utf8) = match bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
        Some(rest) => (rest, TextEncoding::Utf8Bom),
        None => (bytes, TextEncoding::Utf8),
    };
    match std::str::from_utf8(rest) {
        Ok(text) => (text.to_owned(), utf8, false),
        Err(_) if utf8 == TextEncoding::Utf8Bom => (String::from_utf8_lossy(rest).into_owned(), utf8, true),
        Err(_) => {
            let text: String = rest.iter().copied().map(windows_1252).collect();
            let is_lossy = text.contains(char::REPLACEMENT_CHARACTER);
            (text, TextEncoding::Windows1252, is_lossy)
        }
    }
}

/// The character of a byte in Windows-1252; the five bytes it leaves open show as replacement characters.
pub fn windows_1252(byte: u8) -> char {
    match byte {
        0x80 => '€',
        0x82 => '‚',
        0x83 => 'ƒ',
        0x84 => '„',
        0x85 => '…',
        0x86 => '†',
        0x87 => '‡',
        0x88 => 'ˆ',
        0x89 => '‰',
        0x8a => 'Š',
        0x8b => '‹',
        0x8c => 'Œ',
        0x8e => 'Ž',
        0x91 => '‘',
        0x92 => '’',
        0x93 => '“',
        0x94 => '”',
        0x95 => '•',
        0x96 => '–',
        0x97 => '—',
        0x98 => '˜',
        0x99 => '™',
        0x9a => 'š',
        0x9b => '›',
        0x9c => 'œ',
        0x9e => 'ž',
        0x9f => 'Ÿ',
        0x81 | 0x8d | 0x8f | 0x90 | 0x9d => char::REPLACEMENT_CHARACTER,
        other => char::from(other),
    }
}

fn line_endings(text: &str) -> LineEndings {
    let feeds = text.matches('\n').count();
    let pairs = text.matches("\r\n").count();
    match (feeds, pairs) {
        (0, _) => LineEndings::None,
        (_, 0) => LineEndings::Lf,
        (feeds, pairs) if feeds == pairs => LineEndings::CrLf,
        _ => LineEndings::Mixed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, TextEncoding, LineEndings) {
        let text = BlobText::of(bytes).unwrap();
        (text.text, text.encoding, text.line_endings)
    }

    #[test]
    fn reads_what_windows_and_unix_write() {
        let crlf = LineEndings::CrLf;
        assert_eq!(read(b""), (String::new(), TextEncoding::Utf8, LineEndings::None));
        assert_eq!(read(b"a\nb\n"), ("a\nb\n".into(), TextEncoding::Utf8, LineEndings::Lf));
        assert_eq!(read(b"\xef\xbb\xbfa\r\n"), ("a\r\n".into(), TextEncoding::Utf8Bom, crlf));
        assert_eq!(read(b"\xff\xfea\0\r\0\n\0"), ("a\r\n".into(), TextEncoding::Utf16Le, crlf));
        assert_eq!(read(b"\xfe\xff\0a\0\n"), ("a\n".into(), TextEncoding::Utf16Be, LineEndings::Lf));
        assert_eq!(read(b"caf\xe9 \x96 \x80\n").0, "café – €\n");
        assert_eq!(read(b"caf\xe9\r\nb\n").2, LineEndings::Mixed);
        assert!(BlobText::of(b"\x81").unwrap().is_lossy);
        assert!(!BlobText::of(b"no end").unwrap().has_final_newline);
    }

    #[test]
    fn knows_binary_content() {
        assert!(is_binary(b"PK\x03\x04\0\0"));
        assert!(is_binary(b"\xff\xfea\0\0\0"));
        assert!(is_binary(b"\xff\xfea"));
        assert!(!is_binary("é".as_bytes()));
        let mut late = vec![b'a'; LOOKED_AT];
        late.push(0);
        assert!(!is_binary(&late));
        assert_eq!(BlobText::of(b"\0"), None);
    }
}
