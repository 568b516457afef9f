//! The last step of a fetch: list what is missing at the client and write the pack.

use std::io::Write;

use gix_hash::ObjectId;
use gix_object::Kind;

use super::fetch::Fetch;
use super::output::Line;
use super::shallow::Border;
use super::{Served, UploadPack};
use crate::commits::Commits;
use crate::list_objects::{self, Extras, ObjectSet};
use crate::objects::Objects;
use crate::pack::plan::{self, Plan};
use crate::pack::write;
use crate::revwalk::{self, View};
use crate::work::Work;
use crate::{Error, Result, hash};

/// Haves whose trees stand in for those of missing parents.
const MAX_EDGES: usize = 16;

/// What git says when it cannot make the pack.
const BROKEN: &str = "aborting due to possible repository corruption on the remote side.\n";

/// Lists, plans and writes. What fails after the first byte is told on the error band.
pub(super) fn send(
    visit: &UploadPack<'_>,
    fetch: &Fetch,
    border: &Border,
    commits: Commits<'_>,
    haves: &[ObjectId],
    out: &mut dyn Write,
) -> Result<Served> {
    let line = Line::new(out, fetch.sideband, fetch.quiet, visit.options.keepalive);
    let sent = make(visit, fetch, border, commits, haves, &line);
    if let Err(error) = &sent {
        match error {
            Error::Io(_) | Error::Cancelled => {}
            Error::Corrupt(_) => line.fail(BROKEN)?,
            other => line.fail(&format!("upload-pack: {other}\n"))?,
        }
    }
    sent
}

fn make(
    visit: &UploadPack<'_>,
    fetch: &Fetch,
    border: &Border,
    commits: Commits<'_>,
    haves: &[ObjectId],
    line: &Line<'_>,
) -> Result<Served> {
    let objects = commits.objects();
    let work = Work::new(visit.cancel);
    work.set_beat(|count| line.beat(|| format!("Enumerating objects: {count}\r")));
    let set = list(visit, fetch, border, &mut commits.watched(&work), haves)?;
    let total = set.items.len();
    line.progress(&format!("Enumerating objects: {total}, done.\n"))?;
    work.set_beat(move |_| line.beat(|| format!("Counting objects: {total}\r")));
    let plan = plan::plan(set, visit.store.packs()?, objects, fetch.thin, &work)?;
    line.progress(&format!("Counting objects: 100% ({total}/{total}), done.\n"))?;
    work.set_beat(|_| line.beat(String::new));
    let mut data = line.pack();
    let kind = hash::kind(visit.store.format());
    let bytes = write::write(&plan, objects, kind, fetch.offset_deltas, &mut data, &work)?;
    data.flush()?;
    line.progress(&summary(&plan))?;
    line.finish()?;
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Ok(Served {
        commands: 0,
        wants: count(fetch.wants.len()),
        common: count(haves.len()),
        packs: 1,
        objects: count(total),
        pack_bytes: bytes,
    })
}

fn summary(plan: &Plan) -> String {
    format!(
        "Total {} (delta {}), reused {} (delta {})\n",
        plan.items.len(),
        plan.deltas(),
        plan.reused(),
        plan.deltas()
    )
}

/// Everything that the client wants and lacks.
fn list(
    visit: &UploadPack<'_>,
    fetch: &Fetch,
    border: &Border,
    commits: &mut Commits<'_>,
    haves: &[ObjectId],
) -> Result<ObjectSet> {
    let objects = commits.objects();
    let view = View { cut: &border.cut };
    let mut extras = Extras::default();
    let mut starts = Vec::new();
    for want in &fetch.wants {
        let mut id = *want;
        loop {
            match objects.kind(&id)?.ok_or_else(|| crate::objects::missing(&id))? {
                Kind::Commit => {
                    let number = commits.number(&id);
                    starts.push(number);
                    extras.named.push(number);
                }
                kind => extras.wanted.push((id, kind)),
            }
            match extras.wanted.last() {
                Some((last, Kind::Tag)) if *last == id => id = objects.tag_target(&id)?.0,
                _ => break,
            }
        }
    }
    starts.extend(&border.wants);
    let mut had = Vec::new();
    for have in haves {
        match objects.kind(have)? {
            Some(Kind::Commit) => had.push(commits.number(have)),
            Some(_) => {
                extras.had.push(*have);
                had.extend(commits.peel(have)?);
            }
            None => {}
        }
    }
    for number in &border.edges {
        had.push(*number);
        extras.edges.push(*number);
    }
    if border.is_shallow {
        extras.edges.extend(had.iter().rev().take(MAX_EDGES));
    }
    let range = revwalk::range(commits, &view, &starts, &had)?;
    extras.named.retain(|number| !range.is_excluded(*number));
    let mut set = list_objects::list(commits, &view, &range, &extras, &fetch.filter, &visit.options.limits)?;
    if fetch.include_tag {
        add_tags(visit, objects, &mut set)?;
    }
    Ok(set)
}

/// Adds the visible annotated tags of what is sent, so that the client need not ask again.
fn add_tags(visit: &UploadPack<'_>, objects: &Objects, set: &mut ObjectSet) -> Result<()> {
    for found in visit.visible.iter().filter(|found| found.name.as_tag().is_some()) {
        let Some(peeled) = &found.peeled else { continue };
        if set.item(&hash::to_gix(peeled)).is_none() {
            continue;
        }
        let mut id = hash::to_gix(&found.target);
        while objects.kind(&id)? == Some(Kind::Tag) {
            set.add(&id, Kind::Tag, 0);
            id = objects.tag_target(&id)?.0;
        }
    }
    Ok(())
}
