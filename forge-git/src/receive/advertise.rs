//! What a server tells a client that is about to push.

use std::io::Write;

use forge_core::ObjectFormat;

use crate::pktline::{write_data, write_flush, write_line};
use crate::{RefSnapshot, Result};

/// What is offered besides the refs.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    /// What the server calls itself, without spaces.
    pub agent: &'a str,
    /// Whether push options are taken.
    pub push_options: bool,
    /// Whether all refs or none can be asked for.
    pub atomic: bool,
    /// Where refs begin that nobody pushes to, so that nobody need hear of them; empty for none.
    pub hidden: &'a str,
    /// Whether the client asked for version 1, which only adds a line. Version 2 knows no push.
    pub version_1: bool,
}

/// Writes refs and capabilities, then a flush.
///
/// `refs` are those that the client may see: hidden ones are left out by the caller.
pub fn advertise(
    out: &mut dyn Write,
    format: ObjectFormat,
    refs: &RefSnapshot,
    offer: &Offer<'_>,
) -> Result<()> {
    if offer.version_1 {
        write_line(out, "version 1")?;
    }
    let mut words = "report-status report-status-v2 delete-refs side-band-64k quiet".to_owned();
    if offer.atomic {
        words.push_str(" atomic");
    }
    words.push_str(" ofs-delta");
    if offer.push_options {
        words.push_str(" push-options");
    }
    words.push_str(" object-format=");
    words.push_str(format.name());
    words.push_str(" agent=");
    words.push_str(offer.agent);
    let mut first = Some(words);
    let shown =
        |found: &&crate::Ref| offer.hidden.is_empty() || !found.name.as_str().starts_with(offer.hidden);
    for found in refs.refs().iter().filter(shown) {
        let mut line = format!("{} {}", found.target, found.name);
        if let Some(words) = first.take() {
            line.push('\0');
            line.push_str(&words);
        }
        line.push('\n');
        write_data(out, line.as_bytes())?;
    }
    if let Some(words) = first {
        write_data(out, format!("{} capabilities^{{}}\0{words}\n", format.null()).as_bytes())?;
    }
    write_flush(out)?;
    Ok(out.flush()?)
}

/// The header that smart HTTP puts before the advertisement.
pub fn write_service_header(out: &mut dyn Write) -> Result<()> {
    write_line(out, "# service=git-receive-pack")?;
    write_flush(out)
}

#[cfg(test)]
mod tests {
    use forge_core::{ObjectId, RefName};

    use super::*;
    use crate::Ref;

    #[test]
    fn the_first_line_carries_the_capabilities() {
        let named =
            |name: &str, byte| Ref::direct(RefName::new(name).unwrap(), ObjectId::Sha1([byte; 20]), None);
        let refs = RefSnapshot::new(None, vec![named("refs/heads/a", 1), named("refs/heads/b", 2)]);
        let offer = Offer {
            agent: "forge/1",
            push_options: true,
            atomic: true,
            hidden: "refs/heads/c",
            version_1: true,
        };
        let mut out = Vec::new();
        advertise(&mut out, ObjectFormat::Sha1, &refs, &offer).unwrap();
        let text = String::from_utf8(out).unwrap();
        let words = "report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta push-options object-format=sha1 agent=forge/1";
        assert!(text.starts_with("000eversion 1\n"));
        assert!(text.contains(&format!("{} refs/heads/a\0{words}\n", "01".repeat(20))));
        assert!(text.ends_with(&format!("{} refs/heads/b\n0000", "02".repeat(20))));
        let mut out = Vec::new();
        let offer = Offer { push_options: false, atomic: false, version_1: false, ..offer };
        advertise(&mut out, ObjectFormat::Sha256, &RefSnapshot::default(), &offer).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(&format!("{} capabilities^{{}}\0report-status", "0".repeat(64))));
        assert!(
            !text.contains("atomic")
                && !text.contains("push-options")
                && text.contains("object-format=sha256")
        );
    }
}
