//! Protocol 2, `ls-refs`: the refs, or some of them.

use std::io::{Read, Write};

use super::{Unborn, UploadPack};
use crate::pktline::{Packet, PacketReader, write_flush, write_line};
use crate::{Error, Head, Result};

#[derive(Debug, Default)]
struct Request {
    peel: bool,
    symrefs: bool,
    unborn: bool,
    prefixes: Vec<String>,
}

/// Reads the arguments and answers.
pub(super) fn serve(
    visit: &UploadPack<'_>,
    has_arguments: bool,
    reader: &mut PacketReader<&mut dyn Read>,
    out: &mut dyn Write,
) -> Result<()> {
    let request = if has_arguments { read(visit, reader)? } else { Request::default() };
    let matches = |name: &str| {
        request.prefixes.is_empty() || request.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    };
    if matches("HEAD") && !visit.options.hidden.hides("HEAD") {
        write_head(visit, &request, out)?;
    }
    for found in visit.visible.iter().filter(|found| matches(found.name.as_str())) {
        let mut line = format!("{} {}", found.target, found.name);
        if request.symrefs
            && let Some(target) = &found.symbolic
        {
            line.push_str(&format!(" symref-target:{target}"));
        }
        if request.peel
            && let Some(peeled) = &found.peeled
        {
            line.push_str(&format!(" peeled:{peeled}"));
        }
        write_line(out, &line)?;
    }
    write_flush(out)?;
    Ok(out.flush()?)
}

fn read(visit: &UploadPack<'_>, reader: &mut PacketReader<&mut dyn Read>) -> Result<Request> {
    let mut request = Request::default();
    let mut too_many = false;
    loop {
        let packet = reader.expect()?;
        if packet == Packet::Flush {
            break;
        }
        let Some(line) = packet.text()? else {
            return Err(Error::invalid("expected flush after ls-refs arguments"));
        };
        match line {
            "peel" => request.peel = true,
            "symrefs" => request.symrefs = true,
            "unborn" if visit.options.unborn != Unborn::Ignore => request.unborn = true,
            "unborn" => {}
            _ => match line.strip_prefix("ref-prefix ") {
                Some(prefix) => {
                    let count = u64::try_from(request.prefixes.len()).unwrap_or(u64::MAX);
                    too_many |= count + 1 >= visit.options.limits.max_ref_prefixes;
                    if !too_many {
                        request.prefixes.push(prefix.to_owned());
                    }
                }
                None => return Err(Error::invalid(format!("unexpected line: '{}'", line.escape_debug()))),
            },
        }
    }
    if too_many {
        // So many prefixes cost more than all refs do: the client filters for itself.
        request.prefixes.clear();
    }
    Ok(request)
}

fn write_head(visit: &UploadPack<'_>, request: &Request, out: &mut dyn Write) -> Result<()> {
    let symbolic = match visit.refs.head() {
        Some(Head::Symbolic(name)) => Some(name),
        _ => None,
    };
    let mut line = match visit.refs.head_target() {
        Some(id) => format!("{id} HEAD"),
        None if request.unborn && request.symrefs && symbolic.is_some() => "unborn HEAD".to_owned(),
        None => return Ok(()),
    };
    if request.symrefs
        && let Some(name) = symbolic
    {
        line.push_str(&format!(" symref-target:{name}"));
    }
    if request.peel
        && let Some(peeled) =
            symbolic.and_then(|name| visit.refs.find(name.as_str())).and_then(|found| found.peeled)
    {
        line.push_str(&format!(" peeled:{peeled}"));
    }
    write_line(out, &line)
}
