//! Protocol 2: commands, one request each.

use std::io::{Read, Write};

use super::common::{Common, Have};
use super::fetch::Fetch;
use super::shallow;
use super::{Bundles, Mode, Served, UploadPack, WantPolicy, ls_refs, object_info, report, send, wants};
use crate::bundle::Bundle;
use crate::commits::Commits;
use crate::objects::Objects;
use crate::pktline::{Packet, PacketReader, write_data, write_delimiter, write_flush, write_line};
use crate::sideband::Width;
use crate::work::Work;
use crate::{Error, Result, hash, limits};

type Reader<'r> = PacketReader<&'r mut dyn Read>;

/// Lines of capabilities in front of a command.
const MAX_CAPABILITIES: u64 = 1_000;

/// The lines behind a command.
pub(super) struct Arguments<'r, 'i> {
    reader: &'r mut Reader<'i>,
    has_more: bool,
}

impl Arguments<'_, '_> {
    /// The next line of a command's arguments.
    pub(super) fn next(&mut self, command: &str) -> Result<Option<&str>> {
        if !self.has_more {
            return Ok(None);
        }
        let packet = self.reader.expect()?;
        if packet == Packet::Flush {
            self.has_more = false;
            return Ok(None);
        }
        let line = packet.text()?;
        line.map(Some).ok_or_else(|| Error::invalid(format!("expected flush after {command} arguments")))
    }
}

/// Answers commands until the client has no more.
pub(super) fn serve(
    visit: &UploadPack<'_>,
    mode: Mode,
    reader: &mut Reader<'_>,
    out: &mut dyn Write,
) -> Result<Served> {
    let mut served = Served::default();
    loop {
        let command = report(read_command(visit, reader), out)?;
        let Some((command, has_more)) = command else { return Ok(served) };
        served.commands += 1;
        let mut arguments = Arguments { reader: &mut *reader, has_more };
        match command.as_str() {
            "ls-refs" => report(ls_refs::serve(visit, &mut arguments, out), out)?,
            "fetch" => served.add(&fetch(visit, &mut arguments, out)?),
            "object-info" => report(object_info::serve(visit, &mut arguments, out), out)?,
            _ => report(bundle_uri(visit, &mut arguments, out), out)?,
        }
        if mode == Mode::Stateless {
            return Ok(served);
        }
    }
}

/// Reads a command and whether arguments follow; nothing if the client is done.
fn read_command(visit: &UploadPack<'_>, reader: &mut Reader<'_>) -> Result<Option<(String, bool)>> {
    let mut command: Option<String> = None;
    let mut format = None;
    let mut lines = 0_usize;
    let has_arguments = loop {
        let packet = match reader.read()? {
            None if lines == 0 => return Ok(None),
            None => return Err(Error::Io(std::io::ErrorKind::UnexpectedEof.into())),
            Some(packet) => packet,
        };
        match packet {
            Packet::Flush if lines == 0 => return Ok(None),
            Packet::Flush => break false,
            Packet::Delimiter => break true,
            Packet::ResponseEnd => return Err(Error::invalid("unexpected response end packet")),
            Packet::Data(_) => {}
        }
        lines += 1;
        limits::check(lines, MAX_CAPABILITIES, "the number of capabilities")?;
        let line = packet.text()?.unwrap_or_default();
        if let Some(name) = line.strip_prefix("command=") {
            if let Some(first) = &command {
                return Err(Error::invalid(format!(
                    "command '{}' requested after already requesting command '{first}'",
                    name.escape_debug()
                )));
            }
            if !is_command(visit, name) {
                return Err(Error::invalid(format!("invalid command '{}'", name.escape_debug())));
            }
            command = Some(name.to_owned());
        } else if let Some(name) = line.strip_prefix("object-format=") {
            format = Some(name.to_owned());
        } else if !["agent=", "server-option=", "session-id="].iter().any(|known| line.starts_with(known)) {
            return Err(Error::invalid(format!("unknown capability '{}'", line.escape_debug())));
        }
    };
    let command = command.ok_or_else(|| Error::invalid("no command requested"))?;
    let server = visit.store.format().name();
    match format.as_deref().unwrap_or("sha1") {
        same if same == server => Ok(Some((command, has_arguments))),
        other @ ("sha1" | "sha256") => {
            Err(Error::invalid(format!("mismatched object format: server {server}; client {other}")))
        }
        other => Err(Error::invalid(format!("unknown object format '{}' requested", other.escape_debug()))),
    }
}

fn is_command(visit: &UploadPack<'_>, name: &str) -> bool {
    match name {
        "ls-refs" | "fetch" => true,
        "object-info" => visit.options.object_info,
        "bundle-uri" => visit.options.bundles.is_some(),
        _ => false,
    }
}

fn bundle_uri(visit: &UploadPack<'_>, arguments: &mut Arguments<'_, '_>, out: &mut dyn Write) -> Result<()> {
    if let Some(line) = arguments.next("bundle-uri")? {
        return Err(Error::invalid(format!("bundle-uri: unexpected argument: '{}'", line.escape_debug())));
    }
    match &visit.options.bundles {
        None => {}
        Some(Bundles::Listed(all)) => {
            for (key, value) in all {
                write_data(out, format!("{key}={value}").as_bytes())?;
            }
        }
        Some(Bundles::Prepared(from_bytes)) => {
            let limits = &visit.options.limits;
            if let Some(bundle) = Bundle::find(visit.store, visit.refs, *from_bytes, limits, visit.cancel)? {
                // Relative to the address of the repository, so a client sends the credentials it has for that.
                let url = format!("bundles/{}.bundle", bundle.checksum());
                for line in ["bundle.version=1", "bundle.mode=all", &format!("bundle.history.uri={url}")] {
                    write_data(out, line.as_bytes())?;
                }
            }
        }
    }
    write_flush(out)?;
    Ok(out.flush()?)
}

fn fetch(visit: &UploadPack<'_>, arguments: &mut Arguments<'_, '_>, out: &mut dyn Write) -> Result<Served> {
    let asked = read_fetch(visit, arguments);
    let fetch = report(asked, out)?;
    if fetch.wants.is_empty() && !fetch.wait_for_done {
        return Ok(Served::default());
    }
    let objects = Objects::without_refresh(visit.store);
    let work = Work::new(visit.cancel);
    let mut commits = Commits::new(&objects, wants::cut(visit), &work);
    let mut common = Common::default();
    let goes_on = report(acknowledge(&fetch, &mut commits, &mut common, out), out)?;
    if !goes_on {
        out.flush()?;
        return Ok(Served::default());
    }
    let store_is_shallow = !visit.options.cut.is_empty();
    let tips = wants::tips(visit, visit.options.wants);
    let anything = visit.options.wants.any;
    let given = shallow::Given { tips: &tips, anything, store_is_shallow, explicit: true };
    let border = report(shallow::border(&mut commits, &fetch, &given), out)?;
    if border.is_answered {
        write_line(out, "shallow-info")?;
        border.write(out)?;
        write_delimiter(out)?;
    }
    if !fetch.want_refs.is_empty() {
        write_line(out, "wanted-refs")?;
        for (name, id) in &fetch.want_refs {
            write_line(out, &format!("{id} {name}"))?;
        }
        write_delimiter(out)?;
    }
    write_line(out, "packfile")?;
    send::send(visit, &fetch, &border, commits, common.ids(), out)
}

/// Answers the haves; whether the pack follows.
fn acknowledge(
    fetch: &Fetch,
    commits: &mut Commits<'_>,
    common: &mut Common,
    out: &mut dyn Write,
) -> Result<bool> {
    let mut known = Vec::new();
    for have in &fetch.haves {
        if common.add(commits, have)? == Have::Common {
            known.push(*have);
        }
    }
    if fetch.haves.is_empty() || fetch.done {
        return Ok(!fetch.wants.is_empty());
    }
    write_line(out, "acknowledgments")?;
    if known.is_empty() {
        write_line(out, "NAK")?;
    }
    for id in &known {
        write_line(out, &format!("ACK {id}"))?;
    }
    if !fetch.wait_for_done && common.is_enough(commits, &fetch.wants)? {
        write_line(out, "ready")?;
        write_delimiter(out)?;
        return Ok(true);
    }
    write_flush(out)?;
    Ok(false)
}

fn read_fetch(visit: &UploadPack<'_>, arguments: &mut Arguments<'_, '_>) -> Result<Fetch> {
    let mut fetch = Fetch { sideband: Some(Width::Wide), ..Fetch::default() };
    while let Some(line) = arguments.next("fetch")? {
        match line {
            "thin-pack" => fetch.thin = true,
            "ofs-delta" => fetch.offset_deltas = true,
            "no-progress" => fetch.quiet = true,
            "include-tag" => fetch.include_tag = true,
            "done" => fetch.done = true,
            "wait-for-done" => fetch.wait_for_done = true,
            "deepen-relative" => fetch.deepen_relative = true,
            _ => read_argument(visit, &mut fetch, line)?,
        }
    }
    fetch.check()?;
    let objects = Objects::new(visit.store);
    // Protocol 2 has always let clients ask for more than tips; what cannot be reached stays out.
    let policy = WantPolicy { reachable: true, ..visit.options.wants };
    wants::check(visit, &objects, &fetch.wants, policy)?;
    Ok(fetch)
}

fn read_argument(visit: &UploadPack<'_>, fetch: &mut Fetch, line: &str) -> Result<()> {
    let format = visit.store.format();
    if let Some(id) = line.strip_prefix("want ") {
        fetch.want(visit, Fetch::parse_want(id, format)?)
    } else if let Some(id) = line.strip_prefix("have ") {
        fetch.have(visit, wants::parse_id(id, format, "upload-pack: protocol error")?)
    } else if let Some(name) = line.strip_prefix("want-ref ").filter(|_| visit.options.ref_in_want) {
        want_ref(visit, fetch, name)
    } else if fetch.read_line(visit, line)? {
        Ok(())
    } else {
        Err(Error::invalid(format!("unexpected line: '{}'", line.escape_debug())))
    }
}

fn want_ref(visit: &UploadPack<'_>, fetch: &mut Fetch, name: &str) -> Result<()> {
    let target = match visit.find_visible(name) {
        Some(found) => Some(&found.target),
        None if name == "HEAD" && !visit.options.hidden.hides("HEAD") => visit.refs.head_target(),
        None => None,
    };
    let Some(id) = target.map(hash::to_gix) else {
        return Err(Error::invalid(format!("unknown ref {}", name.escape_debug())));
    };
    if fetch.want_refs.iter().any(|(known, _)| known == name) {
        return Err(Error::invalid(format!("duplicate want-ref {}", name.escape_debug())));
    }
    fetch.want_refs.push((name.to_owned(), id));
    limits::check(fetch.want_refs.len(), visit.options.limits.max_shallow, "the number of want-ref lines")?;
    fetch.want(visit, id)
}
