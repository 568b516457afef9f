//! Protocol 2, `ls-refs`: the refs, or some of them.

use std::io::Write;

use super::v2::Arguments;
use super::{Unborn, UploadPack};
use crate::pktline::{write_flush, write_line};
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
    arguments: &mut Arguments<'_, '_>,
    out: &mut dyn Write,
) -> Result<()> {
    let request = read(visit, arguments)?;
    let key = request.key(visit);
    let listing = visit.refs.listing(key, || list(visit, &request))?;
    out.write_all(&listing)?;
    Ok(out.flush()?)
}

fn list(visit: &UploadPack<'_>, request: &Request) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let matches = |name: &str| {
        request.prefixes.is_empty() || request.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    };
    if matches("HEAD") && !visit.options.hidden.hides("HEAD") {
        write_head(visit, request, &mut out)?;
    }
    for found in visit.visible().filter(|found| matches(found.name.as_str())) {
        let mut line = format!("{} {}", found.target, found.name);
        if request.symrefs
            && let Some(target) = &found.symbolic
        {
            line.extend([" symref-target:", target.as_str()]);
        }
        if request.peel
            && let Some(peeled) = &found.peeled
        {
            line.extend([" peeled:", &peeled.to_string()]);
        }
        write_line(&mut out, &line)?;
    }
    write_flush(&mut out)?;
    Ok(out)
}

impl Request {
    /// Everything that decides about the listing of a snapshot.
    fn key(&self, visit: &UploadPack<'_>) -> Vec<u8> {
        format!("{self:?} {:?}", visit.options.hidden).into_bytes()
    }
}

fn read(visit: &UploadPack<'_>, arguments: &mut Arguments<'_, '_>) -> Result<Request> {
    let mut request = Request::default();
    let mut too_many = false;
    while let Some(line) = arguments.next("ls-refs")? {
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
        line.extend([" symref-target:", name.as_str()]);
    }
    if request.peel
        && let Some(peeled) =
            symbolic.and_then(|name| visit.refs.find(name.as_str())).and_then(|found| found.peeled)
    {
        line.extend([" peeled:", &peeled.to_string()]);
    }
    write_line(out, &line)
}
