//! Protocol 0 and 1: wants, then haves until both sides know enough.

use std::io::{Read, Write};

use gix_hash::ObjectId;

use super::common::{Common, Have};
use super::fetch::{Fetch, MultiAck};
use super::shallow::{self, Border};
use super::{Mode, Served, UploadPack, WantPolicy, report, send, wants};
use crate::commits::Commits;
use crate::objects::Objects;
use crate::pktline::{Packet, PacketReader, write_flush, write_line};
use crate::sideband::Width;
use crate::work::Work;
use crate::{Error, Result};

type Reader<'r> = PacketReader<&'r mut dyn Read>;

/// Answers one fetch.
pub(super) fn serve(
    visit: &UploadPack<'_>,
    mode: Mode,
    reader: &mut Reader<'_>,
    out: &mut dyn Write,
) -> Result<Served> {
    let asked = read_wants(visit, mode, reader);
    let fetch = report(asked, out)?;
    if fetch.wants.is_empty() {
        return Ok(Served::default());
    }
    let objects = Objects::without_refresh(visit.store);
    let work = Work::new(visit.cancel);
    let mut commits = Commits::new(&objects, wants::cut(visit), &work);
    let store_is_shallow = !visit.options.cut.is_empty();
    let tips = wants::tips(visit, visit.options.wants);
    let anything = visit.options.wants.any;
    let given = shallow::Given { tips: &tips, anything, store_is_shallow, explicit: false };
    let border = report(shallow::border(&mut commits, &fetch, &given), out)?;
    if border.is_answered {
        write_border(&border, out)?;
    }
    let mut common = Common::default();
    match negotiate(visit, mode, &fetch, &mut commits, &mut common, reader, out) {
        Ok(true) => send::send(visit, &fetch, &border, commits, common.ids(), out),
        Ok(false) => Ok(Served::default()),
        Err(error) => report(Err(error), out),
    }
}

fn read_wants(visit: &UploadPack<'_>, mode: Mode, reader: &mut Reader<'_>) -> Result<Fetch> {
    let mut fetch = Fetch::default();
    let mut has_features = false;
    loop {
        let packet = reader.expect()?;
        if packet == Packet::Flush {
            break;
        }
        let Some(line) = packet.text()? else {
            return Err(Error::invalid("upload-pack: protocol error, expected wants"));
        };
        if let Some(want) = line.strip_prefix("want ") {
            let hex = visit.store.format().byte_len() * 2;
            let (id, features) = want.split_at_checked(hex).unwrap_or((want, ""));
            let id = Fetch::parse_want(id, visit.store.format())?;
            if !has_features {
                read_features(&mut fetch, features);
                has_features = true;
            }
            fetch.want(visit, id)?;
        } else if !fetch.read_line(visit, line)? {
            return Err(Error::invalid(format!(
                "git upload-pack: protocol error, expected to get object ID, not '{}'",
                line.escape_debug()
            )));
        }
    }
    fetch.check()?;
    let objects = Objects::new(visit.store);
    let policy = visit.options.wants;
    // A stateless client asks a moment after it has seen the refs, which may have moved on.
    let policy = WantPolicy { reachable: policy.reachable || mode == Mode::Stateless, ..policy };
    wants::check(visit, &objects, &fetch.wants, policy)?;
    Ok(fetch)
}

fn read_features(fetch: &mut Fetch, features: &str) {
    for feature in features.split(' ') {
        match feature {
            "multi_ack_detailed" => fetch.multi_ack = MultiAck::Detailed,
            "multi_ack" => fetch.multi_ack = fetch.multi_ack.max(MultiAck::Yes),
            "no-done" => fetch.no_done = true,
            "thin-pack" => fetch.thin = true,
            "ofs-delta" => fetch.offset_deltas = true,
            "side-band-64k" => fetch.sideband = Some(Width::Wide),
            "side-band" if fetch.sideband.is_none() => fetch.sideband = Some(Width::Narrow),
            "no-progress" => fetch.quiet = true,
            "include-tag" => fetch.include_tag = true,
            "deepen-relative" => fetch.deepen_relative = true,
            _ => {}
        }
    }
}

fn write_border(border: &Border, out: &mut dyn Write) -> Result<()> {
    border.write(out)?;
    write_flush(out)?;
    Ok(out.flush()?)
}

/// Answers haves until the pack is due; `false` if the client goes on in another request.
fn negotiate(
    visit: &UploadPack<'_>,
    mode: Mode,
    fetch: &Fetch,
    commits: &mut Commits<'_>,
    common: &mut Common,
    reader: &mut Reader<'_>,
    out: &mut dyn Write,
) -> Result<bool> {
    let mut last: Option<ObjectId> = None;
    let (mut got_common, mut got_other, mut sent_ready) = (false, false, false);
    let mut haves = 0_usize;
    let mut first = true;
    loop {
        let packet = match reader.read()? {
            // After the list of shallow commits a stateless client asks anew.
            None if first && mode == Mode::Stateless => return Ok(false),
            None if mode == Mode::Stateful => {
                return Err(Error::Io(std::io::ErrorKind::UnexpectedEof.into()));
            }
            None => Packet::Flush,
            Some(packet) => packet,
        };
        first = false;
        let Some(line) = packet.text()? else {
            if fetch.multi_ack == MultiAck::Detailed
                && got_common
                && !got_other
                && common.is_enough(commits, &fetch.wants)?
                && let Some(last) = &last
            {
                sent_ready = true;
                write_line(out, &format!("ACK {last} ready"))?;
            }
            if common.ids().is_empty() || fetch.multi_ack != MultiAck::No {
                write_line(out, "NAK")?;
            }
            if fetch.no_done && sent_ready {
                if let Some(last) = &last {
                    write_line(out, &format!("ACK {last}"))?;
                }
                return Ok(true);
            }
            out.flush()?;
            if mode == Mode::Stateless {
                return Ok(false);
            }
            (got_common, got_other) = (false, false);
            continue;
        };
        if let Some(id) = line.strip_prefix("have ") {
            let id = wants::parse_id(id, visit.store.format(), "git upload-pack")?;
            haves += 1;
            crate::limits::check(haves, visit.options.limits.max_haves, "the number of haves")?;
            match common.add(commits, &id)? {
                Have::Unknown => {
                    got_other = true;
                    if fetch.multi_ack != MultiAck::No && common.is_enough(commits, &fetch.wants)? {
                        let word = if fetch.multi_ack == MultiAck::Detailed { "ready" } else { "continue" };
                        sent_ready |= fetch.multi_ack == MultiAck::Detailed;
                        write_line(out, &format!("ACK {id} {word}"))?;
                    }
                }
                Have::Common => {
                    got_common = true;
                    last = Some(id);
                    match fetch.multi_ack {
                        MultiAck::Detailed => write_line(out, &format!("ACK {id} common"))?,
                        MultiAck::Yes => write_line(out, &format!("ACK {id} continue"))?,
                        MultiAck::No if common.ids().len() == 1 => write_line(out, &format!("ACK {id}"))?,
                        MultiAck::No => {}
                    }
                }
            }
        } else if line == "done" {
            match last {
                Some(last) if !common.ids().is_empty() => {
                    if fetch.multi_ack != MultiAck::No {
                        write_line(out, &format!("ACK {last}"))?;
                    }
                }
                _ => write_line(out, "NAK")?,
            }
            return Ok(true);
        } else {
            return Err(Error::invalid(format!(
                "git upload-pack: expected SHA1 list, got '{}'",
                line.escape_debug()
            )));
        }
    }
}
