//! What a client is told first.

use std::io::Write;

use super::{Mode, Unborn, UploadPack};
use crate::pktline::{write_data, write_flush, write_line};
use crate::{Head, Result};

/// What every client of protocol 0 and 1 may use.
const FEATURES: &str = "multi_ack thin-pack side-band side-band-64k ofs-delta shallow deepen-since deepen-not \
    deepen-relative no-progress include-tag multi_ack_detailed";

/// Protocol 2: what commands there are.
pub(super) fn capabilities(visit: &UploadPack<'_>, out: &mut dyn Write) -> Result<()> {
    let options = visit.options;
    write_line(out, "version 2")?;
    write_line(out, &format!("agent={}", options.agent))?;
    write_line(out, if options.unborn == Unborn::Advertise { "ls-refs=unborn" } else { "ls-refs" })?;
    let mut fetch = "fetch=shallow wait-for-done".to_owned();
    if options.filters.enabled {
        fetch.push_str(" filter");
    }
    if options.ref_in_want {
        fetch.push_str(" ref-in-want");
    }
    write_line(out, &fetch)?;
    write_line(out, "server-option")?;
    write_line(out, &format!("object-format={}", visit.store.format()))?;
    if let Some(id) = &options.session_id {
        write_line(out, &format!("session-id={id}"))?;
    }
    if options.object_info {
        write_line(out, "object-info")?;
    }
    if options.bundles.is_some() {
        write_line(out, "bundle-uri")?;
    }
    write_flush(out)
}

/// Protocol 0 and 1: all refs, with the features behind the first.
pub(super) fn refs(visit: &UploadPack<'_>, mode: Mode, out: &mut dyn Write) -> Result<()> {
    let mut features = Some(features(visit, mode));
    if let Some(id) = visit.refs.head_target()
        && !visit.options.hidden.hides("HEAD")
    {
        write_ref(out, &id.to_string(), "HEAD", &mut features)?;
    }
    for found in visit.visible() {
        write_ref(out, &found.target.to_string(), found.name.as_str(), &mut features)?;
        if let Some(peeled) = &found.peeled {
            write_ref(out, &peeled.to_string(), &format!("{}^{{}}", found.name), &mut None)?;
        }
    }
    if features.is_some() {
        let null = visit.store.format().null().to_string();
        write_ref(out, &null, "capabilities^{}", &mut features)?;
    }
    for id in &visit.options.cut {
        write_data(out, format!("shallow {id}\n").as_bytes())?;
    }
    write_flush(out)
}

fn write_ref(out: &mut dyn Write, id: &str, name: &str, features: &mut Option<String>) -> Result<()> {
    match features.take() {
        Some(features) => write_line(out, &format!("{id} {name}\0{features}")),
        None => write_line(out, &format!("{id} {name}")),
    }
}

fn features(visit: &UploadPack<'_>, mode: Mode) -> String {
    let options = visit.options;
    let mut text = FEATURES.to_owned();
    let mut add = |word: &str| {
        text.push(' ');
        text.push_str(word);
    };
    if options.wants.hidden_tips || options.wants.any {
        add("allow-tip-sha1-in-want");
    }
    if options.wants.reachable || options.wants.any {
        add("allow-reachable-sha1-in-want");
    }
    if mode == Mode::Stateless {
        add("no-done");
    }
    if let Some(Head::Symbolic(name)) = visit.refs.head()
        && visit.find_visible(name.as_str()).is_some()
    {
        add(&format!("symref=HEAD:{name}"));
    }
    if options.filters.enabled {
        add("filter");
    }
    if let Some(id) = &options.session_id {
        add(&format!("session-id={id}"));
    }
    add(&format!("object-format={}", visit.store.format()));
    add(&format!("agent={}", options.agent));
    text
}
