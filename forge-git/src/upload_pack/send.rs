//! The last step of a fetch: list what is missing at the client and write the pack.

use std::io::Write;

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

use super::answers::Memory;
use super::deep_bases;
use super::fetch::Fetch;
use super::output::Line;
use super::shallow::Border;
use super::{Served, UploadPack};
use crate::commits::{Commits, Number};
use crate::list_objects::{self, Extras, ObjectSet};
use crate::objects::Objects;
use crate::pack::closed::{self, Client};
use crate::pack::{plan, write};
use crate::reach::answer::{self, Answer};
use crate::reach::closure::Ground;
use crate::revwalk::{self, Range, View};
use crate::work::Work;
use crate::{Error, Result, hash};

/// Haves whose trees stand in for those of missing parents.
const MAX_EDGES: usize = 16;

/// Commits that are walked to find out what a client lacks, before bitmaps are asked instead.
const LONG_WALK: usize = 1000;

/// Commits of the closed pack in a fetch up to which it is worth looking for deltas on what the client has.
const FEW_COMMITS: usize = 16;

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
    let options = visit.options;
    let memory = match &options.remembered {
        Some(remembered) => remembered.look(fetch, haves, &options.hidden),
        None => Memory::New,
    };
    let sent = match memory {
        Memory::Kept(kept) => line.repeat(&kept).map(|()| kept.served),
        Memory::Again(keeping) => {
            line.keep(keeping);
            make(visit, fetch, border, commits, haves, &line)
        }
        Memory::New => make(visit, fetch, border, commits, haves, &line),
    };
    if let Ok(served) = &sent {
        line.kept(*served);
    }
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
    let mut commits = commits.watched(&work);
    let packs = visit.store.packs()?;
    let ground = Ground::of(&packs);
    let goes_deep = ground.is_none() && goes_deep(visit, fetch, border);
    let asked = gather(fetch, border, &mut commits, haves, ground.as_ref())?;
    let way = choose(visit, fetch, border, &mut commits, &asked, ground)?;
    let list = match way {
        Way::Bitmaps(mut answer) => {
            if fetch.include_tag {
                add_tags(visit, objects, &mut *answer)?;
            }
            List::Closed(answer)
        }
        Way::Walk(range) => {
            let had = asked.had.clone();
            let mut set = walk(visit, fetch, border, &mut commits, asked, range)?;
            if goes_deep {
                deep_bases::find(&mut set, &packs, &mut commits, &had)?;
            }
            if fetch.include_tag {
                add_tags(visit, objects, &mut set)?;
            }
            List::Items(set)
        }
    };
    let total = list.count();
    line.progress(&format!("Enumerating objects: {total}, done.\n"))?;
    work.set_beat(move |_| line.beat(|| format!("Counting objects: {total}\r")));
    let counted = format!("Counting objects: 100% ({total}/{total}), done.\n");
    let bytes = match list {
        List::Items(set) => {
            let plan = plan::plan(set, packs, objects, fetch.thin, None, &work)?;
            line.progress(&counted)?;
            work.set_beat(|_| line.beat(String::new));
            let mut data = line.pack();
            let kind = hash::kind(visit.store.format());
            let written = write::write(&plan, objects, kind, fetch.offset_deltas, &mut data, &work)?;
            data.flush()?;
            line.progress(&summary(total, plan.deltas(), plan.reused()))?;
            written.bytes
        }
        List::Closed(answer) => {
            let client = Client { thin: fetch.thin, offset_deltas: fetch.offset_deltas };
            let pack = closed::prepare(&answer, packs, objects, client, &work)?;
            line.progress(&counted)?;
            work.set_beat(|_| line.beat(String::new));
            let mut data = line.pack();
            let bytes = pack.write(objects, &mut data, &work)?;
            data.flush()?;
            line.progress(&summary(total, pack.deltas(), pack.reused()))?;
            bytes
        }
    };
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

/// Whether the client has the whole history of what it has, with all files.
fn goes_deep(visit: &UploadPack<'_>, fetch: &Fetch, border: &Border) -> bool {
    let is_whole = !border.is_shallow && border.edges.is_empty() && fetch.filter.conditions().is_empty();
    visit.options.deep_bases && fetch.thin && is_whole && visit.options.cut.is_empty()
}

fn summary(total: usize, deltas: usize, reused: usize) -> String {
    format!("Total {total} (delta {deltas}), reused {reused} (delta {deltas})\n")
}

/// What is to be sent, in one of two forms.
enum List {
    Items(ObjectSet),
    Closed(Box<Answer>),
}

impl List {
    fn count(&self) -> usize {
        match self {
            Self::Items(set) => set.items.len(),
            Self::Closed(answer) => answer.count(),
        }
    }
}

/// How to find out what is to be sent.
enum Way {
    /// Bitmaps have said it.
    Bitmaps(Box<Answer>),
    /// By walking; the commits may be known already.
    Walk(Option<Range>),
}

/// What was asked for, with tags peeled.
#[derive(Default)]
struct Asked {
    starts: Vec<Number>,
    had: Vec<Number>,
    extras: Extras,
}

fn gather(
    fetch: &Fetch,
    border: &Border,
    commits: &mut Commits<'_>,
    haves: &[ObjectId],
    ground: Option<&Ground>,
) -> Result<Asked> {
    let objects = commits.objects();
    let kind = |id: &ObjectId| match ground.and_then(|ground| ground.kind(id)) {
        Some(kind) => Ok(Some(kind)),
        None => objects.kind(id),
    };
    let mut asked = Asked::default();
    for want in &fetch.wants {
        let mut id = *want;
        loop {
            match kind(&id)?.ok_or_else(|| crate::objects::missing(&id))? {
                Kind::Commit => {
                    let number = commits.number(&id);
                    asked.starts.push(number);
                    asked.extras.named.push(number);
                }
                other => asked.extras.wanted.push((id, other)),
            }
            match asked.extras.wanted.last() {
                Some((last, Kind::Tag)) if *last == id => id = objects.tag_target(&id)?.0,
                _ => break,
            }
        }
    }
    asked.starts.extend(&border.wants);
    for have in haves {
        match kind(have)? {
            Some(Kind::Commit) => asked.had.push(commits.number(have)),
            Some(_) => {
                asked.extras.had.push(*have);
                asked.had.extend(commits.peel(have)?);
            }
            None => {}
        }
    }
    for number in &border.edges {
        asked.had.push(*number);
        asked.extras.edges.push(*number);
    }
    if border.is_shallow {
        asked.extras.edges.extend(asked.had.iter().rev().take(MAX_EDGES));
    }
    Ok(asked)
}

/// A clone and a fetch of much are answered by bitmaps, where there are some that fit; the rest is walked.
fn choose(
    visit: &UploadPack<'_>,
    fetch: &Fetch,
    border: &Border,
    commits: &mut Commits<'_>,
    asked: &Asked,
    ground: Option<Ground>,
) -> Result<Way> {
    let wanted = answer::Asked {
        starts: &asked.starts,
        others: &asked.extras.wanted,
        haves: &asked.had,
        had: &asked.extras.had,
        filter: &fetch.filter,
    };
    let is_plain = !border.is_shallow
        && border.edges.is_empty()
        && visit.options.cut.is_empty()
        && wanted.can_be_answered();
    let Some(ground) = ground.filter(|_| is_plain) else { return Ok(Way::Walk(None)) };
    if !asked.had.is_empty() {
        let view = View { cut: &border.cut };
        let range = revwalk::range_within(commits, &view, &asked.starts, &asked.had, LONG_WALK)?;
        if let Some(range) = range {
            // What came by pushes was packed for those who pushed: a search finds better deltas. What maintenance has packed
            // is small as it is.
            let in_pack = |number: &&Number| ground.pack.position(commits.id(**number)).is_some();
            if range.commits.iter().filter(in_pack).count() <= FEW_COMMITS {
                return Ok(Way::Walk(Some(range)));
            }
        }
    }
    match answer::answer(ground, commits, &wanted, &visit.options.limits) {
        Ok(answer) => Ok(Way::Bitmaps(Box::new(answer))),
        Err(Error::Corrupt(error)) => {
            tracing::warn!(%error, "bitmaps cannot answer, walking instead");
            Ok(Way::Walk(None))
        }
        Err(error) => Err(error),
    }
}

/// Everything that the client wants and lacks, found by walking.
fn walk(
    visit: &UploadPack<'_>,
    fetch: &Fetch,
    border: &Border,
    commits: &mut Commits<'_>,
    asked: Asked,
    range: Option<Range>,
) -> Result<ObjectSet> {
    let view = View { cut: &border.cut };
    let Asked { starts, had, mut extras } = asked;
    let range = match range {
        Some(range) => range,
        None => revwalk::range(commits, &view, &starts, &had)?,
    };
    extras.named.retain(|number| !range.is_excluded(*number));
    list_objects::list(commits, &view, &range, &extras, &fetch.filter, &visit.options.limits)
}

/// What tags can be added to.
trait Sent {
    fn sends(&self, id: &oid) -> bool;
    fn add_tag(&mut self, id: &oid);
}

impl Sent for ObjectSet {
    fn sends(&self, id: &oid) -> bool {
        self.item(id).is_some()
    }

    fn add_tag(&mut self, id: &oid) {
        self.add(id, Kind::Tag, 0);
    }
}

impl Sent for Answer {
    fn sends(&self, id: &oid) -> bool {
        self.sends(id)
    }

    fn add_tag(&mut self, id: &oid) {
        self.add(id, Kind::Tag);
    }
}

/// Adds the visible annotated tags of what is sent, so that the client need not ask again.
fn add_tags(visit: &UploadPack<'_>, objects: &Objects, sent: &mut impl Sent) -> Result<()> {
    for found in visit.visible().filter(|found| found.name.as_tag().is_some()) {
        let Some(peeled) = &found.peeled else { continue };
        if !sent.sends(&hash::to_gix(peeled)) {
            continue;
        }
        let mut id = hash::to_gix(&found.target);
        if sent.sends(&id) {
            // It was wanted, and so was what it names.
            continue;
        }
        while objects.kind(&id)? == Some(Kind::Tag) {
            sent.add_tag(&id);
            id = objects.tag_target(&id)?.0;
        }
    }
    Ok(())
}
