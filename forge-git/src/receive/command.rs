//! What a client asks a push to do: commands, the end of its shallow history, and options.

use std::collections::BTreeSet;
use std::io::Read;

use forge_core::{ObjectFormat, ObjectId, RefName};

use crate::pktline::{Packet, PacketReader};
use crate::{Error, Limits, Result, limits};

/// Lines of shallow commits that are taken note of.
const MAX_SHALLOW: u64 = 200_000;

/// One ref that a push wants to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What the client calls the ref, as it is shown in the report.
    pub written: String,
    /// The ref, or why it cannot be one. Such a command is refused; the others may still succeed.
    pub name: std::result::Result<RefName, String>,
    /// What the client believes the ref to be; nothing if it should not exist. Only a claim.
    pub old: Option<ObjectId>,
    /// What the ref shall be; nothing to delete it.
    pub new: Option<ObjectId>,
}

/// Everything that comes before the pack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commands {
    /// In the order in which they came.
    pub commands: Vec<Command>,
    /// Commits whose parents the client does not have.
    pub shallow: Vec<ObjectId>,
    /// What the client and the server agreed on.
    pub capabilities: Negotiated,
    /// Words for the server, if the client sent any.
    pub push_options: Vec<String>,
}

/// Capabilities that the client chose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for one word of the protocol")]
pub struct Negotiated {
    /// It wants to know how each ref fared.
    pub report_status: bool,
    /// It understands options in that report.
    pub report_status_v2: bool,
    /// It can hear more than one channel.
    pub side_band_64k: bool,
    /// It does not want progress.
    pub quiet: bool,
    /// All refs or none.
    pub atomic: bool,
    /// It sends options.
    pub push_options: bool,
    /// What it calls itself.
    pub agent: Option<String>,
}

impl Commands {
    /// Whether a pack follows: not when refs are only deleted.
    pub fn has_pack(&self) -> bool {
        self.commands.iter().any(|command| command.new.is_some())
    }
}

/// Reads everything up to the pack; nothing if the client asks for nothing.
///
/// The reader is left where the pack starts.
pub fn read_commands<R: Read>(
    reader: &mut PacketReader<R>,
    format: ObjectFormat,
    limits: &Limits,
) -> Result<Option<Commands>> {
    let mut parsed = Commands::default();
    let mut seen = BTreeSet::new();
    let mut bytes = 0_u64;
    loop {
        let packet = match reader.read()? {
            None => return Err(Error::Io(std::io::ErrorKind::UnexpectedEof.into())),
            Some(Packet::Flush) => break,
            Some(packet) => packet,
        };
        let Packet::Data(data) = packet else {
            return Err(Error::invalid("protocol error: a packet that has no place among commands"));
        };
        bytes = bytes.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        if bytes > limits.max_command_bytes {
            return Err(Error::TooLarge {
                what: "the size of the commands in bytes",
                limit: limits.max_command_bytes,
            });
        }
        let line = data.strip_suffix(b"\n").unwrap_or(data);
        if let Some(id) = line.strip_prefix(b"shallow ") {
            parsed.shallow.push(id_of(id, format)?);
            limits::check(parsed.shallow.len(), MAX_SHALLOW, "the number of shallow commits")?;
            continue;
        }
        if line == b"push-cert" || line.starts_with(b"push-cert\0") {
            return Err(Error::invalid("signed pushes are not supported"));
        }
        let mut parts = line.splitn(2, |byte| *byte == 0);
        let line = parts.next().unwrap_or_default();
        if let Some(words) = parts.next()
            && parsed.commands.is_empty()
        {
            parsed.capabilities = negotiated(words, format)?;
        }
        let command = parse(line, format, &mut seen)?;
        parsed.commands.push(command);
        limits::check(parsed.commands.len(), limits.max_refs_per_push, "the number of refs in a push")?;
    }
    if parsed.commands.is_empty() {
        return Ok(None);
    }
    if parsed.capabilities.push_options {
        parsed.push_options = read_options(reader, limits)?;
    }
    Ok(Some(parsed))
}

fn parse(line: &[u8], format: ObjectFormat, seen: &mut BTreeSet<Vec<u8>>) -> Result<Command> {
    let malformed = || Error::invalid("protocol error: expected old/new/ref");
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let (Some(old), Some(new), Some(name)) = (words.next(), words.next(), words.next()) else {
        return Err(malformed());
    };
    let real = |id: ObjectId| (!id.is_null()).then_some(id);
    let (old, new) = (real(id_of(old, format)?), real(id_of(new, format)?));
    if name.is_empty() {
        return Err(malformed());
    }
    let written =
        String::from_utf8_lossy(name).chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    let checked = match std::str::from_utf8(name) {
        Ok(text) => RefName::new(text).map_err(|_| FUNNY_NAME.to_owned()),
        Err(_) => Err(FUNNY_NAME.to_owned()),
    };
    let checked = checked.and_then(|checked| {
        if is_reserved(&checked) { Err("reserved refname".to_owned()) } else { Ok(checked) }
    });
    let checked =
        if seen.insert(name.to_vec()) { checked } else { Err("multiple updates for this ref".to_owned()) };
    Ok(Command { written, name: checked, old, new })
}

/// What git says of a name that is none.
pub(crate) const FUNNY_NAME: &str = "funny refname";

/// Replacement refs would change what every other object means.
fn is_reserved(name: &RefName) -> bool {
    name.as_str().starts_with("refs/replace/")
}

fn id_of(hex: &[u8], format: ObjectFormat) -> Result<ObjectId> {
    let id = std::str::from_utf8(hex).ok().and_then(|hex| hex.parse::<ObjectId>().ok());
    id.filter(|id| id.format() == format)
        .ok_or_else(|| Error::invalid("protocol error: expected an object id"))
}

fn negotiated(words: &[u8], format: ObjectFormat) -> Result<Negotiated> {
    let mut chosen = Negotiated::default();
    let text = String::from_utf8_lossy(words);
    let mut object_format = "sha1";
    for word in text.split_ascii_whitespace() {
        match word.split_once('=').unwrap_or((word, "")) {
            ("report-status", _) => chosen.report_status = true,
            ("report-status-v2", _) => chosen.report_status_v2 = true,
            ("side-band-64k", _) => chosen.side_band_64k = true,
            ("quiet", _) => chosen.quiet = true,
            ("atomic", _) => chosen.atomic = true,
            ("push-options", _) => chosen.push_options = true,
            ("object-format", name) => {
                object_format = if name == format.name() { format.name() } else { "other" }
            }
            ("agent", agent) => {
                chosen.agent = Some(agent.chars().filter(|c| !c.is_control()).take(100).collect());
            }
            _ => {}
        }
    }
    if object_format != format.name() {
        return Err(Error::invalid(format!(
            "error: unsupported object format; this repository uses {format}"
        )));
    }
    Ok(chosen)
}

fn read_options<R: Read>(reader: &mut PacketReader<R>, limits: &Limits) -> Result<Vec<String>> {
    let mut options = Vec::new();
    loop {
        let Packet::Data(data) = reader.expect()? else { return Ok(options) };
        let line = data.strip_suffix(b"\n").unwrap_or(data);
        limits::check(line.len(), limits.max_push_option_bytes, "a push option in bytes")?;
        let text =
            std::str::from_utf8(line).map_err(|_| Error::invalid("a push option is not UTF-8 text"))?;
        if text.chars().any(char::is_control) {
            return Err(Error::invalid("a push option holds control characters"));
        }
        options.push(text.to_owned());
        limits::check(options.len(), limits.max_push_options, "the number of push options")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pktline::{write_data, write_flush};

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    fn sent(lines: &[&str], options: Option<&[&str]>) -> Vec<u8> {
        let mut out = Vec::new();
        for line in lines {
            write_data(&mut out, line.as_bytes()).unwrap();
        }
        write_flush(&mut out).unwrap();
        if let Some(options) = options {
            for option in options {
                write_data(&mut out, option.as_bytes()).unwrap();
            }
            write_flush(&mut out).unwrap();
        }
        out
    }

    fn read(bytes: &[u8]) -> Result<Option<Commands>> {
        read_commands(&mut PacketReader::new(bytes), ObjectFormat::Sha1, &Limits::default())
    }

    #[test]
    fn reads_commands_capabilities_and_options() {
        let first = format!(
            "{ZERO} {A} refs/heads/a\0 report-status side-band-64k push-options atomic agent=git/2\n"
        );
        let bytes = sent(
            &[
                &format!("shallow {B}\n"),
                &first,
                &format!("{A} {ZERO} refs/heads/b"),
                &format!("{A} {B} refs/tags/c"),
            ],
            Some(&["ci.skip", "", "a b=c"]),
        );
        let with_pack = [&bytes[..], b"PACK"].concat();
        let mut reader = PacketReader::new(&with_pack[..]);
        let parsed = read_commands(&mut reader, ObjectFormat::Sha1, &Limits::default()).unwrap().unwrap();
        assert_eq!(reader.into_inner(), b"PACK");
        assert_eq!(parsed.shallow.len(), 1);
        assert_eq!(parsed.push_options, ["ci.skip", "", "a b=c"]);
        assert!(
            parsed.capabilities.report_status && parsed.capabilities.atomic && !parsed.capabilities.quiet
        );
        assert_eq!(parsed.capabilities.agent.as_deref(), Some("git/2"));
        assert_eq!(parsed.commands[0].old, None);
        assert_eq!(parsed.commands[1].new, None);
        assert!(parsed.has_pack());
        assert_eq!(parsed.commands[2].name.as_ref().map(RefName::as_str), Ok("refs/tags/c"));
    }

    #[test]
    fn silence_is_no_push() {
        assert!(read(b"").unwrap_err().is_disconnect());
        assert_eq!(read(b"0000").unwrap(), None);
    }

    #[test]
    fn bad_names_refuse_their_command_only() {
        let names = [
            "refs/heads/../x",
            "HEAD",
            "refs/heads/a..b",
            "refs/heads/a\nb",
            "refs/replace/x",
            "refs/heads/ok",
            "refs/heads/ok",
            "refs/onelevel",
            "../config",
            "refs/heads/a.lock",
        ];
        let lines: Vec<String> = names.iter().map(|name| format!("{A} {B} {name}")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let parsed = read(&sent(&lines, None)).unwrap().unwrap();
        let good: Vec<bool> = parsed.commands.iter().map(|command| command.name.is_ok()).collect();
        assert_eq!(good, [false, false, false, false, false, true, false, false, false, false]);
        assert!(!parsed.commands[3].written.contains('\n'));
    }

    #[test]
    fn malformed_commands_end_the_push() {
        for bad in [
            "hello".to_owned(),
            format!("{A} {B}"),
            format!("{A} {B} "),
            format!("{A} xyz refs/heads/a"),
            format!("{A}{A}11111111111111111111 {B} refs/heads/a"),
            format!("{A} {B} refs/heads/a\0object-format=sha256"),
            "push-cert\0atomic".to_owned(),
            "shallow x".to_owned(),
        ] {
            assert!(matches!(read(&sent(&[&bad], None)), Err(Error::Invalid(_))), "{bad}");
        }
        assert!(read(b"0001").is_err());
        assert!(read(&sent(&[&format!("{A} {B} refs/heads/a")], None)[..40]).unwrap_err().is_disconnect());
    }

    #[test]
    fn everything_has_a_limit() {
        let limits = Limits {
            max_refs_per_push: 2,
            max_push_options: 1,
            max_push_option_bytes: 5,
            ..Limits::default()
        };
        let read = |bytes: &[u8]| read_commands(&mut PacketReader::new(bytes), ObjectFormat::Sha1, &limits);
        let lines: Vec<String> = (0..3).map(|n| format!("{A} {B} refs/heads/{n}")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert!(matches!(read(&sent(&lines, None)), Err(Error::TooLarge { limit: 2, .. })));
        let first = format!("{A} {B} refs/heads/a\0push-options");
        assert!(read(&sent(&[&first], Some(&["12345"]))).is_ok());
        assert!(matches!(read(&sent(&[&first], Some(&["123456"]))), Err(Error::TooLarge { limit: 5, .. })));
        assert!(matches!(read(&sent(&[&first], Some(&["1", "2"]))), Err(Error::TooLarge { limit: 1, .. })));
        assert!(matches!(read(&sent(&[&first], Some(&["a\nb"]))), Err(Error::Invalid(_))));
        let few = Limits { max_command_bytes: 50, ..Limits::default() };
        let bytes = sent(&[&first], None);
        assert!(read_commands(&mut PacketReader::new(&bytes[..]), ObjectFormat::Sha1, &few).is_err());
    }
}
